"""What visitors may do with the model, asked of a running server that allows them little."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import replace

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from hymt.service.permissions import Permissions
from tests.conftest import MINI, PRECISION
from tests.models.hub import FakeHub, mini, running
from tests.test_serving import PATIENCE, serve
from tests.ui.serving import served
from tests.waiting import eventually


@contextmanager
def allowing(services, **permissions):
    """A client of a server with these permissions over the same model."""
    started = Permissions(**permissions).started_with(services.manager.loaded.model, None)
    with served(replace(services, permissions=started)) as url:
        client = Client(url, verbose=False)
        yield client
        client.close()


def refused(client, *given) -> str:
    with pytest.raises(AppError) as caught:
        client.predict(*given, api_name="/swap")
    return str(caught.value)


def page(client) -> dict:
    """The page's components by their element ids."""
    return {
        part["props"].get("elem_id"): part["props"]
        for part in client.config["components"]
        if part["props"].get("elem_id")
    }


def test_nobody_may(services, as_served):
    before = services.manager.loaded
    with allowing(services, control="nobody") as client:
        for given in (("hymt-mini", "int8"), (str(MINI), PRECISION), ("", "", 0)):
            assert "The model of this server is fixed" in refused(client, *given)
        shown = page(client)
        for control in ("model", "precision", "load", "apply", "compare"):
            assert shown[control]["interactive"] is False
        assert "is fixed" in shown["model-refusal"]["value"] and "is fixed" in shown["compare-notice"]["value"]
    assert services.manager.loaded is before


def test_users_only(services, as_served):
    with allowing(services, control="users") as client:
        assert "Only users who are signed in" in refused(client, "hymt-mini", "int8")


def test_the_catalogue_only(services, as_served, tmp_path):
    with allowing(services, models="catalogue") as client:
        said = {refused(client, name, PRECISION) for name in (str(tmp_path), str(tmp_path / "x"), "someone/model")}
        assert len(said) == 1 and "models of its list only" in said.pop()
        assert "loaded already" in client.predict("hymt-mini", PRECISION, api_name="/swap")


def test_a_limit_cannot_be_lifted(services, as_served):
    limited = replace(services.permissions, memory_limit=8 * 2**30)
    with served(replace(services, permissions=limited)) as url:
        client = Client(url, verbose=False)
        for gib in (0, 80):
            assert "memory limit of this server is 8.00 GiB" in refused(client, "hymt-mini", PRECISION, gib)
        client.close()


def test_ctrl_c_ends_a_server_whose_model_is_being_downloaded(tmp_path):
    with running(FakeHub({"someone/mini": mini()}, stuck={"model.safetensors"})) as hub:
        home = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"}
        with serve(tmp_path, **home) as server:
            client = Client(server.url, verbose=False)
            client.submit("someone/mini", "fp16", api_name="/swap")
            assert eventually(hub.stalled.is_set, PATIENCE)
            server.process.send_signal(signal.SIGINT)
            assert server.process.wait(60) is not None
        assert eventually(lambda: not list(tmp_path.rglob("*.incomplete")))
