"""What a scorecard counts is as many lines as its lists have: each factor, unit and period.

The book is a random one of three agents in two teams: clients referred in all directions, policies
that begin and end, touchpoints in time, late, missed and done by an agent who no longer serves.
"""

import datetime
import itertools
import random
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any

import peewee
import pytest

from policies import database
from policies.models import Client, Policy
from policies.persistency import periods
from policies.persistency.selection import Selection
from policies.persistency.units import UnitKind
from servicing.core.models import Task
from servicing.core.settings import Settings, Targets
from servicing.desk import tasks
from servicing.reports import behind, coverage, questions, scorecard
from servicing.reports.behind import SERVED, Asked
from servicing.reports.scorecard import ScoreCard
from tests import cast
from tests.servicing import owed

Book = peewee.Database
AS_OF = cast.day("2026-07-15")
ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
FIRST_YEAR = coverage.first_year(owed.STANDARD)
WALKER = cast.walker(owed.only(*map(owed.touchpoint, FIRST_YEAR)))


@pytest.fixture
def lived(book: Book) -> None:
    draw = random.Random(7)
    people = cast.people()
    agents = [people.chen_yan, people.he_jing, people.sun_li]
    numbers = itertools.count(1)
    clients: list[Client] = []
    for number in range(40):
        by = draw.choice([*clients, None, None]) if clients else None
        referred_by = by.client_no if by else ""
        client = Client.create(client_no=f"C5{number:02}", name="某人", referred_by=referred_by)
        clients.append(client)
        for _ in range(draw.choice([1, 1, 1, 2, 2, 3])):
            issued = cast.day("2024-03-01") + datetime.timedelta(draw.randrange(850))
            if draw.random() < 0.4:  # a task of its fourth month on a day that is walked
                issued = cast.day(draw.choice(["2025-12-10", "2026-01-10", "2026-02-10"]))
            ended = issued + datetime.timedelta(draw.randrange(30, 700))
            gone = draw.random() < 0.3 and ended < AS_OF
            facts = {"ended_on": ended, "status": "surrendered"} if gone else {"status": "in_force"}
            agent = draw.choice(agents)
            policy_no = f"P5{next(numbers):03}"
            cast.give_policy(client, policy_no, f"{issued}", agent=agent, **facts)
    for day in ("2026-04-10", "2026-05-10", "2026-06-10"):
        cast.walk_only(day, WALKER)
    for each in Task.select():
        match draw.randrange(4):
            case 0:
                tasks.done(each.id, cast.at(each.due_on + datetime.timedelta(draw.choice([1, 40]))))
            case 1:
                cast.change(each, state="missed", ended_at=cast.at("2026-06-30"))
    for policy in Policy.select().limit(20):
        cast.change(policy, agent=draw.choice(agents))


Lines = Callable[[Asked], Iterator[Any]]


def served(*how: Any) -> Lines:
    return lambda asked: behind.served(asked, FIRST_YEAR, ZONE, Targets(), how)


LISTS: dict[str, tuple[Lines, Callable[[ScoreCard], int]]] = {
    "persistency": (behind.persistency, lambda card: card.now.counted),
    "referrals": (behind.referrals, lambda card: card.now.referrals),
    "add-ons": (behind.add_ons, lambda card: card.now.bought),
    "coverage": (
        served(*SERVED),
        lambda card: card.now.in_time + card.now.late + card.now.missed,
    ),
    "in time": (served("in_time"), lambda card: card.now.in_time),
    "late": (served("late"), lambda card: card.now.late),
    "missed": (served("missed"), lambda card: card.now.missed),
}
UNITS: dict[UnitKind, Callable[[str], Selection]] = {
    "branch": lambda key: Selection(branch=key),
    "team": lambda key: Selection(team=key),
    "agent": lambda key: Selection(agent_no=key),
}
PERIODS = ("2026-05", "2026-06", "2026-07", "2026-Q2", "2026", "2025")


@pytest.mark.parametrize("period", PERIODS)
def test_a_list_has_as_many_lines_as_are_counted(lived: None, period: str) -> None:
    wrong, most = [], dict.fromkeys(LISTS, 0)
    for by, selected in UNITS.items():
        question = questions.question(Settings(), AS_OF, Selection(), definition="in-force")
        when = periods.parse(period)
        rules = (Targets(), FIRST_YEAR, ZONE)
        found = scorecard.scorecard(question, by, when, *rules)
        for card in [*found.cards(), found.total]:
            chosen = Selection() if card.key == "total" else selected(card.key)
            asked = questions.question(Settings(), AS_OF, chosen, definition="in-force")
            for name, (lines, count) in LISTS.items():
                with database.snapshot():
                    length = len(list(lines(Asked(asked, when))))
                most[name] = max(most[name], length)
                if length != count(card):
                    wrong.append((by, card.key, name, length, count(card)))
    assert not wrong
    if period == "2026-Q2":
        assert all(most.values()), "each list has lines somewhere"


def test_the_kept_premium_of_the_lines_is_the_figure(lived: None) -> None:
    question = questions.question(Settings(), AS_OF, Selection(), definition="in-force")
    period = periods.parse("2026-06")
    found = scorecard.scorecard(question, "agent", period, Targets(), FIRST_YEAR, ZONE)
    with database.snapshot():
        lines = list(behind.persistency(Asked(question, period)))
    kept = sum(each.premium_persisting for each in lines)
    assert found.total.now.persistency == pytest.approx(
        float(kept / sum(each.premium_counted for each in lines))
    )


@cast.on_one
def test_a_list_of_nothing_is_empty(book: Book) -> None:
    cast.people()
    cast.give_policy(cast.lin_wei(), "P001", "2026-06-01")
    question = questions.question(Settings(), AS_OF, Selection(), definition="in-force")
    with database.snapshot():
        for lines, _ in LISTS.values():
            assert list(lines(Asked(question, periods.parse("2026-06")))) == []


@cast.on_one
def test_an_agent_who_has_done_it_has_it(book: Book) -> None:
    """He Jing has done a task of a policy that Chen Yan serves since: it is He Jing's line."""
    people = cast.people()
    policy = cast.give_policy(people.lin_wei, "P001", "2026-02-10", agent=people.he_jing)
    cast.walk_only("2026-06-10", WALKER)
    for each in Task.select():
        tasks.done(each.id, cast.at("2026-06-11"))
    cast.change(policy, agent=people.chen_yan)
    for number, count in (("A000", 1), ("A001", 0)):
        asked = questions.question(Settings(), AS_OF, Selection(agent_no=number))
        with database.snapshot():
            found = list(served(*SERVED)(Asked(asked, periods.parse("2026-06"))))
        assert [each.agent_no for each in found] == [number] * count
