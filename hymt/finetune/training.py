"""Training itself: the model made ready for a method, transformers' Trainer around it, and what it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer_callback import PrinterCallback
from transformers.utils.quantization_config import QuantizationMethod

from hymt.engine.projections import PROJECTIONS
from hymt.errors import UserError
from hymt.finetune.examples import Collator
from hymt.finetune.loss import answer_loss
from hymt.finetune.memory import Peak, read_peak, reset_peak
from hymt.finetune.settings import Settings
from hymt.hardware.devices import Device
from hymt.models import loading
from hymt.models.precision import PRECISIONS, Precision, find_precision

WARM_UP = 0.05  # of all steps
REPORTS = 0.05  # a line of progress each time this share of all steps is done
DECAY = 0.01
CASTS = "cast_input_dtype_enabled"  # of peft's modules
Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What training took. Losses are the means of the first and the last reported steps; the rate leaves out the
    first step, which builds kernels."""

    steps: int
    tokens: int
    seconds: float
    tokens_per_second: float
    first_loss: float
    last_loss: float
    peak: Peak


def training_precision(name: str | None, device: Device) -> Precision:
    """The precision by its name, or what suits the device, computing in a type that it has. Raises UserError.

    Gradients of FP16 need their loss scaled, those of BF16 do not: on a GPU that has BF16 quantised weights compute in
    it too.
    """
    has_bf16 = PRECISIONS["bf16"].unavailable(device) is None
    half = "bf16" if has_bf16 else "fp16"
    found = find_precision(name or (half if device.kind == "cuda" else "fp32"))
    if why := found.unavailable(device):
        raise why
    if device.kind == "cpu" and found.name == "fp16":
        raise UserError("fp16_on_cpu")
    return replace(found, compute=PRECISIONS[half].compute) if found.bits else found


def prepare(folder: Path, settings: Settings, precision: Precision, device: Device):
    """The model with what is to be trained in FP32: all of it, or LoRA beside a frozen base in `precision`."""
    if settings.method == "full":
        model = loading.load(folder, PRECISIONS["fp32"], device, lambda part: None)
        for parameter in model.parameters():
            parameter.data = parameter.data.clone()  # out of the storage that merged projections share
            parameter.requires_grad_(True)
        return model
    from peft import LoraConfig, get_peft_model

    model = loading.load(folder, precision, device, lambda part: None)
    model.name_or_path = str(folder)
    _tell_of_quantisation(model, precision, device)
    set_seed(settings.seed)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        target_modules=list(PROJECTIONS),
        lora_dropout=0.0,
    )
    adapted = get_peft_model(model, config)
    for module in adapted.modules():  # autocast does it; peft would first make an FP32 copy of every activation
        if hasattr(module, CASTS):
            setattr(module, CASTS, False)
    return adapted


def _tell_of_quantisation(model, precision: Precision, device: Device) -> None:
    """What peft and accelerate look for in a model that bitsandbytes holds."""
    if precision.bits is None:
        return
    setattr(model, f"is_loaded_in_{precision.bits}bit", True)
    model.quantization_method = QuantizationMethod.BITS_AND_BYTES
    if device.kind == "cuda":
        model.hf_device_map = {"": device.index}


def train(
    model,
    examples: list[dict],
    settings: Settings,
    precision: Precision,
    device: Device,
    folder: Path,
    say: Say,
    checkpoint: Path | None = None,
) -> Trained:
    """Train, from a checkpoint on if there is one; checkpoints go to `folder`. Raises torch's OutOfMemoryError."""
    arguments = _arguments(settings, precision, device, folder)
    arguments._n_gpu = min(1, arguments.n_gpu)  # several GPUs would each get a copy by DataParallel
    meter = Meter(say)
    trainer = AnswerTrainer(model=model, args=arguments, train_dataset=examples, data_collator=Collator())
    trainer.meter = meter
    trainer.add_callback(meter)
    trainer.remove_callback(PrinterCallback)
    reset_peak(device)
    began = time.perf_counter()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if device.kind == "cuda":
        torch.cuda.synchronize(device.index)
    seconds = time.perf_counter() - began
    peak = read_peak(device)
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    rate = meter.rate(seconds)
    return Trained(trainer.state.global_step, meter.tokens, seconds, rate, losses[0], losses[-1], peak)


def _arguments(settings: Settings, precision: Precision, device: Device, folder: Path) -> TrainingArguments:
    cpu = device.kind == "cpu"
    compute = precision.compute_on(device)
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        max_steps=settings.steps or -1,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=WARM_UP,
        weight_decay=DECAY,
        bf16=compute == "bfloat16",
        fp16=compute == "float16",
        use_cpu=cpu,
        activation_checkpointing=settings.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},
        save_strategy="steps" if settings.save_every else "no",
        save_steps=settings.save_every or 1,
        save_total_limit=2,
        logging_strategy="steps",
        logging_first_step=True,
        logging_steps=REPORTS,
        optim="adamw_torch",
        seed=settings.seed,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=not cpu,
    )


class AnswerTrainer(Trainer):
    """transformers' Trainer with the loss of answers only."""

    meter: Meter

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        self.meter.tokens += int(inputs["attention_mask"].sum())
        plain = self.accelerator.unwrap_model(model)
        with self.accelerator.autocast():  # accelerate puts it around the model's own forward, which is not called
            total = answer_loss(plain.get_base_model() if hasattr(plain, "peft_config") else plain, **inputs)
        return total / num_items_in_batch


class Meter(TrainerCallback):
    """Counts tokens, and tells loss and speed as it goes."""

    def __init__(self, say: Say) -> None:
        self.tokens, self._say = 0, say
        self._began = self._first = time.perf_counter()
        self._first_tokens = self._steps = 0

    def rate(self, seconds: float) -> float:
        """Tokens a second since the first step; of all steps if there was one only."""
        if self._steps > 1:
            return (self.tokens - self._first_tokens) / (time.perf_counter() - self._first)
        return self.tokens / seconds if seconds else 0.0

    def on_step_end(self, args, state, control, **_) -> None:
        self._steps += 1
        if self._steps == 1:
            self._first, self._first_tokens = time.perf_counter(), self.tokens

    def on_log(self, args, state, control, logs=None, **_) -> None:
        if logs and "loss" in logs:
            rate = self.rate(time.perf_counter() - self._began)
            self._say(f"step {state.global_step} of {state.max_steps}, loss {logs['loss']:.3f}, {rate:,.0f} tokens/s")
