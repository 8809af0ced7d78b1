"""The email addresses of accounts: where people of the house read what the program tells them."""

import datetime
import re

from policies import database
from servicing.core import audit_log, errors
from servicing.core.account_models import User

_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
LONGEST = 200


def put(user: User, email: str, now: datetime.datetime) -> None:
    """From now on an account has this address; empty: none. The audit log tells that, not which.

    Raises `BadUser` for what is no address.
    """
    said = email.strip()
    is_address = len(said) <= LONGEST and said.isprintable() and _ADDRESS.fullmatch(said)
    if said and not is_address:
        raise errors.BadUser("not_an_email", email=said)
    with database.writing():
        User.update(email=said).where(User.id == user.id).execute()
        audit_log.record("account.email_changed", now, login=user.login)
