"""What is said of texts, languages, decoding and documents."""

SENTENCES = {
    "unexpected": (
        "An unexpected error ended the translation; the log of the server tells more.",
        "翻译因意外错误而中止；详情见服务器日志。",
    ),
}
