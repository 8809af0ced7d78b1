"""Why a touchpoint is owed no more, or not by its policy, in SQL; as `still_owed.no_longer_owed` has it.

Each is said of a touchpoint `t` with its policy `p`, its client `c` and its instalment `i`.
"""

import datetime
from collections.abc import Iterator

from policies import dialect, inforce, mourning, status
from policies.plan import Plan
from policies.plan import Touchpoint as Planned
from servicing.core import unless
from servicing.core.context import HAS_HAPPENED, is_had_elsewhere
from servicing.core.reasons import Reason
from servicing.core.states import LEFT
from servicing.messages import still_owed

HAS_LEFT = (
    "EXISTS (SELECT 1 FROM message m WHERE m.touchpoint_id = t.id"
    f" AND m.state IN ({dialect.quoted(LEFT)}))"
)
"""Something of a touchpoint `t` has reached the client, or may have."""

PART_HAD = f"""
    EXISTS (SELECT 1 FROM message m WHERE m.touchpoint_id = touchpoint.id
        AND (m.state IN ({dialect.quoted(LEFT)})
             OR m.state = 'cancelled' AND m.reason = '{Reason.REPEATED}'))
    OR EXISTS (SELECT 1 FROM task x WHERE x.touchpoint_id = touchpoint.id AND x.state = 'done')
"""
"""A part of a `touchpoint` has come to the client.

What a person has dropped because the same text had gone to the same address has come, too. A task that
an agent has skipped has not: that was said of a day which is no more.
"""

PART_OPEN = """
    EXISTS (SELECT 1 FROM message m WHERE m.touchpoint_id = touchpoint.id AND m.state = 'queued')
    OR EXISTS (SELECT 1 FROM task x WHERE x.touchpoint_id = touchpoint.id AND x.state = 'open')
"""
"""A part of a `touchpoint` may come to the client still."""


_WORTH_DOING = {
    Reason.DATE_CORRECTED: "TRUE",
    Reason.NOT_SUSPENDED: (
        "COALESCE(SUBSTR(t.occurrence, 1, 10) = CAST(p.suspended_on AS TEXT), FALSE)"
    ),
    Reason.NOT_ENDED: inforce.lost("p"),
}
"""By reason where a task goes on although its day was corrected: the client has had its message."""


def introduces(plan: Plan) -> str:
    """A touchpoint `t` is an introduction: an agent's, to whom the policy was handed over."""
    keys = [each.id for each in plan.touchpoints if each.anchor == "handover"]
    return f"t.key IN ({dialect.quoted(keys)})"


def handed(policy: str) -> str:
    """The agent to whom `policy` went on the day that a touchpoint `t` is counted from."""
    return (
        "(SELECT g.to_agent_id FROM handing g"
        f" WHERE g.policy_id = {policy} AND g.handed_on = t.anchor_on)"
    )


INTRODUCED = handed("COALESCE(t.anchor_policy_id, t.policy_id)")
"""The agent whom an introduction `t` introduces."""


def orphaned(plan: Plan, on: datetime.date) -> str:
    """A touchpoint `t` is a client's, and its policy `p` is owed none of their service any more.

    Or it introduces an agent to whom that policy belongs no more.
    """
    is_served = f"p.client_id = t.client_id AND {inforce.owed('p', on)}"
    is_theirs = f"NOT {introduces(plan)} OR COALESCE({INTRODUCED} = p.agent_id, FALSE)"
    return f"t.scope = 'client' AND NOT ({is_served} AND ({is_theirs}))"


def no_longer_owed(plan: Plan, on: datetime.date, *, is_task: bool) -> Iterator[tuple[Reason, str]]:
    """Why a touchpoint `t` is owed no more, the first that holds; each as a condition."""
    keys = dialect.quoted(each.id for each in plan.touchpoints if each.anchor == "premium_due")
    served = dialect.quoted(each.id for each in plan.touchpoints if not each.outlives_policy)
    yield (
        Reason.NOT_IN_PLAN,
        f"t.key NOT IN ({dialect.quoted(each.id for each in plan.touchpoints)})",
    )
    yield Reason.DECEASED, mourning.died("c")
    yield Reason.MOVED, "p.client_id <> t.client_id"
    yield Reason.ENDED, f"p.ended_on <= '{on}' AND t.key IN ({served})"
    yield Reason.LEFT_OUT, f"{inforce.left_out('p')} AND t.key IN ({served})"
    yield Reason.PAUSED, " OR ".join(_paused(plan))
    for reason, some in _by_fall(plan).items():
        fell = inforce.anchor_fell(some, HAS_HAPPENED)
        goes_on = _WORTH_DOING.get(reason) if is_task else None
        yield reason, f"({fell}) AND NOT ({goes_on} AND {HAS_LEFT})" if goes_on else fell
    yield Reason.OWES_NO_PREMIUM, f"{inforce.owes_no_premium('p')} AND t.key IN ({keys})"
    yield Reason.NOTHING_DUE, f"t.key IN ({keys}) AND NOT {inforce.asked_for('p', 'i')}"
    yield Reason.PAID, f"t.key IN ({keys}) AND NOT {inforce.unpaid('i', on)}"
    yield Reason.DEATH_ASKED, mourning.waiting("c", plan.touchpoints)
    yield Reason.BEREAVED, mourning.spared("c", plan.touchpoints, on)
    yield from unless.conditions(plan.touchpoints, on)
    yield Reason.HAD_ELSEWHERE, is_had_elsewhere()


def _paused(plan: Plan) -> Iterator[str]:
    """The policy `p` has a status in which a touchpoint `t` is not owed."""
    for paused in (status.PAUSED_REMINDERS, status.PAUSED):
        some = [each for each in plan.touchpoints if inforce.paused_for(each) == paused]
        keys = dialect.quoted(each.id for each in some if not each.outlives_policy)
        yield f"(p.status IN ({dialect.quoted(paused)}) AND t.key IN ({keys}))"


def _by_fall(plan: Plan) -> dict[Reason, list[Planned]]:
    """The touchpoints of a plan by why they are owed no more once their date does not stand."""
    found: dict[Reason, list[Planned]] = {}
    for each in plan.touchpoints:
        found.setdefault(still_owed.fallen(each), []).append(each)
    return found
