"""Who may do what, by where the page is reached and what its operator said."""

from __future__ import annotations

import pytest

from hymt.errors import UserError
from hymt.models.catalogue import CATALOGUE
from hymt.service.permissions import Permissions
from tests.conftest import MINI

GIB = 2**30


@pytest.mark.parametrize(
    ("where", "environment", "models", "control"),
    [
        ({"host": "127.0.0.1"}, {}, "any", "everyone"),
        ({"host": "localhost", "auth": True}, {}, "any", "everyone"),
        ({"host": "::1"}, {}, "any", "everyone"),
        ({"host": "127.0.0.1", "share": True}, {}, "catalogue", "nobody"),
        ({"host": "127.0.0.1", "share": True, "auth": True}, {}, "catalogue", "users"),
        ({"host": "0.0.0.0"}, {}, "catalogue", "nobody"),
        ({"host": ""}, {}, "catalogue", "nobody"),
        ({"host": "0.0.0.0", "auth": True}, {}, "catalogue", "users"),
        ({"host": "127.0.0.1"}, {"SPACE_ID": "someone/space"}, "catalogue", "nobody"),
        ({"host": "0.0.0.0", "auth": True}, {"SPACE_ID": "someone/space"}, "catalogue", "nobody"),
        ({"host": "0.0.0.0", "models": "any", "control": "everyone"}, {}, "any", "everyone"),
        ({"host": "127.0.0.1"}, {"HYMT_MODELS": "start", "HYMT_CONTROL": "nobody"}, "start", "nobody"),
        ({"host": "127.0.0.1", "models": "any"}, {"HYMT_MODELS": "start"}, "any", "everyone"),
    ],
)
def test_what_is_usual_is_safe(where, environment, models, control):
    usual = Permissions.usual(**where, environment=environment)
    assert (usual.models, usual.control) == (models, control)


@pytest.mark.parametrize(
    ("where", "environment", "kept"),
    [
        ({"host": "127.0.0.1"}, {}, True),
        ({"host": "127.0.0.1", "cache": False}, {}, False),
        ({"host": "127.0.0.1", "share": True}, {}, False),
        ({"host": "0.0.0.0", "auth": True}, {}, False),
        ({"host": "127.0.0.1"}, {"SPACE_ID": "someone/space"}, False),
        ({"host": "0.0.0.0", "cache": True}, {}, True),
    ],
)
def test_of_public_visitors_nothing_is_kept_unless_the_host_says_so(where, environment, kept):
    assert Permissions.usual(**where, environment=environment).cache is kept
    assert Permissions().cache is False


@pytest.mark.parametrize("said", [{"models": "all"}, {"control": "Nobody "}])
def test_what_is_misspelt_is_refused(said):
    with pytest.raises(UserError, match="is one of"):
        Permissions.usual("127.0.0.1", **said, environment={})


def test_who_may_change_the_model():
    assert Permissions(control="everyone").refusal(None) is None
    assert Permissions(control="users").refusal("anna") is None
    for control, user in (("users", None), ("nobody", None), ("nobody", "anna")):
        refusal = Permissions(control=control).refusal(user)
        assert refusal.say("en") != refusal.say("zh")
        with pytest.raises(UserError):
            Permissions(control=control).check_control(user)


def started(models: str, **more) -> Permissions:
    own = CATALOGUE["hymt-mini"]
    return Permissions(models, **more).started_with(own, None)


def test_only_the_model_of_the_start():
    assert started("start").model("hymt-mini", None) == "hymt-mini" and started("start").model("", None) is None
    assert started("start").offered == ("hymt-mini",)
    for other in ("Hunyuan-MT-7B", "someone/model", str(MINI)):
        with pytest.raises(UserError, match="runs hymt-mini only"):
            started("start").model(other, None)


@pytest.mark.parametrize("permissions", [started("catalogue"), started("any", control="users")])
def test_the_catalogue_and_no_look_at_the_disk(permissions, tmp_path):
    """Whoever may not load folders is told the same of one that is there and one that is not."""
    assert permissions.model("tencent/hunyuan-mt-7b", None) == "Hunyuan-MT-7B"
    said = set()
    for other in ("someone/model", str(tmp_path), str(tmp_path / "nothing"), "hymt-mini + /etc", "~root", "."):
        with pytest.raises(UserError) as caught:
            permissions.model(other, None)
        said.add(str(caught.value))
    assert len(said) == 1 and "Hunyuan-MT-7B" in said.pop()


def test_any_model():
    assert started("any").model(" someone/model ", None) == "someone/model"
    assert started("any", control="users").model("/a/folder", "anna") == "/a/folder"


def test_a_start_from_a_folder_is_shown_by_its_name_only():
    from dataclasses import replace

    own = replace(CATALOGUE["hymt-mini"], name="tuned", origin="/secret/place/tuned")
    permissions = Permissions("catalogue").started_with(own, None)
    assert permissions.shown(own) == "tuned" and "/secret/place/tuned" not in permissions.offered
    assert permissions.model("tuned", None) == "/secret/place/tuned"
    assert permissions.order("/secret/place/tuned").login and not permissions.order("someone/model").login


def test_a_visitors_limit_is_within_the_operators():
    permissions = Permissions().started_with(CATALOGUE["hymt-mini"], 8 * GIB)
    assert [permissions.limit(gib) for gib in (None, 8, 4.5)] == [None, 8, 4.5]
    for gib in (0, 9, -1, float("nan"), float("inf")):
        with pytest.raises(UserError, match=r"limit of this server is 8\.00 GiB"):
            permissions.limit(gib)
    assert Permissions().limit(0) == 0
