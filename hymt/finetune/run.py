"""A whole run: data and model checked, held-out pairs scored, training, the same pairs scored again, the result."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from hymt.errors import Listing, UserError, is_out_of_memory
from hymt.finetune.data import Corpus, Pair, apart, read_pairs, split
from hymt.finetune.evaluation import Evaluation, evaluate
from hymt.finetune.examples import encode
from hymt.finetune.folder import RunFolder
from hymt.finetune.result import write_adapter, write_model, write_note
from hymt.finetune.settings import Settings
from hymt.hardware.devices import detect_device
from hymt.hardware.limit import enforce, limited
from hymt.models import loading
from hymt.models.catalogue import PLUS, Model, find_model
from hymt.models.tokenizer import ChatTokenizer
from hymt.text.languages import LANGUAGES
from hymt.text.prompts import STYLES
from hymt.translation.asking import route

SHOWN = 3  # held-out pairs in the report
Say = Callable[[str], None]


def finetune(
    data: Path,
    out: Path,
    settings: Settings,
    eval_data: Path | None,
    resume: bool,
    gpu_memory: float | None,
    say: Say,
) -> dict:
    """Fine-tune `settings.model` on the pairs of a file into the folder `out`; returns the report.

    Raises UserError with advice, OSError.
    """
    folder = RunFolder(out)
    folder.check(resume)
    if settings.method == "lora" and find_spec("peft") is None:
        raise UserError("needs_peft")
    corpus = read_pairs(data)
    from hymt.finetune.training import training_precision  # takes seconds: after what is refused without it

    device = limited(detect_device(), gpu_memory) if gpu_memory else detect_device()
    precision = training_precision(settings.precision, device)
    settings = replace(settings, precision=precision.name)
    model = _base(settings)
    learnt, held_out = _held_out(corpus, eval_data, settings)
    say(f"fetching {model.name}" if model.folder is None else f"reading {model.name}")
    base_folder = loading.fetch(model, lambda part: None)
    examples, too_long = _encode(learnt, ChatTokenizer(base_folder), model, settings)
    noted = folder.begin(settings.as_dict() | {"data": _digest(learnt, held_out)})
    say(_counts(corpus, len(examples), len(held_out), too_long))

    score = partial(
        evaluate,
        precision=precision.name,
        pairs=held_out,
        source=settings.source,
        target=settings.target,
        gpu_memory=gpu_memory,
    )
    before = _score_before(folder, noted, held_out, model, score, say)
    staged, sizes, trained = _train(folder, base_folder, model, examples, settings, precision, device, say)
    report = _facts(model, settings, trained, corpus, pairs=len(examples), held_out=len(held_out), too_long=too_long)
    report |= {**sizes, "device": device.name}
    if before:
        say("translating the held-out pairs")
        name = f"{model.known_as}{PLUS}{staged.resolve()}" if settings.method == "lora" else str(staged.resolve())
        report |= _scores(held_out, before, score(name))
    write_note(staged, report)
    folder.publish()
    return report


def _base(settings: Settings) -> Model:
    """The model, if it can be tuned for the pair of languages. Raises UserError."""
    model = loading.identify(find_model(settings.model))
    if model.adapter:
        raise UserError("tune_the_base", model=model.name, base=model.weights)
    if model.stored:
        raise UserError("tune_the_original", model=model.name)
    if settings.source == settings.target:
        raise UserError("same", language=LANGUAGES[settings.source])
    steps = route(model, settings.source, settings.target)
    if len(steps) > 1:
        options = Listing((f"--from {one} --to {other}" for one, other in steps), choice=True)
        raise UserError("tune_one_step", model=model.name, options=options)
    return model


def _held_out(corpus: Corpus, eval_data: Path | None, settings: Settings) -> tuple[list[Pair], list[Pair]]:
    if eval_data is None:
        return split(corpus.pairs, settings.eval_share, settings.seed)
    held_out = read_pairs(eval_data).pairs
    return apart(corpus.pairs, held_out), held_out


def _encode(pairs: list[Pair], tokenizer: ChatTokenizer, model: Model, settings: Settings) -> tuple[list[dict], int]:
    """The examples that are not too long, and how many are. Raises UserError if all are."""
    style, most = STYLES[model.family], min(settings.max_tokens, model.max_len)
    examples = [encode(pair, tokenizer, style, settings.source, settings.target) for pair in pairs]
    kept = [example for example in examples if len(example["input_ids"]) <= most]
    if not kept:
        raise UserError("pairs_too_long", most=most)
    return kept, len(examples) - len(kept)


def _digest(learnt: list[Pair], held_out: list[Pair]) -> str:
    return hashlib.sha256(repr((learnt, held_out)).encode()).hexdigest()[:16]


def _counts(corpus: Corpus, learnt: int, held_out: int, too_long: int) -> str:
    skipped = {"empty": corpus.empty, "duplicate": corpus.duplicates, "too long": too_long}
    reasons = ", ".join(f"{count} {what}" for what, count in skipped.items() if count)
    return f"{learnt} pairs to learn, {held_out} held out" + (f"; skipped: {reasons}" if reasons else "")


def _score_before(folder: RunFolder, noted: dict, held_out, model: Model, score, say: Say) -> Evaluation | None:
    """The base's score, from the run's note if it was resumed."""
    if not held_out:
        return None
    if "before" in noted:
        return Evaluation(**noted["before"])
    say("translating the held-out pairs with the base")
    before = score(model.known_as)
    folder.note(before=asdict(before))
    say(f"chrF before: {before.chrf:.1f}")
    return before


def _train(folder: RunFolder, base_folder: Path, model: Model, examples, settings, precision, device, say: Say):
    """Train and write the result's files; the weights are gone when it returns them, the sizes and what it took."""
    from hymt.finetune.training import prepare, train

    enforce(device)
    try:
        tuned = prepare(base_folder, settings, precision, device)
        sizes = _sizes(tuned)
        share = sizes["trainable_parameters"] / sizes["parameters"]
        say(f"training {sizes['trainable_parameters']:,} of {sizes['parameters']:,} parameters ({share:.1%})")
        checkpoint = folder.last_checkpoint()
        if checkpoint:
            say(f"going on from step {checkpoint.name.rpartition('-')[2]}")
        trained = train(tuned, examples, settings, precision, device, folder.checkpoints, say, checkpoint)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise UserError("training_out_of_memory") from error
    say(f"peak memory: {trained.peak}")
    staged = folder.stage()
    if settings.method == "lora":
        write_adapter(tuned, model, staged)
    else:
        write_model(tuned, model, base_folder, staged)
    del tuned
    loading.release_memory(device)
    return staged, sizes, trained


def _sizes(model) -> dict[str, int]:
    """Parameters of the model without LoRA's, counted unpacked, and those that are trained."""
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    if not hasattr(model, "get_nb_trainable_parameters"):
        return {"trainable_parameters": trainable, "parameters": trainable}
    return {"trainable_parameters": trainable, "parameters": model.get_nb_trainable_parameters()[1] - trainable}


def _facts(
    model: Model, settings: Settings, trained, corpus: Corpus, *, pairs: int, held_out: int, too_long: int
) -> dict:
    """What the report says of the data and of the training."""
    return {
        "base": model.known_as,
        "settings": settings.as_dict(),
        "pairs": pairs,
        "held_out": held_out,
        "skipped": {"empty": corpus.empty, "duplicates": corpus.duplicates, "too_long": too_long},
        **{name: value for name, value in asdict(trained).items() if name != "peak"},
        "peak_memory": asdict(trained.peak),
    }


def _scores(pairs: list[Pair], before: Evaluation, after: Evaluation) -> dict:
    shown = zip(pairs[:SHOWN], before.translations, after.translations, strict=False)
    examples = [
        {"source": pair.source, "reference": pair.target, "before": old, "after": new} for pair, old, new in shown
    ]
    return {"chrf_before": round(before.chrf, 2), "chrf_after": round(after.chrf, 2), "examples": examples}
