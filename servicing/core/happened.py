"""What a plan counts from that no book says: cases, tasks, client events (domain.md §4.20, §20.5).

The name of an occurrence begins with what has happened, so a statement compares it with a case `k`, with
a task `d` that was done, or with the day `y` of a party of a client event. The walk looks for what has
happened on a day; the timeline is handed what has happened to a client.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from policies import clients, counting, database, dialect, models, occasions, records
from policies.models import Client, Policy
from policies.plan import Touchpoint
from policies.records import Record
from policies.timeline import ClientDates, Happened

# ------------------------------------------------------------------- as conditions of a statement


def _begins(occurrence: str, name: str) -> str:
    return f"SUBSTR({occurrence}, 1, LENGTH({name}) + 1) = {name} || '@'"


_KIND = f"'{counting.CASE}' || k.kind"
_KIND_AND_END = f"{_KIND} || ':' || k.state"
_TASK = f"'{counting.TASK}' || d.key"
_EVENT = f"'{counting.EVENT}' || y.name"


def _is_case(occurrence: str) -> str:
    """A case `k` is of the kind, and has the end, that an occurrence names."""
    return f"({_begins(occurrence, _KIND)} OR {_begins(occurrence, _KIND_AND_END)})"


def closed(due: str) -> str:
    """A case `k` of the client of a policy `p` was closed as `due` asks.

    Of several that are closed on one day it is the first: their occurrence is the same.
    """
    occurrence = f"{due}.occurrence"
    first = (
        "SELECT 1 FROM case_file e WHERE e.ended_on = k.ended_on AND e.client_id = k.client_id"
        " AND e.kind = k.kind AND e.id < k.id"
        f" AND (e.state = k.state OR {_begins(occurrence, _KIND)})"
    )
    return (
        f"k.ended_on = {due}.anchor_on AND {_is_case(occurrence)}"
        f" AND p.client_id = k.client_id AND NOT EXISTS ({first})"
    )


def done(due: str, scope: str) -> str:
    """A task `d` of a policy `p`, or of its client, was done as `due` asks; of several, the first."""
    whose, subject = ("policy_id", "id") if scope == "policy" else ("client_id", "client_id")
    first = (
        f"SELECT 1 FROM done_task e WHERE e.{whose} = d.{whose} AND e.done_on = d.done_on"
        " AND e.key = d.key AND e.task_id < d.task_id"
    )
    return (
        f"d.done_on = {due}.anchor_on AND {_begins(f'{due}.occurrence', _TASK)}"
        f" AND p.{subject} = d.{whose} AND NOT EXISTS ({first})"
    )


def came(due: str) -> str:
    """A party `y` of the client of a policy `p` has such a day as `due` asks; of several, the first."""
    first = (
        "SELECT 1 FROM party_day e WHERE e.day = y.day AND e.client_id = y.client_id"
        " AND e.name = y.name AND e.id < y.id"
    )
    return (
        f"y.day = {due}.anchor_on AND {_begins(f'{due}.occurrence', _EVENT)}"
        f" AND p.client_id = y.client_id AND NOT EXISTS ({first})"
    )


def _is_of(beginning: str) -> str:
    """The name of the occurrence of a touchpoint `t` begins like this."""
    return f"(SUBSTR(t.occurrence, 1, {len(beginning)}) = '{beginning}')"


def stands(numbers: str) -> str:
    """What a touchpoint `t` names as counted from has happened on its date, and is not taken back.

    `numbers`: a SELECT of all numbers of its client. Of what names nothing, nothing is looked for.
    """
    is_done = f"d.done_on = t.anchor_on AND {_begins('t.occurrence', _TASK)}"
    return f"""(CASE
        WHEN {_is_of(counting.CASE)} THEN EXISTS (
            SELECT 1 FROM case_file k WHERE k.client_id IN ({numbers})
                AND k.ended_on = t.anchor_on AND {_is_case("t.occurrence")})
        WHEN {_is_of(counting.EVENT)} THEN EXISTS (
            SELECT 1 FROM party_day y WHERE y.client_id IN ({numbers})
                AND y.day = t.anchor_on AND {_begins("t.occurrence", _EVENT)})
        WHEN NOT {_is_of(counting.TASK)} THEN FALSE
        WHEN t.scope = 'client' THEN EXISTS (
            SELECT 1 FROM done_task d WHERE d.client_id IN ({numbers}) AND {is_done})
        ELSE EXISTS (SELECT 1 FROM done_task d WHERE d.policy_id = t.policy_id AND {is_done})
        END)"""


# ------------------------------------------------------------------------ as dates of the timeline


def dates_of(
    touchpoints: Iterable[Touchpoint],
    client: Client,
    policies: Sequence[Policy],
    until: datetime.datetime | None = None,
) -> ClientDates:
    """The dates of a client and of these policies, with what these touchpoints count from.

    `until`: only of what was recorded by that moment.
    """
    known = {client.id: clients.dates_of(client, policies)}
    return with_happened(touchpoints, known, until)[client.id]


def dates_by_client(
    touchpoints: Iterable[Touchpoint], client_ids: Collection[int]
) -> dict[int, ClientDates]:
    """The dates of some clients, by id, and of all their policies, with what is counted from."""
    return with_happened(touchpoints, clients.dates_by_client(client_ids))


def with_happened(
    touchpoints: Iterable[Touchpoint],
    known: Mapping[int, ClientDates],
    until: datetime.datetime | None = None,
) -> dict[int, ClientDates]:
    """The dates of clients by id, with what has happened, and with their families' birthdays.

    Nothing is asked that nobody counts from.
    """
    asked = list(touchpoints)
    counted = [each for each in asked if each.anchor in counting.KEYS]
    cases = {each.case for each in counted if each.case}
    tasks = {scope: {e.task for e in counted if e.task and e.scope == scope} for scope in _WHOSE}
    theirs = _closed(cases, list(known), until) + _done("client", tasks["client"], known, until)
    theirs += _days({each.event for each in counted if each.event}, known, until)
    policy_ids = [policy.id for each in known.values() for policy in each.policies]
    its = _done("policy", tasks["policy"], policy_ids, until)
    if any(each.anchor == occasions.FAMILY for each in asked):
        known = clients.with_family(known)
    if not theirs and not its:
        return dict(known)
    of_client, of_policy = _by_whom(theirs), _by_whom(its)
    return {
        client_id: replace(
            each,
            happened=of_client.get(client_id, ()),
            policies=tuple(
                replace(policy, happened=of_policy.get(policy.id, ())) for policy in each.policies
            ),
        )
        for client_id, each in known.items()
    }


class _Happened(Record, frozen=True):
    """What has happened to a client or policy, by id."""

    whose: int
    of: str
    on: datetime.date


def _by_whom(rows: Iterable[_Happened]) -> dict[int, tuple[Happened, ...]]:
    found: dict[int, dict[Happened, None]] = defaultdict(dict)
    for each in rows:
        found[each.whose][Happened(each.of, each.on)] = None
    return {whose: tuple(each) for whose, each in found.items()}


_WHOSE = {"policy": "policy_id", "client": "client_id"}
"""By scope the column that says whose a task was."""


def _closed(
    kinds: Collection[str], client_ids: Sequence[int], until: datetime.datetime | None
) -> list[_Happened]:
    """The closed cases of clients, each as one of its kind and as one with its end."""
    found: list[_Happened] = []
    known = "" if until is None else f"AND EXISTS ({_CLOSED_BY} AND e.at <= ?)"
    values = [] if until is None else [models.stored(until)]
    for some in database.chunks(client_ids) if kinds else ():
        for name in (_KIND, _KIND_AND_END):
            sql = f"""
                SELECT k.client_id, {name}, k.ended_on FROM case_file k
                WHERE k.client_id IN ({dialect.marks(some)}) AND k.ended_on IS NOT NULL
                    AND k.kind IN ({dialect.quoted(kinds)}) {known}
                ORDER BY k.ended_on, k.id
            """
            found += records.listed(_Happened, sql, [*some, *values])
    return found


_CLOSED_BY = "SELECT 1 FROM case_entry e WHERE e.case_id = k.id AND e.to_state = k.state"
"""The entry by which a case `k` came to where it stands."""


def _done(
    scope: str,
    keys: Collection[str],
    ids: Collection[int],
    until: datetime.datetime | None,
) -> list[_Happened]:
    """The tasks of touchpoints that were done for policies, or for clients."""
    found: list[_Happened] = []
    whose = _WHOSE[scope]
    known = "" if until is None else f"AND EXISTS ({_DONE_BY} AND w.ended_at <= ?)"
    values = [] if until is None else [models.stored(until)]
    for some in database.chunks(ids) if keys else ():
        sql = f"""
            SELECT d.{whose}, {_TASK}, d.done_on FROM done_task d
            WHERE d.{whose} IN ({dialect.marks(some)}) AND d.key IN ({dialect.quoted(keys)}) {known}
            ORDER BY d.done_on, d.task_id
        """
        found += records.listed(_Happened, sql, [*some, *values])
    return found


def _days(
    names: Collection[str], client_ids: Collection[int], until: datetime.datetime | None
) -> list[_Happened]:
    """The days of clients' parties at client events."""
    found: list[_Happened] = []
    known = "" if until is None else "AND y.recorded_at <= ?"
    values = [] if until is None else [models.stored(until)]
    for some in database.chunks(client_ids) if names else ():
        sql = f"""
            SELECT y.client_id, {_EVENT}, y.day FROM party_day y
            WHERE y.client_id IN ({dialect.marks(some)}) AND y.name IN ({dialect.quoted(names)}) {known}
            ORDER BY y.day, y.id
        """
        found += records.listed(_Happened, sql, [*some, *values])
    return found


_DONE_BY = "SELECT 1 FROM task w WHERE w.id = d.task_id"
