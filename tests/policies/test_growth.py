"""Referrals and add-ons: who is counted, for whom, and from which day to which (domain.md §8.9)."""

import datetime
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import peewee
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from policies import database, dates, growth
from policies.growth import AddOns, Referral, Span
from policies.models import Agent, Client, Policy
from tests import cast
from tests.policies.imagined import each_rolled_back, examples

Book = peewee.Database

FIRST, LAST = "2026-04-01", "2026-06-30"
SPAN = (cast.day(FIRST), cast.day(LAST))


@pytest.fixture
def people(book: Book) -> cast.Cast:
    return cast.people()


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written here is not there afterwards."""
    with database.database.atomic() as transaction:
        yield
        transaction.rollback()


def newcomer(number: str = "C010", *, by: str = "C001", bought: str = "") -> Client:
    """A client, referred by Lin Wei, with policies issued on those days by Sun Li."""
    client = Client.create(client_no=number, name="王芳", referred_by=by)
    sun_li = Agent.get(Agent.agent_no == "A900")
    for issued in bought.split():
        hold(client, issued, agent=sun_li)
    return client


def hold(
    client: Client,
    issued: str,
    ended_on: str | None = None,
    agent: Agent | None = None,
    status: str = "",
) -> Policy:
    number = f"P{Policy.select().count() + 1:03}"
    status = status or ("surrendered" if ended_on else "in_force")
    return cast.give_policy(client, number, issued, agent=agent, status=status, ended_on=ended_on)


# --- Referrals ------------------------------------------------------------------------------------


def referred(first: str = FIRST, last: str = LAST) -> list[Referral]:
    with database.snapshot():
        return list(growth.referrals(cast.day(first), cast.day(last)))


def credited(first: str = FIRST, last: str = LAST) -> list[tuple[str, list[str]]]:
    """The number of each client who was referred, and of the agents it counts for."""
    agents = {each.id: each.agent_no for each in Agent.select()}
    return [
        (
            Client.get_by_id(each.client_id).client_no,
            sorted(agents[agent_id] for agent_id in each.agent_ids),
        )
        for each in referred(first, last)
    ]


BOUGHT = [
    # when the one whom Lin Wei referred bought his policies, and whether he counts
    ("2026-03-31", False),
    ("2026-04-01", True),
    ("2026-06-30", True),
    ("2026-07-01", False),
    ("", False),  # nothing yet
    ("2026-05-01 2026-05-20", True),  # once
    ("2026-05-20 2026-07-01", True),
    ("2026-03-31 2026-05-20", False),  # a client already
    ("2015-01-01 2026-05-20", False),
]


def test_a_client_counts_when_his_first_policy_is_issued(people: cast.Cast) -> None:
    hold(people.lin_wei, "2020-01-01")
    for bought, counts in BOUGHT:
        with taken_back():
            newcomer(bought=bought)
            assert credited() == ([("C010", ["A001"])] if counts else []), bought


@cast.on_one
def test_a_first_policy_counts_although_it_has_ended(people: cast.Cast) -> None:
    """A client who came and went was referred all the same; and he is not new a second time."""
    hold(people.lin_wei, "2020-01-01")
    client = newcomer()
    hold(client, "2026-03-01", "2026-03-10")
    hold(client, "2026-05-01")
    assert credited() == []
    assert credited("2026-03-01", "2026-03-31") == [("C010", ["A001"])]


REFERRERS = [
    ("C001", True),
    ("C010", False),  # himself
    ("C404", False),  # nobody in this book
    ("", False),
    ("c001", False),  # numbers are what they are
    ("C001 ", False),
    ("C900", False),  # in this book, but without a policy: nobody's client
]


@cast.on_one
def test_the_referrer_is_another_client_of_this_book(people: cast.Cast) -> None:
    hold(people.lin_wei, "2020-01-01")
    for by, counts in REFERRERS:
        with taken_back():
            newcomer(by=by, bought="2026-05-20")
            assert credited() == ([("C010", ["A001"])] if counts else []), by


@cast.on_one
def test_a_referral_counts_for_every_agent_of_the_referrer(people: cast.Cast) -> None:
    """And for the agent of the new client only if she is one of them."""
    for agent in (people.chen_yan, people.he_jing, people.he_jing):
        hold(people.lin_wei, "2020-01-01", agent=agent)
    newcomer(bought="2026-05-20")
    assert credited() == [("C010", ["A000", "A001"])]


@cast.on_one
def test_a_referral_is_of_the_month_of_the_first_policy(people: cast.Cast) -> None:
    hold(people.lin_wei, "2020-01-01")
    for number, bought in [("C012", "2026-06-30"), ("C011", "2026-04-01 2026-06-30")]:
        newcomer(number, bought=bought)
    told = {Client.get_by_id(each.client_id).client_no: each for each in referred()}
    assert {number: each.first_policy_in for number, each in told.items()} == {
        "C011": dates.month_index(cast.day("2026-04-01")),
        "C012": dates.month_index(cast.day("2026-06-30")),
    }


@cast.on_one
def test_who_was_referred_refers_others(people: cast.Cast) -> None:
    """A chain is as many referrals as it has links, each for the agent of its own referrer."""
    hold(people.lin_wei, "2020-01-01")
    newcomer("C010", by="C001", bought="2026-04-10")
    newcomer("C011", by="C010", bought="2026-05-10")
    newcomer("C012", by="C011")
    assert credited() == [("C010", ["A001"]), ("C011", ["A900"])]


@cast.on_one
def test_two_who_referred_each_other_count_both(people: cast.Cast) -> None:
    """The book says so; a circle is for people to mend (`servicing influence`)."""
    newcomer("C010", by="C011", bought="2026-04-10")
    newcomer("C011", by="C010", bought="2026-05-10")
    assert [number for number, _ in credited()] == ["C010", "C011"]


APPLICATIONS = [
    # status of the referrer's policy, of an earlier one of the newcomer, of his of May: does he count?
    ("in_force", "", "in_force", True),
    ("in_force", "", "applied", False),
    ("in_force", "applied", "in_force", True),  # the application did not make him a client
    ("in_force", "in_force", "applied", False),
    ("applied", "", "in_force", False),  # who has only applied is no client yet
]


def test_an_application_is_no_policy(people: cast.Cast) -> None:
    for referrer, earlier, later, counts in APPLICATIONS:
        with taken_back():
            hold(people.lin_wei, "2020-01-01", status=referrer)
            client = newcomer()
            if earlier:
                hold(client, "2026-02-01", status=earlier)
            hold(client, "2026-05-20", status=later)
            assert bool(credited()) is counts, (referrer, earlier, later)


# --- Add-ons --------------------------------------------------------------------------------------


def counted(*spans: tuple[str, str]) -> list[tuple[dict[str, int], dict[str, int]]]:
    """For each span: clients with one policy, and those who bought another, by agent number."""
    agents = {each.id: each.agent_no for each in Agent.select()}
    with database.snapshot():
        found = growth.add_ons([(cast.day(first), cast.day(last)) for first, last in spans])

    def told(counter: Counter[int]) -> dict[str, int]:
        return {agents[agent_id]: count for agent_id, count in counter.items()}

    return [(told(clients), told(bought)) for clients, bought in by_span(found, len(spans))]


def by_span(found: dict[int, AddOns], spans: int) -> list[tuple[Counter[int], Counter[int]]]:
    """For each span: clients with one policy, and those who bought another, by agent id."""
    return [
        (
            +Counter({agent_id: each.clients[index] for agent_id, each in found.items()}),
            +Counter({agent_id: each.bought[index] for agent_id, each in found.items()}),
        )
        for index in range(spans)
    ]


HELD = [
    # a client's policies, issued [to the day they ended]: had one on 1 April? bought another by June?
    ("2020-01-01", True, False),
    ("2026-03-31", True, False),
    ("2026-04-01", False, False),  # the first one is no add-on
    ("2026-04-01 2026-05-01", False, False),
    ("2020-01-01 2026-03-31", False, False),  # two already
    ("2020-01-01 2021-01-01 2026-05-01", False, False),
    ("2020-01-01 2026-04-01", True, True),
    ("2020-01-01 2026-06-30", True, True),
    ("2020-01-01 2026-07-01", True, False),
    ("2020-01-01 2026-04-01 2026-06-30", True, True),  # once, however many
    ("2020-01-01/2026-03-31", False, False),  # ended before
    ("2020-01-01/2026-03-31 2026-05-01", False, False),  # came back: no add-on to anything
    ("2020-01-01/2026-03-31 2021-01-01", True, False),
    ("2020-01-01/2026-03-31 2021-01-01 2026-05-01", True, True),
    ("2020-01-01/2026-04-01", False, False),  # ended on the day: as everywhere, it has ended
    ("2020-01-01/2026-04-02", True, False),  # ended later
    ("2020-01-01/2026-04-02 2026-05-01", True, True),
    ("2020-01-01 2026-05-01/2026-05-08", True, True),
    ("2020-01-01/2026-04-02 2021-01-01", False, False),  # of two, one ended too late to matter
    ("", False, False),
]


def test_clients_with_exactly_one_policy_at_the_start_who_bought_another(
    people: cast.Cast,
) -> None:
    for held, has_one, bought in HELD:
        with taken_back():
            for each in held.split():
                issued, _, ended_on = each.partition("/")
                hold(people.lin_wei, issued, ended_on or None)
            ((clients, buyers),) = counted((FIRST, LAST))
        assert clients == ({"A001": 1} if has_one else {}), held
        assert buyers == ({"A001": 1} if bought else {}), held


APPLIED_FOR = [
    # the statuses of a policy of 2020 and of one of May: had one on 1 April? bought another by June?
    ("in_force", "applied", True, False),
    ("applied", "in_force", False, False),
    ("applied", "applied", False, False),
    ("in_force", "in_force", True, True),
]


def test_an_application_is_neither_the_one_policy_nor_the_other(people: cast.Cast) -> None:
    for first, second, has_one, bought in APPLIED_FOR:
        with taken_back():
            hold(people.lin_wei, "2020-01-01", status=first)
            hold(people.lin_wei, "2026-05-01", status=second)
            ((clients, buyers),) = counted((FIRST, LAST))
        assert (bool(clients), bool(buyers)) == (has_one, bought), (first, second)


@cast.on_one
def test_an_add_on_counts_for_the_agent_of_the_policy_that_was_there(people: cast.Cast) -> None:
    hold(people.lin_wei, "2020-01-01")
    hold(people.lin_wei, "2026-05-01", agent=people.sun_li)
    assert counted((FIRST, LAST)) == [({"A001": 1}, {"A001": 1})]


def test_several_spans_are_each_what_they_are_alone(people: cast.Cast) -> None:
    """Twelve months each, one month apart: a client has one policy, then two, then one again."""
    hold(people.lin_wei, "2024-02-10", "2026-01-15")
    hold(people.lin_wei, "2025-05-31")
    hold(people.zhou_ming, "2010-01-01")
    starts = [dates.months_after(cast.day("2024-01-01"), months) for months in range(29)]
    spans = [(str(start), str(dates.months_after(start, 12) - dates.ONE_DAY)) for start in starts]
    together = counted(*spans)
    assert together == [counted(span)[0] for span in spans]
    assert [clients.get("A900") for clients, _ in together] == [1] * 29, "nothing happened to him"
    # from 1 March 2024 one; from 1 June 2025 two; from 1 February 2026 one again
    has_one = [clients.get("A001", 0) for clients, _ in together]
    assert has_one == [0] * 2 + [1] * 15 + [0] * 8 + [1] * 4
    # the second of 31 May 2025 falls in the twelve months that begin in June 2024 and up to May 2025
    bought = [buyers.get("A001", 0) for _, buyers in together]
    assert bought == [0] * 5 + [1] * 12 + [0] * 12


# --- As a plain loop over the book counts them ----------------------------------------------------

MOMENTS = st.dates(cast.day("2026-01-25"), cast.day("2026-05-05"))
NUMBERS = [f"C{number:03}" for number in range(10, 16)]


@dataclass(frozen=True)
class Held:
    issued: datetime.date
    ended_on: datetime.date | None
    agent: int


@dataclass(frozen=True)
class Person:
    by: str
    policies: list[Held]


@st.composite
def policies(draw: st.DrawFn) -> Held:
    issued = draw(MOMENTS)
    ended_on = draw(st.none() | st.none() | MOMENTS)
    return Held(issued, max(ended_on, issued) if ended_on else None, draw(st.integers(0, 2)))


@st.composite
def persons(draw: st.DrawFn) -> Person:
    by = draw(st.sampled_from([*NUMBERS, "C404", ""]))
    return Person(by, draw(st.lists(policies(), max_size=3)))


BOOKS = st.lists(persons(), min_size=1, max_size=len(NUMBERS))
RISING = st.lists(MOMENTS, min_size=1, max_size=4).map(sorted)
SPANS = st.tuples(RISING, st.integers(0, 60)).map(
    lambda drawn: [(first, first + datetime.timedelta(drawn[1])) for first in drawn[0]]
)


def plain_referrals(told: list[Person], first: datetime.date, last: datetime.date) -> list:
    found = []
    known = dict(zip(NUMBERS, told, strict=False))
    for number, person in known.items():
        if not person.policies or person.by == number or person.by not in known:
            continue
        begun = min(each.issued for each in person.policies)
        agents = {each.agent for each in known[person.by].policies}
        if first <= begun <= last and agents:
            found.append((number, begun.strftime("%Y-%m"), agents))
    return found


def plain_add_ons(told: list[Person], span: Span) -> tuple[Counter[int], Counter[int]]:
    first, last = span
    clients, bought = Counter[int](), Counter[int]()
    for person in told:
        at_start = [
            each
            for each in person.policies
            if each.issued < first and not (each.ended_on and each.ended_on <= first)
        ]
        if len(at_start) == 1:
            clients[at_start[0].agent] += 1
            bought[at_start[0].agent] += any(
                first <= each.issued <= last for each in person.policies
            )
    return clients, +bought


def put_in_the_book(told: list[Person]) -> tuple[dict[int, str], dict[int, int]]:
    """Answers with clients' numbers and agents' places by their ids."""
    agents = [Agent.create(agent_no=f"A{place:03}") for place in range(3)]
    clients = {}
    for number, person in zip(NUMBERS, told, strict=False):
        client = Client.create(client_no=number, name="客户", referred_by=person.by)
        clients[client.id] = number
        for each in person.policies:
            agent = agents[each.agent]
            hold(client, str(each.issued), each.ended_on and str(each.ended_on), agent)
    return clients, {agent.id: place for place, agent in enumerate(agents)}


def agree(told: list[Person], spans: list[Span]) -> None:
    with taken_back():
        clients, places = put_in_the_book(told)
        first, last = spans[0][0], max(last for _, last in spans)
        found = [
            (
                clients[each.client_id],
                f"{each.first_policy_in // 12}-{each.first_policy_in % 12 + 1:02}",
                {places[agent_id] for agent_id in each.agent_ids},
            )
            for each in growth.referrals(first, last)
        ]
        assert found == plain_referrals(told, first, last)
        add_ons = by_span(growth.add_ons(spans), len(spans))
    event(f"referrals: {min(len(found), 3)}")
    event(f"add-ons: {sum(bought.total() for _, bought in add_ons) > 0}")
    for span, (clients, bought) in zip(spans, add_ons, strict=True):
        found_so = by_place(clients, places), by_place(bought, places)
        assert found_so == plain_add_ons(told, span), span


def by_place(counter: Counter[int], places: dict[int, int]) -> Counter[int]:
    return Counter({places[agent_id]: count for agent_id, count in counter.items()})


@cast.on_one
@settings(each_rolled_back, max_examples=examples(60))
@given(BOOKS, SPANS)
def test_the_database_counts_what_a_plain_loop_counts(
    book: Book, told: list[Person], spans: list[Span]
) -> None:
    agree(told, spans)


@cast.on_postgresql
@settings(each_rolled_back, max_examples=examples(15))
@given(BOOKS, SPANS)
def test_postgresql_counts_what_a_plain_loop_counts(
    book: Book, told: list[Person], spans: list[Span]
) -> None:
    agree(told, spans)
