"""Closed years on PostgreSQL: the book goes on as before, and what was had is not owed again."""

from typing import Any

import peewee
import pytest

from policies import database
from servicing.card import card
from servicing.channels.memory import Memory
from servicing.core import errors, seals
from servicing.core.models import CardEntry, ClosedYear, Message, Task, Touchpoint
from servicing.corrections import queries as corrections
from servicing.schedule import queries as schedules
from servicing.schedule import walk
from servicing.schedule.queries import RecordedRow
from servicing.years import partitions, years
from servicing.years.queries import TABLES
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed
from tests.servicing.dispatched import by, dispatch

Book = peewee.Database

WALKER = cast.walker(owed.THREE_YEARS)
FIRST, AGAIN, NEXT = "2025-09-30", "2025-12-15", "2025-12-31"
CLOSED = cast.at("2025-10-02")
OLD_LINES = 16
"""On the cards, of the first day."""
on_postgresql = cast.on_postgresql


@pytest.fixture
def lived(book: Book) -> Book:
    """A day was walked, its messages have arrived and its tasks are done."""
    cast.everybody()
    cast.walk_only(FIRST, WALKER)
    dispatch(by(Memory()), cast.at(FIRST, "10:00"))
    end_all()
    return book


@pytest.fixture
def closed(lived: Book) -> Book:
    """What was recorded of that day is a year."""
    years.close("2025", CLOSED)
    return lived


def end_all() -> None:
    """Nothing is open any more."""
    Message.update(state="delivered").where(Message.state == "accepted").execute()
    Task.update(state="done").where(Task.state == "open").execute()


def all_rows() -> dict[str, list[Any]]:
    """All that grows, by table."""
    return {t: database.execute(f"SELECT * FROM {t} ORDER BY id").fetchall() for t in TABLES}


def owe_again(policy_no: str = "P001") -> None:
    """The policy was issued so that its first month is over on the later day once more."""
    cast.change(cast.policy(policy_no), issue_date=cast.day("2025-11-15"))


def states() -> list[tuple[str, str]]:
    return [(each.year, each.state) for each in years.listed()]


@on_postgresql
def test_a_year_that_is_closed_stays_in_the_book(lived: Book) -> None:
    before = all_rows()
    years.close("2025", CLOSED)
    assert all_rows() == before
    assert states() == [("2025", "closed"), ("now", "open")]
    found = cast.walk_only(NEXT, WALKER).touchpoints
    assert dispatch(by(Memory()), cast.at(NEXT, "10:00")) == {"accepted": 4}
    years.close("2026", CLOSED)
    assert [(each.first_day, each.last_day) for each in years.listed()] == [
        (cast.day(FIRST), cast.day(FIRST)),
        (cast.day(NEXT), cast.day(NEXT)),
        (None, None),
    ]
    assert Touchpoint.select().count() == len(before["touchpoint"]) + found
    assert cast.walk_only(NEXT, WALKER).touchpoints == 0


@on_postgresql
def test_numbers_of_two_years_lie_apart_and_messages_and_tasks_go_on(closed: Book) -> None:
    last = max(each.id for each in Message.select())
    cast.walk_only(NEXT, WALKER)
    touchpoint, message = cast.touchpoint("month_4"), cast.message("month_4")
    assert touchpoint.id >= partitions.STRIDE
    assert last < message.id < last + 100


OCCURRENCES = [
    *("2025-09", "2025-Q3", "2025-H2", "2025", "1013x24m", "once", "4m", "30d"),
    *("2025-10-20-30d", "2026-03-01-180d", "2025-09-28+2d"),
]
"""As plans name them: by a stretch of the calendar, once, by an offset, by a premium's date."""


def record(occurrence: str, on: str, scope: str = "client") -> int:
    """How many touchpoints there are, once this was recorded as a walk does."""
    day = cast.day(on)
    row = RecordedRow("news", scope, occurrence, 1, 1, day, day, day)
    schedules.record([row])
    return Touchpoint.select().count()


@on_postgresql
@pytest.mark.parametrize("scope", ["policy", "client"])
@pytest.mark.parametrize("had", OCCURRENCES)
def test_no_occurrence_of_a_closed_year_is_recorded_again(book: Book, had: str, scope: str) -> None:
    cast.everybody()
    assert record(had, FIRST, scope) == 1
    years.close("2025", CLOSED)
    assert record(had, "2025-10-03", scope) == 1
    assert record("2025-10", "2025-10-03", scope) == 2
    years.close("2026", CLOSED)
    assert record(had, "2025-11-05", scope) == 2
    assert record("2025-10", "2025-10-31", scope) == 2
    assert record("2025-11", "2025-11-05", scope) == 3


@on_postgresql
@pytest.mark.parametrize("is_detached", [False, True])
def test_what_happens_once_is_not_owed_again_a_year_later(closed: Book, is_detached: bool) -> None:
    if is_detached:
        years.detach("2025", CLOSED)
    owe_again()
    assert cast.walk_only(AGAIN, WALKER).by_touchpoint == {}


@on_postgresql
@pytest.mark.parametrize("is_detached", [False, True])
def test_what_was_released_may_fall_due_in_a_later_year(lived: Book, is_detached: bool) -> None:
    cast.change(cast.touchpoint("month_1"), released=True)
    years.close("2025", CLOSED)
    if is_detached:
        years.detach("2025", CLOSED)
    owe_again()
    assert cast.walk_only(AGAIN, WALKER).by_touchpoint == {"month_1": 1}


@on_postgresql
def test_an_occurrence_that_another_year_has_is_not_taken_again(closed: Book) -> None:
    cast.change(cast.touchpoint("month_1"), released=True)
    owe_again()
    cast.walk_only(AGAIN, WALKER)
    first, second = (
        Touchpoint.select()
        .where(Touchpoint.key == "month_1", Touchpoint.policy == cast.policy())
        .order_by(Touchpoint.id)
    )
    corrections.take_again([first.id])
    assert Touchpoint.get_by_id(first.id).released and not second.released


@pytest.mark.parametrize("is_had", [False, True])
def test_what_a_client_had_once_in_a_year_that_is_away_goes_over_to_another(
    book: Book, is_had: bool
) -> None:
    cast.everybody()
    for client_id in (1, 2) if is_had else (1,):
        database.execute(
            "INSERT INTO occurrence VALUES ('client', ?, 'welcome', 'once')", [client_id]
        )
    corrections.take_over_what_was_had(1, 2)
    known = database.execute("SELECT subject_id, key FROM occurrence ORDER BY 1").fetchall()
    assert [tuple(each) for each in known] == [(1, "welcome"), (2, "welcome")]


@on_postgresql
def test_the_rules_of_the_tables_hold_in_every_year(closed: Book) -> None:
    cast.walk_only(NEXT, WALKER)
    later = cast.touchpoint("month_4")
    CardEntry.create(
        client=later.client,
        touchpoint_id=later.id,
        at=cast.at(NEXT, "09:00"),
        kind="note.written",
        facts="{}",
    )
    for key in ("month_1", "month_4"):
        entry = CardEntry.get(CardEntry.touchpoint_id == cast.touchpoint(key).id)
        for sql in (
            "UPDATE card_entry SET kind = 'x' WHERE id = ?",
            "DELETE FROM card_entry WHERE id = ?",
        ):
            with pytest.raises(peewee.PeeweeException, match="append-only"), closed.atomic():
                database.execute(sql, [entry.id])
        message = cast.message(key)
        for column, value in (("touchpoint", 7), ("policy", 99), ("client", 99)):
            with pytest.raises(peewee.IntegrityError), closed.atomic():
                Message.update({column: value}).where(Message.id == message.id).execute()
        again = {**message.__data__, "id": None}
        with pytest.raises(peewee.IntegrityError), closed.atomic():
            Message.create(**again)
    as_it_waits = cast.message("month_4")
    with pytest.raises(peewee.PeeweeException, match="message_has_text"), closed.atomic():
        Message.update(state="sending").where(Message.id == as_it_waits.id).execute()
    double = {**cast.touchpoint("month_4").__data__, "id": None}
    with pytest.raises(peewee.IntegrityError), closed.atomic():
        Touchpoint.create(**double)


@on_postgresql
def test_a_year_that_was_taken_out_can_be_brought_back(closed: Book) -> None:
    cast.walk_only(NEXT, WALKER)
    before = all_rows()
    years.detach("2025", CLOSED)
    assert states() == [("2025", "detached"), ("now", "open")]
    assert {each.key for each in Touchpoint.select()} == {"month_4"}
    shown = card.card(WALKER.writer, WALKER.calendar, "C001", cast.day(NEXT))
    assert {line.at.date() for line in shown.trail} == {cast.day("2025-12-30")}
    years.attach("2025")
    assert all_rows() == before
    assert states() == [("2025", "closed"), ("now", "open")]
    assert database.value("SELECT COUNT(*) FROM occurrence") == 0


@on_postgresql
def test_a_year_that_was_out_of_the_book_gets_the_columns_that_came_meanwhile(closed: Book) -> None:
    """As an older version has left its tables, which no migration of the book has reached."""
    years.detach("2025", CLOSED)
    for column in ("desk", "done_by_login"):
        database.execute(f"ALTER TABLE task_2025 DROP COLUMN {column}")
    years.attach("2025")
    tasks = [(each.state, each.desk, each.done_by_login) for each in Task.select()]
    assert tasks and set(tasks) == {("done", None, None)}


@on_postgresql
def test_a_year_whose_tables_were_dropped_is_gone_and_the_next_one_is_closed(closed: Book) -> None:
    years.detach("2025", CLOSED)
    for table in reversed(TABLES):
        database.execute(f"DROP TABLE {table}_2025")
    assert states() == [("2025", "gone"), ("now", "open")]
    with refuses(errors.BadArgument, "cannot be brought back.*touchpoint_2025"):
        years.attach("2025")
    cast.walk_only(NEXT, WALKER)
    years.close("2026", CLOSED)
    assert states() == [("2025", "gone"), ("2026", "closed"), ("now", "open")]


@on_postgresql
def test_the_seals_of_what_is_left_are_verified(lived: Book) -> None:
    seals.seal(cast.at(FIRST, "20:00"))
    of_the_year = CardEntry.select().count()
    years.close("2025", CLOSED)
    cast.walk_only(NEXT, WALKER)
    dispatch(by(Memory()), cast.at(NEXT, "10:00"))
    end_all()
    seals.seal(cast.at(NEXT, "20:00"))
    whole = seals.verify()
    years.detach("2025", CLOSED)
    part = seals.verify()
    assert (part.findings, part.digest, part.lines) == ([], whole.digest, whole.lines)
    assert (whole.archived, part.archived) == (0, of_the_year)
    last = CardEntry.select().order_by(CardEntry.id.desc()).first()
    database.execute("ALTER TABLE card_entry DISABLE TRIGGER USER")
    database.execute("UPDATE card_entry SET facts = '[]' WHERE id = ?", [last.id])
    assert [(each.fault, each.entry) for each in seals.verify().findings] == [("changed", last.id)]


@on_postgresql
def test_what_is_at_work_is_not_taken_out(closed: Book) -> None:
    cast.change(cast.task("month_1"), state="open")
    with refuses(errors.BadArgument, "1 open"):
        years.detach("2025", CLOSED)
    assert states() == [("2025", "closed"), ("now", "open")]


@on_postgresql
def test_a_task_of_no_touchpoint_stays(lived: Book) -> None:
    day = cast.day(FIRST)
    days = {"due_on": day, "show_on": day, "closes_on": day}
    Task.create(touchpoint=None, policy=1, client=1, state="open", reason="client_replied", **days)
    before = all_rows()
    years.close("2025", CLOSED)
    assert all_rows() == before
    years.detach("2025", CLOSED)
    assert [each.reason for each in Task.select()] == ["client_replied"]
    Task.create(touchpoint=None, policy=1, client=1, state="open", reason="client_replied", **days)


@on_postgresql
def test_days_of_a_year_that_is_away_are_not_walked_again(closed: Book) -> None:
    cast.walk_only("2025-10-01", WALKER)
    end_all()
    cast.joined(FIRST)
    again = cast.day(FIRST)
    assert again in walk.days_to_walk(cast.day("2025-10-02"))
    years.detach("2025", CLOSED)
    assert again not in walk.days_to_walk(cast.day("2025-10-02"))


@on_postgresql
@pytest.mark.parametrize("at", ["make", "leap", "guard"])
def test_whoever_dies_in_the_middle_leaves_the_book_as_it_was(
    lived: Book, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = all_rows()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(partitions, at, dies)
    with pytest.raises(KeyboardInterrupt):
        years.close("2025", CLOSED)
    monkeypatch.undo()
    assert (all_rows(), states()) == (before, [("now", "open")])
    years.close("2025", CLOSED)
    assert all_rows() == before


@on_postgresql
def test_what_cannot_be_done_is_refused(closed: Book) -> None:
    with refuses(errors.BadArgument, "closed already"):
        years.close("2025", CLOSED)
    for name in ("Year", "now", "2026; DROP TABLE x", ""):
        with refuses(errors.BadArgument, "cannot be the name of a year"):
            years.close(name, CLOSED)
    with refuses(errors.BadArgument, "nothing has fallen due"):
        years.close("2026", CLOSED)
    with refuses(errors.BadArgument, "there are: 2025"):
        years.detach("2024", CLOSED)
    with refuses(errors.BadArgument, "is in the book"):
        years.attach("2025")
    years.detach("2025", CLOSED)
    with refuses(errors.BadArgument, "taken out before"):
        years.detach("2025", CLOSED)
    assert ClosedYear.select().count() == 1


@cast.on_sqlite
def test_a_book_in_one_file_has_no_years(book: Book) -> None:
    assert years.listed() == []
    with refuses(errors.BadSetting, "PostgreSQL"):
        years.close("2025", CLOSED)
