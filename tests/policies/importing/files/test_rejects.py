"""A rejects file is mended in any spreadsheet, and read as the file that it came from."""

import csv
import io
from pathlib import Path

import peewee
import pytest
from hypothesis import assume, given

from policies import controls
from policies.importing.cells import texts
from policies.importing.files import rejects
from tests import cast
from tests.policies.importing import book_files
from tests.policies.importing.book_files import TRICKY, load, load_file, mapping_of, row

SPOILT = [
    # a spreadsheet saves it as
    ("+13125550101", "13125550101"),
    ("+1-312-555-0101", "-967"),
    ("+44 20 7946 0123", "#NAME?"),
    ("007", "7"),
    ("440105199001011234", "4.40105E+17"),
    ("123456789012", "1.23457E+11"),
    ("2024-11-28", "2024/11/28"),
    ("05/06/2026", "2026/5/6"),
    ("5.6.2026", "5-Jun-26"),
    ("05-Jan-2026", "5-Jan-26"),
    ("MAR1", "1-Mar"),
    ("1-2", "2-Jan"),
    ("12E3", "1.20E+04"),
    ("2.500", "2.5"),
    ("1,234.50", "1234.5"),
    ("(5.00)", "-5"),
]


@pytest.mark.parametrize("cell", [cell for cell, _ in SPOILT])
def test_what_a_spreadsheet_would_spoil_says_its_own_text(cell: str) -> None:
    assert rejects.kept(cell) == f'="{cell}"'
    assert rejects.given(rejects.kept(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["", "5", "-5", "0", "1200", "1200.5", "1200.50", "K1", "Vogt, Nora"]
)
def test_what_it_leaves_alone_stands_as_it_is(cell: str) -> None:
    assert rejects.kept(cell) == cell


@pytest.mark.parametrize("cell", ["=1+1", '="cmd"&A1', '="a"', "＝1", "@x", '="1"&cmd|x'])
def test_no_formula_is_written_live(cell: str) -> None:
    assert rejects.kept(cell) == f"'{cell}"
    assert rejects.given(rejects.kept(cell)) in (cell, rejects.given(cell))


def test_a_cell_that_says_its_own_text_already_is_not_wrapped_again() -> None:
    assert rejects.kept('="0012345"') == '="0012345"'


@given(TRICKY)
def test_a_cell_comes_back_as_it_reads(cell: str) -> None:
    read = texts.parse_text(100)
    assume(not cell.strip().startswith('="') and not controls.first(cell.strip()))
    assert read(rejects.given(rejects.kept(cell))) == read(cell.strip())


@pytest.mark.parametrize("delimiter", rejects.DELIMITERS)
def test_its_delimiter_is_found_whatever_it_became(delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerow(["a,;|b", "c\nd", *rejects.REJECT_COLUMNS])
    assert rejects.delimiter_of(text.getvalue()) == delimiter


@pytest.mark.parametrize("header", ["", "a;b", "reject_line;reject_column", "a,reject_reason"])
def test_another_file_is_not_taken_for_one(header: str) -> None:
    assert rejects.delimiter_of(header) == ""


@cast.on_one
@pytest.mark.parametrize("theirs", [",", ";", "\t", "|", "~"])
@pytest.mark.parametrize("saved", [",", ";", "\t", "|", "theirs"])
def test_a_mended_file_is_read_with_its_mapping(
    book: peewee.Database, tmp_path: Path, theirs: str, saved: str
) -> None:
    """Headers, codes and constants of another system, and names with each delimiter in them."""
    mapping = mapping_of(tmp_path, MAPPING.format(delimiter=theirs.replace("\t", "\\t")))
    path = tmp_path / "book.csv"
    written(path, theirs, [[*CELLS, "Pay"], [*CELLS.values(), "01"]])
    found = load_file(path, mapping=mapping)
    header, mended = rejects.header(found.header), found.first_reject
    assert header == [*CELLS, "Pay", *rejects.REJECT_COLUMNS]
    mended[header.index("Prem")] = "5"
    again = load_file(
        written(tmp_path / "rejects.csv", theirs if saved == "theirs" else saved, [header, mended]),
        mapping=mapping,
    )
    assert (again.why, again.counts) == ([], (1, 0, 0, 0))
    policy = cast.policy("007")
    assert (policy.client.name, policy.client.phone) == ("Vogt, Nora; A|B~", "+13125550101")
    assert (str(policy.issue_date), policy.payment_mode) == ("2026-06-25", "monthly")


CELLS = {
    "Pol": "007",
    "Issued": "25/06/2026",
    "Prem": "-5",
    "Cl": "C1",
    "Name": "Vogt, Nora; A|B~",
    "Ag": "A1",
    "Tel": "+13125550101",
}
MAPPING = """
delimiter = "{delimiter}"
date_formats = ["%d/%m/%Y"]
[columns]
policy_no = "Pol"
issue_date = "Issued"
annual_premium = "Prem"
client_no = "Cl"
client_name = "Name"
agent_no = "Ag"
phone = "Tel"
payment_mode = "Pay"
[codes.payment_mode]
"01" = "monthly"
[constants]
currency = "USD"
"""


def written(path: Path, delimiter: str, rows: list[list[str]]) -> Path:
    """A CSV file of these rows, with a byte order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


@cast.on_one
def test_wide_signs_come_back_as_they_were(book: peewee.Database, tmp_path: Path) -> None:
    found = load(tmp_path, row(annual_premium="-5", client_name="＝1+1", product='"=x'))
    cells = dict(zip(rejects.header(found.header), found.first_reject, strict=True))
    assert (cells["client_name"], cells["product"]) == ("'＝1+1", "'\"=x")
    again = load(tmp_path, {**cells, "annual_premium": "5"})
    assert again.counts == (1, 0, 0, 0)
    assert (cast.lin_wei().name, cast.policy("P001").product) == ("＝1+1", '"=x')
    assert list(cells) == [*book_files.ROW, "product", *rejects.REJECT_COLUMNS]
