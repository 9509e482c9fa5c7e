"""What the models are asked: the exact user turn of each family of checkpoints.

Knows nothing about chat templates or tokens. The user's text is put in once, verbatim, by an
f-string: braces and placeholders in it mean nothing here.
"""

from collections.abc import Sequence
from typing import Protocol

from hymt.text.languages import LANGUAGES

_CHINESE = {"zh", "zh-Hant", "yue"}

Terms = Sequence[tuple[str, str]]
"""Terms as they stand in a text, each with its translation."""


class PromptStyle(Protocol):
    """How one family of checkpoints is asked to translate."""

    def apply(self, text: str, source: str | None, target: str, terms: Terms = ()) -> str:
        """The user turn for `text`; `source` (None: not known) and `target` are keys of LANGUAGES.

        `terms` are of the text; a family without a terminology prompt leaves them out.
        """
        ...


def _chinese_side(source: str | None, target: str) -> bool:
    return source in _CHINESE or target in _CHINESE


def _english_segment(text: str, target: str) -> str:
    name = LANGUAGES[target].name
    return f"Translate the following segment into {name}, without additional explanation.\n\n{text}"


class HunyuanMT:
    """Hunyuan-MT: Chinese wording with Chinese on either side. Has no terminology or context prompt."""

    def apply(self, text: str, source: str | None, target: str, terms: Terms = ()) -> str:
        if not _chinese_side(source, target):
            return _english_segment(text, target)
        return f"把下面的文本翻译成{LANGUAGES[target].chinese}，不要额外解释。\n\n{text}"


class HyMT15:
    """HY-MT1.5: as Hunyuan-MT, with another Chinese wording; its terminology prompt is Chinese for every pair."""

    def apply(self, text: str, source: str | None, target: str, terms: Terms = ()) -> str:
        if terms:
            listed = "".join(f"{term} 翻译成 {wanted}\n" for term, wanted in terms)
            return f"参考下面的翻译：\n{listed}\n{self._chinese(target)}\n{text}"
        if not _chinese_side(source, target):
            return _english_segment(text, target)
        return f"{self._chinese(target)}\n\n{text}"

    def _chinese(self, target: str) -> str:
        return f"将以下文本翻译为{LANGUAGES[target].chinese}，注意只需要输出翻译后的结果，不要额外解释："


class HyMT2:
    """Hy-MT2: one English wording for every pair; the source language is not asked for."""

    def apply(self, text: str, source: str | None, target: str, terms: Terms = ()) -> str:
        if terms:
            listed = "".join(f"{term} translates to {wanted}\n" for term, wanted in terms)
            return (
                f"Reference the following translations:\n{listed}\nTranslate the following text into"
                f" {LANGUAGES[target].name}. Note that you must ONLY output the translated result without any"
                f" additional explanation:\n\n{text}"
            )
        return (
            f"Translate the following text into {LANGUAGES[target].name}. Note that you should only output"
            f" the translated result without any additional explanation:\n\n{text}"
        )


STYLES: dict[str, PromptStyle] = {"hunyuan-mt": HunyuanMT(), "hy-mt1.5": HyMT15(), "hy-mt2": HyMT2()}
