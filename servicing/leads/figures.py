"""What asking has brought: shares, and the funnel of each agent (domain.md §19.5)."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from servicing.core import errors
from servicing.leads import queries
from servicing.leads.queries import Counted


@dataclass(frozen=True)
class Brought:
    """What the asks of some days have brought until today."""

    asked: int
    gave: int
    """Asks to which at least one name was given."""
    names: int
    won: int
    gave_ratio: float | None
    """Gave of asked; None: nobody was asked."""
    per_name: float | None
    """Won of names."""
    per_ask: float | None
    """Won of asked."""


def brought(of: Counted) -> Brought:
    """The shares of what was counted, exact."""
    return Brought(
        of.asked,
        of.gave,
        of.names,
        of.won,
        _share(of.gave, of.asked),
        _share(of.won, of.names),
        _share(of.won, of.asked),
    )


def report(
    first: datetime.date, last: datetime.date, agent_ids: Collection[int] | None = None
) -> Brought:
    """What the asks of a span have brought; raises `BadArgument` for one that ends before it begins."""
    _check(first, last)
    return brought(queries.counted(first, last, agent_ids))


@dataclass(frozen=True)
class Funnel:
    """The way of an agent's asks, from the first word to the contract."""

    of: Counted
    shares: Brought


@dataclass(frozen=True)
class Funnels:
    """The funnels of some agents, and of them together."""

    rows: list[Funnel]
    total: Funnel


def funnels(
    first: datetime.date, last: datetime.date, agent_ids: Collection[int] | None = None
) -> Funnels:
    """The funnel of each agent over a span, by number; raises as `report`."""
    _check(first, last)
    rows = [_funnel(each) for each in queries.counted_by_agent(first, last, agent_ids)]
    return Funnels(rows, _funnel(_sum([each.of for each in rows])))


def _sum(rows: Collection[Counted]) -> Counted:
    def total(name: str) -> int:
        return sum(getattr(each, name) for each in rows)

    return Counted(
        None,
        "",
        "",
        asked=total("asked"),
        gave=total("gave"),
        names=total("names"),
        consented=total("consented"),
        contacted=total("contacted"),
        met=total("met"),
        won=total("won"),
        open=total("open"),
    )


def _funnel(of: Counted) -> Funnel:
    return Funnel(of, brought(of))


def _check(first: datetime.date, last: datetime.date) -> None:
    if last < first:
        raise errors.BadArgument("span_ends_first", first=first, last=last)


def _share(part: int, whole: int) -> float | None:
    return float(Fraction(part, whole)) if whole else None
