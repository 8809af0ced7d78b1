"""Centres of influence: everybody once, exact sums, and circles that are named and not followed.

Lin Wei (C001) is at the root where a test has one tree; whom he referred has a number only.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import database, errors, models, referrals
from policies.models import Agent, Client
from policies.referrals import Centre, Total, Tree
from tests import cast
from tests.policies.imagined import each_rolled_back, examples

Book = peewee.Database
ON = cast.day("2026-05-11")

EXAMPLE = [
    *("1954",),
    *("20000 25000 30000 16000 25000", "10670", "2868", "20000 27000 20000 20000 20000 20000"),
    *("1815", "25000 26000 26000 26000 26000"),
]
"""The tree of domain.md §8.10: the root's premiums, then those of each of the six below it."""

HELD = [
    *[(1, 1_954), (5, 116_000), (1, 10_670), (1, 2_868)],
    *[(6, 127_000), (1, 1_815), (5, 129_000)],
]
"""Policies and annual premium of each of them, as domain.md §8.10 has it."""


@pytest.fixture
def agent(book: Book) -> Agent:
    """Chen Yan, who serves everybody here."""
    return Agent.create(agent_no="A001", name="陈燕")


def come(
    agent: Agent,
    client_no: str,
    premiums: str = "",
    *,
    by: str = "",
    issued: cast.Day = cast.ISSUED,
    **facts: str,
) -> Client:
    """A client, referred by somebody perhaps, with a policy for each premium."""
    name = "林伟" if client_no == "C001" else f"客户{client_no}"
    client = Client.create(client_no=client_no, name=name, referred_by=by)
    for number, premium in enumerate(premiums.split(), 1):
        policy_no = f"P{client_no}-{number}"
        cast.give_policy(client, policy_no, issued, agent=agent, annual_premium=premium, **facts)
    return client


def total(people: int, policies: int, premium: str | int, currency: str = "") -> Total:
    return Total(people, policies, {currency: Decimal(premium)} if policies else {})


def ranked(top: int = 100) -> list[str]:
    return [each.client_no for each in referrals.centres(ON, top).centres]


def names(tree: Tree) -> list[tuple[str, int]]:
    return [(each.client_no, each.depth) for each in tree.persons]


# --- One tree -------------------------------------------------------------------------------------


def test_the_example_of_the_domain_comes_out_exactly(agent: Agent) -> None:
    come(agent, "C001", EXAMPLE[0])
    for number, premiums in enumerate(EXAMPLE[1:], 2):
        come(agent, f"C{number:03}", premiums, by="C001")
    tree = referrals.tree("C001", ON)
    assert [(each.own.policies, each.own.annual_premium) for each in tree.persons] == HELD
    assert tree.root.whole == total(7, 20, 389_307)
    assert tree.circle == []
    assert referrals.centres(ON, 20).centres == [Centre("C001", "林伟", tree.root.whole)]


def test_a_client_who_referred_nobody_is_a_tree_of_one(agent: Agent) -> None:
    come(agent, "C001", "1954 46")
    (person,) = referrals.tree("C001", ON).persons
    assert person.own == person.whole == total(1, 2, 2_000)
    assert (person.depth, person.referred_by, person.name) == (0, "", "林伟")


def test_a_client_without_policies_has_a_place_in_the_tree(agent: Agent) -> None:
    come(agent, "C001")
    come(agent, "C002", by="C001")
    come(agent, "C003", "500", by="C002")
    tree = referrals.tree("C001", ON)
    assert tree.root.own == total(1, 0, 0)
    assert tree.root.own.annual_premium == 0
    assert tree.root.whole == total(3, 1, 500)


@pytest.mark.parametrize("client_no", ["C404", "", "c001", "C001 ", "' OR '1' = '1", "%"])
def test_a_client_who_is_not_in_the_book_has_no_tree(agent: Agent, client_no: str) -> None:
    come(agent, "C001", "1954")
    with pytest.raises(errors.ClientNotFound):
        referrals.tree(client_no, ON)


def test_everybody_stands_below_his_referrer_and_siblings_by_number(agent: Agent) -> None:
    for number, by in [("C009", "C001"), ("C001", ""), ("C004", "C002"), ("C003", "C002")]:
        come(agent, number, "100", by=by)
    come(agent, "C002", "100", by="C001")
    tree = referrals.tree("C001", ON)
    assert names(tree) == [("C001", 0), ("C002", 1), ("C003", 2), ("C004", 2), ("C009", 1)]
    assert [each.whole.people for each in tree.persons] == [5, 3, 1, 1, 1]
    assert tree.persons[1].whole == total(3, 3, 300)


def test_the_tree_of_somebody_in_the_middle_is_what_is_below_him(agent: Agent) -> None:
    for number, by in [("C001", ""), ("C002", "C001"), ("C003", "C002"), ("C004", "C001")]:
        come(agent, number, "100", by=by)
    tree = referrals.tree("C002", ON)
    assert names(tree) == [("C002", 0), ("C003", 1)]
    assert tree.root.referred_by == "C001"


@pytest.mark.parametrize(
    ("issued", "ended_on", "counts"),
    [
        ("2026-05-10", None, True),
        ("2026-05-11", None, True),
        ("2026-05-12", None, False),
        ("2020-02-29", "2026-05-12", True),
        ("2020-02-29", "2026-05-11", False),
        ("2020-02-29", "2026-05-10", False),
        ("2026-05-11", "2026-05-11", False),
    ],
)
def test_a_policy_counts_from_the_day_it_was_issued_until_it_ends(
    agent: Agent, issued: str, ended_on: str | None, counts: bool
) -> None:
    client = come(agent, "C001")
    cast.give_policy(client, "P001", issued, agent=agent, ended_on=ended_on)
    come(agent, "C002", by="C001")
    held = total(2, 1, 12_000) if counts else total(2, 0, 0)
    assert referrals.tree("C001", ON).root.whole == held
    assert referrals.centres(ON, 1).centres[0].whole == held


@pytest.mark.parametrize(
    ("status", "counts"), [("in_force", True), ("suspended", True), ("applied", False)]
)
def test_an_application_does_not_count(agent: Agent, status: str, counts: bool) -> None:
    come(agent, "C001", "100")
    come(agent, "C002", "30", by="C001", status=status)
    held = total(2, 2, 130) if counts else total(2, 1, 100)
    assert referrals.tree("C001", ON).root.whole == held
    assert referrals.centres(ON, 1).centres[0].whole == held


def test_hundredths_are_never_rounded(agent: Agent) -> None:
    come(agent, "C001", "0.10 0.20")
    come(agent, "C002", "999999999999.99 999999999999.98", by="C001")
    whole = referrals.tree("C001", ON).root.whole
    assert str(whole.annual_premium) == "2000000000000.27"
    assert referrals.centres(ON, 1).centres[0].whole == whole


DEEP = 5_000


def test_a_tree_may_be_five_thousand_deep(agent: Agent) -> None:
    rows = [(f"D{n:04}", "深", f"D{n - 1:04}" if n else "") for n in range(DEEP)]
    database.insert_rows(Client, ["client_no", "name", "referred_by"], rows)
    database.execute("ANALYZE")  # as PostgreSQL does by itself a minute after so many rows came
    tree = referrals.tree("D0000", ON)
    assert [each.depth for each in tree.persons] == list(range(DEEP))
    assert [each.whole.people for each in tree.persons] == list(range(DEEP, 0, -1))
    (centre,) = referrals.centres(ON, 5).centres
    assert (centre.client_no, centre.whole.people) == ("D0000", DEEP)
    cast.change(Client.get(Client.client_no == "D0000"), referred_by=f"D{DEEP - 1:04}")
    assert referrals.tree("D0000", ON).circle == [number for number, *_ in rows]
    assert len(referrals.circles()[0]) == DEEP


# --- Circles --------------------------------------------------------------------------------------


def test_a_circle_is_named_from_its_smallest_number_and_everybody_counts_once(
    agent: Agent,
) -> None:
    for number, by in [("C001", "C003"), ("C002", "C001"), ("C003", "C002"), ("C004", "C002")]:
        come(agent, number, "100", by=by)
    tree = referrals.tree("C002", ON)
    assert names(tree) == [("C002", 0), ("C003", 1), ("C001", 2), ("C004", 1)]
    assert tree.root.whole == total(4, 4, 400)
    assert tree.circle == ["C001", "C002", "C003"]


def test_who_is_said_to_have_referred_himself_is_a_circle_of_one(agent: Agent) -> None:
    come(agent, "C001", "100", by="C001")
    come(agent, "C002", "100", by="C001")
    tree = referrals.tree("C001", ON)
    assert (names(tree), tree.circle) == ([("C001", 0), ("C002", 1)], ["C001"])
    assert referrals.tree("C002", ON).circle == []
    assert referrals.centres(ON, 9).circles == [["C001"]]


def test_all_circles_of_the_book_are_told_in_order_and_have_no_centre(agent: Agent) -> None:
    for number, by in [("C008", "C008"), ("C005", "C002"), ("C002", "C005"), ("C006", "C005")]:
        come(agent, number, "100", by=by)
    come(agent, "C001", "1")
    come(agent, "C003", "1", by="C001")
    found = referrals.centres(ON, 9)
    assert found.circles == [["C002", "C005"], ["C008"]]
    assert [each.client_no for each in found.centres] == ["C001"]


# --- The largest trees of a book ------------------------------------------------------------------


def test_a_centre_has_referred_somebody_and_was_referred_by_nobody_of_this_book(
    agent: Agent,
) -> None:
    come(agent, "C001", "100", by="C404")
    come(agent, "C002", "100", by="C001")
    come(agent, "C003", "100", by="C002")
    come(agent, "C004", "9999")
    come(agent, "C005", "9999", by="C405")
    found = referrals.centres(ON, 9)
    assert [(each.client_no, each.whole) for each in found.centres] == [("C001", total(3, 3, 300))]
    assert found.circles == []


def test_the_premium_of_the_whole_tree_decides_then_people_then_who_came_first(
    agent: Agent,
) -> None:
    trees = {
        "C020": ["110", ""],
        "C010": ["50", "60"],
        "C030": ["1", "1", "108"],
        "C040": ["1", *"2345"],
    }
    for root, (own, *below) in trees.items():
        come(agent, root, own)
        for number, premiums in enumerate(below, 1):
            come(agent, f"{root}{number}", premiums, by=root)
    assert ranked() == ["C030", "C020", "C010", "C040"]
    assert ranked(top=1) == ["C030"]


def test_a_book_without_referrals_has_no_centres(book: Book) -> None:
    assert referrals.centres(ON, 9) == referrals.Centres([], [])
    cast.everybody()
    assert referrals.centres(ON, 9) == referrals.Centres([], [])


# --- Currencies -----------------------------------------------------------------------------------


def test_amounts_of_different_currencies_are_never_added(agent: Agent) -> None:
    come(agent, "C001", "100 200", currency="CNY")
    come(agent, "C002", "30", by="C001", currency="USD")
    tree = referrals.tree("C001", ON)
    assert tree.root.own.annual_premium == 300
    assert tree.root.whole.annual_premium is None
    assert tree.root.whole.by_currency == {"CNY": 300, "USD": 30}
    assert referrals.centres(ON, 1).centres[0].whole == tree.root.whole


@pytest.mark.parametrize(
    ("other", "home", "premium", "by_currency"),
    [
        ("CNY", "CNY", 130, {"CNY": 130}),
        ("USD", "CNY", None, {"CNY": 100, "USD": 30}),
        ("USD", "", 130, {"": 100, "USD": 30}),
        ("", "CNY", 130, {"CNY": 130}),
        ("", "", 130, {"": 130}),
    ],
)
def test_a_policy_without_a_currency_is_in_that_of_home(
    agent: Agent, other: str, home: str, premium: int | None, by_currency: dict[str, int]
) -> None:
    come(agent, "C001", "100")
    come(agent, "C002", "30", by="C001", currency=other)
    whole = referrals.tree("C001", ON, home).root.whole
    assert (whole.annual_premium, whole.by_currency) == (premium, by_currency)
    assert referrals.centres(ON, 1, home).centres[0].whole == whole


def test_trees_are_compared_in_the_currency_that_most_policies_are_in(agent: Agent) -> None:
    for root, premium, currency in [("C010", "9", "USD"), ("C020", "2", ""), ("C030", "3", "CNY")]:
        come(agent, root, premium, currency=currency)
        come(agent, f"{root}1", premium, by=root, currency=currency)
    found = referrals.centres(ON, 9, "CNY").centres
    assert [each.client_no for each in found] == ["C030", "C020", "C010"]
    assert [each.client_no for each in referrals.centres(ON, 1, "CNY").centres] == ["C030"]


def test_an_application_is_in_no_currency(agent: Agent) -> None:
    come(agent, "C010", "9", currency="USD")
    come(agent, "C0101", "9 9", by="C010", currency="USD", status="applied")
    for number in ("C020", "C0201"):
        come(agent, number, "2", by="C020" if number != "C020" else "", currency="CNY")
    assert ranked() == ["C020", "C010"]


# --- Any graph: the database against a plain walk -------------------------------------------------


@dataclass(frozen=True)
class Someone:
    """A client whom nobody would think of."""

    by: str
    policies: list[tuple[int, bool, str]] = field(default_factory=list)
    """Hundredths, whether it counts, currency."""


NUMBERS = [f"C{number}" for number in range(9)]
POLICIES = st.tuples(st.integers(0, 3), st.booleans(), st.sampled_from(["", "CNY", "CNY", "USD"]))
PEOPLE = st.fixed_dictionaries(
    {},
    optional={
        number: st.builds(
            Someone,
            st.sampled_from([*NUMBERS, *NUMBERS, "", "", "C404"]),
            st.lists(POLICIES, max_size=3),
        )
        for number in NUMBERS
    },
)
People = dict[str, Someone]


def upwards(people: People, number: str) -> list[str]:
    """The client, his referrer, the referrer's, ... as far as the book goes, or comes round."""
    path: list[str] = []
    while number in people and number not in path:
        path.append(number)
        number = people[number].by
    return path


def closes(people: People, number: str) -> bool:
    """Whether the client is part of a circle."""
    return people[number].by in people and number in upwards(people, people[number].by)


def roots_of(people: People) -> list[str]:
    referrers = {each.by for each in people.values()}
    return [n for n in people if n in referrers and people[n].by not in people]


def circles_of(people: People) -> list[set[str]]:
    found = {frozenset(upwards(people, number)) for number in people if closes(people, number)}
    return sorted(map(set, found), key=min)


def held_by(people: People, numbers: list[str], home: str) -> Total:
    premiums: Counter[str] = Counter()
    policies = [each for number in numbers for each in people[number].policies if each[1]]
    for cents, _, currency in policies:
        premiums[currency or home] += cents
    named = {currency or home for *_, currency in policies}
    amounts = {currency: models.amount(premiums[currency]) for currency in named}
    return Total(len(numbers), len(policies), amounts)


def below(people: People, root: str) -> list[str]:
    return [number for number in people if root in upwards(people, number)]


def put_in_the_book(people: People) -> None:
    agent = Agent.create(agent_no="A001")
    for number, someone in people.items():
        client = Client.create(client_no=number, name=number, referred_by=someone.by)
        for place, (cents, counts, currency) in enumerate(someone.policies):
            cast.give_policy(
                client,
                f"P{number}-{place}",
                agent=agent,
                annual_premium=str(models.amount(cents)),
                currency=currency,
                ended_on=None if counts else ON,
            )


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written here is not there afterwards."""
    with database.database.atomic() as transaction:
        yield
        transaction.rollback()


def agree(people: People, home: str) -> None:
    event(f"{len(circles_of(people))} circles, {len(roots_of(people))} roots")
    with taken_back():
        put_in_the_book(people)
        for number in people:
            agree_on_the_tree(people, number, home)
        found = referrals.centres(ON, 2, home)
        everything = referrals.centres(ON, 99, home).centres
    assert found.centres == everything[:2]
    assert list(map(set, found.circles)) == circles_of(people)
    for circle in found.circles:
        assert all(people[circle[n]].by == circle[n - 1] for n in range(len(circle)))
        assert circle[0] == min(circle)
    wholes = {root: held_by(people, below(people, root), home) for root in roots_of(people)}
    assert {each.client_no: each.whole for each in everything} == wholes
    if not any(currency == "USD" for each in people.values() for *_, currency in each.policies):
        order = list(people)
        assert everything == sorted(
            everything,
            key=lambda each: (
                -(each.whole.annual_premium or 0),
                -each.whole.people,
                order.index(each.client_no),
            ),
        )


def agree_on_the_tree(people: People, root: str, home: str) -> None:
    tree = referrals.tree(root, ON, home)
    assert sorted(each.client_no for each in tree.persons) == sorted(below(people, root))
    circle = set(upwards(people, root)) if closes(people, root) else set()
    assert set(tree.circle) == circle
    for each in tree.persons:
        path = upwards(people, each.client_no)
        assert each.depth == path.index(root)
        assert each.own == held_by(people, [each.client_no], home)
        inside = [n for n in below(people, root) if is_below(people, n, each.client_no, root)]
        assert each.whole == held_by(people, inside, home)


def is_below(people: People, number: str, above: str, root: str) -> bool:
    """Whether one is met before the root is, or at it, on the way up from the other."""
    path = upwards(people, number)
    return above in path[: path.index(root) + 1]


ANY_HOME = st.sampled_from(["CNY", ""])


@cast.on_one
@settings(each_rolled_back, max_examples=examples(100))
@given(PEOPLE, ANY_HOME)
def test_the_database_finds_what_a_plain_walk_finds(book: Book, people: People, home: str) -> None:
    agree(people, home)


@cast.on_postgresql
@settings(each_rolled_back, max_examples=examples(25))
@given(PEOPLE, ANY_HOME)
def test_postgresql_finds_what_a_plain_walk_finds(book: Book, people: People, home: str) -> None:
    agree(people, home)
