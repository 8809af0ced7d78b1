"""Tasks that were done, as plans count from them; made by `servicing/migrations/0066_…`."""

import peewee

from policies.models import BaseModel


class DoneTask(BaseModel):
    """A task of a touchpoint that was done; it goes when that is taken back."""

    task_id = peewee.BigIntegerField(primary_key=True)
    key = peewee.TextField()
    """Of its touchpoint."""
    policy_id = peewee.BigIntegerField()
    client_id = peewee.BigIntegerField()
    """Of the client as it was done, whoever holds the policy later."""
    done_on = peewee.DateField()
    """The day on which that was recorded, by the calendar of the book."""

    class Meta:
        table_name = "done_task"
