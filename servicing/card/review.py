"""The review of a family's policies 保单检视: what covers them, what is missing (domain.md §7.6).

It shows a gap. It recommends no product.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import peewee

from policies import cover, inforce
from policies.cover import CoverKind, Covers, Held, Income, KindLine
from policies.models import Client, Policy, Relation
from policies.status import COVERED
from servicing.core.cover_models import Beneficiary, ClientIncome, OtherPolicy


@dataclass(frozen=True)
class Heir:
    """A beneficiary."""

    id: int
    name: str
    kin: str
    place: int
    share: Decimal | None
    """Per cent; None: not said."""


@dataclass(frozen=True)
class Reviewed:
    """A policy of a review."""

    policy_no: str
    """Empty: another insurer's."""
    other_id: int | None
    """Of a policy of another insurer."""
    insurer: str
    """Empty: the company's own."""
    product: str
    kind: CoverKind | None
    """None: unknown."""
    sum_assured: Decimal | None
    """None: unknown."""
    currency: str
    until: datetime.date | None
    status: str
    """Of the company's own."""
    covers: bool
    """Whether it covers on the day; one that is suspended does not."""
    beneficiaries: list[Heir] = field(default_factory=list)


@dataclass(frozen=True)
class Person:
    """Somebody of the family who is a client, with what is known of their cover."""

    client_no: str
    name: str
    kin: str
    """What they are to the client of the review; empty: it is the client."""
    income: Decimal | None
    income_currency: str
    policies: list[Reviewed]
    lines: list[KindLine]
    unknown_kinds: int
    """Policies that cover and of which nobody knows what for."""


@dataclass(frozen=True)
class Review:
    """The review of a family on a day."""

    on: datetime.date
    persons: list[Person]
    """The client first."""
    others: list[str]
    """The kin of those of the family of whom nothing is known here: no clients, or not the reader's."""
    family: list[KindLine]
    """All of them together, without need and gap."""
    is_part: bool
    """Other agents serve policies of theirs, which are not told here."""


@dataclass(frozen=True)
class Reader:
    """Who reads it, and which of the clients of a family may be told of."""

    known: Collection[str]
    """Their numbers."""
    agent_id: int | None = None
    """Only the policies that this agent serves are told; None: all of them."""


def family_numbers(client: Client) -> list[str]:
    """The numbers of those of the family who are clients."""
    query: Any = Relation.select(Relation.client_no).where(Relation.client == client)
    return sorted({number for (number,) in query.tuples()} - {"", client.client_no})


def review(
    client: Client, on: datetime.date, covers: Covers, currency: str, reader: Reader
) -> Review:
    """The review of a client's family; `currency`: of policies for which the book names none."""
    relations = list(Relation.select().where(Relation.client == client).order_by(Relation.id))
    kin = {each.client_no: each.kind for each in relations if each.client_no in reader.known}
    kin.pop(client.client_no, None)
    found = Client.select().where(Client.client_no.in_(sorted(kin))).order_by(Client.client_no)
    people = [client, *(each for each in found if each.erased_on is None)]
    ids = [each.id for each in people]
    own, is_part = _own(ids, on, covers, currency, reader.agent_id)
    others, incomes = _of_others(ids, on), _incomes(ids)
    persons = [
        _person(each, kin, own[each.id] + others[each.id], incomes.get(each.id), covers)
        for each in people
    ]
    held = [_held(policy) for each in persons for policy in each.policies if policy.covers]
    told = {each.client_no for each in persons}
    return Review(
        on=on,
        persons=persons,
        others=[each.kind for each in relations if each.client_no not in told],
        family=cover.review(covers, held, None),
        is_part=is_part,
    )


def _person(
    client: Client,
    kin: Mapping[str, str],
    policies: list[Reviewed],
    income: Income | None,
    covers: Covers,
) -> Person:
    held = [_held(each) for each in policies if each.covers]
    needs = None if client.deceased_on else income
    return Person(
        client_no=client.client_no,
        name=client.name,
        kin=kin.get(client.client_no, ""),
        income=income.amount if income else None,
        income_currency=income.currency if income else "",
        policies=policies,
        lines=cover.review(covers, held, needs),
        unknown_kinds=sum(each.kind is None for each in held),
    )


def _held(of: Reviewed) -> Held:
    return Held(of.kind, of.sum_assured, of.currency)


def _own(
    ids: Sequence[int], on: datetime.date, covers: Covers, currency: str, agent_id: int | None
) -> tuple[Mapping[int, list[Reviewed]], bool]:
    """The company's policies by client, and whether there are others that are not told."""
    held = Policy.alias("p")
    is_theirs = held.client.in_(ids) & peewee.SQL(inforce.in_force("p", on))
    theirs = list(held.select().where(is_theirs).order_by(held.issue_date, held.id))
    shown = [each for each in theirs if agent_id is None or each.agent_id == agent_id]
    heirs = _heirs([each.id for each in shown])
    found: defaultdict[int, list[Reviewed]] = defaultdict(list)
    for each in shown:
        found[each.client_id].append(
            Reviewed(
                policy_no=each.policy_no,
                other_id=None,
                insurer="",
                product=each.product,
                kind=covers.kinds.get(each.product),
                sum_assured=each.sum_assured,
                currency=each.currency or currency,
                until=None,
                status=each.status,
                covers=each.status in COVERED,
                beneficiaries=heirs[each.id],
            )
        )
    return found, len(shown) < len(theirs)


def _heirs(policy_ids: Sequence[int]) -> Mapping[int, list[Heir]]:
    found: defaultdict[int, list[Heir]] = defaultdict(list)
    query = Beneficiary.select().where(Beneficiary.policy.in_(policy_ids))
    for each in query.order_by(Beneficiary.place, Beneficiary.id):
        share = None if each.share is None else Decimal(each.share) / 100
        found[each.policy_id].append(Heir(each.id, each.name, each.kin, each.place, share))
    return found


def _of_others(ids: Sequence[int], on: datetime.date) -> Mapping[int, list[Reviewed]]:
    found: defaultdict[int, list[Reviewed]] = defaultdict(list)
    query = OtherPolicy.select().where(OtherPolicy.client.in_(ids)).order_by(OtherPolicy.id)
    for each in query:
        kind = next((known for known in cover.COVER_KINDS if known == each.kind), None)
        found[each.client_id].append(
            Reviewed(
                policy_no="",
                other_id=each.id,
                insurer=each.insurer,
                product="",
                kind=kind,
                sum_assured=each.sum_assured,
                currency=each.currency,
                until=each.until,
                status="",
                covers=each.until is None or each.until >= on,
            )
        )
    return found


def _incomes(ids: Sequence[int]) -> Mapping[int, Income]:
    query = ClientIncome.select().where(ClientIncome.client.in_(ids))
    return {each.client_id: Income(each.amount, each.currency) for each in query}
