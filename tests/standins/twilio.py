"""Twilio's Messages API on this machine: it answers as Twilio does, and misbehaves on demand.

In a test it is a context manager with a thread of its own:

    with TwilioStandIn() as twilio:
        twilio.script = ["reset_after", "ok"]
        ...  # talk to twilio.url
        assert twilio.duplicates() == []

A benchmark runs it as a process of its own, `python -m tests.standins.twilio --port 0`, which prints
its address and is steered with JSON:

    GET  /_standin/state      what was counted
    GET  /_standin/messages   every message that was accepted
    POST /_standin/faults     {"rates": {"reset_after": 0.01}, "script": [], "read_script": [],
                               "latency": [0.02, 0.2], "retry_after": 1, "hang_seconds": 5, "seed": 1}
    POST /_standin/clock      {"now": "2025-09-30T09:00:00+08:00"}, which goes on from there; or null
    POST /_standin/reset      forget every message and count

The connection handling is by hand, since an ordinary server would be slower than what it measures.
"""

import argparse
import asyncio
import base64
import bisect
import dataclasses
import datetime
import email.utils
import json
import random
import re
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0" * 32
TOKEN = "the-token-of-a-stand-in"
NUMBER = "+15005550006"
"""The sender that the test credentials let send."""

MAGIC_TO = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}

PAGE_SIZE, LARGEST_PAGE = 50, 1_000


@dataclass(frozen=True)
class Fault:
    """One way to misbehave; `after` the message was taken, or before."""

    what: str
    """status | reset | close | hang | malformed | truncated | empty"""
    after: bool = False
    status: int = 200
    code: int | None = None
    retry_after: str | None = None


FAULTS: dict[str, Fault] = {
    "throttled": Fault("status", status=429, code=20429, retry_after="default"),
    "error_before": Fault("status", status=500, code=20500),
    "error_after": Fault("status", status=500, code=20500, after=True),
    "unavailable_before": Fault("status", status=503, code=20503),
    "unavailable_after": Fault("status", status=503, code=20503, after=True),
    "reset_before": Fault("reset"),
    "reset_after": Fault("reset", after=True),
    "close_before": Fault("close"),
    "close_after": Fault("close", after=True),
    "hang_before": Fault("hang"),
    "hang_after": Fault("hang", after=True),
    "malformed_after": Fault("malformed", after=True),
    "truncated_after": Fault("truncated", after=True),
    "empty_after": Fault("empty", after=True),
}
"""By the name that scripts and rates use; "ok" is none of them."""

Step = str | Fault


@dataclass
class Message:
    """A message that was accepted."""

    sid: str
    to: str
    body: str
    sender: str
    messaging_service: str
    status_callback: str
    validity_period: str
    received: float
    """time.monotonic()"""
    created: datetime.datetime
    direction: str = "outbound-api"
    status: str = "queued"
    sent: datetime.datetime | None = None
    error_code: int | None = None


@dataclass(frozen=True)
class Hook:
    """A signed request as Twilio makes it to us: a status callback, or a message from a client."""

    url: str
    form: dict[str, str]
    headers: dict[str, str]

    def post(self, via: str = "", timeout: float = 10) -> int:
        """Make it, to the host of `via` if the public one is not there; the HTTP status."""
        parts = urlsplit(self.url)
        if via:
            parts = parts._replace(scheme=urlsplit(via).scheme, netloc=urlsplit(via).netloc)
        request = urllib.request.Request(
            parts.geturl(), urlencode(self.form).encode(), self.headers, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


def signed(token: str, url: str, form: dict[str, str]) -> Hook:
    """A request to `url` as Twilio signs it."""
    signature = RequestValidator(token).compute_signature(url, form)
    return Hook(
        url,
        form,
        {
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
        },
    )


@dataclass
class TwilioStandIn:
    """One account; what is set here may be set while it runs."""

    account: str = ACCOUNT
    token: str = TOKEN
    port: int = 0
    seed: int = 1
    rates: dict[str, float] = field(default_factory=dict)
    """How often a POST misbehaves, and how."""
    script: list[Step] = field(default_factory=list)
    """What the next POSTs do, one each; used up before `rates` count."""
    read_script: list[Step] = field(default_factory=list)
    """What the next GETs do."""
    latency: tuple[float, float] = (0, 0)
    """Seconds until an answer, between these."""
    retry_after: str = "1"
    hang_seconds: float | None = None
    """How long "hang" hangs before it answers; None: for ever."""
    clock: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC)
    largest_page: int = LARGEST_PAGE
    """However many are asked for: a small one makes for many pages."""
    magic: bool = True
    """Whether the numbers of the test credentials do what they do."""

    messages: list[Message] = field(default_factory=list)
    """In the order in which they were taken."""
    opted_out: set[str] = field(default_factory=set)
    """Numbers that sent STOP: Twilio itself refuses them from then on."""
    arrivals: list[tuple[float, str]] = field(default_factory=list)
    """When every request came (time.monotonic()), and its method."""
    paths: list[str] = field(default_factory=list)
    """What was asked for with GET, query included."""
    answered: Counter[str] = field(default_factory=Counter)
    """How often it answered what: a status, or the name of what it did instead."""
    connections: int = 0

    def __post_init__(self) -> None:
        self.forget()
        self._random = random.Random(self.seed)
        self._open: set[_Connection] = set()

    def __enter__(self) -> "TwilioStandIn":
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the stand-in did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def serve_forever(self) -> None:
        """In this thread, and say where."""
        self._loop = asyncio.new_event_loop()
        self._run(threading.Event(), announce=True)

    @property
    def url(self) -> str:
        """What `base_url` is set to."""
        return f"http://127.0.0.1:{self.port}"

    def _run(self, ready: threading.Event, announce: bool = False) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: _Connection(self), "127.0.0.1", self.port, backlog=1_024
            )
        )
        self.port = server.sockets[0].getsockname()[1]
        if announce:
            print(self.url, flush=True)
        ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for each in list(self._open):
                each.transport.abort()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    # what it knows

    def duplicates(self) -> list[tuple[str, str]]:
        """Number and words of whatever was taken more than once."""
        counts = Counter(
            (each.to, each.body) for each in self.messages if each.direction != "inbound"
        )
        return [what for what, count in counts.items() if count > 1]

    def peak_per_second(self) -> int:
        """The most POSTs that arrived within any one second, whatever they were answered."""
        times = [when for when, method in self.arrivals if method == "POST"]
        return max(
            (bisect.bisect_left(times, when + 1) - at for at, when in enumerate(times)), default=0
        )

    def has_nobody_left(self, seconds: float = 5) -> bool:
        """Whether all connections have ended, or do so before long."""
        last = time.monotonic() + seconds
        while self._open and time.monotonic() < last:
            time.sleep(0.005)
        return not self._open

    def forget(self) -> None:
        """Every message and every count."""
        self.messages.clear()
        self.arrivals.clear()
        self.paths.clear()
        self.answered.clear()
        self.opted_out.clear()
        self.connections = 0
        self._by_number: dict[str, list[Message]] = defaultdict(list)
        self._by_sid: dict[str, Message] = {}

    def add(self, to: str, body: str, **known: Any) -> Message:
        """A message that was taken earlier, or elsewhere; `known` are fields of `Message`."""
        facts: dict[str, Any] = {
            "sid": f"SM{uuid.uuid4().hex}",
            "sender": NUMBER,
            "messaging_service": "",
            "status_callback": "",
            "validity_period": "",
            "received": time.monotonic(),
            "created": known.get("created") or self.clock(),
        }
        message = Message(to=to, body=body, **{**facts, **known})
        self.messages.append(message)
        self._by_number[to].append(message)
        self._by_sid[message.sid] = message
        return message

    # what it does by itself

    def callbacks(
        self,
        messages: Iterable[Message] | None = None,
        outcome: str = "delivered",
        error_code: int | None = None,
        duplicated: float = 0,
        shuffled: bool = False,
    ) -> list[Hook]:
        """`sent`, then the outcome, of every message that asked for it.

        `duplicated` is the share of those that come twice. Shuffled, they come in any order.
        """
        hooks: list[Hook] = []
        for message in list(self.messages if messages is None else messages):
            if not message.status_callback:
                continue
            for status in ("sent", outcome) if outcome != "sent" else ("sent",):
                hooks.append(self.callback(message, status, error_code))
                if self._random.random() < duplicated:
                    hooks.append(hooks[-1])
        if shuffled:
            self._random.shuffle(hooks)
        return hooks

    def callback(self, message: Message, status: str, error_code: int | None = None) -> Hook:
        """One status callback; the message has that status from now on."""
        message.status = status
        message.sent = message.sent or self.clock()
        form = {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "From": message.sender,
            "MessageSid": message.sid,
            "MessageStatus": status,
            "SmsSid": message.sid,
            "SmsStatus": status,
            "To": message.to,
        }
        if message.messaging_service:
            form["MessagingServiceSid"] = message.messaging_service
        if status in ("undelivered", "failed") and error_code:
            message.error_code = error_code
            form["ErrorCode"] = str(error_code)
        return signed(self.token, message.status_callback, form)

    def inbound(
        self, url: str, sender: str, body: str, opt_out: str = "", sid: str = "", to: str = NUMBER
    ) -> Hook:
        """A client's message to our number; `opt_out` is STOP, START or HELP, as Twilio reads it."""
        if opt_out == "STOP":
            self.opted_out.add(sender)
        elif opt_out == "START":
            self.opted_out.discard(sender)
        sid = sid or f"SM{uuid.uuid4().hex}"
        form = {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "Body": body,
            "From": sender,
            "MessageSid": sid,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": to,
        }
        if opt_out:
            form["OptOutType"] = opt_out
        return signed(self.token, url, form)

    # what it is asked; everything from here runs in its own thread

    def answer(self, request: "_Request", connection: "_Connection") -> None:
        self.arrivals.append((time.monotonic(), request.method))
        if request.method == "GET":
            self.paths.append(request.target)
        fault, name = self._fault(request.method)
        if fault and not fault.after:
            connection.misbehave(fault, name, *self._normal(request, never=True))
            return
        status, payload = self._normal(request)
        if fault:
            connection.misbehave(fault, name, status, payload)
        else:
            connection.reply(status, payload)

    def _fault(self, method: str) -> tuple[Fault | None, str]:
        script = self.script if method == "POST" else self.read_script
        if script:
            step = script.pop(0)
            return (step, step.what) if isinstance(step, Fault) else (FAULTS.get(step), step)
        if method == "POST" and self.rates:
            at = self._random.random()
            for name, share in self.rates.items():
                at -= share
                if at < 0:
                    return FAULTS[name], name
        return None, ""

    def _normal(self, request: "_Request", never: bool = False) -> tuple[int, dict[str, Any]]:
        """What Twilio would answer; with `never`, what it would to someone it has taken nothing from."""
        if never:
            return 503, problem(503, 20503)
        if request.authorization != self._credentials():
            return 401, problem(401, 20003)
        resource = f"/2010-04-01/Accounts/{self.account}/Messages"
        path, _, query = request.target.partition("?")
        if request.method == "POST" and path == f"{resource}.json":
            return self._create(dict(parse_qsl(request.body.decode(), keep_blank_values=True)))
        if request.method == "GET" and path == f"{resource}.json":
            return self._list(path, dict(parse_qsl(query)))
        found = re.fullmatch(re.escape(resource) + r"/(\w+)\.json", path)
        message = self._by_sid.get(found[1]) if found else None
        if request.method == "GET" and message:
            return 200, self._shown(message)
        return 404, problem(404, 20404)

    def _credentials(self) -> str:
        pair = f"{self.account}:{self.token}"
        return "Basic " + base64.b64encode(pair.encode()).decode()

    def _create(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        code = self._mistake(form)
        if code:
            return 400, problem(400, code, form.get("To", ""))
        message = self.add(
            form["To"],
            form["Body"],
            sender=form.get("From", ""),
            messaging_service=form.get("MessagingServiceSid", ""),
            status_callback=form.get("StatusCallback", ""),
            validity_period=form.get("ValidityPeriod", ""),
            status="accepted" if form.get("MessagingServiceSid") else "queued",
        )
        return 201, self._shown(message)

    def _mistake(self, form: Mapping[str, str]) -> int | None:
        to = form.get("To", "")
        if not to:
            return 21604
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return 21603
        if not form.get("Body"):
            return 21602
        if len(form["Body"]) > 1_600:
            return 21617
        if to in self.opted_out:
            return 21610
        return MAGIC_TO.get(to) if self.magic else None

    def _list(self, path: str, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        listed = self._by_number.get(query["To"], []) if "To" in query else self.messages
        size = min(int(query.get("PageSize", PAGE_SIZE)), self.largest_page)
        number = int(query.get("Page", 0))
        # the token says where the page before ended, so that what came in meanwhile moves nothing
        end = int(query["PageToken"][2:]) if "PageToken" in query else len(listed)
        start = max(0, end - size)
        following = {**query, "PageSize": size, "Page": number + 1, "PageToken": f"PA{start}"}
        return 200, {
            "messages": [self._shown(each) for each in reversed(listed[start:end])],
            "page": number,
            "page_size": size,
            "start": len(listed) - end,
            "end": len(listed) - start - 1,
            "first_page_uri": f"{path}?{urlencode({**query, 'Page': 0})}",
            "next_page_uri": f"{path}?{urlencode(following)}" if start else None,
            "previous_page_uri": None,
            "uri": f"{path}?{urlencode(query)}",
        }

    def _shown(self, message: Message) -> dict[str, Any]:
        created = email.utils.format_datetime(message.created.astimezone(datetime.UTC))
        sent = message.sent and email.utils.format_datetime(message.sent.astimezone(datetime.UTC))
        path = f"/2010-04-01/Accounts/{self.account}/Messages/{message.sid}"
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": message.body,
            "date_created": created,
            "date_sent": sent,
            "date_updated": sent or created,
            "direction": message.direction,
            "error_code": message.error_code,
            "error_message": None,
            "from": message.sender or None,
            "messaging_service_sid": message.messaging_service or None,
            "num_media": "0",
            "num_segments": "0" if message.messaging_service else "1",
            "price": None,
            "price_unit": None,
            "sid": message.sid,
            "status": message.status,
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": message.to,
            "uri": f"{path}.json",
        }

    # how another process steers it

    def steer(self, request: "_Request") -> tuple[int, Any]:
        sent = json.loads(request.body) if request.body else None
        match request.method, request.target.removeprefix("/_standin/"):
            case "GET", "state":
                return 200, self._state()
            case "GET", "messages":
                return 200, [
                    {
                        **dataclasses.asdict(each),
                        "created": str(each.created),
                        "sent": str(each.sent),
                    }
                    for each in self.messages
                ]
            case "POST", "faults":
                return self._misbehave(sent)
            case "POST", "clock":
                self._set_clock(sent["now"])
                return 200, {}
            case "POST", "reset":
                self.forget()
                return 200, {}
        return 404, {"error": "there is state, messages, faults, clock and reset"}

    def _state(self) -> dict[str, Any]:
        outbound = [each for each in self.messages if each.direction != "inbound"]
        return {
            "requests": len(self.arrivals),
            "posts": sum(1 for _, method in self.arrivals if method == "POST"),
            "accepted": len(outbound),
            "duplicates": len(self.duplicates()),
            "peak_per_second": self.peak_per_second(),
            "answered": dict(self.answered),
            "connections": self.connections,
        }

    def _misbehave(self, wanted: dict[str, Any]) -> tuple[int, Any]:
        steps = [
            *wanted.get("rates", {}),
            *wanted.get("script", ()),
            *wanted.get("read_script", ()),
        ]
        unknown = sorted({str(each) for each in steps} - {"ok", *FAULTS})
        if unknown:
            return 400, {"error": f"there is no fault {', '.join(unknown)}"}
        for name in ("rates", "script", "read_script", "hang_seconds"):
            if name in wanted:
                setattr(self, name, wanted[name])
        if "latency" in wanted:
            low, high = wanted["latency"]
            self.latency = (low, high)
        if "retry_after" in wanted:
            self.retry_after = str(wanted["retry_after"])
        if "seed" in wanted:
            self._random.seed(wanted["seed"])
        return 200, {}

    def _set_clock(self, now: str | None) -> None:
        def real() -> datetime.datetime:
            return datetime.datetime.now(datetime.UTC)

        if now is None:
            self.clock = real
            return
        shift = datetime.datetime.fromisoformat(now) - real()
        self.clock = lambda: real() + shift


def problem(status: int, code: int | None, number: str = "") -> dict[str, Any]:
    """What Twilio says of a mistake: it repeats the number, as a log should not."""
    return {
        "code": code,
        "message": f"Something is wrong with {number or 'this'}.",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


@dataclass(slots=True)
class _Request:
    method: str
    target: str
    authorization: str
    body: bytes


REASONS = {200: "OK", 201: "CREATED", 400: "BAD REQUEST", 401: "UNAUTHORIZED", 404: "NOT FOUND"}


class _Connection(asyncio.Protocol):
    """One connection, kept open; one request at a time, as HTTP clients do it."""

    transport: asyncio.Transport

    def __init__(self, standin: TwilioStandIn) -> None:
        self._standin = standin
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._standin.connections += 1
        self._standin._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._standin._open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while request := self._take():
            if request.target.startswith("/_standin/"):
                self._steered(request)
            else:
                self._standin.answer(request, self)

    def _take(self) -> _Request | None:
        """The first whole request of what was received so far."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = self._received[:end].decode("latin-1").split("\r\n")
        length, authorization = 0, ""
        for line in lines:
            name, _, value = line.partition(":")
            match name.lower():
                case "content-length":
                    length = int(value)
                case "authorization":
                    authorization = value.strip()
        whole = end + 4 + length
        if len(self._received) < whole:
            return None
        body = bytes(self._received[end + 4 : whole])
        del self._received[:whole]
        method, target, _ = first.split(" ", 2)
        return _Request(method, target, authorization, body)

    def _steered(self, request: _Request) -> None:
        try:
            status, payload = self._standin.steer(request)
        except (ValueError, KeyError, TypeError) as error:
            status, payload = 400, {"error": repr(error)}
        self._write(status, json.dumps(payload).encode())

    def reply(self, status: int, payload: Any, headers: str = "", note: str = "") -> None:
        """Answer, as late as the stand-in is set to."""
        self._standin.answered[note or str(status)] += 1
        body = json.dumps(payload).encode()
        low, high = self._standin.latency
        if high <= 0:
            self._write(status, body, headers)
            return
        wait = self._standin._random.uniform(low, high)
        self._standin._loop.call_later(wait, self._write, status, body, headers)

    def misbehave(self, fault: Fault, name: str, status: int, payload: Any) -> None:
        """Do the fault instead of the answer, which would have been `status` and `payload`."""
        match fault.what:
            case "status":
                pause = fault.retry_after
                pause = self._standin.retry_after if pause == "default" else pause
                headers = "" if pause is None else f"Retry-After: {pause}\r\n"
                self.reply(
                    fault.status, problem(fault.status, fault.code, "+12025550111"), headers, name
                )
                return
            case "hang":
                seconds = self._standin.hang_seconds
                if seconds is not None:
                    body = json.dumps(payload).encode()
                    self._standin._loop.call_later(seconds, self._write, status, body)
            case "reset":
                self._reset()
            case "close":
                self.transport.close()
            case "malformed":
                self._write(status, b'{"sid": "SM')
            case "empty":
                self._write(status, b"{}")
            case "truncated":
                body = json.dumps(payload).encode()
                self._write(status, body[: len(body) // 2], length=len(body))
                self.transport.close()
            case what:
                raise ValueError(what)
        self._standin.answered[name] += 1

    def _reset(self) -> None:
        """A RST, as of a machine that went down, and not an orderly end."""
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _write(
        self, status: int, body: bytes, headers: str = "", length: int | None = None
    ) -> None:
        if self.transport.is_closing():
            return
        reason = REASONS.get(status, "OTHER")
        length = len(body) if length is None else length
        head = (
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json;charset=utf-8\r\n"
            f"Content-Length: {length}\r\n{headers}\r\n"
        )
        self.transport.write(head.encode() + body)


def main() -> None:
    """A stand-in of its own process."""
    options = argparse.ArgumentParser(description="Twilio's Messages API on this machine.")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--account", default=ACCOUNT)
    options.add_argument("--token", default=TOKEN)
    options.add_argument("--seed", type=int, default=1)
    said = options.parse_args()
    TwilioStandIn(said.account, said.token, said.port, said.seed).serve_forever()


if __name__ == "__main__":
    main()
