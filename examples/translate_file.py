"""Translate a document from Python: its lines stay where they are, and both languages side by side go to a page.

python examples/translate_file.py [FILE] [LANGUAGE]
"""

import sys
from pathlib import Path

from hymt import Translator
from hymt.documents import bilingual, read
from hymt.text.languages import LANGUAGES, find
from hymt.translation.events import Progress

path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "everyday.en.txt")
target = find(sys.argv[2] if len(sys.argv) > 2 else "fr")

translator = Translator()
document = read(path)
job = translator.job(document.blocks, to=target.code)
for event in job.events():
    if isinstance(event, Progress):
        print(f"\r{event.fraction:4.0%}", end="", file=sys.stderr)
print(f"\r{sum(job.finished)} lines in {event.figures.seconds:.1f} s", file=sys.stderr)

Path(f"{path.stem}.{target.code}{path.suffix}").write_bytes(document.write(job.best()))
page = bilingual(document.name, job.blocks, job.translations, LANGUAGES[job.source], target)
Path(f"{path.stem}.{job.source}-{target.code}.html").write_text(page, encoding="utf-8")
