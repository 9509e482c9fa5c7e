"""The page's own JavaScript."""

from importlib.resources import files


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


BEGIN = _read("page.js")  # when the page is there; returns what its fields begin with
TRANSLATION = _read("translation.js")  # in the box of a translation
ROWS = _read("rows.js")  # in the table of a document
ASKED = "(visit, _, locale) => [visit, hymt.asked.shift(), locale]"  # when that table asks the server for something
CHOSEN = "() => { window.hymt?.mark(); return []; }"  # at each choice of languages
# when notifications are asked for
ALLOWED = "async (wanted) => wanted && (await Notification.requestPermission()) === 'granted'"
