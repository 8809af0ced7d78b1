"""Who is of which desk: a person belongs to desks by their account (domain.md §12.3)."""

import datetime
from collections.abc import Collection

from policies import database
from policies.desks import Desk
from servicing.core import audit_log
from servicing.core.account_models import User
from servicing.core.case_models import DeskMember


def of(user: User) -> frozenset[str]:
    """The desks that somebody is of."""
    return frozenset(each.desk for each in DeskMember.select().where(DeskMember.user == user))


def put(user: User, desks: Collection[Desk], now: datetime.datetime) -> None:
    """From now on somebody is of these desks and of no other."""
    with database.writing():
        DeskMember.delete().where(DeskMember.user == user).execute()
        for each in sorted(desks):
            DeskMember.create(user=user, desk=each)
        said = " ".join(sorted(desks))
        audit_log.record("account.desks_changed", now, login=user.login, desks=said)
