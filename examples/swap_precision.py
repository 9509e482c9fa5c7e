"""Swap precisions while translating, and look at the memory.

python examples/swap_precision.py
"""

from hymt import Translator
from hymt.hardware.memory import show_bytes

translator = Translator(precision="fp16")
manager = translator.manager
for precision in ("fp16", "int8", "nf4", "fp16"):
    report = manager.swap(precision=precision)
    text = translator.translate("The weather is very nice today.", to="de", source="en")
    print(f"{precision:5}{show_bytes(report.weight_bytes):>10} of weights  {text}")
