"""A client at a glance: what stands first on the card."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from policies import dates, inforce, models
from policies.grace import Grace
from policies.status import APPLIED
from servicing.card.card import Card, PolicyCard
from servicing.desk import client_book, stakes
from servicing.desk.queries import Unpaid
from servicing.desk.stakes import Stake


@dataclass(frozen=True)
class Owed:
    """A policy that owes a premium, or owes one soon."""

    policy_no: str
    product: str
    stake: Stake


@dataclass(frozen=True)
class Summary:
    """What somebody wants to know before they call; of an agent's share, of that share."""

    in_force: int
    """Policies."""
    premiums: dict[str, Decimal]
    """What is paid in a year, by currency."""
    owed: list[Owed]
    """The most urgent first."""
    last_contact: datetime.datetime | None
    """When a task for the client was last done."""
    open_matters: int
    age: int | None
    next_birthday: datetime.date | None
    days_to_birthday: int | None


def of(card: Card, on: datetime.date, grace: Grace) -> Summary:
    """The summary of a card on a day."""
    policies = [each for each in card.policies if is_in_force(each, on)]
    owed = [*_owed(policies, on, grace)]
    spoken = [each.at for each in card.trail if each.kind == "task.done"]
    age, birthday = None, None
    if card.birthday and card.birthday <= on and not card.deceased_on:
        age = age_on(card.birthday, on)
        birthday = dates.months_after(card.birthday, 12 * (age + 1))
        if dates.months_after(card.birthday, 12 * age) == on:
            birthday = on
    return Summary(
        in_force=len(policies),
        premiums=premiums_of(policies),
        owed=sorted(owed, key=lambda each: stakes.urgency([each.stake])),
        last_contact=max(spoken, default=None),
        open_matters=len(card.open_tasks) + (card.death_asked_on is not None),
        age=age,
        next_birthday=birthday,
        days_to_birthday=(birthday - on).days if birthday else None,
    )


def is_in_force(policy: PolicyCard, on: datetime.date) -> bool:
    """Whether a policy of a card was issued, is no application, and has not ended."""
    has_ended = inforce.has_ended(policy.ended_on, on)
    return policy.issue_date <= on and policy.status not in APPLIED and not has_ended


def premiums_of(policies: list[PolicyCard]) -> dict[str, Decimal]:
    """What policies in force cost in a year, by currency."""
    found: dict[str, Decimal] = {}
    for each in policies:
        if client_book.is_paid(each.status, each.payment_mode):
            so_far = found.get(each.currency, Decimal(0))
            found[each.currency] = so_far + Decimal(each.annual_premium)
    return found


def age_on(birthday: datetime.date, on: datetime.date) -> int:
    """In whole years."""
    return (
        on.year
        - birthday.year
        - (dates.months_after(birthday, 12 * (on.year - birthday.year)) > on)
    )


def _owed(policies: list[PolicyCard], on: datetime.date, grace: Grace) -> Iterator[Owed]:
    for each in policies:
        unpaid = [
            Unpaid(
                0, line.due_on, models.hundredths(Decimal(line.amount)), each.currency, each.product
            )
            for line in each.premiums
            if line.due_on <= on + stakes.AHEAD and is_to_pay(each, line.amount, line.paid_on, on)
        ]
        if unpaid:
            yield Owed(each.policy_no, each.product, stakes.of(unpaid, on, grace))


def is_to_pay(
    policy: PolicyCard, amount: str, paid_on: datetime.date | None, on: datetime.date
) -> bool:
    """Whether an instalment of a policy of a card is still to be paid on a day."""
    return inforce.is_to_pay(policy.status, models.hundredths(Decimal(amount)), paid_on, on)
