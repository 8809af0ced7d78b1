"""SMS through Twilio.

Twilio takes no key of ours that would make a second hand-over harmless. So everything here is about
one distinction: what was processed for certain, what was not for certain, and what nobody can say.

Numbers, words and secrets appear in no answer and in no log: what the provider says of a mistake
repeats the number, so only its code is kept.
"""

import datetime
import threading
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from servicing.channels import (
    Accepted,
    Answer,
    Capabilities,
    Doubt,
    Lookup,
    Meaning,
    Outgoing,
    Rejected,
    RejectKind,
    Throttled,
    Unknown,
)
from servicing.core.settings import Twilio, missing

if TYPE_CHECKING:
    from servicing.channels.twilio_line import TwilioLine

MAX_LENGTH = 1_600
"""Characters of a text, at most."""

MARGIN = datetime.timedelta(hours=1)
"""How far the provider's clock and ours may be apart: a message that was created up to this long
before we handed ours over may still be ours. Longer would take last month's for it."""

VALIDITY = (1, 36_000)
"""Seconds that the provider may keep trying, as it allows them."""

PAGE_SIZE = 1_000
"""The most that it lists at once: whatever one number was ever sent is nearly always one page."""

MOST_PAGES = 100
"""A list that is longer than this goes round in a circle."""

TOO_FAST = 20429
BACK_OFF = {21611, 30001, 30036}
"""The sender's queue is full."""

KINDS: dict[int, RejectKind] = {
    21211: "number",
    21614: "number",
    21635: "number",
    30005: "number",
    30006: "number",
    21610: "opted_out",
    20003: "configuration",
    21212: "configuration",
    21408: "configuration",
    21606: "configuration",
    21612: "configuration",
    21659: "configuration",  # the sender is no number of Twilio's, or not ours
    21660: "configuration",
    21701: "configuration",  # the messaging service is not there, or has no numbers
    21703: "configuration",
    30034: "configuration",  # the sender is not registered with the carriers
    30004: "content",
    30007: "content",
}
"""What the provider's codes mean for us; any other refusal is of this one message."""

MEANINGS: dict[RejectKind, Meaning] = {"number": "wrong", "opted_out": "opted_out"}
WORTH_ANOTHER_ATTEMPT = {30003, 30008}

NOT_LET_IN = {401, 403, 404}
"""Nothing of ours would be taken: the account, its rights, or the address of the API are wrong."""


class TwilioSms:
    """Hands SMS to Twilio's Messages API, by number or by messaging service."""

    name = "twilio"

    def __init__(self, settings: Twilio, public_url: str) -> None:
        for key, value in (
            ("account_sid", settings.account_sid),
            ("auth_token", settings.auth_token),
            ("from", settings.sender),
        ):
            if not value:
                raise missing("channels.twilio", key)
        self.capabilities = Capabilities(
            messages_per_second=settings.messages_per_second,
            concurrency=settings.concurrency,
            is_asked_by_address=True,
        )
        self._settings = settings
        self._public_url = public_url.rstrip("/")
        self._lines: dict[int, TwilioLine] = {}
        """By thread, since a line holds the answer that came last."""

    def prepare(self) -> None:
        """The library and this thread's client, which takes as long as some messages."""
        self._line().warm_up()

    def send(self, message: Outgoing) -> Answer:
        """Hand it over once; whatever happens on the way becomes an answer."""
        if len(message.body) > MAX_LENGTH:
            return Rejected("content", "too long")
        if not _is_writable(message.body):
            return Rejected("content", "cannot be encoded")
        line = self._line()
        line.forget()
        try:
            made = line.client.messages.create(**self._form(message))
        except Exception as error:
            return _answer_to(error, line)
        ref = made.sid
        return Accepted(ref) if isinstance(ref, str) and ref else Unknown("answer without an id")

    def find(self, message: Outgoing) -> Lookup:
        """Look through what its number was sent since shortly before it was handed over."""
        line = self._line()
        try:
            listed = list(_outbound(line.client, message.address, message.handed_over_at))
        except Exception:  # whatever it is, a question that failed has no answer
            return Lookup("undecided")
        return (
            _placed(message, message.doubt, listed) if message.doubt else _verdict(message, listed)
        )

    def close(self) -> None:
        """Let go of the connections; the next send makes new ones."""
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.close()

    def _line(self) -> "TwilioLine":
        from servicing.channels.twilio_line import TwilioLine

        mine = threading.get_ident()
        if mine not in self._lines:
            self._lines[mine] = TwilioLine(self._settings)
        return self._lines[mine]

    def _form(self, message: Outgoing) -> dict[str, object]:
        """The provider's form: to whom, from whom, which words, until when, and where to report."""
        sender = self._settings.sender
        by = "messaging_service_sid" if sender.startswith("MG") else "from_"
        form: dict[str, object] = {
            "to": message.address,
            by: sender,
            "body": message.body,
            "validity_period": validity(message),
        }
        if self._public_url:
            form["status_callback"] = f"{self._public_url}/hooks/twilio/status/{message.reference}"
        return form


def validity(message: Outgoing) -> int:
    """Seconds that the provider may keep trying: until the window ends, within what it allows."""
    least, most = VALIDITY
    seconds = int((message.not_after - message.handed_over_at).total_seconds())
    return max(least, min(most, seconds))


def _is_writable(text: str) -> bool:
    """Half a character, as of a broken emoji, cannot leave at all; the library would stumble over it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def refusal(status: int, code: int, pause: datetime.timedelta | None) -> Answer:
    """The answer that a refused request stands for, by its HTTP status and the provider's own code."""
    detail = str(code)
    if status == 429 or code == TOO_FAST:
        return Throttled(pause, detail, whole_sender=True)
    if status >= 500:
        return Unknown(detail)  # it may have broken after the message was taken
    if code in BACK_OFF:
        return Throttled(None, detail, whole_sender=True)
    if status in NOT_LET_IN or status < 400:  # a redirect: there is no API at this address
        return Rejected("configuration", detail)
    return Rejected(KINDS.get(code, "content"), detail)


def _outbound(client: Any, address: str, handed_over_at: datetime.datetime) -> Iterator[Any]:
    """The messages sent to a number, back to the margin.

    Not asked for by date: DateSent, which is all that the list can be narrowed by and is sorted by,
    is empty until a message has left.
    """
    since = handed_over_at - MARGIN
    page = client.messages.page(to=address, page_size=PAGE_SIZE)
    for _ in range(MOST_PAGES):
        entries = list(page)
        recent = [each for each in entries if not each.date_created or each.date_created >= since]
        yield from (each for each in recent if str(each.direction).startswith("outbound"))
        # an older one alone does not end it, since they are not sorted by when they were created
        page = page.next_page() if recent or not entries else None
        if page is None:
            return
    raise ValueError("the list does not end")


def _verdict(message: Outgoing, listed: list[Any]) -> Lookup:
    words = _normalised(message.body)
    dated = [each for each in listed if each.date_created and _normalised(each.body) == words]
    if dated:
        dated.sort(key=lambda each: abs(each.date_created - message.handed_over_at))
        return Lookup("found", tuple(str(each.sid) for each in dated))
    # an account may hide the words of its messages; such a one may be ours
    if any(not each.body or not each.date_created for each in listed):
        return Lookup("undecided")
    return Lookup("absent")


def _placed(message: Outgoing, doubt: Doubt, listed: list[Any]) -> Lookup:
    """Of what its number was sent in the span: what is this touchpoint's, and what nobody can place.

    The text may be another than the one of today: who signs, what a client is called, what is to be
    paid may have changed. So it is placed by the words around all that.
    """
    words, mine, maybe = _normalised(message.body), [], []
    for each in listed:
        kind = _kind_of(_normalised(each.body), words, doubt)
        if kind == "unplaced" or not each.date_created:
            maybe.append(str(each.sid))
        elif kind != "other":
            mine.append((kind != "exact", -each.date_created.timestamp(), str(each.sid)))
    mine.sort()
    if not mine:
        return Lookup("absent", maybe=tuple(maybe))
    refs = tuple(sid for _, _, sid in mine)
    return Lookup("found", refs, tuple(maybe), is_exact=not mine[0][0])


def _kind_of(body: str, words: str, doubt: Doubt) -> Literal["exact", "alike", "other", "unplaced"]:
    if body and body == words:
        return "exact"
    is_mine = any(each.fullmatch(body) for each in doubt.words)
    is_anothers = any(each.fullmatch(body) for each in doubt.others)
    if not body or is_mine == is_anothers:
        return "unplaced"
    return "alike" if is_mine else "other"


def _normalised(body: str | None) -> str:
    """Without what a provider may change on the way; to miss ours would be to send it twice."""
    return " ".join(unicodedata.normalize("NFC", body or "").split())


def _answer_to(error: Exception, line: "TwilioLine") -> Answer:
    """The answer that a failed send stands for."""
    from twilio.base.exceptions import TwilioException

    from servicing.channels.twilio_line import Broken

    if isinstance(error, Broken):
        return error.answer
    if line.status is None:
        raise error  # nothing came back, so it is no doing of the provider's
    if isinstance(error, TwilioException):
        code = getattr(error, "code", None)
        # the code is the provider's to write; anything but a number may hold anything
        return refusal(line.status, code if type(code) is int else line.status, line.pause)
    return Unknown("malformed answer")


def meaning_of(code: str) -> Meaning:
    """The meaning of a receipt's code: for the number, or that another attempt may succeed."""
    number = int(code) if code.isascii() and code.isdigit() else 0
    if number in WORTH_ANOTHER_ATTEMPT:
        return "later"
    kind = KINDS.get(number)
    return MEANINGS.get(kind, "") if kind else ""
