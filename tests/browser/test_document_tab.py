"""Translating a file in a real browser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.conftest import LABEL
from tests.texts import varied
from tests.ui.serving import idle
from tests.waiting import eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def letter(tmp_path):
    """Writes a file of these lines."""

    def write(lines: list[str], encoding: str = "utf-8", name: str = "letter.txt"):
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return path

    return write


def test_the_plan_is_told_before_anything_runs(shared, letter, english, services):
    shared.languages("auto", "French")
    shared.upload(letter(english[:60]))
    characters = sum(map(len, english[:60]))
    size, work = rf"60 lines, {characters:,} characters, \d+ tokens", f"60 chunks with hymt-mini in {LABEL}, 4 beams"
    expect(shared.at("plan")).to_contain_text(re.compile(rf"letter\.txt: {size} → {work}"))
    assert idle(services)
    assert shared.at("rows").inner_text().strip() == ""


def test_the_plan_follows_the_languages(shared, letter):
    shared.languages("auto", "English")
    shared.upload(letter(["我想要一杯咖啡。"]))
    expect(shared.at("plan")).to_contain_text("1 line,")
    shared.choose("target", "French")
    expect(shared.at("plan")).to_contain_text("in two steps through English")


def test_a_document_in_the_chosen_language_goes_into_another(shared, letter, english):
    shared.languages("auto", "English")
    shared.upload(letter(english[:3]))
    expect(shared.at("plan")).to_contain_text("into Chinese, as it is in English already")
    shared.translate_document()
    assert all(re.search("[\u4e00-\u9fff]", translation) for translation in shared.translations(english[:3]))


def test_a_document_is_translated_with_progress(app, letter, english, tmp_path):
    lines = varied(english, 3)[:180]
    app.choose("target", "French")
    app.upload(letter(lines))
    app.press("translate-document")
    expect(app.at("progress")).to_contain_text(re.compile(r"\d+% · \d+ of 180 lines · \d+ tokens/s"))
    expect(app.at("progress")).to_contain_text(re.compile(r"about \d+ s left"))
    app.page.wait_for_function("document.querySelector('#progress [role=progressbar]').ariaValueNow > 0")
    app.finish_document()
    expect(app.at("progress")).to_contain_text("Finished: 180 lines.")
    expect(app.at("progress").get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100.0")

    shown = app.translations(lines)
    assert all(shown)

    translation = app.download("download", tmp_path)
    assert translation.name == "letter.fr.txt"
    assert translation.read_text("utf-8").splitlines() == shown

    both = app.download("bilingual-html", tmp_path)
    assert both.name == "letter.en-fr.html"
    review = app.page.context.new_page()
    review.goto(both.as_uri())
    expect(review.locator("tbody tr")).to_have_count(180)
    assert review.locator("tbody tr").first.locator("td[lang]").all_inner_texts() == [lines[0], shown[0]]


def test_a_stopped_document_keeps_what_was_done(app, letter, english, services, tmp_path):
    lines = varied(english, 5)
    app.choose("target", "French")
    app.upload(letter(lines))
    app.press("translate-document")
    expect(app.at("progress")).to_contain_text(re.compile(r"[1-9]\d* of 320 lines"))
    app.at("stop-document").click()
    app.finish_document()
    said = app.at("progress").inner_text()
    done = int(re.search(r"What was done is kept: (\d+) of 320 lines", said)[1])
    assert 0 < done < 320
    assert eventually(lambda: idle(services))

    translation = app.download("download", tmp_path).read_text("utf-8").splitlines()
    assert len(translation) == 320
    assert sum(new != old for new, old in zip(translation, lines, strict=True)) == pytest.approx(done, abs=2)
    assert app.download("bilingual-html", tmp_path).read_text("utf-8").count("<tr><td") == 320


def test_markdown_keeps_its_marks(shared, letter, tmp_path):
    shared.languages("English", "French")
    shared.upload(letter(["# Good morning", "", "- Thank you.", "", "```", "code = 1", "```"], name="notes.md"))
    shared.translate_document()
    path = shared.download("download", tmp_path)
    assert path.name == "notes.fr.md"
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("# ") and lines[2].startswith("- ") and lines[4:] == ["```", "code = 1", "```"]


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_files_in_other_encodings_are_read(shared, letter, chinese, encoding):
    shared.languages("auto", "English")
    shared.upload(letter(chinese[:4], encoding))
    shared.translate_document()
    assert all(translation.isascii() for translation in shared.translations(chinese[:4]))


def test_html_in_a_document_is_shown_not_run(shared, letter):
    hostile = ["Good morning <script>window.ran = 1</script>", "Good night <img src=x onerror='window.ran = 1'>"]
    shared.languages("English", "French")
    shared.upload(letter(hostile, name="<img src=x onerror='window.ran = 1'>.txt"))
    shared.translate_document()
    assert len(shared.translations(hostile)) == 2
    expect(shared.page.locator("#rows script, #rows img, #plan img, #progress img")).to_have_count(0)
    assert shared.page.evaluate("window.ran") is None


# -- files that cannot be used -------------------------------------------------------------------------


def test_without_a_file_it_asks_for_one(app):
    app.open_documents()
    app.at("translate-document").click()
    expect(app.at("progress")).to_contain_text("Upload a file first.")
    expect(app.at("translate-document")).to_be_enabled()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "“odd.txt” is an image, not a text file."),
        (b"", "“odd.txt” has no text to translate."),
        (b"Good morning.\n" * 800_000, "“odd.txt” has 11.2 MB; the limit is 10.0 MB."),
    ],
    ids=["binary", "empty", "large"],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(shared, tmp_path, data, said):
    path = tmp_path / "odd.txt"
    path.write_bytes(data)
    shared.upload(path)
    expect(shared.at("plan")).to_contain_text(said)


def test_a_file_of_another_kind_is_refused_in_words(shared, tmp_path):
    path = tmp_path / "letter.rtf"
    path.write_bytes(b"{\\rtf1")
    shared.choose_file(path)
    expect(shared.page.get_by_test_id("toast-body")).to_contain_text(".txt")


def test_a_stopped_document_goes_on_where_it_was(app, letter, english):
    app.choose("target", "French")
    app.upload(letter(varied(english, 4)))
    app.press("translate-document")
    app.page.wait_for_function("document.querySelector('#progress [role=progressbar]')?.ariaValueNow > 10")
    app.at("stop-document").click()
    app.finish_document()
    expect(app.at("download")).to_have_attribute("href", re.compile("^document"))
    shown = app.page.evaluate("document.querySelector('#progress').textContent")
    done = int(re.search(r"(\d+) of", shown)[1])
    app.press("translate-document")
    again = app.page.wait_for_function(
        "/(\\d+) of/.exec(document.querySelector('#progress .hymt-progress + *').textContent)?.[1]"
    )
    assert int(again.json_value()) >= done > 10
    app.at("stop-document").click()
    app.finish_document()


def test_a_reload_finds_the_document_that_is_translated(app, services, letter, english, tmp_path, monkeypatch):
    monkeypatch.setattr(services.visits, "limits", replace(services.visits.limits, linger_seconds=300))
    app.choose("target", "French")
    app.upload(letter(english[:60]))
    app.press("translate-document")
    app.page.wait_for_function("document.querySelector('#progress [role=progressbar]')?.ariaValueNow > 5")
    app.reload()
    app.open_documents()
    expect(app.at("progress")).to_contain_text("Finished: 60 lines.")
    assert len(app.download("download", tmp_path).read_text("utf-8").splitlines()) == 60


# -- files dropped, and news of the end ----------------------------------------------------------------

DROP = """
(text) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], "dropped.txt", { type: "text/plain" }));
  const place = document.querySelector("#source-text textarea");
  const over = new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true });
  const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
  place.dispatchEvent(over);
  place.dispatchEvent(drop);
  return over.defaultPrevented && drop.defaultPrevented;
}
"""
# A browser that may notify, and notes what it shows; its user looks elsewhere.
NOTIFYING = """
window.shown = [];
window.Notification = class {
  static requestPermission = async () => window.answer ?? "granted";
  constructor(title, { body }) { shown.push(`${title}: ${body}`); }
};
Document.prototype.hasFocus = () => false;
"""


def test_a_file_dropped_anywhere_is_opened_in_place_of_the_former(app, letter):
    assert app.page.evaluate(DROP, "Good morning.\nThank you.\n")
    expect(app.at("plan")).to_contain_text("dropped.txt: 2 lines")
    app.upload(letter(["Good night."]))
    expect(app.at("plan")).to_contain_text("letter.txt: 1 line")
    app.open_texts()
    assert app.page.evaluate(DROP, "Good morning.\nThank you.\nGood night.\n")
    expect(app.at("plan")).to_contain_text("dropped.txt: 3 lines")


def test_text_dragged_into_the_box_is_left_to_the_browser(shared):
    dragged = DROP.replace(
        'items.add(new File([text], "dropped.txt", { type: "text/plain" }))', 'setData("text", text)'
    )
    assert not shared.page.evaluate(dragged, "Good morning.")


def test_the_end_of_a_document_is_notified_where_it_was_asked_for(app, letter, english):
    app.page.evaluate(NOTIFYING)
    app.choose("target", "French")
    app.upload(letter(english[:5]))
    app.at("notify").get_by_role("checkbox").check()
    app.translate_document()
    app.page.wait_for_function("shown.length")
    app.at("notify").get_by_role("checkbox").uncheck()
    app.upload(letter(english[:3]))
    app.translate_document()
    expect(app.at("announcer")).to_contain_text("Finished: 3 lines.")
    assert app.page.evaluate("shown") == ["hymt: Finished: 5 lines."]


def test_who_forbids_notifications_sees_the_box_unticked(app):
    app.page.evaluate(NOTIFYING)
    app.page.evaluate("window.answer = 'denied'")
    app.open_documents()
    box = app.at("notify").get_by_role("checkbox")
    box.click()
    expect(box).not_to_be_checked()


def test_no_box_where_the_browser_cannot_notify(browser, url):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("delete window.Notification")
    page.goto(url)
    page.wait_for_function("window.hymt")
    page.get_by_role("tab").nth(1).click()
    expect(page.locator("#translate-document")).to_be_visible()
    expect(page.locator("#notify")).to_be_hidden()
    context.close()


# -- several files, and rows that are changed ----------------------------------------------------------


def test_several_files_are_translated_and_a_row_is_changed(app, letter, english, tmp_path):
    app.choose("target", "French")
    good = [letter(english[:3]), letter(english[3:5], name="notes.md"), letter(["", "42"], name="empty.txt")]
    app.upload(*good)
    expect(app.at("plan")).to_contain_text(re.compile(r"2 files: 5 lines.*empty\.txt", re.DOTALL))
    app.translate_document()
    expect(app.at("progress")).to_contain_text("Finished: 2 of 3 files; failed: 1.")
    rows = app.at("files").get_by_role("listitem")
    expect(rows).to_contain_text(["translated", "translated", "no text to translate"])
    assert app.download("download-all", tmp_path).name == "translations.zip"

    rows.first.get_by_role("button").click()
    shown = app.translations(english[:3])
    app.page.get_by_role("button", name="Edit the translation of line 2").focus()
    app.page.keyboard.press("ArrowUp")
    app.page.keyboard.press("Enter")
    box = app.page.get_by_role("textbox", name="Edit the translation")
    expect(box).to_have_value(shown[0])
    box.fill("Tout autre <i>chose</i>.")
    app.page.keyboard.press("Control+Enter")
    expect(app.at("edited")).to_contain_text("Line 1 is changed; the downloads have it.")
    expect(app.at("rows").locator("tr.edited")).to_contain_text("Tout autre <i>chose</i>.")

    app.reload()
    app.open_documents()
    expect(app.at("rows").locator("tr.edited")).to_contain_text("Tout autre <i>chose</i>.")
    expected = ["Tout autre <i>chose</i>.", *shown[1:]]
    assert app.download("download", tmp_path).read_text("utf-8").splitlines() == expected
    memory = app.download("bilingual-tmx", tmp_path)
    assert memory.name == "letter.en-fr.tmx" and "Tout autre &lt;i&gt;chose" in memory.read_text("utf-8")
    expect(app.at("bilingual-interleaved")).to_have_text("line by line")
    app.speak("中文")
    expect(app.at("files").get_by_role("listitem").first).to_contain_text("已翻译")
