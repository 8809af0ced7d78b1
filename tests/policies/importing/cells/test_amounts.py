"""An amount comes in to the hundredth as it was meant, or its row is refused with what could be meant."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.importing.cells import amounts
from policies.importing.files import typed
from policies.importing.findings import BadCell
from tests.refusals import english

LIMIT = "an amount below 1,000,000,000,000 was expected"
FINE = "an amount with at most two decimals was expected"
NO_AMOUNT = "an amount such as 1234.50 was expected"
NEGATIVE = "an amount of 0 or more was expected"
EXPONENT = "an amount written out in full was expected, without an exponent"


def refusal(cell: str, numbers: str = "") -> str:
    """The sentence with which a cell is refused."""
    with pytest.raises(BadCell) as refused:
        amounts.parse_amount(numbers=numbers)(cell)
    return english(refused.value)


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
        ("0.500", 50),
        ("+1200", 120_000),
        ("1,234.50", 123_450),
        ("1,234", 123_400),
        ("1,234,567", 123_456_700),
        ("999999999999.99", 99_999_999_999_999),
        ('="1200.50"', 120_050),
        ("１２００", 120_000),
        ("１，２００．５０", 120_050),
        ("", None),
    ],
)
def test_amounts_are_read_to_the_hundredth(cell: str, hundredths: int | None) -> None:
    assert amounts.parse_amount()(cell) == hundredths


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("-1", NEGATIVE),
        ("-1,234.50", NEGATIVE),
        ("-0.01", NEGATIVE),
        ("1e400", LIMIT),
        ("1e999999999", LIMIT),
        ("1000000000000", LIMIT),
        ("NaN", LIMIT),
        ("sNaN", LIMIT),
        ("inf", LIMIT),
        ("-inf", LIMIT),
        ("12.345", FINE),
        ("0.001", FINE),
        ("1e-400", FINE),
        ("1e-999999999", FINE),
        ("1e3", EXPONENT),
        ("1.2E+06", EXPONENT),
        ("12,34.50", NO_AMOUNT),
        ("twelve", NO_AMOUNT),
        ("=1+1", NO_AMOUNT),
        ("1_200", NO_AMOUNT),
        ("(5.00)", NO_AMOUNT),
        ("12%", NO_AMOUNT),
        ("5-", NO_AMOUNT),
        ("12²", NO_AMOUNT),
        ("1亿2000万", NO_AMOUNT),
    ],
)
def test_an_amount_that_cannot_be_meant_is_refused(cell: str, sentence: str) -> None:
    assert refusal(cell) == sentence


@given(st.decimals(0, 999_999_999_999, places=2))
def test_every_exact_amount_comes_in_exactly(amount: Decimal) -> None:
    assert amounts.parse_amount()(str(amount)) == int(amount * 100)
    assert amounts.parse_amount()(f"{amount:,}") == int(amount * 100)


# --- What a spreadsheet has calculated ----------------------------------------------------------


@pytest.mark.parametrize("numbers", ["", *amounts.SPELLINGS])
@pytest.mark.parametrize(
    ("cell", "hundredths"),
    [
        ("4121.280000000001", 412_128),
        ("878.5899999999999", 87_859),
        ("43926.840000000004", 4_392_684),
        ("2.4999999999999996", 250),
        ("1234.5", 123_450),
    ],
)
def test_the_noise_of_arithmetic_is_none_of_the_amount(
    cell: str, hundredths: int, numbers: str
) -> None:
    assert amounts.parse_amount(numbers=numbers)(cell) == hundredths


@pytest.mark.parametrize("cell", ["1234.567", "123456789012.345", "43926.8401"])
def test_decimals_that_somebody_has_written_are_no_noise(cell: str) -> None:
    assert refusal(cell) == FINE


def test_what_is_nothing_but_noise_is_nothing() -> None:
    assert amounts.parse_amount()("5.684341886080802e-14") == 0


@given(st.integers(1, 10**9), st.integers(1, 9))
def test_a_calculated_amount_comes_in_as_its_cents(cents: int, times: int) -> None:
    noisy = sum([cents / 100] * times)
    for numbers in ("", "1.234,56"):
        read = amounts.parse_amount(numbers=numbers)
        assert read(typed.as_written(noisy)) == cents * times


@pytest.mark.parametrize(
    ("number", "text"), [(2.125, "2.1250"), (2.5, "2.5"), (1234.567, "1234.5670"), (7.0, "7.0")]
)
def test_a_number_is_never_written_so_that_it_looks_grouped(number: float, text: str) -> None:
    assert typed.as_written(number) == text


# --- What a mapping says of the spelling --------------------------------------------------------

OURS, COMMA, INDIAN, SWISS = "1,234.56", "1.234,56", "1,23,456.78", "1'234.56"


@pytest.mark.parametrize(
    ("numbers", "cell", "hundredths"),
    [
        (OURS, "$1,200.00", 120_000),
        (OURS, "¥1,200.00", 120_000),
        (OURS, "￥1,200.00", 120_000),
        (OURS, "1200元", 120_000),
        (OURS, "1.2万", 1_200_000),
        (OURS, "1.2 万元", 1_200_000),
        (OURS, "3亿", 30_000_000_000),
        (OURS, "1 200.00", 120_000),
        (OURS, "1'234.50", 123_450),
        (OURS, "USD 1200", 120_000),
        (OURS, "1,200 EUR", 120_000),
        (OURS, "US$1,200", 120_000),
        (OURS, "2.500", 250),
        (COMMA, "2.500", 250_000),
        (COMMA, "1.000,50", 100_050),
        (COMMA, "1000,5", 100_050),
        (COMMA, "1.234.567,89", 123_456_789),
        (COMMA, "1 000,50 €", 100_050),
        (COMMA, "1000.50", 100_050),
        (INDIAN, "1,00,000", 10_000_000),
        (INDIAN, "₹12,34,567.89", 123_456_789),
        (INDIAN, "Rs. 1,200", 120_000),
        (SWISS, "1'234.50", 123_450),
        (SWISS, "1’234.50", 123_450),  # noqa: RUF001 (as it is typeset)
        ("1 234,56", "12\N{NO-BREAK SPACE}345,60", 1_234_560),
        ("1 234,56", "12\N{NARROW NO-BREAK SPACE}345,60", 1_234_560),
        ("1234,56", "1234,5", 123_450),
        ("1234.56", "1234.5", 123_450),
    ],
)
def test_an_amount_is_read_as_the_mapping_spells_it(
    numbers: str, cell: str, hundredths: int
) -> None:
    assert amounts.parse_amount(numbers=numbers)(cell) == hundredths


@pytest.mark.parametrize(
    ("numbers", "cell"),
    [
        (OURS, "1.000,50"),
        (OURS, "1,00,000"),
        (OURS, "1,2,3"),
        (OURS, "1 200,000"),
        (OURS, "(5.00)"),
        (OURS, "12%"),
        (OURS, "1e3"),
        (COMMA, "1,234.50"),
        (COMMA, "1.00.000"),
        (INDIAN, "100,000"),
        (INDIAN, "1,234,567"),
        ("1234,56", "2.500"),
        ("1234.56", "1,234"),
    ],
)
def test_what_the_mapping_spells_otherwise_is_refused(numbers: str, cell: str) -> None:
    assert refusal(cell, numbers) == f"an amount such as {numbers} was expected"


@pytest.mark.parametrize("cell", ["-5.00", "-$5.00", "$-5.00"])
def test_a_negative_amount_is_one_with_a_sign_of_money_too(cell: str) -> None:
    assert refusal(cell, OURS) == NEGATIVE


@given(st.integers(0, 10**13), st.sampled_from([*amounts.SPELLINGS]))
def test_every_amount_is_read_as_it_is_spelled(cents: int, numbers: str) -> None:
    group, point, has_pairs = amounts.SPELLINGS[numbers]
    whole, part = divmod(cents, 100)
    spelled = pairs(whole) if has_pairs else f"{whole:,}"
    cell = f"{spelled.replace(',', group)}{point}{part:02}"
    assert amounts.parse_amount(numbers=numbers)(cell) == cents


def pairs(whole: int) -> str:
    """A number grouped as in India."""
    head, tail = divmod(whole, 1000)
    if not head:
        return str(tail)
    digits = str(head)
    first = [digits[0]] if len(digits) % 2 else []
    return ",".join(
        [*first, *(digits[at : at + 2] for at in range(len(first), len(digits), 2)), f"{tail:03}"]
    )


# --- Where nobody has said how amounts are spelled ----------------------------------------------


@pytest.mark.parametrize(
    ("cell", "one", "other"),
    [
        ("2.500", "2,500.00", "2.50"),
        ("120.000", "120,000.00", "120.00"),
        ("1.230", "1,230.00", "1.23"),
    ],
)
def test_what_may_be_thousands_is_asked_about(cell: str, one: str, other: str) -> None:
    assert refusal(cell) == (
        f'{one} or {other}? The mapping can say it: numbers = "1.234,56" or "1,234.56"'
    )


@pytest.mark.parametrize(
    ("cell", "amount", "numbers"),
    [
        ("1.234,50", "1,234.50", COMMA),
        ("1234,5", "1,234.50", COMMA),
        ("¥1234", "1,234.00", OURS),
        ("1 234", "1,234.00", OURS),
        ("1'234.50", "1,234.50", OURS),
        ("1.2万", "12,000.00", OURS),
        ("1,00,000", "100,000.00", INDIAN),
    ],
)
def test_the_refusal_says_how_the_mapping_could_spell_it(
    cell: str, amount: str, numbers: str
) -> None:
    assert refusal(cell) == (
        f"an amount such as 1234.50 was expected; if {amount} is meant,"
        f' the mapping can say it: numbers = "{numbers}"'
    )


def test_a_needed_amount_must_not_be_empty() -> None:
    with pytest.raises(BadCell) as refused:
        amounts.parse_amount(needed=True)("")
    assert english(refused.value) == "an amount was expected, the cell is empty"
