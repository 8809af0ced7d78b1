"""Email by SMTP: one connection for many messages, and an exact border between sent and not sent.

Until the server has asked for the letter (354 in answer to DATA), nothing can have been sent, and
whatever breaks may be tried again. From its first byte on, only the server's last word counts; if
that does not come, nobody knows. A mail server cannot be asked afterwards: then a person decides.
"""

import contextlib
import ipaddress
import re
import smtplib
import ssl
import threading
import weakref
from collections.abc import Container, Iterator
from email.headerregistry import Address
from typing import NamedTuple

from servicing.channels import (
    Accepted,
    Answer,
    Capabilities,
    Lookup,
    Outgoing,
    Rejected,
    RejectKind,
    Throttled,
    Unknown,
    smtp_letter,
)
from servicing.core.settings import Smtp, missing


class SmtpEmail:
    """Hands letters to the mail server of [channels.smtp]; a connection for every thread."""

    name = "smtp"

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings
        if not settings.host:
            raise missing(smtp_letter.PLACE, "host")
        self._sender = smtp_letter.sender(settings.sender)
        self.capabilities = Capabilities(
            messages_per_second=settings.messages_per_second,
            concurrency=settings.concurrency,
        )
        self._mine = threading.local()
        self._open: weakref.WeakSet[smtplib.SMTP] = weakref.WeakSet()
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Connections are made when the first message leaves: servers close those that are idle."""

    def send(self, message: Outgoing) -> Answer:
        """Hand the letter over; accepted under its Message-ID."""
        recipient = smtp_letter.address(message.address)
        if recipient is None:
            return Rejected("number", "address")
        needs_utf8 = not recipient.username.isascii()
        letter = smtp_letter.letter(message, self._sender, recipient)
        payload = smtp_letter.payload(letter, needs_utf8)
        try:
            server = self._ready(recipient, needs_utf8)
            self._hand_over(server, payload)
        except _Ended as end:
            self._put_away(end)
            return end.answer
        return Accepted(str(letter["Message-ID"]))

    def find(self, message: Outgoing) -> Lookup:
        """A mail server cannot be asked for what it has passed on: a person decides."""
        return Lookup("undecided")

    def close(self) -> None:
        """Take leave of the server on every thread's connection, once nothing is on its way any more.

        Whoever sends after that opens a new one.
        """
        with self._lock:
            servers = list(self._open)
            self._open.clear()
        for server in servers:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    # ----------------------------------------------------------------------- before the letter

    def _ready(self, recipient: Address, needs_utf8: bool) -> smtplib.SMTP:
        """A connection on which the server has agreed to a letter from us to `recipient`."""
        server, is_used = self._server()
        try:
            self._begin(server, needs_utf8)
        except _Ended as end:
            if not (is_used and end.is_over):
                raise
            # it was closed while nobody used it; no letter was on its way, so this may be said again
            self._put_away(end)
            server, _ = self._server()
            self._begin(server, needs_utf8)
        with _until_the_letter():
            code, said = server.rcpt(recipient.addr_spec)
        _expect(code, {250, 251, 252}, _Refusal("number", said))
        return server

    def _begin(self, server: smtplib.SMTP, needs_utf8: bool) -> None:
        options = ["SMTPUTF8", "BODY=8BITMIME"] if needs_utf8 else []
        if options and not server.has_extn("smtputf8"):
            raise _Ended(Rejected("number", "SMTPUTF8"))
        with _until_the_letter():
            code, said = server.mail(self._sender.addr_spec, options)
        _expect(code, {250}, _Refusal("configuration", said))

    def _server(self) -> tuple[smtplib.SMTP, bool]:
        """This thread's connection, and whether it has carried something before."""
        server: smtplib.SMTP | None = getattr(self._mine, "server", None)
        if server is not None and server.sock is not None:
            return server, True
        server = _connect(self._settings)
        self._mine.server = server
        with self._lock:
            self._open.add(server)
        return server, False

    # ------------------------------------------------------------------- the letter, and behind

    def _hand_over(self, server: smtplib.SMTP, payload: bytes) -> None:
        with _until_the_letter():
            code, said = server.docmd("DATA")
        _expect(code, {354}, _Refusal("content", said))
        try:
            server.send(payload)
            code, said = server.getreply()
        except (smtplib.SMTPException, OSError):
            raise _Ended(Unknown("disconnected"), is_over=True) from None
        if not 200 <= code < 300 and not 400 <= code < 600:
            raise _Ended(Unknown("no answer"), is_over=True)
        _expect(code, range(200, 300), _Refusal("content", said))

    def _put_away(self, end: "_Ended") -> None:
        """Make the connection ready for the next message, or drop it where it is beyond that."""
        server: smtplib.SMTP | None = getattr(self._mine, "server", None)
        if server is None:
            return
        is_well = False
        if not end.is_over:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                is_well = server.rset()[0] == 250
        if not is_well:
            server.close()
            self._mine.server = None
            with self._lock:
                self._open.discard(server)


# ------------------------------------------------------------------------------ what went wrong


class _Ended(Exception):
    """The conversation came to nothing: what is answered, and whether the connection is lost."""

    def __init__(self, answer: Answer, is_over: bool = False) -> None:
        super().__init__(answer)
        self.answer = answer
        self.is_over = is_over


class _Refusal(NamedTuple):
    """A server's no, if it is one: what it was asked for, and its words."""

    asked_for: RejectKind
    """The kind of a refusal that does not say what for."""
    said: bytes

    def detail(self, code: int) -> str:
        """Its codes, and nothing else of its words: they may name the address."""
        return " ".join(filter(None, (str(code), self._enhanced())))

    def kind(self, code: int) -> RejectKind:
        """What is refused: the enhanced code says so, where there is one (RFC 3463)."""
        _, subject, detail = (self._enhanced() or "..").split(".")
        if self.asked_for == "configuration":
            return "configuration"
        if subject:
            return _of_the_enhanced(subject, detail, self.asked_for)
        if self.asked_for == "number" and code not in _NO_SUCH_MAILBOX:
            return "mailbox" if code in _MAILBOX_FULL else "blocked"
        return self.asked_for

    def _enhanced(self) -> str:
        found = _ENHANCED.search(self.said)
        return found.group().decode() if found else ""


_ENHANCED = re.compile(rb"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
"""An enhanced code, such as 5.1.1; not a part of an IP address."""

_NO_SUCH_MAILBOX = {550, 551, 553, 556}
"""Codes that are about the address, where no enhanced code says something else."""

_MAILBOX_FULL = {552}

_OF_OUR_ADDRESS = {"7", "8"}
"""The details of 5.1 that are about the sender's address, which is ours."""


def _of_the_enhanced(subject: str, detail: str, asked_for: RejectKind) -> RejectKind:
    """By the subject of an enhanced code: 1 is the address, 2 the mailbox, 7 a rule of theirs."""
    if subject == "1":
        return "blocked" if detail in _OF_OUR_ADDRESS else "number"
    if subject == "7":
        return "blocked"
    return "mailbox" if subject == "2" or asked_for == "number" else asked_for


def _expect(code: int, wanted: Container[int], refusal: _Refusal) -> None:
    """Go on if the server agreed; else its answer ends the conversation."""
    if code in wanted:
        return
    detail = refusal.detail(code)
    if 400 <= code < 500:  # 421: it closes the connection now
        raise _Ended(Throttled(None, detail), is_over=code == 421)
    if code == 530:  # "authentication required", whatever it was asked for
        raise _Ended(Rejected("configuration", str(code)))
    if 500 <= code < 600:
        raise _Ended(Rejected(refusal.kind(code), detail))
    raise _Ended(Throttled(None, "no answer"), is_over=True)


@contextlib.contextmanager
def _until_the_letter() -> Iterator[None]:
    """Where a broken connection means that nothing was sent."""
    try:
        yield
    except (smtplib.SMTPException, OSError):
        raise _Ended(Throttled(None, "disconnected"), is_over=True) from None


def _connect(settings: Smtp) -> smtplib.SMTP:
    """A new connection, encrypted and logged in as the settings want it."""
    server: smtplib.SMTP | None = None
    try:
        server = _opened(settings)
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
        if settings.user:
            _refuse_in_clear(server)
            server.login(settings.user, settings.password)
    except (OSError, ValueError, _InClear) as error:  # smtplib's own errors are OSErrors too
        if server is not None:
            server.close()
        raise _not_connected(error) from None
    return server


class _InClear(Exception):
    """A password would be read by everybody on the way."""


def _refuse_in_clear(server: smtplib.SMTP) -> None:
    """A password goes over an encrypted connection, or to this machine itself.

    That is asked of the connection, not of the name of the host, which may mean another tomorrow.
    """
    assert server.sock is not None
    if isinstance(server.sock, ssl.SSLSocket):
        return
    if not ipaddress.ip_address(server.sock.getpeername()[0]).is_loopback:
        raise _InClear


def _opened(settings: Smtp) -> smtplib.SMTP:
    place = (settings.host, settings.port)
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*place, timeout=settings.timeout_seconds, context=context)
    return smtplib.SMTP(*place, timeout=settings.timeout_seconds)


def _not_connected(error: Exception) -> _Ended:
    """The answer that a failed connection stands for."""
    match error:
        case _InClear():
            answer: Answer = Rejected("configuration", "password in clear")
        case smtplib.SMTPResponseException(smtp_code=code) if 400 <= code < 500:
            answer = Throttled(None, str(code))
        case smtplib.SMTPResponseException(smtp_code=code) if 500 <= code < 600:
            answer = Rejected("configuration", str(code))
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPResponseException():
            answer = Throttled(None, "disconnected")
        case smtplib.SMTPNotSupportedError() if "STARTTLS" in str(error):
            answer = Rejected("configuration", "STARTTLS")
        case smtplib.SMTPException() | UnicodeError():  # no way to log in that both know
            answer = Rejected("configuration", "AUTH")
        case ssl.SSLCertVerificationError():
            answer = Rejected("configuration", "certificate")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            answer = Throttled(None, "disconnected")
        case ssl.SSLError():  # it does not speak TLS, or none that we do
            answer = Rejected("configuration", "TLS")
        case _:
            answer = Throttled(None, "unreachable")
    return _Ended(answer, is_over=True)
