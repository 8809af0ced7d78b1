"""Two people under one number are told by their birthdays; against the book one is corrected."""

from pathlib import Path

import peewee
import pytest

from policies.importing import importer
from tests import cast
from tests.policies.importing.book_files import load, row

FILES = [
    (["1980-05-01", "1980-05-01"], []),
    (["1980-05-01", "1990-05-01"], [3]),
    (["1980-05-01", ""], []),
    (["", "1980-05-01", "1990-05-01"], [4]),
    (["1980-05-01", "", "1990-05-01", "1980-05-01"], [4]),
    (["1980-05-01", "1990-05-01", "1990-05-01"], [3, 4]),
    (["", "", "1980-05-01", "", "1990-05-01"], [6]),
]


@pytest.mark.parametrize("rows_at_a_time", [1, 2, 9])
@pytest.mark.parametrize(("birthdays", "refused"), FILES)
@cast.on_one
def test_a_later_row_with_another_birthday_is_refused(
    book: peewee.Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    birthdays: list[str],
    refused: list[int],
    rows_at_a_time: int,
) -> None:
    monkeypatch.setattr(importer, "BATCH_ROWS", rows_at_a_time)
    rows = [row(f"P{place}", birthday=each) for place, each in enumerate(birthdays)]
    for _ in range(2):
        found = load(tmp_path, *rows, read_by="this program")
        assert [each.line for each in found.rejects] == refused
        assert {each.column for each in found.rejects} <= {"client_no"}


def test_both_lines_and_both_birthdays_are_named(book: peewee.Database, tmp_path: Path) -> None:
    rows = row("P1", birthday="1980-05-01"), row("P2", birthday="1990-05-01", client_name="周明")
    assert load(tmp_path, *rows).why == [
        "line 3, client_no 'C001': line 2 has another birthday under this number:"
        " 1980-05-01, not 1990-05-01"
    ]


def test_against_the_book_another_birthday_is_a_correction(
    book: peewee.Database, tmp_path: Path
) -> None:
    load(tmp_path, row("P1", birthday="1980-05-01"), row("P2", birthday="1980-05-01"))
    corrected = row("P1", birthday="1981-05-01"), row("P2", birthday="1981-05-01")
    assert load(tmp_path, *corrected, read_by="this program").rejects == []
    assert cast.lin_wei().birthday == cast.day("1981-05-01")


@pytest.mark.parametrize("order", [1, -1], ids=["corrected first", "corrected last"])
@cast.on_one
def test_a_row_that_says_it_again_is_refused_beside_one_that_corrects_it(
    book: peewee.Database, tmp_path: Path, order: int
) -> None:
    """Rows that were passed over are read where a row contradicts them."""
    before = row("P1", birthday="1980-05-01"), row("P2", birthday="1980-05-01")
    load(tmp_path, *before, read_by="this program")
    rows = [row("P1", birthday="1981-05-01"), before[1]][::order]
    assert [each.line for each in load(tmp_path, *rows, read_by="this program").rejects] == [3]
