"""What takes long to read is read before anybody is locked out, and says the same afterwards."""

import os
from pathlib import Path
from typing import Any

import peewee
import pytest

from policies import database, errors
from policies.importing.files import files, spool, workbooks
from policies.importing.files.tables import FileRow
from tests.policies.importing import workbook_files
from tests.policies.importing.book_files import load_file, row, write
from tests.refusals import english

AWKWARD = ["", " ", "a,b", 'say "no"', "two\nlines", "'=1", "林伟", "😀", "\\", "\t"]
ROWS = [[f"P{number}", cell, f"{cell}x"] for number, cell in enumerate(AWKWARD)]
LEDGER = [["policy_no", "due_date", "amount"], ["P001", "2026-08-31", 12000]]


def workbook(folder: Path, *tables: list[list[Any]], name: str = "book.xlsx") -> Path:
    path = folder / name
    path.write_bytes(
        workbook_files.xlsx({f"S{number}": rows for number, rows in enumerate(tables, 1)})
    )
    return path


def as_table(*rows: dict[str, str]) -> list[list[Any]]:
    return [list(rows[0]), *(list(each.values()) for each in rows)]


def test_rows_are_the_same_afterwards(tmp_path: Path) -> None:
    header = ["policy_no", "client_name", "team"]
    path = workbook(tmp_path, [header, *ROWS], [header, *ROWS[:1]])
    with files.opened(path) as table:
        read = list(table.rows)
    with files.opened(path) as table, spool.spooled(table, lambda fraction: None) as kept:
        assert list(kept.rows) == read
        assert kept.fraction() == 1
    assert (read[-1].sheet, len(read)) == ("S2", len(ROWS) + 1)


def test_a_csv_file_is_not_kept_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "book.csv", [row()])
    with files.opened(path) as table, spool.spooled(table, lambda fraction: None) as kept:
        assert kept is table


def test_how_far_it_is_read_only_grows(
    book: peewee.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "ROWS_PER_STEP", 2)
    told: list[float] = []
    rows = [row(f"P{number}") for number in range(9)]
    load_file(workbook(tmp_path, as_table(*rows)), on_progress=told.append)
    assert told == sorted(told) and told[-1] == 1 and 0 < told[0] < 1


def test_a_full_disk_refuses_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(spool, "_write", full)
    path = workbook(tmp_path, [["policy_no"], ["P1"]])
    with (
        pytest.raises(errors.UnreadableFile) as refusal,
        files.opened(path) as table,
        spool.spooled(table, lambda fraction: None),
    ):
        pass
    assert english(refusal.value) == f"{path}: the disk is full"


def test_a_text_that_is_repeated_without_end_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MANY_SIGNS", 1 << 20)
    path = workbook(tmp_path, [["policy_no"], *[["x" * 30_000]] * 40])
    with (
        pytest.raises(errors.UnreadableFile) as refusal,
        files.opened(path) as table,
        spool.spooled(table, lambda fraction: None),
    ):
        pass
    assert "has more than 1 MiB" in english(refusal.value)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("kind", ["book", "premiums"])
def test_no_row_of_a_workbook_is_read_in_a_transaction(
    book: peewee.Database, tmp_path: Path, kind: str, dry_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[bool] = []
    fit = workbooks._fit

    def watched(each: FileRow, width: int) -> FileRow:
        locked.append(database.database.in_transaction())
        return fit(each, width)

    monkeypatch.setattr(workbooks, "_fit", watched)
    load_file(workbook(tmp_path, as_table(row())), kind="book")
    table = LEDGER if kind == "premiums" else as_table(row(product="终身寿险"))
    before = len(locked)
    read = load_file(workbook(tmp_path, table), kind=kind, dry_run=dry_run)
    assert sum(read.counts) == 1 and not read.rejects
    assert len(locked) == before + 1 and not any(locked)
