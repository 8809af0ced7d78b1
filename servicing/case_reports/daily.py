"""The daily abnormality list 质量异常日报: what was unusual, why, what is done (domain.md §14.4)."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from policies.dates import ONE_DAY
from servicing.case_reports import figures, queries
from servicing.case_reports.figures import Span, Tested
from servicing.case_reports.part import EVERYBODY, Part
from servicing.case_reports.queries import Answered
from servicing.core.case_models import Case
from servicing.reports import quality
from servicing.reports.quality import Verdict

IMPROVEMENT = "improvement"
"""The kind of case that answers what is abnormal."""

RED_LINE = "red_line"
"""The line of spot checks, which are no cases."""

Usual = Mapping[str, Fraction | None]
"""By line, the share of the days before; None: they had nothing."""


@dataclass(frozen=True)
class DayLine:
    """Something that was counted of a day, held against what is usual."""

    what: str
    verdict: Verdict
    faulty: int
    of: int | None
    """None: it is a share of nothing."""
    ratio: float | None
    expected: float | None
    """The share of the 28 days before; None: they had nothing."""
    limit: float | None
    """The share above which it is abnormal; None: it is not judged."""
    case: int | None
    """The improvement measure that answers it; None: nobody has opened one."""
    cause: str
    """As it is suspected; empty: nobody has said it."""
    measure: str
    owner: str
    due: datetime.date | None


@dataclass(frozen=True)
class Daily:
    """The list of a day."""

    on: datetime.date
    rows: list[DayLine]

    @property
    def abnormal(self) -> list[DayLine]:
        """Its abnormal lines."""
        return [each for each in self.rows if each.verdict == "abnormal"]


def daily(on: datetime.date, part: Part = EVERYBODY, expected: Usual | None = None) -> Daily:
    """The list of a day, of a part.

    `expected`: what is usual, where it is known already. Ask inside a `snapshot`.
    """
    shares = usual(on, part) if expected is None else expected
    of_day, standing = figures.day(Span(on, on)), figures.standing(on)
    counted = _counted([*of_day, *standing], Span(on, on), part)
    answers = _answers(on, part.seen)
    names = [*(each.name for each in of_day), RED_LINE, *(each.name for each in standing)]
    rows = [_line(each, counted[each], shares.get(each), answers.get(each)) for each in names]
    return Daily(on, rows)


def usual(on: datetime.date, part: Part) -> Usual:
    """What is usual on a day: the shares of the days before."""
    before = Span(on - quality.DAYS * ONE_DAY, on - ONE_DAY)
    return {
        name: quality.usual_share([quality.Day(each.faulty, each.of or 0)])
        for name, each in _counted(figures.day(before), before, part).items()
    }


class _Count(NamedTuple):
    faulty: int
    of: int | None


def _counted(lines: Sequence[Tested], span: Span, part: Part) -> dict[str, _Count]:
    """The numbers by the name of their line: those of cases, and that of the spot checks of the days.

    A red line is counted by its check, not by the problem that it has opened: so whoever reads it has
    both numbers of the same checks.
    """
    asked = [each for line in lines for each in (line.faulty, line.of) if each is not None]
    found = iter(figures.counts(asked, part.seen))
    counted = {
        line.name: _Count(next(found), None if line.of is None else next(found)) for line in lines
    }
    checked = queries.checked(span.first, span.last, part.checked)
    return counted | {RED_LINE: _Count(checked.failed, checked.count)}


def _answers(on: datetime.date, seen: Any) -> dict[str, Answered]:
    """The improvement measures of the day that the reader may see, by the line that they answer."""
    is_of_day = (Case.kind == IMPROVEMENT) & (Case.received_on == on)
    known = {each.case for each in figures.rows(is_of_day, seen)}
    return {each.source: each for each in queries.answered(on) if each.case in known}


def _line(what: str, day: _Count, share: Fraction | None, answer: Answered | None) -> DayLine:
    judged = quality.judge_day(quality.Day(day.faulty, day.of or 0), share)
    return DayLine(
        what=what,
        verdict=judged.verdict,
        faulty=day.faulty,
        of=day.of,
        ratio=_number(judged.ratio),
        expected=_number(judged.usual),
        limit=_number(judged.limit),
        case=answer.case if answer else None,
        cause=answer.cause if answer else "",
        measure=answer.measure if answer else "",
        owner=answer.owner if answer else "",
        due=answer.due_on if answer else None,
    )


def _number(exact: Fraction | Decimal | None) -> float | None:
    return None if exact is None else float(exact)
