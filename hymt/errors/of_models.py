"""What is said of models, downloads, precisions, plans and memory."""

SENTENCES: dict[str, tuple[str, str]] = {
    # -- a checkpoint's files --
    "not_a_file": (
        "“{file}” is no regular file: hymt does not read it.",
        "“{file}”不是普通文件：hymt 不会读取。",
    ),
    "file_too_large": (
        "“{file}” is larger than the {limit} that hymt reads of such a file.",
        "“{file}”超过了 hymt 对此类文件的读取上限 {limit}。",
    ),
    "size_out_of_bounds": (
        "The config.json gives “{size}” a value that hymt does not load: it must be a whole number from 1 to {most}.",
        "config.json 中“{size}”的值 hymt 无法加载：必须是 1 到 {most} 的整数。",
    ),
    # -- the hub --
    "no_hub_model": (
        "The hub has no model {source}, or it needs an account: check the name, or log in with `hf auth login` on the "
        "machine that runs hymt and name the model when hymt is started.",
        "hub 上没有模型 {source}，或访问它需要账户：请检查名称，或在运行 hymt 的机器上用 `hf auth login` 登录，"
        "并在启动 hymt 时指定该模型。",
    ),
    "hub_unreachable": (
        "{model} is not on this machine, and the Hugging Face hub could not be reached. Connect the machine to the "
        "network, or give the folder of a copy of {source}.",
        "本机没有 {model}，也无法连接 Hugging Face hub。请将本机连接到网络，或给出 {source} 副本所在的文件夹。",
    ),
    "disk_too_small": (
        "There is no room for the model on the disk: it needs {needed}, and {free} are free.",
        "磁盘空间不足以存放该模型：需要 {needed}，空闲 {free}。",
    ),
    "bad_index": (
        "The model's index of its weights is damaged or names files elsewhere.",
        "模型的权重索引已损坏，或指向了别处的文件。",
    ),
    "no_such_file": (
        "The hub has no “{file}” of this model: hymt needs a config.json and weights as safetensors.",
        "hub 上该模型没有“{file}”：hymt 需要 config.json 和 safetensors 格式的权重。",
    ),
    # -- swapping --
    "swap_cancelled": (
        "Loading was cancelled; the model that was loaded stays.",
        "加载已取消；此前加载的模型保留。",
    ),
    "swap_too_long": (
        "Loading took longer than the {minutes} minutes that it may; the model that was loaded stays.",
        "加载超过了 {minutes} 分钟的时限；此前加载的模型保留。",
    ),
    "downloads_busy": (
        "Other models are being downloaded already: try again later.",
        "已有其他模型正在下载：请稍后再试。",
    ),
    "nothing_loaded": (
        "No model is loaded.",
        "没有加载模型。",
    ),
    "shutting_down": (
        "hymt is shutting down.",
        "hymt 正在关闭。",
    ),
    "engine_failed": (
        "The model stopped by an error and is being loaded again: translate once more in a moment.",
        "模型因错误而停止，正在重新加载：请稍后再翻译一次。",
    ),
    "engine_fails_again": (
        "The model stopped by an error {count} times within a short time and is not loaded again by itself: load it or "
        "another one. The log of the server tells more.",
        "模型在短时间内因错误停止了 {count} 次，不再自动重新加载：请手动加载该模型或其他模型。详情见服务器日志。",
    ),
    "weights_without_numbers": (
        "its weights are damaged: they compute no numbers. Get its files again.",
        "其权重已损坏：计算结果不是有效数值。请重新获取文件。",
    ),
    "weights_without_answer": (
        "its weights are damaged, or are not a translator's: it answered nothing. Get its files again.",
        "其权重已损坏或并非翻译模型：没有给出任何译文。请重新获取文件。",
    ),
}
