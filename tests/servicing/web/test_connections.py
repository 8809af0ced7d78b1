"""A server bounds what strangers cost: connections, heads, bodies, and who waits for whom."""

import contextlib
import http.client
import io
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from policies import database
from servicing.core import settings
from servicing.operations.workspace import Workspace
from servicing.web import access, connections, gate, queues, throttle
from servicing.web.gate import Passage
from tests.servicing.web.conftest import Visit
from tests.servicing.web.on_the_wire import served
from tests.servicing.web.routes import VISITORS, lines
from tests.servicing.web.visits import Visitor

FORM = access.LARGEST_FORM
UPLOAD = 64 << 20
PUSH = 1 << 20
SECRET = "only-aliyun-knows"
ANYWHERE = float("inf")


class Unread(io.BytesIO):
    """A body that tells whether anybody has looked at it."""

    was_read = False

    def read(self, *how: Any) -> bytes:
        self.was_read = True
        return super().read(*how)


def cookie_of(visitor: Visitor) -> str:
    """As a browser sends it."""
    found = visitor.client.get_cookie("__Host-servicing", domain="localhost")
    return f"__Host-servicing={found.value}" if found else ""


def passage(app: Flask, visitor: Visitor, method: str, path: str, size: float) -> Passage:
    head = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_COOKIE": cookie_of(visitor)}
    found = gate.passage(app, head, size)
    database.database.connect(reuse_if_open=True)
    return found


# ------------------------------------------------------------------------- every route, everybody

LARGER = {
    ("POST", "/book"): UPLOAD,
    ("POST", "/book/imports/made-up/columns"): 1 << 20,
    ("POST", "/plan/compare"): 512 << 10,
}
"""What is larger than a form, for those who may."""
WHO_MAY = ("ops", "admin")


@pytest.mark.parametrize("login", VISITORS)
def test_a_body_is_as_large_as_its_page_takes_from_whoever_sends_it(
    app: Flask, visit: Visit, login: str
) -> None:
    visitor, wrong = visit(login or None), []
    for line in lines():
        path = line.path.partition("?")[0].format(message=1, case=1)
        for method in ("GET", "POST", "PUT", "DELETE", "BREW"):
            larger = LARGER.get((method, path), FORM) if login in WHO_MAY else FORM
            found = passage(app, visitor, method, path, ANYWHERE).largest
            if found != larger:
                wrong.append(f"{method} {path}: {found} instead of {larger}")
    assert not wrong


@pytest.mark.parametrize("login", VISITORS)
def test_who_sends_more_is_refused_and_none_of_it_is_read(
    app: Flask, visit: Visit, login: str
) -> None:
    """By the application, too, in front of which another server may stand."""
    visitor, wrong = visit(login or None), []
    for line in lines():
        path = line.path.format(message=1, case=1)
        if line.method != "POST" or ("POST", path) in LARGER and login in WHO_MAY:
            continue
        body = Unread(bytes(FORM + 1))
        form = "application/x-www-form-urlencoded"
        answer = visitor.client.post(
            path,
            base_url="https://localhost",
            headers={"Referer": "https://localhost"},
            input_stream=body,
            content_type=form,
        )
        if body.was_read or answer.status_code not in (303, 403, 404, 413):
            wrong.append(f"{path}: {answer.status_code}, read: {body.was_read}")
    assert not wrong


def test_only_who_knows_the_secret_pushes_much(
    visit: Visit, space: Workspace, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(secret: str) -> int:
        return passage(app, visit(), "POST", f"/hooks/aliyun/{secret}/receipts", ANYWHERE).largest

    assert of(SECRET) == FORM, "nobody has told us one"
    aliyun = settings.Aliyun(hook_secret=SECRET)
    known = settings.Settings(channels=settings.Channels(aliyun=aliyun))
    monkeypatch.setattr(space, "settings", known)
    assert (of(SECRET), of("a-guess"), of(SECRET[:-1])) == (PUSH, FORM, FORM)


# ------------------------------------------------------------------------------------------- queues

QUEUES = [
    ("", "GET", "/login", "strangers"),
    ("", "GET", "/login/openid", "provider"),
    ("", "GET", "/login/openid/back", "provider"),
    ("chenyan", "GET", "/login/openid/back", "provider"),
    ("", "POST", "/login", "logins"),
    ("", "GET", "/login/second", "strangers"),
    ("", "POST", "/login/second", "strangers"),
    ("", "GET", "/clients/C001", "strangers"),
    ("", "POST", "/u/made-up", "hooks"),
    ("", "GET", "/calendar/made-up.ics", "strangers"),
    ("", "GET", "/nothing", "strangers"),
    ("", "POST", "/hooks/twilio/inbound", "hooks"),
    ("chenyan", "POST", "/hooks/twilio/inbound", "hooks"),
    ("", "GET", "/healthz", "brief"),
    ("", "GET", "/static/servicing.css", "brief"),
    ("chenyan", "GET", "/clients/C001", "people"),
    ("chenyan", "HEAD", "/day", "people"),
    ("chenyan", "POST", "/day", "forms"),
    ("chenyan", "POST", "/login", "logins"),
    ("ops", "POST", "/book", "files"),
    ("ops", "GET", "/book", "people"),
]


@pytest.mark.parametrize(("login", "method", "path", "queue"), QUEUES)
def test_a_request_waits_among_its_like(
    app: Flask, visit: Visit, login: str, method: str, path: str, queue: str
) -> None:
    assert passage(app, visit(login or None), method, path, 0).queue == queue


@pytest.mark.parametrize("path", ["/login", "/login/second"])
def test_who_logs_in_at_a_known_device_does_not_wait_behind_strangers(
    app: Flask, path: str
) -> None:
    cookie = f"{throttle.cookie_of('chenyan')}={'x' * 43}"
    head = {"REQUEST_METHOD": "POST", "PATH_INFO": path, "HTTP_COOKIE": cookie}
    assert gate.passage(app, head, 0).queue == "devices"


@pytest.mark.parametrize(
    "cookie", ["x", "__Host-servicing=x", "__Host-servicing=eyJfdXNlcl9pZCI6IjEifQ.x.y"]
)
def test_a_session_that_we_have_not_signed_is_a_strangers(app: Flask, cookie: str) -> None:
    head = {"REQUEST_METHOD": "GET", "PATH_INFO": "/day", "HTTP_COOKIE": cookie}
    assert gate.passage(app, head, 0).queue == "strangers"


ODD = [
    {"PATH_INFO": "\xff\xfe"},
    {"PATH_INFO": ""},
    {"HTTP_COOKIE": "\xff=\xff"},
    {"PATH_INFO": "*"},
]


@pytest.mark.parametrize("odd", ODD)
def test_a_head_that_is_odd_is_a_strangers(app: Flask, odd: dict[str, str]) -> None:
    head = {"REQUEST_METHOD": "GET", "PATH_INFO": "/day", "HTTP_COOKIE": "", **odd}
    assert gate.passage(app, head, ANYWHERE) == gate.STRANGE


# ------------------------------------------------------------------------------------- on the wire


@pytest.fixture
def port(space: Workspace) -> Iterator[int]:
    with served(space) as found:
        yield found


def knock(port: int, said: bytes = b"") -> socket.socket:
    """A connection on which something was said."""
    opened = socket.create_connection(("127.0.0.1", port), 20)
    opened.sendall(said)
    return opened


def answered(opened: socket.socket) -> int:
    """The status of the answer; 0: the door was closed without one."""
    with contextlib.suppress(ConnectionError):
        found = re.match(rb"HTTP/1.[01] (\d+)", opened.recv(4_000))
        return int(found[1]) if found else 0
    return 0


TOO_LARGE = [
    f"Content-Length: {60 << 20}",
    f"Content-Length: {60 << 20}\r\nExpect: 100-continue",
    f"Content-Length: {FORM + 1}",
]


@pytest.mark.parametrize("said", TOO_LARGE)
@pytest.mark.parametrize("path", ["/login", "/book", "/day", "/hooks/twilio/inbound", "/nothing"])
def test_a_body_that_is_said_to_be_large_is_refused_at_its_head(
    port: int, path: str, said: str
) -> None:
    with knock(port, f"POST {path} HTTP/1.1\r\nHost: x\r\n{said}\r\n\r\n".encode()) as stranger:
        assert answered(stranger) == 413


def test_a_body_that_does_not_say_how_large_it_is_is_refused_where_it_is_too_large(
    port: int,
) -> None:
    head = b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with knock(port, head) as stranger:
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 10 * FORM:
                stranger.sendall(b"400\r\n" + b"x" * 0x400 + b"\r\n")
                sent += 0x400
                time.sleep(0)
        assert answered(stranger) in (413, 0)


def test_a_head_without_end_is_refused(port: int) -> None:
    with knock(port, b"GET /login HTTP/1.1\r\nCookie: " + b"x" * 40_000) as stranger:
        assert answered(stranger) in (431, 0)


def test_a_form_of_the_usual_size_is_taken(port: int) -> None:
    body = b"login=x&password=" + b"x" * (FORM - 100)
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    asked.request("POST", "/login", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert asked.getresponse().status == 400  # without the token of its form, that is


# --------------------------------------------------------------------------------- slow and many

PARTS = {
    "nothing": (b"", connections.HEAD_SECONDS),
    "a letter": (b"G", connections.HEAD_SECONDS),
    "half a head": (b"GET /login HTTP/1.1\r\nHost: x\r\n", connections.HEAD_SECONDS),
    "a slow body": (
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + b"x" * 2_000,
        connections.BODY_SECONDS + 1,
    ),
}


class Wire:
    """As much of a socket as a connection asks before it is read from."""

    def getsockopt(self, *_: Any) -> int:
        return 1 << 16

    def setblocking(self, *_: Any) -> None:
        pass

    def fileno(self) -> int:
        return 99

    def getpeername(self) -> tuple[str, int]:
        return ("192.0.2.1", 1)


class Door:
    """As much of a server as a connection asks."""

    def __init__(self, app: Flask) -> None:
        self.app, self.active_channels = app, dict[int, Any]()
        self.adj = connections.Adjustments(**connections.BOUNDS, listen="127.0.0.1:0")
        self.tasks: list[Any] = []

    def add_task(self, task: Any) -> None:
        self.tasks.append(task)


@pytest.mark.parametrize("what", PARTS)
def test_what_does_not_arrive_in_time_is_late(app: Flask, what: str) -> None:
    said, seconds = PARTS[what]
    door = Door(app)
    each = connections.Connection(door, Wire(), ("192.0.2.1", 1), door.adj, map={})
    began = each.began
    if said:
        each.received(said)
        began = each.began
    assert not each.is_late(began + seconds - 1)
    assert each.is_late(max(began, each.last_activity) + seconds + 1)


def test_a_byte_now_and_then_buys_no_time(app: Flask) -> None:
    door = Door(app)
    each = connections.Connection(door, Wire(), ("192.0.2.1", 1), door.adj, map={})
    each.received(b"G")
    began = each.began
    for letter in b"ET /login HTTP/1.1":
        each.last_activity = began + 1_000
        each.received(bytes([letter]))
    assert each.is_late(began + connections.HEAD_SECONDS + 1)


def test_who_has_asked_before_may_keep_the_connection_a_while(app: Flask) -> None:
    door = Door(app)
    each = connections.Connection(door, Wire(), ("192.0.2.1", 1), door.adj, map={})
    each.received(b"GET /login HTTP/1.1\r\nHost: x\r\n\r\n")
    assert door.tasks == [each]
    assert not each.is_late(each.began + 1_000), "it waits for us"
    each.requests = []
    assert not each.is_late(each.last_activity + connections.IDLE_SECONDS - 1)
    assert each.is_late(each.last_activity + connections.IDLE_SECONDS + 1)


def test_more_connections_than_there_may_be_keep_nobody_out(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST", 20)
    with contextlib.ExitStack() as many:
        waiting = [many.enter_context(knock(port)) for _ in range(60)]
        for _ in range(5):
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            asked.request("GET", "/healthz")
            assert asked.getresponse().status == 200
            asked.close()
        assert answered(waiting[0]) == 0, "the oldest had to go"


def test_room_is_made_by_whoever_holds_the_most_and_asks_for_nothing() -> None:
    order = [
        connections.order_of(worth, held, began)
        for worth, held, began in [(0, 9, 1.0), (0, 9, 2.0), (0, 1, 0.0), (1, 9, 0.0), (3, 9, 0.0)]
    ]
    assert order == sorted(order)


def test_of_too_many_requests_in_a_queue_the_next_is_told_to_come_back(app: Flask) -> None:
    waiting = queues.Queues(1, "en")
    waiting.shutdown()
    told = [Asking() for _ in range(queues.MOST_WAITING + 1)]
    for each in told:
        waiting.add_task(each)
    errors = [each.requests[0].error for each in told]
    assert not any(errors[:-1]) and errors[-1].code == 503


LANGUAGES = [
    ("", "zh_CN", "请过几秒再试", "zh-CN"),
    ("", "en", "Try again in a few seconds", "en"),
    ("en-GB,en;q=0.9", "zh_CN", "Try again in a few seconds", "en"),
    ("zh-CN,zh;q=0.9,en;q=0.8", "en", "请过几秒再试", "zh-CN"),
    ("fr;q=x,,\x1b[0m", "zh_CN", "请过几秒再试", "zh-CN"),
]


@pytest.mark.parametrize(("accepted", "of_the_book", "sentence", "tagged"), LANGUAGES)
def test_whoever_has_to_come_back_is_told_when_in_the_language_asked_for(
    accepted: str,
    of_the_book: str,
    sentence: str,
    tagged: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody asks the database for it: no one is connected here."""
    monkeypatch.setattr(queues, "MOST_WAITING", 0)
    waiting = queues.Queues(1, of_the_book)
    waiting.shutdown()
    asking = Asking(accepted)
    waiting.add_task(asking)
    status, headers, body = asking.requests[0].error.to_response()
    assert (status, sentence in body.decode()) == ("503 Service Unavailable", True)
    named = dict(headers)
    assert (named["Retry-After"], named["Content-Language"]) == ("5", tagged)
    assert named["Content-Type"] == "text/plain; charset=utf-8"


class Asking:
    """A connection on which a stranger has asked for something."""

    def __init__(self, accepted: str = "") -> None:
        self.requests = [Request({"ACCEPT_LANGUAGE": accepted} if accepted else {})]

    def cancel(self) -> None:
        pass


class Request:
    passage = gate.STRANGE
    error: Any = None

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers
