"""What of the book opens the case of a policy that may be lost: each cause once, whatever ran when."""

from pathlib import Path
from typing import Any

import peewee
import pytest

from policies.case_moves import Given
from policies.models import Agent
from servicing.cases import opening, running_out, stepping
from servicing.cases.opening import Request
from servicing.cases.signals import looking, queries
from servicing.cases.stepping import Order
from servicing.core.case_models import Case, CaseEntry
from servicing.operations import timetable
from servicing.operations.workspace import Workspace
from servicing.reassignment import orphans
from tests import cast
from tests.servicing import looked_up
from tests.servicing.cases.opened import BY, CHINA, SAID, ground
from tests.servicing.web.visits import give_account

NOW = cast.at("2026-07-01")
DUE = "2026-06-01"


@pytest.fixture
def people(book: peewee.Database) -> cast.Cast:
    return cast.everybody(issued="2025-06-01")


def look(on: cast.Day, at: Any = CHINA) -> tuple[int, int]:
    done = looking.look(at, "en", cast.day(on), NOW)
    return done["opened"], done["noted"]


def said() -> list[tuple[str, str, str]]:
    """Each signal that a case has had: the policy, the signal, its day."""
    rows = CaseEntry.select().where(CaseEntry.step == "signal").order_by(CaseEntry.id)
    return [(each.case.policy.policy_no, each.reason, str(each.set_on)) for each in rows]


@pytest.mark.parametrize(
    ("on", "opened"),
    [
        ("2026-06-15", 0),
        ("2026-06-16", 1),  # fifteen days after the due day
        ("2026-06-30", 1),  # two weeks later still
        ("2026-07-01", 0),
    ],
)
def test_a_premium_in_arrears_opens_a_case_fifteen_days_after_it_fell_due(
    people: cast.Cast, on: str, opened: int
) -> None:
    cast.give_premium(people.policies[0], DUE)
    assert look(on) == (opened, 0)
    assert said() == [("P001", "arrears", DUE)] * opened


def test_the_case_is_of_the_day_on_which_the_signal_held(people: cast.Cast) -> None:
    cast.give_premium(people.policies[0], DUE)
    look("2026-06-20")
    (case,) = Case.select()
    assert (case.received_on, case.source, case.state) == (
        *(cast.day("2026-06-16"), "arrears", "at_risk"),
    )
    assert (case.client_id, case.desk) == (people.policies[0].client_id, "conservation")


def test_it_is_to_be_contacted_within_two_working_days(people: cast.Cast) -> None:
    cast.give_premium(people.policies[0], DUE)
    look("2026-06-16")  # a Tuesday
    (case,) = Case.select()
    assert case.due_on == cast.day("2026-06-18")
    stepping.step(
        CHINA, Order(case.id, "contact", BY, NOW.date(), Given("called")), NOW.date(), NOW
    )
    assert Case.get().due_on == cast.day("2026-07-16")


def test_its_clocks_run_from_the_day_on_which_it_was_opened(people: cast.Cast) -> None:
    cast.give_premium(people.policies[0], DUE)
    look("2026-06-24")  # a Wednesday, eight days later
    assert Case.get().due_on == cast.day("2026-06-26")


@pytest.mark.parametrize(
    ("logins", "owner"),
    [
        ((), ""),
        (("he",), "he"),
        (("he", "chen"), "chen"),
    ],
)
def test_it_goes_to_the_agent_or_whoever_stands_above(
    people: cast.Cast, logins: tuple[str, ...], owner: str
) -> None:
    of: dict[str, tuple[str, dict[str, str]]] = {
        "he": ("manager", {"team": "一部"}),
        "chen": ("agent", {"agent_no": "A001"}),
    }
    for login in logins:
        role, place = of[login]
        give_account(login, role, **place)
    mine = next(each for each in people.policies if each.agent.agent_no == "A001")
    cast.give_premium(mine, DUE)
    look("2026-06-16")
    assert Case.get().owner == owner


def test_of_an_agent_who_has_left_it_goes_to_the_manager(people: cast.Cast) -> None:
    give_account("he", "manager", team="一部")
    give_account("chen", "agent", agent_no="A001")
    orphans.left("A001", cast.day("2026-06-20"), NOW.date(), NOW)
    look("2026-06-20")
    assert {each.owner for each in Case.select()} == {"he"}


@pytest.mark.parametrize("heir", ["sun", "he"])
def test_a_case_follows_the_service_of_its_policy(people: cast.Cast, heir: str) -> None:
    """Its agent has left, or the policy is another agent's now."""
    give_account("he", "manager", team="一部")
    give_account("chen", "agent", agent_no="A001")
    give_account("sun", "agent", agent_no="A900")
    mine = next(each for each in people.policies if each.agent.agent_no == "A001")
    cast.give_premium(mine, DUE)
    look("2026-06-16")
    assert Case.get().owner == "chen"
    if heir == "sun":
        cast.change(mine, agent=people.sun_li)
    else:
        Agent.update(left_on=cast.day("2026-06-17")).where(Agent.agent_no == "A001").execute()
    looking.look(CHINA, "en", cast.day("2026-06-18"), NOW)
    of = Case.get(Case.policy == mine)
    assert of.owner == heir
    last = CaseEntry.select().where(CaseEntry.step == "assign").get()
    assert (last.person, last.done_by) == (heir, "by itself")
    assert looking.look(CHINA, "en", cast.day("2026-06-18"), NOW)["passed_on"] == 0


def test_a_policy_that_was_sold_has_a_case_of_its_new_holder(people: cast.Cast) -> None:
    of = people.policies[0]
    cast.give_premium(of, DUE)
    look("2026-06-16")
    other = people.zhou_ming if of.client_id != people.zhou_ming.id else people.lin_wei
    cast.change(of, client=other)
    cast.give_premium(of, "2026-06-05")
    assert look("2026-06-20") == (1, 0)
    assert [each.client_id for each in Case.select().order_by(Case.id)][-1] == other.id


def test_who_looks_at_the_same_moment_tells_nothing_twice(
    people: cast.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.give_premium(people.policies[0], DUE)
    ask = queries.found

    def late(*args: Any) -> Any:
        found = ask(*args)
        monkeypatch.setattr(queries, "found", ask)
        assert look("2026-06-16") == (1, 0)
        return found

    monkeypatch.setattr(queries, "found", late)
    assert look("2026-06-16") == (0, 0)
    assert said() == [("P001", "arrears", DUE)]


def test_a_mistake_in_one_file_stops_no_other(people: cast.Cast, tmp_path: Path) -> None:
    cast.give_premium(people.policies[0], DUE)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "aa.toml").write_text("title = 3", "utf-8")
    (tmp_path / "cases" / "ab.toml").write_text("title = ", "utf-8")
    home = ground(home=tmp_path)
    assert look("2026-06-16", home) == (1, 0)
    assert running_out.take_steps(home, cast.day("2026-06-16"), NOW) == 0


def test_it_says_what_has_opened_it_in_the_language_of_the_book(people: cast.Cast) -> None:
    cast.give_premium(people.policies[0], DUE)
    looking.look(CHINA, "zh_CN", cast.day("2026-06-16"), NOW)
    assert CaseEntry.get(CaseEntry.step == "opened").text == "续期保费逾期 2026-06-01"


NOT_OWED = {
    "paid": ({"paid_on": "2026-06-10"}, {}, {}),
    "of nothing": ({"amount": "0"}, {}, {}),
    "paid up": ({}, {"status": "paid_up"}, {}),
    "surrendered": ({}, {"status": "surrendered", "ended_on": cast.day("2026-06-10")}, {}),
    "an application": ({}, {"status": "applied"}, {}),
    "of somebody who has died": ({}, {}, {"deceased_on": cast.day("2026-06-10")}),
}


@pytest.mark.parametrize("why", NOT_OWED)
def test_what_is_not_owed_opens_nothing(people: cast.Cast, why: str) -> None:
    premium, policy, client = NOT_OWED[why]
    of = people.policies[0]
    cast.give_premium(of, DUE, **premium)
    cast.change(of, **policy)
    cast.change(of.client, **client)
    assert look("2026-06-20") == (0, 0)


def test_a_suspended_policy_is_at_risk_as_well(people: cast.Cast) -> None:
    cast.give_premium(people.policies[0], DUE)
    cast.change(people.policies[0], status="suspended")
    assert look("2026-06-20") == (1, 0)


def test_an_agent_who_leaves_opens_a_case_of_each_policy_on_that_day(people: cast.Cast) -> None:
    agent = people.policies[0].agent
    theirs = sorted(each.policy_no for each in people.policies if each.agent_id == agent.id)
    Agent.update(left_on=cast.day("2026-06-20")).where(Agent.id == agent.id).execute()
    assert look("2026-06-19") == (0, 0)
    assert look("2026-06-20") == (len(theirs), 0)
    assert sorted(said()) == [(each, "agent_left", "2026-06-20") for each in theirs]


def test_each_cause_opens_one_case_however_often_it_is_looked_at(people: cast.Cast) -> None:
    cast.give_premium(people.policies[0], DUE)
    assert [look(f"2026-06-{day}") for day in (16, 16, 17, 25)] == [(1, 0)] + [(0, 0)] * 3


def test_what_has_ended_is_not_opened_again_by_the_same_cause(people: cast.Cast) -> None:
    cast.give_premium(people.policies[0], DUE)
    look("2026-06-16")
    (case,) = Case.select()
    given = SAID._replace(reason="natural", date=None)
    stepping.step(CHINA, Order(case.id, "lose", BY, cast.day("2026-06-17"), given), NOW.date(), NOW)
    assert look("2026-06-18") == (0, 0)


def test_another_cause_is_noted_on_the_open_case(people: cast.Cast) -> None:
    of = people.policies[0]
    cast.give_premium(of, DUE)
    look("2026-06-16")
    cast.give_premium(of, "2026-06-05")
    assert look("2026-06-20") == (0, 1)
    assert said() == [("P001", "arrears", DUE), ("P001", "arrears", "2026-06-05")]
    assert Case.select().count() == 1


def test_a_case_that_somebody_has_opened_notes_the_signal(people: cast.Cast) -> None:
    day = cast.day("2026-06-18")
    opening.open_case(
        CHINA, Request("retention", day, "wants to leave", BY, policy_no="P001"), day, NOW
    )
    cast.give_premium(people.policies[0], DUE)
    assert look("2026-06-20") == (0, 1)


def test_after_an_end_another_cause_opens_another_case(people: cast.Cast) -> None:
    of = people.policies[0]
    cast.give_premium(of, DUE)
    look("2026-06-16")
    (case,) = Case.select()
    given = SAID._replace(reason="", date=None)
    for step in ("contact", "save"):
        order = Order(case.id, step, BY, cast.day("2026-06-17"), given)
        stepping.step(CHINA, order, NOW.date(), NOW)
    cast.give_premium(of, "2026-06-05")
    assert look("2026-06-20") == (1, 0)


def test_the_hourly_job_looks_for_them(workspace: Workspace) -> None:
    people = cast.everybody(issued="2025-06-01")
    cast.give_premium(people.policies[0], DUE)
    asked = (workspace, lambda: cast.at("2026-06-16"), lambda: False)
    assert [timetable.look_for_signals(*asked) for _ in range(2)] == [{"opened": 1}, {}]


def test_it_ends_early_where_the_service_does(people: cast.Cast) -> None:
    cast.give_premium(people.policies[0], DUE)
    assert not looking.look(CHINA, "en", cast.day("2026-06-16"), NOW, lambda: True)


@cast.on_sqlite
def test_signals_read_no_whole_table(book: peewee.Database) -> None:
    people = cast.everybody(issued="2025-06-01")
    cast.give_premium(people.policies[0], DUE)
    with looked_up.listening(book) as heard:
        assert look("2026-06-16") == (1, 0)
    assert heard.faults() == []
