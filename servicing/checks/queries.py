"""The statements of spot checks: the frame of a draw, checks and their results, who served a client."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from policies import database, dialect, inforce, mourning, records
from policies.records import Moment, Record

# --------------------------------------------------------------------------------------- the frame


class Framed(Record, frozen=True):
    """A client of a frame, with the policy and the agent by which they stand in it."""

    client_no: str
    client_id: int
    policy_id: int
    agent_id: int


class _Count(Record, frozen=True):
    """A number of an agent's."""

    agent_id: int
    count: int


def frame_by_agent(on: datetime.date) -> dict[int, int]:
    """How many clients stand in the frame of a day, by agent."""
    sql = f"SELECT p.agent_id, COUNT(*) {_framed(on)} GROUP BY p.agent_id"
    return {each.agent_id: each.count for each in records.listed(_Count, sql)}


def frame(on: datetime.date) -> Iterator[Framed]:
    """The clients of the frame of a day, of any number, in no order. Read it inside a `snapshot`."""
    return records.read(Framed, f"SELECT c.client_no, c.id, p.id, p.agent_id {_framed(on)}")


def _framed(on: datetime.date) -> str:
    """Each client whom we serve on a day, once: by their first policy that is in force.

    Nobody calls about somebody who has died, or may have, nor a family in mourning (domain.md §4.16).
    """
    stands = f"{inforce.in_force('{alias}', on)} AND {inforce.owed('{alias}', on)}"
    return f"""
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE {stands.format(alias="p")} AND c.erased_on IS NULL
            AND NOT ({mourning.died("c")}) AND c.death_asked_on IS NULL
            AND (c.bereaved_until IS NULL OR c.bereaved_until < '{on}')
            AND NOT EXISTS (
                SELECT 1 FROM policy q WHERE q.client_id = p.client_id AND q.id < p.id
                    AND {stands.format(alias="q")})
    """


# --------------------------------------------------------------------------------------- the checks


@dataclass(frozen=True)
class Wanted:
    """Which checks: of one draw, of draws within a span of days, of an agent, open or failed."""

    draw_id: int | None = None
    first: datetime.date | None = None
    last: datetime.date | None = None
    agent_no: str | None = None
    is_open: bool = False
    is_red: bool = False
    is_done: bool = False
    agents: Collection[int] | None = None
    """Of the service of these agents only, by id."""
    but_of: int | None = None
    """Not of the service of this agent."""
    checked_from: datetime.date | None = None
    checked_to: datetime.date | None = None
    """Those that were recorded within these days."""

    def condition(self) -> tuple[str, list[Any]]:
        """As a condition on draws `d`, checks `s`, results `r` and agents `a`, with its values."""
        said = [
            ("s.draw_id = ?", self.draw_id),
            ("d.drawn_on >= ?", self.first),
            ("d.drawn_on <= ?", self.last),
            ("r.checked_on >= ?", self.checked_from),
            ("r.checked_on <= ?", self.checked_to),
            ("a.agent_no = ?", self.agent_no),
            ("s.agent_id <> ?", self.but_of),
        ]
        chosen = [(sql, value) for sql, value in said if value is not None]
        flags = [
            ("r.check_id IS NULL", self.is_open),
            ("r.red_lines > 0", self.is_red),
            ("r.check_id IS NOT NULL", self.is_done),
        ]
        conditions = [sql for sql, _ in chosen] + [sql for sql, is_on in flags if is_on]
        values: list[Any] = [each if isinstance(each, int) else str(each) for _, each in chosen]
        if self.agents is not None:
            theirs, numbers = dialect.among("s.agent_id", self.agents)
            conditions.append(theirs)
            values += numbers
        return " AND ".join(conditions) or "1 = 1", values


class CheckLine(Record, frozen=True):
    """A check as it is listed."""

    check: int
    draw: int
    drawn_on: datetime.date
    stratum: str
    client_no: str
    client_name: str
    policy_no: str
    agent_no: str
    agent_name: str
    checker: str | None
    checked_on: datetime.date | None
    earned: int | None
    possible: int | None
    red_lines: int | None

    @property
    def ratio(self) -> float | None:
        """The score; None: it is open, or nothing applied."""
        return self.earned / self.possible if self.earned is not None and self.possible else None


def checks(wanted: Wanted, most: int | None = None, skipped: int = 0) -> Iterator[CheckLine]:
    """The checks that are wanted, in the order of their numbers. Read them inside a `snapshot`.

    `most`: no more than these, after those that are skipped; None: all.
    """
    condition, values = wanted.condition()
    part = "" if most is None else "LIMIT ? OFFSET ?"
    values += [] if most is None else [most, skipped]
    sql = f"""
        SELECT s.id, s.draw_id, d.drawn_on, s.stratum, c.client_no, c.name, p.policy_no,
               a.agent_no, a.name, r.checker, r.checked_on, r.earned, r.possible, r.red_lines
        FROM spot_check s JOIN check_draw d ON d.id = s.draw_id
        JOIN client c ON c.id = s.client_id JOIN policy p ON p.id = s.policy_id
        JOIN agent a ON a.id = s.agent_id LEFT JOIN check_result r ON r.check_id = s.id
        WHERE {condition} ORDER BY s.id {part}
    """
    return records.read(CheckLine, sql, values)


class DrawLine(Record, frozen=True):
    """A draw as it is listed."""

    draw: int
    drawn_on: datetime.date
    by: str
    seed: str
    share: str
    min: int
    frame: int
    drawn: int
    checked: int
    questions: str
    drawn_by: str
    drawn_at: Moment


def draws() -> list[DrawLine]:
    """All draws, the latest first."""
    sql = f"""
        SELECT d.id, d.drawn_on, d.unit, d.seed, d.share, d.min_each, d.frame, d.drawn,
               (SELECT COUNT(*) FROM spot_check s JOIN check_result r ON r.check_id = s.id
                WHERE s.draw_id = d.id), d.edition, d.drawn_by, {dialect.moment("d.drawn_at")}
        FROM check_draw d ORDER BY d.id DESC
    """
    return records.listed(DrawLine, sql)


class DrawName(Record, frozen=True):
    """A draw to choose from."""

    draw: int
    drawn_on: datetime.date
    seed: str


def last_draws(most: int) -> list[DrawName]:
    """The last draws, the latest first."""
    sql = "SELECT id, drawn_on, seed FROM check_draw ORDER BY id DESC LIMIT ?"
    return records.listed(DrawName, sql, [most])


class Tallied(Record, frozen=True):
    """What the checks of an agent's service have come to."""

    agent_id: int
    drawn: int
    checked: int
    earned: int
    possible: int
    red_lines: int


def by_agent(wanted: Wanted) -> list[Tallied]:
    """The checks that are wanted, counted by agent."""
    condition, values = wanted.condition()
    sums = ", ".join(
        f"COALESCE({dialect.whole(f'SUM(r.{column})')}, 0)"
        for column in ("earned", "possible", "red_lines")
    )
    sql = f"""
        SELECT s.agent_id, COUNT(*), COUNT(r.check_id), {sums}
        FROM spot_check s JOIN check_draw d ON d.id = s.draw_id JOIN agent a ON a.id = s.agent_id
        LEFT JOIN check_result r ON r.check_id = s.id
        WHERE {condition} GROUP BY s.agent_id
    """
    return records.listed(Tallied, sql, values)


# ------------------------------------------------------------------------------------------ the doer


class _Name(Record, frozen=True):
    """The number of an agent, or the login of an agent's account."""

    name: str


def doers(check_id: int) -> set[str]:
    """Numbers and logins of those who served the client of a check: its agent, and who did a task.

    Of a desk's task it is the login of who has recorded it.
    """
    sql = """
        WITH doer AS (
            SELECT s.agent_id AS id FROM spot_check s WHERE s.id = ?
            UNION SELECT p.agent_id FROM spot_check s JOIN policy p ON p.id = s.policy_id
                WHERE s.id = ?
            UNION SELECT t.done_by_id FROM spot_check s JOIN task t ON t.client_id = s.client_id
                WHERE s.id = ? AND t.state = 'done'
        )
        SELECT a.agent_no FROM doer JOIN agent a ON a.id = doer.id
        UNION SELECT u.login FROM doer JOIN user_account u ON u.agent_id = doer.id
        UNION SELECT t.done_by_login FROM spot_check s JOIN task t ON t.client_id = s.client_id
            WHERE s.id = ? AND t.state = 'done' AND t.done_by_login IS NOT NULL
    """
    return {each.name for each in records.listed(_Name, sql, [check_id] * 4)}


def last_result() -> int:
    """The number of the last result of any check: where it is another one, something was checked."""
    return int(database.value("SELECT COALESCE(MAX(id), 0) FROM check_result"))
