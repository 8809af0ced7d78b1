"""Filters of the client book that a person has saved under a name, to come back to with one tap."""

import datetime
from collections.abc import Sequence

from policies import database
from policies.ordering import by_name
from servicing.core.account_models import SavedFilter, User

MOST = 20
"""Of one account."""

LONGEST_NAME, LONGEST_QUERY = 60, 1_000


def of(user: User) -> Sequence[SavedFilter]:
    """Those of an account, by name."""
    query = SavedFilter.select().where(SavedFilter.user == user)
    return sorted(query.limit(MOST), key=lambda each: by_name(each.name))


def save(user: User, name: str, query: str, now: datetime.datetime) -> bool:
    """Keep a filter under a name, in place of an earlier one of that name.

    False: it has no name, filters nothing, or there are too many.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name or not query or len(query) > LONGEST_QUERY:
        return False
    with database.exclusive(f"filters of {user.id}"):
        others = [each for each in of(user) if each.name != name]
        if len(others) >= MOST:
            return False
        is_it = (SavedFilter.user == user) & (SavedFilter.name == name)
        SavedFilter.delete().where(is_it).execute()
        SavedFilter.create(user=user, name=name, query=query, made_at=now)
    return True


def remove(user: User, number: int) -> None:
    """Forget one of an account's filters; of another's nothing."""
    if 0 < number < 1 << 63:
        is_it = (SavedFilter.user == user) & (SavedFilter.id == number)
        SavedFilter.delete().where(is_it).execute()
