"""Email: the letter arrives as it was written, and nobody claims to know more than was said."""

import asyncio
import contextlib
import datetime
import logging
import re
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from servicing.channels import (
    Accepted,
    Answer,
    Capabilities,
    Lookup,
    Outgoing,
    Rejected,
    Throttled,
    Unknown,
)
from servicing.channels.smtp_email import SmtpEmail
from servicing.core import errors
from servicing.core.settings import Smtp
from tests.refusals import english, refuses
from tests.servicing import letters

PASSWORD = "the-password-that-nobody-may-see"
HASTE = 2.0
"""Seconds the impatient wait: longer than a busy machine stands still."""
"""Seconds that are waited where the server will not answer; elsewhere there is time."""
URL = "https://service.example.com/unsubscribe/" + "x" * 120


class MailServer(Controller):
    """A real mail server that misbehaves where it is told to."""

    def __init__(self, tls: ssl.SSLContext | None = None, **known: Any) -> None:
        self.known = {"enable_SMTPUTF8": True, "ident": "a server", **known}
        self.arrived: list[Envelope] = []
        self.connections = 0
        self.faults: dict[str, deque[str]] = {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        super().__init__(self, hostname="127.0.0.1", port=port, ssl_context=tls)

    def will(self, stage: str, *replies: str) -> None:
        """What it says there next, instead of what it should: a reply, or `drop`, or `hang`."""
        self.faults.setdefault(stage, deque()).extend(replies)

    def letter(self, number: int = -1) -> EmailMessage:
        content = self.arrived[number].content
        assert isinstance(content, bytes)
        found = message_from_bytes(content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def factory(self) -> SMTP:
        return _Session(self, loop=self.loop, **self.known)

    async def fault(self, stage: str, session: SMTP) -> str:
        planned = self.faults.get(stage)
        reply = planned.popleft() if planned else ""
        if reply == "hang":
            await asyncio.sleep(3600)  # aiosmtpd ends it when the client has gone
        if reply in ("drop", "hang"):
            session.transport.abort()
            return "451 nobody hears this"
        return reply

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += not session.ssl  # after STARTTLS it is greeted again
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self.fault("MAIL", server) or "250 OK"
        if reply.startswith("250"):
            envelope.mail_from, envelope.mail_options = address, options
        return reply

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self.fault("RCPT", server) or "250 OK"
        if reply.startswith("25"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope
    ) -> str:
        reply = await self.fault("END", server) or "250 OK"
        if reply.startswith("250"):
            self.arrived.append(envelope)
        return reply


class _Session(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        server: MailServer = self.event_handler
        if reply := await server.fault("DATA", self):
            await self.push(reply)
        elif server.faults.get("LETTER"):
            await self.push("354 go on")
            await asyncio.sleep(0.05)  # it has begun to write
            await server.fault("LETTER", self)
        else:
            await super().smtp_DATA(arg)


@contextlib.contextmanager
def running(tls: ssl.SSLContext | None = None, **known: Any) -> Iterator[MailServer]:
    server = MailServer(tls, **known)
    server.start()
    server.connections = 0
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as server:
        yield server


def to(server: MailServer, **known: Any) -> SmtpEmail:
    facts = {
        "host": "127.0.0.1",
        "port": server.port,
        "sender": "示例人寿 <no-reply@example.com>",
        "timeout_seconds": 10,
    }
    return SmtpEmail(Smtp(**{**facts, **known}))


@pytest.fixture
def channel(server: MailServer) -> Iterator[SmtpEmail]:
    channel = to(server)
    yield channel
    channel.close()


def to_lin_wei(**known: Any) -> Outgoing:
    facts = {
        "channel": "email",
        "address": "lin.wei@example.org",
        "subject": "满一个月了",
        "body": "林伟先生：\n\n您的保单已满一个月。\n陈燕",
        "handed_over_at": datetime.datetime(2025, 9, 30, 2, 0, tzinfo=datetime.UTC),
        "not_after": datetime.datetime(2025, 9, 30, 12, 0, tzinfo=datetime.UTC),
    }
    return letters.to_lin_wei(**{**facts, **known})


def text_of(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


# ------------------------------------------------------------------------------------------ letters


def test_a_letter_arrives_as_it_was_written(server: MailServer, channel: SmtpEmail) -> None:
    assert channel.send(to_lin_wei()) == Accepted("<servicing.7@example.com>")
    envelope, letter = server.arrived[0], server.letter()
    assert envelope.mail_from == "no-reply@example.com"
    assert envelope.rcpt_tos == ["lin.wei@example.org"]
    assert {
        name: str(value)
        for name, value in letter.items()
        if not name.startswith(("Content", "MIME"))
    } == {
        "From": "示例人寿 <no-reply@example.com>",
        "To": "lin.wei@example.org",
        "Subject": "满一个月了",
        "Date": "Tue, 30 Sep 2025 02:00:00 +0000",
        "Message-ID": "<servicing.7@example.com>",
        "Auto-Submitted": "auto-generated",
    }
    assert text_of(letter, "plain") == "林伟先生：\n\n您的保单已满一个月。\n陈燕\n"
    assert not letter.defects


def test_the_same_letter_is_there_as_a_small_page(server: MailServer, channel: SmtpEmail) -> None:
    channel.send(to_lin_wei())
    assert server.letter().get_content_type() == "multipart/alternative"
    page = text_of(server.letter(), "html")
    assert '<html lang="zh-CN">' in page
    assert "<title>满一个月了</title>" in page
    assert "<p>林伟先生：</p>\n<p>您的保单已满一个月。<br>\n陈燕</p>" in page
    assert "src=" not in page
    assert "url(" not in page


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize(
    ("body", "links"),
    [
        ("见https://a.example/x?y=1&z=2，谢谢", ["https://a.example/x?y=1&z=2"]),
        ("(see http://a.example/b).", ["http://a.example/b"]),
        ("https://a.example https://b.example/c!", ["https://a.example", "https://b.example/c"]),
        ('https://a.example/"onclick="x', ["https://a.example/"]),
        ("https://a.example/<b>", ["https://a.example/"]),
        ("javascript:alert(1) ftp://a.example", []),
        ("https://", []),
    ],
)
def test_links_can_be_clicked_and_nothing_else_can(
    server: MailServer, channel: SmtpEmail, body: str, links: list[str]
) -> None:
    channel.send(to_lin_wei(body=body))
    page = Tags(text_of(server.letter(), "html"))
    assert page.links == links
    assert body in page.words
    assert text_of(server.letter(), "plain") == f"{body}\n"


def test_what_a_book_says_is_text_and_never_markup(server: MailServer, channel: SmtpEmail) -> None:
    evil = "</title><script>alert('林伟')</script> & {{ 7 * 7 }}"
    channel.send(to_lin_wei(subject=evil, body=evil))
    page = Tags(text_of(server.letter(), "html"))
    assert "script" not in page.tags
    assert page.words.count(evil) == 2
    assert server.letter()["Subject"] == evil


@pytest.mark.parametrize(
    "body", [".", "..\n.\n.x", "x\r\n.\r\nQUIT\r\n", "a" * 3_000, "李" * 999, ""]
)
def test_no_text_is_mistaken_for_the_end(server: MailServer, channel: SmtpEmail, body: str) -> None:
    assert isinstance(channel.send(to_lin_wei(body=body)), Accepted)
    assert text_of(server.letter(), "plain") == "\n".join(body.strip().splitlines()) + "\n"


def test_what_goes_over_the_wire_is_ascii_in_short_lines(
    server: MailServer, channel: SmtpEmail
) -> None:
    channel.send(to_lin_wei(subject="满一个月了" * 40, body="林伟" * 2_000))
    content = server.arrived[0].content
    assert isinstance(content, bytes)
    assert content.isascii()
    assert max(len(line) for line in content.splitlines()) <= 78
    assert server.letter()["Subject"] == "满一个月了" * 40


# -------------------------------------------------------------------------------------- unsubscribe


@pytest.mark.parametrize(("locale", "words"), [("zh_CN", "不想再收到"), ("en", "unsubscribe here")])
def test_marketing_mail_can_be_ended_with_one_click(
    server: MailServer, channel: SmtpEmail, locale: str, words: str
) -> None:
    channel.send(to_lin_wei(message_class="marketing", unsubscribe_url=URL, locale=locale))
    letter = server.letter()
    assert letter["List-Unsubscribe"] == f"<{URL}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    content = server.arrived[0].content
    assert f"List-Unsubscribe: <{URL}>\r\n".encode() in content  # as it is: programs read it
    last = text_of(letter, "plain").splitlines()[-1]
    assert words in last
    assert last.endswith(URL)
    page = Tags(text_of(letter, "html"))
    assert page.links == [URL]
    assert words in page.words


@pytest.mark.parametrize(
    "known",
    [
        {"message_class": "service", "unsubscribe_url": URL},
        {"message_class": "marketing", "unsubscribe_url": ""},
    ],
)
def test_other_mail_says_nothing_of_it(
    server: MailServer, channel: SmtpEmail, known: dict[str, str]
) -> None:
    channel.send(to_lin_wei(**known))
    assert b"nsubscribe" not in server.arrived[0].content
    assert "退订" not in text_of(server.letter(), "plain") + text_of(server.letter(), "html")


# -------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\u2028", "\x00", "\x85"])
def test_a_line_break_cannot_begin_another_header(
    server: MailServer, channel: SmtpEmail, line_break: str
) -> None:
    evil = f"x{line_break}Bcc: eve@example.net"
    known = {
        "subject": evil,
        "message_class": "marketing",
        "unsubscribe_url": f"{URL}{line_break}B: c",
    }
    assert isinstance(channel.send(to_lin_wei(**known)), Accepted)
    letter = server.letter()
    assert letter["Subject"] == "x Bcc: eve@example.net"
    assert letter["Bcc"] is None
    assert letter["B"] is None
    address = f"lin.wei@example.org{line_break}RCPT TO:<eve@example.net>"
    assert channel.send(to_lin_wei(address=address)) == Rejected("number", "address")
    assert [each.rcpt_tos for each in server.arrived] == [["lin.wei@example.org"]]


@pytest.mark.parametrize(
    "address",
    ["", "lin", "lin@", "@example.org", "a@b@c", "a b@c.d", "<a@b.c>", "a@b..c", "a,b@c.d"],
)
def test_what_is_no_address_is_refused_before_anybody_hears_of_it(
    server: MailServer, channel: SmtpEmail, address: str
) -> None:
    assert channel.send(to_lin_wei(address=address)) == Rejected("number", "address")
    assert server.connections == 0


def test_a_domain_may_be_chinese(server: MailServer, channel: SmtpEmail) -> None:
    channel.send(to_lin_wei(address="lin@例子.cn"))
    assert server.arrived[0].rcpt_tos == ["lin@xn--fsqu00a.cn"]


def test_a_chinese_address_needs_a_server_that_knows_them(
    server: MailServer, channel: SmtpEmail
) -> None:
    message = to_lin_wei(address="林伟@example.org")
    assert isinstance(channel.send(message), Accepted)
    assert server.arrived[0].rcpt_tos == ["林伟@example.org"]
    assert server.letter()["Subject"] == "满一个月了"
    assert "林伟@example.org" in server.arrived[0].content.decode("utf-8")
    assert text_of(server.letter(), "plain") == "林伟先生：\n\n您的保单已满一个月。\n陈燕\n"
    with running(enable_SMTPUTF8=False) as old, contextlib.closing(to(old)) as to_old:
        assert to_old.send(message) == Rejected("number", "SMTPUTF8")
        assert isinstance(to_old.send(to_lin_wei()), Accepted)
        assert old.connections == 1


# ------------------------------------------------------------------------------------------ answers

ANSWERS: list[tuple[str, str, Answer]] = [
    ("MAIL", "421 too busy", Throttled(None, "421")),
    ("MAIL", "450 later", Throttled(None, "450")),
    ("MAIL", "550 not from you", Rejected("configuration", "550")),
    ("MAIL", "530 authentication required", Rejected("configuration", "530")),
    ("MAIL", "drop", Throttled(None, "disconnected")),
    ("MAIL", "hang", Throttled(None, "disconnected")),
    ("MAIL", "hello", Throttled(None, "no answer")),
    ("RCPT", "421 too busy", Throttled(None, "421")),
    ("RCPT", "451 <lin.wei@example.org> greylisted", Throttled(None, "451")),
    ("RCPT", "550 <lin.wei@example.org> unknown", Rejected("number", "550")),
    ("RCPT", "553 no such mailbox", Rejected("number", "553")),
    ("RCPT", "550 5.1.1 no such user here", Rejected("number", "550 5.1.1")),
    ("RCPT", "550 5.1.10 recipient does not exist", Rejected("number", "550 5.1.10")),
    ("RCPT", "553 5.1.3 bad destination address", Rejected("number", "553 5.1.3")),
    ("RCPT", "550 #5.1.0 Address rejected.", Rejected("number", "550 5.1.0")),
    ("RCPT", "554 lin.wei: Recipient rejected (5.1.1)", Rejected("number", "554 5.1.1")),
    ("RCPT", "550 5.1.8 sender's domain not found", Rejected("blocked", "550 5.1.8")),
    ("RCPT", "552 5.2.2 mailbox full", Rejected("mailbox", "552 5.2.2")),
    ("RCPT", "550 5.2.1 mailbox disabled", Rejected("mailbox", "550 5.2.1")),
    ("RCPT", "550 5.4.1 no way there", Rejected("mailbox", "550 5.4.1")),
    ("RCPT", "550 5.7.1 client host blocked", Rejected("blocked", "550 5.7.1")),
    ("RCPT", "554 5.7.1 rejected by policy", Rejected("blocked", "554 5.7.1")),
    ("RCPT", "550 5.7.26 sender not authenticated", Rejected("blocked", "550 5.7.26")),
    ("RCPT", "550-5.7.1 see\r\n550 5.7.1 below", Rejected("blocked", "550 5.7.1")),
    ("RCPT", "450 4.2.0 try again later", Throttled(None, "450 4.2.0")),
    ("RCPT", "452 4.2.2 mailbox full", Throttled(None, "452 4.2.2")),
    ("RCPT", "421 4.7.0 too many connections", Throttled(None, "421 4.7.0")),
    ("RCPT", "550 5.1.2.3 is unknown to us", Rejected("number", "550")),
    ("RCPT", "552 too much", Rejected("mailbox", "552")),
    ("RCPT", "554 relay access denied", Rejected("blocked", "554")),
    ("RCPT", "556 takes no mail", Rejected("number", "556")),
    ("RCPT", "530 authentication required", Rejected("configuration", "530")),
    ("RCPT", "drop", Throttled(None, "disconnected")),
    ("RCPT", "hang", Throttled(None, "disconnected")),
    ("DATA", "451 not now", Throttled(None, "451")),
    ("DATA", "554 no", Rejected("content", "554")),
    ("DATA", "drop", Throttled(None, "disconnected")),
    ("DATA", "hang", Throttled(None, "disconnected")),
    ("DATA", "250 what letter", Throttled(None, "no answer")),
    ("LETTER", "drop", Unknown("disconnected")),
    ("LETTER", "hang", Unknown("disconnected")),
    ("MAIL", "550 5.7.1 not from you", Rejected("configuration", "550 5.7.1")),
    ("MAIL", "550 5.1.8 no such sender", Rejected("configuration", "550 5.1.8")),
    ("END", "550 5.1.1 no such user", Rejected("number", "550 5.1.1")),
    ("END", "552 5.2.2 mailbox full", Rejected("mailbox", "552 5.2.2")),
    ("END", "550 5.7.1 we are blocked", Rejected("blocked", "550 5.7.1")),
    ("END", "550 5.6.0 bad content", Rejected("content", "550 5.6.0")),
    ("END", "452 4.3.1 no room", Throttled(None, "452 4.3.1")),
    ("END", "421 closing", Throttled(None, "421")),
    ("END", "452 full", Throttled(None, "452")),
    ("END", "554 spam", Rejected("content", "554")),
    ("END", "drop", Unknown("disconnected")),
    ("END", "hang", Unknown("disconnected")),
    ("END", "hello", Unknown("no answer")),
    ("END", "354 go on", Unknown("no answer")),
]


@pytest.mark.parametrize(("stage", "reply", "answer"), ANSWERS)
def test_every_answer_means_one_thing_and_the_next_letter_leaves(
    server: MailServer, stage: str, reply: str, answer: Answer
) -> None:
    channel = to(server, timeout_seconds=HASTE if reply == "hang" else 10)
    server.will(stage, reply)
    assert channel.send(to_lin_wei()) == answer
    assert isinstance(channel.send(to_lin_wei(id=8)), Accepted)
    ids = [str(server.letter(number)["Message-ID"]) for number in range(len(server.arrived))]
    assert ids == ["<servicing.8@example.com>"]
    channel.close()


def test_a_refusal_does_not_cost_the_connection(server: MailServer, channel: SmtpEmail) -> None:
    for stage, reply in (("MAIL", "450 x"), ("RCPT", "550 x"), ("DATA", "451 x"), ("END", "554 x")):
        server.will(stage, reply)
        channel.send(to_lin_wei())
    assert isinstance(channel.send(to_lin_wei()), Accepted)
    assert server.connections == 1


def test_every_attempt_carries_the_same_id(server: MailServer, channel: SmtpEmail) -> None:
    channel.send(to_lin_wei())
    later = datetime.datetime(2025, 9, 30, 5, 0, tzinfo=datetime.UTC)
    channel.send(to_lin_wei(handed_over_at=later))
    assert server.letter(0)["Message-ID"] == server.letter(1)["Message-ID"]


def test_nobody_can_be_asked_afterwards(server: MailServer, channel: SmtpEmail) -> None:
    channel.send(to_lin_wei())
    assert channel.find(to_lin_wei()) == Lookup("undecided")


@contextlib.contextmanager
def a_door(*says: bytes) -> Iterator[int]:
    """A port where whoever comes hears this, a line for every one of theirs, and nothing more."""

    def open_it() -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = door.accept()
                with contextlib.suppress(OSError), caller:
                    for line in says:
                        caller.sendall(line)
                        caller.recv(1_000)

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=open_it, daemon=True).start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)


GREETINGS: list[tuple[tuple[bytes, ...], dict[str, str], Answer]] = [
    ((b"421 too many of you\r\n",), {}, Throttled(None, "421")),
    ((b"554 not you\r\n",), {}, Rejected("configuration", "554")),
    ((), {}, Throttled(None, "disconnected")),
    ((b"SSH-2.0-OpenSSH\r\n",), {}, Throttled(None, "disconnected")),
    ((b"220 hello\r\n",), {}, Throttled(None, "disconnected")),
    ((b"220 hello\r\n", b"502 what\r\n", b"421 bye\r\n"), {}, Throttled(None, "421")),
    ((b"220 hello\r\n", b"502 what\r\n", b"550 no\r\n"), {}, Rejected("configuration", "550")),
    (
        (b"220 hello\r\n", b"250-x\r\n250 STARTTLS\r\n", b"454 not now\r\n"),
        {"security": "starttls"},
        Throttled(None, "454"),
    ),
    (
        (b"220 hello\r\n", b"250-x\r\n250 AUTH PLAIN\r\n", b"454 not now\r\n"),
        {"user": "x"},
        Throttled(None, "454"),
    ),
    (
        (b"220 hello\r\n", b"250-x\r\n250 AUTH MAGIC\r\n"),
        {"user": "x"},
        Rejected("configuration", "AUTH"),
    ),
    ((b"220 I speak no TLS\r\n",), {"security": "tls"}, Rejected("configuration", "TLS")),
]


@pytest.mark.parametrize(("says", "known", "answer"), GREETINGS)
def test_a_server_that_does_not_begin_has_nothing(
    says: tuple[bytes, ...], known: dict[str, str], answer: Answer
) -> None:
    with a_door(*says) as port:
        facts = {"host": "127.0.0.1", "sender": "a@example.com", "timeout_seconds": 5}
        assert SmtpEmail(Smtp(port=port, **{**facts, **known})).send(to_lin_wei()) == answer


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_server_that_cannot_be_reached_has_nothing(host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        settings = Smtp(host=host, port=taken.getsockname()[1], sender="a@example.com")
        assert SmtpEmail(settings).send(to_lin_wei()) == Throttled(None, "unreachable")


# -------------------------------------------------------------------------------------- connections


def test_one_connection_carries_many_letters(server: MailServer, channel: SmtpEmail) -> None:
    for number in range(1, 51):
        assert isinstance(channel.send(to_lin_wei(id=number)), Accepted)
    assert len(server.arrived) == 50
    assert server.connections == 1


def test_two_threads_have_two_connections(server: MailServer, channel: SmtpEmail) -> None:
    together = threading.Barrier(2)

    def send(number: int) -> list[Answer]:
        together.wait()
        return [channel.send(to_lin_wei(id=number * 100 + each)) for each in range(10)]

    with ThreadPoolExecutor(2) as threads:
        answers = [each for told in threads.map(send, (1, 2)) for each in told]
        assert all(isinstance(each, Accepted) for each in answers)
        assert server.connections == 2
        assert len({str(server.letter(n)["Message-ID"]) for n in range(20)}) == 20
        channel.close()


def test_a_connection_that_idled_too_long_is_opened_again() -> None:
    with running(timeout=0.1) as server, contextlib.closing(to(server)) as channel:
        for number in range(3):
            assert isinstance(channel.send(to_lin_wei(id=number)), Accepted)
            threading.Event().wait(0.25)
        assert server.connections == 3
        assert len(server.arrived) == 3


@pytest.mark.parametrize("reply", ["421 you were idle", "drop", "hang"])
def test_a_used_connection_that_ends_at_the_first_word_costs_nothing(
    server: MailServer, reply: str
) -> None:
    channel = to(server, timeout_seconds=HASTE if reply == "hang" else 10)
    channel.send(to_lin_wei(id=1))
    server.will("MAIL", reply)
    assert isinstance(channel.send(to_lin_wei(id=2)), Accepted)
    assert server.connections == 2
    assert len(server.arrived) == 2
    channel.close()


def test_it_is_opened_again_once_only(server: MailServer, channel: SmtpEmail) -> None:
    channel.send(to_lin_wei(id=1))
    server.will("MAIL", "drop", "drop", "drop")
    assert channel.send(to_lin_wei(id=2)) == Throttled(None, "disconnected")
    assert server.connections == 2


def test_a_letter_that_may_have_arrived_is_never_handed_over_again(
    server: MailServer, channel: SmtpEmail
) -> None:
    channel.send(to_lin_wei(id=1))
    server.will("END", "drop")
    assert channel.send(to_lin_wei(id=2)) == Unknown("disconnected")
    assert server.connections == 1
    assert len(server.arrived) == 1


def test_after_it_was_closed_it_can_be_used_again(server: MailServer, channel: SmtpEmail) -> None:
    channel.send(to_lin_wei())
    channel.close()
    channel.close()
    assert isinstance(channel.send(to_lin_wei()), Accepted)
    assert server.connections == 2


# ------------------------------------------------------------------------------------------ security


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_starttls_encrypts_what_follows(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        running(tls_context=tls, require_starttls=True) as server,
        contextlib.closing(to(server, security="starttls")) as channel,
    ):
        assert isinstance(channel.send(to_lin_wei()), Accepted)
        assert isinstance(channel.send(to_lin_wei(id=8)), Accepted)
        assert server.connections == 1


@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_from_the_first_byte(
    tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch, is_trusted: bool
) -> None:
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running(tls) as server:
        channel = to(server, security="tls")
        answer = channel.send(to_lin_wei())
        channel.close()
    expected = Accepted("<servicing.7@example.com>")
    assert answer == (expected if is_trusted else Rejected("configuration", "certificate"))


def test_a_server_that_nobody_vouches_for_gets_nothing(tls: ssl.SSLContext) -> None:
    with running(tls_context=tls) as server:
        answer = to(server, security="starttls").send(to_lin_wei())
    assert answer == Rejected("configuration", "certificate")
    assert server.arrived == []


def test_a_server_without_starttls_gets_nothing(server: MailServer) -> None:
    answer = to(server, security="starttls").send(to_lin_wei())
    assert answer == Rejected("configuration", "STARTTLS")
    assert server.arrived == []


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server, whatever its name, stands at an address of another machine."""
    at_its_place = socket.socket.getpeername
    monkeypatch.setattr(
        socket.socket, "getpeername", lambda of: ("198.51.100.7", at_its_place(of)[1])
    )


def a_listener(told: list[str]) -> Callable[..., AuthResult]:
    """Takes every password, and remembers it."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, said: Any) -> AuthResult:
        told.append(said.password.decode())
        return AuthResult(success=True)

    return check


PASSWORDS = [
    ("here", {}, "none", Accepted("<servicing.7@example.com>")),
    ("here", {}, "starttls", Rejected("configuration", "STARTTLS")),
    ("elsewhere", {}, "none", Rejected("configuration", "password in clear")),
    ("elsewhere", {}, "starttls", Rejected("configuration", "STARTTLS")),
    ("elsewhere", {"tls_context"}, "none", Rejected("configuration", "password in clear")),
    ("elsewhere", {"tls_context"}, "starttls", Accepted("<servicing.7@example.com>")),
    (
        "elsewhere",
        {"tls_context", "stranger"},
        "starttls",
        Rejected("configuration", "certificate"),
    ),
    ("elsewhere", {"tls"}, "tls", Accepted("<servicing.7@example.com>")),
    ("elsewhere", {"tls", "stranger"}, "tls", Rejected("configuration", "certificate")),
    ("elsewhere", {}, "tls", Rejected("configuration", "TLS")),
]
"""Where the server is, what it can, what is wanted of it, and what becomes of mail and password."""


@pytest.mark.parametrize(("where", "can", "security", "answer"), PASSWORDS)
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_password_is_sent_encrypted_or_not_at_all(
    where: str,
    can: set[str],
    security: str,
    answer: Answer,
    tls: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    told: list[str] = []
    known: dict[str, Any] = {"authenticator": a_listener(told), "auth_require_tls": False}
    if "tls_context" in can:
        known["tls_context"] = tls
    if "stranger" not in can:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running(tls if "tls" in can else None, **known) as server:
        if where == "elsewhere":
            request.getfixturevalue("elsewhere")
        channel = to(server, security=security, user="servicing", password=PASSWORD)
        assert channel.send(to_lin_wei()) == answer
        channel.close()
    is_sent = isinstance(answer, Accepted)
    assert told == ([PASSWORD] if is_sent else [])
    assert len(server.arrived) == is_sent


@pytest.mark.parametrize("code", ["STARTTLS", "certificate", "password in clear"])
def test_why_nothing_was_sent_is_said_in_a_sentence(code: str) -> None:
    said = english(errors.ChannelStopped("smtp", code))
    assert re.search("no STARTTLS|certificate .* not trusted|would leave .* unencrypted", said)


def an_authenticator() -> Callable[..., AuthResult]:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, told: Any) -> AuthResult:
        is_right = (told.login, told.password) == (b"servicing", PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    return check


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({"password": PASSWORD}, Accepted("<servicing.7@example.com>")),
        ({"password": "another"}, Rejected("configuration", "535")),
        ({"password": "密码"}, Rejected("configuration", "AUTH")),
        ({"user": ""}, Rejected("configuration", "530")),
    ],
)
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_it_logs_in_where_there_is_a_user(known: dict[str, str], answer: Answer) -> None:
    login = {"authenticator": an_authenticator(), "auth_required": True, "auth_require_tls": False}
    with running(**login) as server:
        channel = to(server, **{"user": "servicing", **known})
        assert channel.send(to_lin_wei()) == answer
        channel.close()


def test_a_user_for_a_server_that_knows_none(server: MailServer) -> None:
    answer = to(server, user="servicing", password=PASSWORD).send(to_lin_wei())
    assert answer == Rejected("configuration", "AUTH")


def test_addresses_and_secrets_stay_out_of_answers_and_logs(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    login = {"authenticator": an_authenticator(), "auth_require_tls": False}
    told: list[Answer] = []
    with running(**login) as server:
        # what the server itself writes down is not ours
        for name in ("mail.log", "mail.debug", "asyncio"):
            caplog.set_level(logging.CRITICAL, name)
        caplog.set_level(logging.DEBUG)
        channel = to(server, user="servicing", password=PASSWORD)
        told.append(channel.send(to_lin_wei()))
        for reply in ("550 <lin.wei@example.org> unknown", "451 <lin.wei@example.org>", "drop"):
            server.will("RCPT", reply)
            told.append(channel.send(to_lin_wei()))
        told.append(to(server, user="servicing", password=PASSWORD + "x").send(to_lin_wei()))
        channel.close()
    everything = repr(told) + caplog.text + "".join(capfd.readouterr())
    assert len(told) == 5
    for secret in ("lin.wei", PASSWORD, "林伟"):
        assert secret not in everything


# ----------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    "sender", ["", "  ", "servicing", "示例人寿", "no-reply@", "a@b@c", "林伟@example.org", "X <y>"]
)
def test_without_a_sender_there_is_no_mail(sender: str) -> None:
    with refuses(errors.BadSetting, match="^channels.smtp: sender is"):
        SmtpEmail(Smtp(sender=sender))


def test_without_a_host_there_is_no_mail() -> None:
    with refuses(errors.BadSetting, match="^channels.smtp: host is needed"):
        SmtpEmail(Smtp(host="", sender="a@example.com"))


def test_what_it_says_of_itself() -> None:
    able = SmtpEmail(
        Smtp(sender="a@example.com", messages_per_second=3, concurrency=2)
    ).capabilities
    assert able == Capabilities(messages_per_second=3, concurrency=2)
