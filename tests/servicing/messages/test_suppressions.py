"""Suppressions: an address is the same address however it is written, on every path."""

import datetime
import json
from typing import Any

import peewee
import pytest

from policies import database, dialect
from servicing.channels import Answer, Outgoing, Rejected
from servicing.channels.memory import Memory
from servicing.core import audit_log
from servicing.core.audit_log import Actor
from servicing.core.audit_models import AuditEntry
from servicing.core.models import CardEntry, Suppression
from servicing.desk import audit_wording
from servicing.dispatch import receipts, replies
from servicing.dispatch.receipts import Receipt
from servicing.dispatch.replies import Incoming
from servicing.explain import queries
from servicing.messages import suppressions
from servicing.messages.suppressions import Kind, Why, normalised
from tests import cast
from tests.servicing.dispatched import TEN, WALKER, by, dispatch

pytestmark = cast.on_one

Book = peewee.Database
ON = datetime.date(2025, 9, 30)

SAME: list[tuple[Kind, str, str]] = [
    # kind, as it is written -> as it is compared
    ("email", "Ilse.Brandt@Mail.Example", "ilse.brandt@mail.example"),
    ("email", " ILSE.BRANDT@MAIL.EXAMPLE ", "ilse.brandt@mail.example"),
    ("email", "李伟@Example.com", "李伟@example.com"),
    ("email", "", ""),
    ("sms", "+1 202-555-0111", "+12025550111"),
    ("sms", "+1 (202) 555 0111", "+12025550111"),
    ("sms", "+12025550111", "+12025550111"),
    ("sms", "10086", "10086"),
    ("marketing", "C001", "C001"),
    ("marketing", "c001", "c001"),
]


@pytest.mark.parametrize(("kind", "written", "compared"), SAME)
def test_an_address_is_compared_in_one_form(kind: Kind, written: str, compared: str) -> None:
    assert normalised(kind, written) == compared


ADDRESSES = [
    "Ilse@Mail.Example",
    "İLSE@x.example",
    "ÜBER@x.example",
    "ẞ@X.Example",
    "AZaz@[_`{~.x",
    "",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_database_compares_as_we_do(book: Book, address: str) -> None:
    sql = f"SELECT {dialect.caseless('address')} FROM (SELECT CAST(? AS TEXT) AS address) AS given"
    assert database.value(sql, [address]) == normalised("email", address)


BOOK = "Lin.Wei@Example.com"
WRITTEN = ["lin.wei@example.com", "LIN.WEI@EXAMPLE.COM", " Lin.Wei@example.com "]


@pytest.fixture
def queued(book: Book) -> cast.Cast:
    """Lin Wei, who is written to by email, and others."""
    people = cast.everybody()
    cast.change(people.lin_wei, email=BOOK, channel="email")
    cast.walk_only(ON, WALKER)
    return people


def _stopped(written: str) -> None:
    suppressions.suppress(*suppressions.whom(written, "CN"), "opted_out", "operator", TEN)


@pytest.mark.parametrize("written", WRITTEN)
def test_a_stop_holds_however_the_address_is_written(queued: cast.Cast, written: str) -> None:
    _stopped(written)
    assert dispatch(by(Memory())) == {"suppressed": 3, "accepted": 1}
    entry = CardEntry.get(CardEntry.kind == "consent.withdrawn")
    assert entry.client_id == queued.lin_wei.id


@pytest.mark.parametrize("written", WRITTEN)
def test_whoever_asks_finds_it(queued: cast.Cast, written: str) -> None:
    _stopped(written)
    (line,) = suppressions.listed(suppressions.subjects(written.strip(), "CN"))
    assert line.subject == "lin.wei@example.com"
    (line,) = suppressions.listed(suppressions.subjects("C001", "CN"))
    assert [each.why for each in queries.suppressions("", BOOK, "C001")] == ["opted_out"]
    assert not suppressions.suppress("email", written, "opted_out", "again", TEN)
    assert suppressions.lift("email", written.upper(), "operator", TEN)
    assert not Suppression.select().exists()
    assert dispatch(by(Memory())) == {"accepted": 4}


def test_a_refused_address_is_refused_however_the_next_book_writes_it(queued: cast.Cast) -> None:
    def refused(message: Outgoing) -> Answer:
        return Rejected("number", "550 5.1.1")

    dispatch(by(Memory(refused)), limit=1)
    assert Suppression.get().subject == "lin.wei@example.com"
    cast.change(queued.lin_wei, email=BOOK.upper())
    assert dispatch(by(Memory()))["suppressed"] == 2


def test_a_bounced_address_is_compared_alike(queued: cast.Cast) -> None:
    dispatch(by(Memory()))
    message = cast.message("month_1", "P001")
    bounced: Any = {"outcome": "undelivered", "code": "5.1.1", "means": "wrong"}
    receipts.apply(Receipt(message.id, "memory", message.provider_ref, **bounced), TEN)
    assert [(each.subject, each.why) for each in Suppression.select()] == [
        ("lin.wei@example.com", "wrong")
    ]


def test_a_number_is_one_number_however_it_is_written(queued: cast.Cast) -> None:
    suppressions.suppress("sms", "+1 (202) 555-0111", "opted_out", "reply", TEN)
    assert suppressions.concerned("sms", "+1 202 555 0111") == [queued.lin_wei.id]
    assert suppressions.lift("sms", "+1 202.555.0111", "operator", TEN)


NOBODYS: list[tuple[Kind, str]] = [("sms", "+1 202 555 0199"), ("email", "Nobody@Mail.Example")]


@pytest.mark.parametrize(("kind", "subject"), NOBODYS)
@pytest.mark.parametrize("why", ["opted_out", "wrong"])
def test_what_is_done_with_an_address_that_nobody_has_stands_in_the_audit_log(
    book: Book, kind: Kind, subject: str, why: Why
) -> None:
    """There is no card on which it could stand; who did it is kept, and the address is not."""
    people = cast.everybody()
    somebody = Actor("command", "os:ops")
    with audit_log.acting(somebody):
        for _ in range(2):
            suppressions.suppress(kind, subject, why, "ops: by telephone", TEN)
        for _ in range(2):
            suppressions.lift(kind, subject, "ops", TEN)
        suppressions.suppress("sms", people.lin_wei.phone, why, "ops", TEN)
        suppressions.suppress("marketing", "C900", why, "ops", TEN)
    lines = list(AuditEntry.select().order_by(AuditEntry.id))
    assert [(each.kind, each.who) for each in lines] == [
        ("address.suppressed", "os:ops"),
        ("address.allowed", "os:ops"),
    ]
    for each in lines:
        said = json.loads(each.facts)
        assert list(said) == ["channel", "suppression"] and said["channel"] == kind
        for locale in ("en", "zh_CN"):
            assert len(audit_wording.facts(said, locale)) == len(said)


def test_a_word_from_a_number_that_nobody_has_is_told_too(book: Book) -> None:
    cast.everybody()
    for number, word in enumerate(("STOP", "STOP", "START")):
        incoming = Incoming("memory", f"{word}{number}", "+12025550199", word)
        replies.take(incoming, TEN.date(), TEN)
    assert [each.kind for each in AuditEntry.select().order_by(AuditEntry.id)] == [
        "address.suppressed",
        "address.allowed",
    ]
