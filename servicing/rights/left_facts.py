"""What is left of the facts of a card's line when its client is erased.

What the company has decided, and the contract, stay; what is known of the person goes. A fact that
nobody has listed here goes, too.
"""

import json
import re
from typing import Any

from policies.trail import ChangeKind
from servicing.core.sealed_lines import KINDS
from servicing.rights.traces import Traces

_OF_THE_CONTRACT: frozenset[ChangeKind] = frozenset(
    [
        "status.changed",
        "agent.changed",
        "client.changed",
        "policy.changed",
        "policy.left_out",
        "policy.named_again",
        "premium.added",
        "premium.changed",
        "premium.paid",
        "premium.voided",
    ]
)
"""Lines about a contract: what the law wants kept."""

_DECIDED = frozenset(
    ["reason", "was", "counted_from", "code", "channel", "client_no"]
    + ["outcome", "agent_no", "to", "from", "show_on", "full", "capacity"]
    + ["of", "marketing_consent", "by"]
    + ["reason_was", "task", "undone", "was_on", "check", "desk"]
    + ["case", "case_kind", "step", "stands", "event"]
    + ["lead", "answer", "lost_as"]
    + ["tier", "until"]
)
"""Facts that say what was decided or done, when and by whom."""

_OF_OURS = re.compile(
    r"reply|operator|unsubscribe link|(?:twilio|aliyun|smtp|outbox|memory)(?: \S+)?", re.ASCII
)
"""Sources of a consent that we write; in any other a person has said how they know."""

MARK = "erased"
"""The fact that says that others were erased."""


def on_own_card(kind: str, facts: str, traces: Traces) -> str:
    """What is left on the card of the client who is erased."""
    if kind in KINDS or facts == "{}":
        return facts
    said: dict[str, Any] = json.loads(facts)
    left = {
        name: value
        for name, value in said.items()
        if _is_kept(kind, name, value) and str(value) not in traces.birthdays
    }
    left = {name: _cleaned(value, traces) for name, value in left.items()}
    return facts if left == said else _as_text(left)


def _is_kept(kind: str, name: str, value: Any) -> bool:
    if name == "source":
        return is_of_ours(str(value))
    if name == "why":  # of a task it is a code, of a reassignment a text
        return kind.startswith("task.")
    return kind in _OF_THE_CONTRACT or kind.startswith("touchpoint.") or name in _DECIDED


def is_of_ours(source: str) -> bool:
    """Whether a source is one that the program writes, and not what a person has said."""
    return _OF_OURS.fullmatch(source) is not None


def on_another_card(kind: str, facts: str, traces: Traces) -> str:
    """What is left on the card of somebody else, of whom much is known that is their own.

    Only a text of a person's names somebody; what a book says of a client is that client's.
    """
    if kind in KINDS:
        return facts
    said: dict[str, Any] = json.loads(facts)
    is_written = not kind.endswith(".changed") or kind == "agent.changed"
    clean = _cleaned if is_written else _renumbered
    left = {name: clean(value, traces) for name, value in said.items()}
    return facts if left == said else _as_text(left)


def without_texts(kind: str, facts: str) -> str:
    """What is left when only the time of what persons wrote is over."""
    said: dict[str, Any] = json.loads(facts)
    left = {name: value for name, value in said.items() if name not in ("note", "note_was", "text")}
    return facts if left == said else _as_text(left)


def _as_text(left: dict[str, Any]) -> str:
    return json.dumps({**left, MARK: True}, ensure_ascii=False, default=str)


def _cleaned(value: Any, traces: Traces) -> Any:
    if isinstance(value, list):
        return [_cleaned(each, traces) for each in value]
    return traces.without(value) if isinstance(value, str) else value


def _renumbered(value: Any, traces: Traces) -> Any:
    if isinstance(value, list):
        return [_renumbered(each, traces) for each in value]
    return traces.renumbered(value) if isinstance(value, str) else value
