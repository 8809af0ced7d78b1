"""What tests read of workbooks: their rows, their warnings, the sentence that refuses them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from policies import errors
from policies.importing import files
from policies.importing.tables import FileRow, Reading
from tests.policies.importing import workbook_files
from tests.policies.importing.workbook_files import Sheets
from tests.refusals import english

HEADER = ["policy_no", "client_name"]
LIN_WEI, ZHOU_MING = ["P001", "林伟"], ["P002", "周明"]


def written(folder: Path, content: bytes, name: str = "book.bin") -> Path:
    """A file of these bytes."""
    path = folder / name
    path.write_bytes(content)
    return path


def made(folder: Path, form: str, sheets: Sheets, hidden: Sequence[str] = ()) -> Path:
    """A workbook of that format."""
    return written(folder, workbook_files.WRITERS[form](sheets, hidden))


def rows_of(path: Path, wanted: Sequence[str] = ()) -> list[FileRow]:
    """The rows of a workbook."""
    with files.opened(path, Reading(sheets=tuple(wanted))) as table:
        return list(table.rows)


def told_of(path: Path, wanted: Sequence[str] = ()) -> list[str]:
    """The warnings about a workbook that is read to its end."""
    with files.opened(path, Reading(sheets=tuple(wanted))) as table:
        assert list(table.rows)
        assert table.fraction() == 1
        return [english(each) for each in table.told]


def refusal(path: Path, wanted: Sequence[str] = ()) -> str:
    """The sentence with which the file is refused, the path before it left away."""
    with (
        pytest.raises(errors.UnreadableFile) as refusal,
        files.opened(path, Reading(sheets=tuple(wanted))) as table,
    ):
        list(table.rows)
    return english(refusal.value).removeprefix(f"{path}: ")
