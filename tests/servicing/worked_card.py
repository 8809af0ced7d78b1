"""The worked card of the assessment (domain.md §14.6) as a book: 91.23 points for Chen Yan.

Chen Yan (A001) has a hundred clients; Sun Li (A900) serves one of another. It is July 2026.
"""

import datetime
from typing import Any

from policies.models import Client, Policy
from servicing.core.models import Task
from servicing.desk import tasks
from tests import cast
from tests.servicing import owed

NOW = datetime.datetime(2026, 7, 20, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
WALKER = cast.walker(owed.only(owed.touchpoint("month_4")))


def live() -> cast.Cast:
    """Fill a book that is open."""
    people = cast.people()
    clients = [
        Client.create(client_no=f"C1{number:02}", name="林伟", phone="") for number in range(100)
    ]
    hold = Holder(people.chen_yan)
    for number, client in enumerate(clients):  # 902 of 1,000 are kept: 90.2 %
        premium = 8 if number == 99 else 12 if number == 50 else 10
        hold(client, "2025-05-12", premium, "2025-10-01" if number >= 90 else None)
    for number in range(23):  # 9 of 100 have bought again: 9 %
        hold(clients[number % 9], "2026-02-10")
    for number in (1, 2):  # 2 have come by referral
        friend = Client.create(client_no=f"C2{number}", name="周明", referred_by="C100")
        hold(friend, "2026-02-10")
    Holder(people.sun_li)(people.zhou_ming, "2025-05-12")
    cast.walk_only("2026-06-10", WALKER)
    calls = list(Task.select().order_by(Task.id))
    assert len(calls) == 25  # of which 24 were made: 96 %
    for each in calls[1:]:
        tasks.done(each.id, cast.at("2026-06-12"))
    cast.change(calls[0], state="missed", ended_at=cast.at("2026-06-30"))
    return people


class Holder:
    """Gives clients policies of an agent."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent

    def __call__(
        self, client: Client, issued: str, premium: int = 10, ended_on: str | None = None
    ) -> None:
        status = "surrendered" if ended_on else "in_force"
        number = f"P{Policy.select().count() + 1:03}"
        facts: dict[str, Any] = {"annual_premium": str(premium), "status": status}
        cast.give_policy(client, number, issued, agent=self._agent, ended_on=ended_on, **facts)
