"""An event on the day on which it is held, for whoever looks at its pages."""

import datetime

from servicing.core.account_models import User
from servicing.core.event_models import ClientEvent
from servicing.events import parties, planning
from servicing.events.parties import Order
from servicing.events.planning import Wish


def open_event(now: datetime.datetime, by: str, **facts: object) -> ClientEvent:
    """One that somebody has planned and another one has approved a week ago: for today, open."""
    then = now - datetime.timedelta(days=7)
    said = {
        **{"title": "品茗会", "place": "花园厅", "capacity": 4, "cost_each": 2500},
        **{"starts_at": now + datetime.timedelta(hours=5), "held_on": now.date()},
        "gifts": "茶叶一罐",
    }
    made = planning.add(Wish(**{**said, **facts}), "author", then)
    planning.approve(made.id, by, then.date(), then)
    return planning.open_to_clients(made.id, then)


def register(of: ClientEvent, client_no: str, now: datetime.datetime, persons: int = 1) -> None:
    then = now - datetime.timedelta(days=7)
    parties.register(Order(of.id, client_no, "author", then.date(), then), persons)


def today_at(now: datetime.datetime, client_no: str) -> int:
    """The number of an event of today to which a client comes with another one."""
    office = User.get(User.role == "operations")
    made = open_event(now, office.login)
    register(made, client_no, now, 2)
    return int(made.id)
