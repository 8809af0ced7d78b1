"""Who waits for a call, in which order: the desk's list and the command against a plain reading."""

import datetime
import random
from typing import NamedTuple

import peewee
import pytest

from policies import dates, persons
from policies.calling import Hours
from policies.models import Client
from servicing.callbacks import escalation
from servicing.callbacks.waiting import queries, waiting
from servicing.callbacks.waiting.queries import Reader
from servicing.core.case_models import Case
from tests import cast
from tests.servicing.callbacks.called import CHINA, attempt, follow, house

ON = cast.day("2026-03-02")
DAY = datetime.timedelta(days=1)
NOBODY = Reader(0, [""])


class Waits(NamedTuple):
    """A contract that waits for a call."""

    case: int
    client: str
    due: datetime.date | None


def live(seed: str) -> list[Waits]:
    """Clients with one contract or several: in time, over, or without a day."""
    chance, found, issued = random.Random(seed), [], cast.day("2026-02-05")
    for number in range(12):
        client = Client.create(client_no=f"W{number:02}", name="", phone="+12025550111")
        for each in range(chance.choice([1, 1, 2, 3])):
            policy = cast.give_policy(client, f"W{number}-{each}", issued, delivered_on=issued)
            found.append((client.client_no, policy))
    follow("2026-02-10")
    waits = []
    for client_no, policy in found:
        due = chance.choice([None] + [ON + DAY * each for each in (-20, -3, -1, 0, 1, 2, 5, 9, 30)])
        case = Case.get(Case.policy == policy)
        Case.update(due_on=due).where(Case.id == case.id).execute()
        waits.append(Waits(case.id, client_no, due))
    return waits


def in_order(each: Waits) -> tuple[int, datetime.date, int]:
    """In time by what ends first, without a day, over by what ended first."""
    part = 1 if each.due is None else 0 if each.due >= ON else 2
    return part, each.due or ON, each.case


def plainly(waits: list[Waits], until: datetime.date | None) -> list[int]:
    """The case of each client that comes first, in the order of the list."""
    meant = [each for each in waits if until is None or each.due and each.due <= until]
    first: dict[str, int] = {}
    for each in sorted(meant, key=in_order):
        first.setdefault(each.client, each.case)
    return list(first.values())


SEEDS = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("until", [None, ON + DAY * 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_can_be_in_time_is_first_and_what_is_over_last(
    book: peewee.Database, seed: str, until: datetime.date | None
) -> None:
    cast.people()
    waits = live(seed)
    found = queries.to_call(NOBODY, ON, until, 100)
    assert [each.case for each in found] == plainly(waits, until)
    theirs = {each.client: [one for one in waits if one.client == each.client] for each in waits}
    assert [each.contracts for each in found] == [len(theirs[each.client_no]) for each in found]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most", [1, 2, 5])
def test_page_after_page_has_each_client_once(book: peewee.Database, seed: str, most: int) -> None:
    cast.people()
    waits = live(seed)
    pages = [queries.to_call(NOBODY, ON, None, most, skipped) for skipped in range(0, 14, most)]
    assert [each.case for some in pages for each in some] == plainly(waits, None)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_command_has_the_order_of_the_list(book: peewee.Database, seed: str) -> None:
    cast.people()
    waits = live(seed)
    calendar = dates.work_calendar("CN")
    told = [each.case for each in escalation.pressing(calendar, ON)]
    until = waiting.pressing.spans(calendar, ON)[-1].last
    pressing = [each for each in sorted(waits, key=in_order) if each.due and each.due <= until]
    assert told == [each.case for each in pressing]
    ours = [each.case for each in queries.to_call(NOBODY, ON, until, 100)]
    assert [each for each in told if each in ours] == ours


def test_what_was_opened_by_hand_stands_in_both(book: peewee.Database) -> None:
    cast.everybody(issued="2026-02-05", delivered_on="2026-02-20")
    follow("2026-02-21")
    Case.update(source="periodic").where(Case.policy == cast.policy("P900")).execute()
    listed = {each.case for each in queries.to_call(NOBODY, ON, None, 100)}
    told = {each.case for each in escalation.pressing(CHINA.calendar, ON)}
    assert Case.get(Case.policy == cast.policy("P900")).id in listed & told


# --- From which hour ----------------------------------------------------------------------------


@pytest.mark.parametrize("is_one", [True, False])
def test_the_hour_of_the_next_call_is_that_of_the_person(
    book: peewee.Database, is_one: bool
) -> None:
    """Lin Wei has a second number, under which he was called at 10."""
    people = cast.everybody(issued="2026-02-05", delivered_on="2026-02-10")
    if is_one:
        persons.unite(cast.lin_wei(), people.zhou_ming)
    follow("2026-02-11")
    attempt("P001", "2026-02-11 10:00")
    now = cast.at("2026-02-11", "10:30")
    found = queries.to_call(NOBODY, now.date(), None, 100)
    lines = waiting.lines(found, Hours(), CHINA.calendar, now, house().zone)
    told = {each.of.client_no: f"{each.call_from:%H:%M}" for each in lines}
    assert told == {"C001": "12:00", "C900": "12:00" if is_one else "10:30"}
