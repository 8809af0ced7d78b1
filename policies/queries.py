"""The questions to the book: referrals, trees of them, further policies; one person, a family."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from policies import database, dialect, inforce, occasions, records
from policies.records import Record

# ------------------------------------------------------------------------------------------- growth


class ReferrerServed(Record, frozen=True):
    """A referred client, and one of the agents who serve the referrer."""

    client_id: int
    issued: date
    """The day of the client's first policy."""
    agent_id: int


def referrers_served(first: date, last: date) -> Iterator[ReferrerServed]:
    """Which clients, referred by others, bought a first policy in these days, and who serves those?

    Client by client.
    """
    issue_date = dialect.unindexed("issue_date")  # a part of a year or more of all policies
    sql = (
        "SELECT DISTINCT n.client_id, n.issued, q.agent_id FROM"
        "  (SELECT client_id, MIN(issue_date) AS issued FROM policy b"
        f"  WHERE {issue_date} BETWEEN ? AND ? AND {inforce.a_policy('b')} GROUP BY client_id) AS n"
        " JOIN client c ON c.id = n.client_id AND c.referred_by <> ''"
        " JOIN client r ON r.client_no = c.referred_by AND r.id <> c.id"
        f" JOIN policy q ON q.client_id = r.id AND {inforce.a_policy('q')}"
        " WHERE NOT EXISTS (SELECT 1 FROM policy e WHERE e.client_id = c.id"
        f"  AND e.issue_date < ? AND {inforce.a_policy('e')})"
        " ORDER BY n.client_id"
    )
    days = [first.isoformat(), last.isoformat(), first.isoformat()]
    return records.read(ReferrerServed, sql, days)


class HeldPolicy(Record, frozen=True):
    """A policy of a client."""

    client_id: int
    agent_id: int
    issued: date
    ended: date
    """Far away where there is no end."""


def clients_with_one_policy(on: date) -> dict[int, int]:
    """By agent: how many clients held exactly one policy at the start of the day?"""
    client_id, issue_date = map(dialect.unindexed, ("client_id", "issue_date"))
    sql = (
        "SELECT agent_id, COUNT(*) FROM (SELECT MIN(agent_id) AS agent_id FROM policy"
        f" WHERE {issue_date} < ? AND {inforce.a_policy('policy')}"
        f" AND {inforce.not_ended('policy', on)}"
        f" GROUP BY {client_id} HAVING COUNT(*) = 1) AS single GROUP BY agent_id"
    )
    return dict(database.execute(sql, [on.isoformat()]))


def policies_of_clients_with_events(first: date, last: date) -> Iterator[HeldPolicy]:
    """Which policies have the clients for whom one began or ended in these days? Client by client."""
    sql = (
        "SELECT client_id, agent_id, issue_date,"
        f" COALESCE(ended_on, {dialect.day(date.max)}) FROM policy p"
        f" WHERE {inforce.a_policy('p')} AND client_id IN (SELECT client_id FROM policy"
        "  WHERE issue_date BETWEEN ? AND ? OR ended_on BETWEEN ? AND ?) ORDER BY client_id"
    )
    return records.read(HeldPolicy, sql, [first.isoformat(), last.isoformat()] * 2)


# ------------------------------------------------------------------------------ trees of referrals


class Holding(Record, frozen=True):
    """The policies that somebody holds in one currency; of no policies, currency and premium are none."""

    client_no: str
    name: str
    currency: str | None
    policies: int | None
    premium: int | None
    """In hundredths."""


class MemberHolding(Holding, frozen=True):
    """The policies of a member of a tree."""

    referred_by: str


class TreeHolding(Holding, frozen=True):
    """The root of a tree, and the policies of all its members."""

    people: int


def tree(client_no: str, on: datetime.date) -> list[MemberHolding]:
    """Which policies do a client and all below hold on a day? A row for each client and currency.

    UNION ends where a circle comes round.
    """
    sql = f"""
        WITH RECURSIVE tree (id, client_no) AS (
            SELECT id, client_no FROM client WHERE client_no = ?
            UNION
            SELECT c.id, c.client_no FROM tree CROSS JOIN client c
            WHERE c.referred_by = tree.client_no AND c.referred_by <> ''
        )
        SELECT c.client_no, c.name, p.currency, COUNT(p.id),
               {dialect.whole("SUM(p.annual_premium)")}, c.referred_by
        FROM tree CROSS JOIN client c LEFT JOIN policy p
             ON p.client_id = c.id AND {inforce.in_force("p", on)}
        WHERE c.id = tree.id
        GROUP BY c.id, p.currency
    """
    return records.listed(MemberHolding, sql, [client_no])


_PEOPLE = """
    WITH RECURSIVE person (root, id, client_no) AS (
        SELECT r.id, r.id, r.client_no FROM client r
        WHERE r.client_no IN (SELECT referred_by FROM client WHERE referred_by <> '')
          AND NOT EXISTS (SELECT 1 FROM client b WHERE b.client_no = r.referred_by){limited}
        UNION
        SELECT person.root, c.id, c.client_no FROM person CROSS JOIN client c
        WHERE c.referred_by = person.client_no AND c.referred_by <> ''
    )
"""
"""Everybody in a tree that has a root, with that root: circles, and those who hang on them, have none."""

_SERVED = """
          AND EXISTS (SELECT 1 FROM policy s WHERE s.client_id = r.id AND s.agent_id IN ({}))"""
"""Of the roots only those whom some agents serve."""


def largest_trees(
    on: datetime.date, top: int, leading: Sequence[str], agent_ids: Collection[int] | None
) -> list[TreeHolding]:
    """Which are the largest trees on a day, by premium in two writings of the leading currency?

    A row for each tree and currency. With `agent_ids`, only trees whose root one of them serves.
    """
    limited = "" if agent_ids is None else _SERVED.format(dialect.marks(agent_ids))
    sql = f"""{_PEOPLE.format(limited=limited)},
        held (root, currency, policies, premium) AS (
            SELECT person.root, p.currency, COUNT(*), {dialect.whole("SUM(p.annual_premium)")}
            FROM person CROSS JOIN policy p
            WHERE p.client_id = person.id AND {inforce.in_force("p", on)}
            GROUP BY person.root, p.currency
        ),
        size (root, people) AS (SELECT root, COUNT(*) FROM person GROUP BY root),
        best (root, people, worth) AS (
            SELECT size.root, size.people,
                   COALESCE(SUM(CASE WHEN held.currency IN (?, ?) THEN held.premium END), 0)
            FROM size LEFT JOIN held ON held.root = size.root
            GROUP BY size.root, size.people ORDER BY 3 DESC, 2 DESC, 1 LIMIT {top:d}
        )
        SELECT c.client_no, c.name, held.currency, held.policies, held.premium, best.people
        FROM best JOIN client c ON c.id = best.root LEFT JOIN held ON held.root = best.root
        ORDER BY best.worth DESC, best.people DESC, best.root
    """
    return records.listed(TreeHolding, sql, [*(agent_ids or ()), *leading])


def astray() -> dict[str, str]:
    """Who hangs on a circle of referrals, and by whom was each referred? By client number."""
    sql = f"""{_PEOPLE.format(limited="")},
        stray (id) AS (
            SELECT c.id FROM client c JOIN client r ON r.client_no = c.referred_by
            WHERE c.referred_by <> ''
            EXCEPT
            SELECT id FROM person
        )
        SELECT c.client_no, c.referred_by FROM stray JOIN client c ON c.id = stray.id
    """
    return dict(database.execute(sql))


def policies_by_currency(on: datetime.date) -> Counter[str]:
    """How many policies are in force on a day in each currency, as policies write it?"""
    sql = (
        "SELECT p.currency, COUNT(*) FROM policy p"
        f" WHERE {inforce.in_force('p', on)} GROUP BY p.currency"
    )
    return Counter(dict(database.execute(sql)))


def persons_of(client_ids: Sequence[int]) -> list[tuple[int, int]]:
    """All numbers of those clients who have several, by id, each with its person."""
    sql = f"""
        SELECT id, person_id FROM client WHERE person_id IN
            (SELECT person_id FROM client
             WHERE id IN ({dialect.marks(client_ids)}) AND person_id IS NOT NULL)
        ORDER BY id
    """
    return list(database.execute(sql, client_ids))


# ------------------------------------------------------------------------------------------- family


class Relative(Record, frozen=True):
    """The birthday of somebody in the family of a client."""

    client_id: int
    birthday: date
    is_lunar: bool


def family_births(client_ids: Collection[int]) -> Iterator[Relative]:
    """Whose birthday comes in the families of some clients: those who are alive, oldest first."""
    for some in database.chunks(client_ids):
        sql = f"""
            SELECT DISTINCT r.client_id, r.birthday, r.is_lunar FROM relation r
            WHERE r.client_id IN ({dialect.marks(some)}) AND r.birthday IS NOT NULL
                AND {occasions.living("r")}
            ORDER BY r.birthday, r.is_lunar
        """
        yield from records.listed(Relative, sql, some)
