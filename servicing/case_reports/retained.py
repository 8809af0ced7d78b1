"""What became of retention cases 保全挽留 (domain.md §12.13).

It stands beside persistency and never inside it: a policy that was saved is kept there where it is paid.
"""

import datetime
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import peewee

from servicing.case_reports import figures
from servicing.case_reports.figures import Span
from servicing.core import errors
from servicing.core.case_models import Case, CaseEntry

KIND = "retention"
SAVED, LOST, UNREACHABLE = "saved", "lost", "unreachable"
ENDS = (SAVED, LOST, UNREACHABLE)


@dataclass(frozen=True)
class Retained:
    """The retention cases that were opened over some days, and what became of them by another."""

    opened: int
    open: int
    """Of which nothing is decided yet."""
    saved: int
    lost: int
    unreachable: int
    of_decided: float | None
    """Saved of saved and lost; None: nothing is decided."""
    of_all: float | None
    """Saved of all; None: there were none."""
    lost_by_type: dict[str, int]
    """By the reason of the loss, in the order of their names."""
    otherwise: dict[str, int]
    """By other ends, which a kind of one's own may have, in the order of their names."""


def retained(span: Span, as_of: datetime.date) -> Retained:
    """The account of the cases received in a span, as it stood at the end of a day.

    Raises `BadArgument` for a span that ends before it begins. Ask inside a `snapshot`.
    """
    if span.last < span.first:
        raise errors.BadArgument("span_ends_first", first=span.first, last=span.last)
    came = figures.received(KIND, span) & (Case.received_on <= as_of)
    ended = came & (Case.ended_on <= as_of)
    opened = Case.select().where(came).count()
    became = _counted(Case.state, Case.select(), ended)
    losing = CaseEntry.select().join(Case).where(CaseEntry.to_state == LOST)
    by_type = _counted(CaseEntry.reason, losing, ended & (Case.state == LOST))
    saved, lost = became[SAVED], became[LOST]
    return Retained(
        opened=opened,
        open=opened - became.total(),
        saved=saved,
        lost=lost,
        unreachable=became[UNREACHABLE],
        of_decided=_share(saved, saved + lost),
        of_all=_share(saved, opened),
        lost_by_type=dict(sorted(by_type.items())),
        otherwise={end: became[end] for end in sorted(became) if end not in ENDS},
    )


def _counted(column: Any, query: Any, condition: Any) -> Counter[str]:
    """How many there are of each value of a column."""
    counts = query.select(column, peewee.fn.COUNT(peewee.SQL("1"))).where(condition)
    return Counter(dict(counts.group_by(column).tuples()))


def _share(part: int, whole: int) -> float | None:
    return float(Fraction(part, whole)) if whole else None
