"""The coming days as people read them in a terminal: a table, and a chart of it."""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from policies import records
from policies.plan import Plan
from servicing.core import i18n, output
from servicing.core.output import Format
from servicing.desk.tasks import title
from servicing.projections.compare import Difference, Example
from servicing.projections.simulate import ComingDays, DayAhead
from servicing.terminal.lines import line
from servicing.terminal.words import word

MADE = ["touchpoints", "messages", "sms", "email", "parts", "cost", "tasks", "skipped"]
FIGURES = [*MADE, "due_before", "agents_over"]
SHOWN = ("touchpoints", "sms", "email", "parts", "cost", "tasks", "agents_over")
"""In a table, without those that are nought throughout."""

WIDTH = 40
"""Of the longest bar, in characters."""


def emit(ahead: ComingDays, by: str, form: Format, plan: Plan, locale: str) -> None:
    """Print the coming days, or their touchpoints, in the form asked for."""
    key = "on" if by == "day" else "touchpoint"
    rows = list(_days(ahead) if by == "day" else _touchpoints(ahead, plan))
    if form == "json":
        output.emit_json(rows)
    elif form == "csv":
        output.emit_csv(rows, [key, *FIGURES])
    else:
        _show(rows, key, ahead, plan, locale)


def _days(ahead: ComingDays) -> Iterator[dict[str, Any]]:
    for day in ahead.days:
        yield {"on": day.on, **_figures(day)}


def _touchpoints(ahead: ComingDays, plan: Plan) -> Iterator[dict[str, Any]]:
    for touchpoint in plan.touchpoints:
        if found := ahead.by_touchpoint.get(touchpoint.id):
            yield {"touchpoint": touchpoint.id, **_figures(found)}


def _figures(day: DayAhead) -> dict[str, Any]:
    by = {
        "by_touchpoint": dict(day.by_touchpoint),
        "by_reason": dict(sorted(day.by_reason.items())),
    }
    return {name: getattr(day, name) for name in FIGURES} | by


def _show(rows: list[dict[str, Any]], key: str, ahead: ComingDays, plan: Plan, locale: str) -> None:
    columns = [name for name in SHOWN if any(row[name] for row in rows)]
    if key == "touchpoint":
        for row in rows:
            row["title"] = title(plan, row["touchpoint"], locale)
        columns.insert(0, "title")
    total = {name: _sum(row[name] for row in rows) for name in columns if name != "title"}
    total["agents_over"] = ""
    end = {key: word("in_all", locale), "title": "", **total}
    output.emit_table([*rows, end] if rows else [], [key, *columns], locale)
    if late := sum(day.due_before for day in ahead.days):
        line(word("due_before", locale, count=late), "yellow")
    if key == "on":
        line()
        _show_chart(ahead.days, locale)


def emit_difference(found: Difference, form: Format, plan: Plan, locale: str) -> None:
    """Print what a change would do; CSV has the examples."""
    if form == "json":
        output.emit_json(as_json(found))
    elif form == "csv":
        output.emit_csv(found.examples, Example)
    else:
        show_difference(found, plan, locale)


def as_json(found: Difference) -> dict[str, Any]:
    """A difference, as scripts read it."""
    changed = {kind: dict(counts) for kind, counts in found.changed.items()}
    return {**records.named(found), "changed": changed, "count": found.count}


def show_difference(found: Difference, plan: Plan, locale: str) -> None:
    """The two sides, what changes between them, and who is an example of it."""
    span = {"first": found.first, "last": found.last}
    line(word("difference", locale, **span), "bold")
    sums = [
        {
            "what": i18n.say("heading", name, locale),
            "before": before,
            "after": after,
            "change": after - before,
        }
        for name, before, after in found.sums()
    ]
    output.emit_table(sums, ["what", "before", "after", "change"], locale)
    line()
    if not found.count:
        line(word("nothing_changes", locale))
        return
    rows = [
        {"change_kind": word(kind, locale), "title": title(plan, key, locale), "count": count}
        for kind, key, count in found.rows()
    ]
    output.emit_table(rows, ["change_kind", "title", "count"], locale)
    if found.too_late:
        line(word("too_late", locale, count=found.too_late), "yellow")
    line()
    examples = [
        {
            "change_kind": word(each.kind, locale),
            "title": title(plan, each.touchpoint, locale),
            "client_no": each.client_no,
            "policy_no": each.policy_no,
            "before": each.before_on or "–",
            "after": each.after_on or "–",
        }
        for each in found.examples
    ]
    columns = ["change_kind", "title", "client_no", "policy_no", "before", "after"]
    output.emit_table(examples, columns, locale)


def _sum(values: Iterator[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0) if any(isinstance(each, Decimal) for each in known) else 0)


def _show_chart(days: list[DayAhead], locale: str) -> None:
    """A bar a day: its messages, then its tasks."""
    from rich.table import Table
    from rich.text import Text

    from servicing.core.consoles import console

    most = max((day.messages + day.tasks for day in days), default=0) or 1
    chart = Table.grid(padding=(0, 1))
    for day in days:
        bar = Text("█" * _length(day.messages, most), style="cyan")
        bar.append("▒" * _length(day.tasks, most), style="magenta")
        bar.append(f" {day.messages:,} + {day.tasks:,}")
        style = "dim" if not day.messages + day.tasks else "red" if day.agents_over else ""
        chart.add_row(Text(f"{day.on} {_weekday(day.on, locale)}", style=style), bar)
    chart.add_row("", Text(word("chart", locale), style="dim"))
    console().print(chart)


def _length(count: int, most: int) -> int:
    return -(-count * WIDTH // most)


def _weekday(day: datetime.date, locale: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, "EEE", locale=locale))
