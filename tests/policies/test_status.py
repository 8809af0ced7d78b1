"""Which status may follow which (domain.md §5.2), spelled out."""

import pytest

from policies import status
from policies.importing.cells import cells
from policies.status import ENDED

ALL = sorted(cells.STATUSES)

ALLOWED = {
    "applied": ["in_force"],
    "in_force": [
        *("grace", "suspended", "paid_up", "free_look_cancelled", "surrendered", "claim"),
        *("matured", "transferred_out", "converted", "terminated"),
    ],
    "grace": [
        *("in_force", "suspended", "paid_up", "free_look_cancelled", "surrendered", "claim"),
        *("matured", "transferred_out", "converted", "terminated"),
    ],
    "suspended": [
        *("in_force", "grace", "paid_up", "free_look_cancelled", "surrendered", "claim"),
        *("matured", "transferred_out", "converted", "terminated"),
    ],
    "paid_up": [
        *("surrendered", "claim", "matured", "transferred_out", "converted", "terminated"),
    ],
    "free_look_cancelled": [],
    "terminated": [],
    "surrendered": [],
    "claim": [],
    "matured": [],
    "transferred_out": [],
    "converted": [],
}


def test_the_table_speaks_of_every_status() -> None:
    assert sorted(ALLOWED) == ALL


@pytest.mark.parametrize("later", ALL)
@pytest.mark.parametrize("now", ALL)
def test_a_status_becomes_what_the_table_allows_and_nothing_else(now: str, later: str) -> None:
    assert status.may_become(now, later) == (later == now or later in ALLOWED[now])


def test_what_has_ended_has_ended() -> None:
    assert {now for now, later in ALLOWED.items() if not later} == ENDED


@pytest.mark.parametrize(
    ("now", "later", "is_one"),
    [
        ("suspended", "in_force", True),
        ("suspended", "paid_up", True),
        ("suspended", "grace", True),
        ("suspended", "suspended", False),
        ("suspended", "terminated", False),
        ("grace", "in_force", False),
        ("applied", "in_force", False),
        ("in_force", "in_force", False),
    ],
)
def test_service_is_resumed_by_the_end_of_a_suspension(now: str, later: str, is_one: bool) -> None:
    assert status.is_reinstated(now, later) is is_one


@pytest.mark.parametrize("later", ALL)
@pytest.mark.parametrize("now", ALL)
def test_an_end_is_undone_by_a_status_of_service_and_by_nothing_else(now: str, later: str) -> None:
    is_of_service = later in ("in_force", "grace", "suspended", "paid_up")
    assert status.undoes_end(now, later) == (now in ENDED and is_of_service)


@pytest.mark.parametrize(
    ("given", "ended_on", "meant"),
    [
        ("", None, "in_force"),
        ("", "2026-02-28", "terminated"),
        ("grace", None, "grace"),
        ("claim", "2026-02-28", "claim"),
        ("in_force", "2026-02-28", "in_force"),
    ],
)
def test_a_missing_status_means_in_force_or_terminated(
    given: str, ended_on: str | None, meant: str
) -> None:
    assert status.stated(given, ended_on) == meant
