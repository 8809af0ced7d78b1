"""Client events on the pages: who sees what, the list, the steps, and the door on a phone."""

import re

import pytest

from policies.models import Policy
from servicing.core.event_models import ClientEvent, EventParty
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web import guests
from tests.servicing.web.conftest import Visit
from tests.servicing.web.guests import TODAY
from tests.servicing.web.visits import MOST_STATEMENTS, statements, text_of


def state_of(client_no: str) -> str:
    party = next(each for each in EventParty.select() if each.client.client_no == client_no)
    return str(party.state)


WHO = ("chenyan", "sunli", "team", "shanghai", "beijing", "ops", "admin")


@pytest.mark.parametrize(
    ("unit", "sees"),
    [
        ({}, set(WHO)),
        ({"branch": "上海"}, {"chenyan", "team", "shanghai", "ops", "admin"}),
        ({"team": "一部"}, {"chenyan", "team", "shanghai", "ops", "admin"}),
        ({"branch": "北京"}, {"sunli", "beijing", "ops", "admin"}),
    ],
)
def test_an_event_is_seen_by_those_whose_clients_it_is_for(
    visit: Visit, unit: dict[str, str], sees: set[str]
) -> None:
    event = guests.event(**unit)
    for login in WHO:
        visitor = visit(login)
        assert ("品茗会" in visitor.get("/events").text) == (login in sees), login
        answers = [visitor.get(f"/events/{event.id}{each}").status_code for each in ("", "/paper")]
        assert answers == [200 if login in sees else 404] * 2, login
        door = visitor.get(f"/events/{event.id}/door").status_code
        assert door == (200 if login in sees - {"admin"} else 404), login


def test_a_reader_sees_their_own_clients_of_an_event_and_the_numbers_of_all(visit: Visit) -> None:
    event = guests.event()
    guests.register(event, "C001", 2)
    guests.register(event, "C900")
    for login, own, others in (
        *((each, "C001", "C900") for each in ("chenyan", "team", "shanghai")),
        *((each, "C900", "C001") for each in ("sunli", "beijing")),
    ):
        for page in ("", "/door", "/paper", "?as=csv"):
            told = visit(login).get(f"/events/{event.id}{page}")
            text = told.data.decode("utf-8-sig") if "as" in page else text_of(told)
            assert own in text and others not in text, (login, page)
        assert "3 / 4" in text_of(visit(login).get(f"/events/{event.id}"))
    everybody = text_of(visit("ops").get(f"/events/{event.id}"))
    assert "C001" in everybody and "C900" in everybody


def test_an_event_goes_its_way_by_the_rules_of_the_commands(visit: Visit) -> None:
    planned = guests.draft("shanghai")
    at, manager = f"/events/{planned.id}", visit("shanghai")
    manager.post(at, do="approve")
    assert "由 'shanghai' 草拟，须由他人批准" in text_of(manager.get(at))
    assert ClientEvent.get().state == "draft"
    assert visit("chenyan").post(at, do="approve").status_code == 404
    visit("team").post(at, do="approve")
    found = ClientEvent.get()
    assert (found.state, found.approved_by) == ("approved", "team")
    manager.post(at, do="open")
    guests.register(planned, "C001")
    visit("ops").post(at, do="hold")
    assert (ClientEvent.get().state, state_of("C001")) == ("held", "no_show")
    assert manager.post(at, do="rubbish").status_code == 400
    assert 'value="cancel"' not in manager.get(at).text


def test_calling_off_wants_a_reason(visit: Visit) -> None:
    event, office = guests.event(), visit("ops")
    office.post(f"/events/{event.id}", do="cancel", why=" ")
    assert ClientEvent.get().state == "open"
    office.post(f"/events/{event.id}", do="cancel", why="场地不可用")
    found = ClientEvent.get()
    assert (found.state, found.why) == ("cancelled", "场地不可用")
    assert "场地不可用" in text_of(office.get(f"/events/{event.id}"))


def test_an_agent_registers_confirms_and_withdraws_clients_of_their_own(visit: Visit) -> None:
    event, agent = guests.event(), visit("chenyan")
    at = f"/events/{event.id}"
    assert "林伟" in text_of(agent.get(f"{at}?q=C001"))
    assert "孙" not in text_of(agent.get(f"{at}?q=C900")).split("来宾名单")[0].split("登记客户")[1]
    for do, state in (
        ("register", "registered"),
        ("confirm", "confirmed"),
        ("withdraw", "cancelled"),
        ("register", "registered"),
        ("decline", "declined"),
    ):
        assert agent.post(f"{at}/parties", client_no="C001", do=do, persons="2").status_code == 303
        assert state_of("C001") == state
    assert "party_" not in agent.get(at).text
    assert agent.post(f"{at}/parties", client_no="C900", do="register").status_code == 404
    assert agent.post(f"{at}/parties", client_no="C001", do="eat").status_code == 400
    assert visit("admin").post(f"{at}/parties", client_no="C001", do="register").status_code == 404
    assert [line for line in cast.trail_of(cast.lin_wei()) if line.startswith("event.")] == [
        "event.registered",
        "event.confirmed",
        "event.cancelled",
        "event.registered",
        "event.declined",
    ]


def test_a_client_in_free_look_is_not_invited_on_the_page_either(visit: Visit) -> None:
    event, agent = guests.event(), visit("chenyan")
    Policy.update(delivered_on=TODAY).execute()
    agent.post(f"/events/{event.id}/parties", client_no="C001", do="invite")
    assert not EventParty.select().exists()
    assert "犹豫期" in text_of(agent.get(f"/events/{event.id}"))


def test_whoever_has_come_is_ticked_in_one_tap_and_a_walk_in_in_two(visit: Visit) -> None:
    event, agent = guests.event(capacity=5), visit("chenyan")
    guests.register(event, "C001", 2)
    at = f"/events/{event.id}/door"
    page = agent.get(at).text
    assert re.findall('name="client_no" value="([^"]+)"', page) == ["C001"]
    agent.post(at, client_no="C001", do="attend", persons="3")
    assert (state_of("C001"), ClientEvent.get().taken) == ("attended", 3)
    agent.post(at, client_no="C001", do="absent")
    assert (state_of("C001"), ClientEvent.get().taken) == ("no_show", 0)
    other = visit("sunli")  # the search is the first tap, the button the second one
    assert re.findall('name="client_no" value="([^"]+)"', other.get(f"{at}?q=C900").text) == [
        "C900"
    ]
    other.post(at, client_no="C900", do="attend", persons="1")
    assert EventParty.get(EventParty.state == "attended").walk_in
    other.post(at, do="guest", persons="4")
    assert ClientEvent.get().taken == 5
    other.post(at, do="guest", persons="1")
    assert ClientEvent.get().taken == 5
    assert other.post(at, do="dance").status_code == 400
    assert other.post(at, client_no="C001", do="attend").status_code == 404


def test_nobody_is_ticked_before_the_day(visit: Visit) -> None:
    later = TODAY.replace(day=20)
    event = guests.event(held_on=later, starts_at=cast.at(later, "14:00"))
    guests.register(event, "C001")
    agent = visit("chenyan")
    page = agent.get(f"/events/{event.id}/door").text
    assert "2026-06-20 起可以签到" in page and 'value="attend"' not in page
    agent.post(f"/events/{event.id}/door", client_no="C001", do="attend")
    assert state_of("C001") == "registered"
    assert f"/events/{event.id}/door" not in agent.get(f"/events/{event.id}").text


def test_an_event_leads_from_where_one_would_look_for_it(visit: Visit) -> None:
    for login, page in (("chenyan", "/day"), ("shanghai", "/month"), ("ops", "/events")):
        assert 'href="/events"' in visit(login).get(page).text


@pytest.mark.parametrize("login", ["chenyan", "shanghai", "ops"])
def test_no_page_of_a_full_event_asks_more_than_a_dozen_times(
    visit: Visit, busy: Workspace, login: str
) -> None:
    visitor = visit(login)
    for path in ("", "?q=C", "?view=coming", "/door", "/door?q=C7", "/paper"):
        with statements() as told:
            assert visitor.get(f"/events/1{path}").status_code == 200
        assert len(told) <= MOST_STATEMENTS, (path, told)
