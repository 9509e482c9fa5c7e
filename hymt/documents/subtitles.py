"""Subtitles: SubRip (.srt), WebVTT (.vtt) and Advanced SubStation Alpha (.ass), told apart by what is in the file.

A cue's lines are one block, as far as one person speaks; so are cues that one sentence goes over. Numbers, times,
styles and the tags around a cue stay as they are; tags within a sentence are left in its text. Songs that are timed by
the syllable and drawings are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from hymt.documents import plain
from hymt.documents.base import DocumentError
from hymt.documents.fields import Field, from_fields
from hymt.documents.subtitle_lines import USUAL_WIDTH, columns, wrapped
from hymt.documents.subtitle_sentences import Cue, sentences
from hymt.errors import Listing, Sentence
from hymt.text.blocks import BlockText
from hymt.text.wrapping import join

_TIME = r"(?:\d{1,6}:)?\d{1,2}:\d{1,2}(?:[.,:]\d{1,6})?"
_TIMES = re.compile(rf"^[ \t]*({_TIME})[ \t]*-->[ \t]*({_TIME})[^\r\n]*", re.MULTILINE)
_NUMBER_LINE = re.compile(r"(?<=[\r\n])[ \t]*\d+[ \t]*(?:\r\n|\r|\n)\Z")
_PARAGRAPH = re.compile(r"\S[^\r\n]*(?:(?:\r\n|\r|\n)[^\S\r\n]*+\S[^\r\n]*)*")

_ASS_EVENTS = re.compile(r"^\[Events\]([\s\S]*?)(?=^\[|\Z)", re.MULTILINE | re.IGNORECASE)
_ASS_FORMAT = re.compile(r"^Format:[ \t]*([^\r\n]+)", re.MULTILINE | re.IGNORECASE)
_ASS_DIALOGUE = re.compile(r"^Dialogue:([^\r\n]+)", re.MULTILINE | re.IGNORECASE)
_ASS_TIME = re.compile(r"\d{1,6}:\d{1,2}:\d{1,2}[.,]\d{1,6}")
_ASS_COLUMNS = 10
_ASS_LEFT = re.compile(r"\{[^{}]*\\(?:p[1-9]|[kK][fo]?\d)")  # a drawing; a song timed by the syllable

MOST_COLUMNS = (
    20  # that are read in a second, of Chinese characters half as many: Netflix's guides have 17 to 20, and 9
)
LISTED = 10  # lines of cues that are named
_BREAKS = re.compile(r"\\[Nn]|\r\n|\r|\n")
_TAGS = re.compile(r"</?[A-Za-z][^<>\r\n]*>|<\d[\d:.]*>|\{[^{}\r\n]*\}")
_MOST_TAGS = 8  # around one another
_OPENING = re.compile(r"<([A-Za-z]+)[^<>]*>")
_SPEAKER = re.compile(r"[ \t]*(?:[-–—‐](?![-\d])[ \t]*|>>[ \t]*|(?=[♪♫]))(?=\S)")


@dataclass(frozen=True)
class _Form:
    """How one of the formats writes a cue: between which line breaks, and characters that mean something else."""

    line_break: re.Pattern[str]
    usual_break: str
    read: Callable[[str], str] = str
    write: Callable[[str], str] = str


def _of_vtt(text: str) -> str:
    return text.replace("&nbsp;", "\u00a0").replace("&amp;", "&")


def _to_vtt(text: str) -> str:
    return re.sub(r"&(?!(?:lt|gt|lrm|rlm);)", "&amp;", text)


_SRT = _Form(re.compile(r"\r\n|\r|\n"), "\n")
_VTT = replace(_SRT, read=_of_vtt, write=_to_vtt)
_ASS = _Form(
    re.compile(r"\\[Nn]"),
    r"\N",
    lambda text: text.replace(r"\h", "\u00a0"),
    lambda text: text.replace("\u00a0", r"\h"),
)


@dataclass(frozen=True)
class _Line:
    """A line of a cue: where its content stands, and the tags right before and after it."""

    start: int
    end: int
    before: str = ""
    after: str = ""


def parse(name: str, data: bytes) -> plain.TextDocument:
    """The document in these bytes. Raises DocumentError if it is no text or has no cues."""
    document = plain.in_blocks(name, data, partial(_split, name=name))
    return replace(document, judge=_beyond_limits)


def _beyond_limits(text: str) -> tuple[Sentence, ...]:
    """Which cues have more than is usually read in their time, or a line longer than usual."""
    fast, long = [], []
    for cue in _cues(text):
        for one in cue.fields:
            shown = [_TAGS.sub("", line) for line in _BREAKS.split(text[one.start : one.end])]
            line = text.count("\n", 0, one.start) + 1
            if cue.end > cue.begin and sum(map(columns, shown)) > MOST_COLUMNS * (cue.end - cue.begin):
                fast.append(line)
            if max(map(columns, shown)) > USUAL_WIDTH:
                long.append(line)
    found = (("cues_fast", fast, MOST_COLUMNS), ("cues_long", long, USUAL_WIDTH))
    return tuple(
        Sentence(key, {"count": len(lines), "most": most, "lines": Listing(lines[:LISTED])})
        for key, lines, most in found
        if lines
    )


def _split(text: str, name: str) -> BlockText:
    if not (_ASS_DIALOGUE.search(text) and _ASS_EVENTS.search(text)) and not _TIMES.search(text):
        raise DocumentError("no_cues", name=name)
    return from_fields(text, sentences(text, _cues(text), _TAGS))


def _cues(text: str) -> Iterator[Cue]:
    events = _ASS_EVENTS.search(text) if _ASS_DIALOGUE.search(text) else None
    return _ass(text, events) if events else _timed(text)


def _timed(text: str) -> Iterator[Cue]:
    """The cues of an SRT or VTT file."""
    is_vtt = text.startswith("WEBVTT")
    form = _VTT if is_vtt else _SRT
    if first := form.line_break.search(text):
        form = replace(form, usual_break=first[0])
    times = list(_TIMES.finditer(text))
    ends = [match.start() for match in times[1:]] + [len(text)]
    for match, end in zip(times, ends, strict=True):
        number = _NUMBER_LINE.search(text, match.end(), end) if end < len(text) else None
        for paragraph in _PARAGRAPH.finditer(text, match.end(), number.start() if number else end):
            if is_vtt and len(form.line_break.findall(text, match.end(), paragraph.start())) > 1:
                break  # after an empty line comes a note, a style or the name of the next cue
            yield Cue(_seconds(match[1]), _seconds(match[2]), list(_cue(text, *paragraph.span(), form)))


def _seconds(time: str) -> float:
    """A time of a cue, such as 1:02:03,500."""
    *larger, seconds = time.replace(",", ".").split(":")
    return sum(int(part) * 60.0**place for place, part in enumerate(reversed(larger), 1)) + float(seconds)


def _ass(text: str, events: re.Match[str]) -> Iterator[Cue]:
    """The cues of an ASS file: the last column of its dialogue, after two of times."""
    columns = _ASS_FORMAT.search(text, *events.span(1))
    count = columns[1].count(",") + 1 if columns else _ASS_COLUMNS
    for dialogue in _ASS_DIALOGUE.finditer(text, *events.span(1)):
        parts = dialogue[1].split(",", count - 1)
        if len(parts) == count and not _ASS_LEFT.search(parts[-1]):
            begin, end = [*map(_seconds, _ASS_TIME.findall(",".join(parts[:-1]))), 0.0, 0.0][:2]
            yield Cue(begin, end, list(_cue(text, dialogue.end() - len(parts[-1]), dialogue.end(), _ASS)))


def _cue(text: str, start: int, end: int, form: _Form) -> Iterator[Field]:
    """The fields of a cue, one for each person who speaks."""
    breaks = list(form.line_break.finditer(text, start, end))
    starts, ends = [start, *(found.end() for found in breaks)], [*(found.start() for found in breaks), end]
    lines = list(map(_Line, starts, ends))
    line_break = breaks[0][0] if breaks else form.usual_break
    speeches: list[list[_Line]] = []
    for line in _without_tags(text, lines):
        speaker = _SPEAKER.match(text, line.start, line.end)
        if speaker or not speeches:
            speeches.append([])
        speeches[-1].append(replace(line, start=speaker.end()) if speaker else line)
    for speech in speeches:
        yield _field(text, _without_tags(text, speech), line_break, form)


def _field(text: str, lines: list[_Line], line_break: str, form: _Form) -> Field:
    said = form.read(join([text[line.start : line.end].strip() for line in lines]))
    between = f"{lines[0].after}{line_break}{lines[-1].before}"

    def write(translation: str) -> str:
        translation = " ".join(translation.split())  # an empty line would end the cue
        shown = wrapped(translation, _TAGS) if len(lines) > 1 else [translation]
        return between.join(map(form.write, shown))

    start, end = lines[0].start, lines[-1].end

    def both(translation: str) -> str:
        return f"{text[start:end]}{line_break}{write(translation)}"

    return Field(start, end, said, write, codes=_TAGS, both=both)


def _without_tags(text: str, lines: list[_Line]) -> list[_Line]:
    """The lines without the tags that enclose them all together, or each of them alike."""
    start, end = _content(text, lines[0].start, lines[-1].end)
    inside = [replace(line, start=max(line.start, start), end=min(line.end, end)) for line in lines]
    bare = [line for line in inside if text[line.start : line.end].strip()] or lines[:1]
    each = [_within(text, line) for line in bare]
    alike = len({(line.before, line.after) for line in each}) == 1
    return each if alike else bare


def _within(text: str, line: _Line) -> _Line:
    """A line with the tags that enclose it told apart."""
    start, end = _content(text, line.start, line.end)
    return _Line(start, end, line.before + text[line.start : start], text[end : line.end] + line.after)


def _content(text: str, start: int, end: int) -> tuple[int, int]:
    """What stands within enclosing tags: `<i>` … `</i>`, or a style that is set at the start and so for all."""
    for _ in range(_MOST_TAGS):
        content = text[start:end]
        start, end = end - len(content.lstrip()), start + len(content.rstrip())
        if start >= end:
            return end, end
        tag = _TAGS.match(text, start, end)
        opening = _OPENING.fullmatch(tag[0]) if tag else None
        if tag is None or (tag[0][0] == "<" and opening is None):
            return start, end
        if opening:
            closing = f"</{opening[1]}>"
            at = text.find(closing, tag.end(), end)
            if 0 <= at < end - len(closing):
                return start, end
            end = at if at >= 0 else end
        start = tag.end()
    return start, end
