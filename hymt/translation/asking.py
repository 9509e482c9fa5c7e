"""Asking: blocks are cut into pieces for a loaded model, and a piece becomes a request: prompt, length and decoding."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from hymt.engine.decoding import Decoding
from hymt.engine.protocol import Alignment, Request, Update
from hymt.errors import Listing
from hymt.models.catalogue import Model
from hymt.models.loaded import Loaded
from hymt.text.alignment import Attention
from hymt.text.blocks import Block
from hymt.text.detection import detect_language, is_unsure, most_said
from hymt.text.glossary import Glossary
from hymt.text.languages import FURTHER, LANGUAGES
from hymt.text.prompts import STYLES
from hymt.text.segmentation import Chunk, chunks
from hymt.text.terms import pairs_of
from hymt.translation.events import TranslationError
from hymt.translation.pieces import Draft, Piece, Route


@dataclass(frozen=True)
class Options:
    """What a user may choose; None is what suits the loaded model."""

    decoding: Decoding | None = None
    chunk_tokens: int | None = None
    glossary: Glossary | None = None

    def decoding_for(self, model: Model) -> Decoding:
        return self.decoding or Decoding(beams=model.beams)

    def chunk_tokens_for(self, model: Model) -> int:
        return min(self.chunk_tokens or model.chunk_tokens, model.max_chunk_tokens)


def route(model: Model, source: str, target: str) -> Route:
    """The model's translation steps for a pair. Raises TranslationError for a language it lacks."""
    check_known(model, source, target)
    return model.route(source, target)


def detected(text: str, model: Model, targets: Sequence[str] = ()) -> str:
    """The code of the language that a text is in, of those that the model knows. Raises TranslationError.

    A word that may be of any language is of none of `targets`, as it is to be translated; what quotes one of them is
    looked at once more.
    """
    found = detect_language(text, model.languages)
    if found in targets and is_unsure(text):
        found = detect_language(text, [code for code in model.languages if code not in targets])
    elif found in targets:
        found = most_said(text, model.languages) or found
    if found in model.languages:
        return found
    known = Listing(LANGUAGES[known] for known in model.languages)
    if found is None:
        raise TranslationError("not_recognised", model=model.name, known=known)
    raise TranslationError("not_known_detected", model=model.name, language=(LANGUAGES | FURTHER)[found], known=known)


def check_known(model: Model, *codes: str) -> None:
    """Raises TranslationError for a language that the model lacks."""
    for code in codes:
        if code not in model.languages:
            known = Listing(LANGUAGES[known] for known in model.languages)
            raise TranslationError("not_known", model=model.name, language=LANGUAGES[code], known=known)


def chunks_of(block: Block, language: str, loaded: Loaded, options: Options) -> list[Chunk]:
    """A block's chunks for a loaded model."""
    budget = options.chunk_tokens_for(loaded.model)
    return chunks(block, language, budget, loaded.tokenizer.spans, loaded.model.max_sentences)


@dataclass(frozen=True)
class Asking:
    """How the pieces of one job are asked for; `visit` is whose job it is, as engines are fair between visits."""

    job: Hashable
    visit: Hashable
    source: str
    target: str
    options: Options
    sink: Callable[[Update], None]

    def draft(self, index: int, block: Block, loaded: Loaded) -> Draft:
        """The block in pieces for a loaded model. Raises TranslationError for a pair that the model does not know."""
        steps = route(loaded.model, self.source, self.target)
        cut = chunks_of(block, self.source, loaded, self.options)
        return Draft(index, loaded, steps, cut, loaded.model.alignment_head, self.options.glossary)

    def request(self, piece: Piece) -> Request:
        """What the piece's model is asked."""
        loaded = piece.draft.loaded
        if piece.answered and piece.bare and piece.draft.head:
            return self._alignment(piece, piece.bare.text.text, piece.answered.text, piece.draft.head)
        turn, prompt = self._prompt(piece)
        limit = loaded.model.max_answer(len(prompt), loaded.tokenizer.count(piece.shown))
        return Request(self.job, prompt, limit, self.decoding(piece), self.sink, piece, turn, self.visit)

    def _prompt(self, piece: Piece) -> tuple[str, list[int]]:
        """The user's turn and its tokens: with the piece's terms, as many as leave room for a whole answer."""
        model, tokenizer = piece.draft.loaded.model, piece.draft.loaded.tokenizer
        style, text = STYLES[model.family], piece.shown
        terms = pairs_of(piece.source) if piece.last else []
        while True:
            turn = style.apply(text, *piece.languages, terms)
            prompt = tokenizer.prompt(turn)
            if not terms or model.leaves_room(len(prompt), tokenizer.count(text)):
                return turn, prompt
            terms = terms[: len(terms) // 2]

    def _alignment(self, piece: Piece, source: str, answer: str, head: tuple[int, int]) -> Request:
        """Which words of an answer are translations of which of its source."""
        loaded, (layer, number) = piece.draft.loaded, head
        turn = STYLES[loaded.model.family].apply(source, *piece.draft.route[piece.step])
        place, _ = loaded.tokenizer.place(turn, source)
        alignment = Alignment(loaded.tokenizer.completion(answer)[:-1], place, layer, (number,))
        prompt = loaded.tokenizer.prompt(turn)
        return Request(self.job, prompt, 1, Decoding(), self.sink, piece, turn, self.visit, alignment)

    def attention(self, piece: Piece, update: Update) -> Attention | None:
        """What was found for an alignment; None for any other request."""
        if update.attention is None or not (piece.answered and piece.bare):
            return None
        tokenizer = piece.draft.loaded.tokenizer
        _, source = tokenizer.place(update.request.turn, piece.bare.text.text)
        return Attention(update.attention[0], tokenizer.spans(piece.answered.text), source)

    def decoding(self, piece: Piece) -> Decoding:
        """The job's decoding with the piece's penalty; each chunk draws numbers of its own."""
        decoding = self.options.decoding_for(piece.draft.loaded.model)
        if piece.penalty > decoding.repetition_penalty:
            decoding = replace(decoding, beams=1, repetition_penalty=piece.penalty)
        if not decoding.samples:
            return decoding
        return replace(decoding, seed=(decoding.seed + 7919 * piece.draft.index + 104729 * piece.chunk) % 2**31)
