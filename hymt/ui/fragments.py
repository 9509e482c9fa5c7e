"""Small pieces of HTML: everything that comes from users or files is escaped here."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from hymt.errors import UserError
from hymt.errors.of_texts import OF_DETECTION
from hymt.hardware.memory import show_bytes
from hymt.models.precision import PRECISIONS
from hymt.text.languages import LANGUAGES
from hymt.translation.events import Figures, Progress
from hymt.translation.job import Job
from hymt.ui.words import say

SHOWN_ROWS = 200


def line(text: str, kind: str = "") -> str:
    """A line below a control; `kind` is "", "good" or "bad"."""
    return f'<div class="hymt-line"><span class="{kind}">{escape(text)}</span></div>'


def notice(text: str) -> str:
    return f'<div class="hymt-notice">{escape(text)}</div>'


def to_come(html: str) -> str:
    """The room for what a page is told when it is there; until then it would show what was true at the start."""
    return f'<div style="visibility: hidden">{html}</div>'


def tip(locale: str, elem_id: str, sign: str, name: str, terms: Mapping[str, str]) -> str:
    """A button that explains terms, a line each, while the mouse is over it or it has the focus.

    `name` is the key of its name, `terms` has the keys of the terms and of what is said of them.
    """
    lines = "".join(
        f"<span><b>{escape(say(locale, term))}</b> – {escape(say(locale, about))}</span>"
        for term, about in terms.items()
    )
    label = escape(say(locale, name))
    return (
        f'<span class="hymt-tip"><button type="button" aria-label="{label}" aria-describedby="{elem_id}">'
        f'{sign}</button><span role="tooltip" id="{elem_id}">{lines}</span></span>'
    )


def amount(locale: str, noun: str, count: int) -> str:
    """ "1 chunk", "1,234 chunks": nouns are chunk, line, character, token and job."""
    return say(locale, noun) if count == 1 else say(locale, f"{noun}s", count=f"{count:,}")


def figures(locale: str, figures: Figures, detected: bool = False, dropped: int = 0, wanted: str = "") -> str:
    """What a translation took, and what its reader should know of it; `wanted` is the language that was chosen."""
    sentence = say(
        locale,
        "figures",
        seconds=f"{figures.seconds:.1f}",
        speed=f"{figures.tokens_per_second:.0f}",
        tokens=amount(locale, "token", figures.tokens),
        chunks=amount(locale, "chunk", figures.chunks),
        model=figures.model,
        precision=PRECISIONS[figures.precision].label if figures.precision else "",
        peak=show_bytes(figures.peak_memory_bytes),
    )
    notes = remarks(locale, figures, detected, dropped, wanted)
    separator = "<br>" if notes else ""
    correct = f" {correction(locale)}" if detected else ""
    said = f'<span class="good">{escape(sentence)}</span>{separator}{escape(notes)}{correct}'
    return f'<div class="hymt-line">{said}</div>'


def correction(locale: str) -> str:
    """What to press where a language was detected wrong: the page's script opens the drop-down of the source."""
    return f'<button type="button" class="hymt-correct">{escape(say(locale, "correct_language"))}</button>'


def refused(locale: str, error: UserError) -> str:
    """Why a text or document is not translated; with a way out, if it is for the language that was detected."""
    said = line(error.say(locale), "bad")
    return said.replace("</div>", f" {correction(locale)}</div>") if error.key in OF_DETECTION else said


def remarks(locale: str, figures: Figures, detected: bool = False, dropped: int = 0, wanted: str = "") -> str:
    notes = []
    names = {name: LANGUAGES[getattr(figures, name)].say(locale) for name in ("source", "target")}
    if detected:
        notes.append(say(locale, "detected", language=names["source"]))
    if wanted and figures.target != wanted:
        notes.append(say(locale, "into_another", target=names["target"]))
    if figures.steps > 1:
        notes.append(say(locale, "through_english", model=figures.model, **names))
    if figures.reused:
        notes.append(say(locale, "reused", count=f"{figures.reused:,}"))
    if figures.truncated:
        notes.append(say(locale, "truncated", chunks=amount(locale, "chunk", figures.truncated)))
    if figures.lost_numbers:
        notes.append(say(locale, "lost_numbers", lines=figures.lines_said))
    if dropped:
        notes.append(say(locale, "dropped", count=dropped))
    return " ".join(notes)


def bar(fraction: float, text: str) -> str:
    """A progress bar with its words."""
    percent = f"{100 * fraction:.1f}"
    name = f'aria-label="{escape(text)}"'
    role = f'role="progressbar" {name} aria-valuenow="{percent}" aria-valuemin="0" aria-valuemax="100"'
    inner = f'<div style="width:{percent}%"></div>'
    return f'<div class="hymt-progress" {role}>{inner}</div><div class="hymt-line">{escape(text)}</div>'


def progress(locale: str, event: Progress, job: Job) -> str:
    """How far a job is, in a bar and in words."""
    if event.waiting:
        return bar(event.fraction, say(locale, "waiting"))
    said = say(
        locale,
        "progress",
        percent=f"{event.fraction:.0%}",
        done=f"{sum(job.finished):,}",
        total=f"{len(job.blocks):,}",
        speed=f"{event.figures.tokens_per_second:.0f}",
    )
    if event.remaining_seconds is not None:
        said += say(locale, "left", time=duration(event.remaining_seconds))
    return bar(event.fraction, said)


def duration(seconds: float) -> str:
    """75.3 → "1:15"; under a minute "48 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def turn(locale: str, place: int) -> str:
    """What one reads who waits for a turn."""
    if place == 0:
        return say(locale, "starting")
    return say(locale, "next_in_line") if place == 1 else say(locale, "in_line", count=f"{place - 1:,}")
