"""Events as the tests plan them, and clients who are invited to them."""

import datetime
from typing import Any

from policies.models import Client
from servicing.core.account_models import User
from servicing.core.event_models import ClientEvent, EventParty
from servicing.events import parties, planning
from servicing.events.parties import Order
from servicing.events.planning import Wish
from tests import cast
from tests.servicing.cases.opened import CHINA

NOW = cast.at("2026-05-11", "10:00")
TODAY = NOW.date()
DAY = datetime.date(2026, 6, 20)
DOOR = cast.at(DAY, "14:05")
BY = "root"


def approver(login: str = "office", role: str = "operations") -> User:
    known: User | None = User.get_or_none(User.login == login)
    if known is not None:
        return known
    made: User = User.create(
        login=login, name=login, role=role, password="", session_key=login, made_at=NOW
    )
    return made


def wish(capacity: int = 2, **facts: Any) -> Wish:
    said = {
        "title": "品茗会",
        "place": "花园厅",
        "starts_at": cast.at(DAY, "14:00"),
        "held_on": DAY,
    }
    return Wish(**{**said, "capacity": capacity, **facts})


def event(capacity: int = 2, **facts: Any) -> ClientEvent:
    """One that is open."""
    made = planning.add(wish(capacity, **facts), "author", NOW)
    approver()
    planning.approve(made.id, "office", TODAY, NOW)
    return planning.open_to_clients(made.id, NOW)


def clients(count: int) -> list[str]:
    rows = [
        {"client_no": f"K{each:03}", "name": f"客户{each}", "phone": f"+1202555{each:04}"}
        for each in range(1, count + 1)
    ]
    Client.insert_many(rows).execute()
    return [row["client_no"] for row in rows]


def order(of: ClientEvent, client_no: str, at: datetime.datetime = NOW) -> Order:
    return Order(of.id, client_no, BY, at.astimezone(NOW.tzinfo).date(), at)


def invite(of: ClientEvent, client_no: str, *, is_reached: bool = True) -> EventParty:
    return parties.invite(CHINA, order(of, client_no), is_reached=is_reached)


def register(of: ClientEvent, client_no: str, persons: int = 1) -> str:
    return str(parties.register(order(of, client_no), persons).state)


def state_of(client_no: str) -> str:
    found = EventParty.get(EventParty.client == Client.get(Client.client_no == client_no))
    return str(found.state)


def taken(of: ClientEvent) -> int:
    return int(ClientEvent.get_by_id(of.id).taken)
