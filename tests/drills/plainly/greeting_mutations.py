"""Rules of greetings made wrong, one at a time."""

import pytest

from policies.plan import Touchpoint
from servicing.messages import greetings
from tests.drills.plainly.lost_mutations import Mutation


def _mourning_days_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(greetings, "is_mourning_day", lambda day, rules: False)


def _a_mourning_day_is_skipped(patch: pytest.MonkeyPatch) -> None:
    """What falls due on one is left out, and does not wait for the day after."""

    def first_day(first: object, last: object, rules: greetings.GreetingRules) -> object:
        return None if greetings.is_mourning_day(first, rules) else first  # type: ignore[arg-type]

    patch.setattr(greetings, "first_day", first_day)


def _who_complains_is_greeted(patch: pytest.MonkeyPatch) -> None:
    sells = property(lambda self: self.message_class == "marketing")
    patch.setattr(Touchpoint, "is_soliciting", sells)


def _who_mourns_is_greeted(patch: pytest.MonkeyPatch) -> None:
    sells = property(lambda self: self.message_class == "marketing")
    patch.setattr(Touchpoint, "is_festive", sells)


GREETINGS: dict[str, tuple[Mutation, int]] = {
    "people are greeted on days of mourning": (_mourning_days_are_not_kept, 33),
    "what falls due on a day of mourning is left out": (_a_mourning_day_is_skipped, 33),
    "who complains is greeted": (_who_complains_is_greeted, 15),
    "who mourns is greeted": (_who_mourns_is_greeted, 30),
}
"""By name; each with a seed whose week notices it."""
