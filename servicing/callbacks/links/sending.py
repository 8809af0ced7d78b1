"""A link is sent to a client: committed as begun, handed to the provider, and what came of it kept.

It is no marketing, and nobody may end it by a click: the law asks for the call-back. What the owner of
a number has refused holds all the same.
"""

import datetime
import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import peewee

from policies import database
from policies.case_moves import Given
from policies.models import Client, Policy
from servicing.breaker import halts
from servicing.callbacks import calling
from servicing.callbacks.calling import House
from servicing.callbacks.links import signed
from servicing.callbacks.links.signed import Link
from servicing.callbacks.queries import CALLED_IN, ROOM
from servicing.cases import stepping
from servicing.cases.stepping import Order
from servicing.channels import Accepted, Channel, Directory, Outgoing, Unknown
from servicing.core import errors, i18n
from servicing.core.account_models import User
from servicing.core.callback_models import CallbackLink
from servicing.core.case_models import Case
from servicing.messages import permission, sms_parts, suppressions

NAME = "callback_link"
"""What it is called at a provider, as a touchpoint and as a template."""

OF_ITS_REFERENCE = "link"
"""Stands where the book's token would: no client's message has it."""

STEP = "link"
"""The entry of the case."""

LASTS = datetime.timedelta(hours=3)
"""A provider may not send it later than so."""


class Post(NamedTuple):
    """By what links are sent."""

    house: House
    directory: Directory
    key: str
    """What signs them."""
    public_url: str
    company: str


@dataclass(frozen=True)
class Sent:
    """A link that was handed over, or was to be."""

    case: int
    link: int
    channel: str
    state: str
    """sent, failed, or unknown."""
    until: datetime.date
    """The last day on which it can be used."""


def send(post: Post, case_id: int, by: str, now: datetime.datetime) -> Sent:
    """Send a link to the client of a call-back, once a day at most.

    Raises `CaseNotFound`, and `CaseRefused` for a case that waits for no answer, for whoever may not
    call, for a client who cannot be written to, outside the hours, and where nothing leaves.
    """
    case = calling.to_be_written_to(post.house, case_id, now)
    if calling.is_own(case, by):
        raise errors.CaseRefused("case_recused", login=by)
    channel, address = _looked_at(post.house, post.public_url, case, now)
    client, policy = case.client, case.policy
    assert client is not None and policy is not None and case.due_on is not None  # looked at above
    link = _begun(post.house, case, channel, by, now)
    carrier = post.directory.route(channel, address)
    state = _handed_over(carrier, _letter(post, case, client, policy, link, channel, address, now))
    CallbackLink.update(state=state).where(CallbackLink.id == link.number).execute()
    return Sent(case.id, link.number, channel, state, case.due_on)


def why_not(
    house: House,
    public_url: str,
    case: Case,
    now: datetime.datetime,
    links: Collection[CallbackLink],
) -> errors.CaseRefused | None:
    """Why a link would be refused now to whoever may call; None: it would be sent.

    `links`: those that were sent to the person.
    """
    try:
        calling.refuse_bereaved(case)
        _looked_at(house, public_url, case, now)
        _refuse_second(house, case, links, now)
    except errors.CaseRefused as refused:
        return refused
    return None


def links_to(clients: Collection[int]) -> list[CallbackLink]:
    """The links that were sent to a person, on whichever contract, the last first, and by whom."""
    query: Any = CallbackLink.select(CallbackLink, User.name.alias("name")).join(Case)
    made_by = User.login == CallbackLink.made_by
    named = query.join_from(CallbackLink, User, peewee.JOIN.LEFT_OUTER, on=made_by)
    theirs = named.where(Case.client.in_(sorted(clients)))
    return list(theirs.order_by(CallbackLink.id.desc()).objects())


# ------------------------------------------------------------------------------------ may it be sent


def _looked_at(
    house: House, public_url: str, case: Case, now: datetime.datetime
) -> tuple[str, str]:
    """The channel and the address by which it would go; raises `CaseRefused` where it may not."""
    _refuse_case(house, public_url, case, now)
    assert case.client is not None  # as every call-back has one
    channel, address = _way(case.client)
    if halts.halted().holds(channel, NAME):
        raise errors.CaseRefused("link_halted", channel=channel)
    _refuse_hour(house, case.client, now)
    return channel, address


def _refuse_case(house: House, public_url: str, case: Case, now: datetime.datetime) -> None:
    today = now.astimezone(house.zone).date()
    if not public_url:
        raise errors.CaseRefused("link_no_address")
    if case.state not in CALLED_IN or case.due_on is None or today > case.due_on:
        raise errors.CaseRefused("link_not_now", case_id=case.id, at=case.state)


def _way(client: Client) -> tuple[str, str]:
    """The channel and the address by which the client is written to; raises `CaseRefused`."""
    channel = permission.channel_of(client)
    address = client.email if channel == "email" else client.phone
    refused = permission.no_address(client, channel)
    kind: suppressions.Kind = "email" if channel == "email" else "sms"
    if refused or suppressions.why_not(kind, address):
        raise errors.CaseRefused("link_no_way", client_no=client.client_no)
    return channel, address


def _refuse_hour(house: House, client: Client, now: datetime.datetime) -> None:
    zone = zoneinfo.ZoneInfo(client.timezone) if client.timezone else house.zone
    here, hours = now.astimezone(zone), house.hours
    if not hours.first <= here.hour < hours.end:
        facts = {"first": f"{hours.first:02}:00", "end": f"{hours.end:02}:00"}
        raise errors.CaseRefused("link_outside_hours", at=f"{here:%H:%M}", **facts)


def _refuse_second(
    house: House, case: Case, links: Collection[CallbackLink], now: datetime.datetime
) -> None:
    """One a day goes to a person, unless it has failed."""
    today = now.astimezone(house.zone).date()
    for each in links:
        if each.state != "failed" and each.made_at.astimezone(house.zone).date() == today:
            raise errors.CaseRefused("link_sent_today", case_id=case.id)


# ------------------------------------------------------------------------------------ what is written


def _begun(house: House, case: Case, channel: str, by: str, now: datetime.datetime) -> Link:
    """The row of the link, with an entry of each contract, before anybody is handed anything."""
    today, secret = now.astimezone(house.zone).date(), signed.fresh_secret()
    numbers = calling.numbers_of(case)
    with database.exclusive(f"calls to {min(numbers)}"):
        _refuse_second(house, case, links_to(numbers), now)
        made = CallbackLink.create(
            case=case,
            digest=signed.digest(secret),
            channel=channel,
            made_at=now,
            made_by=by,
            state="begun",
        )
        for each in calling.to_call_of(numbers, calling.agent_id(by)):
            on = max(stepping.of_number(each.case).moved_on, today)
            order = Order(each.case, STEP, by, on, Given(), room=ROOM, is_aside=True)
            stepping.step(house.ground, order, today, now)
    return Link(int(made.id), secret)


def _handed_over(channel: Channel, message: Outgoing) -> str:
    try:
        answer = channel.send(message)
    finally:
        channel.close()
    if isinstance(answer, Accepted):
        return "sent"
    return "unknown" if isinstance(answer, Unknown) else "failed"


def _letter(
    post: Post,
    case: Case,
    client: Client,
    policy: Policy,
    link: Link,
    channel: str,
    address: str,
    now: datetime.datetime,
) -> Outgoing:
    """The message, in the client's language. It does not say by what the client is recognised."""
    locale = i18n.spoken(client.language or post.house.locale)
    assert case.due_on is not None
    params = {
        "company": post.company,
        "name": client.name,
        "day": case.due_on.isoformat(),
        "url": signed.url(post.public_url, post.key, link),
    }
    body = i18n.say(NAME, channel, locale, **params)
    measured = sms_parts.measure(body)
    return Outgoing(
        id=link.number,
        channel=channel,
        address=address,
        touchpoint=NAME,
        template=NAME,
        locale=locale,
        params=params,
        subject=i18n.say(NAME, "subject", locale, **params) if channel == "email" else "",
        body=body,
        parts=measured.parts if channel == "sms" else 1,
        encoding=measured.encoding if channel == "sms" else "",
        message_class="service",
        planned_on=now.astimezone(post.house.zone).date(),
        client_no=client.client_no,
        policy_tail="",
        agent_name=post.company,
        handed_over_at=now,
        not_after=now + LASTS,
        token=OF_ITS_REFERENCE,
        mark=str(case.id),
    )
