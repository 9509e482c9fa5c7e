"""What is said of the server, its visitors and what they may."""

SENTENCES: dict[str, tuple[str, str]] = {
    "too_busy": (
        "{count} others are waiting already: try again in a few minutes.",
        "已有 {count} 个任务在等待：请几分钟后再试。",
    ),
    "stopped_waiting": ("Stopped before its turn came.", "在轮到之前已停止。"),
    "deadline": (
        "It was ended after {hours} h, the longest that the server works on one.",
        "已达到服务器单个任务的时限（{hours} 小时），任务已结束。",
    ),
    "disk_full": (
        "The server's disk is full: no file could be written.",
        "服务器磁盘已满：无法写入文件。",
    ),
    "no_file": ("Upload a file first.", "请先上传文件。"),
    "too_few_arguments": (
        "This takes {wanted} arguments, but got {given}.",
        "需要 {wanted} 个参数，但只收到 {given} 个。",
    ),
}
