"""Every route of a served workspace, fuzzed: whatever is sent, no page, form or hook fails."""

import json
import socket
import string
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import database
from servicing.operations import workspace
from servicing.web import access
from tests import cast
from tests.acceptance.serving import serving
from tests.drills import crowd
from tests.homes import Homes
from tests.servicing.web.extremes import ARGUMENTS, FIELDS, VALUES
from tests.servicing.web.routes import lines
from tests.servicing.web.visits import ACCOUNTS, PASSWORD, account

LOGINS = ("chenyan", "shanghai", "ops", "admin")
HOOKS = "only-aliyun-knows"
EXAMPLES = 25

NAMES = sorted({name for each in (*ARGUMENTS.values(), *FIELDS.values()) for name in each})
letters = st.text(st.characters(codec="utf-8"), max_size=60)
values = st.one_of(
    st.sampled_from(VALUES[:-4]), letters, st.integers().map(str), st.dates().map(str)
)
fields = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), letters), values), max_size=12)
words = st.text(string.ascii_letters + string.digits + "-_.~%", min_size=1, max_size=30)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), letters),
    lambda within: st.one_of(st.lists(within), st.dictionaries(letters, within)),
)
ENTRY = ("phone_number", "content", "send_time", "sequence_id", "out_id", "biz_id", "success")
entries = st.dictionaries(st.sampled_from(ENTRY), st.one_of(json_values, letters))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Iterator["Served"]:
    """The cast's workspace in a server of its own, and those who have come in."""
    home = tmp_path_factory.mktemp("fuzzed") / "home"
    workspace.create(home, homes.new_url())
    space = workspace.at(home, {})
    space.open()
    cast.everybody(issued=["2026-05-01", "2025-06-08", "2023-06-01"])
    cast.walk_only("2026-06-01", space)
    for login in ACCOUNTS:
        account(login)
    database.database.close()
    with serving(home, {"SERVICING_CHANNELS_ALIYUN_HOOK_SECRET": HOOKS}) as server:
        said = server.process.stderr
        threading.Thread(
            target=said and said.read, daemon=True
        ).start()  # a full pipe would stop it
        yield Served(server.url, dict(session(server.url, login) for login in (None, *LOGINS)))


@dataclass(frozen=True)
class Served:
    """The address of a server, and by login the cookie and the token of a session."""

    url: str
    sessions: dict[str | None, tuple[str, str]]


def session(url: str, login: str | None) -> tuple[str | None, tuple[str, str]]:
    """The cookie of somebody who has come in, with the token of their forms."""
    if login is None:
        return None, crowd.door(url)
    return login, crowd.forms_of(url, "/account", crowd.come_in(url, login, PASSWORD))


def reader_of(marks: dict[str, str]) -> str | None:
    """Who may come there; None: whoever it is."""
    return next((login for login in LOGINS if marks[login] == "+"), None)


ROUTES = [(each.method, each.path, reader_of(each.marks)) for each in lines()]
ENDS = ["/logout", "/account/sessions", "/account/password", "/people/state", "/people/password"]
ROUTES = [each for each in ROUTES if each[1] not in ENDS]
"""All but those that end the sessions of this drill."""

often = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize(("method", "path", "login"), ROUTES)
@often
@given(place=words, sent=fields)
def test_no_route_fails_whatever_is_sent(
    served: Served,
    method: str,
    path: str,
    login: str | None,
    place: str,
    sent: list[tuple[str, str]],
) -> None:
    cookie, token = served.sessions[login]
    bare = path.partition("?")[0].replace("made-up", quote(place)).format(message=1, case=1)
    if method == "GET":
        answer = crowd.ask(served.url, f"{bare}?{urlencode(sent)}"[:20_000], Cookie=cookie)
    else:
        body = urlencode([("csrf_token", token), *sent]).encode()[: access.LARGEST_FORM]
        form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        answer = crowd.ask(served.url, bare, "POST", body, **form)
    assert answer.status < 500, (method, bare, sent, answer)


@pytest.mark.parametrize("what", ["receipts", "replies"])
@often
@given(pushed=st.one_of(st.lists(st.one_of(entries, json_values)), json_values))
def test_no_push_fails_whatever_is_in_it(served: Served, what: str, pushed: Any) -> None:
    body = json.dumps(pushed).encode()
    answer = crowd.ask(served.url, f"/hooks/aliyun/{HOOKS}/{what}", "POST", body)
    assert answer.status in (200, 400, 413), (pushed, answer)


@pytest.mark.parametrize("what", ["receipts", "replies"])
@often
@given(body=st.binary(max_size=2_000))
def test_no_bytes_make_a_hook_fail(served: Served, what: str, body: bytes) -> None:
    assert crowd.ask(served.url, f"/hooks/aliyun/{HOOKS}/{what}", "POST", body).status in (200, 400)


@often
@given(head=st.binary(max_size=300), body=st.binary(max_size=300))
def test_no_bytes_make_the_server_fail(served: Served, head: bytes, body: bytes) -> None:
    """Whatever is said on a connection, the next one is answered."""
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), 20) as stranger:
        stranger.sendall(head + b"\r\n\r\n" + body)
    assert crowd.ask(served.url, "/healthz").status == 200
