"""Whatever file a person brings, it is read, or refused in one sentence that names it."""

import codecs
import csv
import io
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import errors
from policies.importing.files import decoding, files
from policies.importing.files.tables import FileRow, Reading
from tests.policies.importing.book_files import TRICKY
from tests.refusals import english

HEADER = "policy_no,client_name"
LIN_WEI = "P001,林伟"


def table_of(
    folder: Path, content: str | bytes, name: str = "book.csv"
) -> tuple[list[str], list[FileRow]]:
    """The header and the rows of a file of this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with files.opened(path, Reading(country="CN")) as table:
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
        rows = [["P001", "林伟"], ["P002", "周国强"], ["P003", "陈静"], ["P004", "刘建华"]]
        text = "".join(f"{','.join(row)}\n" for row in [[HEADER], *rows])
        _, found = table_of(tmp_path, text.encode(encoding))
        assert [row.cells for row in found] == rows


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
    with files.opened(path, Reading(delimiter=";")) as table:
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
        (b",,\n , ,\n", "is empty: a header row was expected"),
        (b"\x7fELF\x00\x01\x02", "is a binary file, not CSV, JSON lines or a workbook"),
        (b"policy_no\nP001\x00\n", "is a binary file, not CSV, JSON lines or a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is not a workbook that Excel could open"),
        (
            b"policy_no\nP001\nM\xfc\x81\xffller\n",
            "line 3 is not UTF-8, and no other encoding makes sense of the text: "
            "say encoding in the mapping",
        ),
        (b"PK\x03\x04 but not a workbook", "is not a workbook that Excel could open"),
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
    filled = [row for row in cleaned if any(cell.strip() for cell in row)]
    assert [row.cells for row in table_of(folder, content)[1]] == filled
