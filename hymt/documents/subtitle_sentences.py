"""Sentences that go on from cue to cue: one text for the model, divided again over their cues.

Where a cue ends there is a tag in the text, which comes back where its words went. If that leaves a cue with nothing or
far too much, the translation is divided as the source was, at a pause if there is one near.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hymt.documents.fields import Field
from hymt.documents.subtitle_lines import pause_worth, places

BREAK = "<cue/>"
MOST_CUES = 4
LONGEST = 240  # characters of a sentence that is translated as one
PAUSE = 2.0  # seconds between two cues after which nobody goes on with a sentence
_SHARE = 0.5  # of what a cue had of the sentence, it keeps at least so much, and at most the inverse
_ENDED = re.compile(r"[.!?…。！？:：♪♫\"”»』」)\]]\s*\Z")
_COMMA = re.compile(r"[,，、;；]\s*\Z")


@dataclass(frozen=True)
class Cue:
    """When a cue is shown, in seconds, and its fields: one for each person who speaks."""

    begin: float
    end: float
    fields: Sequence[Field]


def sentences(text: str, cues: Iterable[Cue], tags: re.Pattern[str]) -> Iterator[Field]:
    """The fields of cues, those that are parts of one sentence joined; `tags` take no part in a sentence."""
    group: list[Cue] = []
    for cue in cues:
        if group and not (len(group) < MOST_CUES and _goes_on(group, cue, tags)):
            yield from _joined(text, group)
            group = []
        group.append(cue)
    yield from _joined(text, group)


def _goes_on(group: Sequence[Cue], cue: Cue, tags: re.Pattern[str]) -> bool:
    last = group[-1]
    if len(last.fields) != 1 or len(cue.fields) != 1 or not 0 <= cue.begin - last.end < PAUSE:
        return False
    before, after = (tags.sub("", one.fields[0].text).strip() for one in (last, cue))
    size = sum(len(one.fields[0].text) for one in (*group, cue))
    if not before or not after or size > LONGEST or _ENDED.search(before):
        return False
    # scripts without small letters show it by a comma only: many write no stop at the end of a sentence
    return after[0].islower() or (bool(_COMMA.search(before)) and not after[0].isupper())


def _joined(text: str, group: Sequence[Cue]) -> Iterator[Field]:
    if len(group) < 2:
        yield from (one for cue in group for one in cue.fields)
        return
    fields = [cue.fields[0] for cue in group]
    between = [text[one.end : other.start] for one, other in pairwise(fields)] + [""]
    sizes = [len(one.text) for one in fields]

    def laid(translation: str, both: bool) -> str:
        parts = divided(translation, sizes)
        rows = zip(fields, parts, between, strict=True)
        return "".join((one.both if both and one.both else one.write)(part) + gap for one, part, gap in rows)

    yield Field(
        fields[0].start,
        fields[-1].end,
        f" {BREAK}".join(one.text for one in fields),
        lambda translation: laid(translation, False),
        codes=fields[0].codes,
        both=lambda translation: laid(translation, True),
    )


def divided(translation: str, sizes: Sequence[int]) -> list[str]:
    """A translation in as many parts as there are sizes: at its breaks, if that leaves each its share."""
    parts = [part.strip() for part in translation.split(BREAK)]
    whole, given = max(1, sum(map(len, parts))), sum(sizes)
    shares = [len(part) / whole / (size / given) for part, size in zip(parts, sizes, strict=False)]
    if len(parts) == len(sizes) and all(_SHARE <= share <= 1 / _SHARE for share in shares):
        return parts
    return list(_by_size(" ".join(filter(None, parts)), sizes))


def _by_size(text: str, sizes: Sequence[int]) -> Iterator[str]:
    start, given = 0, sum(sizes)
    for number, size in enumerate(sizes[:-1], 1):
        wanted = start + (len(text) - start) * size / max(1, given)
        left = len(sizes) - number
        open_to = [place for place in places(text) if start < place <= len(text) - left]
        end = min(open_to, key=lambda place: abs(place - wanted) - pause_worth(text, place), default=len(text))
        yield text[start:end].strip()
        start, given = end, given - size
    yield text[start:].strip()
