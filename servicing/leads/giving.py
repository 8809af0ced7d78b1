"""A client names a friend: a name, and one way to reach them, and no more (domain.md §19.3)."""

import datetime
from dataclasses import dataclass

from policies import database, lead
from policies.importing.cells import phones
from policies.lead import Spans
from policies.models import Client
from servicing.core import errors, trail
from servicing.core.lead_models import Lead
from servicing.core.settings import Leads
from servicing.leads import asking
from servicing.messages import suppressions

LONGEST_NAME, LONGEST_REACH = 100, 200


@dataclass(frozen=True)
class Named:
    """A friend whom a client has named."""

    client_no: str
    name: str
    phone: str
    email: str
    """Of both ways to reach the friend exactly one."""
    on: datetime.date
    by: str


def spans(rules: Leads) -> Spans:
    """How long leads live, by the settings."""
    return Spans(rules.consent_days, rules.lead_days)


def give(
    named: Named, rules: Leads, country: str, today: datetime.date, now: datetime.datetime
) -> Lead:
    """Keep a friend whom a client has named; belongs to the last time that the client was asked.

    Nothing is sent to the friend. Raises `ClientNotFound`, and `LeadRefused` for a name or a way to
    reach them that is none, a day to come, a client who has died, and a friend who is named already.
    """
    name, reach = _name(named), _reach(named, country)
    asking.refuse_later(named.on, today)
    client = asking.client_for(named.by, named.client_no, today)
    if client.erased_on is not None or client.deceased_on is not None:
        raise errors.LeadRefused("lead_of_nobody", client_no=named.client_no)
    until = lead.last_day(lead.NEW, named.on, None, spans(rules))
    if until is None or until < today:
        raise errors.LeadRefused("lead_too_old", on=named.on, days=rules.consent_days)
    with database.exclusive(f"referrals of {client.person_id or client.id}"):
        _refuse_named_twice(client, reach)
        asked = asking.last_ask(client)
        made = Lead.create(
            client=client,
            ask=asked if asked is not None and asked.asked_on <= named.on else None,
            agent=asking.agent_for(named.by, client, today),
            name=name,
            reach=reach,
            state=lead.NEW,
            given_on=named.on,
            until=until,
            recorded_by=named.by,
            recorded_at=now,
        )
        tell(made, "named", named.by, now)
    return made


def tell(of: Lead, what: str, by: str, now: datetime.datetime, **facts: str) -> None:
    """A line on the card of who has named the friend; nothing of the friend stands in it."""
    said = trail.facts(lead=of.id, **facts, by=by)
    trail.write([trail.Entry(of.client_id, None, None, f"lead.{what}", said)], now)


def _name(named: Named) -> str:
    name = " ".join(named.name.split())
    if not name or len(name) > LONGEST_NAME:
        raise errors.LeadRefused("lead_bad_name", most=LONGEST_NAME)
    return name


def _reach(named: Named, country: str) -> str:
    phone, email = named.phone.strip(), named.email.strip()
    if bool(phone) == bool(email):
        raise errors.LeadRefused("lead_one_reach")
    if phone:
        number = phones.to_e164(phone, country)
        if not number:
            raise errors.LeadRefused("lead_no_phone", value=phone)
        return number
    local, _, domain = email.partition("@")
    is_address = local and "." in domain and not set(email) & set(" ,;@<>") - {"@"}
    if not is_address or "@" in domain or len(email) > LONGEST_REACH:
        raise errors.LeadRefused("lead_no_email", value=email)
    return suppressions.normalised("email", email)


def _refuse_named_twice(client: Client, reach: str) -> None:
    """The same friend twice of one client is a press too many; of two clients it is two leads."""
    is_it = (Lead.client == client) & Lead.is_open & (Lead.reach == reach)
    known = Lead.get_or_none(is_it)
    if known is not None:
        raise errors.LeadRefused("lead_named_already", lead_id=known.id)
