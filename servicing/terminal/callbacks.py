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
from servicing.terminal.lines import line

NAMES = ("key", "name")
"""What a line of the rate is called; the rest of it are figures."""


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


def show_total(found: Rate, locale: str) -> None:
    """What became of all contracts."""
    line(i18n.say("callback", "total", locale, **figures(found.total)))
