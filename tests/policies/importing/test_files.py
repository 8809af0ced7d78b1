"""Whatever file a person brings, it is read, or refused in one sentence that names it."""

import codecs
import csv
import io
import os
import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import errors
from policies.importing import amounts, days, decoding, files, inert, texts
from policies.importing.findings import BadCell
from policies.importing.tables import FileRow
from tests import cast
from tests.refusals import english, refuses

HEADER = "policy_no,client_name"
LIN_WEI = "P001,林伟"


def table_of(
    folder: Path, content: str | bytes, name: str = "book.csv"
) -> tuple[list[str], list[FileRow]]:
    """The header and the rows of a file of this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with files.opened(path) as table:
        return table.header, list(table.rows)


def refusal(path: Path) -> str:
    """The sentence with which the file is refused, the path before it left away."""
    with pytest.raises(errors.UnreadableFile) as refusal, files.opened(path) as table:
        list(table.rows)
    assert english(refusal.value).startswith(f"{path}: ")
    return english(refusal.value).removeprefix(f"{path}: ")


def refused_content(folder: Path, content: str | bytes) -> str:
    path = folder / "book.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return refusal(path)


# --- CSV ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_chinese_names_are_read_in_every_usual_encoding(
    tmp_path: Path, encoding: str, line_end: str
) -> None:
    text = line_end.join([HEADER, LIN_WEI, "P002,㐂龘", ""])
    header, found = table_of(tmp_path, text.encode(encoding))
    assert header == ["policy_no", "client_name"]
    assert [row.cells for row in found] == [["P001", "林伟"], ["P002", "㐂龘"]]


def test_a_character_cut_in_two_by_the_buffer_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "SNIFF_BYTES", 7)
    for encoding in ("utf-8", "gb18030"):
        _, found = table_of(tmp_path, f"{HEADER}\n{LIN_WEI}\n".encode(encoding))
        assert found == [FileRow(2, ["P001", "林伟"])]


def test_rows_know_their_line_even_after_blank_and_broken_ones(tmp_path: Path) -> None:
    text = f'{HEADER}\n\nP001,"林\n伟"\n\n\nP002,周明\n'
    _, found = table_of(tmp_path, text)
    assert found == [FileRow(3, ["P001", "林\n伟"]), FileRow(7, ["P002", "周明"])]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    assert table_of(tmp_path, f"{HEADER}\n{LIN_WEI}")[1] == [FileRow(2, ["P001", "林伟"])]


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    assert table_of(tmp_path, HEADER) == (["policy_no", "client_name"], [])


def test_headers_are_read_without_the_space_around_them(tmp_path: Path) -> None:
    assert table_of(tmp_path, " policy_no , client_name\n")[0] == ["policy_no", "client_name"]


def test_another_delimiter_is_taken_at_its_word(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text("policy_no;client_name\nP001;林伟\n", "utf-8")
    with files.opened(path, ";") as table:
        assert table.header == ["policy_no", "client_name"]
        assert [row.cells for row in table.rows] == [["P001", "林伟"]]


def test_short_and_long_rows_are_handed_over_as_they_are(tmp_path: Path) -> None:
    _, found = table_of(tmp_path, f"{HEADER}\nP001\nP002,周明,more\n")
    assert [row.cells for row in found] == [["P001"], ["P002", "周明", "more"]]


def test_ten_megabytes_in_one_cell_are_one_cell(tmp_path: Path) -> None:
    _, found = table_of(tmp_path, f"{HEADER}\nP001,{'x' * 10_000_000}\nP002,周明\n")
    assert [len(row.cells[1]) for row in found] == [10_000_000, 2]


def test_how_much_was_read_grows_from_nothing_to_all(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(HEADER + f"\n{LIN_WEI}" * 20_000, "utf-8")
    with files.opened(path) as table:
        fractions = [table.fraction() for _ in table.rows]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < 0.2
    assert fractions[-1] == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty: a header row was expected"),
        (b" \n\n", "is empty: a header row was expected"),
        (codecs.BOM_UTF8, "is empty: a header row was expected"),
        (b",,\nP001,x,\n", "is empty: a header row was expected"),
        (f"{HEADER}\n".encode("utf-16"), "is UTF-16 text: save it as UTF-8"),
        (codecs.BOM_UTF16_BE + HEADER.encode("utf-16-be"), "is UTF-16 text: save it as UTF-8"),
        (HEADER.encode("utf-16-le"), "is a binary file, not CSV or XLSX"),
        (b"\x7fELF\x00\x01\x02", "is a binary file, not CSV or XLSX"),
        (b"policy_no\nP001\x00\n", "is a binary file, not CSV or XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is not a workbook that Excel could open"),
        (b"policy_no\nP001\nM\xfcller \xff\n", "is neither UTF-8 nor GB18030 text (line 3)"),
        (b"policy_no\n\xff", "is neither UTF-8 nor GB18030 text (line 2)"),
        (b"PK\x03\x04 but not a workbook", "is not a workbook that Excel could open"),
        (b"policy_no,client_name,policy_no\n", "the header has 'policy_no' more than once"),
        (b'policy_no,name\nP001,x\nP002,"Lin\nP003,y\n', "line 3: a quote is never closed"),
        (
            b'policy_no,name\nP001,"Lin" Wei\n',
            "line 2: a quote ends before its cell does: inside a cell a quote is written twice",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_in_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    assert refused_content(tmp_path, content) == sentence


def test_random_bytes_are_refused_or_read_but_never_break_anything(tmp_path: Path) -> None:
    chance = random.Random(1)
    path = tmp_path / "book.csv"
    for size in [*range(1, 40), 300, 5000]:
        path.write_bytes(chance.randbytes(size))
        try:
            with files.opened(path) as table:
                list(table.rows)
        except errors.UnreadableFile as error:
            assert str(path) in english(error)


def test_a_cell_beyond_all_measure_is_a_quote_never_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_CELL_BYTES", 1000)
    sentence = refused_content(tmp_path, f'{HEADER}\nP001,"{"x" * 2000}\n')
    assert sentence.startswith("line 2: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere" / "book.csv") == "there is no such file"


def test_a_folder_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is a folder, not a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(HEADER, "utf-8")
    path.chmod(0)
    assert refusal(path) == "may not be read (permission denied)"


def test_a_name_that_no_file_can_have_is_named() -> None:
    assert refusal(Path("x" * 300)) == "the name is too long"


def test_a_path_through_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text(HEADER, "utf-8")
    assert (
        refusal(tmp_path / "book.csv" / "book.csv") == "a part of the path is a file, not a folder"
    )


# --- Cells out and in again ---------------------------------------------------------------------

TRICKY = st.text(st.sampled_from("=+-@'\t\r |!A0 1林,.()"), max_size=12) | st.text(max_size=20)


@pytest.mark.parametrize(
    "formula",
    ["=cmd|' /C calc'!A0", "+1+cmd|x", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=", "-", "+86x"],
)
def test_a_formula_is_never_exported_live(formula: str) -> None:
    assert inert.inert(formula) == f"'{formula}"
    assert inert.revived(inert.inert(formula)) == formula


@pytest.mark.parametrize(
    "harmless", ["-1234.50", "+8613812345678", "+86 138-1234", "林伟", "", "1-2"]
)
def test_numbers_and_phones_stay_as_they_are(harmless: str) -> None:
    assert inert.inert(harmless) == harmless


@given(TRICKY)
def test_what_was_made_inert_reads_as_the_cell_it_was(cell: str) -> None:
    read = texts.parse_text(100)
    assert read(inert.inert(cell)) == read(cell)


@given(TRICKY)
def test_an_inert_cell_starts_no_formula(cell: str) -> None:
    out = inert.inert(cell)
    is_number = not set(out) - set("+-0123456789 .,()") or out[1:].isdigit()
    assert is_number or not out.startswith(inert.FORMULA_SIGNS)
    assert inert.inert(out) == out


@given(st.lists(st.lists(TRICKY, min_size=2, max_size=2), max_size=5))
def test_what_is_written_as_csv_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    cleaned = [[cell.replace("\0", "") for cell in row] for row in table]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["a", "b"], *cleaned])
    try:
        content = text.getvalue().encode()
    except UnicodeEncodeError:
        return
    folder = tmp_path_factory.mktemp("csv", numbered=True)
    assert [row.cells for row in table_of(folder, content)[1]] == cleaned


# --- Cells --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "hundredths"),
    [
        ("0", 0),
        ("0.00", 0),
        ("-0", 0),
        ("12000", 1_200_000),
        ("12000.5", 1_200_050),
        ("12000.50", 1_200_050),
        ("12000.500", 1_200_050),
        ("1,234.50", 123_450),
        ("1,234,567", 123_456_700),
        ("1e3", 100_000),
        ("999999999999.99", 99_999_999_999_999),
        ("", None),
    ],
)
def test_amounts_are_read_to_the_hundredth(cell: str, hundredths: int | None) -> None:
    assert amounts.parse_amount()(cell) == hundredths


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("-1", "an amount of 0 or more was expected"),
        ("-1,234.50", "an amount of 0 or more was expected"),
        ("-0.01", "an amount of 0 or more was expected"),
        ("1e400", "an amount below 1,000,000,000,000 was expected"),
        ("1e999999999", "an amount below 1,000,000,000,000 was expected"),
        ("1000000000000", "an amount below 1,000,000,000,000 was expected"),
        ("NaN", "an amount below 1,000,000,000,000 was expected"),
        ("sNaN", "an amount below 1,000,000,000,000 was expected"),
        ("inf", "an amount below 1,000,000,000,000 was expected"),
        ("-inf", "an amount below 1,000,000,000,000 was expected"),
        ("12.345", "an amount with at most two decimals was expected"),
        ("0.001", "an amount with at most two decimals was expected"),
        ("1e-400", "an amount with at most two decimals was expected"),
        ("1e-999999999", "an amount with at most two decimals was expected"),
        ("12,34.50", "an amount such as 1234.50 was expected"),
        ("1.234,50", "an amount such as 1234.50 was expected"),
        ("¥1234", "an amount such as 1234.50 was expected"),
        ("twelve", "an amount such as 1234.50 was expected"),
        ("1 234", "an amount such as 1234.50 was expected"),
        ("=1+1", "an amount such as 1234.50 was expected"),
    ],
)
def test_an_amount_that_cannot_be_meant_is_refused(cell: str, sentence: str) -> None:
    with pytest.raises(BadCell) as refusal:
        amounts.parse_amount()(cell)
    assert english(refusal.value) == sentence


@given(st.decimals(0, 999_999_999_999, places=2))
def test_every_exact_amount_comes_in_exactly(amount: Decimal) -> None:
    assert amounts.parse_amount()(str(amount)) == int(amount * 100)
    assert amounts.parse_amount()(f"{amount:,}") == int(amount * 100)


def test_a_needed_cell_must_not_be_empty() -> None:
    for parse, sentence in [
        (amounts.parse_amount(needed=True), "an amount was expected, the cell is empty"),
        (days.parse_date(needed=True), "a date was expected, the cell is empty"),
        (texts.parse_text(9, needed=True), "must not be empty"),
    ]:
        with pytest.raises(BadCell) as refusal:
            parse("")
        assert english(refusal.value) == sentence


US, CHINESE = ("%m/%d/%Y",), ("%Y年%m月%d日", "%Y/%m/%d")


@pytest.mark.parametrize(
    ("cell", "formats", "day"),
    [
        ("2026-02-28", (), "2026-02-28"),
        ("2028-02-29", (), "2028-02-29"),
        ("20260228", (), "2026-02-28"),
        ("1900-01-01", (), "1900-01-01"),
        ("2199-12-31", (), "2199-12-31"),
        ("02/28/2026", US, "2026-02-28"),
        ("2/8/2026", US, "2026-02-08"),
        ("2026-02-28", US, "2026-02-28"),
        ("2026年2月28日", CHINESE, "2026-02-28"),
        ("2026/2/28", CHINESE, "2026-02-28"),
        ("", (), None),
    ],
)
def test_dates_are_read_in_iso_and_in_the_formats_of_the_mapping(
    cell: str, formats: tuple[str, ...], day: str | None
) -> None:
    assert days.parse_date(formats)(cell) == cast.maybe_day(day)


@pytest.mark.parametrize(
    ("cell", "formats", "sentence"),
    [
        ("2026-02-30", (), "a date of the calendar as YYYY-MM-DD was expected"),
        ("2026-02-29", (), "a date of the calendar as YYYY-MM-DD was expected"),
        ("2026-13-01", (), "a date of the calendar as YYYY-MM-DD was expected"),
        ("28.2.2026", (), "a date of the calendar as YYYY-MM-DD was expected"),
        ("02/28/2026", (), "a date of the calendar as YYYY-MM-DD was expected"),
        ("2026-02-28 09:30:00", (), "a date of the calendar as YYYY-MM-DD was expected"),
        ("46081", (), "a date of the calendar as YYYY-MM-DD was expected"),
        ("soon", US, "a date of the calendar as %m/%d/%Y was expected"),
        ("30/01/2026", US, "a date of the calendar as %m/%d/%Y was expected"),
        ("soon", CHINESE, "a date of the calendar as %Y年%m月%d日 or %Y/%m/%d was expected"),
        ("1899-12-31", (), "a date from 1900 to 2199 was expected"),
        ("2200-01-01", (), "a date from 1900 to 2199 was expected"),
        ("0001-01-01", (), "a date from 1900 to 2199 was expected"),
    ],
)
def test_a_date_that_is_none_is_refused(cell: str, formats: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(BadCell) as refusal:
        days.parse_date(formats)(cell)
    assert english(refusal.value) == sentence


def test_text_has_a_length() -> None:
    assert texts.parse_text(2)("林伟") == "林伟"
    with refuses(BadCell, match="at most 2 characters were expected, 3 found"):
        texts.parse_text(2)("林大伟")


def test_a_choice_is_one_of_a_few_or_nothing() -> None:
    parse = texts.parse_choice("M", "F")
    assert [parse(cell) for cell in ("M", "F", "")] == ["M", "F", ""]
    with refuses(BadCell, match="one of M, F was expected"):
        parse("m")


@pytest.mark.parametrize(("cell", "number"), [("0", 0), ("20", 20), ("120", 120), ("", None)])
def test_a_whole_number_is_read(cell: str, number: int | None) -> None:
    assert texts.parse_whole(0, 120)(cell) == number


@pytest.mark.parametrize("cell", ["-1", "121", "1.5", "x", "9" * 5000, "1e2"])
def test_what_is_no_whole_number_of_the_range_is_refused(cell: str) -> None:
    with refuses(BadCell, match="a whole number from 0 to 120 was expected"):
        texts.parse_whole(0, 120)(cell)
