"""What a death stops: Python and the statements say the same of every touchpoint and client."""

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import mourning
from policies.database import database
from policies.models import Client
from policies.plan import Touchpoint
from servicing.core.context import of_touchpoints
from servicing.core.reasons import Reason
from servicing.corrections import queries
from servicing.messages import still_owed
from tests import cast
from tests.policies.imagined import each_rolled_back, examples
from tests.servicing import owed

ON = date(2026, 2, 28)
DAYS = st.none() | st.integers(-2, 2).map(lambda days: ON + timedelta(days=days))


@dataclass(frozen=True)
class Mourner:
    """What the book knows of a death."""

    deceased_on: date | None = None
    death_asked_on: date | None = None
    bereaved_until: date | None = None


KEYS = [each.id for each in owed.STANDARD.touchpoints]
ASKED = st.tuples(st.builds(Mourner, DAYS, DAYS, DAYS), st.sampled_from(KEYS))


def meant(condition: str) -> set[tuple[str, str]]:
    """Client and touchpoint of those for which a condition of a statement holds."""
    sql = f"""
        WITH t (key) AS (VALUES {", ".join(f"('{key}')" for key in KEYS)})
        SELECT c.client_no, t.key FROM client c JOIN t ON TRUE WHERE {condition}
    """
    return set(map(tuple, database.execute_sql(sql)))


@settings(each_rolled_back, max_examples=examples(40))
@given(st.lists(st.builds(Mourner, DAYS, DAYS, DAYS), min_size=1, max_size=5))
def test_python_and_the_statements_agree(book: peewee.Database, mourners: list[Mourner]) -> None:
    plan = owed.STANDARD
    rules = {
        "died": (mourning.died("c"), lambda planned, of: mourning.has_died(of)),
        "waits": (mourning.waiting("c", plan.touchpoints), mourning.waits),
        "spared": (
            mourning.spared("c", plan.touchpoints, ON),
            lambda planned, of: mourning.is_spared(planned, of, ON),
        ),
    }
    with database.atomic() as transaction:
        known = {f"C{number}": each for number, each in enumerate(mourners)}
        for number, each in known.items():
            Client.create(client_no=number, name="林伟", phone="", **vars(each))
        for name, (condition, holds) in rules.items():
            expected = {
                (number, planned.id)
                for number, each in known.items()
                for planned in plan.touchpoints
                if holds(planned, each)
            }
            event(f"{name}: {'some' if expected else 'none'}")
            assert meant(condition) == expected, name
        transaction.rollback()


SPARED = {"birthday": True, "news": True, "event": True, "visit": False, "month_4": False}


@pytest.mark.parametrize(("key", "is_festive"), SPARED.items())
def test_a_family_in_mourning_is_spared_greetings_and_marketing(key: str, is_festive: bool) -> None:
    planned = owed.touchpoint(key)
    assert planned.is_festive is is_festive
    assert msgspec.structs.replace(planned, festive=not is_festive).is_festive is not is_festive


UNTIL = [(timedelta(days=-1), True), (timedelta(), True), (timedelta(days=1), False)]


@pytest.mark.parametrize(("later", "is_spared"), UNTIL)
def test_the_last_day_of_mourning_is_one(later: timedelta, is_spared: bool) -> None:
    client = Mourner(bereaved_until=ON)
    assert mourning.is_spared(owed.touchpoint("birthday"), client, ON + later) is is_spared


AGREE = {
    "nothing": Mourner(),
    "dead": Mourner(deceased_on=ON),
    "dead, and asked about": Mourner(deceased_on=ON, death_asked_on=ON),
    "asked about": Mourner(death_asked_on=ON),
    "in mourning": Mourner(bereaved_until=ON),
    "in mourning until yesterday": Mourner(bereaved_until=ON - timedelta(days=1)),
    "asked about, in mourning": Mourner(None, ON, ON),
}
FATES = {
    "in force": {},
    "suspended": {"status": "suspended"},
    "ended": {"status": "surrendered", "ended_on": ON},
    "another client's": {"client": "C900"},
}


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("mourner", AGREE)
def test_permission_and_the_sweep_give_the_same_reason(
    book: peewee.Database, mourner: str, fate: str
) -> None:
    plan = owed.only(*(_once_a_month(each) for each in owed.STANDARD.touchpoints))
    people = cast.everybody(issued="2026-01-28", served_from="2026-01-28")
    walked = cast.walk_only(ON, cast.walker(plan))
    assert walked.by_touchpoint == {"month_1": 4, "visit": 2, "news": 2, "birthday": 1}
    cast.change(people.lin_wei, **vars(AGREE[mourner]))
    facts = dict(FATES[fate])
    if "client" in facts:
        facts["client"] = people.zhou_ming
    for policy in people.policies:
        cast.change(policy, **facts)
    for table, state in (("message", "queued"), ("task", "open")):
        found = {
            each.touchpoint_id: each.reason
            for each in queries.no_longer_owed(table, state, plan, ON)
        }
        assert found == _by_permission(plan, table, state)


def _once_a_month(planned: Touchpoint) -> Touchpoint:
    """The touchpoints of this test fall due a month after the issue."""
    due = (owed.touchpoint("month_1").due[0],)
    kept = planned.id in ("month_1", "visit", "news")
    return msgspec.structs.replace(planned, due=due) if kept else planned


def _by_permission(plan: object, table: str, state: str) -> dict[int, Reason]:
    assert isinstance(plan, type(owed.STANDARD))
    sql = f"SELECT touchpoint_id FROM {table} WHERE state = '{state}'"
    ids = [number for (number,) in database.execute_sql(sql)]
    found = {}
    for each in of_touchpoints(ids):
        planned = plan.touchpoint(each.key)
        assert planned is not None
        if gone := still_owed.no_longer_owed(each, planned, ON):
            found[each.touchpoint_id] = gone
    return found
