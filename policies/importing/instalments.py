"""Instalments that a ledger counts: issue date and payment mode of the policy say when they are due."""

import datetime
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from policies import dates
from policies.importing.findings import BadCell
from policies.importing.queries import Terms
from policies.notices import Notice, notice

MONTHS = {"annual": 12, "semiannual": 6, "quarterly": 3, "monthly": 1}
"""From one instalment to the next."""

MOST = 1200
"""Instalments of a policy: a hundred years, month by month."""


class Nth(NamedTuple):
    """An instalment by its number; the first is due on the issue date."""

    number: int


def parse(cell: str) -> Nth | None:
    """The number of an instalment, or None if empty."""
    if not cell:
        return None
    if not re.fullmatch(r"[0-9]{1,4}", cell) or not 1 <= int(cell) <= MOST:
        raise BadCell("not_a_whole_number", lowest=1, highest=MOST)
    return Nth(int(cell))


def parse_needed(cell: str) -> Nth | None:
    """The number of an instalment."""
    if not cell:
        raise BadCell("empty")
    return parse(cell)


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
