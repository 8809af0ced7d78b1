"""Questions about referrals, a function each."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any

from policies import database, dialect, mourning, records
from policies.models import stored
from policies.records import Moment, Record
from policies.status import APPLIED

CONTRACT_DAYS = 400
"""No free look is so long: older contracts are not looked at."""


class Fact(Record, frozen=True):
    """Something about a client by which is decided whether they may be asked."""

    client_id: int
    what: str
    """erased, died, asked_of, bereaved, refused, stopped, matter, detractor, contract or asked."""
    day: datetime.date | None
    """Of a contract, that of the receipt, or of the issue where there is none; of what is open, none."""
    product: str
    is_signed: bool


_NO_DAY = "CAST(NULL AS DATE)"


def _of_client(what: str, day: str, condition: str) -> str:
    return f"SELECT c.id, '{what}', {day}, '', TRUE FROM client c WHERE {condition} AND {{theirs}}"


_FACTS = " UNION ALL ".join(
    [
        _of_client("erased", "c.erased_on", "c.erased_on IS NOT NULL"),
        _of_client("died", "c.deceased_on", mourning.died("c")),
        _of_client("asked_of", _NO_DAY, "c.death_asked_on IS NOT NULL"),
        _of_client("bereaved", "c.bereaved_until", "c.bereaved_until >= ?"),
        _of_client("refused", _NO_DAY, "NOT c.marketing_consent"),
        f"""
        SELECT c.id, 'stopped', {_NO_DAY}, '', TRUE FROM client c
        JOIN barred b ON b.kind = 'marketing' AND b.subject = c.client_no WHERE {{theirs}}
        """,
        f"""
        SELECT k.client_id, CASE k.kind WHEN 'detractor' THEN 'detractor' ELSE 'matter' END,
            {_NO_DAY}, '', TRUE
        FROM case_file k JOIN client c ON c.id = k.client_id
        WHERE k.is_open AND (k.is_quiet OR k.kind = 'detractor') AND {{theirs}}
        """,
        """
        SELECT k.client_id, 'detractor', k.received_on, '', TRUE
        FROM case_file k JOIN client c ON c.id = k.client_id
        WHERE k.kind = 'detractor' AND NOT k.is_open AND {theirs}
        """,
        f"""
        SELECT p.client_id, 'contract', COALESCE(p.delivered_on, p.issue_date), p.product,
            p.delivered_on IS NOT NULL
        FROM policy p JOIN client c ON c.id = p.client_id
        WHERE p.issue_date >= ? AND (p.ended_on IS NULL OR p.ended_on > ?)
            AND p.status NOT IN ({dialect.quoted(APPLIED)}) AND {{theirs}}
        """,
        """
        SELECT a.client_id, 'asked', MAX(a.asked_on), '', TRUE
        FROM referral_ask a JOIN client c ON c.id = a.client_id WHERE {theirs} GROUP BY a.client_id
        """,
    ]
)
"""Every branch asks for the same clients; the days of the marks before them are filled in in order."""


def facts(client_ids: Collection[int], on: datetime.date) -> list[Fact]:
    """What stands for or against asking some clients, each by their own number."""
    theirs, among = dialect.among("c.id", client_ids)
    first = stored(on - datetime.timedelta(CONTRACT_DAYS))
    sql = _FACTS.format(theirs=theirs)
    values = [
        *among * 3,
        *[stored(on), *among],
        *among * 4,
        *[first, stored(on), *among],
        *among,
    ]
    return records.listed(Fact, sql, values)


class LeadLine(Record, frozen=True):
    """A lead as lists show it."""

    lead: int
    client_no: str
    client_name: str
    name: str
    """Of the friend; empty once it has ended."""
    reach: str
    state: str
    given_on: datetime.date
    until: datetime.date | None
    """The last day; None: it has ended."""
    ended_on: datetime.date | None
    reason: str
    friend_no: str
    """The number of the client whom the friend has become; empty: none."""
    agent_no: str
    """Whose it is in the figures."""


_LINES = """
    SELECT l.id, c.client_no, c.name, l.name, l.reach, l.state, l.given_on, l.until, l.ended_on,
        l.reason, COALESCE(f.client_no, ''), COALESCE(a.agent_no, '')
    FROM lead l JOIN client c ON c.id = l.client_id
    LEFT JOIN client f ON f.id = l.friend_id LEFT JOIN agent a ON a.id = l.agent_id
"""


def open_leads(
    agent_ids: Collection[int] | None, on: datetime.date, most: int | None = None
) -> list[LeadLine]:
    """The open leads of clients whom some agents serve on a day, what ends first before the others."""
    return _listed("l.is_open", [], agent_ids, on, "l.until, l.id", most)


def leads_in(
    state: str, agent_ids: Collection[int] | None, on: datetime.date, most: int | None = None
) -> list[LeadLine]:
    """The leads in a state, of the same clients, the latest first."""
    return _listed("l.state = ?", [state], agent_ids, on, "l.id DESC", most)


def _listed(
    condition: str,
    values: Sequence[Any],
    agent_ids: Collection[int] | None,
    on: datetime.date,
    order: str,
    most: int | None,
) -> list[LeadLine]:
    served = "1 = 1"
    agents: list[Any] = []
    if agent_ids is not None:
        theirs, agents = dialect.among("p.agent_id", agent_ids)
        goes_on = f"(p.ended_on IS NULL OR p.ended_on > {dialect.day(on)})"
        served = f"l.client_id IN (SELECT p.client_id FROM policy p WHERE {theirs} AND {goes_on})"
    limit = "" if most is None else f" LIMIT {most}"
    sql = f"{_LINES} WHERE {condition} AND {served} ORDER BY {order}{limit}"
    return records.listed(LeadLine, sql, [*values, *agents])


def leads_of(client_ids: Collection[int]) -> list[LeadLine]:
    """The leads that some clients have given: open ones first, what ends first before the others."""
    theirs, values = dialect.among("l.client_id", client_ids)
    sql = f"{_LINES} WHERE {theirs} ORDER BY l.is_open DESC, l.until, l.id DESC"
    return records.listed(LeadLine, sql, values)


def line_of(lead_id: int) -> LeadLine | None:
    """A lead; None: there is none of that number."""
    return records.first(LeadLine, f"{_LINES} WHERE l.id = ?", [lead_id])


def ran_out(on: datetime.date, most: int) -> list[int]:
    """The first of the open leads whose last day was before a day, by id."""
    sql = "SELECT id FROM lead WHERE is_open AND until < ? ORDER BY until, id LIMIT ?"
    return database.numbers(sql, [stored(on), most])


class Match(Record, frozen=True):
    """A lead and a client who has come with a file, and may be its friend."""

    lead: int
    client_id: int
    lead_name: str
    client_name: str
    referred_by: str
    """As the file says."""
    given_by: int
    """The client who has named the friend."""
    giver_no: str
    consented_on: datetime.date


def matches(since_client: int) -> list[Match]:
    """Clients with a higher number who share a way to be reached, or a birthday, with a lead.

    Only leads whose friend has agreed: what is known of the others is not compared with anything.
    """
    if not database.value("SELECT EXISTS (SELECT 1 FROM lead WHERE is_open)"):
        return []
    shared = ("l.reach = c.phone", f"l.reach = {dialect.caseless('c.email')}")
    ways = [*(f"{each} AND l.reach <> ''" for each in shared), "l.birthday = c.birthday"]
    sql = " UNION ".join(
        f"""
        SELECT l.id, c.id, l.name, c.name, c.referred_by, g.id, g.client_no, l.consented_on
        FROM client c JOIN lead l ON {way} JOIN client g ON g.id = l.client_id
        WHERE c.id > ? AND l.is_open AND l.consented_on IS NOT NULL
        """
        for way in ways
    )
    return records.listed(Match, f"{sql} ORDER BY 2, 8, 1", [since_client] * len(ways))


class Referrer(Record, frozen=True):
    """A client who has come by a lead, and who had named them."""

    client_no: str
    giver_no: str


def referrers(client_nos: Collection[str]) -> list[Referrer]:
    """By whom some clients have come, of those who came by a lead."""
    theirs, values = dialect.among("f.client_no", client_nos)
    sql = f"""
        SELECT f.client_no, g.client_no FROM client f JOIN lead l ON l.friend_id = f.id
        JOIN client g ON g.id = l.client_id WHERE {theirs} AND f.referred_by <> ''
    """
    return records.listed(Referrer, sql, values)


class Counted(Record, frozen=True):
    """What was asked and given over some days, of an agent or of all."""

    agent_id: int | None
    agent_no: str
    agent_name: str
    asked: int
    gave: int
    names: int
    consented: int
    contacted: int
    met: int
    won: int
    open: int


_COUNTED = """
    SELECT {key}, COUNT(DISTINCT k.id), COUNT(DISTINCT x.ask_id), COUNT(x.id), COUNT(x.consented_on),
        COUNT(x.contacted_on), COUNT(x.met_on), COUNT(CASE WHEN x.state = 'won' THEN 1 END),
        COUNT(CASE WHEN x.is_open THEN 1 END)
    FROM referral_ask k LEFT JOIN agent a ON a.id = k.agent_id LEFT JOIN lead x ON x.ask_id = k.id
    WHERE k.asked_on BETWEEN ? AND ? AND {within}
"""
_OF_AGENT = "k.agent_id, COALESCE(a.agent_no, ''), COALESCE(a.name, '')"


def counted(
    first: datetime.date, last: datetime.date, agent_ids: Collection[int] | None = None
) -> Counted:
    """The asks of some days and what they brought until today, together."""
    (found,) = _counted("NULL, '', ''", "", first, last, agent_ids)
    return found


def counted_by_agent(
    first: datetime.date, last: datetime.date, agent_ids: Collection[int] | None = None
) -> list[Counted]:
    """The same by agent, in the order of their numbers; without one, first."""
    grouped = "GROUP BY k.agent_id, a.agent_no, a.name ORDER BY 2, 1"
    return _counted(_OF_AGENT, grouped, first, last, agent_ids)


def _counted(
    key: str,
    grouped: str,
    first: datetime.date,
    last: datetime.date,
    agent_ids: Collection[int] | None,
) -> list[Counted]:
    within, agents = ("1 = 1", []) if agent_ids is None else dialect.among("k.agent_id", agent_ids)
    sql = f"{_COUNTED.format(key=key, within=within)} {grouped}"
    return records.listed(Counted, sql, [stored(first), stored(last), *agents])


class Candidate(Record, frozen=True):
    """A client with whom an agent has done something lately."""

    client_id: int
    client_no: str
    name: str
    phone: str
    key: str
    """The touchpoint of the task that was done; empty: it came of a reply."""
    done_at: Moment


def candidates(agent_id: int, since: datetime.datetime, most: int) -> list[Candidate]:
    """Clients for whom an agent did a task lately, and whom they still serve; the latest first."""
    sql = f"""
        SELECT c.id, c.client_no, c.name, c.phone, COALESCE(t.key, ''), {dialect.moment("x.ended_at")}
        FROM task x JOIN policy p ON p.id = x.policy_id JOIN client c ON c.id = x.client_id
        LEFT JOIN touchpoint t ON t.id = x.touchpoint_id
        WHERE x.done_by_id = ? AND x.ended_at >= ? AND x.state = 'done' AND x.desk IS NULL
            AND p.agent_id = x.done_by_id AND p.client_id = x.client_id
        ORDER BY x.ended_at DESC, x.id DESC LIMIT ?
    """
    return records.listed(Candidate, sql, [agent_id, stored(since), most])


def serving(client_ids: Collection[int], on: datetime.date) -> int | None:
    """The agent who serves the latest policy of some clients that goes on, else their latest."""
    theirs, values = dialect.among("p.client_id", client_ids)
    sql = f"""
        SELECT p.agent_id FROM policy p WHERE {theirs}
        ORDER BY CASE WHEN p.ended_on IS NULL OR p.ended_on > ? THEN 0 ELSE 1 END,
            p.issue_date DESC, p.id DESC LIMIT 1
    """
    found = database.numbers(sql, [*values, stored(on)])
    return found[0] if found else None


# ------------------------------------------------------------------------------------- what is emptied

EMPTIED = "name = '', reach = '', birthday = NULL, until = NULL"
"""What nobody keeps of a friend whose lead has ended."""


def forget(condition: str, values: Sequence[Any], on: datetime.date) -> int:
    """End the open leads of a condition as without consent, and keep nothing of their friends."""
    sql = f"""
        UPDATE lead SET {EMPTIED}, is_open = FALSE, state = 'no_consent', ended_on = ?
        WHERE is_open AND {condition}
    """
    return int(database.execute(sql, [stored(on), *values]).rowcount)
