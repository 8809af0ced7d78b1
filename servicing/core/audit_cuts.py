"""Lines of the audit log whose time is over are let go, and what was let go is written down.

On PostgreSQL a function of the owner's does it: the role with which the application works can do nothing
else to the lines, and the function lets no line go that is younger than half a year.
"""

import datetime

from policies import database, models
from servicing.core.audit_models import AuditCut, AuditEntry


def let_go(until: int, said: int, now: datetime.datetime) -> None:
    """Let go the lines up to one, in the transaction that we are in; `said`: the line that says so.

    The database refuses where one of them is younger than `settings.AUDIT_FLOOR` days.
    """
    if database.is_sqlite():
        AuditCut.create(last_entry=until, entry_id=said, at=now)
        AuditEntry.delete().where(AuditEntry.id <= until).execute()
    else:
        values = [database.table_of(AuditEntry), until, said, models.stored(now)]
        database.execute("SELECT cut_audit_log(?::regclass, ?, ?, CAST(? AS TIMESTAMP))", values)
