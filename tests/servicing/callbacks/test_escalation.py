"""What is about to end: days before the end of a free look, and what each is."""

import peewee
import pytest

from policies import dates, pressing
from servicing.callbacks import escalation
from tests import cast
from tests.servicing.callbacks.called import answer, attempt, follow

CHINA = dates.work_calendar("CN")

LEVELS = [
    ("2026-02-19", "2026-02-25", None),
    ("2026-02-20", "2026-02-25", "days"),
    ("2026-02-22", "2026-02-25", "days"),
    ("2026-02-23", "2026-02-25", "last_days"),
    ("2026-02-24", "2026-02-25", "working_day"),
    ("2026-02-25", "2026-02-25", "working_day"),
    ("2026-02-26", "2026-02-25", "over"),
    ("2026-02-12", "2026-02-23", None),
    ("2026-02-13", "2026-02-23", "working_day"),
    ("2026-02-20", "2026-02-23", "working_day"),
]


@pytest.mark.parametrize(("on", "due", "level"), LEVELS)
def test_a_day_before_the_end_is_pressing_or_not(on: str, due: str, level: str | None) -> None:
    assert pressing.level(CHINA, cast.day(on), cast.day(due)) == level


def test_those_are_listed_that_somebody_has_to_see_to(book: peewee.Database) -> None:
    cast.everybody(issued="2026-02-05", delivered_on="2026-02-10")
    cast.change(cast.policy("P002"), delivered_on=cast.day("2026-02-05"))
    cast.change(cast.policy("P003"), delivered_on=None)
    follow("2026-02-11")
    answer("P900", "2026-02-11 10:00")
    attempt("P001", "2026-02-11 10:00")
    found = escalation.pressing(CHINA, cast.day("2026-02-24"))
    assert [(each.policy_no, each.level, each.days_left, each.calls) for each in found] == [
        ("P001", "working_day", 1, 1),
        ("P002", "over", -4, 1),
    ], "what can still be in time first"
    assert [each.working_days_left for each in found] == [1, 0]
    assert escalation.pressing(CHINA, cast.day("2026-02-11")) == []
