"""Is it owed still: why what was owed is owed no more, by the book of a moment (domain.md §4.9).

`servicing.corrections.conditions` says the same in SQL, for all at once.
"""

import datetime

from policies import inforce, mourning
from policies.plan import Anchor, Touchpoint
from policies.status import LOST, OWES_NO_PREMIUM
from servicing.core import unless
from servicing.core.context import TouchpointContext
from servicing.core.reasons import Reason
from servicing.core.unless import Asked


def no_longer_owed(
    context: TouchpointContext,
    touchpoint: Touchpoint,
    on: datetime.date,
    *,
    has_left: bool = False,
) -> Reason | None:
    """Why what was owed is not owed on `on` any more; None if it is (domain.md §4.9).

    `has_left`: it is asked of a task, and the client has had the message, or may have.
    """
    if mourning.has_died(context):
        return Reason.DECEASED
    if context.holder_id != context.client_id:
        return Reason.MOVED
    if stopped := _stopped(context, touchpoint, on):
        return stopped
    if _has_fallen(context, touchpoint) and not (has_left and _is_worth_doing(context, touchpoint)):
        return fallen(touchpoint)
    if touchpoint.anchor == "premium_due" and (why_not := _not_to_pay(context, on)):
        return why_not
    if kept := kept_back(context, touchpoint, on):
        return kept
    return Reason.HAD_ELSEWHERE if context.had_as else None


def kept_back(of: Asked, touchpoint: Touchpoint, on: datetime.date) -> Reason | None:
    """Why somebody does not get on a day what falls due to them; None: they do.

    A death or a mourning keeps it from them (domain.md §4.16), or what its plan names (§4.18). It is
    asked of what is to come, too, so that nobody is told of what the walk will leave out.
    """
    if mourning.has_died(of):
        return Reason.DECEASED
    if mourning.waits(touchpoint, of):
        return Reason.DEATH_ASKED
    if mourning.is_spared(touchpoint, of, on):
        return Reason.BEREAVED
    return unless.reason(touchpoint, of, on)


def _stopped(
    context: TouchpointContext, touchpoint: Touchpoint, on: datetime.date
) -> Reason | None:
    """Why the policy as it stands is not owed it; None if it is. What follows its end always is."""
    if touchpoint.outlives_policy:
        return None
    if inforce.has_ended(context.ended_on, on):
        return Reason.ENDED
    if inforce.is_left_out(context.left_out_times):
        return Reason.LEFT_OUT
    return Reason.PAUSED if context.status in inforce.paused_for(touchpoint) else None


def _has_fallen(context: TouchpointContext, touchpoint: Touchpoint) -> bool:
    """Whether the date that it was counted from stands no more.

    One that nobody has recorded was counted from the book of this moment.
    """
    return bool(context.touchpoint_id) and not inforce.anchor_stands(touchpoint, context)


def _is_worth_doing(context: TouchpointContext, touchpoint: Touchpoint) -> bool:
    """Whether the task goes on where the client has had the message of a day that was corrected.

    Nothing is sent a second time, so nothing would take its place (domain.md §4.10). What follows a
    suspension or a loss goes on while the policy is suspended by the same one, or is lost still.
    """
    match fallen(touchpoint):
        case Reason.DATE_CORRECTED:
            return True
        case Reason.NOT_SUSPENDED:  # what was had is named after the day of its suspension
            return context.occurrence[:10] == str(context.suspended_on)
        case Reason.NOT_ENDED:
            return context.status in LOST
        case _:
            return False


def _not_to_pay(context: TouchpointContext, on: datetime.date) -> Reason | None:
    """Why nobody is asked for the premium on a day; None if somebody is (domain.md §5.6)."""
    if context.status in OWES_NO_PREMIUM:
        return Reason.OWES_NO_PREMIUM
    if not inforce.is_asked_for(context.status, context.premium or 0):
        return Reason.NOTHING_DUE
    return None if inforce.is_unpaid(context.paid_on, on) else Reason.PAID


def fallen(touchpoint: Touchpoint) -> Reason:
    """Why a touchpoint is owed no more whose date stands in the book no more (domain.md §4.14)."""
    return _FALLEN.get(touchpoint.anchor, Reason.DATE_CORRECTED)


_FALLEN: dict[Anchor, Reason] = {
    "premium_due": Reason.VOID,
    "handover": Reason.REASSIGNED_SINCE,
    "suspended": Reason.NOT_SUSPENDED,
    "ended": Reason.NOT_ENDED,
    "case_closed": Reason.NOT_CLOSED,
    "task_done": Reason.NOT_DONE,
    "client_event": Reason.NOT_COMING,
}
"""By anchor; where it is a date that is only corrected, the reason is that."""


def may_be_carried_on(gone: Reason | None, touchpoint: Touchpoint | None) -> bool:
    """Whether it ends only because of its policy, while another policy of the client may carry it.

    An introduction may, too, by a policy that was handed over with this one to the same agent.
    """
    if touchpoint is None or touchpoint.scope != "client":
        return False
    return gone in OF_ITS_POLICY


OF_ITS_POLICY = frozenset(
    {Reason.ENDED, Reason.MOVED, Reason.PAUSED, Reason.LEFT_OUT, Reason.REASSIGNED_SINCE}
)
"""Why a touchpoint is owed no more that another policy of the client may carry."""
