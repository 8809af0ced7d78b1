"""No number becomes another country's, and who cannot be written to is named when the number is new."""

from pathlib import Path

import peewee
import pytest

from policies.importing.files import rejects
from tests import cast
from tests.policies.importing.book_files import load, mapping_of, row

LANDLINE, CALLED = "+44 20 7946 0123", "400-000-0000"
MENDED = dict.fromkeys(rejects.REJECT_COLUMNS, "x")
NO_SMS = "1 phone number takes no SMS and is kept for calls"
LACKS = (
    "1 phone number has lost its plus, or is another country's without one, and is not used for SMS:"
    " write the plus"
)
KEEPS = "1 phone number of the book comes without its plus, as one of another country: the book's is kept"


def test_numbers_that_take_no_sms_are_named(book: peewee.Database, tmp_path: Path) -> None:
    found = load(
        tmp_path,
        row("P001", client_no="C1", phone=LANDLINE),
        row("P002", client_no="C2", phone=CALLED),
        row("P003", client_no="C1", phone=LANDLINE),
        row("P004", client_no="C3", phone="+12125550103"),
    )
    (told,) = found.warnings
    assert told == "2 phone numbers take no SMS and are kept for calls (lines 2, 3: C1, C2)"


def test_they_are_named_when_they_are_new(book: peewee.Database, tmp_path: Path) -> None:
    for phone, lines in [
        (LANDLINE, [f"{NO_SMS} (line 2: C001)"]),
        (LANDLINE, []),
        ("+44 20 7946 0124", [f"{NO_SMS} (line 2: C001)"]),
        ("+12125550103", []),
        (LANDLINE, [f"{NO_SMS} (line 2: C001)"]),
    ]:
        assert load(tmp_path, row(phone=phone)).warnings == lines


FROM_ABROAD = "+13125550101"
TRIPS = [
    # the book's, the cell -> the book's then
    ("+13125550101", "13125550101", "+13125550101", KEEPS),
    ("+13125550101", "'13125550101", "+13125550101", KEEPS),
    ("+13125550101", "+13125550101", "+13125550101", ""),
    ("+13125550101", "+8613125550101", "+8613125550101", ""),
    ("+13125550101", "0086 131 2555 0101", "+8613125550101", ""),
    ("+13125550101", "86-13125550101", "+8613125550101", ""),
    ("+13125550101", "13125550102", "+8613125550102", ""),
    ("+8613125550101", "+13125550101", "+13125550101", ""),
    ("+8613125550101", "13125550101", "+8613125550101", ""),
    ("", "13125550101", "+8613125550101", ""),
]


@pytest.mark.parametrize(("was", "cell", "now", "told"), TRIPS)
def test_a_number_of_the_book_becomes_no_other_countrys(
    book: peewee.Database, tmp_path: Path, was: str, cell: str, now: str, told: str
) -> None:
    load(tmp_path, row(phone=was))
    for _ in range(2):  # it is told each time
        found = load(tmp_path, row(phone=cell))
        assert cast.lin_wei().phone == now
        assert found.warnings == ([f"{told} (line 2: C001)"] if told else [])


BARE = [
    # the cell -> in E.164, as it was given
    ("13125550101", "", "13125550101", LACKS),
    ("442079460123", "", "442079460123", LACKS),
    ("+13125550101", "+13125550101", "", ""),
    ('="+13125550101"', "+13125550101", "", ""),
    ("18812345678", "+8618812345678", "", ""),
    ("8618812345678", "+8618812345678", "", ""),
    ("0086 131 2555 0101", "+8613125550101", "", ""),
]


@cast.on_one
@pytest.mark.parametrize(("cell", "e164", "given", "told"), BARE)
def test_a_mended_number_that_lost_its_plus_is_no_countrys(
    book: peewee.Database, tmp_path: Path, cell: str, e164: str, given: str, told: str
) -> None:
    found = load(tmp_path, row(phone=cell, **MENDED))
    client = cast.lin_wei()
    assert (client.phone, client.phone_given) == (e164, given)
    assert found.warnings == ([f"{told} (line 2: C001)"] if told else [])


@cast.on_one
def test_the_country_is_that_of_the_mapping(book: peewee.Database, tmp_path: Path) -> None:
    american = mapping_of(tmp_path, 'country = "US"')
    found = load(tmp_path, row(phone="13125550101", **MENDED), mapping=american)
    assert (cast.lin_wei().phone, found.warnings) == ("+13125550101", [])


@cast.on_one
def test_what_a_file_says_is_not_what_its_rejects_say(
    book: peewee.Database, tmp_path: Path
) -> None:
    """The same cells of a file that no spreadsheet has mended are read, not passed over by their mark."""
    load(tmp_path, row(phone="13125550101", **MENDED), read_by="a program")
    load(tmp_path, row(phone="13125550101"), read_by="a program")
    assert cast.lin_wei().phone == "+8613125550101"
    load(tmp_path, row(phone="13125550101", **MENDED), read_by="a program")
    assert cast.lin_wei().phone == ""
