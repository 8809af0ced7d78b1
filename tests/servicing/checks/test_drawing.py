"""Clients are drawn for spot checks, each once, and the draw stands (domain.md §14.1)."""

import datetime
from collections import Counter
from decimal import Decimal
from typing import Any

import peewee
import pytest

from policies import database, sampling
from policies.models import Client
from servicing.checks import drawing, queries
from servicing.core import errors
from servicing.core.audit_models import AuditEntry
from servicing.core.check_models import CheckDraw, SpotCheck
from tests import cast
from tests.servicing import looked_up
from tests.servicing.checks import drawn
from tests.servicing.checks.drawn import ON
from tests.servicing.stored import at_once

Book = peewee.Database


def test_three_branches_are_drawn_from_one_by_one(book: Book) -> None:
    """1,200, 600 and 47 clients at 10 %, at least 10 of each: 120 + 60 + 10 = 190."""
    for branch, count in (("east", 1200), ("west", 600), ("north", 47)):
        drawn.clients(branch, count)
    found = drawn.draw()
    assert (found.is_new, found.draw.frame, found.draw.drawn) == (True, 1847, 190)
    sizes = {each.key: (each.frame, each.drawn) for each in drawing.strata(found.draw)}
    assert sizes == {"east": (1200, 120), "north": (47, 10), "west": (600, 60)}
    checks = list(SpotCheck.select())
    assert Counter(each.stratum for each in checks) == {"east": 120, "west": 60, "north": 10}
    frame = [(each.client_no[1:-5], each.client_no) for each in Client.select(Client.client_no)]
    expected = {number for _, number in sampling.draw(frame, "S", Decimal("0.1"), 10)}
    assert drawn.numbers(found) == expected


def test_of_1847_clients_a_tenth_are_185(book: Book) -> None:
    drawn.clients("east", 1847)
    assert drawn.draw(min_each=0).draw.drawn == 185


def test_the_same_draw_once_more_is_the_one_that_stands(book: Book) -> None:
    cast.everybody()
    one = drawn.draw(share=Decimal("0.5"))
    again = drawn.draw(share=Decimal("0.50"), by="somebody else")
    assert (again.is_new, again.draw.id, again.draw.drawn_by) == (False, one.draw.id, "quality")
    assert CheckDraw.select().count() == 1
    other = drawn.draw(share=Decimal("0.5"), seed="T")
    assert (other.is_new, other.draw.id) == (True, one.draw.id + 1)


def test_a_draw_stands_whatever_the_book_says_afterwards(book: Book) -> None:
    people = cast.everybody()
    one = drawn.draw()
    before = drawn.numbers(one)
    cast.change(people.policies[0], ended_on=cast.day("2026-05-01"), status="terminated")
    assert drawn.numbers(drawn.draw()) == before


def test_a_client_with_three_policies_is_drawn_once_by_the_first_in_force(book: Book) -> None:
    people = cast.everybody()
    first, second, _ = people.policies
    cast.change(first, ended_on=cast.day("2026-05-11"), status="terminated")
    cast.change(second, agent=people.he_jing)
    (check,) = (each for each in drawn.everyone() if each.client_id == people.lin_wei.id)
    assert (check.policy.policy_no, check.agent.agent_no) == ("P002", "A000")
    assert check.stratum == "上海"


UNITS = [
    ("branch", {"上海", "北京"}),
    ("team", {"上海 · 一部", "北京 · 九部"}),
    ("agent", {"A001", "A900"}),
]


@pytest.mark.parametrize(("unit", "strata"), UNITS)
def test_strata_are_branches_teams_or_agents(unit: str, strata: set[str], book: Book) -> None:
    cast.everybody()
    assert {each.stratum for each in drawn.everyone(unit=unit)} == strata


LAST, FIRST = "2026-05-10", "2026-05-12"
FRAMED = [
    ({}, {}, True),
    ({"ended_on": "2026-05-12", "status": "terminated"}, {}, True),
    ({"ended_on": "2026-05-11", "status": "terminated"}, {}, False),
    ({"issued": FIRST}, {}, False),
    ({"served_from": FIRST}, {}, False),
    ({"served_from": "2026-05-11"}, {}, True),
    ({"status": "suspended"}, {}, False),
    ({"status": "applied"}, {}, False),
    ({"status": "grace"}, {}, True),
    ({"left_out_times": 2}, {}, False),
    ({}, {"deceased_on": LAST}, False),
    ({}, {"death_asked_on": LAST}, False),
    ({}, {"bereaved_until": "2026-05-11"}, False),
    ({}, {"bereaved_until": LAST}, True),
    ({}, {"erased_on": LAST}, False),
]


@pytest.mark.parametrize(("policy", "client", "is_in"), FRAMED)
def test_whom_we_serve_on_the_day_stands_in_the_frame(
    policy: dict[str, Any], client: dict[str, str], is_in: bool, book: Book
) -> None:
    people = cast.people()
    cast.give_policy(people.zhou_ming, "P900", "2025-01-01")
    cast.change(people.lin_wei, **{name: cast.day(value) for name, value in client.items()})
    cast.give_policy(people.lin_wei, "P001", **{"issued": "2025-01-01", **policy})
    with database.snapshot():
        found = {each.client_no for each in queries.frame(ON)}
    assert ("C001" in found) is is_in
    assert sum(queries.frame_by_agent(ON).values()) == len(found)


def test_a_draw_is_a_line_of_the_audit_log_without_the_seed(book: Book) -> None:
    cast.everybody()
    draw = drawn.draw(seed="somebody's word").draw
    (line,) = AuditEntry.select().where(AuditEntry.kind == "checks.drawn")
    assert f'"draw": {draw.id}' in line.facts
    assert "somebody" not in line.facts


@pytest.mark.parametrize("seed", ["", "  ", "a\nb", "\udcff", "x" * 101])
def test_a_seed_is_a_word(seed: str, book: Book) -> None:
    cast.everybody()
    with pytest.raises(errors.BadArgument, match="no_seed"):
        drawn.draw(seed=seed)


def test_nobody_is_drawn_where_nobody_is_served(book: Book) -> None:
    cast.people()
    with pytest.raises(errors.BadArgument, match="nobody_to_draw"):
        drawn.draw()
    assert CheckDraw.select().count() == 0


def test_nobody_is_drawn_of_a_day_to_come(book: Book) -> None:
    cast.everybody()
    with pytest.raises(errors.BadArgument, match="draw_in_future"):
        drawn.draw(on=ON + datetime.timedelta(1))
    assert CheckDraw.select().count() == 0


CHANGES = [
    "UPDATE spot_check SET client_id = client_id",
    "DELETE FROM spot_check",
    "UPDATE check_draw SET seed = 'T'",
    "DELETE FROM check_draw",
    "UPDATE check_result SET earned = 9",
    "DELETE FROM check_result",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_who_was_drawn_and_what_was_found(
    change: str, book: Book
) -> None:
    cast.everybody()
    drawn.record(drawn.everyone()[0].id)
    with pytest.raises(peewee.DatabaseError, match="append-only"), database.writing():
        database.execute(change)


@cast.on_sqlite
def test_a_frame_is_read_by_indexes_policy_by_policy(book: Book) -> None:
    with looked_up.listening(book) as heard:
        cast.everybody()
        drawn.draw()
        assert heard.faults("policy") == []


def test_two_who_draw_the_same_at_once_have_one_draw(book: Book) -> None:
    drawn.clients("east", 200)
    answers = at_once(*[drawn.draw] * 4)
    assert CheckDraw.select().count() == 1
    assert sorted(each.is_new for each in answers) == [False, False, False, True]
    assert {each.draw.id for each in answers} == {CheckDraw.get().id}
    assert SpotCheck.select().count() == 20
