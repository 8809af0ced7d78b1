"""Whether a policy is in force, owed service or unpaid on a day (domain.md §5.3).

Each rule stands here twice: for one policy in hand, and as a condition on the policies of a
statement. The two are each other's property test.
"""

import datetime
from collections.abc import Iterable
from typing import Protocol

from policies import counting, dialect, occasions
from policies.plan import Anchor, Touchpoint
from policies.status import (
    APPLIED,
    LEFT_OUT_PAUSES,
    LOST,
    OWES_NO_PREMIUM,
    PAUSED,
    PAUSED_REMINDERS,
)


class Standing(Protocol):
    """The columns of a policy that decide."""

    @property
    def issue_date(self) -> datetime.date:
        """From which day it is in force."""

    @property
    def served_from(self) -> datetime.date:
        """From which day we serve it."""

    @property
    def status(self) -> str:
        """As the book says."""

    @property
    def ended_on(self) -> datetime.date | None:
        """Its end, if it has one."""

    @property
    def left_out_times(self) -> int:
        """How many complete files in a row have left it out."""


def has_ended(ended_on: datetime.date | None, on: datetime.date) -> bool:
    """Whether a policy with that last day has ended on a day."""
    return ended_on is not None and ended_on <= on


def not_ended(alias: str, on: datetime.date) -> str:
    """`has_ended` is untrue, of the policies of a statement."""
    return f"({alias}.ended_on IS NULL OR {alias}.ended_on > '{on}')"


def is_policy(policy: Standing) -> bool:
    """Whether it is a policy already, not an application for one."""
    return policy.status not in APPLIED


def a_policy(alias: str) -> str:
    """`is_policy`, of the policies of a statement."""
    return f"{alias}.status NOT IN ({dialect.quoted(APPLIED)})"


def is_in_force(policy: Standing, on: datetime.date) -> bool:
    """Whether a policy was issued by a day, and neither is an application still nor has ended."""
    return policy.issue_date <= on and is_policy(policy) and not has_ended(policy.ended_on, on)


def in_force(alias: str, on: datetime.date) -> str:
    """`is_in_force`, of the policies of a statement."""
    return f"{alias}.issue_date <= '{on}' AND {a_policy(alias)} AND {not_ended(alias, on)}"


def is_left_out(times: int) -> bool:
    """Whether a policy that so many complete files in a row have left out is paused."""
    return times >= LEFT_OUT_PAUSES


def left_out(alias: str) -> str:
    """`is_left_out`, of the policies of a statement."""
    return f"{alias}.left_out_times >= {LEFT_OUT_PAUSES}"


def is_paused(policy: Standing, paused: frozenset[str] = PAUSED) -> bool:
    """Whether nothing is owed to the policy for now: by its status, or since files leave it out."""
    return policy.status in paused or is_left_out(policy.left_out_times)


def is_owed(policy: Standing, on: datetime.date, paused: frozenset[str] = PAUSED) -> bool:
    """Whether service is owed to the policy on a day: issued, served, neither ended nor paused."""
    return (
        _has_begun(policy, on)
        and not has_ended(policy.ended_on, on)
        and not is_paused(policy, paused)
    )


def _has_begun(policy: Standing, on: datetime.date) -> bool:
    return policy.issue_date <= on and policy.served_from <= on


def _begun(alias: str, on: datetime.date) -> str:
    return f"{alias}.issue_date <= '{on}' AND {alias}.served_from <= '{on}'"


def owed(alias: str, on: datetime.date, paused: frozenset[str] = PAUSED) -> str:
    """`is_owed`, of the policies of a statement."""
    return (
        f"{_begun(alias, on)} AND {not_ended(alias, on)}"
        f" AND {alias}.status NOT IN ({dialect.quoted(paused)}) AND NOT ({left_out(alias)})"
    )


def is_owed_for(touchpoint: Touchpoint, policy: Standing, on: datetime.date) -> bool:
    """Whether a policy is owed a touchpoint on a day, be it service or what follows its end."""
    if touchpoint.outlives_policy:
        return _has_begun(policy, on) and has_ended(policy.ended_on, on)
    return is_owed(policy, on, paused_for(touchpoint))


def owed_for(touchpoint: Touchpoint, alias: str, on: datetime.date) -> str:
    """`is_owed_for`, of the policies of a statement."""
    if touchpoint.outlives_policy:
        return f"{_begun(alias, on)} AND {alias}.ended_on <= '{on}'"
    return owed(alias, on, paused_for(touchpoint))


def is_unpaid(paid_on: datetime.date | None, on: datetime.date) -> bool:
    """Whether an instalment is still to be paid on a day."""
    return paid_on is None or paid_on > on


def unpaid(alias: str, on: datetime.date) -> str:
    """`is_unpaid`, of the premiums of a statement."""
    return f"({alias}.paid_on IS NULL OR {alias}.paid_on > '{on}')"


def owes_no_premium(alias: str) -> str:
    """No premium is asked for from the policies of a statement, whatever the ledger still lists."""
    return f"{alias}.status IN ({dialect.quoted(OWES_NO_PREMIUM)})"


def is_asked_for(status: str, amount: int) -> bool:
    """Whether an instalment asks for anything: it has an amount, and its policy owes premiums."""
    return status not in OWES_NO_PREMIUM and amount > 0


def asked_for(policy: str, premium: str) -> str:
    """`is_asked_for`, of the policies and premiums of a statement."""
    return f"({premium}.amount > 0 AND NOT {owes_no_premium(policy)})"


def is_to_pay(status: str, amount: int, paid_on: datetime.date | None, on: datetime.date) -> bool:
    """Whether somebody is to be asked, on a day, for an instalment."""
    return is_asked_for(status, amount) and is_unpaid(paid_on, on)


def to_pay(policy: str, premium: str, on: datetime.date) -> str:
    """`is_to_pay`, of the policies and premiums of a statement."""
    return f"({asked_for(policy, premium)} AND {unpaid(premium, on)})"


class Anchored(Protocol):
    """What decides whether the date that a touchpoint was counted from stands."""

    @property
    def anchor_on(self) -> datetime.date:
        """The date that it was counted from."""

    @property
    def birthday(self) -> datetime.date | None:
        """The client's, as the book has it today; so are the others."""

    @property
    def issued_on(self) -> datetime.date:
        """Of the policy that it counts from."""

    @property
    def delivered_on(self) -> datetime.date | None:
        """Of the same policy."""

    @property
    def status(self) -> str:
        """Of the same policy; so are the next two."""

    @property
    def suspended_on(self) -> datetime.date | None:
        """Since when it is suspended."""

    @property
    def ended_on(self) -> datetime.date | None:
        """Its end."""

    @property
    def premium(self) -> int | None:
        """The instalment of that policy due on that date, in hundredths; None: there is none."""

    @property
    def reassigned_to(self) -> int | None:
        """The agent to whom that policy went on that date; None: to nobody."""

    @property
    def has_happened(self) -> bool:
        """What it names itself as counted from has happened on that date (`policies.counting`)."""

    @property
    def has_family(self) -> bool:
        """The birthday in the family that it is counted from stands (`policies.occasions`)."""

    @property
    def occurrence(self) -> str:
        """The name by which it is one and the same."""

    @property
    def agent_id(self) -> int:
        """Who serves the policy."""


def anchor_stands(touchpoint: Touchpoint, of: Anchored) -> bool:
    """Whether the date that a touchpoint was counted from is still in the book (domain.md §4.14)."""
    match touchpoint.anchor:
        case "issue":
            return of.issued_on == of.anchor_on
        case "delivered":
            return of.delivered_on == of.anchor_on
        case "birthday":
            return of.birthday == of.anchor_on
        case "premium_due":
            return of.premium is not None
        case "handover":
            return of.reassigned_to == of.agent_id
        case "suspended":
            return of.suspended_on == of.anchor_on
        case "ended":
            return of.status in LOST and of.ended_on == of.anchor_on
        case "case_closed" | "task_done" | "client_event":
            return of.has_happened
        case "festival" | "relation_birthday":
            is_named = occasions.is_named(of.occurrence, touchpoint.festival)
            return is_named if touchpoint.festival else of.has_family


def lost(alias: str) -> str:
    """The company has lost the contract, of the policies of a statement, on the day of its end."""
    return f"{alias}.status IN ({dialect.quoted(LOST)})"


_ANCHOR_STANDS = {
    "issue": "COALESCE(o.issue_date, p.issue_date) = t.anchor_on",
    "delivered": (
        "COALESCE(CASE WHEN t.anchor_policy_id IS NULL THEN p.delivered_on ELSE o.delivered_on END"
        " = t.anchor_on, FALSE)"
    ),
    "birthday": "COALESCE(c.birthday = t.anchor_on, FALSE)",
    "premium_due": "i.id IS NOT NULL",
    "handover": "COALESCE(h.to_agent_id = p.agent_id, FALSE)",
    "suspended": "COALESCE(p.suspended_on = t.anchor_on, FALSE)",
    "ended": f"COALESCE(p.ended_on = t.anchor_on AND {lost('p')}, FALSE)",
}


def anchor_fell(touchpoints: Iterable[Touchpoint], has_happened: str) -> str:
    """`anchor_stands` is untrue, of the touchpoints `t` of a statement that are among these.

    It speaks of their policy `p`, the policy `o` that they count from, the client `c`, and of that
    policy's premium `i` and reassignment `h` of the anchor date. `has_happened`: the condition that what
    such a touchpoint names as counted from has happened, which the book itself does not know.
    """
    stands = {**_ANCHOR_STANDS, **dict.fromkeys(counting.KEYS, has_happened)}
    stands[occasions.FAMILY] = occasions.FAMILY_STANDS
    keys: dict[str, list[str]] = {}
    for each in touchpoints:
        is_festival = each.anchor == occasions.FESTIVAL
        stood = occasions.named("t.occurrence", [each.festival]) if is_festival else ""
        keys.setdefault(stood or stands[each.anchor], []).append(each.id)
    fell = (
        f"(t.key IN ({dialect.quoted(some)}) AND NOT ({stood}))" for stood, some in keys.items()
    )
    return " OR ".join(fell) or "FALSE"


def paused_for(touchpoint: Touchpoint) -> frozenset[str]:
    """The statuses in which a touchpoint is not owed (domain.md §5.4)."""
    return PAUSED_REMINDERS if touchpoint.anchor in _WHILE_SUSPENDED else PAUSED


_WHILE_SUSPENDED = frozenset[Anchor](["premium_due", "suspended", "ended"])
"""Anchors whose touchpoints are owed while the policy is suspended, too."""
