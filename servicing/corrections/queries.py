"""The questions to the database on what the book has corrected, a function each."""

import datetime
from collections.abc import Collection, Iterable

from policies import counting, database, dialect, inforce, mourning, records
from policies.plan import Plan
from policies.records import Record
from servicing.core.context import COUNTED_FROM, HAS_HAPPENED
from servicing.core.reasons import GIVES_BACK, Reason
from servicing.corrections import conditions
from servicing.corrections.conditions import HAS_LEFT, INTRODUCED, PART_HAD, PART_OPEN
from servicing.messages import still_owed

# --------------------------------------------------------------------------- what is owed no longer


_WAITING = (
    "SELECT touchpoint_id FROM message WHERE state = 'queued'"
    " UNION SELECT touchpoint_id FROM task WHERE state = 'open'"
)


def _carriers(plan: Plan, on: datetime.date) -> str:
    """The policies of the client of a touchpoint `t` that may carry it, the next one first.

    An introduction is carried by what was handed over with it, to the same agent.
    """
    of_the_agent = f"{INTRODUCED} = q.agent_id AND {conditions.handed('q.id')} = q.agent_id"
    return f"""
        SELECT q.id FROM policy q WHERE q.client_id = t.client_id AND {inforce.owed("q", on)}
            AND (NOT {conditions.introduces(plan)} OR {of_the_agent})
        ORDER BY q.issue_date, q.id LIMIT 1
    """


WAITS = f"t.id IN ({_WAITING})"
"""A condition: a touchpoint `t` has something open."""


class WithoutCarrier(Record, frozen=True):
    """A touchpoint whose policy has ended, and the policy that may carry it on."""

    touchpoint_id: int
    client_id: int
    carrier_id: int | None


def orphaned(plan: Plan, on: datetime.date, which: str) -> list[WithoutCarrier]:
    """Touchpoints whose policy is owed nothing more, each with the policy that may carry it on.

    `which`: a condition on the touchpoint `t`.
    """
    sql = f"""
        SELECT t.id, t.client_id, ({_carriers(plan, on)})
        FROM touchpoint t JOIN policy p ON p.id = t.policy_id
        WHERE {which} AND {conditions.orphaned(plan, on)} ORDER BY t.id
    """
    return records.listed(WithoutCarrier, sql)


def give_to_carriers(rows: Iterable[WithoutCarrier]) -> None:
    """Give the touchpoints, with their messages and tasks, to the policies that carry them on."""
    moved = [(each.carrier_id, each.touchpoint_id) for each in rows]
    for statement in _CARRY_ON:
        database.execute_many(statement, moved)


_CARRY_ON = (
    "UPDATE touchpoint SET anchor_policy_id = COALESCE(anchor_policy_id, policy_id), policy_id = ?"
    " WHERE id = ?",
    "UPDATE message SET policy_id = ? WHERE touchpoint_id = ?",
    "UPDATE task SET policy_id = ? WHERE touchpoint_id = ?",
)
"""What goes to another policy with a touchpoint, which still counts from the first one's date."""


class Ending(Record, frozen=True):
    """A message or task that ends, and why."""

    id: int
    client_id: int
    policy_id: int
    touchpoint_id: int | None
    """None: nothing was due, such as an answer that is owed to a client."""
    reason: str
    anchor_on: datetime.date | None
    """What its touchpoint was counted from; None: nothing was due."""


_OPEN = {"message": "queued", "task": "open"}
"""By table the state of what is open."""


def is_all_owed(plan: Plan, on: datetime.date) -> bool:
    """Whether everything open is owed as it stands: by its policy, to its client, on its date.

    Nearly always it is, and then one look at each open row has told it.
    """
    for table, state in _OPEN.items():
        reasons = conditions.no_longer_owed(plan, on, is_task=table == "task")
        is_over = " OR ".join(f"({condition})" for _, condition in reasons)
        sql = f"""
            SELECT EXISTS (
                SELECT 1 FROM {table} x JOIN touchpoint t ON t.id = x.touchpoint_id {COUNTED_FROM}
                WHERE x.state = '{state}' AND ({is_over} OR {conditions.orphaned(plan, on)})
            )
        """
        if database.value(sql):
            return False
    return True


def no_longer_owed(table: str, state: str, plan: Plan, on: datetime.date) -> list[Ending]:
    """`still_owed.no_longer_owed`, for all open rows of a table at once.

    Left out is what another policy of the client may carry: an import that has ended its policy since
    it was looked for leaves it to the next sweep to hand it on. And a task whose client has had the
    message of the day that was corrected: it is still worth doing.
    """
    reasons = list(conditions.no_longer_owed(plan, on, is_task=table == "task"))
    because = " ".join(f"WHEN {condition} THEN '{reason}'" for reason, condition in reasons)
    is_over = " OR ".join(f"({condition})" for _, condition in reasons)
    carried = f"{conditions.orphaned(plan, on)} AND EXISTS ({_carriers(plan, on)})"
    carried += f" AND NOT ({mourning.died('c')})"
    # the plus keeps SQLite from reading the whole table because it is in this order already
    sql = f"""
        SELECT x.id, x.client_id, x.policy_id, x.touchpoint_id, CASE {because} END, t.anchor_on
        FROM {table} x JOIN touchpoint t ON t.id = x.touchpoint_id {COUNTED_FROM}
        WHERE x.state = '{state}' AND ({is_over}) AND NOT ({carried})
        ORDER BY +x.id {dialect.for_update_of("x")}
    """
    return records.listed(Ending, sql)


RELEASING = (
    Reason.DATE_CORRECTED,
    Reason.VOID,
    Reason.REASSIGNED_SINCE,
    Reason.NOT_SUSPENDED,
    Reason.NOT_ENDED,
    Reason.NOT_CLOSED,
    Reason.NOT_DONE,
    Reason.NOT_COMING,
)
"""What the book has taken back: the occurrence may fall due again."""


def release(touchpoints: Iterable[int]) -> None:
    """Let occurrences go, where the client has had no part of them and nothing is open.

    One that had the name of a later day of its suspension has its own again (`suspensions`).
    """
    is_dated = "scope = 'policy' AND LENGTH(occurrence) > 10"
    own = "CAST(anchor_on AS TEXT) || SUBSTR(occurrence, 11)"
    for some in database.chunks(touchpoints):
        database.execute(
            "UPDATE touchpoint SET released = TRUE,"
            f" occurrence = CASE WHEN {is_dated} THEN {own} ELSE occurrence END"
            f" WHERE id IN ({dialect.marks(some)}) AND NOT ({PART_HAD}) AND NOT ({PART_OPEN})",
            some,
        )


def too_late(on: datetime.date) -> list[Ending]:
    """The open tasks whose last worthwhile day has passed."""
    sql = (
        f"SELECT id, client_id, policy_id, touchpoint_id, '{Reason.LATE}', NULL FROM task"
        f" WHERE state = 'open' AND closes_on < '{on}' ORDER BY +id {dialect.for_update_of('task')}"
    )
    return records.listed(Ending, sql)


def take_again(touchpoint_ids: Iterable[int]) -> None:
    """Take released occurrences again, one after the other: by now one may be another touchpoint's."""
    rows = [(each,) for each in touchpoint_ids]
    for scope in ("policy", "client"):
        sql = f"""
            UPDATE touchpoint SET released = FALSE WHERE id = ? AND scope = '{scope}' AND NOT EXISTS (
                SELECT 1 FROM touchpoint x WHERE x.{scope}_id = touchpoint.{scope}_id
                    AND x.scope = '{scope}' AND NOT x.released
                    AND x.key = touchpoint.key AND x.occurrence = touchpoint.occurrence)
        """
        database.execute_many(sql, rows)


def former_holders(clients: Collection[int]) -> list[int]:
    """The clients, by id, who have held a policy of these clients before them."""
    sql = f"""
        SELECT DISTINCT e.client_id FROM policy p
        JOIN card_entry e ON e.policy_id = p.id AND e.kind = 'client.changed'
        WHERE p.client_id IN ({dialect.marks(clients)}) AND e.client_id <> p.client_id
        ORDER BY e.client_id
    """
    return database.numbers(sql, list(clients))


def risen(plan: Plan, clients: Collection[int]) -> list[int]:
    """The released touchpoints of clients, by id, whose date stands in the book again."""
    keys = dialect.quoted(each.id for each in plan.touchpoints)
    sql = f"""
        SELECT t.id FROM touchpoint t {COUNTED_FROM}
        WHERE t.client_id IN ({dialect.marks(clients)}) AND t.released AND t.key IN ({keys})
            AND NOT ({inforce.anchor_fell(plan.touchpoints, HAS_HAPPENED)})
        ORDER BY t.id
    """
    return database.numbers(sql, list(clients))


def fallen(plan: Plan, clients: Collection[int]) -> list[int]:
    """The touchpoints of clients, by id, whose date stands in the book no more."""
    sql = f"""
        SELECT t.id FROM touchpoint t {COUNTED_FROM}
        WHERE t.client_id IN ({dialect.marks(clients)}) AND NOT t.released
            AND ({inforce.anchor_fell(plan.touchpoints, HAS_HAPPENED)})
    """
    return database.numbers(sql, list(clients))


_HAPPENED = frozenset(counting.KEYS) | {"handover"}
"""Anchors of what has happened to a client, on one day."""


def without_carrier(plan: Plan, clients: Iterable[int]) -> list[int]:
    """Of clients: the touchpoints of theirs, by id, that ended because no policy could carry them.

    Another policy's own day of the same occurrence may still come. What has happened to the client
    has one day, whichever policy carries it.
    """
    theirs = [
        each.id
        for each in plan.touchpoints
        if each.scope == "client" and each.anchor not in _HAPPENED
    ]
    because = dialect.quoted(sorted(still_owed.OF_ITS_POLICY))
    cancelled = f"x.state = 'cancelled' AND x.reason IN ({because})"
    found: list[int] = []
    for some in database.chunks(clients):
        ways = (
            f"""SELECT t.id FROM touchpoint t JOIN {table} x ON x.touchpoint_id = t.id
            WHERE t.client_id IN ({dialect.marks(some)}) AND NOT t.released
                AND t.key IN ({dialect.quoted(theirs)}) AND {cancelled}"""
            for table in ("message", "task")
        )
        found += database.numbers(" UNION ".join(ways), some * 2)
    return found


# ---------------------------------------------------------------------- policies of another client


class Moved(Record, frozen=True):
    """A touchpoint with something open, whose policy another client holds by now."""

    touchpoint_id: int
    policy_id: int
    from_id: int
    from_no: str
    to_id: int
    to_no: str


def open_at_another_client() -> list[Moved]:
    """What is open of policies that went to another client; of a client's own, if they have none left."""
    sql = f"""
        SELECT t.id, p.id, c.id, c.client_no, n.id, n.client_no
        FROM touchpoint t
        JOIN policy p ON p.id = t.policy_id
        JOIN client c ON c.id = t.client_id
        JOIN client n ON n.id = p.client_id
        WHERE t.id IN ({_WAITING}) AND p.client_id <> t.client_id
            AND (t.scope = 'policy'
                 OR NOT EXISTS (SELECT 1 FROM policy q WHERE q.client_id = t.client_id))
        ORDER BY t.id
    """
    return records.listed(Moved, sql)


def have_left(touchpoints: Iterable[int]) -> set[int]:
    """Those of touchpoints, by id, of which something has reached the client, or may have."""
    found: set[int] = set()
    for some in database.chunks(touchpoints):
        sql = f"SELECT t.id FROM touchpoint t WHERE t.id IN ({dialect.marks(some)}) AND {HAS_LEFT}"
        found.update(database.numbers(sql, some))
    return found


def taken_back_of_another_client(clients: Collection[int], since: datetime.date) -> list[Moved]:
    """What was taken back of policies that these clients hold now, and may live again, due since a day.

    It hangs on the policy, so it is the holder's to be given back. What is released stands in one index
    by policy, and all else in another.
    """
    ways = (
        _of_another_client(f"p.client_id IN ({dialect.marks(clients)}) AND {which}", since)
        for which in ("t.released", "NOT t.released")
    )
    return records.listed(Moved, f"{' UNION ALL '.join(ways)} ORDER BY 1", list(clients) * 2)


def _of_another_client(which: str, since: datetime.date) -> str:
    """A SELECT of what was taken back of policies `p` whose touchpoints `t` are another client's."""
    return f"""
        SELECT t.id, p.id, c.id, c.client_no, n.id, n.client_no
        FROM policy p
        JOIN touchpoint t ON t.policy_id = p.id AND t.client_id <> p.client_id
        JOIN client c ON c.id = t.client_id
        JOIN client n ON n.id = p.client_id
        WHERE {which} AND t.scope = 'policy' AND t.due_on >= '{since}'
            AND (EXISTS (SELECT 1 FROM message m WHERE m.touchpoint_id = t.id
                    AND m.state IN ('cancelled', 'suppressed')
                    AND m.reason IN ({dialect.quoted(GIVES_BACK)}))
                OR EXISTS (SELECT 1 FROM task x WHERE x.touchpoint_id = t.id
                    AND x.state = 'cancelled' AND x.reason IN ({dialect.quoted(GIVES_BACK)})))
    """


def give_to_holder(each: Moved) -> bool:
    """Whether the client who holds the policy has not had it yet: then it is theirs."""
    had = """
        SELECT 1 FROM touchpoint x WHERE x.client_id = ? AND x.scope = 'client' AND NOT x.released
            AND x.key = touchpoint.key AND x.occurrence = touchpoint.occurrence
    """
    sql = f"""
        UPDATE touchpoint SET client_id = ?
        WHERE id = ? AND (scope = 'policy' OR NOT EXISTS ({had}))
    """
    if database.execute(sql, [each.to_id, each.touchpoint_id, each.to_id]).rowcount != 1:
        return False
    for table, states in _STILL_TO_COME.items():
        database.execute(
            f"UPDATE {table} SET client_id = ? WHERE touchpoint_id = ?"
            f" AND state IN ({dialect.quoted(states)})",
            [each.to_id, each.touchpoint_id],
        )
    return True


_STILL_TO_COME = {"message": ("queued", "cancelled", "suppressed"), "task": ("open", "cancelled")}
"""States of what has not come to the client, and may."""


class HandedOn(Record, frozen=True):
    """A line of a card: a policy went from one client to another."""

    id: int
    facts: str


def handed_on(clients: Collection[int]) -> list[HandedOn]:
    """What the cards of clients say of policies that went from them or came to them, in order."""
    found: list[HandedOn] = []
    for some in database.chunks(clients):
        sql = f"""
            SELECT e.id, e.facts FROM card_entry e
            WHERE e.client_id IN ({dialect.marks(some)}) AND e.kind = 'client.changed'
            ORDER BY e.id
        """
        found += records.listed(HandedOn, sql, some)
    return sorted(found, key=lambda each: each.id)


def holds_nothing(client_id: int) -> bool:
    """Whether a client holds no policy any more."""
    sql = "SELECT EXISTS (SELECT 1 FROM policy WHERE client_id = ?)"
    return not database.value(sql, (client_id,))


def take_over_what_was_had(from_id: int, to_id: int) -> None:
    """The touchpoints of a client are another's, but for those that the other has had as well.

    So is what they had once in a year that is out of the book.
    """
    sql = """
        UPDATE touchpoint SET client_id = ? WHERE client_id = ? AND scope = 'client' AND NOT released
            AND NOT EXISTS (SELECT 1 FROM touchpoint x WHERE x.client_id = ? AND x.scope = 'client'
                AND NOT x.released AND x.key = touchpoint.key AND x.occurrence = touchpoint.occurrence)
    """
    database.execute(sql, [to_id, from_id, to_id])
    of_years = """
        INSERT INTO occurrence (scope, subject_id, key, occurrence)
        SELECT 'client', ?, key, occurrence FROM occurrence WHERE scope = 'client' AND subject_id = ?
        ON CONFLICT DO NOTHING
    """
    database.execute(of_years, [to_id, from_id])
