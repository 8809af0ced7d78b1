"""Until when the law wants a contract kept, and what stands against an erasure (domain.md §11)."""

import datetime
from collections.abc import Iterable
from typing import NamedTuple

from policies import dates
from policies.status import ENDED

YEARS, YEARS_OF_A_SHORT_TERM = 10, 5
"""From the end of a contract (Insurance Law, art. 87): 5 years where its term was a year or less."""


class Contract(NamedTuple):
    """What of a policy decides how long it is kept."""

    policy_no: str
    status: str
    issue_date: datetime.date
    ended_on: datetime.date | None


def is_open(contract: Contract, on: datetime.date) -> bool:
    """Whether the company still owes something by it: it has not ended by that day."""
    return contract.status not in ENDED or contract.ended_on is None or contract.ended_on > on


def kept_until(contract: Contract) -> datetime.date | None:
    """The last day on which the law wants it kept; None: it has not ended."""
    if contract.status not in ENDED or contract.ended_on is None:
        return None
    return dates.months_after(contract.ended_on, 12 * _years(contract, contract.ended_on))


def _years(contract: Contract, ended_on: datetime.date) -> int:
    """Of a policy only a maturity shows how long its term was."""
    is_short = ended_on <= dates.months_after(contract.issue_date, 12)
    return YEARS_OF_A_SHORT_TERM if contract.status == "matured" and is_short else YEARS


def last_day(contracts: Iterable[Contract]) -> datetime.date | None:
    """The last day on which the law wants one of them kept; None: there is none to be kept."""
    return max(filter(None, map(kept_until, contracts)), default=None)
