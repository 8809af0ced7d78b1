"""The daily abnormality list 质量异常日报: what was unusual, why, what is done (domain.md §14.4)."""

import datetime
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from policies.dates import ONE_DAY
from servicing.case_reports import figures, queries
from servicing.case_reports.figures import EVERYTHING, Span, Tested
from servicing.reports import quality
from servicing.reports.quality import Verdict


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


def daily(
    on: datetime.date, seen: object = EVERYTHING, agents: Collection[int] | None = None
) -> Daily:
    """The list of a day: of the cases that `seen` lets through, and the checks of these agents.

    None: of all agents. Ask inside a `snapshot`.
    """
    today, before = spans(on)
    now, then = figures.day(today), figures.day(before)
    standing = figures.standing(on)
    asked = [*_conditions(now), *_conditions(then), *_conditions(standing)]
    found = iter(figures.counts(asked, seen))
    days, usual, rest = ([_day(each, found) for each in some] for some in (now, then, standing))
    checked = [queries.checked(*span, agents) for span in (today, before)]
    answers = {each.source: each for each in queries.answered(on)}
    rows = []
    for tested, day, past in zip(now, days, usual, strict=True):
        if tested.name == "red_line":
            day, past = (
                _Count(each.faulty, of) for each, of in zip((day, past), checked, strict=True)
            )
        rows.append(_line(tested.name, day, past, answers.get(tested.name)))
    rows += [
        _line(tested.name, day, None, answers.get(tested.name))
        for tested, day in zip(standing, rest, strict=True)
    ]
    return Daily(on, rows)


def spans(on: datetime.date) -> tuple[Span, Span]:
    """The day, and the days before that say what is usual."""
    return Span(on, on), Span(on - quality.DAYS * ONE_DAY, on - ONE_DAY)


@dataclass(frozen=True)
class _Count:
    faulty: int
    of: int | None


def _conditions(lines: Sequence[Tested]) -> list[object]:
    return [each for line in lines for each in (line.faulty, line.of) if each is not None]


def _day(line: Tested, found: Iterator[int]) -> _Count:
    faulty = next(found)
    return _Count(faulty, None if line.of is None else next(found))


def _line(what: str, day: _Count, past: _Count | None, answer: queries.Answered | None) -> DayLine:
    usual = None if past is None else quality.usual_share([_of(past)])
    judged = quality.judge_day(_of(day), usual)
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


def _of(counted: _Count) -> quality.Day:
    return quality.Day(counted.faulty, counted.of or 0)


def _number(exact: Fraction | Decimal | None) -> float | None:
    return None if exact is None else float(exact)
