"""A model's own tokenizer and chat template: text to prompt tokens and back."""

from __future__ import annotations

import copy
import logging
import re
from pathlib import Path

from hymt.models import chat_template
from hymt.models.files import UnsupportedModel

log = logging.getLogger(__name__)

REPLACEMENT = "\ufffd"
_MARK = "HYMT-TEXT"


class ChatTokenizer:
    """Renders one user turn by the checkpoint's chat template.

    The text is tokenized apart from the template around it, with special tokens switched off: a text that
    spells out "<|eos|>" is translated as text, and cannot end its own prompt.
    """

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer

        try:
            self._tokenizer = AutoTokenizer.from_pretrained(str(folder), padding_side="left", local_files_only=True)
        except Exception as error:  # the tokenizers library raises bare Exceptions for a damaged file
            log.exception("The tokenizer of %s cannot be read.", folder.name)
            raise UnsupportedModel("no_tokenizer", name=folder.name) from error
        self._tokenizer.model_max_length = 10**9  # long texts are counted here, never sent whole: no warning
        try:
            asked, answered = self._render()
            before, after = asked.split(_MARK)
        except ValueError as error:
            log.exception("The chat template of %s cannot be used.", folder.name)
            raise UnsupportedModel("no_chat_template", name=folder.name) from error
        # transformers' own way in sets options of the tokenizer that all share for every text, and spreads each over
        # all cores: the text goes through a copy that nobody else changes
        self._of_text = copy.deepcopy(self._tokenizer.backend_tokenizer)
        self._of_text.no_truncation()
        self._of_text.no_padding()
        self._of_text.encode_special_tokens = True  # as the text that they spell
        self._before, self._after = self._encode_template(before), self._encode_template(after)
        self._end = self._end_token(answered.partition(_MARK)[2])

    def _render(self) -> list[str]:
        """A turn that asks for an answer, and one with its answer. Raises ValueError."""
        question, answer = {"role": "user", "content": _MARK}, {"role": "assistant", "content": _MARK}
        conversations = [([question], True), ([question | {"content": "-"}, answer], False)]
        return chat_template.render(
            self._tokenizer.get_chat_template(), self._tokenizer.special_tokens_map, conversations
        )

    def _end_token(self, after_answer: str) -> int:
        """What the chat template ends an answer by, or if that is no special token, the tokenizer's end token."""
        after = self._encode_template(after_answer)
        return after[0] if after and after[0] in self._tokenizer.added_tokens_decoder else self._tokenizer.eos_token_id

    def _encode_template(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False).input_ids

    def _encode(self, text: str) -> list[int]:
        return self._of_text.encode(text, add_special_tokens=False).ids

    def prompt(self, turn: str) -> list[int]:
        """The tokens of one user turn, ready for the answer."""
        return self._before + self._encode(turn) + self._after

    def completion(self, answer: str) -> list[int]:
        """The tokens of a whole answer, as a model is to make it: the token that ends it is the last."""
        return [*self._encode(answer), self._end]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The character span of every token of a text."""
        return self._of_text.encode(text, add_special_tokens=False).offsets

    def place(self, turn: str, text: str) -> tuple[tuple[int, int], list[tuple[int, int]]]:
        """Where the tokens of a text are in the prompt of the turn that ends with it (first, past the last), and the
        characters of the text that each is."""
        start = turn.rindex(text)
        spans = self.spans(turn)
        first = next((number for number, (_, end) in enumerate(spans) if end > start), len(spans))
        own = [(max(0, begin - start), end - start) for begin, end in spans[first:]]
        before = len(self._before) + first
        return (before, before + len(own)), own

    def count(self, text: str) -> int:
        return len(self._encode(text))

    def answer(self, tokens: tuple[int, ...] | list[int]) -> str:
        """The text of an answer so far, on one line, without special tokens or a half character at its end.

        The source was one line, so line ends that a model adds are glosses' or mistakes': they become spaces.
        """
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)  # type: ignore[assignment]  # a list of a batch only
        return re.sub(r"\s*[\n\r\u2028\u2029\v\f\x85]\s*", " ", text.rstrip(REPLACEMENT)).strip()
