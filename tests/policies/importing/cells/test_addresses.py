"""An address is what stands there without what other programs put around it."""

import pytest

from policies.importing.cells import addresses

CELLS = [
    ("otto@mail.example", "otto@mail.example"),
    ("", ""),
    ("none yet", "none yet"),
    ("otto@mail.example;", "otto@mail.example"),
    ("otto@mail.example ,", "otto@mail.example"),
    (";otto@mail.example", "otto@mail.example"),
    ("mailto:otto@mail.example", "otto@mail.example"),
    ("MAILTO:otto@mail.example", "otto@mail.example"),
    ("<otto@mail.example>", "otto@mail.example"),
    ("<mailto:otto@mail.example>;", "otto@mail.example"),
    ("Otto Klein <otto@mail.example>", "otto@mail.example"),
    ("otto@mail.example;o.klein@mail.example", "otto@mail.example;o.klein@mail.example"),
    ("otto@mail.example / o.klein@mail.example;", "otto@mail.example / o.klein@mail.example;"),
]


@pytest.mark.parametrize(("cell", "address"), CELLS)
def test_what_is_around_an_address_is_taken_off(cell: str, address: str) -> None:
    parse = addresses.parse_address()
    assert parse(cell) == address
    assert parse.all(["ilse@mail.example", cell]) == ["ilse@mail.example", address]


@pytest.mark.parametrize(("cell", "address"), CELLS)
def test_more_than_one_address_is_seen(cell: str, address: str) -> None:
    assert addresses.are_several(address) == (cell.count("@") == 2)
    assert addresses.are_any_several(["ilse@mail.example", address, ""]) == (cell.count("@") == 2)


def test_no_cells_hold_no_addresses() -> None:
    assert not addresses.are_any_several([])
