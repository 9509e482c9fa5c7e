"""Every word of the page, in English and Chinese, and the bookkeeping that switches between them."""

from __future__ import annotations

import gradio as gr

from hymt.events import TranslationError
from hymt.text.languages import LANGUAGES

WORDS = {
    "en": {
        "tagline": "Long texts through Tencent's Hunyuan-MT, on the graphics card that you have",
        "demo_notice": "This is hymt-mini, a small demonstration model (29M parameters, ten languages): fine for "
        "everyday sentences, poor beyond. For real work load one of the large models under “Model”.",
        "source": "From",
        "target": "To",
        "swap": "⇄",
        "detect": "Detect language · 自动检测 · auto",
        "text_tab": "Text",
        "document_tab": "Document",
        "input": "Text to translate",
        "input_placeholder": "Type or paste a text. Ctrl+Enter (⌘+Enter) translates.",
        "output": "Translation",
        "translate": "Translate",
        "stop": "Stop",
        "clear": "Clear",
        "model_heading": "### Model",
        "model": "Model",
        "model_info": "From the list, or a hub id (owner/name) or a folder of the same architecture, or of a LoRA adapter",
        "precision": "Precision",
        "beams": "Beams",
        "beams_info": "More beams: better, slower. 1 is greedy.",
        "gpu_memory": "GPU memory limit (GiB)",
        "gpu_memory_info": "Empty or 0: the whole card. It takes effect when a model is loaded.",
        "load": "Load this model",
        "recommended": "Recommended for this machine",
        "apply": "Use it",
        "advanced": "Advanced",
        "sample": "Sample instead of searching",
        "sample_info": "Draws each token; beams do not apply",
        "temperature": "Temperature",
        "top_k": "Top-k",
        "top_p": "Top-p",
        "repetition_penalty": "Repetition penalty",
        "seed": "Seed",
        "chunk_tokens": "Chunk length (tokens)",
        "chunk_info": "A long text is cut at sentence ends into chunks of at most so many tokens",
        "upload": "A text file (.txt, .md), at most 10 MB",
        "translate_document": "Translate the document",
        "download": "Download the translation",
        "download_bilingual": "Download both languages side by side",
        "memory_heading": "### Memory",
        "counts": "{characters} · {tokens}",
        "figures": "{seconds} s · {speed} tokens/s · {tokens} · {chunks} · {model} {precision} · peak memory {peak}",
        "chunk": "1 chunk",
        "chunks": "{count} chunks",
        "line": "1 line",
        "lines": "{count} lines",
        "character": "1 character",
        "characters": "{count} characters",
        "token": "1 token",
        "tokens": "{count} tokens",
        "through_english": "{model} has no direct {source} → {target}: it goes through English.",
        "detected": "Detected: {language}.",
        "truncated": "Met their length limit: {chunks}; the translation there may be cut.",
        "dropped": "Control characters left out: {count}.",
        "starting": "Starting …",
        "waiting": "A model is being loaded; the translation goes on after that.",
        "stopped": "Stopped. What was done is kept.",
        "stopped_document": "Stopped. What was done is kept: {done} of {total} lines; the files below have the rest "
        "in the source language.",
        "failed_document": "{reason} What was done is kept: {done} of {total} lines; the files below have the rest "
        "in the source language.",
        "finished_document": "Finished: {lines}.",
        "plan": "{name}: {lines}, {characters}, {tokens} → {chunks}",
        "plan_steps": ", in two steps through English",
        "plan_with": " with {model} in {precision}, {beams}.",
        "beam_count": "{count} beams",
        "greedy": "greedy",
        "sampled": "sampling",
        "progress": "{percent} · {done} of {total} lines · {speed} tokens/s",
        "left": " · about {time} left",
        "row_limit": "The page shows {shown} of {total} lines; the files have all.",
        "no_file": "Upload a file first.",
        "document_first": "Upload a text file: the page then says what it will do before it does it.",
        "output_first": "The translation appears here as it is made.",
        "checking": "checking that it fits",
        "downloading": "downloading",
        "draining": "finishing what runs",
        "releasing": "giving memory back",
        "loading": "loading the weights",
        "warming up": "warming up",
        "ready": "ready",
        "swapped": "{model} in {precision} is ready after {seconds} s: {weights} of weights, {cache} of KV cache"
        "{released}.",
        "released": "; {bytes} came back from the previous one",
        "unchanged": "{model} in {precision} is loaded already.",
        "within_limit": "The GPU memory limit is {limit}.",
        "shorter_chunks": "Chunks will be {count} tokens long instead of {usual}.",
        "spread_gpus": "More than one GPU holds: it is spread over {count} GPUs, slower than one that could hold it.",
        "spread_ram": "More than the GPU holds: partly in RAM, slower; about {bytes} cross to the GPU at every step.",
        "not_in_ram": "{precision} weights cannot lie partly in RAM.",
        "variant_needs": "Needs about {needed}; {free} are free.",
        "does_not_fit": "Does not fit: needs about {needed}; {free} are free.",
        "why_cpu": "This machine has no NVIDIA GPU, and a 7B on a CPU is too slow to be pleasant: the small embedded "
        "model, at the precision that this processor computes fastest.",
        "why_fits": "The largest model at the finest precision that fits: it takes about {needed} of the {free} that "
        "are free.",
        "why_small": "{free} of GPU memory are too little for the large models: the small embedded one.",
        "fp32": "4 bytes a weight: the reference.",
        "bf16": "2 bytes a weight: FP32's range, fewer digits.",
        "fp16": "2 bytes a weight: no visible loss.",
        "int8": "1 byte a weight: bitsandbytes LLM.int8.",
        "nf4": "Half a byte a weight: bitsandbytes 4 bit.",
        "caution_fp16": "This processor has no FP16 arithmetic: slow here.",
        "caution_int8": "On a CPU it saves memory but costs speed.",
        "licence": "Licence: {licence}.",
        "excluded": "It does not apply in {regions}: there you may not use this model.",
        "hub_size_unknown": "Its size is known once its files are here.",
        "model_languages": "{count} languages.",
        "no_gpu": "No GPU on this machine: the model lives in RAM.",
        "gpu_used": "GPU memory used",
        "gpu_free": "free",
        "gpu_limit": "GPU memory limit",
        "limit_taken": "about {bytes} taken",
        "of": "of {total}",
        "weights": "Weights",
        "kv_cache": "KV cache",
        "torch_peak": "Peak (torch)",
        "torch_allocated": "Allocated (torch)",
        "process_ram": "This process",
        "system_ram": "System RAM",
        "slots": "Slots busy",
        "slots_waiting": "{count} waiting",
        "last_minutes": "The last {minutes} min",
        "no_model": "No model is loaded.",
        "empty": "There is nothing to translate: type, paste or upload a text first.",
        "same": "Source and target are both {language}: choose two languages.",
        "same_detected": "The text seems to be {language} already: choose another target language.",
        "not_known": "{model} does not know {language}. Choose another model.",
        "too_long": "The text is longer than {limit} characters: translate it in parts.",
    },
    "zh": {
        "tagline": "用您现有的显卡，以腾讯混元翻译模型翻译长文",
        "demo_notice": "这是 hymt-mini，一个小型演示模型（2900 万参数，十种语言）：日常句子尚可，其余较差。正式使用请在“模型”中加载大模型。",
        "source": "源语言",
        "target": "目标语言",
        "swap": "⇄",
        "detect": "自动检测 · Detect language · auto",
        "text_tab": "文本",
        "document_tab": "文档",
        "input": "待翻译文本",
        "input_placeholder": "输入或粘贴文本。按 Ctrl+Enter（⌘+Enter）翻译。",
        "output": "译文",
        "translate": "翻译",
        "stop": "停止",
        "clear": "清空",
        "model_heading": "### 模型",
        "model": "模型",
        "model_info": "从列表选择，或填写同架构模型或 LoRA 适配器的 hub id（owner/name）或文件夹",
        "precision": "精度",
        "beams": "束宽",
        "beams_info": "束宽越大质量越好、速度越慢；1 为贪心解码。",
        "gpu_memory": "显存上限（GiB）",
        "gpu_memory_info": "留空或 0：使用整张显卡。加载模型时生效。",
        "load": "加载此模型",
        "recommended": "本机推荐",
        "apply": "采用",
        "advanced": "高级",
        "sample": "使用采样",
        "sample_info": "逐词抽样；束宽不起作用",
        "temperature": "温度",
        "top_k": "Top-k",
        "top_p": "Top-p",
        "repetition_penalty": "重复惩罚",
        "seed": "随机种子",
        "chunk_tokens": "分块长度（词元）",
        "chunk_info": "长文在句末切分，每块不超过此词元数",
        "upload": "文本文件（.txt、.md），不超过 10 MB",
        "translate_document": "翻译文档",
        "download": "下载译文",
        "download_bilingual": "下载双语对照",
        "memory_heading": "### 内存",
        "counts": "{characters} · {tokens}",
        "figures": "{seconds} 秒 · {speed} 词元/秒 · {tokens} · {chunks} · {model} {precision} · 内存峰值 {peak}",
        "chunk": "1 块",
        "chunks": "{count} 块",
        "line": "1 行",
        "lines": "{count} 行",
        "character": "1 个字符",
        "characters": "{count} 个字符",
        "token": "1 个词元",
        "tokens": "{count} 个词元",
        "through_english": "{model} 不能直接翻译 {source} → {target}，将经由英语。",
        "detected": "检测到：{language}。",
        "truncated": "{chunks}达到长度上限，译文可能被截断。",
        "dropped": "已忽略 {count} 个控制字符。",
        "starting": "正在开始……",
        "waiting": "正在加载模型，完成后继续翻译。",
        "stopped": "已停止，已完成的部分保留。",
        "stopped_document": "已停止。已完成的部分保留：{total} 行中的 {done} 行；下方文件中其余部分为原文。",
        "failed_document": "{reason}已完成的部分保留：{total} 行中的 {done} 行；下方文件中其余部分为原文。",
        "finished_document": "完成：共 {lines}。",
        "plan": "{name}：{lines}，{characters}，{tokens} → {chunks}",
        "plan_steps": "，经由英语分两步",
        "plan_with": "，使用 {model}（{precision}，{beams}）。",
        "beam_count": "束宽 {count}",
        "greedy": "贪心",
        "sampled": "采样",
        "progress": "{percent} · {total} 行中的 {done} 行 · {speed} 词元/秒",
        "left": " · 约剩 {time}",
        "row_limit": "页面显示 {total} 行中的 {shown} 行；文件包含全部。",
        "no_file": "请先上传文件。",
        "document_first": "请上传文本文件：页面会先说明将做什么，再开始翻译。",
        "output_first": "译文将在此逐步显示。",
        "checking": "检查是否放得下",
        "downloading": "下载中",
        "draining": "等待进行中的块完成",
        "releasing": "释放内存",
        "loading": "加载权重",
        "warming up": "预热",
        "ready": "就绪",
        "swapped": "{model}（{precision}）在 {seconds} 秒后就绪：权重 {weights}，KV 缓存 {cache}{released}。",
        "released": "；此前的模型归还了 {bytes}",
        "unchanged": "{model}（{precision}）已经加载。",
        "within_limit": "显存上限为 {limit}。",
        "shorter_chunks": "每块 {count} 个词元，而非 {usual} 个。",
        "spread_gpus": "单张显卡放不下：分布在 {count} 张显卡上，比放得下的单卡慢。",
        "spread_ram": "显卡放不下：部分位于内存，速度较慢；每一步约有 {bytes} 传到显卡。",
        "not_in_ram": "{precision} 权重不能部分放在内存中。",
        "variant_needs": "约需 {needed}；空闲 {free}。",
        "does_not_fit": "放不下：约需 {needed}；空闲 {free}。",
        "why_cpu": "本机没有 NVIDIA GPU，在 CPU 上运行 7B 太慢：采用内置小模型，精度取此处理器最快的一种。",
        "why_fits": "放得下的最大模型与最高精度：约占空闲 {free} 中的 {needed}。",
        "why_small": "{free} 显存不足以容纳大模型：采用内置小模型。",
        "fp32": "每个权重 4 字节：基准。",
        "bf16": "每个权重 2 字节：范围同 FP32，位数较少。",
        "fp16": "每个权重 2 字节：无可见损失。",
        "int8": "每个权重 1 字节：bitsandbytes LLM.int8。",
        "nf4": "每个权重半字节：bitsandbytes 4 位。",
        "caution_fp16": "此处理器没有 FP16 运算，速度较慢。",
        "caution_int8": "在 CPU 上节省内存，但速度较慢。",
        "licence": "许可证：{licence}。",
        "excluded": "该许可证不适用于{regions}：在这些地区不得使用此模型。",
        "hub_size_unknown": "下载文件后才知道其大小。",
        "model_languages": "{count} 种语言。",
        "no_gpu": "本机没有 GPU：模型位于内存中。",
        "gpu_used": "已用显存",
        "gpu_free": "空闲",
        "gpu_limit": "显存上限",
        "limit_taken": "约占用 {bytes}",
        "of": "共 {total}",
        "weights": "权重",
        "kv_cache": "KV 缓存",
        "torch_peak": "峰值（torch）",
        "torch_allocated": "已分配（torch）",
        "process_ram": "本进程",
        "system_ram": "系统内存",
        "slots": "占用槽位",
        "slots_waiting": "另有 {count} 个等待",
        "last_minutes": "最近 {minutes} 分钟",
        "no_model": "没有加载模型。",
        "empty": "没有可翻译的内容：请先输入、粘贴或上传文本。",
        "same": "源语言和目标语言都是{language}：请选择两种语言。",
        "same_detected": "文本似乎已经是{language}：请选择其他目标语言。",
        "not_known": "{model} 不支持{language}。请选择其他模型。",
        "too_long": "文本超过 {limit} 个字符：请分段翻译。",
    },
}
REGIONS_ZH = {"the European Union": "欧盟", "the United Kingdom": "英国", "South Korea": "韩国"}


def say(ui: str, key: str, **values) -> str:
    """A sentence of the page in the interface's language ("en" or "zh")."""
    return WORDS[ui][key].format(**values)


def language_name(ui: str, code: str) -> str:
    language = LANGUAGES[code]
    return language.chinese if ui == "zh" else language.name


def explain(ui: str, error: Exception | str) -> str:
    """An error for the user, in the interface's language where it has words for it."""
    if isinstance(error, TranslationError) and error.key in WORDS[ui]:
        values = dict(error.values)
        if "language" in values:
            values["language"] = language_name(ui, values["language"])
        return say(ui, error.key, **values)
    return str(error)


class Wording:
    """Remembers which property of which component shows which words, to switch them all at once."""

    def __init__(self) -> None:
        self._bound: dict[gr.components.Component, dict[str, str]] = {}

    def bind(self, component, **keys: str):
        """`bind(button, value="translate")`: the button's value is the word "translate"."""
        self._bound[component] = keys
        for name, key in keys.items():
            setattr(component, name, WORDS["en"][key])
        return component

    @property
    def components(self) -> list:
        return list(self._bound)

    def updates(self, ui: str) -> list[dict]:
        return [gr.update(**{name: WORDS[ui][key] for name, key in keys.items()}) for keys in self._bound.values()]


def preferred(request: gr.Request | None) -> str:
    """The interface's language that a browser asks for."""
    accepted = (request.headers.get("accept-language") or "") if request else ""
    return "zh" if accepted.lower().startswith("zh") else "en"
