from pathlib import Path

import pytest
from tokenizers import Tokenizer

import hymt


class Spans:
    """The embedded model's tokenizer as a function of spans that remembers what it was asked."""

    def __init__(self):
        self.tokenizer = Tokenizer.from_file(str(Path(hymt.__file__).parent / "mini" / "tokenizer.json"))
        self.asked: list[int] = []

    def __call__(self, text: str) -> list[tuple[int, int]]:
        self.asked.append(len(text))
        return self.tokenizer.encode(text, add_special_tokens=False).offsets


@pytest.fixture(scope="session")
def shared_spans() -> Spans:
    return Spans()


@pytest.fixture
def spans(shared_spans) -> Spans:
    shared_spans.asked.clear()
    return shared_spans
