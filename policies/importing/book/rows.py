"""The rows of the book that a file decides: agents, clients, policies and instalments.

The fields of a record are the columns of its table; a field with a default may be missing in a file.
"""

import datetime
from typing import NamedTuple

from policies.records import Record


class Row(Record, frozen=True):
    """A row with a number of our own, and behind it the number by which people know it."""

    id: int


class RevisedRow(Row, frozen=True):
    """A row of which the database counts how often it has been changed."""

    revision: int


class AgentRow(RevisedRow, frozen=True):
    """An agent."""

    agent_no: str
    name: str = ""
    phone: str = ""
    email: str = ""
    team_id: int | None = None


class ClientRow(RevisedRow, frozen=True):
    """A client; the card names changed columns in the order of these."""

    client_no: str
    name: str
    gender: str = ""
    birthday: datetime.date | None = None
    email: str = ""
    language: str = ""
    timezone: str = ""
    channel: str = ""
    marketing_consent: bool | None = None
    consent_on: datetime.date | None = None
    referred_by: str = ""
    source: str = ""
    phone: str = ""
    phone_given: str = ""


class PolicyRow(RevisedRow, frozen=True):
    """A policy."""

    policy_no: str
    issue_date: datetime.date
    annual_premium: int
    status: str
    ended_on: datetime.date | None
    suspended_on: datetime.date | None
    served_from: datetime.date
    left_out_times: int
    client_id: int
    agent_id: int
    product: str = ""
    payment_mode: str = "annual"
    premium_term_years: int | None = None
    sum_assured: int | None = None
    currency: str = ""
    delivered_on: datetime.date | None = None


class MarkRow(Record, frozen=True):
    """What a file said of a policy when the book agreed with it, and the revisions of that moment."""

    policy_id: int
    mark: int
    policy_revision: int
    client_revision: int
    agent_revision: int


class InstalmentRow(Row, frozen=True):
    """An instalment of a policy."""

    policy_id: int
    due_date: datetime.date
    amount: int
    paid_on: datetime.date | None
    bounced_on: datetime.date | None


class PaidInstalment(Record, frozen=True):
    """The columns of an instalment that a ledger may change."""

    amount: int
    paid_on: datetime.date | None
    bounced_on: datetime.date | None
    """Since when a payment that the book knew is none."""
    id: int


class StandingRow(NamedTuple):
    """How a policy stands; these columns of a `PolicyRow` are decided together."""

    status: str
    ended_on: datetime.date | None
    suspended_on: datetime.date | None
    served_from: datetime.date
    left_out_times: int = 0
    """A row names the policy, so it is left out no more."""
