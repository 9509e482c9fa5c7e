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
    "credentials_malformed": (
        "HYMT_AUTH must be USER:PASSWORD, with a colon between and neither left empty.",
        "HYMT_AUTH 必须写成 用户名:密码，中间用冒号分隔，两者都不能为空。",
    ),
    "port_malformed": (
        "A port is a whole number from 0 to 65535.",
        "端口必须是 0 到 65535 之间的整数。",
    ),
    "address_taken": (
        "Cannot listen on {host}:{port} ({reason}). Choose another port or host.",
        "无法监听 {host}:{port}（{reason}）。请选择其他端口或主机。",
    ),
}
