"""The result of a walk, and a policy's timeline, as a terminal shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from policies.plan import Plan, text
from servicing.core import output, reasons
from servicing.desk.policy_timeline import TimelineLine
from servicing.desk.tasks import title
from servicing.desk.wording import reason_name, state_name
from servicing.schedule.materialize import DayWalked
from servicing.schedule.walk import Walked
from servicing.terminal.words import word


def timeline_rows(lines: Iterable[TimelineLine], plan: Plan, locale: str) -> list[dict[str, Any]]:
    """A timeline as its table shows it."""
    return [
        {
            "due_on": line.due_on,
            "title": title(plan, line.touchpoint, locale),
            "state": state_name(line.state, locale),
            "reason": reason_name(line.reason, locale) if line.state != "planned" else "",
            "grace_until": line.grace_until or "",
            "carried_by": line.carried_by,
        }
        for line in lines
    ]


def show_walk(walked: Walked, plan: Plan, locale: str) -> None:
    """Show the result of a walk: the total, the counts by touchpoint, and the reasons."""
    console = Console()
    if walked.caught_up:
        first, last = walked.caught_up[0].on, walked.caught_up[-1].on
        console.print(
            word("caught_up", locale, count=len(walked.caught_up), first=first, last=last)
        )
    console.print(Text(word("walked", locale, on=walked.on), style="bold"))
    console.print(Padding(_account([*walked.caught_up, walked], locale), (0, 0, 1, 0)))
    if walked.early:
        told = word("early", locale, count=walked.early.touchpoints, on=walked.early.on)
        console.print(Padding(Text(told), (0, 0, 1, 0)))
    by_touchpoint = sum(
        (day.by_touchpoint for day in walked.caught_up), walked.by_touchpoint.copy()
    )
    rows: list[Mapping[str, Any]] = [
        {"touchpoint": each.id, "title": text(each.title, locale), "count": by_touchpoint[each.id]}
        for each in plan.touchpoints
        if by_touchpoint[each.id]
    ]
    if rows:
        output.emit_table(rows, ["touchpoint", "title", "count"], locale)
    by_reason = sum((day.by_reason for day in walked.caught_up), walked.by_reason.copy())
    if by_reason:
        console.print()
        output.emit_table(
            [
                {"reason": reasons.sentence(code, locale), "count": count}
                for code, count in by_reason.most_common()
            ],
            ["reason", "count"],
            locale,
        )


def _account(days: list[DayWalked], locale: str) -> Text:
    parts = [
        f"{word(name, locale)} {sum(getattr(day, name) for day in days):,}"
        for name in ("touchpoints", "messages", "tasks", "skipped")
    ]
    return Text("   ".join(parts))
