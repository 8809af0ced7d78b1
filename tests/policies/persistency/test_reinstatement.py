"""How many suspended policies came back, of what a file said of them."""

import tempfile
from pathlib import Path

import peewee
import pytest

from policies import errors
from policies.models import PastSuspension
from policies.persistency import reinstatement
from tests import cast
from tests.refusals import refuses

HEAD = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,status,suspended_on,ended_on"


def take_in(on: cast.Day, *stands: str) -> None:
    """A file in which P001, P002 ... stand so: a status, and perhaps the days of suspension and end."""
    rows = [
        f"P{number:03},2024-03-20,100,C{number:03},林伟,A001,{each}{',' * (2 - each.count(','))}"
        for number, each in enumerate(stands, 1)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.csv"
        path.write_text("\n".join([HEAD, *rows, ""]), "utf-8")
        cast.import_book(path, joined=on)


def counted(as_of: cast.Day = "2026-12-31", first: cast.Day = "2026-01-01") -> tuple[int, int]:
    last = cast.day("2026-01-31")
    found = reinstatement.reinstatements(cast.day(first), last, cast.day(as_of))
    return found.suspended, found.reinstated


@pytest.fixture
def suspended(book: peewee.Database) -> None:
    """Three policies, of which two were suspended in January."""
    take_in("2025-12-01", "in_force", "in_force", "in_force")
    take_in("2026-01-31", "suspended,2026-01-05", "suspended,2026-01-31", "in_force")


def test_a_suspension_is_counted_on_the_days_on_which_it_began(suspended: None) -> None:
    assert counted() == (2, 0)
    assert counted(first="2026-01-06") == (1, 0)
    assert counted(as_of="2026-01-30") == (1, 0)


@pytest.mark.parametrize("status", ["in_force", "grace", "paid_up"])
def test_one_that_comes_back_is_reinstated_from_the_day_of_the_file(
    suspended: None, status: str
) -> None:
    take_in("2026-04-10", status, "suspended,2026-01-31", "in_force")
    assert (counted(), counted(as_of="2026-04-09")) == ((2, 1), (2, 0))


@pytest.mark.parametrize("status", ["terminated", "surrendered"])
def test_one_that_ends_is_not_reinstated(suspended: None, status: str) -> None:
    take_in("2026-04-10", f"{status},,2026-04-01", "suspended,2026-01-31", "in_force")
    assert counted() == (2, 0)
    assert [each.became for each in PastSuspension.select()] == [status]


def test_a_day_that_is_corrected_is_one_suspension(suspended: None) -> None:
    take_in("2026-02-10", "suspended,2026-01-07", "suspended,2026-02-02", "in_force")
    assert counted() == (1, 0)
    assert PastSuspension.select().count() == 0


def test_one_that_begins_again_on_the_same_day_is_the_same_one(suspended: None) -> None:
    take_in("2026-04-10", "in_force", "suspended,2026-01-31", "in_force")
    take_in("2026-04-11", "suspended,2026-01-05", "suspended,2026-01-31", "in_force")
    assert counted() == (2, 0)


def test_another_suspension_is_another_one(suspended: None) -> None:
    take_in("2026-01-31", "in_force", "suspended,2026-01-31", "in_force")
    take_in("2026-02-10", "suspended,2026-01-31", "suspended,2026-01-31", "in_force")
    assert counted() == (3, 1)


def test_nothing_suspended_has_no_share(book: peewee.Database) -> None:
    day = cast.day("2026-01-31")
    assert reinstatement.reinstatements(day, day, day).ratio is None
    with refuses(errors.NotMeasurable, "before it begins"):
        reinstatement.reinstatements(day, cast.day("2026-01-30"), day)
