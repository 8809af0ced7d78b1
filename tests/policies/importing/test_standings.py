"""How a policy stands after a row of a file: what a row states, and what the book has, side by side."""

import datetime
from typing import Any

import pytest

from policies.importing.book.rows import PolicyRow, StandingRow
from policies.importing.book.standings import Standings
from policies.status import ENDED

JOINED = datetime.date(2026, 6, 16)
ISSUED, LATER = datetime.date(2026, 6, 1), datetime.date(2026, 7, 1)
PAST, AHEAD = datetime.date(2026, 6, 10), datetime.date(2026, 6, 30)
BEFORE = datetime.date(2026, 5, 31)
BOTH = ("status", "ended_on")
Said = tuple[str | None, datetime.date | None, datetime.date | None, datetime.date]

NEW: list[tuple[Said, StandingRow, str]] = [
    ((None, None, None, ISSUED), StandingRow("in_force", None, None, JOINED), ""),
    (("", None, None, ISSUED), StandingRow("in_force", None, None, JOINED), ""),
    (("suspended", None, None, ISSUED), StandingRow("suspended", None, None, JOINED), ""),
    (("suspended", None, None, LATER), StandingRow("suspended", None, None, JOINED), ""),
    (("claim", None, None, ISSUED), StandingRow("claim", JOINED, None, JOINED), ""),
    (("claim", None, None, LATER), StandingRow("claim", LATER, None, JOINED), ""),
    (("", PAST, None, ISSUED), StandingRow("terminated", PAST, None, JOINED), ""),
    (("in_force", AHEAD, None, ISSUED), StandingRow("in_force", AHEAD, None, JOINED), ""),
    (
        ("claim", BEFORE, None, ISSUED),
        StandingRow("claim", BEFORE, None, JOINED),
        "ended_before_issue",
    ),
]
"""What a row states of a new policy, how that stands, and why the row is refused, if so."""


@pytest.mark.parametrize(("said", "standing", "code"), NEW)
@pytest.mark.parametrize("times", [1, 2])
def test_a_new_policy_stands_as_its_row_states_however_often_a_row_has_stated_it(
    said: Said, standing: StandingRow, code: str, times: int
) -> None:
    standings = Standings(JOINED, BOTH)
    for other, _, _ in NEW:
        standings.of(None, other)
    for _ in range(times):
        judged = standings.of(None, said)
        assert judged.standing == standing and not judged.undoes_end
        assert (judged.refusal.reason.code if judged.refusal else "") == code


def known(**columns: Any) -> PolicyRow:
    """A policy of the book, in force, but for these columns."""
    of_the_book = {
        **{"id": 1, "revision": 0, "policy_no": "P001", "issue_date": ISSUED},
        **{"annual_premium": 1200000, "status": "in_force", "ended_on": None, "suspended_on": None},
        **{"served_from": BEFORE, "left_out_times": 0, "client_id": 1, "agent_id": 1},
    }
    return PolicyRow(**(of_the_book | columns))


IN_FORCE = known()
PAUSED, LEFT_OUT = known(status="suspended"), known(left_out_times=2)
SURRENDERED = known(status="surrendered", ended_on=PAST)

KNOWN: list[tuple[PolicyRow, tuple[str, ...], Said, StandingRow, str]] = [
    (
        IN_FORCE,
        BOTH,
        ("in_force", None, None, ISSUED),
        StandingRow("in_force", None, None, BEFORE),
        "",
    ),
    (IN_FORCE, (), (None, None, None, ISSUED), StandingRow("in_force", None, None, BEFORE), ""),
    (
        IN_FORCE,
        ("ended_on",),
        (None, PAST, None, ISSUED),
        StandingRow("terminated", PAST, None, BEFORE),
        "",
    ),
    (
        IN_FORCE,
        ("ended_on",),
        (None, AHEAD, None, ISSUED),
        StandingRow("in_force", AHEAD, None, BEFORE),
        "",
    ),
    (
        PAUSED,
        BOTH,
        ("in_force", None, None, ISSUED),
        StandingRow("in_force", None, None, JOINED),
        "",
    ),
    (
        LEFT_OUT,
        BOTH,
        ("in_force", None, None, ISSUED),
        StandingRow("in_force", None, None, JOINED),
        "",
    ),
    (
        SURRENDERED,
        (),
        (None, None, None, ISSUED),
        StandingRow("surrendered", PAST, None, BEFORE),
        "",
    ),
    (
        SURRENDERED,
        BOTH,
        ("claim", None, None, ISSUED),
        StandingRow("claim", PAST, None, BEFORE),
        "cannot_become",
    ),
    (
        SURRENDERED,
        ("status",),
        ("in_force", None, None, ISSUED),
        StandingRow("in_force", PAST, None, BEFORE),
        "cannot_become",
    ),
]


@pytest.mark.parametrize(("was", "columns", "said", "standing", "code"), KNOWN)
def test_a_policy_of_the_book_stands_as_both_say(
    was: PolicyRow, columns: tuple[str, ...], said: Said, standing: StandingRow, code: str
) -> None:
    judged = Standings(JOINED, columns).of(was, said)
    assert judged.standing == standing and not judged.undoes_end
    assert (judged.refusal.reason.code if judged.refusal else "") == code


@pytest.mark.parametrize("status", sorted(ENDED))
def test_a_status_of_service_with_an_empty_end_takes_an_end_back(status: str) -> None:
    was = known(status=status, ended_on=PAST)
    judged = Standings(JOINED, BOTH).of(was, ("in_force", None, None, ISSUED))
    assert judged.undoes_end and judged.refusal is None
    assert judged.standing == StandingRow("in_force", None, None, BEFORE)
