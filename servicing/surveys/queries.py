"""The questions of surveys to the database, a function each."""

import datetime
from collections.abc import Collection

from policies import dialect, fatigue, records
from policies.records import Moment, Record
from servicing.core.models import HAD

LEFT = f"m.state IN ({dialect.quoted(HAD)})"
"""A message `m` has left, or may have."""


class Asked(Record, frozen=True):
    """A question that was asked by SMS at a number."""

    id: int
    touchpoint_id: int
    figure: str
    invited_on: datetime.date
    open_until: datetime.date
    is_answered: bool

    def waits(self, on: datetime.date) -> bool:
        """Whether an answer on a day would be the first, and in time."""
        return not self.is_answered and self.open_until >= on


def asked_at(number: str, clients: Collection[int], on: datetime.date) -> list[Asked]:
    """The questions of some clients at a number in the 90 days before a day, the newest first.

    `clients`: those who have the number. A question that went to a number of before is none of it.
    """
    since = on - datetime.timedelta(days=fatigue.LATELY_DAYS)
    theirs, values = dialect.among("s.client_id", clients)
    sql = f"""
        SELECT s.id, s.touchpoint_id, s.figure, s.invited_on, s.open_until,
               EXISTS (SELECT 1 FROM survey_answer a WHERE a.invitation_id = s.id)
        FROM survey_invitation s JOIN message m ON m.id = s.message_id
        WHERE {theirs} AND s.invited_on >= ? AND s.channel = 'sms' AND m.address = ? AND {LEFT}
        ORDER BY s.id DESC
    """
    return records.listed(Asked, sql, [*values, since.isoformat(), number])


class Given(Record, frozen=True):
    """An answer that counts, of a client under any of their numbers."""

    client_no: str
    """The number that was asked for."""
    figure: str
    score: int
    at: Moment
    agent_no: str
    """Who serves the policy today about which was asked."""


def given(client_nos: Collection[str]) -> list[Given]:
    """All answers that count of some clients, by number."""
    theirs, values = dialect.among("k.client_no", client_nos)

    def under(number: str, joined: str) -> str:
        return f"""
            SELECT k.client_no, s.figure, a.score, {dialect.moment("a.answered_at")}, g.agent_no
            FROM client k {joined} JOIN survey_invitation s ON s.client_id = {number}
            JOIN survey_answer a ON a.invitation_id = s.id AND a.fate = 'counted'
            JOIN policy p ON p.id = s.policy_id JOIN agent g ON g.id = p.agent_id WHERE {theirs}
        """

    own = under("k.id", "")
    other = under("n.id", "JOIN client n ON n.person_id = k.person_id AND n.id <> k.id")
    return records.listed(Given, f"{own} UNION ALL {other}", [*values, *values])


# ------------------------------------------------------------------------------------------ figures

KEYS = {
    "total": "''",
    "agent": "g.agent_no",
    "team": """CASE WHEN e.id IS NULL THEN '' WHEN b.id IS NULL THEN e.name
               ELSE b.name || ' · ' || e.name END""",
    "branch": "COALESCE(b.name, '')",
}
"""By which units figures are told: the key of an agent `g`, as `policies.persistency.units` writes it."""

_UNITS = "LEFT JOIN team e ON e.id = g.team_id LEFT JOIN branch b ON b.id = e.branch_id"


class Part(Record, frozen=True):
    """Of whom figures are told, and by which units."""

    by: str
    """One of `KEYS`."""
    agents: frozenset[int] | None
    """By id; None: all."""

    def of(self, column: str) -> tuple[str, list[object]]:
        """The condition that the agent of a column is one of them, and its values."""
        if self.agents is None:
            return "TRUE", []
        condition, values = dialect.among(column, sorted(self.agents))
        return condition, [*values]


class Scored(Record, frozen=True):
    """How often an answer was given that counts."""

    key: str
    month: str
    figure: str
    score: int
    is_again: bool
    count: int


def scored(part: Part, first: datetime.date, last: datetime.date) -> list[Scored]:
    """The answers in time to what was asked from a day to another, by unit and month."""
    theirs, values = part.of("s.agent_id")
    month = f"SUBSTR(CAST(s.invited_on AS TEXT), 1, {len('2026-06')})"
    sql = f"""
        SELECT {KEYS[part.by]}, {month}, s.figure, a.score, s.is_again, COUNT(*)
        FROM survey_invitation s JOIN survey_answer a ON a.invitation_id = s.id AND a.fate = 'counted'
        JOIN agent g ON g.id = s.agent_id {_UNITS}
        WHERE s.invited_on BETWEEN ? AND ? AND {theirs}
        GROUP BY 1, 2, 3, 4, 5
    """
    return records.listed(Scored, sql, [first.isoformat(), last.isoformat(), *values])


class Sent(Record, frozen=True):
    """What became of invitations."""

    key: str
    sent: int
    undelivered: int
    answered: int
    late: int
    second: int


def sent(part: Part, first: datetime.date, last: datetime.date) -> list[Sent]:
    """What became of the invitations that left from a day to another, by unit; no second asking."""
    theirs, values = part.of("s.agent_id")

    def has(fate: str) -> str:
        of = f"SELECT 1 FROM survey_answer a WHERE a.invitation_id = s.id AND a.fate = '{fate}'"
        return f"COUNT(CASE WHEN EXISTS ({of}) THEN 1 END)"

    sql = f"""
        SELECT {KEYS[part.by]}, COUNT(*), COUNT(CASE WHEN m.state = 'undelivered' THEN 1 END),
               {has("counted")}, {has("late")}, {has("second")}
        FROM survey_invitation s LEFT JOIN message m ON m.id = s.message_id
        JOIN agent g ON g.id = s.agent_id {_UNITS}
        WHERE s.invited_on BETWEEN ? AND ? AND NOT s.is_again AND (m.id IS NULL OR {LEFT}) AND {theirs}
        GROUP BY 1
    """
    return records.listed(Sent, sql, [first.isoformat(), last.isoformat(), *values])


# ------------------------------------------------------------------------- the measures of the book

_PERSON = "COALESCE(c.person_id, c.id)"
_BOUGHT = "p.status <> 'applied' AND p.issue_date BETWEEN ? AND ?"
_OF_POLICY = (
    f"""policy p JOIN client c ON c.id = p.client_id JOIN agent g ON g.id = p.agent_id {_UNITS}"""
)

_IS_NEW = """NOT EXISTS (
    SELECT 1 FROM policy o WHERE o.status <> 'applied' AND o.issue_date < ? AND o.client_id IN (
        SELECT c.id UNION ALL SELECT n.id FROM client n WHERE n.person_id = c.person_id))"""
"""A client `c` had no policy before a day, under any of their numbers."""


class Came(Record, frozen=True):
    """How many new clients came in some way."""

    key: str
    source: str
    count: int


def came(part: Part, first: datetime.date, last: datetime.date) -> list[Came]:
    """The clients whose first policy was issued from a day to another, by how they came.

    Who names a referrer came by referral, whatever else the book does not say.
    """
    theirs, values = part.of("p.agent_id")
    source = """CASE WHEN c.source NOT IN ('', 'unknown') THEN c.source
                     WHEN c.referred_by <> '' THEN 'referral' ELSE '' END"""
    sql = f"""
        SELECT x.key, x.source, COUNT(DISTINCT x.person) FROM (
            SELECT {KEYS[part.by]} AS key, MAX({source}) AS source, {_PERSON} AS person FROM {_OF_POLICY}
            WHERE {_BOUGHT} AND {_IS_NEW} AND {theirs} GROUP BY 1, {_PERSON}) x
        GROUP BY 1, 2
    """
    days = [first.isoformat(), last.isoformat(), first.isoformat()]
    return records.listed(Came, sql, [*days, *values])


class Returned(Record, frozen=True):
    """Clients of the start of a period, and which of them came back."""

    key: str
    at_start: int
    bought: int
    introduced: int
    both: int


def returned(part: Part, first: datetime.date, last: datetime.date) -> list[Returned]:
    """Clients whose policy was in service before a day; who bought, or brought a buyer, up to another."""
    theirs, values = part.of("p.agent_id")
    sql = f"""
        WITH start AS (
            SELECT DISTINCT {KEYS[part.by]} AS key, {_PERSON} AS person FROM {_OF_POLICY}
            WHERE p.status <> 'applied' AND p.issue_date < ? AND (p.ended_on IS NULL OR p.ended_on >= ?)
                AND {theirs}),
        bought AS (
            SELECT DISTINCT {_PERSON} AS person FROM policy p JOIN client c ON c.id = p.client_id
            WHERE {_BOUGHT}),
        introduced AS (
            SELECT DISTINCT COALESCE(r.person_id, r.id) AS person
            FROM policy p JOIN client c ON c.id = p.client_id AND c.referred_by <> ''
            JOIN client r ON r.client_no = c.referred_by WHERE {_BOUGHT} AND {_IS_NEW}),
        known AS (
            SELECT key, person, 1 AS is_theirs, 0 AS bought, 0 AS introduced FROM start
            UNION ALL SELECT '', person, 0, 1, 0 FROM bought
            UNION ALL SELECT '', person, 0, 0, 1 FROM introduced),
        told AS (
            SELECT key, is_theirs, MAX(bought) OVER (PARTITION BY person) AS bought,
                   MAX(introduced) OVER (PARTITION BY person) AS introduced FROM known)
        SELECT key, COUNT(*), SUM(bought), SUM(introduced), SUM(bought * introduced)
        FROM told WHERE is_theirs = 1 GROUP BY key
    """
    begins, span = first.isoformat(), [first.isoformat(), last.isoformat()]
    return records.listed(Returned, sql, [begins, begins, *values, *span, *span, begins])


class Complained(Record, frozen=True):
    """Clients who were served, and which of them complained."""

    key: str
    served: int
    complainants: int


def complained(part: Part, first: datetime.date, last: datetime.date) -> list[Complained]:
    """Clients with a policy in service from a day to another, and those who complained then."""
    theirs, values = part.of("p.agent_id")
    sql = f"""
        WITH served AS (
            SELECT DISTINCT {KEYS[part.by]} AS key, {_PERSON} AS person FROM {_OF_POLICY}
            WHERE p.status <> 'applied' AND p.issue_date <= ? AND (p.ended_on IS NULL OR p.ended_on >= ?)
                AND {theirs}),
        complained AS (
            SELECT DISTINCT {_PERSON} AS person FROM case_file k JOIN client c ON c.id = k.client_id
            WHERE k.kind = 'complaint' AND k.received_on BETWEEN ? AND ?),
        known AS (
            SELECT key, person, 1 AS is_theirs, 0 AS complained FROM served
            UNION ALL SELECT '', person, 0, 1 FROM complained),
        told AS (
            SELECT key, is_theirs, MAX(complained) OVER (PARTITION BY person) AS complained FROM known)
        SELECT key, COUNT(*), SUM(complained) FROM told WHERE is_theirs = 1 GROUP BY key
    """
    begins, ends = first.isoformat(), last.isoformat()
    return records.listed(Complained, sql, [ends, begins, *values, begins, ends])


class Closed(Record, frozen=True):
    """Leads that have ended, and how many of them were won."""

    key: str
    closed: int
    won: int


def closed(part: Part, first: datetime.date, last: datetime.date) -> list[Closed]:
    """The leads that ended from a day to another, by unit; those that are nobody's have an empty key."""
    theirs, values = part.of("l.agent_id")
    sql = f"""
        SELECT COALESCE({KEYS[part.by]}, ''), COUNT(*), COUNT(CASE WHEN l.state = 'won' THEN 1 END)
        FROM lead l LEFT JOIN agent g ON g.id = l.agent_id {_UNITS}
        WHERE l.ended_on BETWEEN ? AND ? AND {theirs} GROUP BY 1
    """
    return records.listed(Closed, sql, [first.isoformat(), last.isoformat(), *values])
