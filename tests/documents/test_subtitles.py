import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt import documents
from hymt.documents import DocumentError, bilingual, subtitles
from hymt.documents.bilingual import Bitext
from hymt.text.languages import LANGUAGES

SRT = """\
1
00:00:01,000 --> 00:00:02,500
Good morning.

2
00:00:02,000 --> 00:00:01,000 X1:40 X2:600 Y1:20 Y2:50
{\\an8}<i>I was on my way
to the station.</i>

3
00:00:05,000 --> 00:00:06,000
- Are you coming?
- In a minute,
when it stops raining.

00:00:07,000 --> 00:00:08,000
42
after an empty line

he goes on.
5
00:00:09,000 --> 00:00:10,000
<i>Every line is</i>
<i>in italics.</i>

6
00:00:11,000 --> 00:00:12,000
A <b>bold</b> word
"""
VTT = """\
WEBVTT - Not a cue
Kind: captions

STYLE
::cue { color: red }

NOTE
A note --- not a cue

intro
00:01.000 --> 00:02.000 align:start position:10%
<v Mary>Salt &amp; pepper, 3 &lt; 4

NOTE another

00:00:03.000 --> 00:00:04.000
Good night.
"""
ASS = """\
[Script Info]
Title: Not translated
[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,Not shown
Dialogue: 0,0:00:01.00,0:00:02.00,Default,Tom,0,0,0,,{\\an8\\fad(100,100)}Well, yes,\\Nof course it {\\i1}is{\\i0}.
Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100{\\p0}
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\k20}La {\\k30}la
[Fonts]
fontname: a.ttf
"""


def read(text, name="film.srt"):
    return subtitles.parse(name, text.encode())


def texts(document):
    return [block.text for block in document.blocks]


def test_a_cue_is_one_block_however_many_lines_it_has():
    document = read(SRT)
    assert texts(document) == [
        "Good morning.",
        "I was on my way to the station.",
        "Are you coming?",
        "In a minute, when it stops raining.",
        "42 after an empty line",
        "he goes on.",
        "Every line is in italics.",
        "A <b>bold</b> word",
    ]
    assert [block.line for block in document.blocks] == [3, 7, 12, 13, 17, 20, 23, 28]


def test_times_and_tags_stay_and_every_cue_gets_its_own_text():
    document = read(SRT)
    long = "eine ziemlich lange Übersetzung, die in zwei Zeilen gehört"
    written = document.write([f"{number} {long}" for number in range(8)]).decode()
    assert "{\\an8}<i>1 eine ziemlich lange Übersetzung,\ndie in zwei Zeilen gehört</i>\n\n3\n" in written
    assert f"\n- 2 {long}\n- 3 eine ziemlich lange Übersetzung,\ndie in" in written
    assert "<i>6 eine ziemlich lange Übersetzung,</i>\n<i>die in zwei" in written
    before, after = (pysubs2.SSAFile.from_string(text, format_="srt") for text in (SRT, written))
    assert [(cue.start, cue.end) for cue in before] == [(cue.start, cue.end) for cue in after]
    assert [str(number) in cue.plaintext for number, cue in zip((0, 1, 2, 4, 6, 7), after, strict=True)] == [True] * 6


def test_a_short_translation_takes_one_line():
    written = read(SRT).write(["Hi."] * 8).decode()
    assert "{\\an8}<i>Hi.</i>\n\n" in written and "\n<i>Hi.</i>\n\n6" in written


def test_webvtt_keeps_notes_styles_names_and_escapes():
    document = read(VTT, "film.vtt")
    assert texts(document) == ["Salt & pepper, 3 &lt; 4", "Good night."]
    written = document.write(["Sel & poivre, 3 &lt; 4", "Bonne nuit."]).decode()
    expected = VTT.replace("Salt &amp; pepper", "Sel &amp; poivre").replace("Good night", "Bonne nuit")
    assert written == expected


def test_ass_changes_the_text_of_dialogue_only():
    document = read(ASS, "film.ass")
    assert texts(document) == ["Well, yes, of course it {\\i1}is{\\i0}."]
    assert [(mark.kind, document.blocks[0].text[mark.start : mark.end]) for mark in document.blocks[0].marks] == [
        ("format", "{\\i1}"),
        ("format", "{\\i0}"),
    ]
    written = document.write(["Aber ja, ganz gewiss doch, natürlich {\\i1}ist{\\i0} es so."]).decode()
    line = "{\\an8\\fad(100,100)}Aber ja, ganz gewiss doch,\\Nnatürlich {\\i1}ist{\\i0} es so.\n"
    assert line in written
    assert len(pysubs2.SSAFile.from_string(written)) == len(pysubs2.SSAFile.from_string(ASS))


def test_chinese_lines_are_joined_and_wrapped_without_blanks():
    document = read("1\n00:00:01,000 --> 00:00:02,000\n我昨天去了\n车站。\n")
    assert texts(document) == ["我昨天去了车站。"]
    long = "我昨天在去车站的路上遇到了老朋友，我们一起在那里喝了很多茶。"
    first, second = document.write([long]).decode().splitlines()[2:]
    assert first + second == long and first.endswith("，")


def test_the_kind_is_told_by_the_content():
    assert texts(read(ASS, "film.srt")) == texts(read(ASS, "film.ass"))
    assert texts(read(SRT.replace("\n", "\r\n"))) == texts(read(SRT))
    assert texts(read(SRT.replace("Good morning.", "[Events]\nGood morning.")))[0] == "[Events] Good morning."
    with pytest.raises(DocumentError, match="no subtitles"):
        read("Just a letter.\n")


def test_a_blank_line_from_the_model_does_not_end_a_cue():
    assert b"a b" in read(SRT).write(["a\n\nb"] * 8)


CUES = st.lists(st.text(alphabet='-–<>{}\\/ibNn k1♪&;,."abé中 \t\r\n:[]', max_size=40), max_size=6)


@given(CUES, st.sampled_from(["\n", "\r\n"]))
def test_read_and_written_without_translating_it_is_the_same(cues, end):
    times = "00:00:01,000 --> 00:00:02,000"
    srt = "".join(f"{n}{end}{times}{end}{cue}{end}{end}" for n, cue in enumerate(cues)) + f"{times}{end}a"
    vtt = f"WEBVTT{end}{end}" + srt.replace(",000", ".000")
    lines = (f"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{cue}{end}" for cue in [*cues, "a"])
    ass = f"[Events]{end}" + "".join(lines)
    for text in (srt, vtt, ass):
        document = read(text)
        assert document.write(texts(document)) == text.encode()


def test_odd_files_take_no_long():
    time = "00:00:01,000 --> 00:00:02,000\n"
    for odd in ("<i>" * 30_000, "{\\" * 30_000, " " * 100_000, "- " * 30_000, "1\n" * 30_000, "<" * 90_000):
        document = read(f"{time}{odd} a\n")
        document.write(["b " * 20_000] * len(document.blocks))


def test_a_file_without_a_last_line_end(tmp_path, translator):
    """By the embedded model, as `hymt translate --file` does it."""
    path = tmp_path / "19.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nGood morning.")
    document = documents.read(path)
    job = translator.job(document.blocks, "fr", "en")
    list(job.events())
    written = document.write(job.best())
    assert written.startswith(b"1\n00:00:01,000 --> 00:00:02,000\nBonjour") and written.count(b"\n") == 2


SENTENCE = """\
1
00:00:01,000 --> 00:00:02,500
I wanted to tell you
that the train

2
00:00:02,600 --> 00:00:04,000
<i>leaves at nine.</i>

3
00:00:04,000 --> 00:00:05,000
and nobody waits.

4
00:00:09,000 --> 00:00:10,000
after a while he came,

5
00:00:10,000 --> 00:00:11,000
- no!
- yes!
"""


def test_a_sentence_over_two_cues_is_one_text():
    """Not over a stop, a long pause or another speaker."""
    document = read(SENTENCE)
    assert texts(document) == [
        "I wanted to tell you that the train <cue/>leaves at nine.",
        "and nobody waits.",
        "after a while he came,",
        "no!",
        "yes!",
    ]
    assert document.blocks[0].seen(texts(document)[0]) == "I wanted to tell you that the train leaves at nine."
    assert document.write(texts(document)).decode() == SENTENCE


@pytest.mark.parametrize(
    ("translation", "first", "second"),
    [
        (
            "Ich wollte dir sagen, dass der Zug <cue/>um neun fährt.",
            "Ich wollte dir sagen, dass der Zug",
            "um neun fährt.",
        ),
        ("Um neun fährt, wollte ich sagen, der Zug.<cue/>", "Um neun fährt, wollte ich sagen,", "der Zug."),
        ("Der Zug fährt um neun, mein Freund.", "Der Zug fährt um neun,", "mein Freund."),
        ("Neun.", "Neun.", ""),
    ],
)
def test_it_is_divided_where_its_words_went_or_as_it_was(translation, first, second):
    document = read(SENTENCE)
    written = document.write([translation, *texts(document)[1:]]).decode()
    cues = pysubs2.SSAFile.from_string(written, format_="srt")
    assert [" ".join(cue.plaintext.split()) for cue in cues[:2]] == [first, second]
    assert [(cue.start, cue.end) for cue in cues[:2]] == [(1000, 2500), (2600, 4000)]
    assert "<i>" in written.split("\n\n")[1]


def test_both_languages_of_a_divided_sentence_stand_in_their_cues():
    document = read(SENTENCE)
    new = ["Ich wollte sagen, dass der Zug <cue/>um neun fährt.", "", "", "", ""]
    bitext = Bitext(document, new, LANGUAGES["en"], LANGUAGES["de"])
    cues = bilingual.write("interleaved", bitext).decode().split("\n\n")
    assert cues[0].endswith("I wanted to tell you\nthat the train\nIch wollte sagen, dass der Zug")
    assert cues[1].endswith("<i>leaves at nine.\num neun fährt.</i>")


def test_a_sentence_of_a_script_without_capitals_goes_on_after_a_comma_only():
    said = ["我昨天去了", "因为下雨，", "我没有去"]
    cues = [f"{n}\n0:00:0{n},0 --> 0:00:0{n + 1},0\n{text}\n" for n, text in enumerate(said)]
    assert texts(read("\n".join(cues))) == ["我昨天去了", "因为下雨， <cue/>我没有去"]


def test_what_is_beyond_usual_limits_is_told():
    document = read("1\n00:00:01,000 --> 00:00:02,000\nHi there.\n\n2\n00:00:03,000 --> 00:00:09,000\nGo.\n")
    assert document.remarks(["Guten Morgen.", "Geh."]) == ()
    slow, wide = "Guten Morgen, mein Freund.", "Donaudampfschifffahrtsgesellschaftskapitänswitwe"
    assert [remark.say("en") for remark in document.remarks([slow, wide])] == [
        "Too long to be read in their time (more than 20 characters a second): 1, in lines 3.",
        "Lines with more than 42 characters: 1, in cues of lines 7.",
    ]
    assert [remark.key for remark in document.remarks(["今天早上我昨天在去车站的路上", "Geh."])] == ["cues_fast"]
