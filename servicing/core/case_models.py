"""Cases as they are stored; made by `servicing/migrations/0050_cases.py` (domain.md §12)."""

import peewee

from policies.models import Agent, Client, Numbered, Policy, UtcField
from servicing.core.account_models import User


class Case(Numbered):
    """Something about a client that has an owner, clocks and an end."""

    kind = peewee.TextField()
    client = peewee.ForeignKeyField(Client, null=True, backref="cases")
    client_id: int | None
    """None: nobody has put a name to it."""
    policy = peewee.ForeignKeyField(Policy, null=True)
    policy_id: int | None
    received_on = peewee.DateField()
    """The day from which its clocks run; it may have been recorded later."""
    recorded_at = UtcField()
    source = peewee.TextField(default="")
    channel = peewee.TextField(default="")
    categories = peewee.TextField(default="")
    """Codes with blanks between, at most one of a facet."""
    about = peewee.ForeignKeyField(Agent, null=True)
    about_id: int | None
    """The agent whom it is about."""
    about_login = peewee.TextField(default="")
    """The same of somebody who is no agent."""
    persons = peewee.IntegerField(default=1)
    """Who come together, in person."""
    spokesmen = peewee.IntegerField(default=1)
    desk = peewee.TextField()
    owner = peewee.TextField(default="")
    """A login; empty: whoever of the desk takes it."""
    state = peewee.TextField()
    is_open = peewee.BooleanField(default=True)
    is_quiet = peewee.BooleanField(default=False)
    """While it is open, its client is spared what sells and what asks."""
    moved_on = peewee.DateField()
    """The day of its last entry."""
    ended_on = peewee.DateField(null=True)
    due_on = peewee.DateField(null=True)
    """When the first of its running clocks is due; None: none runs."""
    repeat_of = peewee.BigIntegerField(null=True)
    """The case that it repeats."""
    caused_by = peewee.BigIntegerField(null=True)
    """The case that it came from."""
    escalation = peewee.TextField(default="")
    """How far it has gone up (`policies.pressing`); empty: it has not."""
    escalated_due = peewee.DateField(null=True)
    """The due day for which it has."""
    escalated_to = peewee.TextField(default="")
    """The login to whom it went; empty: nobody."""
    began_with = peewee.TextField(default="")
    """The digest of the note or reply that it began with (`cases.discretion`); empty: of none."""
    moves = peewee.IntegerField(default=0)
    """How many entries it has: two who act at once are told apart by it."""

    class Meta:
        table_name = "case_file"


class CaseEntry(Numbered):
    """What was done with a case. Append-only: the database lets nothing but its words be taken away."""

    case = peewee.ForeignKeyField(Case, backref="entries")
    case_id: int
    at = UtcField()
    """When it was recorded."""
    done_on = peewee.DateField()
    """When it was done."""
    step = peewee.TextField()
    from_state = peewee.TextField()
    to_state = peewee.TextField()
    done_by = peewee.TextField()
    text = peewee.TextField(default="")
    reason = peewee.TextField(default="")
    set_on = peewee.DateField(null=True)
    """The day that was set, such as that of the follow-up."""
    person = peewee.TextField(default="")
    """To whom it went, or who has approved it."""
    categories = peewee.TextField(default="")
    """As which the case was judged by it; empty: as before."""
    length = peewee.IntegerField(default=0)
    """By how much it extended a clock, in the unit of its rule."""
    is_restricted = peewee.BooleanField(default=False)

    class Meta:
        table_name = "case_entry"


class CaseClock(Numbered):
    """A clock of a case: until when something must have happened."""

    case = peewee.ForeignKeyField(Case, backref="clocks")
    case_id: int
    clock = peewee.TextField()
    rule = peewee.TextField()
    started_on = peewee.DateField()
    due_on = peewee.DateField()
    """Extensions counted in."""
    stopped_on = peewee.DateField(null=True)

    class Meta:
        table_name = "case_clock"


class DeskMember(Numbered):
    """Somebody who is of a desk, by their account."""

    user = peewee.ForeignKeyField(User, backref="desks")
    user_id: int
    desk = peewee.TextField()

    class Meta:
        table_name = "desk_member"
