"""The walk's questions to the database, a function each; and those of what is made late."""

import datetime
from collections.abc import Collection, Iterable, Iterator

import msgspec
from peewee import fn

from policies import database, dialect, records
from policies.plan import Plan
from policies.records import Record
from servicing.core import whose
from servicing.core.models import (
    DayWalk,
    Message,
    PlanEdition,
    Touchpoint,
    WalkedDay,
    literally,
)
from servicing.core.reasons import GIVES_BACK, Reason
from servicing.schedule.handoff import Waiting

# ------------------------------------------------------------------------- what a walk has recorded


class FoundTouchpoint(Record, frozen=True):
    """A touchpoint that a walk has recorded."""

    branch_id: int
    client_id: int
    touchpoint_id: int
    key: str


def found_by_branch(mark: int) -> Iterator[FoundTouchpoint]:
    """In order; a client who is served by several branches goes with the first of them."""
    return records.read(
        FoundTouchpoint,
        """
        SELECT MIN(COALESCE(b.branch_id, 0)) OVER (PARTITION BY t.client_id) AS branch,
               t.client_id, t.id, t.key
        FROM touchpoint t
        JOIN policy p ON p.id = t.policy_id
        JOIN agent a ON a.id = p.agent_id
        LEFT JOIN team b ON b.id = a.team_id
        WHERE t.id > ?
        ORDER BY branch, t.client_id
        """,
        [mark],
    )


def zones() -> list[str]:
    """The time zones that clients of the book have, each looked up by the one before it."""
    following = "SELECT MIN(timezone) FROM client WHERE timezone <> ''"
    sql = f"""
        WITH RECURSIVE zone (name) AS (
            {following}
            UNION ALL
            SELECT ({following} AND timezone > zone.name) FROM zone WHERE zone.name IS NOT NULL
        )
        SELECT name FROM zone WHERE name IS NOT NULL
    """
    return [name for (name,) in database.execute(sql)]


def zones_of(clients: Iterable[int]) -> list[str]:
    """The time zones of some clients that have one of their own."""
    found: set[str] = set()
    for some in database.chunks(clients):
        sql = f"SELECT DISTINCT timezone FROM client WHERE id IN ({dialect.marks(some)})"
        found.update(name for (name,) in database.execute(sql, some) if name)
    return sorted(found)


def is_found_early(day: datetime.date) -> bool:
    """Whether something of a day was found before it."""
    sql = "SELECT EXISTS (SELECT 1 FROM touchpoint WHERE due_on = ? AND found_on < due_on)"
    return bool(database.value(sql, [day.isoformat()]))


def not_made(touchpoints: list[int]) -> list[int]:
    """Those of which nothing was made, neither a message nor a task."""
    nothing = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} x WHERE x.touchpoint_id = t.id)"
        for table in ("message", "task")
    )
    marks = dialect.marks(touchpoints)
    sql = f"SELECT t.id FROM touchpoint t WHERE t.id IN ({marks}) AND {nothing}"
    return database.numbers(sql, touchpoints)


# ------------------------------------------------------------------------------ what is there already


def waiting(touchpoints: Iterable[int]) -> Iterator[Waiting]:
    """The queued messages of touchpoints, by provider and moment."""
    for some in database.chunks(touchpoints):
        sql = (
            f"SELECT provider, {dialect.moment('send_from')}, id FROM message"
            f" WHERE state = 'queued' AND touchpoint_id IN ({dialect.marks(some)})"
            " ORDER BY provider, send_from, id"
        )
        yield from records.listed(Waiting, sql, some)


class AgentTasks(Record, frozen=True):
    """The open tasks of an agent that are shown from a day on."""

    agent_id: int
    show_on: datetime.date
    tasks: int


def open_tasks(agents: Iterable[int], since: datetime.date) -> Iterator[AgentTasks]:
    """The open tasks of agents by the day that shows them, from `since` on; no desk's."""
    for some in database.chunks(agents):
        sql = (
            "SELECT p.agent_id, x.show_on, COUNT(*) FROM policy p"
            " JOIN task x ON x.policy_id = p.id AND x.state = 'open'"
            f" WHERE p.agent_id IN ({dialect.marks(some)})"
            f" AND x.show_on >= '{since}' AND {whose.of_agent()} GROUP BY p.agent_id, x.show_on"
        )
        yield from records.listed(AgentTasks, sql, some)


class AgentNumber(Record, frozen=True):
    """An agent by id and number."""

    id: int
    agent_no: str


def agents(agent_nos: Iterable[str]) -> Iterator[AgentNumber]:
    """The agents with these numbers."""
    for some in database.chunks(agent_nos):
        sql = f"SELECT id, agent_no FROM agent WHERE agent_no IN ({dialect.marks(some)})"
        yield from records.listed(AgentNumber, sql, some)


# ------------------------------------------------------------------------------------------ deaths


class FamilyMember(Record, frozen=True):
    """A client, and the deaths in the family."""

    id: int
    bereaved_until: datetime.date | None
    """As the book says."""
    last_death_on: datetime.date | None
    """The last death in the family that the book knows of."""


_FAMILY = """
    SELECT r.client_id AS id, k.id AS of_id, k.deceased_on FROM relation r
    JOIN client k ON k.client_no = r.client_no
    WHERE r.client_no <> '' AND r.kind <> 'other' AND {named}
    UNION ALL
    SELECT k.id, r.client_id, c.deceased_on FROM relation r
    JOIN client k ON k.client_no = r.client_no JOIN client c ON c.id = r.client_id
    WHERE r.client_no <> '' AND r.kind <> 'other' AND {naming}
"""
"""Clients and those of their family, said on either card; not whom one only has to know."""


def family_of(client_id: int, client_no: str) -> list[int]:
    """The clients, by id, who belong to a client."""
    family = _FAMILY.format(named="r.client_no = ?", naming="r.client_id = ?")
    sql = f"SELECT DISTINCT id FROM ({family}) f ORDER BY id"
    return database.numbers(sql, [client_no, client_id])


def mourners(client_ids: Collection[int]) -> list[FamilyMember]:
    """Clients, each with the last death in the family."""
    marks = dialect.marks(client_ids)
    family = _FAMILY.format(
        named=f"r.client_id IN ({marks})",
        naming=f"r.client_no IN (SELECT client_no FROM client WHERE id IN ({marks}))",
    )
    sql = f"""
        SELECT c.id, c.bereaved_until, MAX(f.deceased_on)
        FROM client c LEFT JOIN ({family}
            UNION ALL
            SELECT r.client_id, NULL, r.deceased_on FROM relation r
            WHERE r.deceased_on IS NOT NULL AND r.kind <> 'other' AND r.client_id IN ({marks})
        ) f ON f.id = c.id
        WHERE c.id IN ({marks}) GROUP BY c.id, c.bereaved_until ORDER BY c.id
    """
    return records.listed(FamilyMember, sql, [*client_ids] * 4)


class Unasked(Record, frozen=True):
    """A client of whom a death is asked, while nobody has the task to find out."""

    client_id: int
    policy_id: int
    """The policy whose agent is to find out."""
    asked_on: datetime.date


def unasked() -> list[Unasked]:
    """The clients of whom it is asked, while no task is open for it."""
    sql = f"""
        SELECT c.id, ({_spokesman("c.id")}), c.death_asked_on FROM client c
        WHERE c.death_asked_on IS NOT NULL
            AND EXISTS (SELECT 1 FROM policy p WHERE p.client_id = c.id) AND NOT EXISTS (
            SELECT 1 FROM task x WHERE x.client_id = c.id AND x.touchpoint_id IS NULL
                AND x.state = 'open' AND x.reason = '{Reason.CLAIM_ASKS}')
            AND NOT EXISTS ({_asked_elsewhere()})
        ORDER BY {dialect.unindexed("c.id")}
    """
    return records.listed(Unasked, sql)


def _asked_elsewhere() -> str:
    """Another number of a client `c` of whom it is asked, and who has the task or gets it."""
    return f"""
        SELECT 1 FROM client o WHERE o.person_id = c.person_id AND o.id <> c.id
            AND (EXISTS (SELECT 1 FROM task x WHERE x.client_id = o.id AND x.touchpoint_id IS NULL
                    AND x.state = 'open' AND x.reason = '{Reason.CLAIM_ASKS}')
                OR o.id < c.id AND o.death_asked_on IS NOT NULL
                    AND EXISTS (SELECT 1 FROM policy p WHERE p.client_id = o.id))
    """


def asked_no_more() -> list[int]:
    """The open tasks, by id, to find out about a death of which nobody asks any more."""
    sql = f"""
        SELECT x.id FROM task x JOIN client c ON c.id = x.client_id
        WHERE x.state = 'open' AND x.touchpoint_id IS NULL AND x.reason = '{Reason.CLAIM_ASKS}'
            AND c.death_asked_on IS NULL ORDER BY x.id
    """
    return database.numbers(sql)


def spokesman(client_ids: Collection[int]) -> tuple[int, int] | None:
    """The policy whose agent speaks to a client, and its number of theirs; both by id.

    One that goes on, else the last there was.
    """
    sql = _spokesman(dialect.marks(client_ids), "q.id, q.client_id")
    return next(((policy, of) for policy, of in database.execute(sql, list(client_ids))), None)


def _spokesman(clients: str, columns: str = "q.id") -> str:
    return f"""
        SELECT {columns} FROM policy q WHERE q.client_id IN ({clients})
        ORDER BY q.ended_on IS NOT NULL, q.ended_on DESC, q.issue_date, q.id LIMIT 1
    """


# ------------------------------------------------------------------------------- what is given back


class Recalled(Record, frozen=True):
    """A message or task that was taken back."""

    id: int
    touchpoint_id: int
    reason: str


def recalled_messages(clients: Collection[int], since: datetime.date) -> list[Recalled]:
    """The messages of clients, due since a day, that did not leave for a reason that may have gone."""
    return _recalled(
        "message", clients, "x.state IN ('cancelled', 'suppressed')", f"t.due_on >= '{since}'"
    )


def recalled_tasks(clients: Collection[int], on: datetime.date) -> list[Recalled]:
    """The cancelled tasks of clients that are still worth doing, for a reason that may have gone."""
    return _recalled("task", clients, "x.state = 'cancelled'", f"x.closes_on >= '{on}'")


def _recalled(table: str, clients: Collection[int], *conditions: str) -> list[Recalled]:
    """Without what fell due while files left its policy out: that one goes on without making up."""
    sql = f"""
        SELECT x.id, t.id, x.reason
        FROM touchpoint t JOIN {table} x ON x.touchpoint_id = t.id JOIN policy p ON p.id = t.policy_id
        WHERE t.client_id IN ({dialect.marks(clients)}) AND {" AND ".join(conditions)}
            AND NOT t.released AND x.reason IN ({dialect.quoted(GIVES_BACK)})
            AND NOT (x.reason = '{Reason.LEFT_OUT}' AND t.due_on < p.served_from)
        ORDER BY x.id
    """
    return records.listed(Recalled, sql, list(clients))


def queued_messages(clients: Collection[int]) -> list[Message]:
    """The messages of clients that wait."""
    theirs = Touchpoint.select(Touchpoint.id).where(Touchpoint.client.in_(list(clients)))
    is_queued = Message.state == literally("queued")
    return list(Message.select().where(is_queued & Message.touchpoint.in_(theirs)))


class Added(Record, frozen=True):
    """An import that added something, and since when that is served."""

    id: int
    joined_on: datetime.date
    kind: str


def added() -> list[Added]:
    """The imports that added something that is served from a day on, in their order."""
    sql = """
        SELECT id, joined_on, kind FROM book_import
        WHERE added > 0 AND joined_on IS NOT NULL ORDER BY id
    """
    return records.listed(Added, sql)


class WalkedMark(Record, frozen=True):
    """A day that was walked, and the last import that its walk knew."""

    day: datetime.date
    import_mark: int


def walked_marks() -> list[WalkedMark]:
    """All days that were walked: one row a day, whatever happened on it."""
    return records.listed(WalkedMark, "SELECT day, import_mark FROM walked_day")


class Walked(Record, frozen=True):
    """By which edition of the plan a day was walked, and the last policy that its walk knew."""

    plan: str
    policy_mark: int


def walked(day: datetime.date) -> Walked | None:
    """The walk of a day; None: it was not walked. A look ahead asks it of each day."""
    sql = "SELECT plan, policy_mark FROM walked_day WHERE day = ?"
    return records.first(Walked, sql, [day.isoformat()])


def last_walked() -> datetime.date | None:
    """The last day that was walked."""
    found: datetime.date | None = WalkedDay.select(fn.MAX(WalkedDay.day)).scalar()
    return found


def steps_of_days(
    first: datetime.date, last: datetime.date, plan: Plan
) -> dict[datetime.date, frozenset[str]]:
    """The walked days of a span, each with the steps of `plan` that its walks had, too.

    A day that was walked again by another edition had what both have. An edition that nobody has kept
    had nothing that we could name.
    """
    kept = {each.edition: frozenset(each.steps.splitlines()) for each in PlanEdition.select()}
    kept[plan.edition] = plan.steps()
    known: dict[datetime.date, frozenset[str]] = {}
    for each in DayWalk.select().where(DayWalk.day.between(first, last)):
        had = known.get(each.day, plan.steps())
        known[each.day] = had & kept.get(each.plan, frozenset())
    return known


class RecordedRow(Record, frozen=True):
    """A touchpoint as it is recorded."""

    key: str
    scope: str
    occurrence: str
    policy_id: int
    client_id: int
    anchor_on: datetime.date
    due_on: datetime.date
    found_on: datetime.date


def record(rows: Iterable[RecordedRow]) -> None:
    """Record touchpoints; one whose occurrence was had already is left out."""
    columns = records.columns(RecordedRow)
    sql = (
        f"INSERT INTO touchpoint ({', '.join(columns)}) VALUES ({dialect.marks(columns)})"
        " ON CONFLICT DO NOTHING"
    )
    database.execute_many(sql, map(msgspec.structs.astuple, rows))


def recorded_after(mark: int) -> list[int]:
    """The touchpoints, by id, that were recorded after one."""
    sql = "SELECT id FROM touchpoint WHERE id > ? ORDER BY id"
    return database.numbers(sql, [mark])
