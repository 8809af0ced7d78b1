"""The worked figures of call-backs, by the command, over a small book on either database."""

import datetime

from servicing.callbacks import calling, opening
from servicing.callbacks.answer_file import Answered
from servicing.callbacks.calling import Call, House
from servicing.operations.workspace import Workspace
from tests import cast
from tests.acceptance.frontdoor import call
from tests.servicing.callbacks.called import INTERVIEW, case, said

ISSUED = datetime.date(2026, 2, 5)
SIGNED = datetime.date(2026, 2, 10)
IN_TIME, LATE = cast.at("2026-02-25", "19:00"), cast.at("2026-02-26", "09:00")
NOW = cast.at("2026-03-02")

SHORT = "一年期意外险"
SETTINGS = {"SERVICING_CALLBACKS_SHORT_TERM_PRODUCTS": f'["{SHORT}"]'}


def give_two_hundred() -> None:
    """200 issued: 12 cancelled in the free look, 8 receipts unsigned, 10 of a year, 170 that are owed."""
    cast.people()
    client = cast.lin_wei()
    agents = [cast.agent("A001"), cast.agent("A900")]
    for number in range(200):
        facts: dict[str, object] = {"delivered_on": SIGNED}
        if number < 12:
            facts |= {"status": "free_look_cancelled", "ended_on": "2026-02-12"}
        elif number < 20:
            facts = {}
        elif number < 30:
            facts |= {"product": SHORT}
        policy_no = f"P{number:03}"
        cast.give_policy(client, policy_no, ISSUED, agent=agents[number % 2], **facts)


def answer_162(space: Workspace) -> None:
    """153 in time and 9 later; 17 of them have a problem; 8 are never reached."""
    house = House(space.ground, space.settings.callbacks, space.zone, INTERVIEW, "en")
    for number in range(30, 192):
        place = number - 30
        at = IN_TIME if place < 153 else LATE
        answers = said(surrender="unclear") if place % 10 == 0 else said()
        answered = Answered(answers, channel="incoming")
        of = case(f"P{number:03}").id
        calling.answer(house, Call(of, at, "root"), answered, NOW)


def test_the_worked_figures_come_out_exactly(workspace: Workspace) -> None:
    give_two_hundred()
    rules = workspace.settings.callbacks
    on = cast.day("2026-02-11")
    opening.bring_up_to_date(workspace.ground, rules, on, cast.at(on))
    answer_162(workspace)
    asked = ("callbacks", "rate", "--from", "2026-02-01", "--to", "2026-02-28")
    by = ("--by", "branch", "--format", "json")
    answer = call(*asked, *by, cwd=workspace.home, env=SETTINGS, now=NOW).done().document()
    total = answer["total"]
    assert total == {
        "issued": 200,
        "free_look_cancelled": 12,
        "unsigned": 8,
        "not_owed": 10,
        "owed": 170,
        "in_time": 153,
        "completed": 162,
        "never": 8,
        "problems": 17,
        "in_time_ratio": 153 / 170,
        "completed_ratio": 162 / 170,
        "problem_ratio": 17 / 162,
        "with_unsigned_ratio": 153 / 178,
    }
    shares = [f"{100 * total[name]:.1f}" for name in total if name.endswith("_ratio")]
    assert shares == ["90.0", "95.3", "10.5", "86.0"]
    for name in ("issued", "owed", "in_time", "completed", "never", "problems"):
        assert sum(each[name] for each in answer["rows"]) == total[name]
    assert {each["key"] for each in answer["rows"]} == {"上海", "北京"}
    table = call(*asked, cwd=workspace.home, env=SETTINGS, now=NOW).done().out
    assert "90.0 %" in table and "86.0 %" in table
