"""The company's table of commissions: what it refuses, and what a premium earns (domain.md §8.17)."""

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import commission, dates, errors
from tests.refusals import english

EXAMPLE = commission.SHIPPED / "example.toml"
TEXT = EXAMPLE.read_text("utf-8")
TABLE = commission.load(EXAMPLE)

REFUSED = [
    ("{ from = 4, up_to = 5,", "{ from = 5, up_to = 5,", 34, "rate *: 4 is left out"),
    ("{ from = 4, up_to = 5,", "{ from = 3, up_to = 5,", 34, "rate *: 3 stands there twice"),
    ("{ from = 4, up_to = 5,", "{ from = 4, up_to = 3,", 34, "it ends before 4"),
    ("    { from = 6, share = 0.02 },\n", "", 34, "≥ 6 is left out"),
    ("{ from = 0.80, to = 0.90,", "{ from = 0.85, to = 0.90,", 25, "0.80 ≤ x < 0.85 is left out"),
    ("{ from = 0.90, share = 0.04", "{ from = 0.88, share = 0.04", 40, "0.88 ≤ x < 0.90 stands there"),
    ("{ from = 0.90, share = 0.04", "{ from = 0.90, to = 0.95, share = 0.04", 40, "≥ 0.95 is left out"),
    ("share = 0.12", "share = 1.2", 33, "a share from 0 to 1 was expected, not 1.2"),
    ("first_year = 0.30", "first_year = -0.30", 31, "a share from 0 to 1 was expected"),
    ("terms = { from = 10 }", "terms = { from = 11 }", 29, "10 is left out"),
    ("terms = { from = 10 }", "terms = { from = 9 }", 29, "9 stands there twice"),
    ("first_year = 0.30", "first_yer = 0.30", 29, "first_yer"),
    ("first_year = 0.30", 'first_year = "a third"', 29, "first_year"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "became", "line", "why"), REFUSED)
def test_a_mistake_is_refused_with_its_line_and_rate(
    was: str, became: str, line: int, why: str, tmp_path: Path
) -> None:
    assert was in TEXT
    told = refused(TEXT.replace(was, became), tmp_path)
    assert f"own.toml, line {line}: rate *: " in told
    assert why in told


def refused(text: str, folder: Path, products: set[str] | None = None) -> str:
    own = folder / "own.toml"
    own.write_text(text, "utf-8")
    with pytest.raises(errors.BadCommissions) as found:
        commission.load(own, products)
    return english(found.value)


def test_a_product_that_the_book_does_not_have_is_refused_by_name_and_line(tmp_path: Path) -> None:
    text = (
        TEXT
        + '\n[[rate]]\nproduct = "安心重疾"\nfirst_year = 0.2\nrenewal = [{ from = 2, share = 0.1 }]\n'
    )
    assert "line 43: rate 安心重疾: no policy of the book" in refused(text, tmp_path, {"安心终身"})
    (tmp_path / "own.toml").write_text(text, "utf-8")
    assert len(commission.load(tmp_path / "own.toml", {"安心重疾"}).rates) == 3


def test_a_table_without_a_default_or_a_currency_is_refused(tmp_path: Path) -> None:
    assert "one without `product`" in refused('currency = "CNY"\n', tmp_path)
    assert "CNY was expected" in refused(TEXT.replace('"CNY"', '"yuan"'), tmp_path)


RATES = [
    ("任何产品", 1, "CNY", "0.18"),
    ("任何产品", 9, "CNY", "0.18"),
    ("任何产品", 10, "CNY", "0.30"),
    ("任何产品", 30, "", "0.30"),  # a book that names no currency
    ("任何产品", None, "CNY", None),  # nobody knows the term
    ("任何产品", 10, "USD", None),
]


@pytest.mark.parametrize(("product", "term", "currency", "first_year"), RATES)
def test_the_rate_is_that_of_the_term(
    product: str, term: int | None, currency: str, first_year: str | None
) -> None:
    rate = TABLE.rate_of(product, term, currency)
    assert (None if rate is None else str(rate.first_year)) == first_year


EARNED = [
    (1, 100_00, 30_00),
    (2, 100_00, 12_00),
    (3, 100_00, 12_00),
    (4, 100_00, 6_00),
    (5, 100_00, 6_00),
    (6, 100_00, 2_00),
    (40, 100_00, 2_00),
    (2, 104, 12),  # 12.48
    (6, 25, 1),  # 0.5, half up
    (6, 24, 0),
]


@pytest.mark.parametrize(("year", "amount", "earned"), EARNED)
def test_a_premium_earns_the_share_of_its_year_rounded_half_up(
    year: int, amount: int, earned: int
) -> None:
    assert commission.commission(TABLE.rates[1], year, amount) == earned


BONUS = [("0", 0), ("0.7999", 0), ("0.8", 2_00), ("8999/10000", 2_00), ("0.9", 4_00), ("1", 4_00)]


@pytest.mark.parametrize(("persistency", "earned"), BONUS)
def test_the_bonus_is_that_of_the_band(persistency: str, earned: int) -> None:
    assert commission.bonus(TABLE.rates[1], Fraction(persistency), 100_00) == earned


def test_who_has_no_persistency_yet_has_no_bonus() -> None:
    assert commission.bonus(TABLE.rates[1], None, 100_00) == 0


YEARS = [
    ("2025-05-01", "2025-05-01", 1),
    ("2025-05-01", "2026-04-30", 1),
    ("2025-05-01", "2026-05-01", 2),
    ("2024-02-29", "2025-02-27", 1),
    ("2024-02-29", "2025-02-28", 2),
    ("2024-02-29", "2028-02-28", 4),
    ("2024-02-29", "2028-02-29", 5),
    ("2025-12-31", "2026-01-01", 1),
    ("2025-05-01", "2025-04-01", 1),  # paid in advance
]


@pytest.mark.parametrize(("issued", "due", "year"), YEARS)
def test_a_policy_year_begins_with_the_anniversary(issued: str, due: str, year: int) -> None:
    days = date.fromisoformat(issued), date.fromisoformat(due)
    assert commission.policy_year(*days) == year


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(0, 12_000))
def test_the_policy_year_is_that_of_counting_anniversaries(issued: date, days: int) -> None:
    due = issued + timedelta(days)
    passed = [n for n in range(1, 40) if dates.months_after(issued, 12 * n) <= due]
    assert commission.policy_year(issued, due) == 1 + len(passed)
