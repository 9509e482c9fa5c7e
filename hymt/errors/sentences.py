"""The one table of what users are told: a key, the sentence in English and in Chinese.

A file a surface's worth of rooms, so that each stays short: texts and documents, models and memory, the server and its
visitors, the command line.
"""

from __future__ import annotations

from hymt.errors import of_commands, of_models, of_serving, of_texts

LOCALES = ("en", "zh")
SENTENCES: dict[str, tuple[str, str]] = {
    **of_texts.SENTENCES,
    **of_models.SENTENCES,
    **of_serving.SENTENCES,
    **of_commands.SENTENCES,
}
