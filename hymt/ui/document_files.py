"""The files of a batch: how far each is, and what can be downloaded of it."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from hymt.service.batch import TRANSLATION, Batch, Entry
from hymt.ui import fragments
from hymt.ui.downloads import ALL, PATH
from hymt.ui.words import say

KINDS = {
    "html": "HTML",
    "docx": "Word",
    "interleaved": "kind_interleaved",  # the key of its name; the others are names everywhere
    "tsv": "TSV",
    "tmx": "TMX",
    "xliff": "XLIFF",
}


def listed(locale: str, visit: str, batch: Batch, looked_at: int) -> str:
    """The files of a batch with their states; nothing for a single one, which the page is about anyway."""
    if len(batch.entries) < 2:
        return ""
    rows = "".join(_listed(locale, visit, batch, number, looked_at) for number in range(len(batch.entries)))
    there = any(entry.kinds for entry in batch.entries) and all(entry.state != "running" for entry in batch.entries)
    packed = _link(say(locale, "download_all"), _address(visit, ALL) if there else "", "download-all")
    return f'<ul class="hymt-files">{rows}</ul><div class="hymt-downloads">{packed}</div>'


def _listed(locale: str, visit: str, batch: Batch, number: int, looked_at: int) -> str:
    entry = batch.entries[number]
    name, chosen = escape(entry.name), ' aria-current="true"' if number == looked_at else ""
    disabled = "" if entry.file else " disabled"
    open_it = f'<button type="button" class="hymt-file" data-file="{number}"{chosen}{disabled}>{name}</button>'
    percent = f"{100 * entry.fraction:.1f}"
    bar = f'<span class="hymt-progress" aria-hidden="true"><span style="width:{percent}%"></span></span>'
    state = f'<span class="state {"bad" if entry.state == "failed" else ""}">{escape(_state(locale, entry))}</span>'
    address = _address(visit, TRANSLATION, number) if entry.kinds else ""
    label = f"{say(locale, 'download')}: {entry.name}"
    return f"<li>{open_it}{bar}{state}{_link('↓', address, label=label)}</li>"


def _state(locale: str, entry: Entry) -> str:
    match entry.state:
        case "running":
            return f"{entry.fraction:.0%}"
        case "failed" if entry.error:
            return entry.error.say(locale)
        case "stopped":
            return say(locale, "state_stopped", percent=f"{entry.fraction:.0%}")
        case "done":
            return say(locale, "state_done")
    return say(locale, "state_waiting")


def downloads(locale: str, visit: str, number: int, entry: Entry | None) -> str:
    """Links to what a file has become: the translation, and both languages in each kind that fits it."""
    kinds = entry.kinds if entry else []

    def link(kind: str, name: str, elem_id: str) -> str:
        return _link(name, _address(visit, kind, number) if kind in kinds else "", elem_id)

    one = link(TRANSLATION, say(locale, "download"), "download")
    shown = [kind for kind in KINDS if not kinds or kind in kinds]
    several = "".join(link(kind, _named(locale, kind), f"bilingual-{kind}") for kind in shown)
    return f'<div class="hymt-downloads">{one}<span>{escape(say(locale, "download_bilingual"))}</span>{several}</div>'


def _named(locale: str, kind: str) -> str:
    name = KINDS[kind]
    return say(locale, name) if name.islower() else name


def _link(name: str, address: str, elem_id: str = "", label: str = "") -> str:
    attributes = (f' id="{elem_id}"' if elem_id else "") + (f' aria-label="{escape(label)}"' if label else "")
    if not address:
        return f'<a class="hymt-small" role="link" aria-disabled="true"{attributes}>{escape(name)}</a>'
    return f'<a class="hymt-small" href="{escape(address)}" download{attributes}>{escape(name)}</a>'


def _address(visit: str, kind: str, number: int = 0) -> str:
    return f"{PATH}?{urlencode({'visit': visit, 'file': number, 'kind': kind})}"


def editor(locale: str) -> str:
    """The dialog in which a row is changed; the page's script opens it."""
    words = {key: escape(say(locale, key)) for key in ("edit_title", "edit_hint", "edit_save", "cancel")}
    return (
        f'<dialog id="editor-dialog" aria-labelledby="editor-title"><form method="dialog">'
        f'<h2 id="editor-title">{words["edit_title"]}</h2><p class="source" dir="auto"></p>'
        f'<textarea rows="5" dir="auto" aria-label="{words["edit_title"]}" aria-describedby="editor-hint"></textarea>'
        f'<p id="editor-hint" class="hymt-line">{words["edit_hint"]}</p><div class="hymt-downloads">'
        f'<button type="submit" value="save" class="hymt-small">{words["edit_save"]}</button>'
        f'<button type="submit" value="" class="hymt-small">{words["cancel"]}</button></div></form></dialog>'
    )


def overall(locale: str, batch: Batch) -> str:
    """How far a batch of several files is, in a bar and in words."""
    fraction = sum(entry.fraction for entry in batch.entries) / len(batch.entries)
    done, total = sum(entry.state in ("done", "failed") for entry in batch.entries), len(batch.entries)
    name = batch.entries[batch.current].name
    said = say(locale, "progress_files", percent=f"{fraction:.0%}", done=f"{done:,}", total=f"{total:,}", name=name)
    return fragments.bar(fraction, said)


def ended(locale: str, batch: Batch, failure: str = "") -> str:
    """What became of a batch of several files."""
    done, failed = (sum(entry.state == state for entry in batch.entries) for state in ("done", "failed"))
    counts = {"done": f"{done:,}", "failed": f"{failed:,}", "total": f"{len(batch.entries):,}"}
    if batch.whole:
        key = "finished_files_failed" if failed else "finished_files"
        return fragments.bar(1, say(locale, key, **counts))
    stopped = say(locale, "stopped_files", **counts)
    return fragments.line(f"{failure} {stopped}" if failure else stopped, "bad" if failure else "")
