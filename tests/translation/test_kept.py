"""What a translation keeps, whatever words the embedded model finds: numbers, names, quotation marks, capitals."""

from __future__ import annotations

import re

from hymt.text.blocks import split_lines

ENGLISH = """
On 2024-03-05 at 14:30 the train covered 1,234.56 km in 3 hours.
The rent is 1,250 euros for 75 square metres since 1 April 2019.
In 1999, 12 men and 30 women paid $5.50 each.
[12:03] <maria> good morning
Dr. Weber: Where is Mr. O'Brien?
THE SHOP IS CLOSED TODAY.
WHERE IS THE STATION?
★★★★★★ The red book ★★★★★★
The Iliad (/ˈɪliəd/;[1] Greek: Ἰλιάς) is an old poem. It has 24 books.
“Come in,” she said. “I am not tired.”
""".strip().split("\n")


def translated(translator, lines: list[str], source: str, target: str) -> tuple[list[str], tuple[int, ...]]:
    text = split_lines("\n".join(lines), "keep")
    job = translator.job(text.blocks, target, source)
    list(job.events())
    return text.skeleton.fill(job.best()).split("\n"), job.figures().lost_numbers


def test_what_is_no_matter_of_words_is_kept(translator):
    lines, lost = translated(translator, ENGLISH, "en", "de")
    numbers = [{"2024", "30", "3"}, {"75", "1", "2019"}, {"1999", "12", "30", "5"}]
    for number, (line, wanted) in enumerate(zip(lines, numbers, strict=False), start=1):
        assert wanted <= set(re.findall(r"\d+", line)) or number in lost
    assert lines[3].startswith("[12:03] <maria> ") and "O'Brien" in lines[4]
    for line, text in zip(lines[5:7], ENGLISH[5:7], strict=True):
        assert line == line.upper() and not set(line.split()) >= set(text.split())
    assert re.fullmatch("★{6} [^★]+ ★{6}", lines[7])
    assert "/ˈɪliəd/" in lines[8] and "Ἰλιάς" in lines[8] and "24" in lines[8]
    assert sum(lines[9].count(sign) for sign in '"„“”«»') % 2 == 0


def test_quotations_of_another_script_are_as_many(translator):
    lines, _ = translated(translator, ["「どこへ行くの？」と彼女は聞いた。『うん。そうだよ。』"], "ja", "en")
    assert not re.search("[「」『』]", lines[0])
    assert lines[0].count('"') % 2 == 0 and lines[0].count("“") == lines[0].count("”")
