"""What is said of the command line and what only it does: converting, comparing, fine-tuning, measuring."""

SENTENCES: dict[str, tuple[str, str]] = {}
