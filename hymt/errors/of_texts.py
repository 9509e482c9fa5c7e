"""What is said of texts, languages, decoding and documents."""

SENTENCES = {
    "unexpected": (
        "An unexpected error ended the translation; the log of the server tells more.",
        "翻译因意外错误而中止；详情见服务器日志。",
    ),
    # -- decoding
    "option_range": (
        "{name} must be a number from {low} to {high}, not {value}.",
        "{name} 须是 {low} 到 {high} 之间的数，而不是 {value}。",
    ),
    "option_whole": ("{name} must be a whole number, not {value}.", "{name} 须是整数，而不是 {value}。"),
    "beams_and_sampling": (
        "Beam search does not sample: set beams to 1, or the temperature to 0.",
        "束搜索不能与采样并用：请将束宽设为 1，或将温度设为 0。",
    ),
    "temperature_too_low": (
        "The temperature must be 0, which does not sample, or at least {low}, not {value}.",
        "温度须为 0（不采样）或不低于 {low}，而不是 {value}。",
    ),
}
