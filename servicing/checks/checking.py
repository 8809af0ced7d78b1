"""A check: what is asked, and the result, which is recorded once and not by whoever did the service."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import peewee

from policies import database, question_set
from policies.question_set import Item, Judged
from servicing.checks import queries
from servicing.checks.result_file import Result
from servicing.core import errors, trail
from servicing.core.check_models import CheckDraw, CheckResult, SpotCheck

RECORDED = "check.recorded"
"""The kind of the line on the client's card; it says nothing of the score."""


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
    of: Check, result: Result, by: str, today: datetime.date, now: datetime.datetime
) -> Judged:
    """Write down what a check has found, once; the client's card is told that there was one.

    Raises `BadArgument` where the checker has done the service, or a result stands already.
    """
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
    except peewee.IntegrityError:  # two at once have written it down
        _refuse_second(number)
        raise
    return judged


def _refuse_second(number: int) -> None:
    if there := CheckResult.get_or_none(check_id=number):
        facts = {"check": number, "by": there.checker, "on": there.checked_on}
        raise errors.BadArgument("check_recorded", **facts)


def _line(of: SpotCheck, note: str, by: str) -> trail.Entry:
    said = {"note": note} if note else {}
    facts = trail.facts(check=of.id, **said, by=by)
    return trail.Entry(of.client_id, of.policy_id, None, RECORDED, facts)
