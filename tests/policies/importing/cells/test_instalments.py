"""A ledger may count instalments instead of naming their days: the policy says when they are due."""

from pathlib import Path
from typing import Any

import peewee
import pytest

from policies.importing.mapping.mapping import Mapping
from policies.models import Premium
from tests.policies.importing.book_files import Imported, load, load_ledger, mapping_of, row

COUNTED = """
[columns]
due_date = { instalment = "No" }
paid_on = { of = "State", when = ["Paid"], then = "due_date" }
"""


@pytest.fixture
def counted(tmp_path: Path) -> Mapping:
    return mapping_of(tmp_path, COUNTED)


def premium(no: str, state: str = "open", policy_no: str = "P001") -> dict[str, str]:
    return {"policy_no": policy_no, "amount": "100", "No": no, "State": state}


def known() -> list[tuple[Any, ...]]:
    rows = Premium.select().order_by(Premium.due_date)
    return [(str(each.due_date), each.paid_on and str(each.paid_on)) for each in rows]


@pytest.mark.parametrize(
    ("mode", "issued", "no", "due"),
    [
        ("annual", "2025-08-31", "1", "2025-08-31"),
        ("annual", "2024-02-29", "2", "2025-02-28"),
        ("annual", "2024-02-29", "5", "2028-02-29"),
        ("semiannual", "2025-08-31", "2", "2026-02-28"),
        ("quarterly", "2025-08-31", "2", "2025-11-30"),
        ("quarterly", "2025-08-31", "3", "2026-02-28"),
        ("monthly", "2025-08-31", "13", "2026-08-31"),
        ("single", "2025-08-31", "1", "2025-08-31"),
    ],
)
def test_an_instalment_is_due_by_issue_date_and_mode(
    book: peewee.Database,
    tmp_path: Path,
    counted: Mapping,
    mode: str,
    issued: str,
    no: str,
    due: str,
) -> None:
    load(tmp_path, row(payment_mode=mode, issue_date=issued))
    assert load_ledger(tmp_path, premium(no), mapping=counted).counts == (1, 0, 0, 0)
    assert known() == [(due, None)]


def test_it_is_paid_on_its_day_when_the_status_says_so(
    book: peewee.Database, tmp_path: Path, counted: Mapping
) -> None:
    load(tmp_path, row(payment_mode="monthly"))
    rows = [premium("1", "PAID"), premium("2", "paid"), premium("3")]
    assert load_ledger(tmp_path, *rows, mapping=counted).counts == (3, 0, 0, 0)
    paid = [("2025-08-31", "2025-08-31"), ("2025-09-30", "2025-09-30"), ("2025-10-31", None)]
    assert known() == paid
    assert load_ledger(tmp_path, *rows, mapping=counted).counts == (0, 0, 3, 0)
    rows[1]["State"] = "bounced"
    assert load_ledger(tmp_path, *rows, mapping=counted).counts == (0, 1, 2, 0)
    assert known() == [paid[0], ("2025-09-30", None), paid[2]]


@pytest.mark.parametrize(
    ("instalment", "why"),
    [
        (
            premium("2"),
            "line 2, due_date: a policy that is paid 'single' has no instalment of this number",
        ),
        (premium("0"), "line 2, due_date '0': a whole number from 1 to 1200 was expected"),
        (premium("1.5"), "line 2, due_date '1.5': a whole number from 1 to 1200 was expected"),
        (premium(""), "line 2, due_date: must not be empty"),
        (
            premium("1", policy_no="P404"),
            "line 2, policy_no 'P404': no policy of this number is in the book",
        ),
    ],
)
def test_an_instalment_without_a_day_is_refused(
    book: peewee.Database, tmp_path: Path, counted: Mapping, instalment: dict[str, str], why: str
) -> None:
    load(tmp_path, row(payment_mode="single"))
    found: Imported = load_ledger(tmp_path, instalment, mapping=counted)
    assert (found.why, known()) == ([why], [])
    assert list(instalment.values()) == found.first_reject[:4]


def test_two_rows_of_one_day_are_one_too_many(
    book: peewee.Database, tmp_path: Path, counted: Mapping
) -> None:
    load(tmp_path, row())
    found = load_ledger(tmp_path, premium("2"), premium("2", "paid"), mapping=counted)
    assert found.counts == (1, 0, 0, 1)
    assert found.why[0].endswith("this instalment stands more than once in this file")
