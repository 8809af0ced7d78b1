"""Questions about call-backs of new contracts, a function each."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from policies import dialect, mourning, records
from policies.models import utc
from policies.records import Moment, Record
from policies.status import APPLIED

KIND, SOURCE = "callback", "new_contract"
"""Of the case that each new contract has: by these it is one of ours (the index names them as well)."""

ROOM = "callbacks"
"""The steps of calls are recorded here alone, with the call (`policies.case_kind.ROOMS`)."""

OURS = f"k.kind = '{KIND}' AND k.source = '{SOURCE}'"

TO_CALL = "k.is_open AND k.kind = 'callback' AND k.state IN ('open', 'attempting')"
"""That somebody waits for a call, as the index of the desk's list says it, word for word."""

CALLED_IN = ("open", "attempting")
"""The states in which a call-back waits for a call."""

CANCELLED = "free_look_cancelled"
"""The status of a contract that was cancelled in the free look."""


class Terms(NamedTuple):
    """Which contracts owe a call-back."""

    short_term: Collection[str]
    """Products of a year or less."""
    free_look_days: int
    """A contract whose free look was over before it joined the book is not ours to call."""


class NewContract(Record, frozen=True):
    """A contract that owes a call-back and has none yet."""

    policy_no: str
    client_no: str
    agent_no: str
    issue_date: datetime.date
    delivered_on: datetime.date | None


def new_contracts(
    terms: Terms, since: datetime.date, until: datetime.date, most: int
) -> list[NewContract]:
    """The first of the contracts issued within some days that owe a call-back and have none."""
    short, values = _short(terms)
    sql = f"""
        SELECT p.policy_no, c.client_no, a.agent_no, p.issue_date, p.delivered_on
        FROM policy p JOIN client c ON c.id = p.client_id JOIN agent a ON a.id = p.agent_id
        WHERE p.issue_date BETWEEN ? AND ? AND p.status <> '{CANCELLED}'
            AND p.status NOT IN ({dialect.quoted(APPLIED)}) AND NOT ({short})
            AND NOT ({mourning.died("c")}) AND c.erased_on IS NULL AND NOT ({_joined_late(terms)})
            AND NOT EXISTS (SELECT 1 FROM case_file k WHERE k.policy_id = p.id AND {OURS})
        ORDER BY p.issue_date, p.id LIMIT ?
    """
    span = [since.isoformat(), until.isoformat()]
    return records.listed(NewContract, sql, [*span, *values, most])


def _short(terms: Terms) -> tuple[str, list[Any]]:
    if not terms.short_term:  # of none, SQLite would answer with NULL, which is neither
        return "1 = 0", []
    return dialect.among("p.product", sorted(terms.short_term))


def _joined_late(terms: Terms) -> str:
    """The free look of a policy was over before we served it."""
    last = dialect.days_after("p.delivered_on", terms.free_look_days)
    return f"p.delivered_on IS NOT NULL AND {last} < p.served_from"


class Behind(Record, frozen=True):
    """An open call-back of which the book says something else by now."""

    case: int
    state: str
    status: str
    has_died: bool
    is_erased: bool
    delivered_on: datetime.date | None
    started_on: datetime.date | None
    """The day from which its clock runs; None: it does not run yet."""


BEHIND = f"""
    SELECT k.id, k.state, p.status, ({mourning.died("c")}), c.erased_on IS NOT NULL,
        p.delivered_on, t.started_on
    FROM case_file k JOIN policy p ON p.id = k.policy_id JOIN client c ON c.id = p.client_id
    LEFT JOIN case_clock t ON t.case_id = k.id AND t.clock = 'call'
    WHERE k.is_open AND {OURS}
        AND (p.status = '{CANCELLED}' OR {mourning.died("c")} OR c.erased_on IS NOT NULL
            OR p.delivered_on <= ?
                AND (t.started_on IS NULL OR t.started_on <> p.delivered_on))
"""


def behind(on: datetime.date) -> list[Behind]:
    """The open call-backs whose contract was handed over by a day, cancelled, or lost its client."""
    return records.listed(Behind, f"{BEHIND} ORDER BY k.id", [on.isoformat()])


def behind_of(clients: Collection[int], on: datetime.date) -> list[Behind]:
    """The same of a person's numbers."""
    theirs, values = dialect.among("k.client_id", clients)
    sql = f"{BEHIND} AND {theirs} ORDER BY k.id"
    return records.listed(Behind, sql, [on.isoformat(), *values])


def still_behind(case: int, on: datetime.date) -> Behind | None:
    """The same of one case; None: it stands as the book says."""
    return records.first(Behind, f"{BEHIND} AND k.id = ?", [on.isoformat(), case])


# -------------------------------------------------------------------------------------------- calls


class CalledClient(Record, frozen=True):
    """When a client was called, on whatever contracts."""

    client_id: int
    called_at: Moment


def called(
    clients: Collection[int], since: datetime.datetime, until: datetime.datetime
) -> list[CalledClient]:
    """The calls that we have made to some clients between two moments, each once."""
    theirs, values = dialect.among("client_id", clients)
    sql = f"""
        SELECT DISTINCT client_id, {dialect.moment("called_at")} FROM callback_call
        WHERE {theirs} AND channel = 'phone' AND called_at >= ? AND called_at <= ?
    """
    span = [utc(since).isoformat(" "), utc(until).isoformat(" ")]
    return records.listed(CalledClient, sql, [*values, *span])


class Due(Record, frozen=True):
    """An open call-back whose free look runs."""

    case: int
    policy_no: str
    client_no: str
    agent_no: str
    state: str
    calls: int
    """How often the client was called about it."""
    due_on: datetime.date


def due(on: datetime.date, until: datetime.date) -> list[Due]:
    """Who waits for a call and whose free look ends by a day: in time on `on` first, then the others.

    Of either, what ends first stands before the others, as in the list of the desk.
    """
    sql = f"""
        SELECT k.id, p.policy_no, c.client_no, a.agent_no, k.state,
            (SELECT COUNT(*) FROM callback_call l WHERE l.case_id = k.id), k.due_on
        FROM case_file k JOIN policy p ON p.id = k.policy_id JOIN client c ON c.id = k.client_id
        JOIN agent a ON a.id = p.agent_id
        WHERE {TO_CALL} AND k.due_on <= ? ORDER BY (k.due_on < ?), k.due_on, k.id
    """
    return records.listed(Due, sql, [until.isoformat(), on.isoformat()])


class OpenCallback(Record, frozen=True):
    """An open call-back of a person, with its contract."""

    case: int
    policy_no: str
    product: str
    issue_date: datetime.date
    delivered_on: datetime.date | None
    due_on: datetime.date | None
    state: str
    agent_id: int
    about_id: int | None

    @property
    def is_to_call(self) -> bool:
        """Whether it waits for a call; else for the receipt."""
        return self.state in CALLED_IN

    def is_served_by(self, agent_id: int | None) -> bool:
        """Whether an agent has sold the contract, or serves it."""
        return agent_id is not None and agent_id in (self.agent_id, self.about_id)


def open_of(clients: Collection[int]) -> list[OpenCallback]:
    """The open call-backs of a person's numbers, of new contracts and others, what ends first first."""
    theirs, values = dialect.among("k.client_id", clients)
    sql = f"""
        SELECT k.id, p.policy_no, p.product, p.issue_date, p.delivered_on, k.due_on, k.state,
            p.agent_id, k.about_id
        FROM case_file k JOIN policy p ON p.id = k.policy_id
        WHERE {theirs} AND k.is_open AND k.kind = '{KIND}'
        ORDER BY (k.due_on IS NULL), k.due_on, k.id
    """
    return records.listed(OpenCallback, sql, values)


# ------------------------------------------------------------------------------------------ the rate


class Tallied(Record, frozen=True):
    """How many contracts of an agent's have become what."""

    agent_id: int
    became: str
    """in_time, late, cancelled, not_owed, unsigned or never."""
    count: int
    problems: int


class Issued(NamedTuple):
    """Which contracts are meant: those issued within some days, of some agents."""

    terms: Terms
    first: datetime.date
    last: datetime.date
    agents: Collection[int] | None = None
    """Of today; None: all."""

    def sql(self) -> tuple[str, list[Any]]:
        """The contracts with what has become of them, and what the marks stand for.

        What was done comes before all else: a contract that was cancelled after its call-back was called.
        """
        short, values = _short(self.terms)
        theirs, whose = "1 = 1", list[Any]()
        if self.agents is not None:
            theirs, whose = dialect.among("p.agent_id", sorted(self.agents))
        done = "k.state IN ('done_clean', 'done_problem')"
        sql = f"""
            SELECT p.id AS policy_id, p.agent_id AS agent_id, k.id AS case_id,
                CASE WHEN k.state = 'done_problem' THEN 1 ELSE 0 END AS problem,
                CASE WHEN {done} AND k.ended_on <= t.due_on THEN 'in_time'
                    WHEN {done} THEN 'late'
                    WHEN p.status = '{CANCELLED}' OR e.reason = '{CANCELLED}' THEN 'cancelled'
                    WHEN k.state = 'not_owed' OR {short} THEN 'not_owed'
                    WHEN k.id IS NULL AND ({mourning.died("c")} OR {_joined_late(self.terms)})
                        THEN 'not_owed'
                    WHEN p.delivered_on IS NULL AND t.id IS NULL THEN 'unsigned'
                    ELSE 'never' END AS became
            FROM policy p JOIN client c ON c.id = p.client_id
            LEFT JOIN case_file k ON k.policy_id = p.id AND {OURS}
            LEFT JOIN case_clock t ON t.case_id = k.id AND t.clock = 'call'
            LEFT JOIN case_entry e ON e.case_id = k.id AND e.to_state = 'not_owed'
            WHERE p.issue_date BETWEEN ? AND ? AND p.status NOT IN ({dialect.quoted(APPLIED)})
                AND {theirs}
        """
        return sql, [*values, self.first.isoformat(), self.last.isoformat(), *whose]


def became(issued: Issued) -> Sequence[Tallied]:
    """The contracts by agent and by what became of their call-backs."""
    contracts, values = issued.sql()
    sql = f"""
        SELECT x.agent_id, x.became, COUNT(*), {dialect.whole("SUM(x.problem)")}
        FROM ({contracts}) x GROUP BY x.agent_id, x.became
    """
    return records.listed(Tallied, sql, values)


class Contract(Record, frozen=True):
    """A new contract, and what became of its call-back."""

    policy_no: str
    client_no: str
    client_name: str
    agent_no: str
    agent_name: str
    issue_date: datetime.date
    delivered_on: datetime.date | None
    case: int | None
    """The call-back; None: none was opened."""
    became: str
    has_problem: bool


def contracts(
    issued: Issued, which: Collection[str], only_problems: bool, limit: int, offset: int
) -> list[Contract]:
    """Some of the contracts of which one of these has become, in the order of their issue."""
    inner, values = issued.sql()
    problem = "AND x.problem = 1" if only_problems else ""
    sql = f"""
        SELECT p.policy_no, c.client_no, c.name, a.agent_no, a.name, p.issue_date, p.delivered_on,
            x.case_id, x.became, x.problem
        FROM ({inner}) x JOIN policy p ON p.id = x.policy_id JOIN client c ON c.id = p.client_id
        JOIN agent a ON a.id = p.agent_id
        WHERE x.became IN ({dialect.quoted(which)}) {problem}
        ORDER BY p.issue_date, p.id LIMIT ? OFFSET ?
    """
    return records.listed(Contract, sql, [*values, limit, offset])
