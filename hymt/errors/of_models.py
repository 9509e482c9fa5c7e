"""What is said of models, downloads, precisions, plans and memory."""

SENTENCES = {
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
