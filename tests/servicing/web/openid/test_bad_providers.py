"""A provider that is down, hangs or answers nonsense: the login says so, and nothing waits for it."""

import select
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.web import asking
from tests.servicing.web.by_provider import (
    NONSENSE,
    OPS,
    SILENT,
    come_back,
    environment,
    pages_of,
    sent,
    told,
)
from tests.servicing.web.on_the_wire import served
from tests.servicing.web.visits import PASSWORD, Visitor, account
from tests.standins.openid import OpenIdStandIn, Said
from tests.standins.sockets import answering, certificate_for, listening, secured

BAD_ANSWERS: dict[str, Callable[[], Said]] = {
    "a page": lambda: Said(b"<html>Sorry</html>", kind="text/html"),
    "a list": lambda: Said(b"[]"),
    "an error of its own": lambda: Said(b"{}", 500),
    "more than anybody reads": lambda: Said(b'{"x": "' + b"x" * asking.LARGEST + b'"}'),
    "a riddle": lambda: Said(b"[" * 100_000),
    "a way elsewhere": lambda: Said(b"", 302, headers=(("Location", "/internal"),)),
    "something folded": lambda: Said(b"{}", headers=(("Content-Encoding", "gzip"),)),
    "no words": lambda: Said(b"\xff\xfe"),
}
PATHS = ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"]


@pytest.mark.parametrize("how", BAD_ANSWERS)
@pytest.mark.parametrize("path", PATHS)
def test_whatever_a_provider_answers_the_login_stays_and_says_so(
    path: str, how: str, visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.claims["groups"] = None
    provider.userinfo = {"sub": "s-1", "groups": OPS}
    provider.answers[path] = BAD_ANSWERS[how]
    answer = visitor.get("/login/openid")
    if path != PATHS[0]:
        answer = come_back(visitor, provider.sends(answer.location))
    assert NONSENSE in told(visitor, answer)
    assert not provider.asked["/internal"]
    account("chenyan")
    local = visitor.post("/login", login="chenyan", password=PASSWORD)
    assert local.status_code == 303, "who has a password comes in"


BAD_ANNOUNCEMENTS: list[dict[str, Any]] = [
    {"issuer": "https://elsewhere.example"},
    {"issuer": None},
    {"token_endpoint": None},
    {"jwks_uri": 7},
    {"token_endpoint": "http://login.example.com/token"},
    {"authorization_endpoint": "http://login.example.com/authorize"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"jwks_uri": "file:///etc/passwd"},
]


@pytest.mark.parametrize("announced", BAD_ANNOUNCEMENTS, ids=str)
def test_a_provider_that_is_another_one_or_talks_in_the_open_is_not_believed(
    announced: dict[str, Any], visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.metadata |= announced
    assert NONSENSE in told(visitor, visitor.get("/login/openid"))


def test_a_provider_that_is_down_is_told_on_the_page_of_the_login(
    visitor: Visitor, provider: OpenIdStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    provider.stop()
    for _ in range(3):
        assert SILENT in told(visitor, visitor.get("/login/openid"))
    (line,) = caplog.records
    assert line.getMessage() == "the provider of logins does not say who it is: openid_silent"


def test_a_provider_that_goes_away_meanwhile_is_no_guess(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    state = sent(visitor, provider)
    provider.stop()
    assert SILENT in told(visitor, come_back(visitor, state))


WHOLE_ANSWER_SECONDS = 85


def test_a_provider_that_hangs_holds_nobody_for_longer_than_some_seconds(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says a byte now and then: no single wait is ever too long."""

    def drips(connection: Any) -> None:
        asked.append(1)
        connection.recv(1000)
        for each in b"HTTP/1.1 200 OK\r\n" * 100:
            connection.sendall(bytes([each]))
            time.sleep(WHOLE_ANSWER_SECONDS / 1700)

    asked: list[int] = []

    monkeypatch.setattr(asking, "SECONDS", 0.3)
    with listening(drips) as port:
        visitor = Visitor(pages_of(space, f"http://127.0.0.1:{port}"))
        begun = time.monotonic()
        for _ in range(20):
            assert SILENT in told(visitor, visitor.get("/login/openid"))
        assert time.monotonic() - begun < WHOLE_ANSWER_SECONDS / 2
    assert len(asked) < 20, "nobody waits for it again right away"


def test_while_the_provider_hangs_everybody_else_is_answered(space: Workspace) -> None:
    """Twenty people press the button at once; a stranger opens the page of the login meanwhile."""
    asked: list[int] = []

    def hangs(connection: socket.socket) -> None:
        asked.append(1)
        time.sleep(20)

    with listening(hangs) as silent:
        issuer = f"http://127.0.0.1:{silent}"
        with served(workspace.at(space.home, environment(issuer))) as port:
            waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
            for each in waiting:
                each.sendall(b"GET /login/openid HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=30) as answer:
                assert answer.status == 200
            assert not select.select(waiting, [], [], 0)[0], (
                "while nobody has heard of the provider"
            )
            for each in waiting:
                each.settimeout(60)
                assert each.recv(64).startswith(b"HTTP/1.1 303")
                each.close()
    assert len(asked) <= asking.AT_ONCE, "and most of them have not waited for it at all"


def test_a_provider_whose_certificate_nobody_vouches_for_is_not_asked(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_for(tmp_path / "certificate.pem", "localhost")
    words = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    with listening(secured(certificate, answering(words))) as port:
        issuer = f"https://localhost:{port}"
        for trusted, says in (("", SILENT), (str(certificate), NONSENSE)):
            if trusted:
                monkeypatch.setenv("SSL_CERT_FILE", trusted)
            asking._trusted.cache_clear()  # a server reads them once
            visitor = Visitor(pages_of(space, issuer))
            assert says in told(visitor, visitor.get("/login/openid"))
    asking._trusted.cache_clear()
