"""What became of policies that might be lost: the worked figure, and what a day knew of it."""

from typing import Any

import peewee
import pytest

from servicing.case_reports import retained
from servicing.case_reports.figures import Span
from servicing.core import errors
from servicing.core.case_models import CaseEntry
from tests import cast
from tests.refusals import refuses
from tests.servicing.case_reports.filed import NOW, ended, file

JANUARY = Span(cast.day("2026-01-01"), cast.day("2026-01-31"))


def became(state: str, on: cast.Day = "2026-01-20", reason: str = "", **facts: Any) -> None:
    case = ended(on, state, "retention", **facts)
    CaseEntry.create(
        case=case,
        at=NOW,
        done_on=cast.day(on),
        step="lose" if state == "lost" else "end",
        from_state="contacted",
        to_state=state,
        done_by="root",
        reason=reason,
    )


def at(day: cast.Day, span: Span = JANUARY) -> retained.Retained:
    return retained.retained(span, cast.day(day))


def test_the_worked_figure(book: peewee.Database) -> None:
    for state, count in (("saved", 22), ("unreachable", 6)):
        for _ in range(count):
            became(state)
    for reason, count in (("natural", 5), ("competitive", 4), ("fault", 2), ("malicious", 1)):
        for _ in range(count):
            became("lost", reason=reason)
    found = at("2026-02-01")
    assert (found.opened, found.saved, found.lost, found.unreachable) == (40, 22, 12, 6)
    assert f"{found.of_decided:.1%} {found.of_all:.1%}" == "64.7% 55.0%"
    assert found.lost_by_type == {"competitive": 4, "fault": 2, "malicious": 1, "natural": 5}
    assert found.open == 0


def test_nothing_opened_has_no_share(book: peewee.Database) -> None:
    assert at("2026-02-01") == retained.Retained(0, 0, 0, 0, 0, None, None, {}, {})


def test_what_is_open_is_no_share_of_what_is_decided(book: peewee.Database) -> None:
    became("saved")
    file("retention", received="2026-01-05", state="at_risk")
    found = at("2026-02-01")
    assert (found.opened, found.open, found.of_decided, found.of_all) == (2, 1, 1.0, 0.5)


@pytest.mark.parametrize(
    ("as_of", "opened", "open_then", "saved"),
    [
        ("2026-01-09", 0, 0, 0),
        ("2026-01-10", 1, 1, 0),
        ("2026-02-02", 1, 1, 0),
        ("2026-02-03", 1, 0, 1),
    ],
)
def test_a_day_knows_what_had_been_by_its_end(
    book: peewee.Database, as_of: str, opened: int, open_then: int, saved: int
) -> None:
    became("saved", "2026-02-03", received="2026-01-10")
    found = at(as_of)
    assert (found.opened, found.open, found.saved) == (opened, open_then, saved)


@pytest.mark.parametrize(
    ("received", "count"),
    [("2025-12-31", 0), ("2026-01-01", 1), ("2026-01-31", 1), ("2026-02-01", 0)],
)
def test_a_case_is_of_the_days_on_which_it_was_opened(
    book: peewee.Database, received: str, count: int
) -> None:
    file("retention", received=received, state="at_risk")
    file("complaint", received=received)
    assert at("2026-03-01").opened == count


def test_a_span_that_ends_before_it_begins_is_refused(book: peewee.Database) -> None:
    with refuses(errors.BadArgument, "before it begins"):
        at("2026-02-01", Span(JANUARY.last, JANUARY.first))
