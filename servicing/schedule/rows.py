"""The rows that a walk writes: a field for each column."""

import datetime

from policies.records import Moment, Record


class MessageRow(Record, frozen=True):
    """A message as it is made."""

    touchpoint_id: int
    policy_id: int
    client_id: int
    agent_id: int
    message_class: str
    state: str
    reason: str
    planned_on: datetime.date
    channel: str = ""
    address: str = ""
    template: str = ""
    locale: str = ""
    params: str = "{}"
    """What stands in for the template's placeholders, as JSON."""
    subject: str = ""
    body: str = ""
    parts: int = 0
    encoding: str = ""
    send_from: Moment | None = None
    send_until: Moment | None = None
    provider: str = ""
    made_at: Moment | None = None
    """Of one that waits since it is due; of any other a line on the card tells it."""
    is_greeting: bool | None = None
    """Whether it counts against the caps of greetings; None: it does not."""


class TaskRow(Record, frozen=True):
    """A task as it is made."""

    touchpoint_id: int
    policy_id: int
    client_id: int
    due_on: datetime.date
    show_on: datetime.date
    closes_on: datetime.date
    state: str
    reason: str
    desk: str | None
    """Whose it is; None: the agent's."""
