"""Figures of quality: what is abnormal of a day, and how call-backs were done (domain.md §14.4, §14.5).

Pure: counts go in, exact shares come out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Literal, NamedTuple

DAYS = 28
"""The days before a day that say what is usual."""

FEWEST = 50
"""A day of fewer is counted and not judged."""

SIGMAS = 3

DIGITS = 50
"""Of a limit that is no fraction."""

Verdict = Literal["normal", "abnormal", "counted"]
"""`counted`: there were too few, or nobody knows what is usual."""


class Day(NamedTuple):
    """A day's work, and how much of it had a fault."""

    faulty: int
    of: int


class DayJudged(NamedTuple):
    """A day against what is usual."""

    verdict: Verdict
    ratio: Fraction | None
    """Faulty of all; None: there was nothing."""
    usual: Fraction | None
    """The share of the days before; None: they had nothing."""
    limit: Decimal | None
    """The share above which a day is abnormal; None: it is not judged."""


def usual_share(days: Iterable[Day]) -> Fraction | None:
    """The share of all that the days before have had, not the mean of their shares; None: of nothing."""
    faulty, of = 0, 0
    for each in days:
        faulty, of = faulty + each.faulty, of + each.of
    return Fraction(faulty, of) if of else None


def judge_day(day: Day, usual: Fraction | None) -> DayJudged:
    """A day on a p-chart: abnormal above p̄ + 3·√(p̄(1 − p̄) ÷ n); what is at the limit is normal.

    The comparison is exact; only the limit that is shown is a rounded root.
    """
    ratio = Fraction(day.faulty, day.of) if day.of else None
    if ratio is None or usual is None or day.of < FEWEST:
        return DayJudged("counted", ratio, usual, None)
    variance = usual * (1 - usual) / day.of
    beyond = ratio - usual
    is_abnormal = beyond > 0 and beyond**2 > SIGMAS**2 * variance
    verdict: Verdict = "abnormal" if is_abnormal else "normal"
    return DayJudged(verdict, ratio, usual, _limit(usual, variance))


def _limit(usual: Fraction, variance: Fraction) -> Decimal:
    with localcontext(prec=DIGITS):
        return min(Decimal(1), _decimal(usual) + SIGMAS * _decimal(variance).sqrt()).normalize()


def _decimal(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / Decimal(exact.denominator)


# ---------------------------------------------------------------------------------------- call-backs


@dataclass(frozen=True)
class CallbackCounts:
    """The new contracts of a span of days, by what became of their call-backs (domain.md §14.5)."""

    issued: int = 0
    free_look_cancelled: int = 0
    """Cancelled in the free look before a call-back."""
    unsigned: int = 0
    """Whose receipt is not signed: their free look has not begun."""
    not_owed: int = 0
    """By the rules: contracts of a year or less."""
    in_time: int = 0
    """Called back inside the free look."""
    late: int = 0
    """Called back after it."""
    problems: int = 0
    """Of those that were called back, with a problem item."""

    @property
    def owed(self) -> int:
        """Contracts whose client is to be called back."""
        return self.issued - self.free_look_cancelled - self.unsigned - self.not_owed

    @property
    def completed(self) -> int:
        """Called back, in time or late."""
        return self.in_time + self.late

    @property
    def never(self) -> int:
        """Owed, and not called back."""
        return self.owed - self.completed

    @property
    def in_time_ratio(self) -> Fraction | None:
        """In time ÷ owed."""
        return _share(self.in_time, self.owed)

    @property
    def completed_ratio(self) -> Fraction | None:
        """Called back ÷ owed."""
        return _share(self.completed, self.owed)

    @property
    def problem_ratio(self) -> Fraction | None:
        """With a problem item ÷ called back."""
        return _share(self.problems, self.completed)

    @property
    def with_unsigned_ratio(self) -> Fraction | None:
        """In time ÷ (owed and unsigned): who holds back receipts does not look better for it."""
        return _share(self.in_time, self.owed + self.unsigned)

    def __add__(self, other: "CallbackCounts") -> "CallbackCounts":
        """Those of two units together."""
        return CallbackCounts(
            self.issued + other.issued,
            self.free_look_cancelled + other.free_look_cancelled,
            self.unsigned + other.unsigned,
            self.not_owed + other.not_owed,
            self.in_time + other.in_time,
            self.late + other.late,
            self.problems + other.problems,
        )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
