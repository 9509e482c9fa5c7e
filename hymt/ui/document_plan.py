"""What the translation of files will be, told before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hymt import documents
from hymt.errors import UserError
from hymt.service.services import Services
from hymt.text.languages import LANGUAGES
from hymt.translation.asking import Options
from hymt.translation.translator import Preview
from hymt.ui import fragments
from hymt.ui.model_panel import read_options
from hymt.ui.words import say


def preview(
    services: Services, paths: Sequence[str] | None, source: str, targets: Sequence[str], locale: str, *controls
) -> str:
    """The lines that say what the translation of some files will be."""
    if not paths:
        return fragments.line(say(locale, "document_first"))
    try:
        options = options_of(services, controls)
    except UserError as error:
        return fragments.refused(locale, error)
    if len(paths) == 1:
        return _of_one(services, paths[0], source, targets, locale, options)
    return _of_several(services, paths, source, targets, locale, options)


def options_of(services: Services, controls) -> Options:
    return services.translator.options(**read_options(*controls))


def _of_one(services: Services, path: str, source: str, targets: Sequence[str], locale: str, options: Options) -> str:
    try:
        document = documents.read(path)
        seen = services.translator.preview(document.blocks, targets, source, options)
    except UserError as error:
        return fragments.refused(locale, error)
    said = say(locale, "plan", name=document.name, **_amounts(locale, [seen]))
    said += _other_target(locale, [seen], targets[0])
    said += say(locale, "plan_steps") if seen.steps > 1 else ""
    notes = [note.say(locale) for note in document.notes]
    notes += [say(locale, "dropped", count=document.dropped)] if document.dropped else []
    return fragments.line(" ".join([f"{said}{_with(services, options, locale)}", *notes]), "good")


def _of_several(
    services: Services, paths: Sequence[str], source: str, targets: Sequence[str], locale: str, options: Options
) -> str:
    """All together in one line; then one for each file that cannot be used."""
    seen: list[Preview] = []
    refused = []
    for path in paths:
        try:
            blocks = documents.read(path).blocks
            seen.append(services.translator.preview(blocks, targets, source, options))
        except UserError as error:
            refused.append(fragments.line(f"{Path(path).name}: {error.say(locale)}", "bad"))
    files = say(locale, "files", count=f"{len(seen):,}")
    said = say(locale, "plan", name=files, **_amounts(locale, seen)) + _other_target(locale, seen, targets[0])
    said += _with(services, options, locale)
    return "".join([fragments.line(said, "good"), *refused])


def _other_target(locale: str, seen: Sequence[Preview], wanted: str) -> str:
    """What is said of texts that are in the wanted language already, and so go into another."""
    other = next((one.target for one in seen if one.target != wanted), None)
    if other is None:
        return ""
    names = (LANGUAGES[code].say(locale) for code in (wanted, other))
    return say(locale, "plan_target", **dict(zip(("wanted", "target"), names, strict=True)))


def _amounts(locale: str, seen: Sequence[Preview]) -> dict[str, str]:
    fields = {"lines": "blocks", "characters": "characters", "tokens": "tokens", "chunks": "chunks"}
    return {
        noun: fragments.amount(locale, noun[:-1], sum(getattr(one, field) for one in seen))
        for noun, field in fields.items()
    }


def _with(services: Services, options: Options, locale: str) -> str:
    loaded = services.manager.current()
    decoding = options.decoding_for(loaded.model)
    how = "sampled" if decoding.samples else "greedy" if decoding.beams == 1 else "beam_count"
    spoken = say(locale, how, count=decoding.beams)
    said = say(locale, "plan_with", model=loaded.model.name, precision=loaded.precision.label, beams=spoken)
    return said + (say(locale, "plan_kept") if services.journal else "")
