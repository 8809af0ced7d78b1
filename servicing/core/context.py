"""The context of a message or a task: one touchpoint with its policy, client and agent of today.

The walk, dispatch, the look ahead and "why" all decide by it. One statement reads it.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence

from policies import database, dialect, inforce, occasions, records
from policies.plan import Touchpoint
from policies.records import Record
from policies.status import PAUSED
from servicing.core import happened, spared
from servicing.core.models import HAD


class Addressee(Record, frozen=True):
    """One touchpoint, and whether and how its client may be written to."""

    touchpoint_id: int
    """0: nobody has recorded it."""
    key: str
    occurrence: str
    anchor_on: datetime.date
    due_on: datetime.date
    policy_id: int
    client_id: int
    """The client the touchpoint was recorded for."""
    agent_id: int
    timezone: str
    phone: str
    email: str
    channel: str
    """The preferred one; empty: the client states none."""
    consent: bool | None
    """To marketing; None: never asked."""
    sms_suppressed: str | None
    """Why nothing may go to the phone number: opted_out or wrong; None: it may."""
    email_suppressed: str | None
    """The same of the email address."""
    marketing_suppressed: str | None
    """opted_out: the client has ended all marketing, whatever the book says."""
    complains: bool
    """A complaint of the client's is open, under any of their numbers (domain.md §12.6)."""


class TouchpointContext(Addressee, frozen=True):
    """One touchpoint and everything that its message may say or depend on."""

    policy_no: str
    product: str
    issue_date: datetime.date
    currency: str
    status: str
    ended_on: datetime.date | None
    left_out_times: int
    holder_id: int
    """The policy's client of today; another one once the policy was handed on."""
    client_no: str
    client_name: str
    gender: str
    language: str
    agent_name: str
    agent_phone: str
    premium: int | None
    """Hundredths; of the instalment that the touchpoint is counted from, if there is one."""
    paid_on: datetime.date | None
    birthday: datetime.date | None
    issued_on: datetime.date
    """Of the policy that it counts from, which may be another one than carries it."""
    delivered_on: datetime.date | None
    """Of the same policy."""
    suspended_on: datetime.date | None
    """Since when the policy is suspended; None: it is not, or nobody knows."""
    reassigned_to: int | None
    """The agent, by id, to whom that policy went on that date; None: it was not reassigned then."""
    has_happened: bool = False
    """What it names as counted from, a case that was closed or a task that was done, stands."""
    has_family: bool = False
    """The birthday in the family that it is counted from stands."""
    deceased_on: datetime.date | None = None
    """Of the client; so are the next two (`policies.mourning`)."""
    death_asked_on: datetime.date | None = None
    bereaved_until: datetime.date | None = None
    other_until: datetime.date | None = None
    """Where the policy has an end: until, but not on, which day another of the client's is served."""
    tier: str | None = None
    """The client's (domain.md §18.4); None: nobody has scored them yet."""
    scope: str = ""
    """policy or client; empty: nobody has recorded it."""
    had_as: str | None = None
    """Another number of the same person, under which they have had the same, or have it first."""
    surveyed_on: datetime.date | None = None
    """When the client was last asked how satisfied they are; so are the next three (`core.spared`)."""
    surveyed_before: datetime.date | None = None
    received_on: datetime.date | None = None
    claimed_on: datetime.date | None = None


COMPLAINS = """(EXISTS (
        SELECT 1 FROM case_file q WHERE q.client_id = c.id AND q.is_open AND q.is_quiet)
    OR c.person_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM client s JOIN case_file q ON q.client_id = s.id AND q.is_open AND q.is_quiet
        WHERE s.person_id = c.person_id))"""
"""A client `c` has an open complaint, or another case that spares them, under any of their numbers."""

TIER = "(SELECT g.tier FROM tier_standing g WHERE g.client_id = c.id)"
"""The tier of a client `c`; NULL: nobody has scored them yet."""

NUMBERS = "SELECT c.id UNION ALL SELECT s.id FROM client s WHERE s.person_id = c.person_id"
"""All numbers of the person who a client `c` is."""

HAS_HAPPENED = happened.stands(NUMBERS)
"""What a touchpoint `t` of a client `c` names as counted from has happened, and stands."""

ADDRESSEE = f"""t.id, t.key, t.occurrence, t.anchor_on, t.due_on, p.id, c.id, p.agent_id,
           c.timezone, c.phone, c.email, c.channel, c.marketing_consent, bs.why, be.why, bm.why,
           {COMPLAINS}"""
"""The columns of an `Addressee`, of a touchpoint `t`, its policy `p` and its client `c`."""


def suppressed() -> str:
    """The joins that `ADDRESSEE` needs; suppressed addresses are compared without regard to case."""
    return f"""
    LEFT JOIN barred bs ON bs.kind = 'sms' AND bs.subject = c.phone
    LEFT JOIN barred be ON be.kind = 'email' AND be.subject = {dialect.caseless("c.email")}
    LEFT JOIN barred bm ON bm.kind = 'marketing' AND bm.subject = c.client_no
    """


COUNTED_FROM = """
    JOIN policy p ON p.id = t.policy_id
    JOIN client c ON c.id = t.client_id
    LEFT JOIN policy o ON o.id = t.anchor_policy_id
    LEFT JOIN premium i ON i.policy_id = COALESCE(t.anchor_policy_id, t.policy_id)
        AND i.due_date = t.anchor_on
    LEFT JOIN handing h ON h.policy_id = COALESCE(t.anchor_policy_id, t.policy_id)
        AND h.handed_on = t.anchor_on
"""
"""What a touchpoint `t` is counted from, and who carries it."""


def had_elsewhere(number: str = "k.client_no") -> str:
    """What a client `c` has of a touchpoint `t` under another number of theirs: a subselect.

    They have had it there, or it is open there and was recorded first, so one of the two is left.
    """
    is_before = f"(m.state IN ({dialect.quoted(HAD)}) OR m.state = 'queued' AND x.id < t.id)"
    is_done = "(w.state = 'done' OR w.state = 'open' AND x.id < t.id)"
    return f"""
        SELECT {number} FROM client k JOIN touchpoint x ON x.client_id = k.id AND x.key = t.key
            AND x.occurrence = t.occurrence AND x.scope = 'client' AND NOT x.released
        WHERE k.person_id = c.person_id AND k.id <> c.id
            AND (EXISTS (SELECT 1 FROM message m WHERE m.touchpoint_id = x.id AND {is_before})
                OR EXISTS (SELECT 1 FROM task w WHERE w.touchpoint_id = x.id AND {is_done}))
    """


_IS_OF_SOMEBODY_WITH_MORE = "c.person_id IS NOT NULL AND t.scope = 'client'"


def is_had_elsewhere() -> str:
    """The same as a condition, asked of nobody who has one number."""
    return f"{_IS_OF_SOMEBODY_WITH_MORE} AND EXISTS ({had_elsewhere('1')})"


def other_until() -> str:
    """Where a policy `p` of a client `c` has an end: until which day another of theirs is served.

    The last of them, under any of their numbers; NULL where there is none.
    """
    return f"""
        CASE WHEN p.ended_on IS NOT NULL THEN (
            SELECT MAX(COALESCE(q.ended_on, {dialect.day(datetime.date.max)})) FROM policy q
            WHERE q.client_id IN ({NUMBERS}) AND q.id <> p.id
                AND q.status NOT IN ({dialect.quoted(PAUSED)}) AND NOT ({inforce.left_out("q")})) END
    """


_ASKED = spared.columns(NUMBERS, "t.id")
_MAYBE_ASKED = [f"CASE WHEN {spared.may_ask()} THEN {each} END" for each in _ASKED]
"""Looked up for what may be a survey, and for nothing else."""


def _select(had_as: str, asked: Sequence[str] = _MAYBE_ASKED) -> str:
    """The statement that reads contexts."""
    return f"""
    SELECT {ADDRESSEE},
           p.policy_no, p.product, p.issue_date, p.currency, p.status, p.ended_on,
           p.left_out_times, p.client_id, c.client_no, c.name, c.gender, c.language, a.name, a.phone,
           i.amount, i.paid_on, c.birthday, COALESCE(o.issue_date, p.issue_date),
           CASE WHEN t.anchor_policy_id IS NULL THEN p.delivered_on ELSE o.delivered_on END,
           p.suspended_on, h.to_agent_id, {HAS_HAPPENED}, {occasions.FAMILY_STANDS},
           c.deceased_on, c.death_asked_on, c.bereaved_until,
           {other_until()}, {TIER}, t.scope, {had_as}, {", ".join(asked)}
    FROM touchpoint t {COUNTED_FROM} JOIN agent a ON a.id = p.agent_id {suppressed()}
    """


def _select_recorded() -> str:
    """The same of touchpoints that are recorded."""
    first = had_elsewhere("MIN(k.client_no)")
    return _select(f"CASE WHEN {_IS_OF_SOMEBODY_WITH_MORE} THEN ({first}) END")


def _select_supposed(asked: Sequence[str] = _MAYBE_ASKED) -> str:
    """The same of touchpoints that nobody has recorded."""
    return _select("NULL", asked)


def of_touchpoints(ids: Iterable[int]) -> Iterator[TouchpointContext]:
    """The contexts of touchpoints by id, in no particular order."""
    for some in database.chunks(ids):
        sql = f"{_select_recorded()} WHERE t.id IN ({dialect.marks(some)})"
        yield from records.listed(TouchpointContext, sql, some)


class Supposed(Record, frozen=True):
    """A touchpoint that nobody has recorded, as if a policy had it."""

    policy_id: int
    anchor_on: datetime.date


_SUPPOSED_COLUMNS = (
    "id, key, scope, occurrence, anchor_on, due_on, policy_id, client_id, anchor_policy_id"
)


def supposed(key: str, due_on: datetime.date, of: Supposed) -> TouchpointContext:
    """The context of a touchpoint that is supposed. Raises LookupError if there is no such policy."""
    found = next(supposed_each(key, due_on, [of]), None)
    if found is None:
        raise LookupError(of.policy_id)
    return found


def supposed_each(
    key: str, due_on: datetime.date, of: Iterable[Supposed]
) -> Iterator[TouchpointContext]:
    """The contexts of touchpoints that are supposed to fall due on a day, in no particular order."""
    for some in database.chunks(of, _SUPPOSED):
        wanted = ", ".join(f"({each.policy_id}, {dialect.day(each.anchor_on)})" for each in some)
        sql = f"""
            WITH wanted (policy_id, anchor_on) AS (VALUES {wanted}),
                 touchpoint ({_SUPPOSED_COLUMNS}) AS
                (SELECT 0, CAST(? AS TEXT), '', '', w.anchor_on, {dialect.day(due_on)}, p.id, p.client_id,
                        CAST(NULL AS BIGINT)
                 FROM wanted w JOIN policy p ON p.id = w.policy_id)
            {_select_supposed(_ASKED)}
        """
        yield from records.listed(TouchpointContext, sql, (key,))


_SUPPOSED = 400
"""Asked for in one statement: SQLite takes no more than 500 rows of VALUES."""


def supposed_for_all(
    touchpoint: Touchpoint, on: datetime.date, since: datetime.date = datetime.date.min
) -> Iterator[TouchpointContext]:
    """The context of every policy that may have a touchpoint to come, as if it were due on a day.

    `since`: of policies that were issued, or have ended, on that day or later. Where it is counted
    from a premium, that is the next one to be paid, and policies without one are passed over. Read it
    inside a `database.snapshot`.
    """
    anchor = dialect.day(on)
    if touchpoint.anchor == "premium_due":
        next_unpaid = f"d.policy_id = p.id AND {inforce.to_pay('p', 'd', on)}"
        anchor = f"(SELECT MIN(d.due_date) FROM premium d WHERE {next_unpaid})"
    sql = f"""
        WITH touchpoint ({_SUPPOSED_COLUMNS}) AS
            (SELECT 0, CAST(? AS TEXT), '', '', {anchor}, {dialect.day(on)}, p.id, p.client_id,
                    CAST(NULL AS BIGINT)
             FROM policy p WHERE {_may_have(touchpoint, on, since)})
        {_select_supposed()} WHERE t.anchor_on IS NOT NULL ORDER BY p.id
    """
    return records.read(TouchpointContext, sql, (touchpoint.id,))


def _may_have(touchpoint: Touchpoint, on: datetime.date, since: datetime.date) -> str:
    """A policy `p` is served, or has a touchpoint to come although it is not."""
    served = inforce.owed("p", on, inforce.paused_for(touchpoint))
    if not touchpoint.outlives_policy:
        return f"{served} AND p.issue_date >= '{since}'"
    follows = f"{inforce.owed_for(touchpoint, 'p', on)} AND {inforce.lost('p')}"
    return f"(({served}) OR ({follows} AND p.ended_on >= '{since}'))"
