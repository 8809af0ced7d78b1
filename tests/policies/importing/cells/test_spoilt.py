"""What a spreadsheet did to a number or a text is undone, or the row is refused."""

from pathlib import Path

import peewee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.importing.cells import spoilt, texts
from policies.importing.findings import BadCell
from policies.models import Premium
from tests import cast
from tests.policies.importing.book_files import load, load_ledger, mapping_of, row
from tests.refusals import english

ERRORS = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"]
ERRORS += ["#GETTING_DATA", "Err:502", "Err:522", "#NV", "#BEZUG!", "#WERT!"]

ROUNDED = (
    "a spreadsheet has rounded this number: the number with all its digits was expected, as text"
)
NOT_CALCULATED = "a spreadsheet could not calculate this cell"

IDENTIFIER = texts.parse_identifier(64, needed=True)
TRUE_IDENTITY, ROUNDED_IDENTITY = "440105199001011233", "440105199001011000"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a cell may say does not depend on the database."""
    return sqlite_url


# --- Numbers by which something is known --------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ('="0012345"', "0012345"),
        ('="+8613812345678"', "+8613812345678"),
        ("'0012345", "0012345"),
        ("'+8613812345678", "+8613812345678"),
        ("12E4", "12E4"),
        ("5E12", "5E12"),
        ("1E5", "1E5"),
        ("E+1", "E+1"),
        ("A.12", "A.12"),
        ("#12", "#12"),
        (TRUE_IDENTITY, TRUE_IDENTITY),
        ("20260110000000012345", "20260110000000012345"),
    ],
)
def test_a_number_is_taken_as_it_was_given(cell: str, number: str) -> None:
    assert (IDENTIFIER(cell), IDENTIFIER.all([cell, "K1"])) == (number, [number, "K1"])


@pytest.mark.parametrize(
    "cell",
    ["1.23457E+17", "4.40105E+17", "4,40105E+17", "1E+05", "4.401051990010113e+17", "4.40105E17"],
)
def test_a_number_with_an_exponent_has_lost_its_digits(cell: str) -> None:
    for read in (IDENTIFIER, lambda cell: IDENTIFIER.all(["K1", cell])):
        with pytest.raises(BadCell) as refused:
            read(cell)
        assert english(refused.value) == ROUNDED


COLUMNS = [
    (["440105199001011000", "440105199001012000"], True),
    (["440105199001011000", "440105199001012003"], False),
    (["123456789012345000", "123456789012346000"], True),
    (["123456789012345000"], False),
    (["123456789012345000"] * 3, False),
    ([ROUNDED_IDENTITY], True),
    ([TRUE_IDENTITY], False),
    (["1234567890123450", "1234567890123460"], False),
    (["K1", "123", ""], False),
    ([f"12345678901234{digit}0" for digit in range(6)], True),
]
"""Columns, and whether they show that a spreadsheet has rounded them."""


@pytest.mark.parametrize(("column", "are_rounded"), COLUMNS)
def test_a_column_shows_that_its_long_numbers_were_rounded(
    column: list[str], are_rounded: bool
) -> None:
    assert spoilt.are_rounded(column) is are_rounded


@given(st.lists(st.from_regex(r"[1-9][0-9]{16}[1-9]", fullmatch=True), min_size=1))
def test_true_numbers_of_eighteen_digits_are_taken(numbers: list[str]) -> None:
    assert IDENTIFIER.all(numbers) == numbers


def test_two_people_are_not_made_one_by_a_rounded_number(
    book: peewee.Database, tmp_path: Path
) -> None:
    found = load(
        tmp_path,
        row(client_no=ROUNDED_IDENTITY, client_name="林伟"),
        row("P002", client_no=ROUNDED_IDENTITY, client_name="周明"),
        row("P003", client_no="C003"),
    )
    assert found.counts == (1, 0, 0, 2)
    assert found.why == [
        f"line {line}, client_no '{ROUNDED_IDENTITY}': {ROUNDED}" for line in (2, 3)
    ]


# --- Errors of a spreadsheet --------------------------------------------------------------------

IN_BOOK = ["policy_no", "issue_date", "annual_premium", "client_no", "client_name", "agent_no"]
IN_BOOK += ["product", "payment_mode", "premium_term_years", "sum_assured", "currency", "status"]
IN_BOOK += ["ended_on", "delivered_on", "gender", "birthday", "phone", "email", "language"]
IN_BOOK += ["timezone", "channel", "marketing_consent", "agent_name", "agent_phone", "agent_email"]
IN_BOOK += ["team", "branch", "referred_by"]


@pytest.mark.parametrize("error", ERRORS)
def test_the_error_of_a_spreadsheet_is_refused_in_every_column_of_a_book(
    book: peewee.Database, tmp_path: Path, error: str
) -> None:
    good = {**row("P900"), **{column: "" for column in IN_BOOK if column not in row()}}
    bad = [
        {**good, "policy_no": f"P{number}", column: error} for number, column in enumerate(IN_BOOK)
    ]
    found = load(tmp_path, good, *bad)
    assert found.counts == (1, 0, 0, len(IN_BOOK))
    assert [(each.column, english(each.reason)) for each in found.rejects] == [
        (column, NOT_CALCULATED) for column in IN_BOOK
    ]


@pytest.mark.parametrize("column", ["policy_no", "due_date", "amount", "paid_on"])
def test_the_error_of_a_spreadsheet_is_refused_in_every_column_of_a_ledger(
    book: peewee.Database, tmp_path: Path, column: str
) -> None:
    load(tmp_path, row())
    good = {"policy_no": "P001", "due_date": "2026-08-31", "amount": "12000", "paid_on": ""}
    found = load_ledger(tmp_path, {**good, column: "#N/A"})
    assert found.why == [f"line 2, {column} '#N/A': {NOT_CALCULATED}"]
    assert Premium.select().count() == 0


def test_a_mapping_may_say_what_an_error_means(book: peewee.Database, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, '[codes.phone]\n"#N/A" = ""\n')
    assert load(tmp_path, row(phone="#N/A"), mapping=mapping).counts == (1, 0, 0, 0)


# --- Phones -------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["phone", "agent_phone"])
@pytest.mark.parametrize("cell", ["1.38123E+10", "8.61381E+12", "8.61381e12"])
def test_a_rounded_phone_number_is_refused(
    book: peewee.Database, tmp_path: Path, column: str, cell: str
) -> None:
    assert load(tmp_path, row(**{column: cell})).why == [f"line 2, {column}: {ROUNDED}"]


def test_the_digits_of_a_rounded_number_are_nobodys(book: peewee.Database, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, 'country = "SG"')
    assert load(tmp_path, row(phone="86138112"), mapping=mapping).why == []
    assert load(tmp_path, row(phone="8.61381E+12"), mapping=mapping).why == [
        f"line 2, phone: {ROUNDED}"
    ]


@pytest.mark.parametrize(
    "cell",
    [
        '="+8613812345678"',
        "'+8613812345678",
        "'13812345678",
        '="13812345678"',
        "\u202a+8613812345678\u202c",
    ],
)
def test_a_phone_number_that_was_kept_as_text_is_read(
    book: peewee.Database, tmp_path: Path, cell: str
) -> None:
    load(tmp_path, row(phone=cell))
    assert cast.lin_wei().phone == "+8613812345678"
