"""The audit log: nobody changes a line, nobody removes one unseen, and it names nobody's client."""

import contextlib
import datetime
import json

import peewee
import pytest

from policies import database
from servicing.core import accounts, audit_cuts, audit_log, devices, seals, sessions
from servicing.core.account_models import User
from servicing.core.audit_log import Actor
from servicing.core.audit_models import AuditCut, AuditEntry, AuditSeal
from servicing.rights import expiring
from tests import cast

Book = peewee.Database

DAY = datetime.date(2021, 6, 1)
TEN = cast.at(DAY, "10:00")
EVENING = cast.at(DAY, "20:00")
PASSWORD = "correct horse battery"
OPS = Actor("command", "os:ops")
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def lived(book: Book) -> list[int]:
    """The numbers of a day's lines."""
    with audit_log.acting(OPS):
        for minute in range(5):
            audit_log.record("list.seen", TEN + datetime.timedelta(minutes=minute), clients=minute)
    return [each.id for each in AuditEntry.select().order_by(AuditEntry.id)]


def lines() -> list[tuple[str, str, dict[str, object]]]:
    query = AuditEntry.select().order_by(AuditEntry.id)
    return [(each.kind, each.who, json.loads(each.facts)) for each in query]


# ------------------------------------------------------------------------------------ append-only

FORBIDDEN = [
    "UPDATE audit_entry SET who = 'somebody' WHERE id = {id}",
    "UPDATE audit_entry SET facts = '{{}}' WHERE id = {id}",
    "DELETE FROM audit_entry WHERE id = {id}",
    "DELETE FROM audit_entry",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_the_database_refuses_to_change_or_remove_a_line(lived: list[int], sql: str) -> None:
    before = lines()
    with pytest.raises(peewee.DatabaseError, match="append-only"), database.writing():
        database.execute(sql.format(id=lived[1]))
    assert lines() == before


def tamper(sql: str, *values: object) -> None:
    """As somebody does who may do anything to the database; but for that it refuses."""
    if database.is_sqlite():
        for trigger in ("audit_entry_no_update", "audit_entry_no_delete"):
            database.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    else:
        database.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    database.execute(sql, values)
    if not database.is_sqlite():  # the next test has the same database
        database.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


def faults() -> list[tuple[str, int, str]]:
    return [(each.fault, each.entry, each.of) for each in seals.verify(seals.LOG).findings]


CHANGES = [
    ("UPDATE audit_entry SET who = 'os:somebody' WHERE id = ?", "changed"),
    ("UPDATE audit_entry SET at = '2026-05-01 00:00:00' WHERE id = ?", "changed"),
    ("UPDATE audit_entry SET kind = 'card.seen' WHERE id = ?", "changed"),
    ("UPDATE audit_entry SET source = '192.0.2.1' WHERE id = ?", "changed"),
    ("UPDATE audit_entry SET way = 'page' WHERE id = ?", "changed"),
    ("UPDATE audit_entry SET facts = '{}' WHERE id = ?", "changed"),
    ("DELETE FROM audit_entry WHERE id = ?", "gone"),
]


@pytest.mark.parametrize(("sql", "fault"), CHANGES)
def test_whatever_was_done_to_a_line_is_found_and_named(
    lived: list[int], sql: str, fault: str
) -> None:
    assert seals.seal(EVENING, seals.LOG) == len(lived) and faults() == []
    tamper(sql, lived[2])
    assert faults() == [(fault, lived[2], "audit")]


def test_a_line_put_in_between_is_found(lived: list[int]) -> None:
    tamper("DELETE FROM audit_entry WHERE id = ?", lived[1])
    seals.seal(EVENING, seals.LOG)
    line = audit_log.line_of("list.seen", TEN, OPS)
    AuditEntry.insert(id=lived[1], **line).execute()
    assert faults() == [("added", lived[1], "audit")]


def test_a_seal_that_was_taken_away_is_found(
    lived: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "LINES", 1)
    seals.seal(EVENING, seals.LOG)
    _, second, third = AuditSeal.select().order_by(AuditSeal.id).limit(3)
    AuditSeal.delete().where(AuditSeal.id == second.id).execute()
    assert faults() == [("broken", third.last_entry, "audit")]


def test_trail_and_log_are_sealed_each_by_itself(lived: list[int]) -> None:
    cast.everybody()
    assert seals.seal(EVENING) == 0
    assert seals.seal(EVENING, seals.LOG) == len(lived)
    assert seals.verify().digest != seals.verify(seals.LOG).digest


def test_a_line_of_a_day_that_was_tried_in_advance_keeps_no_other_from_being_sealed(
    lived: list[int],
) -> None:
    audit_log.record("halt.made", TEN + datetime.timedelta(days=400))
    audit_log.record("halt.ended", TEN + HOUR)
    assert seals.seal(EVENING, seals.LOG) == len(lived) + 2 and faults() == []


# ---------------------------------------------------------------------------- whose time is over

LATER = EVENING + datetime.timedelta(days=181)
HALF_A_YEAR = datetime.timedelta(days=180)


def test_lines_whose_time_is_over_go_and_the_log_says_so(lived: list[int]) -> None:
    seals.seal(EVENING, seals.LOG)
    with audit_log.acting(OPS):
        audit_log.record("card.seen", LATER - HOUR)
    assert expiring.audit(LATER - HALF_A_YEAR, LATER) == len(lived)
    assert [kind for kind, _, _ in lines()] == ["card.seen", "audit.expired"]
    assert lines()[-1][2] == {"until": lived[-1], "count": len(lived)}
    audit = seals.verify(seals.LOG)
    assert (audit.findings, audit.archived) == ([], len(lived))
    seals.seal(LATER + 2 * HOUR, seals.LOG)
    assert faults() == [] and expiring.audit(LATER - HALF_A_YEAR, LATER) == 0


def test_no_line_goes_that_is_not_sealed_or_behind_one_that_is_young(lived: list[int]) -> None:
    assert expiring.audit(LATER - HALF_A_YEAR, LATER) == 0
    seals.seal(EVENING, seals.LOG)
    assert expiring.audit(TEN, LATER) == 0
    assert expiring.audit(TEN + datetime.timedelta(minutes=2), LATER) == 2
    assert faults() == []


def test_the_same_again_half_a_year_later(lived: list[int]) -> None:
    seals.seal(EVENING, seals.LOG)
    expiring.audit(LATER - HALF_A_YEAR, LATER)
    seals.seal(LATER + 2 * HOUR, seals.LOG)
    next_time = LATER + HALF_A_YEAR + HOUR
    assert expiring.audit(next_time - HALF_A_YEAR, next_time) == 1
    assert faults() == []


AGES = [
    # days after the lines -> whether the database lets them go
    (0, False),
    (178, False),
    (179, True),
    (1095, True),
]


@pytest.mark.parametrize(("days", "goes"), AGES)
def test_the_database_lets_no_young_line_go_whatever_it_is_told(
    lived: list[int], days: int, goes: bool
) -> None:
    now = TEN + datetime.timedelta(days=days, minutes=4)
    try:
        with database.writing():
            audit_cuts.let_go(lived[-2], lived[-1], now)
    except peewee.DatabaseError as error:
        assert "append-only" in str(error)
    assert len(lines()) == (1 if goes else len(lived))
    assert AuditCut.select().count() == int(goes)


def test_the_line_that_says_so_does_not_go_itself_unseen(lived: list[int]) -> None:
    """PostgreSQL refuses; on SQLite it is found."""
    with contextlib.suppress(peewee.DatabaseError), database.writing():
        audit_cuts.let_go(lived[-1], lived[-1], LATER)
    assert len(lines()) == len(lived) or ("forged", lived[-1], "audit") in faults()


def test_who_removes_a_line_by_saying_that_its_time_was_over_is_found(lived: list[int]) -> None:
    seals.seal(EVENING, seals.LOG)
    AuditCut.create(last_entry=lived[2], entry_id=lived[3], at=LATER)
    AuditEntry.delete().where(AuditEntry.id <= lived[2]).execute()
    assert ("forged", lived[3], "audit") in faults()
    assert {("gone", number, "audit") for number in lived[:3]} <= set(faults())


# --------------------------------------------------------------------------------- what stands in it


def test_what_changes_an_account_is_told_with_who_did_it(book: Book) -> None:
    with audit_log.acting(OPS):
        user = accounts.add("chen", "operations", PASSWORD, TEN)
        accounts.set_disabled(user, True, TEN)
        accounts.set_disabled(user, False, TEN)
        accounts.set_password(user, "another horse battery", TEN)
    assert lines() == [
        ("account.made", "os:ops", {"login": "chen", "role": "operations"}),
        ("account.disabled", "os:ops", {"login": "chen", "sessions": 0}),
        ("account.enabled", "os:ops", {"login": "chen", "sessions": 0}),
        ("account.password_given", "os:ops", {"login": "chen", "sessions": 0}),
    ]


def test_coming_in_and_going_out_is_told_with_the_device(book: Book) -> None:
    user = accounts.add("chen", "administrator", PASSWORD, TEN)
    sessions.begin(user, TEN, HOUR, "Firefox · Windows")
    for _ in range(2):  # the very first device is nobody's news
        devices.remember(user, "", TEN)
    accounts.choose_password(user, PASSWORD, "another horse battery", TEN)
    assert lines()[1:] == [
        ("session.begun", "chen", {"device": "Firefox · Windows"}),
        ("device.remembered", "chen", {"role": "administrator"}),
        ("account.password_chosen", "service", {"login": "chen", "sessions": 1}),
    ]


def test_what_is_taken_back_leaves_no_line(book: Book) -> None:
    with pytest.raises(RuntimeError), database.writing():
        accounts.add("chen", "operations", PASSWORD, TEN)
        raise RuntimeError
    assert lines() == [] and not User.select().exists()


def test_nobody_acts_any_more_once_a_command_is_done(book: Book) -> None:
    with audit_log.acting(OPS):
        assert audit_log.actor() == OPS
    assert audit_log.actor() == audit_log.SERVICE
