"""What the whole suite shares: the embedded model, loaded once, and a home of its own for every test."""

from __future__ import annotations

import gc
import os
from pathlib import Path

os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"  # no test may reach a hub, whatever the network
os.environ["HYMT_CACHE"] = "off"  # what one test has translated, no other may find
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# The workers of a run in parallel share the cores: each computes on its part of them.
if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 0)):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
# Threads that wait for one another by spinning take ten times as long where another program wants a core too.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when torch is imported, here and in subprocesses

import pytest
from hypothesis import settings

import hymt

settings.register_profile("hymt", deadline=None, database=None)  # a busy machine fails no test
settings.load_profile("hymt")

MINI = Path(hymt.__file__).parent / "mini"
EXAMPLES = Path(__file__).parent.parent / "examples"
PRECISION = "bf16"  # of the services that the suite shares: on processors the fastest where several texts run
LABEL = PRECISION.upper()
SERVED = ("browser", "ui")
LONGEST = (  # what takes the longest, in this order: it begins first, or one worker would be left with it at the end
    "browser",
    "ui",
    "models/test_manager.py",
    "engine/test_against_generate.py",
    "translation/test_translator.py",
    "engine/test_local.py",
    "test_cli.py",
    "models/test_fidelity.py",
    "test_serving.py",
    "tools/test_load.py",
)
COMPUTING = ("engine", "hardware", "models", "finetune", "compare")  # tests there use a GPU if there is one


def pytest_collection_modifyitems(items):
    import torch

    items.sort(key=lambda item: _place(item.path.relative_to(Path(__file__).parent)))
    for item in items:
        if torch.cuda.is_available():  # these compute there then, and `-m cuda` is all that does
            if item.path.relative_to(Path(__file__).parent).parts[0] in COMPUTING:
                item.add_marker(pytest.mark.cuda)
        elif "cuda" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs an NVIDIA GPU"))


def _place(path: Path) -> int:
    """Where a file's tests come in the order of the suite."""
    return next((place for place, name in enumerate(LONGEST) if path.is_relative_to(name)), len(LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        """One worker runs a file, one after another; and all of a room that serves the page, in a browser or not."""

        def __init__(self, config, log) -> None:
            config.option.loadscopereorder = False  # by the number of tests: `LONGEST` says what takes how long
            super().__init__(config, log)

        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return next((room for room in SERVED if f"tests/{room}/" in path), path)

    return ByFile(config, log)


def pytest_unconfigure():
    gc.unfreeze()  # what `settled_heap` froze: at the end of the process, bindings would report it as leaked


@pytest.fixture(scope="module", autouse=True)
def settled_heap():
    """A swap collects garbage, several times as long in a process that has imported everything: spare it the past."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def services():
    """The embedded model behind a manager, a translator and a monitor; tests that swap put it back: see `as_served`.

    What a page leaves behind lingers for as long as a reload may take on a busy machine, not a minute.
    """
    from hymt.service.limits import Limits
    from hymt.service.services import Services

    started = Services.start(precision=PRECISION, limits=Limits(linger_seconds=20))
    yield started
    started.close()


@pytest.fixture
def as_served(services):
    """The shared model in its precision, before the test and after it."""
    services.manager.swap("hymt-mini", PRECISION)
    yield
    services.manager.swap("hymt-mini", PRECISION)


@pytest.fixture
def translator(services):
    services.manager.swap("hymt-mini", PRECISION)
    return services.translator


@pytest.fixture(scope="session")
def weights():
    """The embedded model in FP32 as transformers loads it: what the engine is compared with."""
    import torch
    from transformers import AutoModelForCausalLM

    device = "cuda" if torch.cuda.is_available() else "cpu"
    return AutoModelForCausalLM.from_pretrained(MINI, dtype=torch.float32).to(device).eval()


@pytest.fixture(scope="session")
def tokenizer():
    from hymt.models.tokenizer import ChatTokenizer

    return ChatTokenizer(MINI)


@pytest.fixture(scope="session")
def english() -> list[str]:
    return (EXAMPLES / "everyday.en.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="session")
def chinese() -> list[str]:
    return (EXAMPLES / "everyday.zh.txt").read_text(encoding="utf-8").splitlines()
