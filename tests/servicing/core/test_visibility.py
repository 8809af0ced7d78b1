"""Who sees whom: an agent whom she serves today, a manager whoever their unit has served."""

from typing import Any

import peewee
import pytest

from policies.models import Agent, Branch, Client
from servicing.core import errors, visibility
from servicing.core.account_models import User
from servicing.core.models import Task
from servicing.desk import client_search
from tests import cast
from tests.servicing import looked_up

pytestmark = cast.on_one

Book = peewee.Database
TODAY = cast.day("2026-06-01")


@pytest.fixture
def people(book: Book) -> cast.Cast:
    """Everybody, with one policy each; nobody has a task."""
    known = cast.people()
    cast.give_policy(known.lin_wei, "P001")
    cast.give_policy(known.zhou_ming, "P900")
    return known


def agent(of: Agent) -> User:
    return User(login=of.agent_no, role="agent", agent=of)


def manager(branch: str) -> User:
    return User(login=branch, role="manager", branch=Branch.get(Branch.name == branch))


def give_task(policy_no: str, state: str = "open", show_on: str = "2026-06-01") -> Task:
    """A task for which nothing was due, such as one of condolence."""
    policy, day = cast.policy(policy_no), cast.day(show_on)
    days = {"due_on": day, "show_on": day, "closes_on": cast.day("2027-06-01")}
    known = {"policy": policy, "client": policy.client_id, "state": state, "reason": "condolence"}
    return Task.create(**known, **days)


def sees(user: User, client_no: str = "C001") -> bool:
    """Whether the user sees a client; every way of asking answers the same."""
    try:
        card = visibility.client(user, client_no, TODAY).client_no == client_no
    except errors.ClientNotFound:
        card = False
    known = visibility.known(user, ["C001", "C900"], TODAY)
    numbers = [each.policy_no for each in Client.get(client_no=client_no).policies]
    held = visibility.holders(user, numbers, TODAY)
    found = client_search.found(user, client_no, "CN", TODAY).ids
    assert {client_no in known, client_no in held.values(), bool(found)} == {card}
    return card


SERVED = [
    # what the book says of the policy -> does its agent see the client on 1 June 2026?
    ({}, True),
    ({"status": "grace"}, True),
    ({"status": "suspended"}, True),
    ({"status": "paid_up"}, True),
    ({"status": "applied"}, True),
    ({"issue_date": cast.day("2026-07-01")}, True),
    ({"served_from": cast.day("2026-07-01")}, True),
    ({"left_out_times": 2}, True),
    ({"ended_on": cast.day("2026-06-02")}, True),
    ({"status": "surrendered", "ended_on": cast.day("2026-06-02")}, True),
    ({"status": "surrendered", "ended_on": cast.day("2026-06-01")}, False),
    ({"status": "claim", "ended_on": cast.day("2026-05-31")}, False),
    ({"status": "matured", "ended_on": cast.day("2019-01-01")}, False),
    ({"status": "terminated", "ended_on": cast.day("2019-01-01")}, False),
]


@pytest.mark.parametrize(("said", "is_seen"), SERVED)
def test_an_agent_sees_whom_she_serves_today(
    people: cast.Cast, said: dict[str, Any], is_seen: bool
) -> None:
    cast.change(cast.policy(), **said)
    assert sees(agent(people.chen_yan)) is is_seen


@pytest.mark.parametrize(("said", "_"), SERVED)
def test_a_manager_sees_what_was_lost_too_and_nobody_of_another_branch(
    people: cast.Cast, said: dict[str, Any], _: bool
) -> None:
    cast.change(cast.policy(), **said)
    assert (sees(manager("上海")), sees(manager("北京"))) == (True, False)


TASKS = [
    # the state of a task on a policy that has ended -> does its agent see the client?
    ("open", "2026-05-01", True),
    ("open", "2026-09-01", True),
    ("done", "2026-05-01", False),
    ("skipped", "2026-05-01", False),
    ("missed", "2026-05-01", False),
    ("cancelled", "2026-05-01", False),
]


@pytest.mark.parametrize(("state", "show_on", "is_seen"), TASKS)
def test_who_has_still_to_do_something_reaches_the_client_until_it_is_done(
    people: cast.Cast, state: str, show_on: str, is_seen: bool
) -> None:
    cast.change(cast.policy(), status="claim", ended_on=cast.day("2026-05-01"))
    give_task("P001", state, show_on)
    assert sees(agent(people.chen_yan)) is is_seen
    assert not sees(agent(people.sun_li))


LEFT = [("2026-06-02", True), ("2026-06-01", False), ("2020-01-01", False)]


@pytest.mark.parametrize(("left_on", "is_seen"), LEFT)
def test_who_has_left_serves_nobody(people: cast.Cast, left_on: str, is_seen: bool) -> None:
    give_task("P001")
    gone = cast.change(people.chen_yan, left_on=cast.day(left_on))
    assert sees(agent(gone)) is is_seen
    assert sees(manager("上海"))


def test_two_agents_of_one_client_see_him_and_neither_finds_the_policy_of_the_other(
    people: cast.Cast,
) -> None:
    cast.give_policy(people.lin_wei, "P002", agent=people.sun_li)
    for one, hers, other in ((people.chen_yan, "P001", "P002"), (people.sun_li, "P002", "P001")):
        assert sees(agent(one))
        assert client_search.found(agent(one), hers, "CN", TODAY).ids == [people.lin_wei.id]
        assert client_search.found(agent(one), other, "CN", TODAY).ids == []
        assert visibility.holders(agent(one), [hers, other], TODAY) == {hers: "C001"}


def test_a_policy_that_has_ended_opens_no_client_that_another_agent_serves(
    people: cast.Cast,
) -> None:
    cast.give_policy(people.lin_wei, "P002", agent=people.sun_li)
    cast.change(cast.policy("P002"), status="surrendered", ended_on=cast.day("2026-05-01"))
    assert (sees(agent(people.chen_yan)), sees(agent(people.sun_li))) == (True, False)


@cast.on_sqlite
def test_whom_a_user_sees_is_found_by_indexes(book: Book) -> None:
    known = cast.everybody()
    cast.walk_only("2026-06-01")
    with looked_up.listening(book) as heard:
        for user in (agent(known.chen_yan), manager("上海"), User(login="ops", role="operations")):
            for text in ("C001", "P001", "林"):
                client_search.found(user, text, "CN", TODAY)
            sees(user)
        assert heard.faults() == []
