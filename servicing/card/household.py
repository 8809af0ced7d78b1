"""The people around a client: who they are, their birthdays, and what those have who are clients, too."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import peewee

from policies import inforce, lunar, models, occasions
from policies.models import Client, Policy
from servicing.card import summary
from servicing.card.card import Card
from servicing.card.notes import Relative
from servicing.core import visibility
from servicing.core.account_models import User


@dataclass
class Member:
    """Somebody who belongs to a client."""

    kin: str
    name: str
    note: str
    client_no: str
    is_known: bool
    """A client whom the reader may see; of others who are clients only the number is told."""
    birthday: datetime.date | None
    policies: int = 0
    premiums: dict[str, Decimal] = field(default_factory=dict)
    """A year, by currency."""
    lunar_day: str = ""
    """The birthday by the lunar calendar, 闰六月初六, of one who keeps it by that; else empty."""
    deceased_on: datetime.date | None = None
    """A day of death that the card says."""


@dataclass(frozen=True)
class Household:
    """The family, and what all of them, the client among them, have in force."""

    members: list[Member]
    policies: int
    premiums: dict[str, Decimal]


@dataclass(frozen=True)
class Related:
    """A client who belongs to another, and what they have in force: nothing is known of the rest."""

    client_no: str
    birthday: datetime.date | None
    policies: int
    premiums: dict[str, Decimal]


def related(card: Card, user: User, on: datetime.date, agent_id: int | None) -> dict[str, Related]:
    """The related clients of a card whom the user may see, by number.

    With an `agent_id`, what they have is told of the policies that she serves alone.
    """
    numbers = {card.referred_by} | {each.client_no for each in card.referrals}
    numbers |= {each.client_no for each in card.family}
    held = Policy.alias("p")
    is_told = (held.client == Client.id) & peewee.SQL(inforce.in_force("p", on))
    if agent_id is not None:
        is_told &= held.agent == agent_id
    is_paid = peewee.SQL(f"NOT {inforce.owes_no_premium('p')} AND p.payment_mode <> 'single'")
    total = peewee.fn.SUM(peewee.Case(None, [(is_paid, held.annual_premium)], 0))
    query: Any = (
        Client.select(
            Client.client_no,
            Client.birthday,
            held.currency,
            peewee.fn.COUNT(held.id),
            total.coerce(False),
        )
        .join(held, peewee.JOIN.LEFT_OUTER, on=is_told)
        .where(Client.client_no.in_(sorted(numbers - {""})))
        .group_by(Client.client_no, Client.birthday, held.currency)
        .order_by(Client.client_no)
    )
    if not numbers - {""}:
        return {}
    if visibility.is_limited(user):
        query = query.where(visibility.seen(user, on))
    found: dict[str, Related] = {}
    for client_no, birthday, currency, count, hundredths in query.tuples():
        was = found.setdefault(client_no, Related(client_no, birthday, 0, {}))
        premiums = {currency: models.amount(int(hundredths))} if hundredths else {}
        found[client_no] = replace(
            was, policies=was.policies + count, premiums=was.premiums | premiums
        )
    return found


def of(card: Card, on: datetime.date, known: Mapping[str, Related]) -> Household:
    """The household of a card; `known`: the related clients whom the reader may see."""
    members = [_member(each, known) for each in card.family]
    own = [each for each in card.policies if summary.is_in_force(each, on)]
    premiums = summary.premiums_of(own)
    for each in {it.client_no: it for it in members if it.client_no in known}.values():
        for currency, amount in each.premiums.items():
            premiums[currency] = premiums.get(currency, Decimal(0)) + amount
    clients = {each.client_no for each in members} & known.keys()
    return Household(members, len(own) + sum(known[each].policies for each in clients), premiums)


def _member(of: Relative, known: Mapping[str, Related]) -> Member:
    if of.client_no and of.client_no not in known:
        return Member(of.kin, of.name, "", of.client_no, False, None)
    client = known.get(of.client_no)
    if client is None:
        told = of.kin, of.name, of.note, "", True, of.birthday
        return Member(*told, lunar_day=_lunar_day(of), deceased_on=of.deceased_on)
    birthday = of.birthday or client.birthday
    told = of.kin, of.name, of.note, of.client_no, True, birthday
    return Member(*told, client.policies, client.premiums, _lunar_day(of), of.deceased_on)


def _lunar_day(of: Relative) -> str:
    is_known = of.is_lunar and of.birthday and occasions.is_published(of.birthday.year)
    return str(lunar.of(of.birthday)) if is_known and of.birthday else ""
