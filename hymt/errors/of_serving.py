"""What is said of the server, its visitors and what they may."""

SENTENCES: dict[str, tuple[str, str]] = {
    "control_nobody": (
        "The model of this server is fixed: visitors cannot swap it, compare precisions or set its memory limit.",
        "此服务器的模型是固定的：访问者不能切换模型、比较精度或设置显存上限。",
    ),
    "control_users": (
        "Only users who are signed in may swap the model, compare precisions or set the memory limit.",
        "只有登录的用户可以切换模型、比较精度或设置显存上限。",
    ),
    "models_start": (
        "This server runs {model} only; its precision may be chosen.",
        "此服务器只运行 {model}；可以选择其精度。",
    ),
    "models_catalogue": (
        "This server loads models of its list only: {models}.",
        "此服务器只加载列表中的模型：{models}。",
    ),
    "limit_fixed": (
        "The memory limit of this server is {limit}: choose one from above 0 up to that.",
        "此服务器的显存上限为 {limit}：请选择大于 0 且不超过该值的上限。",
    ),
    "bad_models_policy": (
        "HYMT_MODELS is one of {choices}, not “{value}”.",
        "HYMT_MODELS 应为 {choices} 之一，而不是“{value}”。",
    ),
    "bad_control_policy": (
        "HYMT_CONTROL is one of {choices}, not “{value}”.",
        "HYMT_CONTROL 应为 {choices} 之一，而不是“{value}”。",
    ),
}
