"""The page as somebody uses it, in a few verbs."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PATIENCE = 120_000  # milliseconds; it only ends a test that would hang
expect.set_options(timeout=PATIENCE)

# Where the page says what became of a button's work.
LINES = {
    "translate": "figures",
    "translate-document": "progress",
    "compare": "compare-progress",
    "load": "swap-status",
}
# Counts how often each button was taken up (disabled), however short it was. What a line says is its prose: Gradio's
# own clock runs above it.
WATCH = """
window.taken = {};
window.said = (line) => document.querySelector(`#${line} .prose`).innerHTML;
new MutationObserver((records) => {
  for (const { target, oldValue } of records) {
    if (oldValue === null) window.taken[target.id] = (window.taken[target.id] ?? 0) + 1;
  }
}).observe(document, { subtree: true, attributeFilter: ["disabled"], attributeOldValue: true });
"""
PRESSED = """
([id, line]) => { window.pressed = { id, line, times: taken[id] ?? 0, said: said(line), frames: 0 }; }
"""
DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
# Whether the button is taken up. Where the browser is slow, it may draw beginning and end of short work at once: then
# its line tells, but not at once, as it may be drawn some frames before the button.
TAKEN = """
() => {
  if (said(pressed.line) !== pressed.said) pressed.frames++;
  return taken[pressed.id] > pressed.times || pressed.frames > 60;
}
"""
# What moves on the page is there at once: a click on it would wait until it has come to rest.
STILL = """
const { animate } = Element.prototype;
Element.prototype.animate = function (frames, options) {
  const timing = typeof options === "object" ? options : {};
  return animate.call(this, frames, { ...timing, duration: 0, delay: 0 });
};
"""
PASTE = """
(box, text) => {
  box.value = text;
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
"""


class Driver:
    """An open page. `complaints` holds the errors of its console and what it asked of other hosts."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._is_ours(request.url) or self.complaints.append(request.url))
        page.add_init_script(WATCH + STILL)
        page.goto(url)
        self._wait_until_shown()

    def reload(self) -> None:
        """Load the page again. What Gradio says of its requests that this cuts off is no complaint."""
        before = list(self.complaints)
        self.page.reload()
        self._wait_until_shown()
        self.complaints[:] = before

    def _wait_until_shown(self) -> None:
        """Until the page's own script has run and found it complete."""
        self.page.locator("html.hymt-ready").wait_for()

    def _is_ours(self, address: str) -> bool:
        return address.startswith((self.url, "data:", "blob:"))

    def at(self, elem_id: str) -> Locator:
        return self.page.locator(f"#{elem_id}")

    def press(self, elem_id: str) -> None:
        """Press a button and wait until the page has taken it up."""
        self.page.evaluate(PRESSED, [elem_id, LINES[elem_id]])
        self.at(elem_id).click()
        self.page.wait_for_function(TAKEN)

    def ended(self, begin: str, stop: str) -> None:
        ready = "([begin, stop]) => !document.getElementById(begin).disabled && document.getElementById(stop).disabled"
        self.page.wait_for_function(ready, arg=[begin, stop])

    def open_texts(self) -> None:
        self.page.get_by_role("tab").nth(0).click()

    def open_documents(self) -> None:
        self.page.get_by_role("tab").nth(1).click()

    # -- the text tab ----------------------------------------------------------------------------------

    @property
    def text(self) -> Locator:
        return self.page.locator("#source-text textarea")

    @property
    def translation(self) -> Locator:
        return self.page.locator("#target-text .hymt-output")

    def paste(self, text: str) -> None:
        """Put a text into the box at once: `fill` tells the page of every single line."""
        self.text.evaluate(PASTE, text)

    def begin(self, text: str) -> None:
        """Begin to translate a text with the button."""
        self.paste(text)
        self.press("translate")

    def finish(self) -> str:
        """Wait for the end; the translation."""
        self.ended("translate", "stop")
        self.page.evaluate(DRAWN)  # the buttons may be first
        return self.translation.text_content()

    def translate(self, text: str) -> str:
        self.begin(text)
        return self.finish()

    def partial(self) -> str:
        """The translation as soon as there is some of it."""
        seen = "document.querySelector('#target-text .hymt-output').textContent"
        return self.page.wait_for_function(seen).json_value()

    # -- languages, model, interface -------------------------------------------------------------------

    def search(self, place: str, sought: str) -> Locator:
        """Type into a drop-down; the options that it then offers."""
        self.chosen(place).click()
        self.page.keyboard.type(sought)
        return self.page.get_by_role("option")

    def choose(self, place: str, sought: str) -> None:
        """Choose from a drop-down what is written so."""
        if sought in self.chosen(place).input_value():
            return
        self.chosen(place).click()
        self.page.get_by_role("option", name=sought).click()
        self.page.get_by_role("listbox").wait_for(state="hidden")

    def languages(self, source: str, target: str) -> None:
        self.choose("source", source)
        self.choose("target", target)

    def chosen(self, place: str) -> Locator:
        return self.page.locator(f"#{place} input")

    def speak(self, interface: str) -> None:
        self.at("interface").get_by_text(interface).click()

    # -- the document tab ------------------------------------------------------------------------------

    def upload(self, *paths: Path) -> None:
        """Choose files, in place of those that were chosen before, and wait until the server has told its plan.

        Of what is pressed earlier, Gradio only says that it waits for the file; and where the plan's event ends as
        another one begins, Gradio may close the stream that the other's news would come by.
        """
        with self.page.expect_response("**/upload?*"):
            self.choose_file(*paths)
        self._plan.first.wait_for()

    def choose_file(self, *paths: Path) -> None:
        self.open_documents()
        remove = self.at("file").get_by_role("button", name="Clear")
        if remove.is_visible():
            remove.click()
            expect(self._plan).to_have_count(0)
        self.page.locator("#file input[type=file]").set_input_files(list(paths))

    @property
    def _plan(self) -> Locator:
        """What the page says of the chosen file, or why it cannot be used."""
        return self.page.locator("#plan :is(.good, .bad)")

    def translate_document(self) -> None:
        self.press("translate-document")
        self.finish_document()

    def finish_document(self) -> None:
        self.ended("translate-document", "stop-document")

    def translations(self, sources: list[str]) -> list[str]:
        """What stands beside these sources in the table, as soon as it shows them: it is drawn after the buttons."""
        cells = self.at("rows").locator("tbody td[lang]")
        expect(self.at("rows").locator("tbody tr td:nth-child(2)")).to_have_text(sources)
        return cells.all_inner_texts()[1::2]

    def download(self, elem_id: str, folder: Path) -> Path:
        with self.page.expect_download() as begun:
            self.at(elem_id).click()
        path = folder / begun.value.suggested_filename
        begun.value.save_as(path)
        return path
