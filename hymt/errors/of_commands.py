"""What is said of the command line and what only it does: converting, comparing, fine-tuning, measuring."""

SENTENCES: dict[str, tuple[str, str]] = {
    "file_error": ("{reason}: {path}", "{path}：{reason}"),
    "system_error": ("The system refused: {reason}.", "系统拒绝：{reason}。"),
    "from_names_it": ("--from names it", "用 --from 指明"),
    "unknown_command": ("there is no command “{name}”", "没有命令“{name}”"),
    "journal_unreadable": (
        "What is kept cannot be read ({reason}). `hymt cache --clear` forgets it.",
        "无法读取已保存的内容（{reason}）。`hymt cache --clear` 会将其清除。",
    ),
    "journal_unusable": (
        "What was translated before cannot be reused, nor is this kept ({reason}). `hymt cache --clear` may mend it.",
        "无法重用以前的译文，也不会保存本次译文（{reason}）。`hymt cache --clear` 或可修复。",
    ),
    # -- wrong usage, after argparse's own words
    "text_or_file": ("give either TEXT or --file, not both", "TEXT 与 --file 只能给出其一"),
    "out_wanted": (
        "“{name}” is no text that can be printed: say with --out which file to write.",
        "“{name}”不是可打印的文本：请用 --out 指定要写入的文件。",
    ),
    "bilingual_without_file": ("--bilingual goes with --file and --out", "--bilingual 须与 --file 和 --out 一起使用"),
    "out_folder_wanted": (
        "Several files need a folder for their translations: name it with --out.",
        "翻译多个文件时需要一个存放译文的文件夹：请用 --out 指定。",
    ),
    "out_not_folder": (
        "The translations of several files go to a folder, but --out is a file: {path}",
        "多个文件的译文应放在文件夹中，但 --out 是文件：{path}",
    ),
    "no_files_found": (
        "There are no files there that can be translated. `hymt translate --help` lists the kinds.",
        "那里没有可翻译的文件。文件类型见 `hymt translate --help`。",
    ),
    "same_result": (
        "{first} and {second} would both be written to {path}: translate them one after another, to different folders.",
        "{first} 和 {second} 的译文都会写入 {path}：请分别翻译到不同的文件夹。",
    ),
    "copied_unchanged": (
        "there are no words in it to translate: copied as it is",
        "其中没有可翻译的文字：原样复制",
    ),
    "files_summary": ("Files: {counts}.", "文件：{counts}。"),
    "files_translated": ("{count} translated", "{count} 个已翻译"),
    "files_copied": ("{count} copied", "{count} 个已复制"),
    "files_skipped": ("{count} up to date", "{count} 个已是最新"),
    "files_failed": ("{count} failed", "{count} 个失败"),
    "files_stopped": ("{count} not begun or not finished", "{count} 个未开始或未完成"),
    "out_of_another_kind": (
        "The translation of “{name}” is another kind of file: give --out a name that ends in {suffix}.",
        "“{name}”的译文是另一种文件：请为 --out 指定以 {suffix} 结尾的名称。",
    ),
    "reference_without_file": ("--reference goes with --file", "--reference 须与 --file 一起使用"),
    "gpus_without_memory": (
        "--gpus goes with --gpu-memory: this machine's own cards are counted by themselves",
        "--gpus 须与 --gpu-memory 一起使用：本机的显卡会自动计数",
    ),
    "only_for_watch": ("{option} is for --watch", "{option} 只用于 --watch"),
    "no_part_left": ("--skip leaves no part to measure", "--skip 之后没有剩下可测量的部分"),
    "bad_auth": ("write it as USER:PASSWORD", "请写成 USER:PASSWORD"),
    "bad_interval": (
        "give seconds from 0.01 to 3600, such as 0.5, not “{value}”",
        "请给出 0.01 到 3600 之间的秒数，如 0.5，而不是“{value}”",
    ),
    "bad_size": (
        "write a size of 1MB or more such as 500MB, 2GB or 1GiB, not “{value}”",
        "请写出不小于 1MB 的大小，如 500MB、2GB 或 1GiB，而不是“{value}”",
    ),
    "bad_gpus": (
        "The number of GPUs is a whole number from 1 to 64, not “{value}”.",
        "显卡数量是 1 到 64 之间的整数，而不是“{value}”。",
    ),
    "bad_count": (
        "“{value}” is not a whole number from 1 to {most}{reason}.",
        "“{value}”不是 1 到 {most} 之间的整数{reason}。",
    ),
    "most_sequences": (
        ", the most sequences that an engine runs at once",
        "（引擎一次最多运行的序列数）",
    ),
    "bad_part": (
        "There is no part “{part}”. Choose of {parts} ({groups}).",
        "没有“{part}”这一部分。可选：{parts}（{groups}）。",
    ),
    "group_of_parts": ("{name} for {parts}", "{name} 代表 {parts}"),
    "no_heads": ("The attention heads of {model} cannot be seen from here.", "无法查看 {model} 的注意力头。"),
    "too_few_copied": (
        "{model} left only {words} names and numbers as they were: too few to find an alignment head by.",
        "{model} 只原样保留了 {words} 个名称和数字：不足以据此找到对齐头。",
    ),
    # -- where a result goes
    "partly_translated": (
        "{reason} What was done is kept; the rest is in the source language.",
        "{reason}已完成的部分保留；其余部分为原文。",
    ),
    "stopped_by_user": ("Stopped.", "已停止。"),
    "no_samples": (
        "There are no sentences in {language} here: give some with --file.",
        "这里没有{language}的句子：请用 --file 给出。",
    ),
    "no_reading": ("there was no reading to report", "没有可报告的读数"),
    # -- converting
    "destination_exists": (
        "“{path}” exists already: remove it or choose another folder.",
        "“{path}”已经存在：请将其删除或选择其他文件夹。",
    ),
    "destination_without_parent": (
        "There is no folder “{parent}” to make “{name}” in.",
        "没有文件夹“{parent}”，无法在其中创建“{name}”。",
    ),
    "destination_inside": (
        "“{path}” would be inside the model's own folder: choose another place.",
        "“{path}”位于模型自己的文件夹之内：请选择其他位置。",
    ),
    "destination_too_small": (
        "The result needs {needed} of the disk, and {free} are free there: make room or choose another disk.",
        "结果需要 {needed} 磁盘空间，而该处只有 {free} 空闲：请腾出空间或选择其他磁盘。",
    ),
    "converted_already": (
        "“{model}” is stored in {label} already: convert the 16-bit original.",
        "“{model}”已经以 {label} 存储：请转换其 16 位原版。",
    ),
    "tensor_dtype": (
        "{tensor} is {found}: hymt converts FP32, BF16 and FP16.",
        "{tensor} 的类型是 {found}：hymt 只转换 FP32、BF16 和 FP16。",
    ),
    "nf4_rows": (
        "NF4 needs rows of a multiple of {block} weights, unlike this model's: choose int8.",
        "NF4 要求每行权重数是 {block} 的倍数，而此模型不是：请选择 int8。",
    ),
    "badly_written": (
        "{tensor} was not written as it should be. Is the disk sound?",
        "{tensor} 未能正确写入。磁盘是否完好？",
    ),
    "run_failed": (
        "Running the model failed ({reason}). --no-check keeps the result untried.",
        "运行模型失败（{reason}）。--no-check 可保留未经验证的结果。",
    ),
    "damaged_file": ("“{file}” is damaged: copy or download it again.", "“{file}”已损坏：请重新复制或下载。"),
    "untrusted_pickle": (
        "“{file}” is damaged or holds more than tensors. A pickle can hold code, which hymt does not run: look for "
        "the model as safetensors.",
        "“{file}”已损坏，或含有张量以外的内容。pickle 可能含有代码，hymt 不会运行：请寻找该模型的 safetensors 版本。",
    ),
    "no_named_tensors": ("“{file}” holds no tensors by name.", "“{file}”中没有带名称的张量。"),
    "no_weights": (
        "“{name}” has neither {single} nor {pickled}, nor an index of several.",
        "“{name}”中既没有 {single} 或 {pickled}，也没有多个文件的索引。",
    ),
    "shard_missing": ("“{file}” is missing, which {index} names.", "缺少 {index} 中列出的“{file}”。"),
    # -- fine-tuning
    "unknown_method": (
        "Unknown method “{method}”. Choose one of {known}.",
        "未知方法“{method}”。请选择 {known} 之一。",
    ),
    "must_be_positive": ("The {name} has to be above 0, not {value}.", "{name} 须大于 0，而不是 {value}。"),
    "must_be_one": ("The {name} has to be 1 or more, not {value}.", "{name} 须不小于 1，而不是 {value}。"),
    "must_be_less": ("The {name} has to be {most} at most, not {value}.", "{name} 须不大于 {most}，而不是 {value}。"),
    "must_be_natural": ("The {name} has to be 0 or more, not {value}.", "{name} 须不小于 0，而不是 {value}。"),
    "too_few_steps": ("There have to be 1 or more steps, not {value}.", "步数须不小于 1，而不是 {value}。"),
    "bad_save_every": (
        "Checkpoints are kept every 1 or more steps, or never (0), not {value}.",
        "检查点每 1 步或更多步保存一次，或从不保存（0），而不是 {value}。",
    ),
    "bad_eval_share": (
        "The share of held-out pairs is from 0 to 0.5, not {value}.",
        "留出句对的比例在 0 到 0.5 之间，而不是 {value}。",
    ),
    "quantised_in_full": (
        "Quantised weights cannot be trained whole: choose --method lora, or a float precision.",
        "量化的权重不能整体训练：请选择 --method lora 或浮点精度。",
    ),
    "fp16_on_cpu": (
        "A processor does not train in FP16: choose --precision fp32 or bf16.",
        "处理器不能以 FP16 训练：请选择 --precision fp32 或 bf16。",
    ),
    "needs_peft": (
        "LoRA needs the package peft: pip install 'hymt[finetune]' (or peft), or choose --method full.",
        "LoRA 需要 peft 软件包：pip install 'hymt[finetune]'（或 peft），或选择 --method full。",
    ),
    "tune_the_base": (
        "“{model}” is an adapter on a base: fine-tune the base, {base}.",
        "“{model}”是基础模型加适配器：请微调基础模型 {base}。",
    ),
    "tune_the_original": (
        "“{model}” is quantised already: fine-tune the 16-bit original, at --precision int8 or nf4.",
        "“{model}”已经量化：请以 --precision int8 或 nf4 微调其 16 位原版。",
    ),
    "tune_one_step": (
        "{model} translates between these languages by way of English: tune one step, {options}.",
        "{model} 在这两种语言之间经由英语翻译：请只微调其中一步，{options}。",
    ),
    "pairs_too_long": (
        "All pairs are longer than {most} tokens, prompt and answer together: see --max-tokens.",
        "所有句对（提示与译文合计）都超过 {most} 个词元：参见 --max-tokens。",
    ),
    "training_out_of_memory": (
        "There was not enough memory to train. Choose a smaller --batch-size (with more --accumulate), "
        "--gradient-checkpointing, fewer --max-tokens, or --precision int8 or nf4; then --resume or begin anew.",
        "内存不足以训练。请减小 --batch-size（并增大 --accumulate）、使用 --gradient-checkpointing、减小 --max-tokens，或选择 --precision int8 或 nf4；然后用 --resume 继续或重新开始。",
    ),
    "held_out_failed": (
        "The held-out pairs could not be translated: {reason}",
        "无法翻译留出的句对：{reason}",
    ),
    "no_pairs": ("“{name}” has no pairs.", "“{name}”中没有句对。"),
    "bad_columns": (
        "Line {line} of “{name}” has {columns}: write the source, a tab, the translation.",
        "“{name}”第 {line} 行有 {columns}：请写成原文、制表符、译文。",
    ),
    "one_column": ("1 column", "1 列"),
    "columns": ("{count} columns", "{count} 列"),
    "bad_json_line": (
        'Line {line} of “{name}” is no JSON object with two texts: write {{"source": "…", "target": "…"}}.',
        '“{name}”第 {line} 行不是含有两段文本的 JSON 对象：请写成 {{"source": "…", "target": "…"}}。',
    ),
    "too_few_pairs": (
        "There are too few pairs to hold one out: give more, or --eval-share 0.",
        "句对太少，无法留出：请给出更多，或使用 --eval-share 0。",
    ),
    "nothing_to_learn": (
        "All sources are among the held-out ones: there is nothing left to learn.",
        "所有原文都在留出的句对之中：没有可学习的内容。",
    ),
    "run_finished": (
        "“{name}” holds a finished model or adapter: choose another folder.",
        "“{name}”中已有完成的模型或适配器：请选择其他文件夹。",
    ),
    "run_unfinished": (
        "“{name}” holds a run that is not finished: go on with --resume, or choose another folder.",
        "“{name}”中有未完成的训练：请用 --resume 继续，或选择其他文件夹。",
    ),
    "not_a_run": (
        "“{name}” exists already and is no run to resume: choose another folder.",
        "“{name}”已经存在，且不是可以继续的训练：请选择其他文件夹。",
    ),
    "run_unreadable": (
        "The {file} of “{name}” cannot be read: choose another folder.",
        "无法读取“{name}”的 {file}：请选择其他文件夹。",
    ),
    "run_differs": (
        "The run in “{name}” had another {settings}: resume it with the same options and data.",
        "“{name}”中的训练原为 {settings}：请以相同的选项和数据继续。",
    ),
    # -- measuring
    "bench_quantised": (
        "“{model}” is quantised already: measure the 16-bit original.",
        "“{model}”已经量化：请测量其 16 位原版。",
    ),
    "bench_disk": (
        "The random weights take {needed} on the disk of temporary files, which has {free} free. Name a larger one in "
        "the environment variable TMPDIR, or choose --shape 1.8b.",
        "随机权重在临时文件所在的磁盘上需要 {needed}，而那里只有 {free} 空闲。请用环境变量 TMPDIR 指定更大的磁盘，或选择 --shape 1.8b。",
    ),
    "not_a_report": (
        "“{name}/bench.json” is not a report of this version of hymt bench.",
        "“{name}/bench.json”不是此版本 hymt bench 的报告。",
    ),
    "bench_slots": ("the free memory holds {slots} slots", "空闲内存只容得下 {slots} 个槽位"),
    "bench_no_answer": ("no answer within {seconds} s", "{seconds} 秒内没有结果"),
    "bench_state": ("a sequence was {state}", "一个序列的状态是 {state}"),
    "bench_tokens": ("it made {generated} of {wanted} tokens", "只生成了 {wanted} 个词元中的 {generated} 个"),
    "bench_start": ("the process ended without a token", "进程没有生成词元就结束了"),
    "bench_thread": ("its thread ended", "其线程已结束"),
}
