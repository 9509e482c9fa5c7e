"""What is said of models, downloads, precisions, plans and memory."""

SENTENCES: dict[str, tuple[str, str]] = {
    # -- finding a model
    "unknown_model": (
        "There is no model or folder “{name}”.{hint} Choose one of {known}, a hub id (owner/name) or a folder.",
        "没有名为“{name}”的模型或文件夹。{hint}请选择 {known} 之一，或填写 hub id（owner/name）或文件夹。",
    ),
    "no_config": (
        "There is no config.json in “{name}”: is it a model's folder?",
        "“{name}”中没有 config.json：它是模型的文件夹吗？",
    ),
    "file_of_model_unreadable": (
        "The {file} of “{name}” cannot be read.",
        "无法读取“{name}”的 {file}。",
    ),
    "other_architecture": (
        "“{name}” is a {kind}; hymt runs hunyuan_v1_dense.",
        "“{name}”的架构是 {kind}；hymt 只运行 hunyuan_v1_dense。",
    ),
    "unknown_type": ("model of unknown type", "未知类型"),
    "other_quantisation": (
        "“{name}” is quantised already, and not as hymt reads it (INT8 or NF4 of bitsandbytes): give the model's "
        "16-bit original, which hymt quantises itself.",
        "“{name}”已经量化，但不是 hymt 能读取的方式（bitsandbytes 的 INT8 或 NF4）：请给出该模型的 16 位原版，hymt 会自行量化。",
    ),
    "no_shape": (
        "The config.json of “{name}” lacks the model's shape ({detail}).",
        "“{name}”的 config.json 缺少模型的尺寸（{detail}）。",
    ),
    "unknown_keys": (
        "The hymt.json of “{name}” has unknown keys: {keys}.",
        "“{name}”的 hymt.json 含有未知的键：{keys}。",
    ),
    "unknown_family": (
        "The hymt.json of “{name}” names a prompt family other than {families}.",
        "“{name}”的 hymt.json 中的提示词类别不在 {families} 之列。",
    ),
    "sidecar_value": (
        "The hymt.json of “{name}” gives “{field}” a value that hymt does not take.",
        "“{name}”的 hymt.json 中“{field}”的值 hymt 无法采用。",
    ),
    "sidecar_language": (
        "The hymt.json of “{name}” names languages that hymt does not know: {languages}.",
        "“{name}”的 hymt.json 中有 hymt 不认识的语言：{languages}。",
    ),
    "no_tokenizer": (
        "The tokenizer of “{name}” is missing or cannot be read.",
        "“{name}”的分词器缺失或无法读取。",
    ),
    "no_chat_template": (
        "The tokenizer of “{name}” has no chat template that hymt can use.",
        "“{name}”的分词器没有 hymt 可用的对话模板。",
    ),
    # -- adapters
    "unknown_adapter": (
        "There is no adapter “{name}”: give its folder or hub id (owner/name).",
        "没有名为“{name}”的适配器：请给出其文件夹或 hub id（owner/name）。",
    ),
    "not_an_adapter": (
        "There is no {file} in “{name}”: is it an adapter's folder?",
        "“{name}”中没有 {file}：它是适配器的文件夹吗？",
    ),
    "no_adapter_weights": ("There is no {file} in “{name}”.", "“{name}”中没有 {file}。"),
    "damaged_adapter": ("The {file} of “{name}” is damaged.", "“{name}”的 {file} 已损坏。"),
    "adapter_beyond_projections": (
        "“{name}” holds {tensor}: hymt adds LoRA to projections only.",
        "“{name}”含有 {tensor}：hymt 只把 LoRA 加到投影层上。",
    ),
    "adapter_unpaired": (
        "“{name}” lacks a matching lora_A and lora_B for {tensor}.",
        "“{name}”中 {tensor} 的 lora_A 与 lora_B 不配套。",
    ),
    "adapter_kind": ("“{name}” is a {kind} adapter; hymt reads LoRA.", "“{name}”是 {kind} 适配器；hymt 只读取 LoRA。"),
    "adapter_features": (
        "“{name}” is a LoRA adapter with {features}, which hymt cannot add to the weights: merge it by peft's "
        "merge_and_unload and give the merged model's folder.",
        "“{name}”是带有 {features} 的 LoRA 适配器，hymt 无法将其加到权重上：请用 peft 的 merge_and_unload 合并，再给出合并后模型的文件夹。",
    ),
    "adapter_names_no_base": (
        "{name} is an adapter that names no base: give “BASE + {origin}”.",
        "适配器 {name} 没有说明其基础模型：请填写“基础模型 + {origin}”。",
    ),
    "adapter_base_missing": (
        "“{name}” is an adapter of “{base}”, which is not on this machine: give its base as well (--model BASE "
        "--adapter ADAPTER, or “BASE + ADAPTER” as the model).",
        "“{name}”是“{base}”的适配器，而后者不在本机上：请一并给出基础模型（--model BASE --adapter ADAPTER，或以“BASE + ADAPTER”作为模型）。",
    ),
    "unnamed_model": ("an unnamed model", "未命名的模型"),
    "has_adapter": (
        "{model} has an adapter already: give the base's own name.",
        "{model} 已带有适配器：请给出基础模型本身的名称。",
    ),
    "quantised_takes_no_adapter": (
        "“{model}” is quantised already, and no adapter can be added to it: give its 16-bit original.",
        "“{model}”已经量化，无法再加适配器：请给出其 16 位原版。",
    ),
    "quantised_weights_take_no_adapter": (
        "No adapter can be added to weights that are quantised already.",
        "已量化的权重无法再加适配器。",
    ),
    "adapter_placement": (
        "An adapter needs weights that one GPU holds, or 16-bit ones that several hold. Choose a lower precision, or "
        "a higher memory limit.",
        "使用适配器时，权重须放在一张显卡上，或以 16 位分布在多张显卡上。请选择更低的精度，或提高显存上限。",
    ),
    "adapter_lacks_weight": (
        "“{name}” changes {tensor}, which this model has not: wrong base?",
        "“{name}”修改 {tensor}，而此模型没有该权重：基础模型是否有误？",
    ),
    "adapter_of_another": (
        "“{name}” is an adapter of another model: its change of {tensor} is {found}, the model's is {wanted}.",
        "“{name}”是另一模型的适配器：它对 {tensor} 的修改尺寸为 {found}，而模型的为 {wanted}。",
    ),
    # -- checkpoints
    "no_regular_file": (
        "“{file}” is no regular file: hymt does not read it.",
        "“{file}”不是普通文件：hymt 不会读取。",
    ),
    "file_of_model_too_large": (
        "“{file}” is larger than the {limit} that hymt reads of such a file.",
        "“{file}”超过了 hymt 对此类文件的读取上限 {limit}。",
    ),
    "size_out_of_bounds": (
        "The config.json gives “{size}” a value that hymt does not load: it must be a whole number from 1 to {most}.",
        "config.json 中“{size}”的值 hymt 无法加载：必须是 1 到 {most} 的整数。",
    ),
    "bad_index": (
        "The model's index of its weights is damaged or names files elsewhere.",
        "模型的权重索引已损坏，或指向了别处的文件。",
    ),
    "file_cut_short": (
        "{file} is cut short: copy or download it again.",
        "{file} 不完整，内容被截断：请重新复制或下载。",
    ),
    "tensors_overlap": ("{file} is damaged: its tensors overlap.", "{file} 已损坏：其中的张量互相重叠。"),
    "tensor_values": (
        "{tensor} has values of {found}, which are not what the model wants.",
        "{tensor} 的数值类型是 {found}，与模型所需不符。",
    ),
    "no_weights_file": ("{file} is no file of weights.", "{file} 不是权重文件。"),
    "no_list_of_tensors": (
        "{file} is damaged: it has no readable list of tensors.",
        "{file} 已损坏：张量列表无法读取。",
    ),
    "no_header": ("{file} is damaged: it has no readable header.", "{file} 已损坏：文件头无法读取。"),
    "tensor_missing": ("The checkpoint has no {tensor}.", "检查点中没有 {tensor}。"),
    "tensor_shape": (
        "{tensor} is {found}, the model wants {wanted}.",
        "{tensor} 的尺寸是 {found}，而模型需要 {wanted}。",
    ),
    "projections_with_bias": (
        "The model's projections have biases, which quantised ones here do not.",
        "该模型的投影层带有偏置，而这里的量化投影层不支持偏置。",
    ),
    "no_float_weights": (
        "The checkpoint is quantised: it has no weights in floats.",
        "检查点已经量化：其中没有浮点权重。",
    ),
    "files_incomplete": (
        "The files of {model} are incomplete or cannot be read.",
        "{model} 的文件不完整或无法读取。",
    ),
    "files_damaged": (
        "its files are damaged or do not fit this version of hymt; the log tells more.",
        "其文件已损坏，或与此版本的 hymt 不符；详情见日志。",
    ),
    # -- the hub
    "not_on_hub": (
        "The hub has no model {origin}, or it needs an account: check the name, or log in with `hf auth login` on the "
        "machine that runs hymt and name the model when hymt is started.",
        "hub 上没有模型 {origin}，或需要账号：请检查名称，或在运行 hymt 的机器上用 `hf auth login` 登录，并在启动 hymt 时指定该模型。",
    ),
    "hub_unreachable": (
        "{name} is not on this machine, and the Hugging Face hub could not be reached. Connect the machine to the "
        "network, or give the folder of a copy of {origin}.",
        "{name} 不在本机上，也无法连接 Hugging Face hub。请将机器联网，或给出 {origin} 副本所在的文件夹。",
    ),
    "disk_too_small": (
        "There is no room for the model on the disk: it needs {needed}, and {free} are free.",
        "磁盘空间不足以存放该模型：需要 {needed}，空闲 {free}。",
    ),
    "no_such_file": (
        "The hub has no “{file}” of this model: hymt needs a config.json and weights as safetensors.",
        "hub 上该模型没有“{file}”：hymt 需要 config.json 和 safetensors 格式的权重。",
    ),
    "downloads_busy": (
        "Other models are being downloaded already: try again later.",
        "已有其他模型正在下载：请稍后再试。",
    ),
    # -- precisions
    "unknown_precision": (
        "Unknown precision “{name}”. Choose one of {known}.",
        "未知精度“{name}”。请选择 {known} 之一。",
    ),
    "needs_bitsandbytes": (
        "{precision} needs the package bitsandbytes: pip install bitsandbytes.",
        "{precision} 需要 bitsandbytes 软件包：pip install bitsandbytes。",
    ),
    "needs_capability": (
        "{precision} needs a GPU of compute capability {least} or newer; {device} has {found}.",
        "{precision} 需要计算能力 {least} 或更新的显卡；{device} 为 {found}。",
    ),
    "stored_otherwise": (
        "“{model}” is stored in {label}: load it as {precision}, or convert the 16-bit original.",
        "“{model}”以 {label} 存储：请以 {precision} 加载，或转换其 16 位原版。",
    ),
    "not_in_ram": ("{precision} cannot lie partly in RAM.", "{precision} 权重不能部分放在内存中。"),
    # -- plans
    "plan_fits": (
        "{model} in {precision} takes about {total} of the {free} that are free{limit}{chunks}.",
        "{model}（{precision}）约占空闲 {free} 中的 {total}{limit}{chunks}。",
    ),
    "plan_needs": (
        "{model} in {precision} needs about {needed}, but only {free} are free{limit}{rest}.",
        "{model}（{precision}）约需 {needed}，但只有 {free} 空闲{limit}{rest}。",
    ),
    "plan_limit": (" within the limit of {limit}", "（上限 {limit}）"),
    "plan_chunks": (
        ", with chunks of {count} tokens instead of {usual}",
        "，每块 {count} 个词元，而非 {usual} 个",
    ),
    "plan_not_in_ram": (", and {precision} cannot lie partly in RAM", "，且 {precision} 权重不能部分放在内存中"),
    "plan_ram_too_small": (", and {ram} of RAM cannot take the rest", "，且 {ram} 内存容不下其余部分"),
    "plan_in_ram": (
        "; partly in RAM: slower, about {bytes} cross to the GPU at every step",
        "；部分位于内存：速度较慢，每一步约有 {bytes} 传到显卡",
    ),
    "plan_over_gpus": (
        "; spread over {count} GPUs: slower than one that could hold it",
        "；分布在 {count} 张显卡上：比放得下的单卡慢",
    ),
    "plan_small": (
        "{free} of GPU memory are too little for the large models: the small embedded one.",
        "{free} 显存不足以容纳大模型：采用内置小模型。",
    ),
    "plan_cpu": (
        "{why}, and a 7B on a CPU is too slow to be pleasant: the small embedded "
        "model, in {precision}, which was measured to be the fastest on this processor.",
        "{why}，在 CPU 上运行 7B 太慢：采用内置小模型，精度为 {precision}，即此处理器上实测最快的一种。",
    ),
    "no_gpu_found": ("no NVIDIA GPU that torch can use was found", "没有找到 torch 可用的 NVIDIA 显卡"),
    "gpu_present": ("an NVIDIA GPU is present", "有一张 NVIDIA 显卡"),
    "gpu_asked_for": ("it was asked for", "按指定的显卡"),
    "first_of_gpus": ("the first of {count} NVIDIA GPUs", "{count} 张 NVIDIA 显卡中的第一张"),
    # -- memory
    "out_of_memory": (
        "There was not enough memory. Choose a lower precision, a smaller model, fewer beams or shorter chunks.",
        "内存不足。请选择更低的精度、更小的模型、更小的束宽或更短的分块。",
    ),
    "gpus_and_ram_too_small": (
        "The weights do not fit the memory of the GPUs and the RAM together.",
        "显存与内存合计也放不下权重。",
    ),
    "gpus_too_small": ("The weights do not fit the memory of the GPUs.", "显存放不下权重。"),
    "limit_not_a_number": (
        "A GPU memory limit is a number of GiB above 0, such as 8 or 7.5, not “{value}”.",
        "显存上限是大于 0 的 GiB 数，如 8 或 7.5，而不是“{value}”。",
    ),
    "limit_too_high": (
        "No machine has {value} GiB: give a number such as 8 or 7.5.",
        "没有机器有 {value} GiB：请给出如 8 或 7.5 的数。",
    ),
    "limit_without_gpu": (
        "A GPU memory limit is for NVIDIA GPUs, and this machine has none that torch can use: leave it "
        "out. What a card of that size would run, `hymt plan --gpu-memory` tells.",
        "显存上限只用于 NVIDIA 显卡，而本机没有 torch 可用的显卡：请不要设置。`hymt plan --gpu-memory` 可告知该容量的显卡能运行什么。",
    ),
    "limit_too_low": (
        "A GPU memory limit of {limit} is too low: CUDA alone takes about {taken}.",
        "显存上限 {limit} 过低：仅 CUDA 就约占 {taken}。",
    ),
    "no_such_gpu": (
        "There is no GPU {gpu}: the driver shows {known}.",
        "没有显卡 {gpu}：驱动显示的有 {known}。",
    ),
    "none": ("none", "（无）"),
    # -- swaps
    "load_failed": (
        "{model} in {precision} could not be loaded: {reason}",
        "{model}（{precision}）无法加载：{reason}",
    ),
    "load_failed_restored": (
        "{model} in {precision} could not be loaded: {reason} {previous} in {previous_precision} is loaded again.",
        "{model}（{precision}）无法加载：{reason}已重新加载 {previous}（{previous_precision}）。",
    ),
    "load_failed_stays": (
        "{model} in {precision} could not be loaded: {reason} {previous} in {previous_precision} is still loaded.",
        "{model}（{precision}）无法加载：{reason}{previous}（{previous_precision}）仍在运行。",
    ),
    "load_failed_twice": (
        "{model} in {precision} could not be loaded: {reason} The previous model could not be restored either: "
        "{second}",
        "{model}（{precision}）无法加载：{reason}此前的模型也无法恢复：{second}",
    ),
    "does_not_fit": (
        "{reason} Choose a lower precision or a smaller model.",
        "{reason}请选择更低的精度或更小的模型。",
    ),
    "swap_cancelled": (
        "Loading was cancelled; the model that was loaded stays.",
        "加载已取消；此前加载的模型保留。",
    ),
    "swap_too_long": (
        "Loading took longer than the {minutes} minutes that it may; the model that was loaded stays.",
        "加载超过了 {minutes} 分钟的时限；此前加载的模型保留。",
    ),
    "nothing_loaded": ("No model is loaded.", "没有加载模型。"),
    "shutting_down": ("hymt is shutting down.", "hymt 正在关闭。"),
    "swap_unexpected": (
        "The swap failed unexpectedly; the server's log tells more.",
        "切换模型时发生意外错误；详情见服务器日志。",
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
