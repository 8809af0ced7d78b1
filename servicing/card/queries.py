"""The statements of the card: a client's policies, whom it names, and what was recorded."""

import datetime
from collections.abc import Collection

from peewee import JOIN, Expression, ModelSelect

from policies import dialect, records
from policies.models import Agent, Branch, Client, Policy, Team
from policies.records import Moment, Record
from servicing.core import spared
from servicing.core.context import COMPLAINS, NUMBERS, TIER, other_until
from servicing.core.models import Message, Task, Touchpoint
from servicing.desk.queries import ABOUT


def policies_of(client: Client) -> list[Policy]:
    """The client's policies with agent, team and branch, the oldest first."""
    query: ModelSelect[Policy] = (
        Policy.select(Policy, Agent, Team, Branch)
        .join(Agent)
        .join(Team, JOIN.LEFT_OUTER)
        .join(Branch, JOIN.LEFT_OUTER)
        .where(Policy.client == client)
        .order_by(Policy.issue_date, Policy.id)
    )
    return list(query)


class AskedOf(Record, frozen=True):
    """What decides whether something is kept from the client of a policy (`still_owed.kept_back`)."""

    policy_no: str
    complains: bool
    deceased_on: datetime.date | None
    death_asked_on: datetime.date | None
    bereaved_until: datetime.date | None
    other_until: datetime.date | None
    tier: str | None
    surveyed_on: datetime.date | None
    surveyed_before: datetime.date | None
    received_on: datetime.date | None
    claimed_on: datetime.date | None


def asked_of(client: Client) -> list[AskedOf]:
    """The same of each policy of a client."""
    sql = f"""
        SELECT p.policy_no, {COMPLAINS}, c.deceased_on, c.death_asked_on, c.bereaved_until,
               {other_until()}, {TIER}, {", ".join(spared.columns(NUMBERS))}
        FROM policy p JOIN client c ON c.id = p.client_id WHERE c.id = ?
    """
    return records.listed(AskedOf, sql, [client.id])


class Around(Record, frozen=True):
    """Somebody or something that is known around a client."""

    what: str
    """family, referrer, referred, refused, or near: the client's own tier and stage."""
    kind: str
    """Of the family the kin; of a refusal what is refused; near: the tier."""
    name: str
    """Of a refusal why: opted_out or wrong; near: the points."""
    day: datetime.date | None
    """A birthday; near: the last day of a granted tier."""
    note: str
    """Of a refusal its source."""
    client_no: str
    """Of a refusal its subject: a number, an address."""
    id: int
    """Near: the stage as a number, -1 where no policy is in force."""
    since: Moment | None
    """Of a refusal the moment since when it holds."""
    is_lunar: bool
    """Of the family whether the birthday is kept by the lunar calendar."""
    deceased_on: datetime.date | None
    """Of the family a day of death that the card itself says."""


def around(client: Client, stage: str = "NULL") -> list[Around]:
    """The family, referrals and refusals of a client, and how near they are: by number and address.

    `stage`: of a client `c`, as a statement has it.

    These are looked up by the statement itself: a value of it may come into a library's log.
    """
    since = dialect.moment("b.since")
    known_by = {"marketing": "c.client_no", "sms": "c.phone", "email": dialect.caseless("c.email")}
    refused = " ".join(
        f"UNION ALL SELECT 'refused', b.kind, b.why, NULL, b.source, b.subject, b.id, {since},"
        " FALSE, NULL"
        f" FROM client c JOIN barred b ON b.kind = '{kind}' AND b.subject = {subject} WHERE c.id = ?"
        for kind, subject in known_by.items()
    )
    sql = f"""
        SELECT 'family', r.kind, r.name, CAST(r.birthday AS TEXT), r.note, r.client_no, r.id, NULL,
            r.is_lunar, CAST(r.deceased_on AS TEXT)
        FROM relation r WHERE r.client_id = ?
        UNION ALL SELECT 'referrer', '', c.name, NULL, '', c.client_no, c.id, NULL, FALSE, NULL
        FROM client c WHERE c.client_no = ?
        UNION ALL SELECT 'referred', '', c.name, NULL, '', c.client_no, c.id, NULL, FALSE, NULL
        FROM client c WHERE c.referred_by = ? AND c.referred_by <> ''
        UNION ALL SELECT 'near', COALESCE(g.tier, ''), COALESCE(g.points, ''),
            CAST(g.granted_until AS TEXT), '', '', COALESCE({stage}, -1), NULL, FALSE, NULL
        FROM client c LEFT JOIN tier_standing g ON g.client_id = c.id WHERE c.id = ?
        {refused}
        ORDER BY 1, 7
    """
    values = [client.id, client.referred_by, client.client_no, client.id]
    values += [client.id for _ in known_by]
    return records.listed(Around, sql, values)


class Writer(Record, frozen=True):
    """Somebody with an account who has written on cards."""

    login: str
    name: str
    is_read: bool
    """Whether their remarks concern an agent's policies; without an agent, they do."""
    is_agent: bool


def writers(
    agent_id: int | None, policy_ids: Collection[int], logins: Collection[str]
) -> list[Writer]:
    """The accounts of some logins, and whose remarks concern an agent's policies.

    Hers, those of who served one of the policies before her, of her managers, and of operations.
    """
    if not logins:
        return []
    sql = f"""
        SELECT u.login, u.name, CAST(CASE WHEN ? < 0
            OR u.role NOT IN ('agent', 'manager')
            OR u.role = 'manager'
                AND (u.team_id = t.id OR u.team_id IS NULL AND u.branch_id = t.branch_id)
            OR u.role = 'agent' AND (u.agent_id = a.id OR u.agent_id IN (
                SELECT b.agent_id FROM past_agent b WHERE b.policy_id IN ({dialect.marks(policy_ids)})
            )) THEN 1 ELSE 0 END AS INTEGER), u.role = 'agent'
        FROM user_account u LEFT JOIN agent a ON a.id = ? LEFT JOIN team t ON t.id = a.team_id
        WHERE u.login IN ({dialect.marks(logins)})
    """
    whose = -1 if agent_id is None else agent_id
    return records.listed(Writer, sql, [whose, *policy_ids, whose, *logins])


def recorded_touchpoints(condition: Expression) -> list[Touchpoint]:
    """Touchpoints that were recorded, each with its policy, message and task, by their days."""
    query: ModelSelect[Touchpoint] = (
        Touchpoint.select(Touchpoint, Policy, Message, Task)
        .join(Policy)
        .switch(Touchpoint)
        .join(Message, JOIN.LEFT_OUTER)
        .switch(Touchpoint)
        .join(Task, JOIN.LEFT_OUTER)
        .where(condition)
        .order_by(Touchpoint.due_on, Touchpoint.id)
    )
    return list(query)


class OpenTask(Record, frozen=True):
    """A task that is open for a client."""

    id: int
    show_on: datetime.date
    due_on: datetime.date
    touchpoint: str
    policy_no: str
    desk: str
    """Whose it is; empty: the agent's."""


def open_tasks(client_id: int) -> list[OpenTask]:
    """The open tasks for a client, in the order in which they come up."""
    sql = f"""
        SELECT x.id, x.show_on, x.due_on, {ABOUT}, p.policy_no, COALESCE(x.desk, '')
        FROM task x LEFT JOIN touchpoint t ON t.id = x.touchpoint_id
        JOIN policy p ON p.id = x.policy_id
        WHERE x.client_id = ? AND x.state = 'open' ORDER BY x.show_on, x.id
    """
    return records.listed(OpenTask, sql, [client_id])
