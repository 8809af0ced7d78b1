"""The context of a message or a task: one touchpoint with its policy, client and agent of today.

The walk, dispatch, the look ahead and "why" all decide by it. One statement reads it.
"""

import datetime
from collections.abc import Iterable, Iterator

from policies import database, dialect, inforce, records
from policies.records import Record
from servicing.core.models import HAD


class TouchpointContext(Record, frozen=True):
    """One touchpoint and everything that its message may say or depend on."""

    touchpoint_id: int
    """0: nobody has recorded it."""
    key: str
    occurrence: str
    anchor_on: datetime.date
    due_on: datetime.date
    policy_id: int
    policy_no: str
    product: str
    issue_date: datetime.date
    currency: str
    status: str
    ended_on: datetime.date | None
    left_out_times: int
    holder_id: int
    """The policy's client of today; another one once the policy was handed on."""
    client_id: int
    """The client the touchpoint was recorded for."""
    client_no: str
    client_name: str
    gender: str
    language: str
    timezone: str
    phone: str
    email: str
    channel: str
    """The preferred one; empty: the client states none."""
    consent: bool | None
    """To marketing; None: never asked."""
    agent_id: int
    agent_name: str
    agent_phone: str
    sms_suppressed: str | None
    """Why nothing may go to the phone number: opted_out or wrong; None: it may."""
    email_suppressed: str | None
    """The same of the email address."""
    marketing_suppressed: str | None
    """opted_out: the client has ended all marketing, whatever the book says."""
    premium: int | None
    """Hundredths; of the instalment that the touchpoint is counted from, if there is one."""
    paid_on: datetime.date | None
    birthday: datetime.date | None
    issued_on: datetime.date
    """Of the policy that it counts from, which may be another one than carries it."""
    delivered_on: datetime.date | None
    """Of the same policy."""
    reassigned_to: int | None
    """The agent, by id, to whom that policy went on that date; None: it was not reassigned then."""
    deceased_on: datetime.date | None = None
    """Of the client; so are the next two (`policies.mourning`)."""
    death_asked_on: datetime.date | None = None
    bereaved_until: datetime.date | None = None
    scope: str = ""
    """policy or client; empty: nobody has recorded it."""
    had_as: str | None = None
    """Another number of the same person, under which they have had the same, or have it first."""


_SELECT = """
    SELECT t.id, t.key, t.occurrence, t.anchor_on, t.due_on,
           p.id, p.policy_no, p.product, p.issue_date, p.currency, p.status, p.ended_on,
           p.left_out_times, p.client_id,
           c.id, c.client_no, c.name, c.gender, c.language, c.timezone, c.phone, c.email, c.channel,
           c.marketing_consent,
           a.id, a.name, a.phone,
           bs.why, be.why, bm.why,
           i.amount, i.paid_on,
           c.birthday, COALESCE(o.issue_date, p.issue_date),
           CASE WHEN t.anchor_policy_id IS NULL THEN p.delivered_on ELSE o.delivered_on END,
           h.to_agent_id,
           c.deceased_on, c.death_asked_on, c.bereaved_until, t.scope, {had_as}
    FROM touchpoint t
    JOIN policy p ON p.id = t.policy_id
    JOIN client c ON c.id = t.client_id
    JOIN agent a ON a.id = p.agent_id
    LEFT JOIN barred bs ON bs.kind = 'sms' AND bs.subject = c.phone
    LEFT JOIN barred be ON be.kind = 'email' AND be.subject = {email}
    LEFT JOIN barred bm ON bm.kind = 'marketing' AND bm.subject = c.client_no
    LEFT JOIN policy o ON o.id = t.anchor_policy_id
    LEFT JOIN premium i ON i.policy_id = COALESCE(t.anchor_policy_id, t.policy_id)
        AND i.due_date = t.anchor_on
    LEFT JOIN handing h ON h.policy_id = COALESCE(t.anchor_policy_id, t.policy_id)
        AND h.handed_on = t.anchor_on
"""


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


def _select() -> str:
    """The statement that reads contexts; suppressed addresses are compared without regard to case."""
    first = had_elsewhere("MIN(k.client_no)")
    had_as = f"CASE WHEN {_IS_OF_SOMEBODY_WITH_MORE} THEN ({first}) END"
    return _SELECT.format(email=dialect.caseless("c.email"), had_as=had_as)


def _select_supposed() -> str:
    """The same of touchpoints that nobody has recorded."""
    return _SELECT.format(email=dialect.caseless("c.email"), had_as="NULL")


def found_after(mark: int, limit: int) -> list[TouchpointContext]:
    """The next touchpoints, by id, that were recorded after the one with id `mark`.

    Where the batch ends is asked first: of rows so new PostgreSQL has no statistics, and asked to join
    and then to stop after some, it may join all that follow, batch after batch.
    """
    batch = "SELECT id FROM touchpoint WHERE id > ? ORDER BY id LIMIT ?"
    last = database.value(f"SELECT MAX(id) FROM ({batch}) AS batch", (mark, limit))
    if last is None:
        return []
    sql = f"{_select()} WHERE t.id > ? AND t.id <= ? ORDER BY t.id"
    return records.listed(TouchpointContext, sql, (mark, last))


def of_touchpoints(ids: Iterable[int]) -> Iterator[TouchpointContext]:
    """The contexts of touchpoints by id, in no particular order."""
    for some in database.chunks(ids):
        sql = f"{_select()} WHERE t.id IN ({dialect.marks(some)})"
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
            {_select_supposed()}
        """
        yield from records.listed(TouchpointContext, sql, (key,))


_SUPPOSED = 400
"""Asked for in one statement: SQLite takes no more than 500 rows of VALUES."""


def supposed_for_all(
    key: str,
    on: datetime.date,
    issued_since: datetime.date = datetime.date.min,
    *,
    is_premium: bool = False,
) -> Iterator[TouchpointContext]:
    """The context of every policy that is owed service on a day, as if the touchpoint were due then.

    `issued_since`: of policies that were issued on that day or later. Where it is counted from a
    premium, that is the next one to be paid, and policies without one are passed over. Read it inside
    a `database.snapshot`.
    """
    anchor = dialect.day(on)
    if is_premium:
        next_unpaid = f"d.policy_id = p.id AND {inforce.to_pay('p', 'd', on)}"
        anchor = f"(SELECT MIN(d.due_date) FROM premium d WHERE {next_unpaid})"
    condition = f"{inforce.owed('p', on)} AND p.issue_date >= '{issued_since}'"
    sql = f"""
        WITH touchpoint ({_SUPPOSED_COLUMNS}) AS
            (SELECT 0, CAST(? AS TEXT), '', '', {anchor}, {dialect.day(on)}, p.id, p.client_id,
                    CAST(NULL AS BIGINT)
             FROM policy p WHERE {condition})
        {_select_supposed()} WHERE t.anchor_on IS NOT NULL ORDER BY p.id
    """
    return records.read(TouchpointContext, sql, (key,))
