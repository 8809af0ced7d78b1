"""A column has one order of day and month: its cells show which, or the file is refused."""

from pathlib import Path

import peewee
import pytest

from policies import errors
from policies.models import Policy
from tests import cast
from tests.policies.importing.book_files import load, load_ledger, mapping_of, row
from tests.refusals import english

BOTH = 'date_formats = ["%d/%m/%Y", "%m/%d/%Y"]'
THEIRS = '[columns]\nissue_date = { of = "Issued", date_formats = ["%d/%m/%Y", "%m/%d/%Y"] }'


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a column shows does not depend on the database."""
    return sqlite_url


def issued(*days: str) -> list[dict[str, str]]:
    """A row for each of these days."""
    return [row(f"P{number:03}", issue_date=day) for number, day in enumerate(days, 1)]


def refusal(folder: Path, rows: list[dict[str, str]], text: str = BOTH) -> str:
    """The sentence with which a file is refused, the path before it left away."""
    with pytest.raises(errors.UnreadableFile) as refused:
        load(folder, *rows, mapping=mapping_of(folder, text))
    assert Policy.select().count() == 0
    return english(refused.value).partition("book.csv: ")[2]


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (["05/06/2025", "25/06/2025"], "2025-06-05"),
        (["05/06/2025", "06/25/2025"], "2025-05-06"),
        (["05/06/2025 00:00:00", "06/25/2025 00:00:00"], "2025-05-06"),
        (["05/06/2025", "2025-06-25", "06/25/2025"], "2025-05-06"),
        (["05/06/2025", "soon", "25/06/2025"], "2025-06-05"),
    ],
)
def test_a_cell_that_fits_one_order_decides_for_all(
    book: peewee.Database, tmp_path: Path, days: list[str], first: str
) -> None:
    load(tmp_path, *issued(*days), mapping=mapping_of(tmp_path, BOTH))
    assert cast.policy("P001").issue_date == cast.day(first)


def test_lines_that_contradict_each_other_refuse_the_file(
    book: peewee.Database, tmp_path: Path
) -> None:
    assert refusal(tmp_path, issued("05/06/2025", "25/06/2025", "06/25/2025")) == (
        "is day or month first in issue_date? '25/06/2025' (line 3) and '06/25/2025' (line 4)"
        " contradict each other; nothing was imported"
    )


def test_what_no_line_decides_is_asked_for(book: peewee.Database, tmp_path: Path) -> None:
    assert refusal(tmp_path, issued("04/04/2025", "05/06/2025")) == (
        "is day or month first in issue_date? '05/06/2025' (line 3) may be two days, and no other"
        " line decides; leave one of these in date_formats of the mapping: %d/%m/%Y, %m/%d/%Y"
    )


def test_days_that_both_orders_read_alike_need_no_decision(
    book: peewee.Database, tmp_path: Path
) -> None:
    rows = issued("04/04/2025", "05/05/2025")
    assert load(tmp_path, *rows, mapping=mapping_of(tmp_path, BOTH)).counts == (2, 0, 0, 0)


def test_each_column_has_an_order_of_its_own(book: peewee.Database, tmp_path: Path) -> None:
    rows = [
        row(issue_date="25/06/2025", birthday="02/29/1984"),
        row("P002", issue_date="05/06/2025", client_no="C002", birthday="05/06/1984"),
    ]
    load(tmp_path, *rows, mapping=mapping_of(tmp_path, BOTH))
    policy = cast.policy("P002")
    assert (policy.issue_date, policy.client.birthday) == (
        *(cast.day("2025-06-05"), cast.day("1984-05-06")),
    )


def test_a_column_may_have_formats_of_its_own(book: peewee.Database, tmp_path: Path) -> None:
    rows = issued("05/06/2025", "06/25/2025")
    theirs = [
        {"Issued" if name == "issue_date" else name: cell for name, cell in each.items()}
        for each in rows
    ]
    assert load(tmp_path, *theirs, mapping=mapping_of(tmp_path, THEIRS)).counts == (2, 0, 0, 0)
    assert cast.policy("P001").issue_date == cast.day("2025-05-06")


def test_a_format_that_puts_the_year_first_may_be_a_rival(
    book: peewee.Database, tmp_path: Path
) -> None:
    text = 'date_formats = ["%Y-%d-%m"]'
    sentence = refusal(tmp_path, issued("2025-25-06", "2025-06-25"), text)
    assert sentence.startswith("is day or month first in issue_date? '2025-25-06' (line 2) and ")
    load(tmp_path, *issued("2025-25-06", "2025-05-06"), mapping=mapping_of(tmp_path, text))
    assert cast.policy("P002").issue_date == cast.day("2025-06-05")


def test_the_codes_of_a_column_decide_nothing(book: peewee.Database, tmp_path: Path) -> None:
    text = f'{BOTH}\n[codes.issue_date]\n"06/25/2025" = "2025-01-01"\n'
    load(
        tmp_path,
        *issued("06/25/2025", "25/06/2025", "05/06/2025"),
        mapping=mapping_of(tmp_path, text),
    )
    assert cast.policy("P003").issue_date == cast.day("2025-06-05")


def test_a_ledger_has_an_order_too(book: peewee.Database, tmp_path: Path) -> None:
    load(tmp_path, row())
    mapping = mapping_of(tmp_path, BOTH)
    due = [
        {"policy_no": "P001", "due_date": day, "amount": "1"}
        for day in ("25/06/2025", "06/25/2025")
    ]
    with pytest.raises(errors.UnreadableFile):
        load_ledger(tmp_path, *due, mapping=mapping)
    assert load_ledger(tmp_path, due[0], mapping=mapping).counts == (1, 0, 0, 0)


def test_the_same_cells_in_another_order_are_read_again(
    book: peewee.Database, tmp_path: Path
) -> None:
    mapping = mapping_of(tmp_path, BOTH)
    load(tmp_path, *issued("05/06/2025", "25/06/2025"), mapping=mapping)
    found = load(tmp_path, *issued("05/06/2025", "06/25/2025"), mapping=mapping)
    assert found.counts == (0, 1, 1, 0)
    assert cast.policy("P001").issue_date == cast.day("2025-05-06")
