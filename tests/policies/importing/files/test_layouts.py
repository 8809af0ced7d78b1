"""A delimiter and a header are found by the headers that mean something, not by punctuation."""

from pathlib import Path

import pytest

from policies import errors
from policies.importing.files import files, layouts
from policies.importing.files.tables import FileRow, Reading, Recognised, lettered
from tests.refusals import english

KNOWN = frozenset(["policy_no", "client_no", "client_name", "Ref", "A", "B", "C"])
READING = Reading(known=KNOWN)
NAMES = ["policy_no", "client_no", "client_name"]
ROW = ["P1", "C1", "Ilse Brandt"]


def joined(delimiter: str, *rows: list[str]) -> str:
    return "".join(f"{delimiter.join(row)}\n" for row in rows)


def layout(top: str, **said: object) -> layouts.Layout:
    return layouts.layout(top, Reading(known=KNOWN, **said))  # type: ignore[arg-type]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_usual_delimiters_are_found(delimiter: str) -> None:
    found = layout(joined(delimiter, NAMES, ROW))
    assert found == layouts.Layout(delimiter=delimiter, header_row=None)


@pytest.mark.parametrize(
    ("top", "said", "delimiter"),
    [
        (joined("^", NAMES, ROW), "^", "^"),  # the mapping's
        (joined(",", NAMES, ROW), ";", ","),  # unless it gives no header
        (joined(";", NAMES, ["1,5", "2,5", "a,b,c,d"]), "", ";"),  # however many commas there are
        ("policy_no\nP1\n", "", ","),  # one column needs none
        ("policy_no\nP1\n", ";", ";"),
        ("nothing,known;here\n", "", ","),
        ("", "", ","),
    ],
)
def test_the_delimiter_is_the_one_that_gives_the_header(
    top: str, said: str, delimiter: str
) -> None:
    assert layout(top, delimiter=said).delimiter == delimiter


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_a_first_line_for_spreadsheets_is_obeyed_and_skipped(first: str) -> None:
    found = layout(f"{first}\r\n{joined(';', NAMES, ROW)}")
    assert (found.delimiter, found.begins, found.header_seems) == (";", 2, 0)


def test_a_first_line_for_spreadsheets_may_name_another_sign() -> None:
    assert layout("sep=^\n" + joined("^", NAMES, ROW)).delimiter == "^"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("before", ["Policies of the North branch\n", "a\n\n\n", ",x,\n;y;\n"])
def test_a_line_that_looks_more_like_the_header_is_named_and_not_taken(
    delimiter: str, before: str
) -> None:
    found = layout(before + joined(delimiter, NAMES, ROW))
    assert found.header_seems == before.count("\n") + 1
    assert found.header_row is None


def test_a_row_of_data_looks_no_more_like_a_header() -> None:
    assert layout(joined(",", NAMES, ROW)).header_seems == 0


def test_a_mapping_says_where_the_header_stands() -> None:
    top = "North branch\nby hand\n" + joined("|", ["Ref", "client_no"], ROW)
    assert layout(top, header_row=3) == layouts.Layout(delimiter="|", header_row=3)


def test_without_a_header_the_columns_are_called_as_in_a_spreadsheet() -> None:
    found = layout("P1;1,5;Ilse Brandt\n", header_row=0)
    assert (found.delimiter, found.header_row, found.header_seems) == (";", 0, 0)


def test_our_own_rejects_have_their_header_first_whatever_the_mapping_says() -> None:
    own = [*NAMES, "reject_line", "reject_column", "reject_reason"]
    found = layout(joined(",", own, [*ROW, "2", "row", "why"]), header_row=3, delimiter=";")
    assert (found.delimiter, found.header_row) == (",", None)


@pytest.mark.parametrize(("width", "last"), [(1, "A"), (26, "Z"), (27, "AA"), (53, "BA")])
def test_columns_are_lettered(width: int, last: str) -> None:
    letters = lettered(width)
    assert (len(letters), letters[-1]) == (width, last)


# --- The file as a whole ------------------------------------------------------------------------


def opened(
    folder: Path, text: str, reading: Reading
) -> tuple[list[str], list[FileRow], Recognised]:
    path = folder / "book.csv"
    path.write_text(text, "utf-8")
    with files.opened(path, reading) as table:
        return table.header, list(table.rows), table.recognised


def test_rows_keep_the_lines_that_a_person_counts(tmp_path: Path) -> None:
    text = "North branch;;\n;;\n" + joined(";", NAMES) + ";;\n" + joined(";", ROW)
    said = Reading(known=KNOWN, header_row=3)
    header, rows, recognised = opened(tmp_path, text, said)
    assert (header, rows) == (NAMES, [FileRow(5, ROW)])
    assert recognised == Recognised(encoding="utf-8", delimiter=";", header_line=3)


def test_the_first_row_is_data_where_there_is_no_header(tmp_path: Path) -> None:
    said = Reading(known=KNOWN, header_row=0)
    header, rows, recognised = opened(tmp_path, joined("\t", ROW, ROW), said)
    assert (header, rows) == (["A", "B", "C"], [FileRow(1, ROW), FileRow(2, ROW)])
    assert recognised == Recognised(encoding="utf-8", delimiter="\t")


@pytest.mark.parametrize("blank", [",,", " , ,\t", '"",,', ",,\r"])
def test_a_row_of_nothing_is_passed_over(tmp_path: Path, blank: str) -> None:
    text = joined(",", NAMES, ROW) + f"{blank}\n" + joined(",", ROW)
    assert opened(tmp_path, text, READING)[1] == [FileRow(2, ROW), FileRow(4, ROW)]


@pytest.mark.parametrize("blank", ["", ",,", " , ,"])
def test_a_header_below_rows_of_nothing_is_the_header(tmp_path: Path, blank: str) -> None:
    header, rows, recognised = opened(tmp_path, f"{blank}\n" + joined(",", NAMES, ROW), READING)
    assert (header, rows, recognised.header_line) == (NAMES, [FileRow(3, ROW)], 2)


def test_a_header_beyond_the_end_is_none(tmp_path: Path) -> None:
    with pytest.raises(errors.UnreadableFile) as caught:
        opened(tmp_path, joined(",", NAMES, ROW), Reading(known=KNOWN, header_row=9))
    assert "a header row was expected" in english(caught.value)


def test_names_of_people_are_shown_those_beyond_ascii_first(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(
        joined(",", NAMES, ROW, ["P2", "C2", "Nora"], ["P3", "C3", "林伟"], ["P4", "C4", ""]),
        "utf-8",
    )
    reading = Reading(known=KNOWN, names=frozenset(["client_name"]))
    with files.opened(path, reading) as table:
        assert table.names == ("林伟", "Ilse Brandt", "Nora")
        assert len(list(table.rows)) == 4
