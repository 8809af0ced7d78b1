"""Tasks that a manager has handed over; made by `servicing/migrations/0045_asked.py`."""

import peewee

from policies.models import BaseModel, UtcField


class AskedTask(BaseModel):
    """A task that a manager has handed over; its words are the note of the task, and on the card."""

    task_id = peewee.BigIntegerField(primary_key=True)
    policy_id = peewee.BigIntegerField()
    asked_by = peewee.TextField()
    """The manager's login."""
    asked_at = UtcField()
    press = peewee.TextField()
    """Of the form by which it was done: pressed twice, it is done once."""

    class Meta:
        table_name = "asked_task"
