"""What is said of models, downloads, precisions, plans and memory."""

SENTENCES: dict[str, tuple[str, str]] = {}
