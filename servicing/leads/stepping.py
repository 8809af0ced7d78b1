"""A lead is moved by one step, by somebody or since its time is over (domain.md §19.3)."""

import datetime
from dataclasses import dataclass

from policies import database, lead, shredding
from policies.dates import ONE_DAY
from policies.lead import CONSENTS, LOSSES, Spans, Step
from policies.models import Client
from servicing.core import errors
from servicing.core.lead_models import Lead
from servicing.core.runtime import IsOver
from servicing.leads import asking, giving, queries

BY = "servicing"
"""Who ends a lead whose time is over."""

BATCH = 500

TOLD = {lead.EXPIRED: "lapsed"}
"""How a card calls a state: what has expired there is what was kept long enough."""

DAYS = ("given_on", "consented_on", "contacted_on", "met_on")
"""The columns of the days on which a lead has moved."""


@dataclass(frozen=True)
class Order:
    """What somebody does with a lead."""

    lead_id: int
    step: str
    """By its id, or by the state that it leads to."""
    on: datetime.date
    by: str
    how: str = ""
    """One of `policies.lead.CONSENTS`."""
    reason: str = ""
    """One of `policies.lead.LOSSES`."""
    friend_no: str = ""
    """The client that the friend has become."""
    birthday: datetime.date | None = None
    """Of the friend, who has agreed."""


def of_number(lead_id: int, by: str, today: datetime.date) -> Lead:
    """A lead of a client whom somebody may see; raises `LeadNotFound`."""
    found: Lead | None = Lead.get_or_none(Lead.id == lead_id) if 0 < lead_id < 1 << 63 else None
    try:
        if found is not None:
            asking.client_for(by, found.client.client_no, today)
            return found
    except errors.ClientNotFound:
        pass
    raise errors.LeadNotFound(lead_id)


def step(order: Order, spans: Spans, today: datetime.date, now: datetime.datetime) -> Lead:
    """Take a step of a lead.

    Raises `LeadNotFound`, `ClientNotFound` for a friend who is no client, and `LeadRefused` for a step
    that there is not or that cannot be taken now, for what it needs and has not, and for a day that is
    before the lead's last step or to come.
    """
    asking.refuse_later(order.on, today)
    with shredding.without_traces(), database.exclusive("leads"):
        found = of_number(order.lead_id, order.by, today)
        taken = _step(found, order)
        _check(found, taken, order)
        _take(found, taken, order, spans)
        tell_end(found, order.by, now)
    if not found.is_open:
        shredding.empty_log()
    return found


def _step(found: Lead, order: Order) -> Step:
    taken = lead.step(order.step)
    steps = [each.id for each in lead.steps_from(found.state)]
    if taken is None or taken.id not in steps:
        facts = {"lead_id": found.id, "step": order.step, "lead_state": found.state}
        code = "lead_no_step" if steps else "lead_has_ended"
        raise errors.LeadRefused(code, **facts, known=steps)
    return taken


def _check(found: Lead, taken: Step, order: Order) -> None:
    earliest = max(filter(None, [getattr(found, each) for each in DAYS]))
    if order.on < earliest:
        raise errors.LeadRefused("lead_before", on=order.on, earliest=earliest)
    if found.until is not None and order.on > found.until:
        raise errors.LeadRefused("lead_over", lead_id=found.id, until=found.until)
    if taken.needs == "how" and order.how not in CONSENTS:
        raise errors.LeadRefused("lead_needs_how", known=list(CONSENTS))
    if taken.needs == "reason" and order.reason not in LOSSES:
        raise errors.LeadRefused("lead_needs_reason", known=list(LOSSES))
    if taken.needs == "client" and not order.friend_no:
        raise errors.LeadRefused("lead_needs_client")
    if order.birthday is not None and taken.to not in lead.AGREED:
        raise errors.LeadRefused("lead_birthday_before_consent")
    if order.birthday is not None and order.birthday > order.on:
        raise errors.LeadRefused("lead_birthday_later", value=order.birthday)


def _take(found: Lead, taken: Step, order: Order, spans: Spans) -> None:
    if taken.to in lead.AGREED:
        _date(found, taken.to, order.on)
        found.consent_by = order.how or found.consent_by
        found.birthday = order.birthday or found.birthday
        found.state = taken.to
        found.until = lead.last_day(taken.to, found.given_on, found.consented_on, spans)
        found.save()
        return
    if taken.to == lead.WON:
        win(found, _friend(order, found), order.on)
        return
    end(found, taken.to, order.on, order.reason if taken.to == lead.LOST else "")


def _date(found: Lead, state: str, on: datetime.date) -> None:
    """Keep the day of a state; who was met was contacted."""
    if state == lead.CONSENTED:
        found.consented_on = on
    if state in (lead.CONTACTED, lead.MET) and found.contacted_on is None:
        found.contacted_on = on
    if state == lead.MET:
        found.met_on = on


def _friend(order: Order, found: Lead) -> Client:
    friend: Client | None = Client.get_or_none(Client.client_no == order.friend_no)
    if friend is None or friend.erased_on is not None:
        raise errors.ClientNotFound(order.friend_no)
    if friend.id == found.client_id or friend.person_id == (found.client.person_id or -1):
        raise errors.LeadRefused("lead_is_giver", client_no=order.friend_no)
    if friend.referred_by not in ("", found.client.client_no):
        raise errors.LeadRefused(
            "lead_by_another", client_no=order.friend_no, referrer=friend.referred_by
        )
    return friend


def win(found: Lead, friend: Client, on: datetime.date) -> None:
    """The friend has become a client, who was referred by the giver."""
    if not friend.referred_by:
        Client.update(referred_by=found.client.client_no).where(Client.id == friend.id).execute()
    found.friend = friend
    end(found, lead.WON, on, "")


def end(found: Lead, state: str, on: datetime.date, reason: str) -> None:
    """A lead has ended: what was known of the friend goes at once."""
    found.state, found.reason, found.is_open = state, reason, False
    found.ended_on, found.until = on, None
    found.name, found.reach, found.birthday = "", "", None
    found.save()


def tell_end(found: Lead, by: str, now: datetime.datetime) -> None:
    """The state of a lead, as the card of its giver tells it."""
    facts = {"lost_as": found.reason} if found.reason else {}
    giving.tell(found, TOLD.get(found.state, found.state), by, now, **facts)


@dataclass(frozen=True)
class Ended:
    """How many leads have ended by themselves."""

    expired: int = 0
    no_consent: int = 0


def run_out(today: datetime.date, now: datetime.datetime, is_over: IsOver = lambda: False) -> Ended:
    """End the leads whose last day is over, each as of the day after it; it may end early."""
    expired = no_consent = 0
    while not is_over():
        with shredding.without_traces(), database.explained(), database.exclusive("leads"):
            some = [Lead.get_by_id(each) for each in queries.ran_out(today, BATCH)]
            for each in some:
                assert each.until is not None  # it is open
                as_what, on = lead.run_out(each.state), each.until + ONE_DAY
                end(each, as_what, on, "")
                tell_end(each, BY, now)
                expired += as_what == lead.EXPIRED
                no_consent += as_what == lead.NO_CONSENT
        if len(some) < BATCH:
            break
    if expired or no_consent:
        shredding.empty_log()
    return Ended(expired, no_consent)
