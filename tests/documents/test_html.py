import re
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hymt.documents import DocumentError, html
from hymt.documents.html_fields import CODES
from hymt.documents.html_text import Markup, attributes

# as WordPress writes a post
WORDPRESS = """\
<!DOCTYPE html>
<html lang="en-US">
<head>
<meta charset="UTF-8">
<title>Our garden &#8211; A small blog</title>
<meta name="description" content="What grows in it &amp; why" />
<meta property='og:title' content='Our garden' />
<link rel="alternate" title="A small blog &raquo; Feed" href="/feed/">
<script type="text/javascript">/* <![CDATA[ */ var text = "<p>Read more</p>"; /* ]]> */</script>
<style>p::before { content: "Read"; }</style>
</head>
<body class="post-template-default single">
<nav><ul><li class="menu-item"><a href="/">Home</a></li><li><a href="/about">About us</a></li></ul></nav>
<!-- wp:heading -->
<h2 class="wp-block-heading">The <em>old</em> apple tree</h2>
<!-- /wp:heading -->
<p>It has <strong>red apples</strong> and&nbsp;<a href="https://example.org/?a=1&#038;b=2" title="More of them">many
leaves</a>.<br />
We like it.</p>
<figure><img src="a.jpg" alt="A tree in autumn" width="300"/><figcaption>In autumn</figcaption></figure>
<input type="submit" name="submit" value="Post Comment"><input type="hidden" name="id" value="Not this">
<p><button>Send it</button><textarea placeholder="Your comment">Not this</textarea></p>
</body></html>
"""
WORDPRESS_TEXTS = [
    "Our garden – A small blog",
    "Home",
    "About us",
    "The <em>old</em> apple tree",
    "It has <strong>red apples</strong> and\u00a0<a>many leaves</a>.",
    "We like it.",
    "In autumn",
    "Send it",
    "What grows in it & why",
    "Our garden",
    "More of them",
    "A tree in autumn",
    "Post Comment",
    "Your comment",
]
# as MediaWiki and Sphinx do
WIKI = """\
<html class="client-nojs" lang="en" dir="ltr"><body>
<div id="mw-content-text" class="mw-body" lang="en" dir="ltr"><p>The <b>cat</b> (<i lang="la">Felis catus</i>) is a \
<a href="/wiki/Animal" title="Animal">small animal</a>.<sup class="reference"><a href="#cite_note-1">[1]</a></sup></p>
<p>Where \
<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x"><mi>x</mi></math> is large, it sleeps.
<table class="wikitable"><tr><th>Name<td>Its colour
<tr><th>Tom<td><span class="notranslate">Grey Tom</span> is grey</table>
</div></body></html>
"""
SPHINX = """\
<section id="a"><h1>Getting started<a class="headerlink" href="#a" title="Link to this heading">¶</a></h1>
<p>Call <code class="docutils literal notranslate"><span class="pre">run()</span></code> to start, \
see <a class="reference internal" href="b.html"><span class="doc">the next page</span></a>.</p>
<div class="highlight-python notranslate"><div class="highlight"><pre><span></span><span class="kn">import</span> this
</pre></div></div>
<dl><dt>Press <kbd class="kbd">Ctrl</kbd></dt><dd><p>Stops it, as <samp>x &lt; y</samp> is true.</p></dd></dl></section>
"""
# as Word saves “filtered” pages, and Google Docs its own
WORD = """\
<html>\r
\r
<head>\r
<meta http-equiv=Content-Type content="text/html; charset=windows-1252">\r
<style>\r
<!--\r
 p.MsoNormal {margin:0cm;}\r
-->\r
</style>\r
</head>\r
\r
<body lang=EN-GB link=blue style='tab-interval:36.0pt'>\r
<p class=MsoNormal><b><span lang=EN-GB style='font-size:12.0pt;font-family:"Times New Roman",serif'>Dear Sir\r
or Madam,</span></b></p>\r
<p class=MsoNormal>&nbsp;</p>\r
<p class=MsoNormal><![if !supportLists]><span style='mso-list:Ignore'>·</span><![endif]>It\x92s late &#8211; \r
please <u>wait</u>.<o:p></o:p></p>\r
</body>\r
\r
</html>\r
"""
GOOGLE = (
    '<html><head><meta content="text/html; charset=UTF-8" http-equiv="content-type"><style type="text/css">'
    '.c1{color:#000}</style></head><body class="c2 doc-content"><p class=\'c1\'><span class="c3">We went to </span>'
    '<span class="c4">the lake</span><span class="c3">&nbsp;and stayed there.</span></p><p class="c1"><span></span></p>'
    '<ul class="lst-kix"><li class="c5 li-bullet-0"><span class="c3">One thing</span></li></ul></body></html>'
)
PAGES = {"wordpress": WORDPRESS, "wiki": WIKI, "sphinx": SPHINX, "google": GOOGLE}


def read(text, name="a.html"):
    return html.parse(name, text if isinstance(text, bytes) else text.encode())


def texts(document):
    return [block.text for block in document.blocks]


def louder(text):
    """A translation that keeps all codes."""
    parts = re.split(f"({CODES.pattern})", text)
    return "".join(part if number % 2 else part.upper() for number, part in enumerate(parts))


def damaged(text):
    """A translation that has lost all codes."""
    return CODES.sub("", text).upper()


class Tags(HTMLParser):
    """The tags of a page as Python's parser reads them, without what is shown or says a language."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        hidden = ("alt", "title", "placeholder", "lang", "xml:lang", "dir", "content", "value")
        self.found.append((tag, *(one for one in attrs if one[0] not in hidden)))

    def handle_endtag(self, tag):
        self.found.append(f"/{tag}")


def test_what_readers_see_of_a_post_is_translated():
    document = read(WORDPRESS)
    assert texts(document) == WORDPRESS_TEXTS
    assert [block.kind for block in document.blocks][:4] == ["heading", "item", "item", "heading"]
    assert [(mark.kind, mark.role) for mark in document.blocks[3].marks] == [("format", "open"), ("format", "close")]
    written = document.write([louder(text) for text in texts(document)], "fr").decode()
    expected = WORDPRESS.replace('lang="en-US"', 'lang="fr"')
    for raw, said in (
        ("<title>Our garden &#8211; A small blog", "<title>OUR GARDEN – A SMALL BLOG"),
        ('"What grows in it &amp; why"', '"WHAT GROWS IN IT &amp; WHY"'),
        ("'Our garden'", "'OUR GARDEN'"),
        (">Home<", ">HOME<"),
        (">About us<", ">ABOUT US<"),
        ("The <em>old</em> apple tree", "THE <em>OLD</em> APPLE TREE"),
        ("It has <strong>red apples</strong> and&nbsp;", "IT HAS <strong>RED APPLES</strong> AND&nbsp;"),
        ("many\nleaves", "MANY LEAVES"),
        ("We like it.", "WE LIKE IT."),
        ("More of them", "MORE OF THEM"),
        ("A tree in autumn", "A TREE IN AUTUMN"),
        (">In autumn", ">IN AUTUMN"),
        ("Post Comment", "POST COMMENT"),
        ("Send it", "SEND IT"),
        ("Your comment", "YOUR COMMENT"),
    ):
        assert raw in expected
        expected = expected.replace(raw, said)
    assert written == expected


def test_elements_without_end_tags_formulas_and_names():
    document = read(WIKI)
    assert texts(document) == [
        "The <b>cat</b> (<i>Felis catus</i>) is a <a>small animal</a>.",
        "Where <math/> is large, it sleeps.",
        "Name",
        "Its colour",
        "Tom",
        "`Grey Tom` is grey",
        "Animal",
    ]
    assert [block.kind for block in document.blocks[2:6]] == ["cell"] * 4


def test_code_is_left_and_told():
    document = read(SPHINX)
    assert texts(document) == [
        "Getting started",
        "Call `run()` to start, see <a><span>the next page</span></a>.",
        "Press `Ctrl`",
        "Stops it, as `x < y` is true.",
        "Link to this heading",
    ]
    assert [block.kind for block in document.blocks[2:4]] == ["item", "item"]
    said = document.write(["", "`run()` <a><span>X</span></a>", *["y `x < y` `Ctrl`"] * 2, ""], "de").decode()
    assert '<p><code class="docutils literal notranslate"><span class="pre">run()</span></code> <a class=' in said
    assert [note.say() for note in read("<p>Hi</p><pre>Some text</pre>").notes] == [
        "Preformatted texts that stay, as they may be code: 1."
    ]


def test_pages_of_word_keep_their_encoding():
    data = WORD.encode("latin-1")
    document = read(data, "a.htm")
    assert texts(document) == ["Dear Sir or Madam,", "It’s late – please <u>wait</u>."]
    assert document.write(texts(document)) == data
    written = document.write(["中文 €", "Ça <u>va</u>…"], "fr")
    assert "&#20013;&#25991; €</span></b>".encode("cp1252") in written
    assert "<![endif]>Ça <u>va</u>…<o:p></o:p></p>\r\n".encode("cp1252") in written
    assert b'<html lang="fr">\r\n' in written


def test_pages_of_google_docs():
    document = read(GOOGLE)
    assert texts(document) == [
        "<span>We went to </span><span2>the lake</span2><span3>\u00a0and stayed there.</span3>",
        "One thing",
    ]


@pytest.mark.parametrize("page", [*PAGES.values(), WORD.encode("latin-1")], ids=[*PAGES, "word"])
def test_without_a_translation_it_is_the_same_page(page):
    document = read(page)
    assert document.write(texts(document), "ar") == (page if isinstance(page, bytes) else page.encode())
    with pytest.raises(ValueError):
        document.write([*texts(document), "more"])


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_whatever_comes_back_no_tag_is_lost(page):
    document = read(page)
    kept = Tags(document.write([louder(text) for text in texts(document)], "ar").decode()).found
    assert kept == Tags(page).found
    lost = Tags(document.write([damaged(text) for text in texts(document)], "ar").decode()).found
    assert Counter(lost) == Counter(kept)


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("<p>One<p>Two<ul><li>Three<li>Four</ul>", ["One", "Two", "Three", "Four"]),
        ("<P CLASS=x>Upper <B>case</b></P>", ["Upper <b>case</b>"]),
        ("Her book<br>is here.<br>Mine<br><br>too", ["Her book<br/>is here.", "Mine", "too"]),
        ("one <b>two <i>three</b> four</i> five", ["one", "two", "three", "four", "five"]),
        ("<b>whole</b> <a href=x><img src=y></a>", ["whole"]),
        ("&nbsp; &#160;One&emsp;&nbsp;", ["One"]),
        ("a < b &lt; c &lt;b&gt;d&lt;/b&gt; x&lt;y", ["a < b < c &lt;b&gt;d&lt;/b&gt; x&lt;y"]),
        ("<b>x</b>y &lt;b&gt;", ["<b>x</b>y &lt;b&gt;"]),
        ("Say `a` to <code>a</code>", ["Say `a` to <code/>"]),
        ("<code>a</code>, <code id=1>a</code>, or", ["`a`, <code/>, or"]),
        ("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>を読む", ["漢字を読む"]),
        ("<ruby>漢<rt>かん<rt>x</ruby>を読む", ["漢を読む"]),
        ("<div translate=no>No<div>No</div>no</div>Yes", ["Yes"]),
        ("<p class='x notranslate' title=No>No<p>Yes", ["Yes"]),
        ("<html translate=no class=notranslate><p>Yes", ["Yes"]),
        ("<script>'</p>Not'</script >Yes<style>p{}</style>", ["Yes"]),
        ("<textarea><p>No</p></textarea><svg><text>No</text><path/></svg><svg/>Yes", ["Yes"]),
        ("Hello <!-- <b> not --> you", ["Hello <comment/> you"]),
        ("<!--[if IE]><p>No</p><![endif]--><![if !IE]>Yes<![endif]>", ["Yes"]),
        ("<!-->Yes<!--->and<!-- no", ["Yes<comment/>and"]),
        ("<title>A <b> c &amp; d</title>e", ["A &lt;b&gt; c & d", "e"]),
        ("<select><option>One<option selected>Two</select>", ["One", "Two"]),
        ("user_id<p>https://example.org<p>12", []),
        ("</>Yes</ no>", ["Yes"]),
        ("Yes<b", ["Yes"]),
        ("", []),
    ],
)
def test_corners(page, blocks):
    document = read(page)
    assert texts(document) == blocks
    assert document.write(blocks) == page.encode()


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ('<img alt="A red  apple">', "A red apple"),
        ("<IMG ALT='A &quot;red&quot; apple'/>", 'A "red" apple'),
        ("<input placeholder=Name>", "Name"),
        ('<a aria-label="Close it">', "Close it"),
        ('<input type="SUBMIT" value="Send">', "Send"),
        ('<optgroup label="Red fruit">', "Red fruit"),
        ('<meta content="About us" name="Description">', "About us"),
        ('<svg aria-label="A chart"><title>x</title></svg>', "A chart"),
        ('<input type="text" value="No">', None),
        ('<meta name="keywords" content="no, not this">', None),
        ('<link rel="alternate" title="Not this">', None),
        ('<img alt="DSC_0042.jpg" data-alt="No">', None),
        ("<p title>", None),
        ('<p translate="no" title="Not this">', None),
    ],
)
def test_attributes_that_readers_see(tag, text):
    document = read(f"<p>Some words{tag}")
    assert texts(document) == ["Some words", *([text] if text else [])]
    if text:
        written = document.write(["Some words", '“it\'s” <&> "x"']).decode()
        assert texts(read(written))[1] == '“it\'s” <&> "x"'
        assert len(Tags(written).found) == len(Tags(f"<p>{tag}").found)


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("<p/>One<p>Two</p>", ["One", "Two"]),
        ('<script src="x"/><p>One<br/>two <title/>', ["One<br/>two"]),
        ("<p>One <![CDATA[<b> & c]]></p>", ["One &lt;b&gt; & c"]),
        ("<h:p>One</h:p><?page x > y?>Two", ["One", "Two"]),
    ],
)
def test_xhtml_has_rules_of_its_own(page, blocks):
    document = read(page, "a.xhtml")
    assert texts(document) == blocks
    assert document.write(["One\u00a0&", *blocks[1:]]).decode().count("One&#160;&amp;") == (blocks != [])


@pytest.mark.parametrize("page", ["<!DOCTYPE html [<!ENTITY a 'b'>]><p>One</p>", "<!doctype x SYSTEM 'a' [>]><p>One"])
def test_entities_of_its_own_are_refused(page):
    with pytest.raises(DocumentError, match="entities of its own"):
        read(page, "a.xhtml")
    assert texts(read('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "x.dtd"><p>&nbsp;A b</p>', "a.xhtml")) == [
        "A b"
    ]


@pytest.mark.parametrize(
    ("page", "target", "expected"),
    [
        ("<html lang=en><body dir=ltr>", "ar", '<html lang="ar" dir="rtl"><body dir="rtl">'),
        ('<html dir="rtl" lang="ar"><body>', "en", '<html lang="en"><body>'),
        ("<html><body>", "he", '<html lang="he" dir="rtl"><body>'),
        ("<html dir=auto><body>", "he", '<html dir=auto lang="he"><body>'),
        ("<HTML Lang='en'><div lang=en-GB dir=ltr><i lang=la>", "fa", None),
        ("<body>", "ar", "<body>"),
    ],
)
def test_language_and_direction(page, target, expected):
    document = read(f"{page}<p>Hello</p>")
    expected = expected or '<HTML Lang="fa" dir="rtl"><div lang="fa" dir="rtl"><i lang=la>'
    assert document.write(["Hallo"], target).decode() == f"{expected}<p>Hallo</p>"


def test_xhtml_names_its_language_twice():
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><p>Hello</p></html>'
    assert ' xml:lang="ar" dir="rtl"><p>A<' in read(page).write(["A"], "ar").decode()


TAGS = """<p |<div class="a|>|<b>|</b>|<i title='An apple'>|</i>|<br>|<br/>|<li>|</li>|<img alt=|<!--|-->
|<script>|</script>|<code>|</code>|<svg/>|</p>|<span translate=no>|</span>|<td>|<title>|<![CDATA[|]]>
|<a href="x?a=1&b=2">|</a>"""
TEXTS = """Apple |tree. |&nbsp;|&lt;|&|`|<|"|'|\r\n|\t|é|中|&amp;b|{name}|=|/|\ud7ff"""
PIECES = [*TAGS.replace("\n", "").split("|"), *TEXTS.split("|")]
RUBY = ["<ruby>", "<rt>", "</ruby>"]
SOUP, RUBY_SOUP = (st.lists(st.sampled_from(of), max_size=40).map("".join) for of in (PIECES, PIECES + RUBY))


@given(RUBY_SOUP, st.sampled_from(["a.html", "a.xhtml"]))
def test_any_page_comes_back(page, name):
    document = read(page, name)
    assert document.write(texts(document), "fr") == page.encode()


def markup(page):
    """The tags of a page without what is shown or says a language, and its comments."""
    hidden = {"alt", "title", "lang", "dir"}
    return [
        (tag.name, tag.closes, *(one.value for one in attributes(page, tag) if one.name not in hidden))
        if tag.name
        else page[tag.start : tag.end]
        for tag in Markup(page, xml=False)
    ]


@given(SOUP, st.booleans())
def test_in_any_page_only_texts_change(page, whole):
    document = read(page)
    said = [louder(text) if whole else damaged(text) for text in texts(document)]
    written = document.write(said, "fr").decode()
    if whole:
        assert markup(written) == markup(page)
    assert Counter(markup(written)) == Counter(markup(page))


HOSTILE = {
    "never closed": "<b>x y",
    "crossed": "<b>a<i>b</b>c</i>",
    "brackets": "<",
    "half a tag": "<a ",
    "half a comment": "<!--",
    "half a section": "<![CDATA[",
    "half a value": '<p a="',
    "references": "&",
    "blanks": "&nbsp;",
    "codes": "<code>a</code>`",
    "left": "<p class=notranslate>",
    "line ends": "a b.<br>",
    "empty line ends": "<br>",
    "foreign": "<svg><svg/><g>",
    "languages": "<p lang=en>a",
    "ruby": "<ruby>x<rt>y",
}


def steps(page, name):
    """How many calls it takes to read a page and to write it."""
    count = 0

    def step(*_):
        nonlocal count
        count += 1

    sys.setprofile(step)
    try:
        document = read(page, name)
        document.write([f"{text}." for text in texts(document)], "ar")
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_twice_as_much_takes_twice_as_long(piece):
    for name in ("a.html", "a.xhtml"):
        once, twice = (
            steps(f"<html lang=en><p>Some words {piece * (size // len(piece))}<p>Other words", name)
            for size in (4000, 8000)
        )
        assert twice < once * 2.3


def test_deep_and_wide():
    for page in (
        "<div><b>" * 20_000 + "Some words",
        "<b>" * 20_000 + "Some words" + "</b>" * 20_000,
        f'<p {" " * 500_000}style="{"q" * 500_000}" {"=" * 200_000}>Some words',
        f'<p><a href="{"q" * 1_000_000}">Some</a> words',
    ):
        document = read(page)
        assert re.sub("</?a>", "", "".join(texts(document))) == "Some words"
        assert sum(len(block.text) for block in document.blocks) < 100  # no address of a megabyte goes to a model
        assert document.write(["x"]).count(b"<") == page.count("<")


def test_a_text_of_very_many_elements_is_translated_in_parts():
    links = ", ".join(f"<a href={number}>number {number}</a>" for number in range(300))
    document = read(f"<p>See {links}.")
    assert document.blocks[0].text == "See" and document.blocks[2].text == "number 1"
    assert document.write([louder(text) for text in texts(document)]).count(b"<a href=") == 300
