"""The book of business as it is stored: agents, their clients, and the policies promised to them.

Money is kept as whole hundredths of its currency, so that sums are exact; dates are calendar
dates of the book's country. Tables are made by `policies/migrations`, never by these classes.
"""

import datetime
from decimal import Decimal
from typing import Any

import peewee

from policies.database import database


class MoneyField(peewee.BigIntegerField):
    """An exact amount: Decimal outside, whole hundredths inside."""

    def db_value(self, value: Any) -> int | None:
        """Hundredths; raises ValueError for an amount with more than two decimals."""
        return None if value is None else hundredths(Decimal(value))

    def python_value(self, value: Any) -> Decimal | None:
        """The amount with two decimals."""
        return None if value is None else amount(value)


def hundredths(value: Decimal) -> int:
    """The amount in whole hundredths; raises ValueError if it has a finer part."""
    scaled = value * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more than two decimals")
    return int(scaled)


def amount(value: int) -> Decimal:
    """Whole hundredths as an amount with two decimals."""
    return Decimal(value).scaleb(-2)


class UtcField(peewee.DateTimeField):
    """A moment: an aware datetime outside, UTC without a zone inside."""

    def db_value(self, value: Any) -> datetime.datetime | None:
        """UTC, naive; raises ValueError for a datetime without a zone."""
        return None if value is None else utc(value)

    def python_value(self, value: Any) -> Any:
        """The moment as an aware datetime in UTC."""
        moment = super().python_value(value)
        return (
            moment.replace(tzinfo=datetime.UTC) if isinstance(moment, datetime.datetime) else moment
        )


def utc(moment: datetime.datetime) -> datetime.datetime:
    """An aware moment as the database holds it; raises ValueError for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(datetime.UTC).replace(tzinfo=None)


def stored(value: datetime.date | datetime.datetime | None) -> str | None:
    """A date or an aware moment as the databases write it."""
    if value is None:
        return None
    return utc(value).isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()


class BaseModel(peewee.Model):
    """Binds every table to the proxy."""

    class Meta:
        database = database
        legacy_table_names = False


class Numbered(BaseModel):
    """A table whose rows have a number of our own."""

    id = peewee.AutoField()


class Branch(Numbered):
    """机构: the largest unit of an agency force."""

    name = peewee.TextField(unique=True)


class Team(Numbered):
    """部组: agents under one manager, inside a branch."""

    branch = peewee.ForeignKeyField(Branch, null=True, backref="teams")
    branch_id: int | None
    name = peewee.TextField()

    class Meta:
        indexes = ((("branch", "name"), True),)


class Agent(Numbered):
    """保单服务人员: an agent who serves policies."""

    agent_no = peewee.TextField(unique=True)
    name = peewee.TextField(default="")
    phone = peewee.TextField(default="")
    email = peewee.TextField(default="")
    team = peewee.ForeignKeyField(Team, null=True, backref="agents")
    team_id: int | None
    left_on = peewee.DateField(null=True)
    """From that day on this agent serves nobody: the policies are orphans (domain.md §4.13)."""
    revision = peewee.IntegerField(default=0)
    """How often this row has been changed: the database counts it, whoever changes it."""


class Client(Numbered):
    """客户: the policyholder."""

    client_no = peewee.TextField(unique=True)
    name = peewee.TextField()
    gender = peewee.TextField(default="")
    birthday = peewee.DateField(null=True, index=True)
    phone = peewee.TextField(default="")
    """E.164, or empty where the book gives nothing that can be a phone number."""
    phone_given = peewee.TextField(default="")
    """The book's own text, where that is no phone number."""
    email = peewee.TextField(default="")
    language = peewee.TextField(default="")
    timezone = peewee.TextField(default="")
    """IANA name; empty means the book's."""
    channel = peewee.TextField(default="")
    """How the client likes to be written to: sms, email, none; empty means sms."""
    marketing_consent = peewee.BooleanField(null=True)
    """True or False as the client said; None: never asked, which is no consent (domain.md §6.1)."""
    consent_on = peewee.DateField(null=True)
    """Since when the book says so."""
    referred_by = peewee.TextField(default="")
    """The number of the client who referred this one; may be unknown to this book."""
    source = peewee.TextField(default="")
    """How the client came: company or agent (asked for by name), referral, other, unknown; empty:
    the book does not say it (domain.md §16.4)."""
    deceased_on = peewee.DateField(null=True)
    """The day of death (`policies.mourning`)."""
    death_asked_on = peewee.DateField(null=True)
    """Since when it is asked whether the client has died; None: nobody asks, or it was answered."""
    bereaved_until = peewee.DateField(null=True)
    """Somebody of the family has died: until that day the client gets no greetings and no marketing."""
    person_id = peewee.BigIntegerField(null=True)
    """Of one who has several numbers: the id of the first of them (`policies.persons`)."""
    erased_on = peewee.DateField(null=True)
    """Since when nothing personal is kept of the client: `client_no` is none of the company's numbers."""
    revision = peewee.IntegerField(default=0)
    """How often this row has been changed: the database counts it, whoever changes it."""


class Relation(Numbered):
    """Somebody who belongs to a client: family, or others whom the agent has to know (domain.md §7.1)."""

    client = peewee.ForeignKeyField(Client, backref="relations")
    client_id: int
    kind = peewee.TextField()
    """spouse, child, parent, sibling or other."""
    name = peewee.TextField()
    birthday = peewee.DateField(null=True)
    note = peewee.TextField(default="")
    client_no = peewee.TextField(default="")
    """The number of the client that this person is; empty: none, or nobody knows."""
    is_lunar = peewee.BooleanField(default=False)
    """The birthday is kept by the lunar calendar; `birthday` is the day of birth all the same."""
    deceased_on = peewee.DateField(null=True)
    """The day of death, of one who is no client: whose own says it, where there is one."""


class Policy(Numbered):
    """保单: one contract; `issue_date` anchors its timeline."""

    policy_no = peewee.TextField(unique=True)
    client = peewee.ForeignKeyField(Client, backref="policies")
    client_id: int
    agent = peewee.ForeignKeyField(Agent, backref="policies")
    agent_id: int
    product = peewee.TextField(default="")
    issue_date = peewee.DateField(index=True)
    status = peewee.TextField(default="in_force")
    ended_on = peewee.DateField(null=True)
    """Always there in a status that ends the timeline."""
    delivered_on = peewee.DateField(null=True)
    suspended_on = peewee.DateField(null=True)
    """Since when it is suspended, where that is known; empty in any other status (domain.md §4.17)."""
    annual_premium = MoneyField()
    currency = peewee.TextField(default="")
    payment_mode = peewee.TextField(default="annual")
    premium_term_years = peewee.IntegerField(null=True)
    sum_assured = MoneyField(null=True)
    served_from = peewee.DateField()
    """Nothing is owed before: the day the policy joined the book, or was reinstated (domain.md §4.8)."""
    left_out_times = peewee.IntegerField(default=0)
    """How many complete files in a row have left it out; paused from the second on (domain.md §9.6)."""
    revision = peewee.IntegerField(default=0)
    """How often this row has been changed: the database counts it, whoever changes it."""


class PastAgent(Numbered):
    """An earlier agent of a policy: until, but not on, the day from which another agent serves it."""

    policy = peewee.ForeignKeyField(Policy, backref="past_agents")
    policy_id: int
    agent = peewee.ForeignKeyField(Agent)
    agent_id: int
    until = peewee.DateField()

    class Meta:
        indexes = ((("policy", "until"), False),)


class PastSuspension(Numbered):
    """A suspension that has ended: from when, until which day, and what the policy became."""

    policy = peewee.ForeignKeyField(Policy, backref="past_suspensions")
    policy_id: int
    suspended_on = peewee.DateField(index=True)
    until = peewee.DateField()
    """The day of the file that says so."""
    became = peewee.TextField()
    """The status after it (domain.md §5.1)."""

    class Meta:
        table_name = "past_suspension"


class Reassignment(Numbered):
    """A policy that was reassigned: its agent before that day, and its agent from that day on.

    One a day: of several on the same day there is one from the first agent to the last, and none
    where the policy came back on that day.
    """

    policy = peewee.ForeignKeyField(Policy, backref="reassignments")
    policy_id: int
    from_agent = peewee.ForeignKeyField(Agent, backref="handed_away")
    from_agent_id: int
    to_agent = peewee.ForeignKeyField(Agent, backref="taken_over")
    to_agent_id: int
    handed_on = peewee.DateField(index=True)
    at = UtcField()
    why = peewee.TextField()
    decided_by = peewee.TextField()

    agreed_on = peewee.DateField(null=True)
    """Since when the book says so, too; before, one that names the earlier agent is out of date."""

    class Meta:
        table_name = "handing"
        indexes = ((("policy", "handed_on"), True),)


class Premium(Numbered):
    """One instalment of the premium ledger."""

    policy = peewee.ForeignKeyField(Policy, backref="premiums")
    policy_id: int
    due_date = peewee.DateField(index=True)
    amount = MoneyField()
    paid_on = peewee.DateField(null=True)
    bounced_on = peewee.DateField(null=True)
    """Since when the book says that a payment which it knew has not come after all, such as a debit that
    was sent back; a payment that comes later leaves it."""

    class Meta:
        indexes = ((("policy", "due_date"), True),)


class BookImport(Numbered):
    """One import of a book or ledger file, and its counts."""

    imported_at = UtcField()
    file = peewee.TextField()
    kind = peewee.TextField()
    joined_on = peewee.DateField(null=True)
    rows = peewee.IntegerField()
    added = peewee.IntegerField()
    changed = peewee.IntegerField()
    unchanged = peewee.IntegerField()
    rejected = peewee.IntegerField()
    complete = peewee.TextField(default="")
    """Of what the file was complete: branches, book, policies; empty: it did not say that it was."""
    left_out = peewee.IntegerField(default=0)
    """How many policies or instalments such a file has left out."""


class RowMark(BaseModel):
    """What a file said of a policy when the book agreed with it (`policies.importing.book.marks`)."""

    policy_id = peewee.BigIntegerField(primary_key=True)
    mark = peewee.BigIntegerField()
    policy_revision = peewee.IntegerField()
    client_revision = peewee.IntegerField()
    agent_revision = peewee.IntegerField()


BOOK = (
    Branch,
    Team,
    Agent,
    Client,
    Relation,
    Policy,
    PastAgent,
    PastSuspension,
    Reassignment,
    Premium,
    BookImport,
)
