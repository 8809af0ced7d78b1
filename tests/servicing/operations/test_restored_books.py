"""A restored book against providers that keep what the lost one has sent: Twilio and Aliyun."""

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from policies.importing.importer import BookFile
from servicing.core import doubts, references
from servicing.core.models import Message, Task
from servicing.desk import tasks
from servicing.dispatch import dispatcher, receipts
from servicing.dispatch.receipts import Receipt
from servicing.operations import backups, imports
from servicing.operations.imports import ImportRequest
from servicing.operations.workspace import Workspace
from servicing.schedule import giving_back, walk
from tests import cast
from tests.servicing.anew import Anew
from tests.standins.carriers import CARRIERS, Carrier, Taken

Row = dict[str, str]
New = Callable[[str], "Book"]


class Book:
    """One workspace, and what happens to it, moment by moment."""

    def __init__(self, space: Workspace, carrier: Carrier, folder: Path) -> None:
        self.space, self.carrier, self.folder = space, carrier, folder

    def row(self, number: int, issued: str, **facts: str) -> Row:
        """A policy of a client of its own."""
        known = {"policy_no": f"K{number:04}", "issue_date": issued, "annual_premium": "1000"}
        known |= {"client_no": f"C{number}", "client_name": f"客户{number}", "agent_no": "A1"}
        known |= {"agent_name": "陈燕", "phone": self.carrier.number(number)}
        return known | facts

    def take_in(self, rows: list[Row], day: str, clock: str) -> None:
        path = self.folder / "book.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        joined = cast.day("2026-06-08")
        request = ImportRequest(BookFile(path), joined=joined)
        imports.take_in(self.space, request, cast.at(day, clock))

    def walk(self, day: str, clock: str = "06:00") -> None:
        giving_back.bring_up_to_date(self.space.walker(), cast.day(day), cast.at(day, clock))
        walk.walk(self.space.walker(), cast.day(day), cast.at(day, clock))

    def dispatch(self, day: str, clock: str) -> dict[str, int]:
        now = cast.at(day, clock)
        self.carrier.set_clock(now)
        giving_back.bring_up_to_date(self.space.walker(), cast.day(day), now)
        counts = dispatcher.dispatch(self.space.dispatcher(time.time), lambda: now)
        return {state: count for state, count in counts.items() if count}

    def save(self) -> None:
        backups.save(self.space, self.folder / "book.backup")

    def restore(self, day: str, clock: str) -> int:
        """How many messages are in doubt."""
        now = cast.at(day, clock)
        return backups.restore(self.space, self.folder / "book.backup", now).in_doubt

    @property
    def left(self) -> list[str]:
        """The marks of all that the provider has, in their order."""
        return [each.mark for each in self.carrier.taken()]


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    with CARRIERS[request.param]() as made:
        yield made


@pytest.fixture
def new(anew: Anew, carrier: Carrier, tmp_path: Path) -> New:
    return lambda name: Book(anew(name, carrier.environment), carrier, tmp_path)


def test_what_left_on_later_days_than_the_copy_is_found(new: New) -> None:
    one = new("one")
    rows = [one.row(1, "2026-05-11"), one.row(2, "2026-05-12"), one.row(3, "2026-05-13")]
    one.take_in(rows, "2026-06-08", "05:00")
    one.walk("2026-06-09")
    one.save()
    for day in ("2026-06-10", "2026-06-11", "2026-06-12"):
        one.walk(day)
        one.dispatch(day, "09:30")
    left = one.left
    assert len(left) == 2
    two = new("two")
    assert two.restore("2026-06-12", "10:00") == 2
    assert two.dispatch("2026-06-12", "10:10") == {"accepted": 2}
    two.take_in(rows, "2026-06-12", "10:20")
    two.walk("2026-06-13")
    assert two.dispatch("2026-06-13", "09:30") == {"accepted": 1}
    assert two.left[:2] == left and len(set(two.left)) == 3
    numbers = sorted(each.id for each in Message.select())
    assert numbers[0] > doubts.NUMBERS_A_DAY, "no number comes again"
    assert numbers == list(range(numbers[0], numbers[0] + 3)), "and the others follow"


def test_numbers_that_come_to_mean_other_things_mean_nothing(new: New) -> None:
    """The lost book knew a policy more, so that it counted otherwise; so did its agent's name."""
    one = new("one")
    rows = [one.row(2, "2026-05-10")]
    one.take_in(rows, "2026-06-08", "05:00")
    one.walk("2026-06-09")
    one.save()
    later = [one.row(1, "2026-06-07"), *({**each, "agent_name": "孙丽"} for each in rows)]
    one.take_in(later, "2026-06-10", "05:00")
    one.walk("2026-06-10")
    assert one.dispatch("2026-06-10", "09:05") == {"accepted": 2}
    left = one.left
    two = new("two")
    assert two.restore("2026-06-10", "10:00") == 1
    two.take_in(later, "2026-06-10", "10:05")
    two.walk("2026-06-10", "10:06")
    assert two.dispatch("2026-06-10", "10:10")["accepted"] >= 1
    two.dispatch("2026-06-10", "10:30")
    assert two.left == left
    assert {each.state for each in Message.select()} == {"accepted"}


def test_another_number_of_the_client_is_asked_for_as_well(new: New) -> None:
    """The lost book sent to a number that its copy does not know: nothing leaves until it does."""
    one = new("one")
    rows = [one.row(1, "2026-05-10")]
    one.take_in(rows, "2026-06-08", "05:00")
    one.walk("2026-06-09")
    one.save()
    later = [{**each, "phone": one.carrier.number(101)} for each in rows]
    one.take_in(later, "2026-06-10", "05:00")
    one.walk("2026-06-10")
    one.dispatch("2026-06-10", "09:05")
    two = new("two")
    two.restore("2026-06-10", "10:00")
    assert two.dispatch("2026-06-10", "10:10") == {"unknown": 1}
    two.take_in(later, "2026-06-10", "10:15")
    assert two.dispatch("2026-06-10", "10:30") == {"accepted": 1}
    assert len(two.left) == 1


def greeted_since_the_copy(one: Book) -> list[dict[str, str]]:
    """The rows of a client whose birthday came, and was greeted, after the copy was made."""
    rows = [one.row(1, "2020-01-01", birthday="1980-06-10")]
    one.take_in(rows, "2026-06-08", "05:00")
    one.walk("2026-06-09")
    one.save()
    one.walk("2026-06-10")
    assert one.dispatch("2026-06-10", "09:05") == {"accepted": 1}
    return rows


def test_a_date_that_was_corrected_after_it_had_been_acted_on_brings_nothing_twice(
    new: New,
) -> None:
    rows = greeted_since_the_copy(new("one"))
    two = new("two")
    two.restore("2026-06-12", "10:00")
    two.take_in([{**rows[0], "birthday": "1980-06-14"}], "2026-06-12", "10:05")
    two.walk("2026-06-14")
    assert two.dispatch("2026-06-14", "09:05") == {"accepted": 1}
    assert len(two.left) == 1


def test_a_person_who_has_another_client_number_by_now_is_greeted_once(new: New) -> None:
    rows = greeted_since_the_copy(new("one"))
    two = new("two")
    two.restore("2026-06-10", "10:00")
    two.take_in([{**rows[0], "client_no": "C9"}], "2026-06-10", "10:05")
    assert two.dispatch("2026-06-10", "10:10") == {"accepted": 1}
    assert len(two.left) == 1


def test_the_client_who_holds_the_policy_by_now_is_asked_for_as_well(new: New) -> None:
    """The policy was sold after the copy was made, and the lost book wrote to who had bought it."""
    one = new("one")
    one.take_in([one.row(1, "2026-05-10")], "2026-06-08", "05:00")
    one.walk("2026-06-10")
    tasks.done(
        Task.get().id, cast.at("2026-06-10", "08:00")
    )  # else it would go along with its task
    one.save()
    of_another = {"client_no": "C9", "client_name": "客户9", "phone": one.carrier.number(9)}
    sold = [one.row(1, "2026-05-10", **of_another)]
    one.take_in(sold, "2026-06-10", "08:30")
    assert one.dispatch("2026-06-10", "09:05") == {"accepted": 1}
    two = new("two")
    assert two.restore("2026-06-10", "10:00") == 1
    two.take_in(sold, "2026-06-10", "10:05")
    assert two.dispatch("2026-06-10", "10:10") == {"accepted": 1}
    assert len(two.left) == 1


def test_a_person_with_two_numbers_is_asked_for_once(new: New) -> None:
    one = new("one")
    rows = [one.row(each, "2020-01-01", birthday="1980-06-10", client_no="C1") for each in (1, 2)]
    for each in rows:
        each.update(client_name="客户1", phone=one.carrier.number(1))
    one.take_in(rows, "2026-06-08", "05:00")
    one.take_in([rows[0], {**rows[1], "client_no": "C2"}], "2026-06-08", "05:10")
    one.walk("2026-06-09")
    one.save()
    two = new("two")
    assert two.restore("2026-06-10", "10:00") == 1
    assert sorted(each.reason for each in Message.select()) == ["other_number", "restored"]


def test_late_receipts_of_the_lost_book_settle_what_its_copy_knew_and_nothing_else(
    new: New,
) -> None:
    one = new("one")
    rows = [one.row(1, "2026-05-09"), one.row(2, "2026-05-10")]
    one.take_in(rows, "2026-06-08", "05:00")
    one.walk("2026-06-09")
    one.dispatch("2026-06-09", "09:05")
    one.save()
    one.walk("2026-06-10")
    one.dispatch("2026-06-10", "09:05")
    known, unknown = one.carrier.taken()
    two = new("two")
    two.restore("2026-06-10", "10:00")
    now = cast.at("2026-06-10", "10:05")
    assert receipts.apply(of(unknown, two.carrier), now) in ("of_another_book", "unknown_message")
    assert receipts.apply(of(known, two.carrier), now) == "applied"
    assert [each.state for each in Message.select().order_by(Message.id)] == [
        "delivered",
        "unknown",
    ]
    assert two.dispatch("2026-06-10", "10:10") == {"accepted": 1}
    assert len(two.left) == 2


def of(taken: Taken, carrier: Carrier) -> Receipt:
    ours = references.parse(taken.reference)
    assert ours
    return Receipt(ours.message_id, carrier.name, taken.ref, "delivered", token=ours.token)
