"""A book in which every list of the pages has a line, on the morning of 1 June 2026."""

import datetime
from dataclasses import replace

from policies.models import Agent, Client, Policy
from servicing.cases import desks, opening, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.core import accounts, card_views
from servicing.messages import suppressions
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.cases import opened
from tests.servicing.web import desk_callbacks, desk_work, drawn_checks, guests, unit_month
from tests.servicing.web.visits import NOW, account


def live(space: Workspace) -> None:
    """So that every list has a line: what is to be collected from Lin Wei and another client, a month."""
    for number, client in enumerate((cast.lin_wei(), Client.create(client_no="C7", name="某人"))):
        policy = cast.give_policy(
            client, f"P6{number}", "2025-05-20", annual_premium="1234.50", agent=cast.agent()
        )
        cast.give_premium(policy, "2025-05-20", paid_on="2025-05-20", amount="1234.50")
        cast.give_premium(policy, "2026-05-20", amount="1234.50")
    unit_month.live()
    _a_bad_morning()
    cast.change(Client.get(client_no="C7"), birthday=cast.day("1980-06-20"))
    cast.change(cast.agent("A900"), left_on=cast.day("2026-05-01"))
    judged()
    Policy.update(currency="CNY").execute()
    looked_at_and_administered()
    registered()
    desk_callbacks.live(space)
    complained()
    at_risk()
    drawn_checks.live(space)
    desk_work.live()
    guests.live()


def _a_bad_morning() -> None:
    """Messages that failed or are unknown, opt-outs, an agent who has left, a client not told of it."""
    for number, state, reason in ((1, "unknown", "no_answer"), (2, "failed", "content_refused")):
        policy = cast.give_policy(cast.lin_wei(), f"P5{number}", "2026-04-30")
        cast.give_message(policy, "2026-05-30", state=state, reason=reason, provider="twilio")
    suppressions.suppress("sms", "+12025550111", "opted_out", "reply", NOW)
    suppressions.suppress("email", "wrong@mail.example", "wrong", "smtp 550", NOW)
    gone = Agent.create(agent_no="A777", name="何去", left_on=datetime.date(2026, 4, 1))
    cast.give_policy(Client.create(client_no="C77", name="孤儿"), "P77", "2024-05-20", agent=gone)
    new = cast.give_policy(Client.create(client_no="C78", name="新人"), "P78", "2024-05-20")
    cast.give_handing(new, "2026-05-01", was=gone)


def judged() -> None:
    """Policies of a cohort that is complete: one kept, one lost, one that is not counted."""
    for number, paid_on, facts in (
        ("P41", "2026-01-12", {}),
        ("P42", None, {}),
        ("P43", None, {"status": "free_look_cancelled", "ended_on": "2025-01-15"}),
    ):
        client = Client.create(client_no=f"C{number}", name="某人", referred_by="C001")
        policy = cast.give_policy(
            client, number, "2025-01-10", annual_premium="1200.00", agent=cast.agent(), **facts
        )
        cast.give_premium(policy, "2025-01-10", paid_on="2025-01-10", amount="1200.00")
        cast.give_premium(policy, "2026-01-10", paid_on=paid_on, amount="1200.00")


def looked_at_and_administered() -> None:
    """Chen Yan has seen a card; her colleague's account was disabled, and enabled again."""
    card_views.looked_at(account("chenyan"), cast.lin_wei().id, NOW, NOW.date())
    for is_disabled in (True, False):
        accounts.set_disabled(account("sunli"), is_disabled, NOW)


def registered() -> None:
    """Complaints at the desk, of which operations is: new, taken by a manager, and withdrawn."""
    desks.put(account("ops"), {"complaint"}, NOW)
    opened.complaint("2026-05-28", about="A001", categories=("service_attitude",))
    taken = opened.complaint("2026-05-04")
    opened.done(taken, "accept", on="2026-05-05")
    given = opened.SAID._replace(person=account("shanghai").login)
    order = Order(taken.id, "assign", opened.BY, cast.day("2026-05-05"), given)
    stepping.step(opened.CHINA, order, opened.TODAY, opened.NOW)
    opened.done(opened.complaint("2026-05-20", client_no=""), "withdraw", on="2026-05-21")


def complained() -> None:
    """Complaints of May about Chen Yan, one of them at the press by now, and one about nobody."""
    said = {"categories": ("service_attitude",), "about": "A001", "policy_no": "P001"}
    opened.done(opened.complaint("2026-05-04", **said), "upgrade", on="2026-05-05")
    opened.complaint("2026-05-26", **said)
    opened.complaint("2026-05-29", client_no="")


def at_risk() -> None:
    """A policy of the other client's that may be lost, since its premium has not come in."""
    asked = Request("retention", opened.TODAY, "wants to leave", opened.BY, policy_no="P61")
    opening.open_case(opened.CHINA, replace(asked, source="arrears"), opened.TODAY, opened.NOW)
