"""相识 → 相知 → 相信 → 相依: each stage by its facts, counted by unit and listed."""

import datetime
from collections.abc import Callable
from pathlib import Path

import peewee
import pytest

from policies import database, errors, stage
from policies.models import Client
from policies.persistency import units
from servicing.card import queries as cards
from servicing.core.done_models import DoneTask
from servicing.tiers import stages
from servicing.tiers.stages import Stages
from tests import cast
from tests.servicing import owed
from tests.servicing.cases import opened

Book = peewee.Database
ON = datetime.date(2026, 10, 1)
STAGES = stages.of_plan(stage.load(stage.SHIPPED / "standard.toml"), owed.STANDARD)
ISSUED = datetime.date(2025, 8, 31)


def done(*keys: str, policy_no: str = "P900") -> None:
    of = cast.policy(policy_no)
    for key in keys:
        number = DoneTask.select().count() + 1
        known = {"policy_id": of.id, "client_id": of.client_id, "done_on": ISSUED}
        DoneTask.create(task_id=number, key=key, **known)


def delivered() -> None:
    cast.change(cast.policy("P900"), delivered_on=ISSUED)


def paid(due: str, paid_on: str = "2026-09-01") -> None:
    cast.give_premium(cast.policy("P900"), due, paid_on=paid_on)


def complains() -> None:
    opened.complaint(client_no="C900")


Told = Callable[[], object]

FACTS: list[tuple[str, list[Told], str]] = [
    ("nothing", [], "before"),
    ("delivered", [delivered], "met"),
    (
        "delivered tomorrow",
        [lambda: cast.change(cast.policy("P900"), delivered_on="2026-10-02")],
        "before",
    ),
    ("the first month", [lambda: done("month_1")], "acquainted"),
    ("the fourth alone", [delivered, lambda: done("month_4")], "met"),
    ("both", [lambda: done("month_1", "month_4", "month_7")], "trusting"),
    ("and a complaint", [lambda: done("month_1", "month_4", "month_7"), complains], "acquainted"),
    ("the first year's premium", [delivered, lambda: paid("2025-08-31")], "met"),
    ("the second year's", [lambda: paid("2026-08-31")], "relying"),
    ("on the last day of the first", [lambda: paid("2026-08-30")], "before"),
    ("the third year's", [lambda: paid("2027-08-31")], "before"),
    ("paid later", [lambda: paid("2026-08-31", "2026-10-02")], "before"),
    ("paid, and a complaint", [lambda: paid("2026-08-31"), complains], "relying"),
]
"""What is known of Zhou Ming's policy of 31 August 2025, and the stage."""


def counted(agent_ids: list[int] | None = None, by: units.UnitKind = "agent") -> stages.Funnels:
    with database.snapshot():
        force = units.force()
        return stages.count(STAGES, agent_ids, lambda each: force[each].key(by), ON)


def near(client: Client, of: Stages = STAGES, agent_id: int | None = None) -> int | None:
    """The stage as a card has it."""
    (found,) = [
        each
        for each in cards.around(client, stages.furthest(of, ON, agent_id))
        if each.what == "near"
    ]
    return None if found.id < 0 else found.id


@pytest.mark.parametrize(("name", "told", "expected"), FACTS, ids=[each[0] for each in FACTS])
def test_each_stage_by_its_facts(book: Book, name: str, told: list[Told], expected: str) -> None:
    people = cast.everybody()
    for each in told:
        each()
    (row,) = [each for each in counted().rows if each.key == "A900"]
    assert {name: count for name, count in row.at.items() if count} == {expected: 1}
    (line,) = stages.clients(STAGES, expected, [people.sun_li.id], ON, 10)
    assert (line.client_no, line.policies) == ("C900", 1)
    assert STAGES.ids[near(people.zhou_ming) or 0] == expected


def test_a_client_is_in_the_furthest_stage_of_their_policies(book: Book) -> None:
    cast.everybody()
    cast.change(cast.policy("P001"), delivered_on=ISSUED)
    done("month_1", policy_no="P002")
    found = counted()
    assert found.total.at == {"before": 1, "met": 0, "acquainted": 1, "trusting": 0, "relying": 0}
    assert found.total.reached() == {"met": 1, "acquainted": 1, "trusting": 0, "relying": 0}
    assert found.total.clients == 2


def test_who_is_served_by_two_agents_counts_for_both_and_once_in_all(book: Book) -> None:
    people = cast.everybody()
    cast.change(cast.policy("P002"), agent=people.sun_li)
    done("month_1", policy_no="P002")
    found = counted()
    by_agent = {each.key: each.at for each in found.rows}
    assert (by_agent["A001"]["before"], by_agent["A001"]["acquainted"]) == (1, 0)
    assert (by_agent["A900"]["before"], by_agent["A900"]["acquainted"]) == (1, 1)
    assert found.total.clients == 2
    assert [each.key for each in counted([people.chen_yan.id]).rows] == ["A001"]
    assert near(people.lin_wei, agent_id=people.chen_yan.id) == 0


def test_a_policy_that_has_ended_and_a_client_who_has_died_count_nowhere(book: Book) -> None:
    people = cast.everybody()
    cast.change(people.lin_wei, deceased_on=ON)
    cast.change(cast.policy("P900"), status="surrendered", ended_on=ON)
    assert counted().total.clients == 0
    assert near(people.zhou_ming) is None


def test_the_list_has_who_is_in_a_stage_or_has_reached_it(book: Book) -> None:
    cast.everybody()
    delivered()
    done("month_1", policy_no="P001")
    listed = {
        or_later: [
            each.client_no for each in stages.clients(STAGES, "met", None, ON, 9, or_later=or_later)
        ]
        for or_later in (False, True)
    }
    assert listed == {False: ["C900"], True: ["C001", "C900"]}


LEAP: list[tuple[str, str, bool]] = [
    ("2024-02-29", "2025-02-27", False),
    ("2024-02-29", "2025-02-28", True),
    ("2024-02-29", "2026-02-27", True),
    ("2024-02-29", "2026-02-28", False),
]
"""A day of issue, the due date of a premium that was paid, and whether it is of the second year."""


@pytest.mark.parametrize(("issued", "due", "is_second"), LEAP)
def test_a_leap_day_has_its_anniversary_at_the_end_of_february(
    book: Book, issued: str, due: str, is_second: bool
) -> None:
    cast.everybody(issued=issued)
    paid(due, due)
    assert (counted().total.at["relying"] == 1) is is_second


def test_what_is_only_sent_is_done_once_it_has_left(book: Book) -> None:
    people = cast.everybody()
    sent = Stages(STAGES.each, frozenset(["month_1"]))
    message = cast.give_message(cast.policy("P900"), "2025-09-30")
    assert near(people.zhou_ming, sent) == 0
    cast.change(message, state="delivered")
    assert near(people.zhou_ming, sent) == 2


WRONG = [
    ("", "there is no [[stage]]"),
    ('[[stage]]\nid = "met"\ntitle = { en = "Met" }', "a stage needs a condition"),
    ('[[stage]]\nid = "met"\ntitle = { en = "Losers" }\ndelivered = true', "degrades a person"),
    ('[[stage]]\nid = "before"\ntitle = { en = "A" }\ndelivered = true', "id"),
    ('[[stage]]\nid = "met"\ntitle = { en = "A" }\ndone = ["month_2"]', "month_2"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_stages_that_are_wrong_are_refused(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "standard.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(errors.BadSetting) as refused:
        stage.load(path, [each.id for each in owed.STANDARD.touchpoints])
    from servicing.commands.refusal import sentence

    assert told in sentence(refused.value.notice, "en")
