"""Translate a text from Python, then the same as a stream.

python examples/translate_text.py
"""

from hymt import Translator
from hymt.translation.events import Done, Progress

translator = Translator()  # the small embedded model; Translator("Hunyuan-MT-7B", "int8") for the real thing

print(translator.translate("你好，请问附近有地铁站吗？", to="en"))

for event in translator.stream("It was raining when we left the house.\nWe stayed at home.", to="fr", source="en"):
    match event:
        case Progress() if event.text:
            print(f"{event.fraction:4.0%}", event.text.replace("\n", " / "))
        case Done(figures=figures):
            print(event.text)
            print(f"{figures.tokens} tokens, {figures.tokens_per_second:.0f} a second, {figures.precision}")
