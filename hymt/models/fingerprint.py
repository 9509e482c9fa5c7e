"""What a variant's answers hang on besides what it is asked: two that have one fingerprint answer alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from hymt import __version__
from hymt.hardware.devices import Device
from hymt.models import adapter
from hymt.models.files import OPENED
from hymt.models.variant import Prepared

SAMPLES, SAMPLE_BYTES = 16, 2**16  # of each file: all of a config, of weights more than any training leaves as it was


def fingerprint(prepared: Prepared, device: Device) -> str:
    """Of its weights' and tokenizer's files, an adapter's, precision, kernels and device; "" if files are gone.

    Files are told by their names, sizes, times and samples of what is in them: to read 16 GB takes too long.
    """
    try:
        return _hash(prepared, device)
    except OSError:
        return ""


def _hash(prepared: Prepared, device: Device) -> str:
    variant = prepared.variant
    found = hashlib.sha256(repr((__version__, variant.precision, variant.kernels, device.name)).encode())
    for path in _files(prepared):
        status = path.stat()
        found.update(repr((path.name, status.st_size, status.st_mtime_ns)).encode())
        step = max(SAMPLE_BYTES, (status.st_size - SAMPLE_BYTES) // (SAMPLES - 1))
        with path.open("rb") as file:
            for start in range(0, status.st_size, step):
                file.seek(start)
                found.update(file.read(SAMPLE_BYTES))
    return found.hexdigest()


def _files(prepared: Prepared) -> Iterator[Path]:
    """All that decides what the model computes."""
    yield from sorted({path for pattern in OPENED for path in prepared.folder.glob(pattern)})
    if prepared.adapter:
        yield from (prepared.adapter.folder / name for name in (adapter.CONFIG, adapter.WEIGHTS))
