"""Instalments that a ledger counts: issue date and payment mode of the policy say when they are due."""

import datetime
from collections.abc import Sequence
from typing import Any

from policies import dates
from policies.importing.book.queries import Terms
from policies.importing.cells.instalments import Nth
from policies.notices import Notice, notice

MONTHS = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1}
"""From one instalment to the next."""


def days(said: Sequence[Any], terms: Sequence[Terms | None]) -> list[Any]:
    """What rows say of a day, each number of an instalment as its day; a notice where it has none."""
    return [
        _day(each.number, of) if isinstance(each, Nth) and of else each
        for each, of in zip(said, terms, strict=True)
    ]


def _day(number: int, of: Terms) -> datetime.date | Notice:
    """On which day an instalment is due, or why that is not to be known."""
    if number == 1:
        return of.issue_date
    if of.payment_mode not in MONTHS:
        return notice("instalment_has_no_day", mode=of.payment_mode or "–")
    return dates.months_after(of.issue_date, (number - 1) * MONTHS[of.payment_mode])
