"""Kernels are started by `launch`. A pass that runs within `compiling_together` starts none: what it would start is
compiled on all cores at once, which one after another takes ten seconds on a machine that has never run it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

_AHEAD: ContextVar[bool] = ContextVar("compiling ahead", default=False)


def launch(kernel: Any, grid: tuple[int, ...], *arguments: Any, **options: Any) -> None:
    """Start a Triton kernel on a grid of programs."""
    if _AHEAD.get():
        kernel.warmup(*arguments, grid=grid, **options)
    else:
        kernel[grid](*arguments, **options)


@contextmanager
def compiling_together() -> Iterator[None]:
    """Compiles what is launched within, by this thread; at the end of the context all of it is ready."""
    with ThreadPoolExecutor() as pool, _side_by_side(pool):
        token = _AHEAD.set(True)
        try:
            yield
        finally:
            _AHEAD.reset(token)


def _side_by_side(pool: ThreadPoolExecutor) -> AbstractContextManager:
    """Triton's own way; one that has none compiles one kernel after another."""
    try:
        from triton.runtime._async_compile import AsyncCompileMode
    except ImportError:
        return nullcontext()
    return AsyncCompileMode(pool)
