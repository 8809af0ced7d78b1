"""A workbook of whatever format is read as people see it, or refused in a sentence at a small cost."""

import contextlib
import datetime
import random
from pathlib import Path

import pytest

from policies import errors
from policies.importing import files, sheets
from policies.importing.tables import FileRow, Reading
from tests.policies.importing import workbook_files
from tests.policies.importing.read_workbooks import (
    HEADER,
    LIN_WEI,
    ZHOU_MING,
    made,
    refusal,
    rows_of,
    told_of,
    written,
)
from tests.policies.importing.workbook_files import Error, Shown

FORMATS = sorted(workbook_files.WRITERS)
LOCKED_EXCEL = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
LOCKED_ODS = workbook_files.rezipped(
    workbook_files.ods({}), {"META-INF/manifest.xml": b"<manifest:encryption-data/>"}
)


# --- Which sheets -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_a_hidden_sheet_is_never_read_and_is_named(tmp_path: Path, form: str) -> None:
    path = made(tmp_path, form, {"old": [HEADER, LIN_WEI], "now": [HEADER, ZHOU_MING]}, ["old"])
    assert rows_of(path) == [FileRow(2, ZHOU_MING)]
    assert told_of(path) == ["1 hidden sheet was not read: old"]


@pytest.mark.parametrize("form", FORMATS)
def test_visible_sheets_of_one_header_are_read_one_after_another(tmp_path: Path, form: str) -> None:
    notes = [["remarks"], ["none"]]
    path = made(
        tmp_path,
        form,
        {"2025": [HEADER, LIN_WEI], "empty": [], "notes": notes, "2026": [HEADER, ZHOU_MING]},
    )
    assert rows_of(path) == [FileRow(2, LIN_WEI, sheet="2025"), FileRow(2, ZHOU_MING, sheet="2026")]
    assert told_of(path) == ["1 sheet has another header and was not read: notes"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_cover_before_the_list_is_passed_over_and_named(tmp_path: Path, form: str) -> None:
    sheets = {"cover": [["our book"]], "2025": [HEADER, LIN_WEI], "2026": [HEADER, ZHOU_MING]}
    with files.opened(made(tmp_path, form, sheets), Reading(known=frozenset(HEADER))) as table:
        assert [(row.sheet, row.cells) for row in table.rows] == [
            ("2025", LIN_WEI),
            ("2026", ZHOU_MING),
        ]
        assert [each.facts["names"] for each in table.told] == [["cover"]]


@pytest.mark.parametrize("form", FORMATS)
def test_a_sheet_is_chosen_by_name(tmp_path: Path, form: str) -> None:
    sheets = {"cover": [["our book"]], "2025": [HEADER, LIN_WEI], "2026": [HEADER, ZHOU_MING]}
    path = made(tmp_path, form, sheets)
    assert rows_of(path, ["2026"]) == [FileRow(2, ZHOU_MING)]
    assert rows_of(path, ["2026", "2025"]) == [
        FileRow(2, LIN_WEI, sheet="2025"),
        FileRow(2, ZHOU_MING, sheet="2026"),
    ]
    assert told_of(path, ["2026"]) == []


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (["2024"], "has no sheet '2024': it has 2025, old, notes"),
        (["old"], "the sheet 'old' is hidden: unhide it if it is to be read"),
        (["2025", "notes"], "the sheet 'notes' has another header than the first one"),
    ],
)
def test_a_sheet_that_cannot_be_chosen_refuses_the_file(
    tmp_path: Path, form: str, wanted: list[str], sentence: str
) -> None:
    sheets = {"2025": [HEADER, LIN_WEI], "old": [HEADER], "notes": [["remarks"]]}
    assert refusal(made(tmp_path, form, sheets, ["old"]), wanted) == sentence


@pytest.mark.parametrize("form", FORMATS)
def test_a_workbook_of_hidden_sheets_is_empty(tmp_path: Path, form: str) -> None:
    sheets = {"shown": [], "old": [HEADER, LIN_WEI]}
    assert refusal(made(tmp_path, form, sheets, ["old"])) == "is empty: a header row was expected"


# --- Typed cells --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("林伟", "林伟"),
        (None, ""),
        (7, "7"),
        (-7, "-7"),
        (1234.5, "1234.5"),
        (4121.280000000001, "4121.280000000001"),
        (13812345678, "13812345678"),
        (13812345678.0, "13812345678"),
        (999999999999999, "999999999999999"),
        (1234567890123456, "1.234567890123456e+15"),
        (440105199001011200, "4.401051990010112e+17"),
        (True, "yes"),
        (False, "no"),
        (datetime.date(2026, 2, 28), "2026-02-28"),
        (datetime.datetime(2026, 2, 28), "2026-02-28"),
        (datetime.datetime(2026, 2, 28, 9, 30), "2026-02-28 09:30:00"),
        *((Error(text), text) for text in ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?")),
        *((Error(text), text) for text in ("#NULL!", "#NUM!")),
        (Shown(12345, "0000000000", "0000012345"), "0000012345"),
        (Shown(7, "00", "07"), "07"),
        (Shown(123, "00", "123"), "123"),
        (Shown(13812345678, "000-0000-0000", "138-1234-5678"), "138-1234-5678"),
        (Shown(12345, "0000-0000", "0001-2345"), "0001-2345"),
        (Shown(1234.5, "#,##0.00", "1,234.50"), "1234.5"),
        (Shown(0.25, "0.00", "0.25"), "0.25"),
        (Shown(1200, "0.00", "1200.00"), "1200"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_a_typed_cell_is_read_as_a_csv_file_would_have_it(
    tmp_path: Path, form: str, typed: object, text: str
) -> None:
    path = made(tmp_path, form, {"list": [["policy_no", "value"], ["P001", typed]]})
    assert rows_of(path) == [FileRow(2, ["P001", text])]


@pytest.mark.parametrize("form", FORMATS)
def test_cells_missing_at_the_end_of_a_row_are_empty(tmp_path: Path, form: str) -> None:
    table = [["policy_no", "client_name", "phone"], ["P001"], [None, None], ["P2", None, 1, "x"]]
    assert rows_of(made(tmp_path, form, {"list": table})) == [
        FileRow(2, ["P001", "", ""]),
        FileRow(4, ["P2", "", "1", "x"]),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_workbook_is_known_by_its_content_not_by_its_name(tmp_path: Path, form: str) -> None:
    content = workbook_files.WRITERS[form]({"list": [HEADER, LIN_WEI]})
    assert rows_of(written(tmp_path, content, "book.csv")) == [FileRow(2, LIN_WEI)]


@pytest.mark.parametrize("form", FORMATS)
def test_a_workbook_cut_short_is_refused_in_a_sentence(tmp_path: Path, form: str) -> None:
    content = workbook_files.WRITERS[form]({"list": [HEADER, LIN_WEI]})
    path = written(tmp_path, content[: len(content) // 2])
    assert refusal(path) == "is not a workbook that Excel could open"


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_that_were_changed_are_read_or_refused(tmp_path: Path, form: str) -> None:
    content = workbook_files.WRITERS[form]({"list": [HEADER, LIN_WEI], "more": [HEADER]})
    chance = random.Random(form)
    for _ in range(60):
        changed = bytearray(content)
        for _ in range(chance.randint(1, 20)):
            changed[chance.randrange(8, len(changed))] = chance.randrange(256)
        with contextlib.suppress(errors.UnreadableFile):
            rows_of(written(tmp_path, bytes(changed)))


@pytest.mark.parametrize("content", [LOCKED_EXCEL, LOCKED_ODS])
def test_a_workbook_with_a_password_is_refused(tmp_path: Path, content: bytes) -> None:
    sentence = "is protected by a password: save it without one"
    assert refusal(written(tmp_path, content)) == sentence


# --- Bounds -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_a_row_far_below_the_others_is_refused(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "WIDE_GAP", 10)
    near = {"list": [HEADER, LIN_WEI, *[[]] * 9, ZHOU_MING]}
    far = {"list": [HEADER, LIN_WEI, *[[]] * 10, ZHOU_MING]}
    assert len(rows_of(made(tmp_path, form, near))) == 2
    assert refusal(made(tmp_path, form, far)) == (
        "lines 3 to 12 of a sheet are empty and another row follows: delete it, or the empty lines"
    )


@pytest.mark.parametrize("form", FORMATS)
def test_a_value_far_beside_the_list_is_refused(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MANY_COLUMNS", 20)
    monkeypatch.setattr("policies.importing.ods.MANY_COLUMNS", 20)
    path = made(tmp_path, form, {"list": [HEADER, [*LIN_WEI, *[None] * 18, "x"]]})
    assert refusal(path) == (
        "line 2 of a sheet has a value beyond column 20: delete what stands beside the list"
    )
