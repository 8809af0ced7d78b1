"""Events as the tests plan them, and clients who are invited to them."""

import datetime
from typing import Any

from policies.models import Client, Policy
from servicing.core.account_models import User
from servicing.core.event_models import ClientEvent, EventParty
from servicing.core.models import Message, Touchpoint
from servicing.events import inviting, parties, planning
from servicing.events.inviting import Invited
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


def sent(client: Client, key: str, at: datetime.datetime = NOW, **facts: Any) -> Message:
    """A message to a client has left: by SMS to their number, if nothing else is said."""
    policy = Policy.select().where(Policy.client == client).order_by(Policy.id).first()
    on, number = at.date(), Touchpoint.select().count()
    touchpoint = Touchpoint.create(
        key=key,
        occurrence=f"{number}",
        scope="client",
        anchor_on=on,
        due_on=on,
        found_on=on,
        policy=policy,
        client=client,
    )
    said = {"channel": "sms", "address": client.phone, "state": "delivered", "reason": "delivered"}
    return Message.create(
        touchpoint=touchpoint,
        policy=policy,
        client=client,
        agent_id=policy.agent_id,
        message_class="marketing",
        template=key,
        locale="en",
        params="{}",
        subject="",
        body="",
        parts=1,
        encoding="",
        provider="outbox",
        planned_on=on,
        claimed_at=at,
        **{**said, **facts},
    )


def written_to(
    of: ClientEvent, client: Client, at: datetime.datetime = NOW, **facts: Any
) -> Message:
    """The plan has invited a client by a message."""
    message = sent(client, "event", at, **facts)
    inviting.invited([Invited(of.id, client.id, message.touchpoint_id)], at)
    return message
