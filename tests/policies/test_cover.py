"""What a person is covered for, and what is missing (domain.md §7.6)."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import cover, errors
from policies.cover import Covers, Held, Income, KindLine
from policies.sample import names
from tests.refusals import english

STANDARD = cover.load(cover.SHIPPED / "standard.toml")
INCOME = Income(Decimal(200_000), "CNY")


def life(*held: Held, income: Income | None = INCOME, covers: Covers = STANDARD) -> KindLine:
    return cover.review(covers, held, income)[0]


def of(amount: int | None, currency: str = "CNY", kind: cover.CoverKind | None = "life") -> Held:
    return Held(kind, None if amount is None else Decimal(amount), currency)


def test_the_worked_figure() -> None:
    """Income 200,000, cover 500,000: ten times the income are needed, 1,500,000 are missing."""
    found = life(of(500_000))
    assert (found.need, found.gap, found.is_at_most) == (2_000_000, 1_500_000, False)


GAPS = {
    # what is held -> the gap, and whether it may be smaller
    "nothing": ([], 2_000_000, False),
    "two policies": ([of(300_000), of(200_000)], 1_500_000, False),
    "all that is needed": ([of(2_000_000)], 0, False),
    "more than that": ([of(2_500_000)], 0, False),
    "one of unknown amount": ([of(500_000), of(None)], 1_500_000, True),
    "one of unknown kind": ([of(500_000), of(100, kind=None)], 1_500_000, True),
    "one in another currency": ([of(500_000), of(100_000, "USD")], 1_500_000, True),
    "another kind": ([of(500_000), of(900_000, kind="medical")], 1_500_000, False),
    "enough, whatever is unknown": ([of(2_000_000), of(None)], 0, False),
}


@pytest.mark.parametrize("name", GAPS)
def test_the_gap_is_what_is_missing_and_what_is_unknown_is_not_nothing(name: str) -> None:
    held, gap, is_at_most = GAPS[name]
    found = life(*held)
    assert (found.gap, found.is_at_most) == (gap, is_at_most)


def test_currencies_are_kept_apart_and_an_unknown_amount_is_in_none() -> None:
    found = life(of(500_000), of(100_000, "USD"), of(None))
    assert found.cover == {"CNY": 500_000, "USD": 100_000}
    assert (found.policies, found.unknown) == (3, 1)


def test_without_an_income_or_a_need_there_is_no_gap() -> None:
    assert life(of(1), income=None).gap is None
    others = cover.review(STANDARD, [], INCOME)[1:]
    assert [each.gap for each in others] == [None] * 4
    assert [each.kind for each in others] == ["critical_illness", "medical", "accident", "pension"]


@given(st.lists(st.integers(0, 10**6), max_size=5), st.integers(0, 10**6))
def test_cover_and_gap_come_to_the_need_or_there_is_no_gap(amounts: list[int], income: int) -> None:
    found = life(*map(of, amounts), income=Income(Decimal(income), "CNY"))
    assert found.gap == max(0, 10 * income - sum(amounts))


REFUSED = [
    ("income_times = 10", "income_times = 0", "line 10: life: "),
    ("income_times = 10", "income_times = nan", "line 10: life: "),
    ("income_times = 10", "times = 10", "times"),
    ("accident = []", 'accident = ["康佑重疾险"]', "line 16: accident: 康佑重疾险 stands under "),
    ("accident = []", "dental = []", "dental"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "became", "why"), REFUSED)
def test_a_mistake_is_refused_with_its_place(
    was: str, became: str, why: str, tmp_path: Path
) -> None:
    text = (cover.SHIPPED / "standard.toml").read_text("utf-8")
    assert was in text
    (tmp_path / "own.toml").write_text(text.replace(was, became), "utf-8")
    with pytest.raises(errors.BadCovers) as refused:
        cover.load(tmp_path / "own.toml")
    assert why in english(refused.value)


def test_the_shipped_file_names_the_products_of_the_sample_book() -> None:
    assert {each.name for each in names.PRODUCTS} == set(STANDARD.kinds)


def test_the_workspace_s_own_file_comes_first(tmp_path: Path) -> None:
    assert cover.find("standard", tmp_path) == cover.SHIPPED / "standard.toml"
    (tmp_path / "covers").mkdir()
    own = tmp_path / "covers" / "standard.toml"
    own.write_text("[need]\nlife = { income_times = 5 }\n", "utf-8")
    assert cover.load(cover.find("standard", tmp_path)).need["life"].income_times == 5
