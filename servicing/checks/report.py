"""The figures of spot checks by unit: drawn, checked, open, passed, red lines (domain.md §14.3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from policies.ordering import by_name
from policies.persistency import units
from policies.persistency.units import UnitKind
from servicing.checks import queries
from servicing.checks.queries import Tallied, Wanted


@dataclass
class ReportLine:
    """What the checks of a unit have come to."""

    key: str
    name: str
    drawn: int
    checked: int
    open: int
    """Drawn, and not checked yet."""
    passed_ratio: float | None
    """The weight of what passed ÷ that of what passed or failed; None: nothing was checked."""
    earned: int
    possible: int
    red_lines: int
    """How many failed."""


@dataclass(frozen=True)
class Report:
    """The units in the order of their names, and all of them."""

    rows: list[ReportLine]
    total: ReportLine


def report(by: UnitKind, wanted: Wanted) -> Report:
    """The checks that are wanted, by the units that their agents belong to today."""
    force = units.force()
    counted: defaultdict[str, list[Tallied]] = defaultdict(list)
    names: dict[str, str] = {}
    for each in queries.by_agent(wanted):
        key = force[each.agent_id].key(by)
        counted[key].append(each)
        names[key] = force[each.agent_id].name if by == "agent" else ""
    rows = [_line(key, names[key], counted[key]) for key in sorted(counted, key=by_name)]
    return Report(rows, _line("total", "", list(chain(*counted.values()))))


def _line(key: str, name: str, counted: Sequence[Tallied]) -> ReportLine:
    drawn, checked = sum(each.drawn for each in counted), sum(each.checked for each in counted)
    earned, possible = sum(each.earned for each in counted), sum(each.possible for each in counted)
    return ReportLine(
        key=key,
        name=name,
        drawn=drawn,
        checked=checked,
        open=drawn - checked,
        passed_ratio=earned / possible if possible else None,
        earned=earned,
        possible=possible,
        red_lines=sum(each.red_lines for each in counted),
    )
