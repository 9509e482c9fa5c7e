"""Translate a document from Python: its lines stay where they are, and both languages side by side go to a page.

python examples/translate_file.py [FILE] [LANGUAGE]
"""

import sys
from pathlib import Path

from hymt import Translator
from hymt.translation.events import Failed, Progress

path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "everyday.en.txt")
target = sys.argv[2] if len(sys.argv) > 2 else "fr"

# translator.translate_file(path, to=target, bilingual="html") is the same without its progress
started = Translator().start_file(path, to=target)
for event in started.events():
    if isinstance(event, Progress):
        print(f"\r{event.fraction:4.0%}", end="", file=sys.stderr)
if isinstance(event, Failed):
    raise SystemExit(f"\r{event.error}")

saved = started.save(Path(f"{path.stem}.{target}{path.suffix}"), "html")
print(f"\r{saved.path} and {saved.bilingual} in {saved.figures.seconds:.1f} s", file=sys.stderr)
