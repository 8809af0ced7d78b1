"""The file of refused rows as a person opens it: CSV in the file's delimiter, or a workbook of texts."""

import csv
import stat
from pathlib import Path

import openpyxl
import pytest

from policies import errors
from policies.importing.findings import Reject
from policies.notices import notice
from servicing.operations import rejects_files
from tests.refusals import refuses

HEADER = ["policy_no", "phone", "client_name"]
CELLS = ["007", "+13125550101", "=1+1"]


def write(path: Path, delimiter: str = ",", cells: list[str] | None = None) -> Path:
    """The rejects file of one row."""
    with rejects_files.writing(path, "en") as rejects:
        rejects.header(HEADER, delimiter)
        why = notice("not_a_date", formats="x")
        rejects.take(Reject(2, "issue_date", "x", why, cells or CELLS))
    return path


@pytest.mark.parametrize(("asked", "used"), [(",", ","), (";", ";"), ("\t", "\t"), ("", ",")])
def test_it_has_the_delimiter_of_its_file(tmp_path: Path, asked: str, used: str) -> None:
    path = write(tmp_path / "r.csv", asked)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file, delimiter=used)
    assert header == [*HEADER, "reject_line", "reject_column", "reject_reason"]
    assert row[:5] == ['="007"', '="+13125550101"', "'=1+1", "2", "issue_date"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "~"])
@pytest.mark.parametrize("name", ["r.xlsx", "R.XLSX"])
def test_a_workbook_has_the_cells_as_they_were(tmp_path: Path, name: str, delimiter: str) -> None:
    sheet = openpyxl.load_workbook(write(tmp_path / name, delimiter)).worksheets[0]
    _, row = sheet.values
    assert list(row[:4]) == [*CELLS, "2"]
    assert {cell.data_type for cell in sheet[2]} == {"s"}


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    for name in ("r.csv", "r.xlsx"):
        (tmp_path / name).write_text("another's")
        (tmp_path / name).chmod(0o644)
        assert stat.S_IMODE(write(tmp_path / name).stat().st_mode) == 0o600
    assert len(list(tmp_path.iterdir())) == 2


def test_it_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), rejects_files.writing(tmp_path / "r.csv", "en") as found:
        found.header(HEADER, ",")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with refuses(errors.UnwritableFile, match="not a file"):
        write(tmp_path)


def test_a_sheet_that_is_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects_files, "SHEET_ROWS", 1)
    with refuses(errors.UnwritableFile, match="sheet"):
        write(tmp_path / "r.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_first_are_kept_to_be_told(tmp_path: Path) -> None:
    with rejects_files.writing(None, "en") as found:
        found.header(HEADER, ",")
        for line in range(9):
            found.take(Reject(line, "row", "", notice("empty"), CELLS))
    assert [each.line for each in found.first] == [0, 1, 2, 3, 4]
