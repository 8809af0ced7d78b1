"""A check: what is asked, and the result, recorded once and not by whoever did the service.

A red line that failed opens a problem, in the same transaction (domain.md §14.2).
"""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import peewee

from policies import database, persons, question_set
from policies.plan import text
from policies.question_set import Item, Judged
from servicing.cases import opening
from servicing.cases.ground import Ground
from servicing.cases.opening import Request
from servicing.checks import queries
from servicing.checks.result_file import Result
from servicing.core import errors, trail
from servicing.core.check_models import CheckDraw, CheckResult, SpotCheck

RECORDED = "check.recorded"
"""The kind of the line on the client's card; it says nothing of the score."""

PROBLEM, SOURCE = "problem", "spot_check"
"""Of the case that a failed red line opens."""


class House(NamedTuple):
    """What a problem stands on, and the language in which it is told."""

    ground: Ground
    locale: str


class Recorded(NamedTuple):
    """What a result has come to."""

    judged: Judged
    problem: int | None
    """The case that a failed red line has opened."""


@dataclass(frozen=True)
class Check:
    """A check with its questions, and its result if it has one."""

    check: SpotCheck
    items: Sequence[Item]
    result: CheckResult | None

    @property
    def answers(self) -> dict[str, question_set.Answer]:
        """By the id of the item; none where it is open."""
        found: dict[str, question_set.Answer] = (
            json.loads(self.result.answers) if self.result else {}
        )
        return found


def check(check_id: int) -> Check:
    """The check of that number; raises `CheckNotFound`."""
    query = SpotCheck.select(SpotCheck, CheckDraw).join(CheckDraw).where(SpotCheck.id == check_id)
    found: SpotCheck | None = query.first() if 0 < check_id < 1 << 63 else None
    if found is None:
        raise errors.CheckNotFound(check_id)
    items = msgspec.json.decode(found.draw.questions, type=list[Item])
    return Check(found, items, CheckResult.get_or_none(check_id=check_id))


def record(
    house: House,
    of: Check,
    result: Result,
    by: str,
    today: datetime.date,
    now: datetime.datetime,
) -> Recorded:
    """Write down what a check has found, once; the client's card is told that there was one.

    A red line that failed opens a problem about the agent, with their manager. Raises `BadArgument` where
    the checker has done the service, or a result stands already, and `CaseRefused` for what the kind
    `problem` of the workspace does not allow.
    """
    problem = None
    number, judged = of.check.id, question_set.judge(of.items, result.answers)
    try:
        with database.writing():
            _refuse_second(number)
            if by.casefold() in {each.casefold() for each in queries.doers(number)}:
                raise errors.BadArgument("checker_is_doer", by=by, check=number)
            CheckResult.create(
                check_id=number,
                answers=json.dumps(result.answers),
                earned=judged.earned,
                possible=judged.possible,
                red_lines=len(judged.red_lines),
                checker=by,
                checked_on=today,
                checked_at=now,
            )
            trail.write([_line(of.check, result.note, by)], now)
            if judged.red_lines:
                asked = _problem(house, of, judged, by, today)
                problem = opening.open_case(house.ground, asked, today, now).id
    except peewee.IntegrityError:  # two at once have written it down
        _refuse_second(number)
        raise
    return Recorded(judged, problem)


def _refuse_second(number: int) -> None:
    if there := CheckResult.get_or_none(check_id=number):
        facts = {"check": number, "by": there.checker, "on": there.checked_on}
        raise errors.BadArgument("check_recorded", **facts)


def _problem(house: House, of: Check, judged: Judged, by: str, today: datetime.date) -> Request:
    """What is said of the problem: the red lines that failed. A policy that is another's is not named."""
    check, asked = of.check, {each.id: text(each.ask, house.locale) for each in of.items}
    numbers = {each.id for each in persons.clients([check.client_id])}
    is_theirs = check.policy.client_id in numbers
    return Request(
        kind=PROBLEM,
        received_on=today,
        text="\n".join(asked[each] for each in judged.red_lines),
        by=by,
        client_no=check.client.client_no,
        policy_no=check.policy.policy_no if is_theirs else "",
        source=SOURCE,
        about=check.agent.agent_no,
        to_manager=True,
    )


def _line(of: SpotCheck, note: str, by: str) -> trail.Entry:
    said = {"note": note} if note else {}
    facts = trail.facts(check=of.id, **said, by=by)
    return trail.Entry(of.client_id, of.policy_id, None, RECORDED, facts)
