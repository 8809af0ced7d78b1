"""The questions of the night that scores clients: whom it concerns, and what the book knows of them."""

import datetime
from collections.abc import Collection, Iterable, Sequence

from policies import database, dialect, inforce, records
from policies.records import Record
from policies.status import OWES_NO_PREMIUM
from servicing.core.tier_models import TierStanding

AT_A_TIME = 500
"""Clients in one transaction."""

LINES = 2_000
"""Lines of cards that are looked through by one statement."""

TELLING = (
    "status.changed",
    "client.changed",
    "policy.changed",
    "contact.changed",
    "premium.changed",
    "premium.paid",
    "policy.left_out",
    "task.done",
    "task.open",
)
"""Kinds of lines of a card after which a fact of its client may be another."""

# ------------------------------------------------------------------------------ who is to be scored


class Seen(Record, frozen=True):
    """A row by its number, and the client whom it concerns."""

    id: int
    client_id: int


def clients_behind(number: int, until: int) -> list[int]:
    """The next clients by number, up to one."""
    sql = "SELECT id FROM client WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"
    return database.numbers(sql, [number, until, AT_A_TIME])


def told_behind(number: int, until: int) -> list[int]:
    """Of whom some lines of cards tell something that may change a fact: behind one, up to another."""
    sql = f"""
        SELECT DISTINCT client_id FROM card_entry
        WHERE id > ? AND id <= ? AND kind IN ({dialect.quoted(TELLING)})
    """
    return database.numbers(sql, [number, until])


def policies_behind(number: int) -> list[Seen]:
    """The next policies that came into the book, by number."""
    sql = "SELECT id, client_id FROM policy WHERE id > ? ORDER BY id LIMIT ?"
    return records.listed(Seen, sql, [number, AT_A_TIME])


def waiting(on: datetime.date) -> list[int]:
    """The next clients whose day has come."""
    sql = """
        SELECT client_id FROM tier_standing WHERE next_on IS NOT NULL AND next_on <= ?
        ORDER BY next_on, client_id LIMIT ?
    """
    return database.numbers(sql, [on.isoformat(), AT_A_TIME])


def last(table: str) -> int:
    """The highest number of a table."""
    return int(database.value(f"SELECT COALESCE(MAX(id), 0) FROM {table}"))


def referrers_of(client_ids: Collection[int]) -> list[int]:
    """Who has referred some clients: what these buy is a fact of theirs, too."""
    sql = f"""
        SELECT DISTINCT r.id FROM client c JOIN client r ON r.client_no = c.referred_by
        WHERE c.id IN ({dialect.marks(client_ids)}) AND c.referred_by <> ''
    """
    return database.numbers(sql, list(client_ids))


# ------------------------------------------------------------------------ what is known of a client


class Held(Record, frozen=True):
    """What a client has by the book of a day."""

    client_id: int
    has_died: bool
    """Or nothing personal of them is kept: they are scored no more."""
    policies: int
    premium: int
    """Hundredths a year, in the currency of the book, of policies that have a premium every year."""
    since: datetime.date | None
    """The day of the first policy."""
    begins: datetime.date | None
    """The next day on which a policy begins,"""
    ends: datetime.date | None
    """and on which one ends that is known to."""
    referrals: int
    """Clients whom they have referred and who have bought."""
    contact: datetime.date | None
    """When a task for them was last done."""


def held(client_ids: Collection[int], on: datetime.date, currency: str) -> list[Held]:
    """What some clients have; a policy without a currency is in that of the book."""
    in_force, day = inforce.in_force("p", on), dialect.day(on)
    paying = f"p.status NOT IN ({dialect.quoted(OWES_NO_PREMIUM)}) AND p.payment_mode <> 'single'"
    bought = f"""EXISTS (SELECT 1 FROM policy b WHERE b.client_id = r.id
                     AND b.issue_date <= {day} AND {inforce.a_policy("b")})"""
    sql = f"""
        SELECT c.id, (c.deceased_on IS NOT NULL OR c.erased_on IS NOT NULL),
            COUNT(CASE WHEN {in_force} THEN 1 END),
            {
        dialect.whole(f'''COALESCE(SUM(CASE WHEN {in_force} AND {paying}
                AND p.currency IN ('', ?) THEN p.annual_premium END), 0)''')
    },
            MIN(CASE WHEN {inforce.a_policy("p")} THEN p.issue_date END),
            MIN(CASE WHEN p.issue_date > {day} THEN p.issue_date END),
            MIN(CASE WHEN p.ended_on > {day} THEN p.ended_on END),
            (SELECT COUNT(*) FROM client r
             WHERE r.referred_by = c.client_no AND r.referred_by <> '' AND r.id <> c.id AND {
        bought
    }),
            (SELECT MAX(d.done_on) FROM done_task d WHERE d.client_id = c.id AND d.done_on <= {day})
        FROM client c LEFT JOIN policy p ON p.client_id = c.id
        WHERE c.id IN ({dialect.marks(client_ids)})
        GROUP BY c.id
    """
    return records.listed(Held, sql, [currency, *client_ids])


# ------------------------------------------------------------------------------------- what is kept


class Standing(Record, frozen=True):
    """A row of `tier_standing`."""

    client_id: int
    tier: str
    by_points: str
    points: str
    scored: str
    below_since: datetime.date | None
    next_on: datetime.date | None
    granted: str | None
    granted_until: datetime.date | None


class Line(Record, frozen=True):
    """A row of `tier_line`."""

    client_id: int
    on_day: datetime.date
    at: records.Moment
    kind: str
    tier: str
    points: str
    scored: str
    until: datetime.date | None
    by: str
    reason: str


_COLUMNS = ", ".join(records.columns(Standing))


def standings(client_ids: Collection[int]) -> dict[int, Standing]:
    """How some clients stand, those who were scored."""
    sql = f"SELECT {_COLUMNS} FROM tier_standing WHERE client_id IN ({dialect.marks(client_ids)})"
    found = records.listed(Standing, sql, list(client_ids))
    return {each.client_id: each for each in found}


def replace(rows: Sequence[Standing]) -> None:
    """Put them in place of those of the same clients; in the transaction that we are in."""
    database.execute_many(
        "DELETE FROM tier_standing WHERE client_id = ?", [(each.client_id,) for each in rows]
    )
    records.insert(TierStanding, rows)


def lines(client_id: int, limit: int | None = None) -> list[Line]:
    """The history of a client, the last change first."""
    columns = ", ".join(
        dialect.moment("at") if each == "at" else each for each in records.columns(Line)
    )
    cut = f"LIMIT {limit:d}" if limit else ""
    sql = f"SELECT {columns} FROM tier_line WHERE client_id = ? ORDER BY id DESC {cut}"
    return records.listed(Line, sql, [client_id])


def tier_on(client_id: int, moment: datetime.datetime | None) -> str | None:
    """The tier that a client had at a moment; None: none yet. Without a moment, the one of now."""
    if moment is None:
        sql, values = "SELECT tier FROM tier_standing WHERE client_id = ?", [client_id]
        found = database.execute(sql, values).fetchone()
        return None if found is None else str(found[0])
    changes = (each for each in lines(client_id) if each.at <= moment)
    return next((each.tier for each in changes), None)


def forget(client_ids: Iterable[int]) -> None:
    """Nothing of a client's tier is kept; in the transaction that we are in."""
    rows = [(each,) for each in client_ids]
    database.execute_many("DELETE FROM tier_standing WHERE client_id = ?", rows)
    database.execute_many("DELETE FROM tier_line WHERE client_id = ?", rows)
