"""The review of a family's policies: whose, of which day, and what is written down for it."""

import datetime
from decimal import Decimal
from typing import Any

import peewee
import pytest

from policies import cover
from policies.cover import COVER_KINDS
from policies.models import Client, Policy
from servicing.card import covering, notes
from servicing.card import review as reviews
from servicing.card.covering import Heir, Other, Word
from servicing.card.notes import Relative
from servicing.card.review import Reader, Review
from servicing.core import errors
from servicing.core.cover_models import Beneficiary, ClientIncome, OtherPolicy
from tests import cast

Book = peewee.Database
ON = cast.day("2026-06-10")
WORD = Word("chenyan", cast.at("2026-06-10"), ON)
COVERS = cover.load(cover.SHIPPED / "standard.toml")
LIFE = "传家终身寿险"


def read(client: Client, *known: str, agent: Any = None, on: datetime.date = ON) -> Review:
    reader = Reader(known, agent.id if agent else None)
    return reviews.review(client, on, COVERS, "CNY", reader)


def held(client: Client, number: str, amount: str | None, **facts: Any) -> Policy:
    said = {"product": LIFE, "sum_assured": amount and Decimal(amount), "currency": "CNY", **facts}
    return cast.give_policy(client, number, "2024-05-01", **said)


def other(client: Client, amount: str | None, **facts: Any) -> OtherPolicy:
    said: dict[str, Any] = {"insurer": "他司", "kind": "life", "currency": "CNY", **facts}
    sum_assured = None if amount is None else covering.amount_of(amount)
    return covering.add_other(client, Other(sum_assured=sum_assured, **said), WORD)


def test_policies_of_both_insurers_are_held_against_the_need(book: Book) -> None:
    people = cast.people()
    held(people.lin_wei, "P001", "200000")
    other(people.lin_wei, "300,000")
    covering.set_income(people.lin_wei, Decimal(200_000), "CNY", WORD)
    (found,) = read(people.lin_wei).persons
    life = found.lines[0]
    assert (life.cover, life.need, life.gap) == ({"CNY": 500_000}, 2_000_000, 1_500_000)
    assert cast.trail_of(people.lin_wei) == ["cover.other_policy", "cover.income"]


COVERING = {
    "in_force": True,
    "grace": True,
    "paid_up": True,
    "suspended": False,
    "applied": None,
    "surrendered": None,
}


@pytest.mark.parametrize("status", COVERING)
def test_only_what_is_in_force_covers(status: str, book: Book) -> None:
    people = cast.people()
    ended = "2026-06-01" if status == "surrendered" else None
    held(people.lin_wei, "P001", "200000", status=status, ended_on=ended)
    (found,) = read(people.lin_wei).persons
    assert [each.covers for each in found.policies] == [COVERING[status]] * bool(found.policies)
    assert (COVERING[status] is None) == (not found.policies)
    assert found.lines[0].cover == ({"CNY": 200_000} if COVERING[status] else {})


def test_another_insurer_s_policy_covers_until_its_last_day(book: Book) -> None:
    people = cast.people()
    other(people.lin_wei, "100", until=ON)
    assert read(people.lin_wei).persons[0].lines[0].cover == {"CNY": 100}
    after = read(people.lin_wei, on=ON + datetime.timedelta(days=1))
    assert after.persons[0].lines[0].cover == {}


def test_what_nobody_knows_is_told_as_unknown(book: Book) -> None:
    people = cast.people()
    held(people.lin_wei, "P001", None)
    held(people.lin_wei, "P002", "100", product="没人认识的产品")
    other(people.lin_wei, None, kind=None)
    found = read(people.lin_wei).persons[0]
    assert (found.income, found.lines[0].gap, found.lines[0].unknown) == (None, None, 1)
    assert found.unknown_kinds == 2
    assert found.lines[0].cover == {}


def family(people: cast.Cast) -> None:
    notes.add_relative(people.lin_wei, Relative("spouse", "周明", client_no="C900"), "x", WORD.now)
    notes.add_relative(people.lin_wei, Relative("child", "小林"), "x", WORD.now)
    held(people.lin_wei, "P001", "200000")
    held(people.zhou_ming, "P900", "70000", currency="USD")


def test_the_family_stands_together_with_its_currencies_apart(book: Book) -> None:
    people = cast.people()
    family(people)
    found = read(people.lin_wei, "C900")
    assert [(each.client_no, each.kin) for each in found.persons] == [
        ("C001", ""),
        ("C900", "spouse"),
    ]
    assert found.family[0].cover == {"CNY": 200_000, "USD": 70_000}
    assert found.others == ["child"]  # of whom nothing is known


def test_who_is_not_the_reader_s_to_see_is_told_of_by_kin_alone(book: Book) -> None:
    people = cast.people()
    family(people)
    found = read(people.lin_wei)
    assert [each.client_no for each in found.persons] == ["C001"]
    assert found.others == ["spouse", "child"]


def test_a_share_of_a_client_says_that_it_is_not_all(book: Book) -> None:
    people = cast.people()
    held(people.lin_wei, "P001", "200000")
    mine = held(people.lin_wei, "P002", "1", agent=people.sun_li)
    covering.add_beneficiary(mine, Heir("周明", "spouse"), WORD)
    hers, his = (
        read(people.lin_wei, agent=people.chen_yan),
        read(people.lin_wei, agent=people.sun_li),
    )
    assert (hers.is_part, his.is_part, read(people.lin_wei).is_part) == (True, True, False)
    assert [each.policy_no for each in hers.persons[0].policies] == ["P001"]
    assert "周明" not in str(hers)


def test_of_somebody_who_has_died_no_need_is_counted(book: Book) -> None:
    people = cast.people()
    covering.set_income(people.lin_wei, Decimal(200_000), "CNY", WORD)
    cast.change(people.lin_wei, deceased_on=ON)
    assert read(people.lin_wei).persons[0].lines[0].need is None


def test_the_same_said_twice_is_written_once(book: Book) -> None:
    people = cast.people()
    assert other(people.lin_wei, "100").id == other(people.lin_wei, "100.00").id
    assert OtherPolicy.select().count() == 1
    covering.set_income(people.lin_wei, Decimal(1), "CNY", WORD)
    covering.set_income(people.lin_wei, Decimal(2), "USD", WORD)
    assert [(each.amount, each.currency) for each in ClientIncome.select()] == [(2, "USD")]


def test_beneficiaries_of_a_place_share_all_of_it_at_most(book: Book) -> None:
    mine = held(cast.people().lin_wei, "P001", "1")
    covering.add_beneficiary(mine, Heir("周明", "spouse", share=Decimal(60)), WORD)
    with pytest.raises(errors.BadArgument) as refused:
        covering.add_beneficiary(mine, Heir("小林", "child", share=Decimal("40.01")), WORD)
    assert refused.value.notice.code == "beneficiary_shares_above_whole"
    covering.add_beneficiary(mine, Heir("小林", "child", share=Decimal(40)), WORD)
    covering.add_beneficiary(mine, Heir("老林", "parent", place=2, share=Decimal(100)), WORD)
    covering.add_beneficiary(mine, Heir("周明", "spouse", share=Decimal("59.5")), WORD)
    shares = [
        (each.name, each.share) for each in read(mine.client).persons[0].policies[0].beneficiaries
    ]
    assert shares == [("小林", 40), ("周明", Decimal("59.5")), ("老林", 100)]


REFUSED = [
    ({"share": Decimal(0)}, "beneficiary_share"),
    ({"share": Decimal("100.01")}, "beneficiary_share"),
    ({"share": Decimal("33.333")}, "beneficiary_share"),
    ({"place": 0}, "beneficiary_place"),
    ({"name": "  "}, "cover_name"),
    ({"name": "某" * 201}, "cover_name"),
]


@pytest.mark.parametrize(("said", "code"), REFUSED)
def test_a_beneficiary_that_cannot_be_is_refused(
    said: dict[str, Any], code: str, book: Book
) -> None:
    mine = held(cast.people().lin_wei, "P001", "1")
    with pytest.raises(errors.BadArgument) as refused:
        covering.add_beneficiary(mine, Heir(**{"name": "周明", "kin": "spouse", **said}), WORD)
    assert refused.value.notice.code == code
    assert Beneficiary.select().count() == 0


AMOUNTS = [("1,500,000", "1500000"), ("１５００", "1500"), ("0", "0"), ("12.34", "12.34")]


@pytest.mark.parametrize(("text", "amount"), AMOUNTS)
def test_an_amount_is_read_as_a_person_writes_it(text: str, amount: str) -> None:
    assert covering.amount_of(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "-1", "1.234", "nan", "inf", "1e12", "1,5 Mio", "一百万"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(errors.BadArgument):
        covering.amount_of(text)


def test_only_what_is_a_client_s_own_is_taken_away(book: Book) -> None:
    people = cast.people()
    made = other(people.lin_wei, "1")
    with pytest.raises(errors.BadArgument):
        covering.forget_other(people.zhou_ming, made.id, WORD)
    covering.forget_other(people.lin_wei, made.id, WORD)
    assert OtherPolicy.select().count() == 0
    assert len(COVER_KINDS) == 5
