"""What a check has found is recorded once, by somebody who has not served the client."""

import contextlib
import json
from pathlib import Path

import peewee
import pytest

from policies import case_file
from policies.models import Branch, Client, Policy, Team
from policies.question_set import Answer
from servicing.card import telling
from servicing.card.card import TrailLine
from servicing.checks import checking
from servicing.checks.result_file import Result
from servicing.core import errors, trail
from servicing.core.account_models import User
from servicing.core.case_models import Case, CaseEntry
from servicing.core.check_models import CheckResult, SpotCheck
from servicing.core.models import Task
from tests import cast
from tests.servicing.cases.opened import TODAY, done, ground
from tests.servicing.checks import drawn
from tests.servicing.checks.drawn import NOW, ON, PASSED, SEVEN_OF_NINE
from tests.servicing.stored import at_once

Book = peewee.Database


def of_lin_wei(people: cast.Cast) -> SpotCheck:
    (check,) = (each for each in drawn.everyone() if each.client_id == people.lin_wei.id)
    return check


def account(login: str, agent_no: str | None = None) -> User:
    made: User = User.create(
        login=login,
        name=login,
        role="agent" if agent_no else "operations",
        password="",
        session_key=login,
        agent=cast.agent(agent_no) if agent_no else None,
        made_at=NOW,
    )
    return made


def test_seven_of_nine_is_recorded(book: Book) -> None:
    check = of_lin_wei(cast.everybody())
    judged = drawn.record(check.id)
    assert (judged.earned, judged.possible, judged.red_lines) == (7, 9, ())
    found = checking.check(check.id)
    assert found.result is not None
    assert (found.answers, found.result.checker, found.result.checked_on) == (
        SEVEN_OF_NINE,
        "quality",
        ON,
    )


def test_the_card_says_that_there_was_a_check_and_nothing_of_the_score(book: Book) -> None:
    people = cast.everybody()
    check = of_lin_wei(people)
    drawn.record(check.id, {**SEVEN_OF_NINE, "private_money": "fail"}, note="客户很满意")
    (line,) = (
        each for each in trail.of_client(people.lin_wei.id) if each.kind == checking.RECORDED
    )
    assert json.loads(line.facts) == {"check": check.id, "note": "客户很满意", "by": "quality"}
    assert line.policy_id == check.policy_id
    shown = TrailLine(line.at, line.kind, "P001", "", json.loads(line.facts))
    told = telling.told(shown, "en", {})
    assert (told.sentence, told.who, told.details) == (
        "The service was spot-checked",
        "quality",
        ["客户很满意"],
    )
    assert telling.told(shown, "zh_CN", {}).sentence == "服务接受了抽查"


def test_a_result_stands(book: Book) -> None:
    people = cast.everybody()
    check = of_lin_wei(people)
    drawn.record(check.id)
    with pytest.raises(errors.BadArgument, match="check_recorded"):
        drawn.record(check.id, PASSED, by="somebody else")
    assert CheckResult.get().earned == 7
    assert cast.trail_of(people.lin_wei).count(checking.RECORDED) == 1


@pytest.mark.parametrize("by", ["A001", "a001", "chenyan", "ChenYan"])
def test_the_agent_does_not_check_her_own_service(by: str, book: Book) -> None:
    people = cast.everybody()
    account("chenyan", "A001")
    check = of_lin_wei(people)
    with pytest.raises(errors.BadArgument, match="checker_is_doer"):
        drawn.record(check.id, by=by)
    assert CheckResult.select().count() == 0
    assert cast.trail_of(people.lin_wei) == []


def test_nor_does_whoever_serves_the_policy_since(book: Book) -> None:
    people = cast.everybody()
    check = of_lin_wei(people)
    cast.change(people.policies[0], agent=people.he_jing)
    for by in ("A001", "A000"):
        with pytest.raises(errors.BadArgument, match="checker_is_doer"):
            drawn.record(check.id, by=by)


def test_nor_does_whoever_did_a_task_for_the_client(book: Book) -> None:
    people = cast.everybody(issued="2026-05-08")
    cast.walk_only("2026-05-11")
    check = of_lin_wei(people)
    Task.update(state="done", done_by_id=people.sun_li.id, ended_at=NOW).execute()
    with pytest.raises(errors.BadArgument, match="checker_is_doer"):
        drawn.record(check.id, by="A900")


def test_another_agent_may_check(book: Book) -> None:
    people = cast.everybody()
    account("hejing", "A000")
    assert drawn.record(of_lin_wei(people).id, by="hejing").possible == 9


def test_questions_are_those_of_the_day_of_the_draw(book: Book) -> None:
    check = of_lin_wei(cast.everybody())
    assert checking.check(check.id).items == list(drawn.QUESTIONS.items)


@pytest.mark.parametrize("number", [0, -1, 99, 1 << 70])
def test_a_check_that_nobody_drew_is_not_found(number: int, book: Book) -> None:
    cast.everybody()
    drawn.everyone()
    with pytest.raises(errors.CheckNotFound):
        checking.check(number)


def test_what_is_written_down_has_every_answer(book: Book) -> None:
    check = of_lin_wei(cast.everybody())
    answers: dict[str, Answer] = dict.fromkeys(PASSED, "na")
    judged = drawn.record(check.id, answers)
    assert (judged.earned, judged.possible, judged.ratio) == (0, 0, None)
    assert json.loads(CheckResult.get().answers) == answers
    assert Client.get_by_id(check.client_id).client_no == "C001"


def test_of_two_who_record_at_once_one_is_told_that_a_result_stands(book: Book) -> None:
    people = cast.everybody()
    check = of_lin_wei(people)

    def record() -> str:
        try:
            drawn.record(check.id)
        except errors.BadArgument as error:
            return error.notice.code
        return "recorded"

    answers = at_once(*[record] * 4)
    assert sorted(answers) == ["check_recorded"] * 3 + ["recorded"]
    assert cast.trail_of(people.lin_wei).count(checking.RECORDED) == 1


# --- A red line that failed opens a problem ---------------------------------------------------------

CROSSED: dict[str, Answer] = {**PASSED, "private_money": "fail"}


def manager(login: str, *, team: str = "", branch: str = "", agent_no: str = "") -> None:
    User.create(
        login=login,
        name=login,
        role="manager",
        password="",
        session_key=login,
        team=Team.get(Team.name == team) if team else None,
        branch=Branch.get(Branch.name == branch) if branch else None,
        agent=cast.agent(agent_no) if agent_no else None,
        made_at=NOW,
    )


def test_a_red_line_that_failed_opens_a_problem_about_the_agent(book: Book) -> None:
    check = of_lin_wei(cast.everybody())
    problem = drawn.recorded(check.id, CROSSED).problem
    (case,) = Case.select()
    assert case.id == problem
    assert (case.kind, case.source, case.received_on) == ("problem", "spot_check", ON)
    assert (case.client_id, case.policy_id) == (check.client_id, check.policy_id)
    assert (case.about_id, case.desk, case.owner) == (check.agent_id, "callback", "")
    (entry,) = CaseEntry.select()
    assert entry.text == next(
        each.ask["en"] for each in drawn.QUESTIONS.items if each.id == "private_money"
    )


def test_one_that_passed_opens_none(book: Book) -> None:
    assert drawn.recorded(of_lin_wei(cast.everybody()).id).problem is None
    assert Case.select().count() == 0


MANAGERS = [
    ([{"login": "team", "team": "一部"}, {"login": "branch", "branch": "上海"}], "team"),
    ([{"login": "branch", "branch": "上海"}], "branch"),
    ([{"login": "elsewhere", "team": "九部"}, {"login": "far", "branch": "北京"}], ""),
    ([{"login": "herself", "team": "一部", "agent_no": "A001"}], ""),
]


@pytest.mark.parametrize(("managers", "owner"), MANAGERS)
def test_it_is_with_the_manager_of_the_agent(
    book: Book, managers: list[dict[str, str]], owner: str
) -> None:
    check = of_lin_wei(cast.everybody())
    for each in managers:
        manager(**each)
    drawn.record(check.id, CROSSED)
    case = Case.get()
    assert case.owner == owner
    if owner:
        done(case, "contact", "solve", on=TODAY, by=owner)


def test_result_and_problem_are_written_together_or_not_at_all(book: Book, tmp_path: Path) -> None:
    check = of_lin_wei(cast.everybody())
    text = (case_file.SHIPPED / "problem.toml").read_text("utf-8")
    (tmp_path / "cases").mkdir()
    own = '\n[[source]]\nid = "other"\ntitle = { en = "Other" }\n'
    (tmp_path / "cases" / "problem.toml").write_text(text + own, "utf-8")
    house = checking.House(ground(home=tmp_path), "en")
    found = checking.check(check.id)
    with pytest.raises(errors.CaseRefused, match="case_unknown_source"):
        checking.record(house, found, Result(CROSSED, ""), "quality", ON, NOW)
    assert (CheckResult.select().count(), Case.select().count()) == (0, 0)
    assert cast.trail_of(cast.lin_wei()) == []


def test_of_two_who_record_at_once_one_opens_a_problem(book: Book) -> None:
    check = of_lin_wei(cast.everybody())

    def record() -> None:
        with contextlib.suppress(errors.BadArgument):
            drawn.record(check.id, CROSSED)

    at_once(*[record] * 4)
    assert (CheckResult.select().count(), Case.select().count()) == (1, 1)


def test_a_policy_that_is_anothers_by_now_is_not_named(book: Book) -> None:
    people = cast.everybody()
    check = of_lin_wei(people)
    Policy.update(client=people.zhou_ming).where(Policy.id == check.policy_id).execute()
    drawn.record(check.id, CROSSED)
    assert (Case.get().client_id, Case.get().policy_id) == (people.lin_wei.id, None)
