"""What is said of the server, its visitors and what they may."""

SENTENCES: dict[str, tuple[str, str]] = {
    # -- permissions
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
    # -- work
    "too_busy": (
        "{count} others are waiting already: try again in a few minutes.",
        "已有 {count} 个任务在等待：请几分钟后再试。",
    ),
    "stopped_waiting": ("Stopped before its turn came.", "在轮到之前已停止。"),
    "deadline": (
        "It was ended after {hours} h, the longest that the server works on one.",
        "已达到服务器单个任务的时限（{hours} 小时），任务已结束。",
    ),
    "not_written": ("No file could be written: {reason}.", "无法写入文件：{reason}。"),
    "too_few_arguments": (
        "This takes {wanted} arguments, but got {given}.",
        "需要 {wanted} 个参数，但只收到 {given} 个。",
    ),
    "result_gone": (
        "This translation is not kept any more: please translate again.",
        "此译文已不再保留：请重新翻译。",
    ),
    "no_file": ("Upload a file first.", "请先上传文件。"),
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
    "request_too_large": (
        "This request is larger than the {megabytes} MB that this server takes.",
        "请求超过了本服务器允许的 {megabytes} MB。",
    ),
    "upload_malformed": (
        "This upload could not be read as a form with files.",
        "无法将此上传内容作为带文件的表单读取。",
    ),
    "upload_of_many_files": (
        "An upload may have {limit} files at most.",
        "一次最多上传 {limit} 个文件。",
    ),
    "upload_of_another_kind": (
        "Only files of these kinds can be uploaded: {kinds}.",
        "只能上传以下类型的文件：{kinds}。",
    ),
    "request_too_slow": (
        "The request did not arrive in time. Please try again.",
        "请求未能及时送达，请重试。",
    ),
    "too_many_requests": (
        "Too many requests came from your address. Please wait a moment.",
        "来自您地址的请求过多，请稍候。",
    ),
    "too_many_uploads": (
        "Too many uploads are under way. Please try again in a moment.",
        "正在进行的上传过多，请稍后再试。",
    ),
    "too_many_jobs": (
        "{limit} jobs from your address are under way or waiting. Please let some finish first.",
        "来自您地址的任务已有 {limit} 个在进行或等待中，请先等待部分任务完成。",
    ),
    "too_many_sign_ins": (
        "Too many attempts to sign in. Please try again in {seconds} seconds.",
        "登录尝试次数过多，请在 {seconds} 秒后重试。",
    ),
    "sign_in_first": (
        "Please sign in first.",
        "请先登录。",
    ),
    "foreign_origin": (
        "This request came from a page of another site and was refused.",
        "该请求来自其他网站的页面，已被拒绝。",
    ),
    "unknown_host": (
        "This server does not answer to that name. Whoever runs it can allow names with HYMT_ALLOWED_HOSTS.",
        "本服务器不接受此主机名。管理员可通过 HYMT_ALLOWED_HOSTS 允许它。",
    ),
    "request_failed": (
        "The request could not be handled; check its arguments.",
        "无法处理该请求，请检查其参数。",
    ),
    "value_refused": (
        "A value or a file is none that is taken here. If the page has been open for long, reload it.",
        "有一个值或文件不被接受。如果页面已打开很久，请重新加载。",
    ),
    "credentials_malformed": (
        "HYMT_AUTH must be USER:PASSWORD, with a colon between and neither left empty.",
        "HYMT_AUTH 必须写成 用户名:密码，中间用冒号分隔，两者都不能为空。",
    ),
    "port_malformed": (
        "A port is a whole number from 0 to 65535.",
        "端口必须是 0 到 65535 之间的整数。",
    ),
    "address_taken": (
        "Cannot listen on {host}:{port} ({reason}). Choose another port or host (--port or HYMT_PORT, --host).",
        "无法监听 {host}:{port}（{reason}）。请选择其他端口或主机（--port 或 HYMT_PORT，--host）。",
    ),
}
