import codecs
import random

import pytest

from hymt.documents.base import DocumentError
from hymt.documents.encoding import decode

ENCODED = [
    ("你好", "gb18030"),
    ("合同", "gb18030"),
    ("甲方：", "gb18030"),
    ("第一章\r\n总则\r\n", "gb18030"),
    ("今天天气很好，我们去公园吧。", "gb18030"),
    ("Chapter 1 引言", "gb18030"),
    ("合約書", "big5"),
    ("今天天氣很好，我們去公園吧。", "big5"),
    ("佢哋嘅嘢", "big5hkscs"),
    ("テスト", "shift_jis"),
    ("東京都", "shift_jis"),
    ("今日はとても天気がいいですね。", "shift_jis"),
    ("今日はとても天気がいいですね。", "euc_jp"),
    ("안녕하세요. 오늘은 날씨가 좋습니다.", "euc_kr"),
    ("서울특별시", "cp949"),
    ("It’s “fine”", "cp1252"),
    ("Où est la bibliothèque ? À côté.", "cp1252"),
    ("Zeg maar café", "cp1252"),
    ("Příliš žluťoučký kůň", "cp1250"),
    ("Dziękuję, wszystko w porządku", "cp1250"),
    ("Günaydın, nasılsınız?", "cp1254"),
    ("Привет, как дела?", "cp1251"),
    ("Привіт, як справи?", "cp1251"),
    ("שלום עולם", "cp1255"),
    ("مرحبا بالعالم، كيف حالكم؟", "cp1256"),
]
UNICODE = [
    "Hello, world.\r\n",
    "今天天气很好。\r\n我们去公园吧，好吗？\r\n",
    "他比汤姆矮。\n",
    "Добрый день\n",
    "สวัสดีครับ\n",
    "naïve café 😀\n",
]


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_older_encodings_even_of_short_files(text, encoding):
    assert decode(text.encode(encoding), "a.txt") == (text, False)


@pytest.mark.parametrize("text", UNICODE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_unicode_without_a_mark(text, encoding):
    assert decode(text.encode(encoding), "a.txt") == (text, False)


@pytest.mark.parametrize("text", UNICODE)
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_unicode_with_a_mark(text, mark, encoding):
    assert decode(mark + text.encode(encoding), "a.txt") == (text, True)


def test_what_decides_may_come_late():
    text = "plain English, line after line.\n" * 5000 + "It’s a café."
    assert decode(text.encode("cp1252"), "a.txt")[0] == text


def test_a_damaged_character_does_not_change_the_encoding():
    good = "今天天气很好，我们去公园吧。" * 5
    assert decode(good.encode()[:-1], "a.txt")[0][:-1] == good[:-1]
    assert decode(good.encode("gb18030")[:-1], "a.txt")[0][:-1] == good[:-1]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
        (b"PK\x03\x04\x14\x00\x06\x00", "ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"{\\rtf1\\ansi Hello}", "RTF"),
        (b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 4, "not a text file"),
        (bytes(1000), "not a text file"),
        (b"\x01\x02\x03\x04 abc" * 20, "not a text file"),
    ],
)
def test_binary_is_refused(data, kind):
    with pytest.raises(DocumentError, match=kind) as error:
        decode(data, "a.txt")
    assert "a.txt" in str(error.value) and "UTF-8" in str(error.value)


def test_noise_is_refused():
    source = random.Random(0)
    for _ in range(50):
        with pytest.raises(DocumentError):
            decode(source.randbytes(300), "a.txt")
