"""The download of a hub model, from a small hub of our own on this machine."""

from __future__ import annotations

import json
import threading

import pytest

from hymt.models import hub_client
from hymt.models.manager import ModelManager, SwapFailed, SwapOrder
from hymt.translation.translator import Translator
from tests.models.hub import FakeHub, mini, running
from tests.models.memory import Ample
from tests.waiting import eventually


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The hub of all that asks one from now on, with an empty cache, and somebody logged in."""
    with running(FakeHub({"someone/mini": mini()})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        yield hub


@pytest.fixture(scope="module")
def manager():
    manager = ModelManager(reader=Ample())
    yield manager
    manager.close()


@pytest.fixture(autouse=True)
def fp16(manager):
    manager.swap("hymt-mini", "fp16")


def refused(manager, model: str, **more) -> str:
    """Why a model is not loaded, while the old one stays."""
    before = manager.loaded
    with pytest.raises(SwapFailed) as caught:
        manager.swap(model, "fp16", **more)
    assert manager.loaded is before
    return str(caught.value)


def test_a_model_that_the_hub_lacks(manager, hub):
    assert "has no model someone/nonesuch" in refused(manager, "someone/nonesuch")


def test_a_hub_model_is_downloaded_with_progress(manager, hub):
    updates = []
    assert manager.swap("someone/mini", "fp16", updates.append).model == "mini"
    fractions = [progress.fraction for progress in updates if progress.stage == "downloading"]
    assert len(fractions) > 3 and fractions == sorted(fractions)
    assert min(fractions) < 0.3 and max(fractions) == pytest.approx(0.6, abs=0.01)
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")


@pytest.mark.parametrize("step", ["socket.getaddrinfo", "socket.socket.connect"])
def test_a_network_that_answers_nothing_is_given_up_soon(hub, monkeypatch, step):
    """Without a word to the hub's own client, which would wait for its every step."""
    released = threading.Event()

    def silent(*_, **__):
        released.wait()
        raise OSError

    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    assert hub_client.Repository("someone/mini", login=False).sizes
    hub.requests.clear()
    monkeypatch.setattr(step, silent)
    monkeypatch.setattr(hub_client, "CONNECT_SECONDS", 0.1)
    assert hub_client.Repository("someone/mini", login=False).sizes is None and hub.requests == []
    released.set()


def test_a_request_begins_at_the_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert hub_client._first_host("https://hub.example") == ("hub.example", 443)
    assert hub_client._first_host("http://127.0.0.1:9") == ("127.0.0.1", 9)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    assert hub_client._first_host("https://hub.example") == ("proxy.example", 3128)
    monkeypatch.setenv("no_proxy", "hub.example")
    assert hub_client._first_host("https://hub.example") == ("hub.example", 443)


def test_what_is_here_needs_no_hub(manager, hub, monkeypatch):
    """Neither at another precision, for which nobody is asked, nor after another model."""
    manager.swap("someone/mini", "fp16")
    hub.requests.clear()
    assert manager.swap(precision="int8").changed and hub.requests == []
    manager.swap("hymt-mini", "fp16")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert manager.swap("someone/mini", "fp16").changed


def test_the_config_comes_first_and_alone_if_it_is_refused(manager, hub):
    config = json.dumps({"model_type": "llama"}).encode()
    hub.repositories["someone/llama"] = mini() | {"config.json": config}
    assert "is a llama" in refused(manager, "someone/llama")
    assert hub.asked_for("config.json") and not hub.asked_for("model.safetensors")


def test_a_config_out_of_bounds_is_refused(manager, hub):
    config = json.loads(mini()["config.json"]) | {"num_hidden_layers": 20_000}
    hub.repositories["someone/deep"] = mini() | {"config.json": json.dumps(config).encode()}
    assert "“layers”" in refused(manager, "someone/deep") and not hub.asked_for("model.safetensors")


def test_a_large_config_is_not_fetched(manager, hub):
    hub.claimed["config.json"] = 2**40
    assert "larger than" in refused(manager, "someone/mini") and not hub.asked_for("config.json")


def test_what_the_disk_cannot_hold_is_not_fetched(manager, hub):
    hub.claimed["model.safetensors"] = 10**16
    assert "no room for the model on the disk" in refused(manager, "someone/mini")
    assert not hub.asked_for("model.safetensors")


def test_other_weights_are_left(manager, hub):
    hub.repositories["someone/mini"] |= {"consolidated.safetensors": b"-" * 100, "pytorch_model.bin": b"-"}
    assert manager.swap("someone/mini", "fp16").changed
    assert not hub.asked_for("consolidated.safetensors") and not hub.asked_for("pytorch_model.bin")


def test_an_index_of_files_elsewhere_is_refused(manager, hub):
    index = {"weight_map": {"model.embed_tokens.weight": "../../../model.safetensors"}}
    hub.repositories["someone/mini"]["model.safetensors.index.json"] = json.dumps(index).encode()
    assert "names files elsewhere" in refused(manager, "someone/mini")


def test_the_operators_login_is_not_a_visitors(manager, hub):
    manager.swap("someone/mini", "fp16", order=SwapOrder(login=False))
    assert {token for _, token in hub.requests} == {None}
    hub.requests.clear()
    manager.swap("hymt-mini", "fp16")
    manager.swap("someone/mini", "fp16")
    assert {token for _, token in hub.requests} == {"Bearer hf_secret"}


# -- a hub that does not come to an end ----------------------------------------------------------------


@pytest.fixture
def download(manager, hub):
    """A swap whose download is stuck: its order, and what came of it."""
    hub.stuck.add("model.safetensors")
    order, ended = SwapOrder(), []

    def work() -> None:
        try:
            ended.append(manager.swap("someone/mini", "fp16", order=order))
        except SwapFailed as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert eventually(hub.stalled.is_set)
    yield order, ended
    order.cancel()
    thread.join(60)
    assert not thread.is_alive()


def test_a_slow_hub_holds_nobody_up(manager, download):
    assert manager.progress.stage == "downloading" and manager.progress.variant.named == ("mini", "fp16")
    assert manager.swap("hymt-mini", "bf16").changed
    assert Translator(manager=manager).translate("Good morning.", to="fr", source="en")
    assert not download[1]


def test_a_download_that_is_cancelled_ends_and_leaves_nothing(manager, hub, download, tmp_path):
    order, ended = download
    order.cancel()
    assert eventually(lambda: bool(ended)) and "cancelled" in str(ended[0])
    assert eventually(lambda: not list(tmp_path.rglob("*.incomplete")))
    assert manager.progress is None and manager.loaded.variant.named == ("hymt-mini", "fp16")


def test_a_download_has_a_time_limit(manager, hub):
    hub.stuck.add("model.safetensors")
    assert "longer than" in refused(manager, "someone/mini", order=SwapOrder(seconds=5))


def test_downloads_at_once_are_few_and_more_are_refused(manager, hub, download, monkeypatch):
    monkeypatch.setattr(manager, "_downloads", threading.BoundedSemaphore(1))
    with manager._downloads:
        assert "downloaded already" in refused(manager, "someone/nonesuch")


def test_closing_ends_a_download(hub, tmp_path):
    hub.stuck.add("model.safetensors")
    closing, ended = ModelManager(reader=Ample()), []

    def work() -> None:
        with pytest.raises(SwapFailed, match="shutting down") as caught:
            closing.swap("someone/mini", "fp16")
        ended.append(caught)

    thread = threading.Thread(target=work)
    thread.start()
    assert eventually(hub.stalled.is_set)
    closing.close()
    thread.join(60)
    assert ended and not list(tmp_path.rglob("*.incomplete"))
