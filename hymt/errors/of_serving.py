"""What is said of the server, its visitors and what they may."""

SENTENCES: dict[str, tuple[str, str]] = {
    "no_file": ("Upload a file first.", "请先上传文件。"),
    "cannot_listen": (
        "Cannot listen on {address} ({reason}). Choose another port or host.",
        "无法监听 {address}（{reason}）。请选择其他端口或主机。",
    ),
    "port_range": ("a port is a number from 0 to 65535", "端口是 0 到 65535 之间的数"),
    "address_in_use": ("Address already in use", "地址已被占用"),
    "address_not_here": ("Cannot assign requested address", "本机没有该地址"),
    "setting": ("{name}: {reason}", "设置 {name}：{reason}"),
    # -- comparisons
    "no_precision": ("Choose at least one precision to compare.", "请至少选择一种精度。"),
    "too_long_to_compare": (
        "The text has {count} characters: a comparison takes at most {limit}. For longer ones there is `hymt compare "
        "--file`.",
        "文本有 {count} 个字符：比较最多 {limit} 个。更长的文本请用 `hymt compare --file`。",
    ),
    "reference_lines": (
        "The reference has {given} lines with words, the text has {wanted}: give a translation of each line, in the "
        "same order. Lines without a letter do not count.",
        "参考译文有 {given} 行文字，原文有 {wanted} 行：请按相同顺序逐行给出译文。没有字母的行不计。",
    ),
    "comparing": (
        "Another comparison is running: try again when it has ended.",
        "另一个比较正在进行：请在其结束后再试。",
    ),
    "displaced": (
        "Somebody loaded another model meanwhile: the comparison ended there, and that model stays.",
        "期间有人加载了其他模型：比较就此结束，保留该模型。",
    ),
    "comparison_unexpected": (
        "The comparison ended unexpectedly; the log tells more.",
        "比较因意外错误而中止；详情见日志。",
    ),
}
