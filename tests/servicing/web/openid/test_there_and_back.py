"""Coming in by the company's own logins: the way there, the way back, and the way out."""

import datetime
import logging
import subprocess
import sys

import pytest
from flask import Flask

from policies import database
from servicing.core import sessions
from servicing.core.account_models import User, UserSession
from servicing.operations.workspace import Workspace
from servicing.web import access
from tests.servicing.web import by_provider
from tests.servicing.web.by_provider import (
    BACK,
    NOT_BEGUN,
    bound,
    come_back,
    come_in,
    is_in,
    pages_of,
    query_of,
    sent,
    told,
)
from tests.servicing.web.visits import BASE, HOUR, NOW, Clock, Visitor, account, text_of, token_of
from tests.servicing.web.writing import somebody_writes
from tests.standins.openid import CLIENT_ID, CLIENT_SECRET, OpenIdStandIn, Said, challenge


def test_she_goes_to_the_provider_and_comes_back_to_the_page_she_wanted(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    page = visitor.get("/login?next=/dispatch")
    assert "通过Example Login进入" in text_of(page)
    assert 'href="/login/openid?next=/dispatch"' in page.text
    answer = come_in(visitor, provider, "/dispatch")
    assert (answer.status_code, answer.location) == (303, "/dispatch")
    assert visitor.get("/dispatch").status_code == 200
    user = User.get(login="liwen")
    assert (user.role, user.name, user.is_temporary) == ("operations", "李雯", False)
    (session,) = UserSession.select()
    assert session.ends_at - session.started_at == 12 * HOUR


def test_what_she_is_sent_with_and_what_we_prove(visitor: Visitor, provider: OpenIdStandIn) -> None:
    query = query_of(visitor.get("/login/openid").location)
    provider.nonce = query["nonce"]
    assert (query["response_type"], query["client_id"]) == ("code", CLIENT_ID)
    assert (query["redirect_uri"], query["code_challenge_method"]) == (BACK, "S256")
    assert query["scope"] == "openid profile email groups"
    assert CLIENT_SECRET not in str(query)
    assert come_back(visitor, query["state"]).location == "/"
    (form,) = provider.forms
    assert challenge(form["code_verifier"]) == query["code_challenge"]
    assert (form["redirect_uri"], form["grant_type"], form["code"]) == (
        BACK,
        "authorization_code",
        "c",
    )
    assert form[""].startswith("Basic ") and "client_secret" not in form


def test_a_client_without_a_secret_proves_itself_by_pkce_alone(
    space: Workspace, provider: OpenIdStandIn
) -> None:
    visitor = Visitor(pages_of(space, provider.issuer, OPENID_CLIENT_SECRET=""))
    assert come_in(visitor, provider).location == "/"
    (form,) = provider.forms
    assert (form[""], form["client_id"]) == ("", CLIENT_ID)


def test_a_provider_that_takes_secrets_in_the_form_only_gets_it_there(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert come_in(visitor, provider).location == "/"
    assert provider.forms[0]["client_secret"] == CLIENT_SECRET


def test_without_a_provider_nothing_is_there_and_nothing_is_asked(
    space: Workspace, provider: OpenIdStandIn
) -> None:
    visitor = Visitor(pages_of(space, ""))
    for path in ("/login/openid", "/login/openid/back?code=c&state=s", "/login/openid/out"):
        assert visitor.get(path).status_code == 404
    assert "openid" not in visitor.get("/login").text
    assert not provider.asked


def test_the_provider_is_asked_for_itself_and_its_keys_once_an_hour(
    app: Flask, provider: OpenIdStandIn
) -> None:
    for _ in range(3):
        come_in(Visitor(app), provider)
    assert provider.asked["/.well-known/openid-configuration"] == provider.asked["/jwks"] == 1


def test_whoever_only_asks_for_heads_goes_nowhere(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    assert visitor.client.head("/login/openid", base_url=BASE).location == "/"
    database.database.connect(reuse_if_open=True)
    state = sent(visitor, provider)
    path = f"/login/openid/back?code=c&state={state}"
    assert visitor.client.head(path, base_url=BASE).location == "/login"
    database.database.connect(reuse_if_open=True)
    assert not provider.asked["/token"]
    assert come_back(visitor, state).location == "/", "and the login goes on"


@pytest.mark.parametrize("onward", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_login_by_the_provider_leads_to_our_own_pages_only(
    onward: str, visitor: Visitor, provider: OpenIdStandIn
) -> None:
    assert come_in(visitor, provider, onward).location == "/"


def test_a_page_with_a_very_long_address_is_forgotten_and_not_the_login(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    assert come_in(visitor, provider, f"/clients?q={'x' * 3000}").location == "/"


def test_a_forged_host_leads_nobody_back_to_it(visitor: Visitor, provider: OpenIdStandIn) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = visitor.client.get("/login/openid", headers=forged, base_url="https://evil.example")
    database.database.connect(reuse_if_open=True)
    assert query_of(answer.location)["redirect_uri"] == BACK


def test_an_answer_with_another_state_is_not_taken(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    state = sent(visitor, provider)
    for wrong in ("", "made-up", state[:-1], "é"):
        assert NOT_BEGUN in told(visitor, come_back(visitor, wrong))
    assert not provider.asked["/token"]
    assert come_back(visitor, state).location == "/", "and it has not ended the login"


def test_the_answer_of_somebody_elses_browser_is_not_taken(
    app: Flask, provider: OpenIdStandIn
) -> None:
    """Login CSRF: a thief begins, and lures her to the end of it."""
    thief, victim = Visitor(app), Visitor(app)
    state = sent(thief, provider)
    sent(victim, provider)
    assert NOT_BEGUN in told(victim, come_back(victim, state))
    assert not is_in(victim)


def test_an_answer_is_taken_once(app: Flask, visitor: Visitor, provider: OpenIdStandIn) -> None:
    state = sent(visitor, provider)
    cookie = visitor.client.get_cookie("__Host-servicing", domain="localhost")
    assert cookie
    assert come_back(visitor, state).location == "/"
    again = Visitor(app)
    again.client.set_cookie("__Host-servicing", cookie.value, domain="localhost", secure=True)
    assert NOT_BEGUN in told(again, come_back(again, state))
    assert provider.asked["/token"] == 1


def test_a_login_that_took_longer_than_ten_minutes_is_begun_anew(
    space: Workspace, provider: OpenIdStandIn
) -> None:
    clock = Clock()
    visitor = Visitor(pages_of(space, provider.issuer, clock))
    state = sent(visitor, provider)
    clock.now = NOW + datetime.timedelta(minutes=11)
    assert NOT_BEGUN in told(visitor, come_back(visitor, state))


def test_what_travels_in_the_cookie_is_sealed(visitor: Visitor, provider: OpenIdStandIn) -> None:
    sent(visitor, provider)
    with visitor.client.session_transaction(base_url=BASE) as session:
        assert provider.nonce not in str(dict(session))
        session["openid"] = "made up"
    database.database.connect(reuse_if_open=True)
    assert NOT_BEGUN in told(visitor, come_back(visitor, ""))


def test_a_code_that_the_provider_does_not_take_lets_nobody_in(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.answers["/token"] = lambda: Said(b'{"error": "invalid_grant"}', 400)
    assert "不认可这次登录" in told(visitor, come_in(visitor, provider))
    assert not is_in(visitor)


def test_whoever_is_refused_by_the_provider_is_told(
    visitor: Visitor, provider: OpenIdStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    for error in ("access_denied", "invalid_scope", "whatever a stranger writes"):
        answer = come_back(visitor, sent(visitor, provider), error=error)
        assert "没有放行" in told(visitor, answer)
    assert not provider.asked["/token"]
    assert "invalid_scope" in caplog.text and "stranger" not in caplog.text


def test_a_hundred_wrong_codes_of_one_source_are_all_that_we_ask_about(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.answers["/token"] = lambda: Said(b'{"error": "invalid_grant"}', 400)
    for _ in range(100):
        come_in(visitor, provider)
    assert "15 分钟后再试" in told(visitor, come_in(visitor, provider))
    assert provider.asked["/token"] == 100


def test_whoever_logs_out_here_is_shown_the_way_out_there(
    app: Flask, provider: OpenIdStandIn
) -> None:
    visitor = Visitor(app)
    come_in(visitor, provider)
    assert visitor.post("/logout").location == "/login"
    assert not is_in(visitor)
    assert 'href="/login/openid/out"' in visitor.get("/login").text
    assert "/login/openid/out" not in visitor.get("/login").text, "once"
    query = query_of(visitor.get("/login/openid/out").location)
    assert query == {
        "client_id": CLIENT_ID,
        "post_logout_redirect_uri": f"{by_provider.PUBLIC}/login",
    }


def test_who_came_in_by_a_password_is_shown_none(app: Flask, provider: OpenIdStandIn) -> None:
    come_in(Visitor(app), provider)
    visitor = Visitor(app, "ops")
    visitor.post("/logout")
    assert "/login/openid/out" not in visitor.get("/login").text


def test_a_provider_that_has_no_way_out_leads_to_our_login(
    app: Flask, provider: OpenIdStandIn
) -> None:
    provider.metadata["end_session_endpoint"] = None
    visitor = Visitor(app)
    come_in(visitor, provider)
    visitor.post("/logout")
    assert "/login/openid/out" not in visitor.get("/login").text
    assert visitor.get("/login/openid/out").location == "/login"


def test_no_secret_and_nobodys_name_stands_in_the_log(
    app: Flask, provider: OpenIdStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "servicing")
    account("admin")
    provider.claims |= {"preferred_username": "admin", "groups": ["svc-admins"]}
    come_in(Visitor(app), provider)
    provider.claims |= {"preferred_username": "liwen"}
    come_in(Visitor(app), provider)
    ours = [each for each in caplog.records if each.name.startswith("servicing")]
    assert [each.getMessage() for each in ours] == ["nobody comes in by the provider: login_taken"]


def test_a_session_ends_after_its_hours_whatever_becomes_of_it_at_the_provider(
    space: Workspace, provider: OpenIdStandIn
) -> None:
    clock = Clock()
    visitor = Visitor(pages_of(space, provider.issuer, clock))
    come_in(visitor, provider)
    clock.now = NOW + 12 * HOUR
    assert not is_in(visitor)
    assert sessions.end_everybodys(NOW) == 1


def test_what_she_typed_while_her_session_ended_can_be_sent_again(
    app: Flask, provider: OpenIdStandIn
) -> None:
    """The page of the login opens the provider in another tab; the form waits in this one."""
    bound("chenyan", provider.issuer)
    provider.claims["groups"] = ["svc-force"]
    visitor = Visitor(app)
    come_in(visitor, provider)
    form = {
        "csrf_token": token_of(visitor.get("/clients/C001")),
        "kind": "note",
        "text": "typed",
    }
    sessions.end_everybodys(NOW)
    page = visitor.post("/clients/C001/remarks", **form)
    assert page.status_code == 401
    assert 'target="_blank"' in page.text and "后退一页" in text_of(page)
    assert come_in(visitor, provider).location == "/"
    assert visitor.post("/clients/C001/remarks", **form).status_code == 303
    assert "typed" in text_of(visitor.get("/clients/C001"))


@pytest.mark.only_sqlite("PostgreSQL has many writers")
def test_while_an_import_writes_nobody_waits_for_longer_than_for_a_password(
    app: Flask, space: Workspace, provider: OpenIdStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "PATIENCE_SECONDS", 0.05)
    known, other = Visitor(app), Visitor(app)
    come_in(known, provider)
    with somebody_writes(space):
        assert "登录的人过多" in told(other, come_in(other, provider))
        assert known.post("/logout").location == "/login"
    assert come_in(other, provider).location == "/"


def test_a_server_without_logins_by_it_loads_none_of_its_libraries() -> None:
    watched = "import sys, servicing.web.server; print({'authlib', 'joserfc'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", watched], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "set()"
