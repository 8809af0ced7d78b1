"""The statements of reports on cases that ask for more than cases."""

import datetime
from collections.abc import Collection, Iterator
from typing import NamedTuple

from policies import dialect, inforce, records
from policies.records import Record


class Held(Record, frozen=True):
    """How many policies of a product an agent has."""

    agent_id: int
    product: str
    count: int


def held(on: datetime.date, agents: Collection[int] | None) -> list[Held]:
    """The policies in force on a day, by agent of today and product; of some agents, or None: of all."""
    theirs, values = _of(agents, "p.agent_id")
    sql = f"""
        SELECT p.agent_id, p.product, COUNT(*) FROM policy p
        WHERE {inforce.in_force("p", on)} AND {theirs} GROUP BY p.agent_id, p.product
    """
    return records.listed(Held, sql, values)


class Leads(Record, frozen=True):
    """Somebody with a login who has a place in the force: a manager, or an agent with an account."""

    login: str
    name: str
    agent_id: int | None
    team: str
    """That which a manager leads; empty: the whole branch."""
    branch: str


def leads() -> list[Leads]:
    """Who has a login and a place in the force."""
    sql = """
        SELECT u.login, u.name, u.agent_id, COALESCE(t.name, ''), COALESCE(b.name, c.name, '')
        FROM user_account u LEFT JOIN team t ON t.id = u.team_id
        LEFT JOIN branch b ON b.id = t.branch_id LEFT JOIN branch c ON c.id = u.branch_id
        WHERE u.role IN ('agent', 'manager') ORDER BY u.login
    """
    return records.listed(Leads, sql)


class Checked(Record, frozen=True):
    """Spot checks, and those of them in which a red line failed."""

    count: int
    failed: int


def checked(first: datetime.date, last: datetime.date, agents: Collection[int] | None) -> Checked:
    """How many spot checks of the service of some agents were recorded over some days; None: of all."""
    theirs, values = _of(agents, "s.agent_id")
    failed = dialect.whole("SUM(CASE WHEN r.red_lines > 0 THEN 1 ELSE 0 END)")
    sql = f"""
        SELECT COUNT(*), COALESCE({failed}, 0) FROM check_result r JOIN spot_check s ON s.id = r.check_id
        WHERE r.checked_on BETWEEN ? AND ? AND {theirs}
    """
    return records.listed(Checked, sql, [first.isoformat(), last.isoformat(), *values])[0]


def _of(agents: Collection[int] | None, column: str) -> tuple[str, list[object]]:
    return ("1 = 1", []) if agents is None else dialect.among(column, sorted(agents))


class Answered(Record, frozen=True):
    """A case that answers a line of a daily list."""

    case: int
    source: str
    owner: str
    due_on: datetime.date | None
    cause: str
    """The last that was said of it; empty: nothing yet, or its words were taken away."""
    measure: str


def answered(on: datetime.date) -> list[Answered]:
    """The improvement measures of a day's list, the latest of a line last."""
    sql = f"""
        SELECT k.id, k.source, CASE WHEN k.owner = '' THEN k.desk ELSE k.owner END,
            (SELECT c.due_on FROM case_clock c WHERE c.case_id = k.id ORDER BY c.id LIMIT 1),
            {_said("'cause'")}, {_said("'measure', 'other_measure'")}
        FROM case_file k WHERE k.kind = 'improvement' AND k.received_on = ? ORDER BY k.id
    """
    return records.listed(Answered, sql, [on.isoformat()])


def _said(steps: str) -> str:
    """The words of the last entry of some steps."""
    return f"""
        COALESCE((SELECT e.text FROM case_entry e WHERE e.case_id = k.id AND e.step IN ({steps})
                  AND NOT e.is_restricted ORDER BY e.id DESC LIMIT 1), '')
    """


# -------------------------------------------------------------------------------------- the register


class Steps(NamedTuple):
    """The steps of a kind by which a register dates what was done."""

    accepted: Collection[str]
    decided: Collection[str]
    informed: Collection[str]
    refused: Collection[str]
    upgraded: Collection[str]


class Registered(Record, frozen=True):
    """A complaint as registers have it: what was done and when, and nothing of the restricted trail."""

    case: int
    received_on: datetime.date
    source: str
    channel: str
    client_no: str | None
    policy_no: str | None
    product: str | None
    about: str | None
    """The number of the agent, or the login."""
    categories: str
    persons: int
    state: str
    ended_on: datetime.date | None
    repeat_of: int | None
    accepted_on: datetime.date | None
    decided_on: datetime.date | None
    decision: str | None
    informed_on: datetime.date | None
    reason: str | None
    """Why it was refused."""
    upgraded_on: datetime.date | None
    extended: int
    """By how much its time was extended, in the unit of the rule."""
    decision_due: datetime.date | None
    decision_stopped: datetime.date | None
    summary_due: datetime.date | None
    summary_stopped: datetime.date | None
    final_due: datetime.date | None
    final_stopped: datetime.date | None


def registered(
    kind: str, steps: Steps, first: datetime.date, last: datetime.date
) -> Iterator[Registered]:
    """The cases of a kind that came over some days, in that order. Read them inside a `snapshot`."""
    clocks = ", ".join(
        f"(SELECT c.{column} FROM case_clock c WHERE c.case_id = k.id AND c.clock = '{clock}')"
        for clock in ("decision", "summary", "final")
        for column in ("due_on", "stopped_on")
    )
    sql = f"""
        SELECT k.id, k.received_on, k.source, k.channel, c.client_no, p.policy_no, p.product,
            COALESCE(a.agent_no, NULLIF(k.about_login, '')), k.categories, k.persons, k.state,
            k.ended_on, k.repeat_of,
            {_first("done_on", steps.accepted)}, {_first("done_on", steps.decided)},
            {_first("text", steps.decided)}, {_first("done_on", steps.informed)},
            {_first("reason", steps.refused)}, {_first("done_on", steps.upgraded)},
            (SELECT COALESCE({dialect.whole("SUM(e.length)")}, 0) FROM case_entry e
             WHERE e.case_id = k.id),
            {clocks}
        FROM case_file k LEFT JOIN client c ON c.id = k.client_id
        LEFT JOIN policy p ON p.id = k.policy_id LEFT JOIN agent a ON a.id = k.about_id
        WHERE k.kind = ? AND k.received_on BETWEEN ? AND ? ORDER BY k.received_on, k.id
    """
    return records.read(Registered, sql, [kind, first.isoformat(), last.isoformat()])


def _first(column: str, steps: Collection[str]) -> str:
    """What the first open entry of some steps says."""
    return f"""
        (SELECT e.{column} FROM case_entry e WHERE e.case_id = k.id AND NOT e.is_restricted
            AND e.step IN ({dialect.quoted(steps)}) ORDER BY e.id LIMIT 1)
    """
