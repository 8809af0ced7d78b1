"""Whom a day gives something back though nobody has said anything (domain.md §4.18).

A mourning ends, or a policy that was to end on that day: no file and no person tells of it then.
"""

import datetime
from collections.abc import Iterable, Iterator

from policies import database, dialect, persons
from servicing.core import touched
from servicing.core.reasons import Reason
from servicing.schedule import queries


def wake(today: datetime.date, since: datetime.date) -> None:
    """Remember them, until the day is walked; `since`: nothing that fell due before is worth doing."""
    last = queries.last_walked()
    if last is None or last >= today:
        return
    if kept := list(_kept_back(persons.numbers(_freed(last, today)), since)):
        with database.explained(), database.exclusive("book"):
            touched.note_clients(kept)


_BY_THE_DAY = dialect.quoted([Reason.BEREAVED, Reason.OTHER_POLICY])
"""Reasons that a day takes away, and nothing that anybody says."""


def _freed(last: datetime.date, today: datetime.date) -> list[int]:
    """The clients, by id, to whom a day after `last`, until `today`, gives something back.

    Their mourning is over, or a policy of theirs has ended that was to end on that day.
    """
    sql = f"""
        SELECT id FROM client WHERE bereaved_until >= '{last}' AND bereaved_until < '{today}'
        UNION SELECT client_id FROM policy WHERE ended_on > '{last}' AND ended_on <= '{today}'
    """
    return database.numbers(sql)


def _kept_back(clients: Iterable[int], since: datetime.date) -> Iterator[int]:
    """Those of clients, by id, who were not owed something of the days since one, until a day."""
    for some in database.chunks(clients):
        kept = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} x WHERE x.touchpoint_id = t.id"
            f" AND x.state = 'cancelled' AND x.reason IN ({_BY_THE_DAY}))"
            for table in ("message", "task")
        )
        sql = f"""
            SELECT DISTINCT t.client_id FROM touchpoint t
            WHERE t.client_id IN ({dialect.marks(some)}) AND NOT t.released
                AND t.due_on >= '{since}' AND ({kept})
        """
        yield from database.numbers(sql, some)
