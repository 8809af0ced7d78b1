"""How call-backs were done, by unit (domain.md §14.5)."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from policies.ordering import by_name
from policies.persistency import units
from policies.persistency.units import UnitKind
from servicing.callbacks import queries
from servicing.callbacks.queries import Issued, Tallied, Terms
from servicing.core import errors
from servicing.reports.quality import CallbackCounts


@dataclass(frozen=True)
class RateLine:
    """The new contracts of a unit, and what became of their call-backs."""

    key: str
    name: str
    issued: int
    free_look_cancelled: int
    unsigned: int
    not_owed: int
    owed: int
    in_time: int
    completed: int
    never: int
    problems: int
    in_time_ratio: float | None
    completed_ratio: float | None
    problem_ratio: float | None
    with_unsigned_ratio: float | None


ALL = ("in_time", "late", "cancelled", "not_owed", "unsigned", "never")

COUNTED: Mapping[str, Collection[str]] = {
    "issued": ALL,
    "free_look_cancelled": ("cancelled",),
    "unsigned": ("unsigned",),
    "not_owed": ("not_owed",),
    "owed": ("in_time", "late", "never"),
    "in_time": ("in_time",),
    "completed": ("in_time", "late"),
    "never": ("never",),
    "problems": ALL,
}
"""By each number of a line: what has become of the contracts that it counts."""


@dataclass(frozen=True)
class Rate:
    """The units in the order of their names, and all of them."""

    rows: list[RateLine]
    total: RateLine


def rate(
    by: UnitKind,
    terms: Terms,
    first: datetime.date,
    last: datetime.date,
    agents: Collection[int] | None = None,
) -> Rate:
    """The contracts issued from one day to another, by the units of their agents of today.

    `agents`: of these alone; None: of all.

    Raises `BadArgument` for a span that ends before it begins. Ask inside a `snapshot`.
    """
    if last < first:
        raise errors.BadArgument("span_ends_first", first=first, last=last)
    force = units.force()
    counted: defaultdict[str, list[Tallied]] = defaultdict(list)
    names: dict[str, str] = {}
    for each in queries.became(Issued(terms, first, last, agents)):
        key = force[each.agent_id].key(by)
        counted[key].append(each)
        names[key] = force[each.agent_id].name if by == "agent" else ""
    sums = {key: _counts(each) for key, each in counted.items()}
    total = sum(sums.values(), CallbackCounts())
    rows = [_line(key, names[key], sums[key]) for key in sorted(sums, key=by_name)]
    return Rate(rows, _line("total", "", total))


def _counts(tallied: Iterable[Tallied]) -> CallbackCounts:
    number: defaultdict[str, int] = defaultdict(int)
    problems = 0
    for each in tallied:
        number[each.became] += each.count
        problems += each.problems
    return CallbackCounts(
        issued=sum(number.values()),
        free_look_cancelled=number["cancelled"],
        unsigned=number["unsigned"],
        not_owed=number["not_owed"],
        in_time=number["in_time"],
        late=number["late"],
        problems=problems,
    )


def _line(key: str, name: str, of: CallbackCounts) -> RateLine:
    return RateLine(
        key=key,
        name=name,
        issued=of.issued,
        free_look_cancelled=of.free_look_cancelled,
        unsigned=of.unsigned,
        not_owed=of.not_owed,
        owed=of.owed,
        in_time=of.in_time,
        completed=of.completed,
        never=of.never,
        problems=of.problems,
        in_time_ratio=_number(of.in_time_ratio),
        completed_ratio=_number(of.completed_ratio),
        problem_ratio=_number(of.problem_ratio),
        with_unsigned_ratio=_number(of.with_unsigned_ratio),
    )


def _number(ratio: Fraction | None) -> float | None:
    return None if ratio is None else float(ratio)
