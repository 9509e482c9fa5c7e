"""The language and the direction of a document of Office or OpenDocument: what its attributes say of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from hymt.documents.packed import Change
from hymt.documents.xml_elements import rewritten
from hymt.documents.xml_text import ATTRIBUTES, Tag, tags
from hymt.text.languages import LANGUAGES

# the language and region by which programs know one of the models' languages, if not by its code alone
_REGIONS = {
    **{code: (code, code.upper()) for code in ("fr", "pt", "es", "tr", "ru", "th", "it", "de", "id", "pl", "nl")},
    **{"zh": ("zh", "CN"), "zh-Hant": ("zh", "TW"), "yue": ("zh", "HK"), "en": ("en", "US"), "ja": ("ja", "JP")},
    **{"ar": ("ar", "SA"), "ko": ("ko", "KR"), "vi": ("vi", "VN"), "ms": ("ms", "MY"), "tl": ("fil", "PH")},
    **{"cs": ("cs", "CZ"), "km": ("km", "KH"), "my": ("my", "MM"), "fa": ("fa", "IR"), "ur": ("ur", "PK")},
    **{code: (code, "IN") for code in ("hi", "gu", "te", "mr", "ta")},
    **{"he": ("he", "IL"), "bn": ("bn", "BD"), "uk": ("uk", "UA"), "bo": ("bo", "CN"), "kk": ("kk", "KZ")},
    **{"mn": ("mn", "MN"), "ug": ("ug", "CN")},
}
_EAST_ASIAN = {"zh", "zh-Hant", "yue", "ja", "ko"}
_SIDES = {"l": "r", "r": "l"}
# LibreOffice takes the start of a line for its left side in either direction, and writes the end for the natural side
_TO_RIGHT = {"start": "right", "left": "right", "end": "left", "right": "left"}
_TO_LEFT = {"start": "left", "left": "right", "end": "left", "right": "left"}
_HANDED = ("rtl", "bidi", "bidiVisual")  # elements of Word for what goes from right to left
_TWINS = {"b": "bCs", "i": "iCs", "sz": "szCs"}  # what Word goes by in text from right to left
# in what holds an element for the direction: its name, and what stands before it
_PLACES = {
    "pPr": (
        "bidi",
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
        "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN",
    ),
    "sectPr": (
        "bidi",
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType "
        "cols formProt vAlign noEndnote titlePg textDirection",
    ),
    "tblPr": ("bidiVisual", "tblStyle tblpPr tblOverlap"),
}


def _tag(code: str) -> str:
    return "-".join(_REGIONS[code])


def _opened(match: re.Match[str], **values: str) -> str:
    """A tag with other values of attributes."""
    tag = Tag(match["name"], *match.span(), match["attributes"], False, bool(match["empty"]))
    return tag.but(**values)


# -- Word


def of_word(path: str, text: str, change: Change) -> str:
    """A part of a .docx in its new language and direction."""
    if "/charts/" in path or "/diagrams/" in path:
        return of_slides(path, text, change)
    attribute = "eastAsia" if change.language in _EAST_ASIAN else "bidi" if LANGUAGES[change.language].rtl else "val"

    def language(match: re.Match[str]) -> str:
        prefix = match["name"].rpartition(":")[0]
        return _opened(match, **{f"{prefix}:{attribute}" if prefix else attribute: _tag(change.language)})

    text = rewritten(text, "lang", language)
    if change.rtl is None:
        return text
    text = re.sub(rf"<\w+:(?:{'|'.join(_HANDED)})(?:\s{ATTRIBUTES})?/>", "", text)
    if path.endswith("styles.xml"):
        return _with_twins(text) if change.rtl else text
    return _with_twins(_runs_from_right(_from_right(text))) if change.rtl else text


def _with_twins(text: str) -> str:
    """The text with properties of runs said again for scripts from right to left."""

    def write(match: re.Match[str]) -> str:
        content = match["content"]
        for one, twin in _TWINS.items():
            found = re.search(rf"<(\w+:){one}(\s{ATTRIBUTES})?/>", content)
            if found and not re.search(rf"<\w+:{twin}\b", content):
                content = content.replace(found[0], f"{found[0]}<{found[1]}{twin}{found[2] or ''}/>", 1)
        return f"{match['begin']}{content}{match['end']}"

    return re.sub(rf"(?P<begin><(\w+:)rPr(?:\s{ATTRIBUTES})?>)(?P<content>[\s\S]*?)(?P<end></\2rPr\s*>)", write, text)


def _runs_from_right(text: str) -> str:
    """The text with runs of letters from right to left marked as such."""
    run = re.compile(
        rf"(<(?P<w>\w+:)r(?:\s{ATTRIBUTES})?>)(?:<(?P=w)rPr\s*/>|<(?P=w)rPr(?:\s{ATTRIBUTES})?>(?P<content>[\s\S]*?)"
        rf"</(?P=w)rPr\s*>)?(?=(?:<(?P=w)(?:tab|br)\s*/>)*<(?P=w)t(?:\s{ATTRIBUTES})?>(?P<said>[^<]*))"
    )

    def write(match: re.Match[str]) -> str:
        if not any(unicodedata.bidirectional(c) in ("R", "AL") for c in match["said"]):
            return match[0]
        w = match["w"]
        return f"{match[1]}<{w}rPr>{match['content'] or ''}<{w}rtl/></{w}rPr>"

    return run.sub(write, text)


def _from_right(text: str) -> str:
    """The text with paragraphs, sections and tables from right to left."""
    without = rf"(<(\w+:)p(?:\s{ATTRIBUTES})?>)(?!\s*<\2pPr\b)"
    text = re.sub(without, r"\1<\2pPr></\2pPr>", text)
    text = re.sub(r"<(\w+:)(pPr|sectPr|tblPr)\s*/>", r"<\1\2></\1\2>", text)
    parts: list[str] = []
    end = 0
    for place, xml in _places(text):
        parts += text[end:place], xml
        end = place
    return "".join([*parts, text[end:]])


@dataclass
class _Holder:
    """An element that tells a direction, while it is read."""

    depth: int
    name: str
    before: list[str]
    done: bool = False


def _places(text: str) -> Iterator[tuple[int, str]]:
    """Where an element for the direction goes, in its order among others, and this element."""
    depth, old, holders = 0, 0, list[_Holder]()
    for tag in tags(text):
        holder = holders[-1] if holders else None
        prefix = tag.name[: -len(tag.local)]
        if tag.closes:
            depth -= 1
            old -= tag.local.endswith("PrChange")
            if holder and depth == holder.depth:
                if not holder.done:
                    yield tag.start, f"<{prefix}{holder.name}/>"
                holders.pop()
            continue
        if holder and not holder.done and depth == holder.depth + 1 and tag.local not in holder.before:
            holder.done = True
            yield tag.start, f"<{prefix}{holder.name}/>"
        if not tag.empty:
            old += tag.local.endswith("PrChange")
            if tag.local in _PLACES and prefix != "a:" and not old:
                name, before = _PLACES[tag.local]
                holders.append(_Holder(depth, name, before.split()))
            depth += 1


# -- PowerPoint


def of_slides(path: str, text: str, change: Change) -> str:
    """A part of a .pptx in its new language and direction; a master or layout has the latter alone."""
    if "/slideMasters/" not in path and "/slideLayouts/" not in path and not path.endswith("presentation.xml"):
        text = rewritten(text, "rPr|endParaRPr|defRPr", lambda match: _relabelled(match, "lang", _tag(change.language)))
        if change.rtl is not None:
            text = re.sub(
                rf"(<(\w+:)p(?:\s{ATTRIBUTES})?>)(?!\s*<\2pPr\b)(?=\s*<\2(?:r|br|fld)\b)", r"\1<\2pPr/>", text
            )
    if change.rtl is None:
        return text

    def turned(match: re.Match[str]) -> str:
        attributes = match["attributes"]
        sides = re.search(r"\salgn\s*=\s*[\"'](l|r)[\"']", attributes)
        values = {"algn": _SIDES[sides[1]]} if sides else {}
        if change.rtl or re.search(r"\srtl\s*=", attributes):
            values["rtl"] = "1" if change.rtl else "0"
        return _opened(match, **values)

    return rewritten(text, r"pPr|lvl\dpPr|defPPr|tblPr", turned)


def _relabelled(match: re.Match[str], name: str, value: str) -> str:
    """The tag with another value of an attribute, if it has this."""
    return _opened(match, **{name: value}) if re.search(rf"\s{name}\s*=", match["attributes"]) else match[0]


# -- Excel


def of_sheets(path: str, text: str, change: Change) -> str:
    """A part of an .xlsx in its new direction."""
    if change.rtl is None:
        return text
    side = "1" if change.rtl else "0"
    return rewritten(text, "sheetView", lambda match: _opened(match, rightToLeft=side))


# -- OpenDocument


def of_odf(path: str, text: str, change: Change) -> str:
    """A part of a file of OpenDocument in its new language and direction."""
    script = "-asian" if change.language in _EAST_ASIAN else "-complex" if LANGUAGES[change.language].rtl else ""
    kind = "style" if script else "fo"
    language, region = _REGIONS[change.language]

    def labelled(match: re.Match[str]) -> str:
        names = f"{kind}:language{script}", f"{kind}:country{script}"
        said = re.search(rf"\s{names[0]}\s*=\s*[\"']([^\"']*)", match["attributes"])
        return _opened(match, **{names[0]: language, names[1]: region}) if said and said[1] != "zxx" else match[0]

    text = rewritten(text, "text-properties", labelled)
    if change.rtl is None:
        return text
    mode, sides = ("rl-tb", _TO_RIGHT) if change.rtl else ("lr-tb", _TO_LEFT)

    def turned(match: re.Match[str]) -> str:
        side = re.search(r"\sfo:text-align\s*=\s*[\"'](\w+)[\"']", match["attributes"])
        values = {"fo:text-align": sides[side[1]]} if side and side[1] in sides else {}
        if re.search(r"\sstyle:writing-mode\s*=\s*[\"'](?:lr|rl|page)", match["attributes"]):
            values["style:writing-mode"] = mode
        return _opened(match, **values) if values else match[0]

    text = rewritten(text, "(?:paragraph|page-layout|table|section|graphic|table-cell)-properties", turned)
    return _default_turned(text, {"style:writing-mode": mode, "fo:text-align": sides["start"]})


def _default_turned(text: str, values: dict[str, str]) -> str:
    """The text with these attributes in its default style of paragraphs, if it has one."""
    begin = rf"<style:default-style\s[^<>]*style:family\s*=\s*[\"']paragraph[\"']{ATTRIBUTES}>"

    def write(match: re.Match[str]) -> str:
        empty = match[3] is None or match[3] == "/"
        return match[1] + Tag("style:paragraph-properties", 0, 0, match[2] or "", False, empty).but(**values)

    return re.sub(rf"({begin}\s*)(?:<style:paragraph-properties((?:\s{ATTRIBUTES})?)(/?)>)?", write, text)
