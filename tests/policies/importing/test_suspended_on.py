"""Since when a policy is suspended: as its file says, else as the ledger does (domain.md §4.17)."""

import datetime
from pathlib import Path

import peewee
import pytest

from policies.grace import Grace
from policies.models import Policy
from servicing.core.models import CardEntry, Touched
from tests import cast
from tests.policies.importing.book_files import load, load_ledger, row

FILE = datetime.date(2026, 8, 5)
"""The day as of which the file is dated that first says `suspended`."""


def suspended_on(policy_no: str = "P001") -> str:
    day = Policy.get(Policy.policy_no == policy_no).suspended_on
    return str(day or "")


def instalment(due_date: str, paid_on: str = "", amount: str = "12000") -> dict[str, str]:
    return {"policy_no": "P001", "due_date": due_date, "amount": amount, "paid_on": paid_on}


LEDGERS: list[tuple[list[dict[str, str]], str]] = [
    ([instalment("2026-05-31")], "2026-07-31"),
    ([instalment("2026-05-31"), instalment("2026-06-30")], "2026-07-31"),
    ([instalment("2026-05-30", paid_on="2026-06-20"), instalment("2026-05-31")], "2026-07-31"),
    ([instalment("2026-05-30", amount="0"), instalment("2026-05-31")], "2026-07-31"),
    (
        [instalment("2026-06-30")],
        str(FILE),
    ),  # its grace has not ended, and the book says it all the same
    ([instalment("2026-05-31", paid_on="2026-06-20")], str(FILE)),
    ([], str(FILE)),
]


@pytest.mark.parametrize(("ledger", "day"), LEDGERS)
def test_it_is_the_day_after_the_grace_of_the_first_unpaid_instalment(
    book: peewee.Database, tmp_path: Path, ledger: list[dict[str, str]], day: str
) -> None:
    load(tmp_path, row())
    if ledger:
        load_ledger(tmp_path, *ledger)
    load(tmp_path, row(status="suspended"), joined=FILE)
    assert suspended_on() == day


def test_the_grace_is_that_of_the_product(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row(product="Term Life"))
    load_ledger(tmp_path, instalment("2026-05-31"))
    grace = Grace(60, {"Term Life": 30})
    load(tmp_path, row(product="Term Life", status="suspended"), joined=FILE, grace=grace)
    assert suspended_on() == "2026-07-01"


SAID: list[tuple[list[dict[str, str]], str]] = [
    ([{"status": "suspended", "suspended_on": "2026-07-15"}], "2026-07-15"),
    ([{"status": "suspended", "suspended_on": ""}], str(FILE)),
    ([{"status": "suspended"}, {"status": "suspended"}], str(FILE)),
    (
        [{"status": "suspended"}, {"status": "suspended", "suspended_on": "2026-07-15"}],
        "2026-07-15",
    ),
    (
        [{"status": "suspended", "suspended_on": "2026-07-15"}, {"status": "suspended"}],
        "2026-07-15",
    ),
    ([{"status": "suspended", "suspended_on": "2026-07-15"}, {"product": "x"}], "2026-07-15"),
    ([{"status": "in_force", "suspended_on": "2026-07-15"}], ""),
    ([{"status": "suspended"}, {"status": "in_force"}], ""),
    ([{"status": "suspended"}, {"status": "paid_up", "suspended_on": "2026-07-15"}], ""),
    ([{"status": "suspended"}, {"status": "terminated", "ended_on": "2026-08-01"}], ""),
]
"""What files say one after the other of a policy that was in force, and what the book has then."""


@pytest.mark.parametrize(("files", "day"), SAID)
def test_a_file_that_says_the_day_is_believed_and_the_day_stands_while_it_is_suspended(
    book: peewee.Database, tmp_path: Path, files: list[dict[str, str]], day: str
) -> None:
    load(tmp_path, row())
    for each in files:
        assert load(tmp_path, row(**each), joined=FILE).why == []
    assert suspended_on() == day


@pytest.mark.parametrize(("said", "day"), [("", ""), ("2026-01-03", "2026-01-03")])
def test_of_a_policy_that_joins_suspended_it_is_known_only_if_its_file_says_it(
    book: peewee.Database, tmp_path: Path, said: str, day: str
) -> None:
    load(tmp_path, row(status="suspended", suspended_on=said), row("P002", status="suspended"))
    assert (suspended_on(), suspended_on("P002")) == (day, "")


def test_a_day_before_the_issue_is_refused(book: peewee.Database, tmp_path: Path) -> None:
    told = load(tmp_path, row(status="suspended", suspended_on="2025-08-30"))
    assert told.why == [
        "line 2, suspended_on '2025-08-30':"
        " a date on or after the issue date 2025-08-31 was expected"
    ]
    assert not Policy.select().exists()


def test_the_card_tells_it_and_what_is_counted_from_it_is_looked_at_again(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row())
    load(tmp_path, row(status="suspended"), joined=FILE)
    (line,) = CardEntry.select().where(CardEntry.kind == "status.changed")
    assert f'"suspended_on": [null, "{FILE}"]' in line.facts
    assert {each.anchor for each in Touched.select()} == {"", "suspended"}


def test_the_days_of_an_end_are_looked_at_again(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row())
    load(tmp_path, row(status="surrendered", ended_on="2026-08-01"), joined=FILE)
    assert {each.anchor for each in Touched.select()} == {"", "ended"}


def test_a_later_file_that_only_moves_through_grace_moves_no_such_day(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row())
    load(tmp_path, row(status="grace"), joined=FILE)
    assert {each.anchor for each in Touched.select()} == {""}
    assert cast.lin_wei().policies[0].status == "grace"
