"""Coming in by a provider that others have written, with its own pages, codes and keys."""

import datetime
from collections.abc import Iterator

import pytest
from flask import Flask

from servicing.core.account_models import User
from servicing.operations.workspace import Workspace
from tests.servicing.web.by_provider import BACK, is_in, pages_of, told
from tests.servicing.web.visits import Clock, Visitor
from tests.standins import identity
from tests.standins.identity import Identity, log_in_at


@pytest.fixture(scope="module")
def provider() -> Iterator[Identity]:
    with Identity(BACK) as running:
        yield running


@pytest.fixture
def app(space: Workspace, provider: Identity) -> Flask:
    """The pages of this moment, for the provider has a clock of its own."""
    clock = Clock(datetime.datetime.now(datetime.UTC))
    return pages_of(space, provider.issuer, clock, OPENID_CLIENT_SECRET=identity.CLIENT_SECRET)


def back(visitor: Visitor, login: str) -> str:
    """They log in there; the address of ours that they come back to."""
    answer = visitor.get("/login/openid")
    address = log_in_at(answer.location, login)
    assert address.startswith(BACK), address
    return address.removeprefix("https://service.example.com")


def test_she_logs_in_there_and_is_in_here(app: Flask, provider: Identity) -> None:
    provider.put_into("liwen", ["svc-ops"])
    visitor = Visitor(app)
    assert visitor.get(back(visitor, "liwen")).location == "/"
    assert visitor.get("/dispatch").status_code == 200
    assert (User.get(login="liwen").role, User.get(login="liwen").name) == ("operations", "李雯")


def test_a_group_that_she_has_lost_ends_her_way_in(app: Flask, provider: Identity) -> None:
    provider.put_into("liwen", ["svc-admins"])
    before, after = Visitor(app), Visitor(app)
    before.get(back(before, "liwen"))
    assert before.get("/people").status_code == 200
    provider.put_into("liwen", [])
    assert "所在的组都不能进入" in told(after, after.get(back(after, "liwen")))
    assert not is_in(before) and not is_in(after)


def test_a_code_is_good_for_one_login(app: Flask, provider: Identity) -> None:
    """A thief who has read the address she came back with begins a login of his own."""
    provider.put_into("liwen", ["svc-ops"])
    visitor, thief = Visitor(app), Visitor(app)
    address = back(visitor, "liwen")
    code = address.partition("code=")[2].partition("&")[0]
    assert visitor.get(address).location == "/"
    theirs = thief.get("/login/openid").location
    state = theirs.partition("&state=")[2].partition("&")[0]
    answer = thief.get(f"/login/openid/back?code={code}&state={state}&iss={provider.issuer}")
    assert "不认可这次登录" in told(thief, answer)
    assert not is_in(thief)


def test_a_code_that_nobody_has_used_is_worth_nothing_in_another_login(
    app: Flask, provider: Identity
) -> None:
    """PKCE: the code is bound to the browser that began."""
    provider.put_into("liwen", ["svc-ops"])
    visitor, thief = Visitor(app), Visitor(app)
    code = back(visitor, "liwen").partition("code=")[2].partition("&")[0]
    theirs = thief.get("/login/openid").location
    state = theirs.partition("&state=")[2].partition("&")[0]
    answer = thief.get(f"/login/openid/back?code={code}&state={state}&iss={provider.issuer}")
    assert "不认可这次登录" in told(thief, answer)


def test_it_signs_with_another_key_from_one_day_to_the_next(app: Flask, provider: Identity) -> None:
    provider.put_into("liwen", ["svc-ops"])
    before, after = Visitor(app), Visitor(app)
    assert before.get(back(before, "liwen")).location == "/"
    provider.signs_anew()
    (kept,) = app.extensions["servicing provider"]._kept.values()
    kept.keys_at -= 61  # a minute later
    assert after.get(back(after, "liwen")).location == "/"


def test_its_way_out_is_shown_after_a_logout(app: Flask, provider: Identity) -> None:
    provider.put_into("liwen", ["svc-ops"])
    visitor = Visitor(app)
    visitor.get(back(visitor, "liwen"))
    visitor.post("/logout")
    assert 'href="/login/openid/out"' in visitor.get("/login").text
    assert visitor.get("/login/openid/out").location.startswith(f"{provider.issuer}/logout/")
