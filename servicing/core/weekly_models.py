"""Which managers were written to about a week, as it is stored."""

import peewee

from policies.models import Numbered, UtcField
from servicing.core.account_models import User


class WeeklyMail(Numbered):
    """What became of a manager's mail about a week: one a week, whoever sends it."""

    week = peewee.DateField()
    """The Monday of the week that it tells of."""
    user = peewee.ForeignKeyField(User)
    user_id: int
    state = peewee.TextField()
    """`begun` stays where a process was killed meanwhile; else how it went (`staff_letters`)."""
    at = UtcField()

    class Meta:
        table_name = "weekly_mail"
