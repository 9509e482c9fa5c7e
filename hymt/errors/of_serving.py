"""What is said of the server, its visitors and what they may."""

SENTENCES: dict[str, tuple[str, str]] = {}
