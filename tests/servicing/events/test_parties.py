"""A party is in as a whole or waits as a whole, and never are more places given than there are."""

import contextlib
import datetime
import random
from collections.abc import Callable

import peewee
import pytest

from policies.models import Client
from servicing.core import errors
from servicing.core.event_models import ClientEvent, EventParty, PartyDay
from servicing.core.models import Suppression
from servicing.events import parties, planning
from tests import cast
from tests.servicing.cases.opened import complaint
from tests.servicing.events import planned
from tests.servicing.events.planned import DAY, DOOR, NOW, TODAY, order
from tests.servicing.stored import at_once

Book = peewee.Database


def test_of_parties_of_one_two_and_one_for_two_places_the_party_of_two_waits_whole(
    book: Book,
) -> None:
    event, (first, second, third) = planned.event(2), planned.clients(3)
    found = [
        planned.register(event, client_no, persons)
        for client_no, persons in ((first, 1), (second, 2), (third, 1))
    ]
    assert found == ["registered", "waitlisted", "registered"]
    assert ClientEvent.get_by_id(event.id).state == "full"


def test_a_place_that_gets_free_goes_to_the_first_who_waits_and_fits_whole(book: Book) -> None:
    event, numbers = planned.event(2), planned.clients(5)
    for client_no, persons in zip(numbers, (1, 1, 2, 1, 1), strict=True):
        planned.register(event, client_no, persons)
    parties.withdraw(order(event, numbers[0]))
    assert list(map(planned.state_of, numbers)) == [
        "cancelled",
        "registered",
        "waitlisted",
        "registered",
        "waitlisted",
    ]
    parties.decline(order(event, numbers[1]))
    assert planned.state_of(numbers[4]) == "registered"
    for each in (numbers[3], numbers[4]):
        parties.withdraw(order(event, each))
    assert planned.state_of(numbers[2]) == "registered"
    assert planned.taken(event) == 2


def test_nobody_is_let_in_from_the_waiting_list_once_it_has_begun(book: Book) -> None:
    event, (first, second) = planned.event(1), planned.clients(2)
    planned.register(event, first)
    planned.register(event, second)
    parties.withdraw(order(event, first, DOOR))
    assert planned.state_of(second) == "waitlisted"
    parties.attend(order(event, second, DOOR))
    party = EventParty.get(EventParty.state == "attended")
    assert party.walk_in and planned.taken(event) == 1


def test_of_several_who_register_for_the_last_place_at_once_one_has_it(book: Book) -> None:
    event, numbers = planned.event(3), planned.clients(8)
    for client_no in numbers[:2]:
        planned.register(event, client_no)

    def registering(client_no: str) -> Callable[[], str]:
        return lambda: planned.register(event, client_no)

    found = at_once(*[registering(each) for each in numbers[2:]])
    assert sorted(found) == ["registered"] + ["waitlisted"] * 5
    assert planned.taken(event) == 3


def test_the_same_client_who_registers_twice_at_once_has_one_party(book: Book) -> None:
    event, (client_no,) = planned.event(3), planned.clients(1)
    found = at_once(*[lambda: planned.register(event, client_no)] * 3)
    assert found == ["registered"] * 3
    assert EventParty.select().count() == 1 and planned.taken(event) == 1


def test_the_database_itself_refuses_a_place_too_many(book: Book) -> None:
    event = planned.event(2)
    with pytest.raises(peewee.IntegrityError), book.atomic():
        ClientEvent.update(taken=3).where(ClientEvent.id == event.id).execute()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_places_are_those_of_the_parties_that_have_some(
    seed: int, book: Book
) -> None:
    chance = random.Random(seed)
    event, numbers = planned.event(5), planned.clients(8)
    for _ in range(60):
        at = DOOR if chance.random() < 0.2 else NOW
        asked = order(event, chance.choice(numbers), at)
        heads = chance.randint(1, 3)
        deed: Callable[[], object] = chance.choice(
            [
                lambda asked=asked, heads=heads: parties.register(asked, heads),
                lambda asked=asked: parties.withdraw(asked),
                lambda asked=asked: parties.decline(asked),
                lambda asked=asked: parties.confirm(asked),
                lambda asked=asked, heads=heads: parties.attend(asked, heads),
                lambda asked=asked: parties.miss(asked),
                lambda asked=asked, heads=heads: parties.walk_in(asked, heads),
            ]
        )
        with contextlib.suppress(errors.EventRefused):
            deed()
        held = EventParty.select(peewee.fn.SUM(EventParty.persons)).where(
            EventParty.state.in_(["registered", "confirmed", "attended"])
        )
        now = ClientEvent.get_by_id(event.id)
        assert now.taken == (held.scalar() or 0) <= now.capacity
        assert now.state == ("full" if now.taken == now.capacity else "open")


def test_a_client_changes_with_how_many_they_come_if_there_is_room(book: Book) -> None:
    event, (first, second) = planned.event(3), planned.clients(2)
    planned.register(event, first, 1)
    planned.register(event, second, 3)
    assert planned.register(event, first, 3) == "registered"
    with pytest.raises(errors.EventRefused, match="event_no_room"):
        planned.register(event, first, 4)
    planned.register(event, first, 1)
    assert (planned.taken(event), planned.state_of(second)) == (1, "waitlisted")
    assert planned.register(event, second, 2) == "registered"


def test_the_numbers_of_one_person_are_one_party(book: Book) -> None:
    event, (first, second) = planned.event(3), planned.clients(2)
    Client.update(person_id=Client.get(Client.client_no == first).id).execute()
    planned.register(event, first)
    planned.register(event, second, 2)
    assert EventParty.select().count() == 1 and planned.taken(event) == 2


# --- Who approves, and when what is done ------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "role", "code"),
    [
        ("author", "operations", "event_own_approval"),
        ("AUTHOR", "manager", "event_own_approval"),
        ("chen", "agent", "event_approver"),
        ("", None, "event_approver"),
        ("nobody", None, "event_approver"),
    ],
)
def test_a_manager_or_operations_approve_and_not_the_author(
    by: str, role: str | None, code: str, book: Book
) -> None:
    made = planning.add(planned.wish(gifts="茶叶一盒"), "author", NOW)
    if role:
        planned.approver(by, role)
    with pytest.raises(errors.EventRefused, match=code):
        planning.approve(made.id, by, TODAY, NOW)
    assert planning.event(made.id).state == "draft"


def test_an_event_goes_from_draft_to_held_and_not_past_a_step(book: Book) -> None:
    made = planning.add(planned.wish(), "author", NOW)
    planned.approver()
    with pytest.raises(errors.EventRefused, match="event_not_now"):
        planning.open_to_clients(made.id, NOW)
    planning.approve(made.id, "office", TODAY, NOW)
    (client_no,) = planned.clients(1)
    with pytest.raises(errors.EventRefused, match="event_not_now"):
        planned.register(made, client_no)
    planning.open_to_clients(made.id, NOW)
    planned.register(made, client_no)
    with pytest.raises(errors.EventRefused, match="event_ahead"):
        planning.hold(made.id, DAY - datetime.timedelta(days=1), NOW)
    planning.hold(made.id, DAY, DOOR)
    assert (planned.state_of(client_no), planned.taken(made)) == ("no_show", 0)
    with pytest.raises(errors.EventRefused, match="event_not_now"):
        planning.cancel(made.id, "late", DAY, DOOR)


def test_nobody_is_there_before_the_day_and_nobody_registers_once_it_has_begun(book: Book) -> None:
    event, (client_no,) = planned.event(), planned.clients(1)
    with pytest.raises(errors.EventRefused, match="event_ahead"):
        parties.attend(order(event, client_no))
    with pytest.raises(errors.EventRefused, match="event_begun"):
        parties.register(order(event, client_no, DOOR))
    assert parties.attend(order(event, client_no, DOOR)).walk_in


def test_who_was_ticked_by_mistake_is_not_there_and_comes_after_all(book: Book) -> None:
    event, (first, second) = planned.event(1), planned.clients(2)
    planned.register(event, first)
    parties.attend(order(event, first, DOOR))
    with pytest.raises(errors.EventRefused, match="event_no_room"):
        parties.attend(order(event, second, DOOR))
    parties.miss(order(event, first, DOOR))
    assert planned.state_of(first) == "no_show"
    assert not parties.attend(order(event, first, DOOR)).walk_in
    assert planned.taken(event) == 1


# --- Who is not invited -----------------------------------------------------------------------------


def lin_wei(**facts: object) -> None:
    Client.update(facts).where(Client.client_no == "C001").execute()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"erased_on": TODAY}, "erased"),
        ({"deceased_on": TODAY}, "dead"),
        ({"death_asked_on": TODAY}, "dead"),
        ({"bereaved_until": TODAY}, "mourns"),
        ({"marketing_consent": False}, "stopped"),
    ],
)
def test_who_is_spared_is_not_invited(facts: dict[str, object], code: str, book: Book) -> None:
    cast.everybody()
    event = planned.event()
    lin_wei(**facts)
    with pytest.raises(errors.EventRefused, match=f"event_guest_{code}"):
        planned.invite(event, "C001")
    assert not EventParty.select().exists()


def test_who_complains_or_has_stopped_marketing_is_not_invited(book: Book) -> None:
    cast.everybody()
    event = planned.event()
    complaint()
    Suppression.create(kind="marketing", subject="C900", why="opted_out", source="x", since=NOW)
    for client_no, code in (("C001", "complains"), ("C900", "stopped")):
        with pytest.raises(errors.EventRefused, match=f"event_guest_{code}"):
            planned.invite(event, client_no)


@pytest.mark.parametrize(
    ("delivered", "is_invited"), [("2026-04-26", False), ("2026-04-25", True), (None, True)]
)
def test_nobody_is_invited_in_the_free_look(
    delivered: str | None, is_invited: bool, book: Book
) -> None:
    cast.everybody(delivered_on=cast.maybe_day(delivered))
    event = planned.event()
    try:
        planned.invite(event, "C001")
        found = True
    except errors.EventRefused as refused:
        assert refused.notice.code == "event_guest_free_look"
        found = False
    assert found == is_invited


def test_whose_mourning_is_over_is_invited(book: Book) -> None:
    cast.everybody()
    event = planned.event()
    lin_wei(bereaved_until=TODAY - datetime.timedelta(days=1))
    assert planned.invite(event, "C001").state == "invited"


# --- What is written --------------------------------------------------------------------------------


def test_the_card_tells_what_became_of_it(book: Book) -> None:
    people = cast.everybody()
    event = planned.event()
    planned.invite(event, "C001")
    planned.register(event, "C001", 2)
    parties.confirm(order(event, "C001"))
    parties.attend(order(event, "C001", DOOR))
    told = [each for each in cast.trail_of(people.lin_wei) if each.startswith("event.")]
    assert told == ["event.invited", "event.registered", "event.confirmed", "event.attended"]


def test_an_event_that_is_called_off_is_called_off_to_who_was_coming(book: Book) -> None:
    event, (first, second, third) = planned.event(1), planned.clients(3)
    planned.invite(event, third)
    planned.register(event, first)
    planned.register(event, second)
    assert [(each.name, each.day) for each in PartyDay.select()] == [("coming", DAY)]
    planning.cancel(event.id, "the hall is flooded", TODAY, NOW)
    days = {(each.name, each.day, each.client_id) for each in PartyDay.select()}
    told = {Client.get(Client.client_no == each).id for each in (first, second)}
    assert days == {("called_off", TODAY, each) for each in told}
