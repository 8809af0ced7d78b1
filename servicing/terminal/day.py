"""The result of a walk, and a policy's timeline, as a terminal shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from policies.plan import Plan, text
from servicing.card.policy_timeline import TimelineLine
from servicing.card.wording import reason_name, state_name
from servicing.core import output, reasons
from servicing.desk.tasks import title
from servicing.schedule.materialize import DayWalked
from servicing.schedule.walk import Walked
from servicing.terminal.lines import line
from servicing.terminal.words import word


def timeline_rows(lines: Iterable[TimelineLine], plan: Plan, locale: str) -> list[dict[str, Any]]:
    """A timeline as its table shows it."""
    return [
        {
            "due_on": each.due_on,
            "title": title(plan, each.touchpoint, locale),
            "state": state_name(each.state, locale),
            "reason": reason_name(each.reason, locale) if each.state != "planned" else "",
            "grace_until": each.grace_until or "",
            "carried_by": each.carried_by,
        }
        for each in lines
    ]


def show_walk(walked: Walked, plan: Plan, locale: str) -> None:
    """Show the result of a walk: the total, the counts by touchpoint, and the reasons."""
    if walked.caught_up:
        first, last = walked.caught_up[0].on, walked.caught_up[-1].on
        line(word("caught_up", locale, count=len(walked.caught_up), first=first, last=last))
    line(word("walked", locale, on=walked.on), "bold")
    line(_account([*walked.caught_up, walked], locale) + "\n")
    if walked.early:
        line(word("early", locale, count=walked.early.touchpoints, on=walked.early.on) + "\n")
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
        line()
        output.emit_table(
            [
                {"reason": reasons.sentence(code, locale), "count": count}
                for code, count in by_reason.most_common()
            ],
            ["reason", "count"],
            locale,
        )


def _account(days: list[DayWalked], locale: str) -> str:
    parts = [
        f"{word(name, locale)} {sum(getattr(day, name) for day in days):,}"
        for name in ("touchpoints", "messages", "tasks", "skipped")
    ]
    return "   ".join(parts)
