"""What a check has found is recorded once, by somebody who has not served the client."""

import json

import peewee
import pytest

from policies.models import Client
from policies.question_set import Answer
from servicing.card import telling
from servicing.card.card import TrailLine
from servicing.checks import checking
from servicing.core import errors, trail
from servicing.core.account_models import User
from servicing.core.check_models import CheckResult, SpotCheck
from servicing.core.models import Task
from tests import cast
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
