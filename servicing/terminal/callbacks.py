"""Call-backs as a terminal shows them."""

from collections.abc import Iterable, Sequence
from typing import Any

from policies import records
from policies.case_kind import Kind
from policies.plan import text
from servicing.callbacks.calling import Recorded
from servicing.callbacks.escalation import Pressing
from servicing.callbacks.rate import Rate, RateLine
from servicing.core import i18n, output
from servicing.core.output import percent
from servicing.terminal.lines import line
from servicing.terminal.words import word

NAMES = ("key", "name")
"""What a line of the rate is called; the rest of it are figures."""

RATIOS = ("in_time_ratio", "completed_ratio", "problem_ratio", "with_unsigned_ratio")


def figures(of: RateLine) -> dict[str, Any]:
    """A line of the rate without what it is called."""
    return {name: value for name, value in records.named(of).items() if name not in NAMES}


def show_calls(done: Iterable[Recorded], kind: Kind, locale: str) -> None:
    """What a call has come to, a line for each contract."""
    for each in done:
        said = i18n.say("callback", each.outcome, locale)
        state = kind.state_of(each.state)
        stands = text(state.title, locale) if state else each.state
        key = "called_until" if each.due else "called"
        facts = {"case": each.case, "policy_no": each.policy_no, "said": said, "stands": stands}
        line(i18n.say("callback", key, locale, **facts, due=each.due))


def show_due(rows: Sequence[Pressing], locale: str) -> None:
    """What is about to end, with how much time is left."""
    if not rows:
        line(i18n.say("callback", "none_due", locale))
        return
    told = [
        {**records.named(each), "level": i18n.say("callback", f"level_{each.level}", locale)}
        for each in rows
    ]
    columns = ["case", "policy_no", "client_no", "agent_no", "calls", "due_on", "level"]
    output.emit_table(told, columns, locale)


def show_rate(found: Rate, locale: str) -> None:
    """A row a unit, then all of them; below it, what became of all contracts."""
    rows = [_row(each, each.key or i18n.say("callback", "no_unit", locale)) for each in found.rows]
    rows.append(_row(found.total, word("total", locale)))
    output.emit_table(rows, ["key", "owed", "never", *RATIOS], locale)
    line(i18n.say("callback", "total", locale, **figures(found.total)))


def _row(of: RateLine, name: str) -> dict[str, Any]:
    shares = {each: percent(getattr(of, each)) for each in RATIOS}
    return {**records.named(of), **shares, "key": f"{name} {of.name}".strip()}
