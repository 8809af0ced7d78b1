"""What the pages say to the world: TLS only, addresses that we name, numbers to whom they belong."""

from typing import Any

import msgspec
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from servicing.core import settings
from servicing.operations.workspace import Workspace
from servicing.web.current import WAS_PASSED_ON
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import Visitor

PUBLIC = "https://service.example.com/servicing"
TOKEN = "only-the-monitor-knows"


def told(space: Workspace, **web: Any) -> None:
    """The settings say so."""
    space.settings = msgspec.structs.replace(space.settings, web=settings.Web(**web))


# ---------------------------------------------------------------------------------------------- TLS


@pytest.mark.parametrize(
    ("public_url", "base", "is_told"),
    [
        ("", "http://localhost", False),
        ("http://intranet", "http://localhost", False),
        ("", "https://localhost", True),
        (PUBLIC, "http://localhost", True),
        (PUBLIC, "https://localhost", True),
    ],
)
def test_a_browser_is_told_to_come_by_tls_only(
    space: Workspace, app: Flask, public_url: str, base: str, is_told: bool
) -> None:
    told(space, public_url=public_url)
    for path in ("/login", "/nothing", "/healthz", "/static/servicing.css"):
        answer = app.test_client().get(path, base_url=base)
        assert ("Strict-Transport-Security" in answer.headers) is is_told, path


def _session_in(answer: TestResponse) -> str:
    """The cookie that an answer sets."""
    return answer.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]


@pytest.mark.parametrize("host", ["localhost", "evil.example", "localhost:8080"])
def test_the_address_of_a_calendar_is_the_public_one_whatever_the_request_says(
    space: Workspace, app: Flask, visit: Visit, host: str
) -> None:
    told(space, public_url=PUBLIC)
    visitor = visit("chenyan")
    form = {"csrf_token": visitor.token()}
    headers = {"Referer": f"https://{host}", "Host": host}
    cookie = visitor.client.get_cookie("__Host-servicing", domain="localhost")
    assert cookie
    headers["Cookie"] = f"__Host-servicing={cookie.value}"
    browser = app.test_client(use_cookies=False)
    answer = browser.post("/account/feed", data=form, base_url=f"https://{host}", headers=headers)
    headers["Cookie"] = f"__Host-servicing={_session_in(answer)}"
    page = browser.get("/account?shown=feed", base_url=f"https://{host}", headers=headers)
    address = page.text.split('readonly value="')[1].split('"')[0]
    assert address.startswith(f"{PUBLIC}/calendar/") and host not in address


# ------------------------------------------------------------------------------------------ numbers

HERE, AWAY, NEAR = "127.0.0.1", "192.0.2.7", "10.0.0.5"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
NETWORKS = "127.0.0.0/8 ::1/128 10.0.0.0/8"
READS: list[tuple[dict[str, str], str, dict[str, str], bool]] = [
    ({}, HERE, {}, True),
    ({}, "::1", {}, True),
    ({}, "::ffff:127.0.0.1", {}, True),
    ({}, AWAY, {}, False),
    ({}, "", {}, False),
    *(
        ({}, HERE, {name: AWAY}, False)
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host")
    ),
    ({}, HERE, SHOWN, True),
    ({"metrics_token": TOKEN}, HERE, {}, True),
    ({"metrics_token": TOKEN}, AWAY, SHOWN, True),
    ({"metrics_token": TOKEN}, AWAY, {**SHOWN, "X-Forwarded-For": AWAY}, True),
    ({"metrics_token": TOKEN}, AWAY, {"Authorization": f"Bearer {TOKEN}x"}, False),
    ({"metrics_token": TOKEN}, AWAY, {"Authorization": "Bearer "}, False),
    ({"metrics_token": TOKEN}, AWAY, {"Authorization": "Bearer \u00e9"}, False),
    ({}, AWAY, {"Authorization": "Bearer "}, False),
    ({"public_url": PUBLIC}, HERE, {}, False),
    ({"public_url": PUBLIC, "metrics_token": TOKEN}, HERE, SHOWN, True),
    ({"trusted_proxy": HERE}, HERE, {}, False),
    ({"trusted_proxy": NEAR, "metrics_from": NETWORKS}, NEAR, {}, False),
    ({"public_url": PUBLIC, "metrics_from": NETWORKS}, NEAR, {}, True),
    ({"metrics_from": ""}, HERE, {}, False),
]


@pytest.mark.parametrize(("web", "address", "headers", "may"), READS)
def test_the_numbers_are_read_by_whom_they_belong_to(
    space: Workspace,
    visit: Visit,
    web: dict[str, str],
    address: str,
    headers: dict[str, str],
    may: bool,
) -> None:
    told(space, **web)
    how: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": address}, "headers": headers}
    assert visit().get("/metrics", **how).status_code == (200 if may else 404)


def test_what_the_server_has_cleared_counts_as_well(visit: Visit) -> None:
    """waitress removes the headers of a proxy that the settings do not name."""
    how = {"environ_base": {"REMOTE_ADDR": HERE, WAS_PASSED_ON: True}}
    assert visit().get("/metrics", **how).status_code == 404


# ------------------------------------------------------------------------------------------- pushes

SECRET = "only-aliyun-knows"
DEEP = [b"[" * 100_000, b"[" * 60_000 + b"]" * 60_000, b'{"a":' * 30_000, b'[{"a":' * 20_000]


@pytest.mark.parametrize("body", DEEP, ids=["open", "lists", "objects", "both"])
@pytest.mark.parametrize("what", ["receipts", "replies"])
def test_a_push_without_end_is_refused(
    space: Workspace, app: Flask, body: bytes, what: str
) -> None:
    aliyun = settings.Channels(aliyun=settings.Aliyun(hook_secret=SECRET))
    space.settings = msgspec.structs.replace(space.settings, channels=aliyun)
    answer = Visitor(app).client.post(f"/hooks/aliyun/{SECRET}/{what}", data=body)
    assert answer.status_code == 400


@pytest.mark.parametrize("deep", [500, 900, 2_000, 20_000])
def test_an_entry_without_end_costs_the_others_nothing(
    space: Workspace, app: Flask, deep: int
) -> None:
    aliyun = settings.Channels(aliyun=settings.Aliyun(hook_secret=SECRET))
    space.settings = msgspec.structs.replace(space.settings, channels=aliyun)
    within = "[" * deep + "]" * deep
    entry = f'{{"phone_number": "13800138001", "content": "TD", "send_time": {within}}}'
    answer = Visitor(app).client.post(f"/hooks/aliyun/{SECRET}/replies", data=f"[{entry}]".encode())
    assert answer.status_code in (200, 400)
