"""The kinds of files, and their canonical columns (domain.md §9.1)."""

from typing import Literal

import msgspec

from policies.records import Record

Kind = Literal["book", "premiums", "clients", "agents"]

Complete = Literal["", "branches", "book", "policies"]
"""Of what a file is complete; empty: it does not say that it is (domain.md §9.6)."""

Said = bool | Literal["branches", "book", "policies"]
"""As a person says it; `true`: of the branches, or the policies, that it names."""

_COMPLETE: dict[Kind, tuple[Complete, ...]] = {
    "book": ("branches", "book"),
    "premiums": ("policies",),
    "clients": (),
    "agents": (),
}
"""By kind of file; the first is what `true` means. Files of people never say it."""


def scope_of(said: Said, kind: Kind) -> Complete:
    """Of what a file of that kind is complete; what only the other kind can be is not said of it."""
    scopes = _COMPLETE[kind]
    if isinstance(said, bool):
        return scopes[0] if said and scopes else ""
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
    suspended_on: str = ""
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
    source: str = ""


class PremiumCells(Record, frozen=True):
    """The cells of a row of a premium ledger."""

    policy_no: str
    due_date: str
    amount: str
    paid_on: str = ""


class ClientCells(Record, frozen=True):
    """The cells of a row of a file of clients."""

    client_no: str
    client_name: str = ""
    gender: str = ""
    birthday: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    timezone: str = ""
    channel: str = ""
    marketing_consent: str = ""
    referred_by: str = ""
    source: str = ""


class AgentCells(Record, frozen=True):
    """The cells of a row of a file of agents."""

    agent_no: str
    agent_name: str = ""
    agent_phone: str = ""
    agent_email: str = ""
    team: str = ""
    branch: str = ""


CELLS: dict[Kind, type[Record]] = {
    "book": BookCells,
    "premiums": PremiumCells,
    "clients": ClientCells,
    "agents": AgentCells,
}


def needed(kind: Kind) -> list[str]:
    """The columns that a file of that kind has to have."""
    return [each.name for each in msgspec.structs.fields(CELLS[kind]) if each.required]
