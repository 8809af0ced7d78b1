"""What of a unit's month stands on the page for the morning meeting."""

from servicing.core.output import percent
from servicing.reports.briefing import Briefing, Table
from servicing.web import month_lists, months
from servicing.web.current import me, workspace
from servicing.web.listing import Listing, T
from servicing.web.months import UnitMonth
from servicing.web.rendering import moment, word

GRACES, AGENTS, LATE = 20, 9, 7
"""Lines of each part: with them it is one page of A4."""


def told_of(unit: UnitMonth) -> Briefing:
    """The page in the reader's language."""
    return Briefing(
        title=f"{workspace().settings.servicing.company} · {months.unit_name(unit.part)}",
        about=word("month", "paper_about", month=unit.key, at=moment(unit.since), by=me().name),
        facts=_facts(unit),
        tables=[_in_grace(unit), _below(unit), _late(unit)],
    )


def named(unit: UnitMonth) -> int:
    """How many policies the page names."""
    return min(GRACES, len(unit.found.todo.in_grace))


def _facts(unit: UnitMonth) -> list[tuple[str, str]]:
    standing, todo = unit.found.standing, unit.found.todo
    work = [
        (word("month", "in_grace"), str(len(todo.in_grace))),
        (word("heading", "overdue"), str(len(todo.overdue))),
        (word("month", "orphans"), str(len(todo.orphans))),
    ]
    if standing is None:
        return work
    return [
        (word("heading", "persistency"), percent(standing.ratio)),
        (word("manager", "target"), percent(workspace().settings.targets.persistency)),
        (word("month", "change"), month_lists.points(standing.change or 0) or "0.0"),
        (word("month", f"missing_{unit.found.basis}"), unit.told(standing.missing)),
        (word("month", f"collect_{unit.found.basis}"), unit.told(standing.to_collect)),
        *work,
    ]


def _in_grace(unit: UnitMonth) -> Table:
    found = unit.found.todo.in_grace
    lines = month_lists.grace_lines(found[:GRACES])
    listed = month_lists.in_grace(lines, "")
    shown = range(1, len(listed.columns) - 1)  # but the first and the last
    return _table(word("month", "in_grace"), listed, shown, len(found))


def _below(unit: UnitMonth) -> Table:
    below = [each for each in month_lists.agents_of(unit) if month_lists.is_below(each)]
    listed = month_lists.agents(unit, below[:AGENTS], "")
    return _table(word("month", "below"), listed, range(len(listed.columns)), len(below))


def _table(title: str, listed: Listing[T], shown: range, of: int) -> Table:
    """Some columns of a list."""
    columns = [listed.columns[number] for number in shown]
    return Table(
        title=title,
        columns=[each.title for each in columns],
        rows=[[each.shown(line) for each in columns] for line in listed.lines],
        is_number=[each.is_number for each in columns],
        of=of,
    )


def _late(unit: UnitMonth) -> Table:
    names = {each.id: each.label("agent") for each in unit.part.agents}
    late = [(names[each], str(count)) for each, count in unit.found.todo.late() if each in names]
    return Table(
        title=word("month", "late_by_agent"),
        columns=[word("heading", "agent_name"), word("heading", "overdue")],
        rows=[list(each) for each in late[:LATE]],
        is_number=[False, True],
        of=len(late),
    )
