"""The kinds of files, and their canonical columns (domain.md §9.1)."""

from typing import Literal

import msgspec

from policies.records import Record

Kind = Literal["book", "premiums"]

Complete = Literal["", "branches", "book", "policies"]
"""Of what a file is complete; empty: it does not say that it is (domain.md §9.6)."""

Said = bool | Literal["branches", "book", "policies"]
"""As a person says it; `true`: of the branches, or the policies, that it names."""

_COMPLETE: dict[Kind, tuple[Complete, ...]] = {
    "book": ("branches", "book"),
    "premiums": ("policies",),
}
"""By kind of file; the first is what `true` means."""


def scope_of(said: Said, kind: Kind) -> Complete:
    """Of what a file of that kind is complete; what only the other kind can be is not said of it."""
    first, *_ = scopes = _COMPLETE[kind]
    if isinstance(said, bool):
        return first if said else ""
    return said if said in scopes else ""


class BookCells(Record, frozen=True):
    """The cells of a row of a book; a column whose cells may be empty may be missing."""

    policy_no: str
    issue_date: str
    annual_premium: str
    client_no: str
    client_name: str
    agent_no: str
    product: str = ""
    payment_mode: str = ""
    premium_term_years: str = ""
    sum_assured: str = ""
    currency: str = ""
    status: str = ""
    ended_on: str = ""
    delivered_on: str = ""
    gender: str = ""
    birthday: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    timezone: str = ""
    channel: str = ""
    marketing_consent: str = ""
    agent_name: str = ""
    agent_phone: str = ""
    agent_email: str = ""
    team: str = ""
    branch: str = ""
    referred_by: str = ""


class PremiumCells(Record, frozen=True):
    """The cells of a row of a premium ledger."""

    policy_no: str
    due_date: str
    amount: str
    paid_on: str = ""


CELLS: dict[Kind, type[Record]] = {"book": BookCells, "premiums": PremiumCells}


def needed(kind: Kind) -> list[str]:
    """The columns that a file of that kind has to have."""
    return [each.name for each in msgspec.structs.fields(CELLS[kind]) if each.required]
