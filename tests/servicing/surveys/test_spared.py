"""Whom a survey spares by itself, whatever the plan says: a family in mourning, and who complains."""

import itertools
from typing import Any

import pytest
from msgspec.structs import replace

from policies.satisfaction import NAMES
from tests.servicing import owed

SAID = (None, False, True)
"""What a plan may say of `festive`, `soliciting` and `greeting`."""


@pytest.mark.parametrize("figure", NAMES)
@pytest.mark.parametrize("message_class", ["service", "marketing"])
def test_a_survey_is_festive_and_soliciting_whatever_the_plan_says(
    figure: Any, message_class: Any
) -> None:
    planned = replace(owed.touchpoint("month_1"), survey=figure, message_class=message_class)
    for festive, soliciting, greeting in itertools.product(SAID, repeat=3):
        found = replace(planned, festive=festive, soliciting=soliciting, greeting=greeting)
        assert found.is_festive and found.is_soliciting


def test_the_same_touchpoint_without_a_survey_is_neither() -> None:
    planned = replace(owed.touchpoint("month_1"), survey=None, message_class="service")
    assert not planned.is_festive and not planned.is_soliciting
