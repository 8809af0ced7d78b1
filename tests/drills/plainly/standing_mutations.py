"""Rules of suspensions and losses, and of the plan's conditions, made wrong, one at a time."""

import pytest

from servicing.core import unless
from servicing.core.reasons import Reason
from servicing.corrections import conditions, suspensions
from servicing.messages import still_owed
from tests.drills.plainly.lost_mutations import Mutation


def _suspension_begins_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(suspensions, "follow", lambda plan, changes: None)


def _task_falls(*reasons: Reason) -> Mutation:
    """The task of a message that was had is taken back with its day."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        goes_on = still_owed._is_worth_doing
        for each in reasons:
            patch.delitem(conditions._WORTH_DOING, each)
        patch.setattr(
            still_owed,
            "_is_worth_doing",
            lambda context, touchpoint: (
                still_owed.fallen(touchpoint) not in reasons and goes_on(context, touchpoint)
            ),
        )

    return mutate


def _goes_on_whatever_becomes(reason: Reason) -> Mutation:
    """The task of a message that was had stays, whether or not its ground does."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        goes_on = still_owed._is_worth_doing
        patch.setitem(conditions._WORTH_DOING, reason, "TRUE")
        patch.setattr(
            still_owed,
            "_is_worth_doing",
            lambda context, touchpoint: (
                still_owed.fallen(touchpoint) is reason or goes_on(context, touchpoint)
            ),
        )

    return mutate


def _condition_is_not_asked(condition: str) -> Mutation:
    def mutate(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(unless._HOLDS, condition, lambda of, on, days: False)
        patch.setitem(unless._IN_STATEMENTS, condition, lambda on, days: "FALSE")

    return mutate


STANDINGS: dict[str, tuple[Mutation, int]] = {
    "a suspension of another day begins anew": (_suspension_begins_anew, 6),
    "a task falls with the day of its suspension": (_task_falls(Reason.NOT_SUSPENDED), 6),
    "a task falls with the day of its loss": (_task_falls(Reason.NOT_ENDED), 19),
    "a task outlives its suspension": (_goes_on_whatever_becomes(Reason.NOT_SUSPENDED), 22),
    "a task outlives its loss": (_goes_on_whatever_becomes(Reason.NOT_ENDED), 12),
    "an open complaint is no condition": (_condition_is_not_asked("open_complaint"), 7),
    "a mourning is no condition": (_condition_is_not_asked("bereaved"), 8),
    "another policy is no condition": (_condition_is_not_asked("other_policy"), 0),
}
"""By name; each with a seed whose week notices it."""
