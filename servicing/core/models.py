"""The tables of the service, such as touchpoints, messages and tasks; made by `servicing/migrations`."""

import datetime
from pathlib import Path

import peewee

from policies import database
from policies.dates import ONE_DAY
from policies.models import BaseModel, Client, Numbered, Policy, UtcField
from servicing.core.line_kinds import KindField

MIGRATIONS = Path(__file__).parent.parent / "migrations"
ALL_MIGRATIONS = (database.MIGRATIONS, MIGRATIONS)

LIVE = ("queued", "sending", "accepted", "delivered", "unknown")
"""States of a message that has reached the client, or may yet: what counts against a cap."""

HAD = ("sending", "accepted", "delivered", "undelivered", "unknown")
"""States of a message that has left for its client, or may have."""


def literally(value: str) -> peewee.SQL:
    """A code as it stands in a statement: only so can an index of some rows be seen to serve."""
    return peewee.SQL(f"'{value}'")


class Touchpoint(Numbered):
    """One touchpoint that fell due: a fact, whatever became of its message and task.

    Unique per policy (or, in client scope, per client), key and occurrence: the database refuses
    a second one, however often and by however many the day is walked.
    """

    key = peewee.TextField()
    scope = peewee.TextField()
    occurrence = peewee.TextField()
    policy = peewee.ForeignKeyField(Policy, backref="touchpoints")
    policy_id: int
    """In client scope: the policy that carries it."""
    client = peewee.ForeignKeyField(Client, backref="touchpoints")
    client_id: int
    anchor_on = peewee.DateField()
    due_on = peewee.DateField()
    found_on = peewee.DateField()
    """The day of the walk that found it: later than `due_on` after downtime."""
    released = peewee.BooleanField(default=False)
    """The book has taken it back before anything of it was had: its occurrence may fall due again."""
    anchor_policy_id = peewee.BigIntegerField(null=True)
    """The policy whose date it counts from, where another one carries it by now; None: the same."""


class Message(Numbered):
    """One message of a touchpoint, through its states (docs/architecture.md, idea 2).

    queued -> sending -> accepted -> delivered | undelivered; or suppressed, skipped, failed,
    cancelled, unknown.
    """

    touchpoint = peewee.ForeignKeyField(Touchpoint, backref="messages", unique=True)
    touchpoint_id: int
    policy = peewee.ForeignKeyField(Policy, backref="messages")
    policy_id: int
    client = peewee.ForeignKeyField(Client, backref="messages")
    client_id: int
    agent_id = peewee.BigIntegerField()
    """Who signs it: the policy's agent when the text was made."""
    channel = peewee.TextField()
    """sms, email, or empty where none was chosen."""
    address = peewee.TextField()
    message_class = peewee.TextField()
    template = peewee.TextField()
    locale = peewee.TextField()
    params = peewee.TextField()
    """JSON: the facts the template was given, as an earlier version stored them."""
    subject = peewee.TextField()
    body = peewee.TextField()
    """Subject and text of what an earlier version has sent; else they are in `packed_text`."""
    parts = peewee.IntegerField()
    """How many SMS it costs; 1 for an email, 0 where there is no text."""
    encoding = peewee.TextField()
    state = peewee.TextField()
    reason = peewee.TextField()
    planned_on = peewee.DateField()
    """The client's calendar day it is meant for; caps count by it."""
    send_from = UtcField(null=True)
    """Not before; moves on when a send window or a retry makes it wait. Unknown: when to ask next.

    None in one that is queued: a halt holds it (`servicing.breaker.halts`).
    """
    send_until = UtcField(null=True)
    """Not after: the end of its lateness."""
    attempts = peewee.IntegerField(default=0)
    claimed_at = UtcField(null=True)
    provider = peewee.TextField(default="")
    """Who carries it: as routed when it was made, and again when it was claimed."""
    provider_ref = peewee.TextField(default="")
    """The provider's own id of it."""
    past_refs = peewee.TextField(default="")
    """Its earlier attempts that came to nothing, as `states.with_id` and `without_id` write them."""
    cleared = peewee.BigIntegerField(default=0)
    """The last `Doubt` that was settled for it."""
    made_at = UtcField(null=True)
    """When it was queued, being due: the card tells it from here (`trail.of_client`).

    None in any other: what became of it at first is a line on the card.
    """
    is_greeting = peewee.BooleanField(null=True)
    """Whether it counts against the caps of greetings; None: it does not."""
    packed_text = peewee.BlobField(null=True)
    """What it says, since it was claimed (`servicing.core.packed_texts`)."""


class TextBase(Numbered):
    """The words of a template, against which texts are packed. Kept for good."""

    digest = peewee.TextField(unique=True)
    words = peewee.TextField()


class Task(Numbered):
    """Something an agent has to do, or a desk: open -> done | skipped | missed | cancelled.

    Who has to do it is the policy's agent of today, so a new agent takes open tasks over; one of a desk
    (domain.md §4.19) is whoever's of it who takes it first.
    """

    touchpoint = peewee.ForeignKeyField(Touchpoint, backref="tasks", unique=True, null=True)
    touchpoint_id: int | None
    """None: nothing was due, a client has replied."""
    policy = peewee.ForeignKeyField(Policy, backref="tasks")
    policy_id: int
    client = peewee.ForeignKeyField(Client, backref="tasks")
    client_id: int
    due_on = peewee.DateField()
    show_on = peewee.DateField()
    """The day it is on the agent's list: `due_on`, or later if postponed."""
    closes_on = peewee.DateField()
    """The last day it is worth doing; after it the task is missed."""
    state = peewee.TextField()
    reason = peewee.TextField()
    note = peewee.TextField(default="")
    ended_at = UtcField(null=True)
    done_by_id = peewee.BigIntegerField(null=True)
    """The agent who served the policy when it was done; of a desk's task none."""
    desk = peewee.TextField(null=True)
    """Whose it is, as the plan said when it was made; None: the agent's."""
    done_by_login = peewee.TextField(null=True)
    """Who of the desk has ended it; None: an agent, or whoever works at the machine itself."""


class CardEntry(Numbered):
    """One line of a client's trail of service. Append-only: the database refuses anything else."""

    client = peewee.ForeignKeyField(Client, backref="entries")
    client_id: int
    policy_id = peewee.BigIntegerField(null=True)
    touchpoint_id = peewee.BigIntegerField(null=True)
    at = UtcField()
    kind = KindField()
    facts = peewee.TextField()
    """JSON: the reason code and what it rests on."""


class TrailSeal(Numbered):
    """A seal over a stretch of the clients' trails, and over the seal before it."""

    first_entry = peewee.BigIntegerField()
    last_entry = peewee.BigIntegerField()
    marks = peewee.BlobField()
    """A short mark of each line: `servicing.core.seals`."""
    digest = peewee.TextField()
    sealed_at = UtcField()


class ClosedYear(BaseModel):
    """A past year with partitions of its own, on PostgreSQL (`servicing.years`)."""

    name = peewee.TextField(primary_key=True)
    first_touchpoint = peewee.BigIntegerField()
    next_touchpoint = peewee.BigIntegerField()
    """The first number behind it."""
    first_entry = peewee.BigIntegerField()
    next_entry = peewee.BigIntegerField()
    first_day = peewee.DateField()
    """Of which something fell due in it."""
    last_day = peewee.DateField()
    closed_at = UtcField()
    detached_at = UtcField(null=True)
    """When it was taken out of the book; None: it is in it."""


class WalkedDay(BaseModel):
    """A day that was walked, and how much of the book it knew."""

    day = peewee.DateField(primary_key=True)
    walked_at = UtcField()
    plan = peewee.TextField()
    """The plan's name and digest."""
    import_mark = peewee.BigIntegerField()
    """The last book import it knew: a later one that joined earlier reopens the day."""
    policy_mark = peewee.BigIntegerField()
    """The last policy it knew: a reopened day is walked for later ones only."""
    seconds = peewee.DoubleField(null=True)
    """How long its last walk took."""

    @classmethod
    def next(cls, today: datetime.date) -> datetime.date:
        """The next day to be walked: today, until it is."""
        is_walked = cls.select().where(cls.day == today).exists()
        return today + ONE_DAY if is_walked else today


class DayWalk(BaseModel):
    """A walk of a day, with what it knew; a day that is opened again has one for each.

    A day that is walked again for all policies is known by its last walk.
    """

    day = peewee.DateField()
    since_policy = peewee.BigIntegerField()
    """It was for later policies only; 0: for all."""
    policy_mark = peewee.BigIntegerField()
    """The last policy it knew."""
    import_mark = peewee.BigIntegerField()
    """The last book import it knew."""
    plan = peewee.TextField()
    """The plan's name and digest."""
    walked_at = UtcField()

    class Meta:
        primary_key = peewee.CompositeKey("day", "since_policy")


class PlanEdition(BaseModel):
    """An edition of a plan by which days were walked."""

    edition = peewee.TextField(primary_key=True)
    """The plan's name and digest."""
    steps = peewee.TextField()
    """What can fall due by it, and when (`Plan.steps`): one a line."""


class Halt(Numbered):
    """A touchpoint or a channel that sends nothing until a person resumes it."""

    kind = peewee.TextField()
    """touchpoint or channel."""
    subject = peewee.TextField()
    """The touchpoint's key in the plan; sms or email."""
    cause = peewee.TextField()
    """volume, repeated, rejections or person."""
    facts = peewee.TextField()
    """JSON: the numbers that it rests on; never a name, an address or a text."""
    halted_at = UtcField()
    halted_by = peewee.TextField(default="")
    """Who has stopped it; empty: the breaker."""
    halted_why = peewee.TextField(default="")
    resumed_at = UtcField(null=True)
    resumed_by = peewee.TextField(default="")
    resumed_why = peewee.TextField(default="")
    message_mark = peewee.BigIntegerField(null=True)
    """The last message there was when it was resumed: the person has accepted what waited."""


class Forecast(Numbered):
    """How many touchpoints of a key were to fall due on a day, as it looked some days before."""

    day = peewee.DateField()
    key = peewee.TextField()
    """Empty: all of them; so that a day with nothing to come is known to have been counted."""
    touchpoints = peewee.BigIntegerField()
    made_at = UtcField()


class Volume(Numbered):
    """How many touchpoints of a key did fall due on a day that was walked."""

    day = peewee.DateField()
    key = peewee.TextField()
    """Empty: all of them that have a message."""
    touchpoints = peewee.BigIntegerField()
    verdict = peewee.TextField()
    """usual, over (too many: no measure for the days that follow), or accepted by a person."""


class ChannelAnswers(BaseModel):
    """The latest answers of a channel's providers."""

    channel = peewee.TextField(primary_key=True)
    lately = peewee.TextField()
    """A letter an answer, the latest last: `+` taken, `-` refused."""


class Suppression(Numbered):
    """Somebody who may not be written to, or an address that cannot be (domain.md §6.2)."""

    kind = peewee.TextField()
    """sms or email: the subject is an address; marketing: it is a client number."""
    subject = peewee.TextField()
    why = peewee.TextField()
    """opted_out or wrong."""
    since = UtcField()
    source = peewee.TextField()
    """Where we know it from, such as `reply` or `twilio 21610`."""

    class Meta:
        table_name = "barred"


class Reply(Numbered):
    """A message from a client. A provider may report it several times; it is one."""

    provider = peewee.TextField()
    provider_ref = peewee.TextField()
    sender = peewee.TextField()
    body = peewee.TextField()
    received_at = UtcField()
    meaning = peewee.TextField()
    """stop, start, answer: digits to a survey's question; or reply: something for the agent to read."""
    client = peewee.ForeignKeyField(Client, backref="replies", null=True)
    """Whom we wrote to at that address last; None: nobody in the book has it."""
    client_id: int | None


class Touched(Numbered):
    """A client of whom the book says something else than before (`servicing.core.touched`)."""

    client_id = peewee.BigIntegerField()
    anchor = peewee.TextField()
    """The kind of date that has changed; empty: something else."""


class Doubt(Numbered):
    """The span from a copy of the book to its loss, a row for each restore (`servicing.core.doubts`)."""

    token = peewee.TextField()
    since = UtcField()
    until = UtcField()
    made_at = UtcField()
    import_mark = peewee.BigIntegerField()
    entry_mark = peewee.BigIntegerField()
    is_latest_book = peewee.BooleanField()
    touchpoint_floor = peewee.BigIntegerField()
    message_floor = peewee.BigIntegerField()


class HookCount(Numbered):
    """How often a day a webhook was called, and what came of it."""

    day = peewee.DateField()
    hook = peewee.TextField()
    outcome = peewee.TextField()
    count = peewee.BigIntegerField()


class Sender(BaseModel):
    """The pace of a provider's sender, shared by all processes."""

    name = peewee.TextField(primary_key=True)
    free_at = peewee.DoubleField()
    """The moment, in seconds since 1970, from which the next message may leave."""


class Secret(BaseModel):
    """The token that this book has in its references at providers (`servicing.core.references`).

    Older versions kept here what signs links; `servicing.operations.keyring` moves it to a file.
    """

    name = peewee.TextField(primary_key=True)
    value = peewee.TextField()


class SigningKey(BaseModel):
    """One row: the fingerprint of the key that the services of this book sign with."""

    id = peewee.IntegerField(primary_key=True)
    fingerprint = peewee.TextField()

    class Meta:
        table_name = "signing_key"


class Kept(BaseModel):
    """What was worked out once, under a digest of all it was worked out from (`servicing.core.kept`)."""

    name = peewee.TextField(primary_key=True)
    digest = peewee.TextField()
    value = peewee.TextField()
