"""How much faster a file of 64 short lines is than one line after another through `generate`.

The common recipe: transformers' `generate` with 4 beams and sampling, a line at a time, against hymt's
own default for the model, in the same process and precision.

    python examples/against_generate.py [PRECISION]
"""

import sys
import time
from pathlib import Path

import torch
import transformers

from hymt import Translator
from hymt.documents import read
from hymt.models.catalogue import MINI_FOLDER
from hymt.text.prompts import STYLES

precision = sys.argv[1] if len(sys.argv) > 1 else "fp32"
document = read(Path(__file__).parent / "everyday.en.txt")

translator = Translator("hymt-mini", precision)
translator.translate("Good morning.", to="fr", source="en")  # warm up
began = time.perf_counter()
*_, done = translator.job(document.blocks, to="fr", source="en").events()
ours = time.perf_counter() - began
translator.close()

tokenizer = transformers.AutoTokenizer.from_pretrained(MINI_FOLDER)
dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]
model = transformers.AutoModelForCausalLM.from_pretrained(MINI_FOLDER, dtype=dtype).eval()
sampling = {"do_sample": True, "temperature": 0.7, "top_k": 20, "top_p": 0.6, "repetition_penalty": 1.05}


def generate(line: str) -> None:
    turn = [{"role": "user", "content": STYLES["hunyuan-mt"].apply(line, "en", "fr")}]
    inputs = tokenizer.apply_chat_template(turn, return_tensors="pt", add_generation_prompt=True)
    inputs.pop("token_type_ids", None)
    with torch.inference_mode():
        model.generate(**inputs, num_beams=4, max_new_tokens=128, **sampling)


generate("Good morning.")
began = time.perf_counter()
for block in document.blocks:
    generate(block.text)
theirs = time.perf_counter() - began

print(f"{len(document.blocks)} lines, {precision}, torch {torch.__version__}, transformers {transformers.__version__}")
print(f"generate, 4 beams and sampling, one after another: {theirs:.1f} s")
print(f"hymt, 4 beams, {done.figures.chunks} chunks: {ours:.1f} s, {theirs / ours:.1f} times as fast")
