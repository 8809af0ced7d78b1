"""What a client tells of their cover: other insurers' policies, beneficiaries, income (domain.md §7.6).

Each is written under a login; the line of the card says what was written, and none of it.
"""

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from policies import database
from policies.cover import CoverKind
from policies.models import Client, Policy
from servicing.card.notes import Kin
from servicing.core import errors, trail
from servicing.core.cover_models import Beneficiary, ClientIncome, OtherPolicy

LONGEST_NAME = 200
LARGEST = Decimal(10) ** 12
"""Of an amount of money, so that sums stay whole numbers of the database."""

WHOLE = 100_00
"""All of it, in hundredths of a per cent."""

MOST = 50
"""Policies of other insurers of one client, and beneficiaries of one policy."""


@dataclass(frozen=True)
class Word:
    """Who writes it, and when, by the clock of the book."""

    by: str
    now: datetime.datetime
    today: datetime.date


def amount_of(text: str) -> Decimal:
    """An amount of money as a person writes it, `1,500,000.00`; raises `BadArgument`."""
    try:
        found = Decimal(re.sub(r"[,，\s]", "", text))
    except InvalidOperation:
        raise errors.BadArgument("cover_amount", value=text) from None
    if not found.is_finite() or not 0 <= found < LARGEST or found != round(found, 2):
        raise errors.BadArgument("cover_amount", value=text)
    return found


def currency_of(text: str) -> str:
    """A currency such as CNY; raises `BadArgument`."""
    found = text.strip().upper()
    if not re.fullmatch("[A-Z]{3}", found):
        raise errors.BadArgument("cover_currency", value=text)
    return found


def _named(text: str) -> str:
    name = text.strip()
    if not name or len(name) > LONGEST_NAME:
        raise errors.BadArgument("cover_name", longest=LONGEST_NAME)
    return name


# --------------------------------------------------------------------- policies of other insurers


@dataclass(frozen=True)
class Other:
    """A policy of another insurer, as the client says."""

    insurer: str
    kind: CoverKind | None
    sum_assured: Decimal | None
    currency: str
    until: datetime.date | None = None


def add_other(client: Client, said: Other, word: Word) -> OtherPolicy:
    """One more policy of another insurer; what is there already as it is said now is not written twice.

    Raises `BadArgument` without an insurer, and where there are very many.
    """
    facts: dict[str, Any] = {
        "client": client,
        "insurer": _named(said.insurer),
        "kind": said.kind or "",
        "sum_assured": said.sum_assured,
        "currency": said.currency,
        "until": said.until,
    }
    with database.exclusive(f"cover of {client.id}"):
        known = list(OtherPolicy.select().where(OtherPolicy.client == client))
        for each in known:
            if all(getattr(each, name) == value for name, value in facts.items()):
                return each
        if len(known) >= MOST:
            raise errors.BadArgument("cover_too_many", most=MOST)
        made = OtherPolicy.create(**facts, written_by=word.by, written_on=word.today)
        _write(client, None, "cover.other_policy", word)
    return made


def forget_other(client: Client, number: int, word: Word) -> None:
    """Take away a policy of another insurer; raises `BadArgument` for one that is not the client's."""
    is_it = (OtherPolicy.id == number) & (OtherPolicy.client == client)
    with database.exclusive(f"cover of {client.id}"):
        if not OtherPolicy.delete().where(is_it).execute():
            raise errors.BadArgument("cover_not_there", number=number)
        _write(client, None, "cover.removed", word)


# ------------------------------------------------------------------------------------ beneficiaries


@dataclass(frozen=True)
class Heir:
    """Somebody who is paid by a policy when its client dies."""

    name: str
    kin: Kin
    place: int = 1
    share: Decimal | None = None
    """Per cent among those of their place; None: not said."""


def add_beneficiary(policy: Policy, said: Heir, word: Word) -> Beneficiary:
    """One more beneficiary; of one who is there, by name, what is said now takes the place.

    Raises `BadArgument` for a share that is none, and where those of a place come to more than all.
    """
    name, share = _named(said.name), None if said.share is None else said.share * 100
    if share is not None and (share != int(share) or not 0 < share <= WHOLE):
        raise errors.BadArgument("beneficiary_share", value=f"{said.share}")
    if not 1 <= said.place <= 9:
        raise errors.BadArgument("beneficiary_place", value=said.place)
    facts: dict[str, Any] = {
        "kin": said.kin,
        "place": said.place,
        "share": None if share is None else int(share),
        "written_by": word.by,
        "written_on": word.today,
    }
    with database.exclusive(f"cover of {policy.client_id}"):
        known = list(Beneficiary.select().where(Beneficiary.policy == policy))
        others = [each for each in known if each.name != name]
        if len(others) >= MOST:
            raise errors.BadArgument("cover_too_many", most=MOST)
        beside = sum(each.share or 0 for each in others if each.place == said.place)
        if beside + (facts["share"] or 0) > WHOLE:
            raise errors.BadArgument("beneficiary_shares_above_whole", place=said.place)
        Beneficiary.delete().where(
            (Beneficiary.policy == policy) & (Beneficiary.name == name)
        ).execute()
        made = Beneficiary.create(policy=policy, name=name, **facts)
        _write(policy.client, policy, "cover.beneficiary", word)
    return made


def forget_beneficiary(policy: Policy, number: int, word: Word) -> None:
    """Take away a beneficiary; raises `BadArgument` for one that is not the policy's."""
    is_it = (Beneficiary.id == number) & (Beneficiary.policy == policy)
    with database.exclusive(f"cover of {policy.client_id}"):
        if not Beneficiary.delete().where(is_it).execute():
            raise errors.BadArgument("cover_not_there", number=number)
        _write(policy.client, policy, "cover.removed", word)


# ------------------------------------------------------------------------------------------- income


def set_income(client: Client, amount: Decimal, currency: str, word: Word) -> None:
    """What the client earns in a year, in place of what was said before; 0: nothing."""
    said = {"amount": amount, "currency": currency, "written_by": word.by}
    with database.exclusive(f"cover of {client.id}"):
        ClientIncome.delete().where(ClientIncome.client == client).execute()
        ClientIncome.create(client=client, written_on=word.today, **said)
        _write(client, None, "cover.income", word)


def _write(client: Client, policy: Policy | None, kind: str, word: Word) -> None:
    facts = trail.facts(by=word.by)
    entry = trail.Entry(client.id, policy.id if policy else None, None, kind, facts)
    trail.write([entry], word.now)
