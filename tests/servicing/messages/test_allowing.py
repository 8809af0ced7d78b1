"""A client's own refusal is undone by the client, or by what shows that the client wants it."""

import datetime
import json
from typing import Any

import peewee
import pytest

from policies import persons
from servicing.card import notes
from servicing.core import errors
from servicing.core.models import CardEntry, Suppression
from servicing.dispatch import replies
from servicing.dispatch.replies import Incoming
from servicing.messages import allowing, suppressions
from servicing.messages.allowing import EVIDENCE, Evidence, Word
from servicing.messages.suppressions import Kind, Why
from tests import cast

pytestmark = cast.on_one

Book = peewee.Database
NOW = cast.at("2026-06-01", "10:00")
TODAY = NOW.date()
NUMBER = "+12025550111"


def refused(
    kind: Kind, source: str, on: str = "2026-05-01", why: Why = "opted_out", time: str = "09:00"
) -> str:
    """Somebody may not be written to any more; answers with whom it concerns."""
    subject = {"sms": NUMBER, "email": "lin.wei@example.com", "marketing": "C001"}[kind]
    suppressions.suppress(kind, subject, why, source, cast.at(on, time))
    return subject


def evidence(dated: str = "2026-06-01", kind: str = "form", reference: str = "F-118") -> Any:
    return allowing.evidence_of(kind, reference, cast.day(dated))


def allow(kind: Kind, subject: str, shown: Evidence | None = None, by: str = "chenyan") -> str:
    """The code of the refusal; empty: it was lifted."""
    try:
        assert allowing.allow(kind, subject, Word(by, NOW, shown))
    except errors.Unproven as error:
        assert suppressions.opted_out(kind, subject)
        return error.notice.code
    assert list(suppressions.listed([subject])) == []
    return ""


SOURCES: list[tuple[Kind, str]] = [
    ("marketing", "unsubscribe link"),
    ("marketing", "said so on the phone"),
    ("marketing", "sunli"),
    ("marketing", "chenyan"),
    ("marketing", "operator"),
    ("sms", "reply"),
    ("sms", "twilio 21610"),
    ("sms", "ops: said so on the phone"),
    ("email", "smtp 550"),
    ("email", "operator"),
]


@pytest.mark.parametrize(("kind", "source"), SOURCES)
def test_a_refusal_is_lifted_with_evidence_only(book: Book, kind: Kind, source: str) -> None:
    cast.everybody()
    subject = refused(kind, source)
    assert allow(kind, subject) == "evidence_needed_since"
    assert allow(kind, subject, evidence()) == ""


@pytest.mark.parametrize("kind", ["sms", "email"])
def test_a_wrong_address_is_nobodys_refusal(book: Book, kind: Kind) -> None:
    cast.everybody()
    assert allow(kind, refused(kind, "smtp 550", why="wrong")) == ""


DAYS = [
    # the day of the evidence -> the refusal, where the client has refused on 1 May
    ("2026-04-30", "evidence_too_old"),
    ("2026-05-01", ""),
    ("2026-06-01", ""),
    ("2026-06-02", "evidence_to_come"),
]


@pytest.mark.parametrize(("dated", "code"), DAYS)
def test_evidence_is_of_a_day_after_the_refusal_and_not_to_come(
    book: Book, dated: str, code: str
) -> None:
    cast.everybody()
    assert allow("marketing", refused("marketing", "unsubscribe link"), evidence(dated)) == code


def test_the_day_of_a_refusal_is_the_books(book: Book) -> None:
    cast.everybody()
    subject = refused("marketing", "unsubscribe link", "2026-05-02", time="00:30")  # 1 May in UTC
    assert allow("marketing", subject, evidence("2026-05-01")) == "evidence_too_old"
    assert allow("marketing", subject, evidence("2026-05-02")) == ""


PARTS = [
    *((kind, "F-118", TODAY, True) for kind in EVIDENCE),
    ("", "F-118", TODAY, False),
    ("rumour", "F-118", TODAY, False),
    ("form", "", TODAY, False),
    ("form", " \t", TODAY, False),
    ("form", "F-118", None, False),
]


@pytest.mark.parametrize(("kind", "reference", "dated", "is_whole"), PARTS)
def test_evidence_says_what_it_is_where_it_is_found_and_of_which_day(
    kind: str, reference: str, dated: datetime.date | None, is_whole: bool
) -> None:
    assert (allowing.evidence_of(kind, reference, dated) is not None) is is_whole


SLIPS = [
    # who wrote it down, when -> may Chen Yan take it back without evidence on 1 June at ten?
    ("chenyan", "2026-06-01", True),
    ("chenyan: on the phone", "2026-06-01", True),
    ("chenyan", "2026-05-31", False),
    ("chenyan2", "2026-06-01", False),
    ("sunli", "2026-06-01", False),
    ("operator", "2026-06-01", False),
    ("unsubscribe link", "2026-06-01", False),
]


@pytest.mark.parametrize(("source", "on", "is_slip"), SLIPS)
def test_a_slip_is_taken_back_by_who_made_it_on_the_same_day(
    book: Book, source: str, on: str, is_slip: bool
) -> None:
    cast.everybody()
    subject = refused("marketing", source, on)
    assert (allow("marketing", subject) == "") is is_slip


@pytest.mark.parametrize("by", suppressions.OWN_WORDS)
def test_nobody_is_taken_for_the_client_by_his_login(book: Book, by: str) -> None:
    cast.everybody()
    assert allow("marketing", refused("marketing", by, "2026-06-01"), by=by)


def test_the_clients_own_word_stands_whoever_has_written_it_down_before(book: Book) -> None:
    cast.everybody()
    subject = refused("marketing", "chenyan", "2026-06-01", time="08:00")
    refused("marketing", "unsubscribe link", "2026-06-01")
    refused("marketing", "unsubscribe link", "2026-06-01")
    assert cast.trail_of(cast.lin_wei()).count("consent.withdrawn") == 2
    assert allow("marketing", subject) == "evidence_needed_since"


def test_what_a_client_has_refused_under_another_number_is_refused(book: Book) -> None:
    people = cast.everybody()
    persons.unite(people.lin_wei, people.zhou_ming)
    refused("marketing", "unsubscribe link", "2026-06-01")
    assert allow("marketing", "C900") == "evidence_needed_since"
    assert allow("marketing", "C900", evidence()) == ""


def test_start_by_the_client_needs_no_evidence(book: Book) -> None:
    cast.everybody()
    refused("sms", "reply")
    replies.take(Incoming("twilio", "IN1", NUMBER, "START"), TODAY, NOW)
    assert not Suppression.select().exists()


BOOKS = [
    # consent in the book, since -> the refusal of a consent without evidence
    (None, None, ""),
    (True, "2026-05-01", ""),
    (False, "2026-05-01", "evidence_needed_since"),
    (False, None, "evidence_needed"),
]


@pytest.mark.parametrize(("said", "since", "code"), BOOKS)
def test_a_no_of_the_book_is_a_refusal_and_no_answer_is_none(
    book: Book, said: bool | None, since: str | None, code: str
) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, marketing_consent=said, consent_on=cast.maybe_day(since))
    try:
        notes.consent(cast.lin_wei(), True, "chenyan", NOW)
        assert code == ""
    except errors.Unproven as error:
        assert error.notice.code == code
        assert cast.lin_wei().marketing_consent is said
        assert cast.trail_of(cast.lin_wei()) == []
        notes.consent(cast.lin_wei(), True, "chenyan", NOW, evidence())
    assert cast.lin_wei().marketing_consent is True


@pytest.mark.parametrize("is_suppressed", [True, False])
def test_the_evidence_stands_on_the_card(book: Book, is_suppressed: bool) -> None:
    people = cast.everybody()
    if is_suppressed:
        refused("marketing", "unsubscribe link")
    else:
        cast.change(people.lin_wei, marketing_consent=False)
    notes.consent(cast.lin_wei(), True, "chenyan", NOW, evidence())
    entry = CardEntry.get(CardEntry.kind == "consent.given")
    assert json.loads(entry.facts) == {
        "of": "marketing",
        "source": "chenyan",
        "evidence": "form",
        "reference": "F-118",
        "dated": "2026-06-01",
    }
