"""A client's premiums month by month: paid, to pay, to come by the ledger, and expected behind it."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from policies import dates, inforce
from policies.status import OWES_NO_PREMIUM
from servicing.card import summary
from servicing.card.card import Card, PolicyCard

MONTHS, BEFORE = 12, 3
"""So many months are shown, so many of them before the one we are in."""

MONTHS_BETWEEN = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1}
"""Two instalments, by payment mode; a single premium has no second one."""

Fate = Literal["paid", "due", "to_come", "expected"]
FATES: tuple[Fate, ...] = get_args(Fate)


class Instalment(NamedTuple):
    """A premium of a month."""

    on: datetime.date
    amount: Decimal
    currency: str
    policy_no: str
    fate: Fate


@dataclass
class Month:
    """A month with its premiums."""

    first: datetime.date
    is_now: bool
    instalments: list[Instalment] = field(default_factory=list)

    def total(self, fate: Fate) -> dict[str, Decimal]:
        """By currency."""
        found: dict[str, Decimal] = {}
        for each in self.instalments:
            if each.fate == fate:
                found[each.currency] = found.get(each.currency, Decimal(0)) + each.amount
        return found


def of(card: Card, on: datetime.date) -> list[Month]:
    """The months around a day, each with what is paid or owed in it for the policies of the card."""
    now = on.replace(day=1)
    first = dates.months_after(now, -BEFORE)
    firsts = [dates.months_after(first, number) for number in range(MONTHS)]
    months = {each: Month(each, each == now) for each in firsts}
    for policy in card.policies:
        for each in _instalments(policy, on, dates.months_after(first, MONTHS)):
            if (month := months.get(each.on.replace(day=1))) is not None:
                month.instalments.append(each)
    return list(months.values())


def _instalments(
    policy: PolicyCard, on: datetime.date, until: datetime.date
) -> Iterator[Instalment]:
    for each in policy.premiums:
        is_owed = summary.is_to_pay(policy, each.amount, each.paid_on, on)
        if inforce.is_unpaid(each.paid_on, on) and not is_owed:
            continue  # of 0, or of a policy that owes none
        fate: Fate = "paid" if not is_owed else "due" if each.due_on <= on else "to_come"
        yield Instalment(each.due_on, Decimal(each.amount), policy.currency, policy.policy_no, fate)
    yield from _expected(policy, on, until)


def _expected(policy: PolicyCard, on: datetime.date, until: datetime.date) -> Iterator[Instalment]:
    """Behind the ledger: by the payment mode, as far as premiums are paid."""
    between = MONTHS_BETWEEN.get(policy.payment_mode)
    is_over = policy.status in OWES_NO_PREMIUM or not summary.is_in_force(policy, on)
    if between is None or is_over:
        return
    known = max((each.due_on for each in policy.premiums), default=on)
    years = policy.premium_term_years
    end = dates.months_after(policy.issue_date, 12 * years) if years else until
    amount = (Decimal(policy.annual_premium) * between / 12).quantize(Decimal("0.01"))
    number = 1
    while (day := dates.months_after(policy.issue_date, number * between)) < min(end, until):
        if day > known:
            yield Instalment(day, amount, policy.currency, policy.policy_no, "expected")
        number += 1
