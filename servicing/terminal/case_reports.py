"""Reports on cases as a terminal shows them: the tables of pages and files, narrow enough to be read."""

from typing import Any

from servicing.case_reports.daily import Daily, DayLine
from servicing.case_reports.tables import RATIOS, Table
from servicing.core import i18n, output

SHOWN = {
    "daily": ("what", "verdict", "faulty", "of", "ratio", "expected", "limit"),
    "complained-of": ("unit", "complaints", "policies", "per_wan", "limit", "verdict"),
    "callbacks": ("unit", "owed", "never") + RATIOS,
}
"""The columns of a wide table that fit a terminal; the others stand in its file, and on its page."""

NOTHING = "—"


def show_table(table: Table) -> None:
    """A report, its columns as everywhere."""
    shown = SHOWN.get(table.name, ())
    columns = [each for each in table.columns if not shown or each.key in shown]
    headings = [(each.title, each.kind in ("number", "percent")) for each in columns]
    cells = ([_cell(each.of(line), each.kind) for each in columns] for line in table.lines)
    output.emit_cells(headings, cells)


def _cell(value: Any, kind: str) -> str:
    if kind == "percent":
        return output.percent(value)
    return NOTHING if value is None else str(value)


def show_answers(found: Daily, locale: str) -> None:
    """Of what is abnormal in a day, why, and what is done."""
    for each in found.abnormal:
        print(told(each, locale))


def told(line: DayLine, locale: str) -> str:
    """Why something is abnormal, and what is done about it; or that nobody has said it yet."""
    what = i18n.say("case_reports", line.what, locale)
    if line.case is None:
        return i18n.say("case_reports", "unanswered", locale, what=what)
    return i18n.say(
        "case_reports",
        "answered",
        locale,
        what=what,
        case=line.case,
        cause=line.cause or NOTHING,
        measure=line.measure or NOTHING,
        owner=i18n.say("desk", line.owner, locale),
        due=line.due or NOTHING,
    )
