"""Clients of whom the book says something else than before, until the consequences are drawn.

Written in the transaction that changes the book; `schedule.giving_back` reads it and forgets it, so
nothing has to look through the book for what has changed.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import get_args

from policies import database, inforce, persons, records
from policies.plan import Anchor
from policies.records import Record
from policies.status import LOST
from policies.trail import Change
from servicing.core.models import Touched

_ANCHORS = {"birthday": "birthday", "issue_date": "issue", "delivered_on": "delivered"}
"""By column the kind of date from which touchpoints are counted."""

_WAYS = frozenset(["name", "phone", "email", "channel", "timezone"])
"""Columns that decide whether, where and when a client is written to, and who is one person."""

_NO_DATE = frozenset(["status.changed", "agent.changed", "consent.given", "policy.named_again"])
"""Kinds of change that move no date; of an agent: an introduction may be theirs again."""


class TouchedRow(Record, frozen=True):
    """A client, and what kind of date has changed."""

    client_id: int
    anchor: str
    """Empty: no date, something else that a touchpoint may depend on."""


def note(rows: Iterable[TouchedRow]) -> None:
    """Remember clients, in the transaction that changes what the book says of them."""
    records.insert(Touched, rows)


def note_clients(client_ids: Iterable[int]) -> None:
    """Remember clients who may be written to again."""
    note(TouchedRow(each, "") for each in client_ids)


def note_other_numbers(client_ids: Iterable[int]) -> None:
    """Remember whoever has another number, too: what has come to nothing may be owed under that one."""
    note_clients(persons.by_number(set(client_ids)))


def of_changes(
    changes: Iterable[Change], premiums_until: datetime.date = datetime.date.max
) -> Iterator[TouchedRow]:
    """The clients whom changes of the book concern, each with the kind of date, once.

    `premiums_until`: a fresh instalment that falls due later concerns nobody yet.
    """
    found = (
        (each.client_id, anchor)
        for each in changes
        if each.kind != "premium.added" or each.facts["due_date"] <= premiums_until
        for anchor in _anchors(each)
    )
    return (TouchedRow(*each) for each in dict.fromkeys(found))


def _anchors(change: Change) -> Iterator[str]:
    if change.kind in ("premium.changed", "premium.added"):
        yield "premium_due"
    elif change.kind == "status.changed" and _ends_later(change):
        yield from get_args(Anchor)  # it was in force on the days that were walked without it
    elif change.kind == "client.changed":
        yield "birthday"  # the new holder's own
    elif change.kind == "policy.left_out":
        yield from [""] if _is_left_out_now(change) else ()
    elif change.kind in _NO_DATE:
        yield ""
        yield from _of_the_end(change)
    else:
        yield from (anchor for column, anchor in _ANCHORS.items() if column in change.facts)
        if not _WAYS.isdisjoint(change.facts):
            yield ""


def _of_the_end(change: Change) -> Iterator[str]:
    """The end of a policy, or its suspension, where the change moves them."""
    if "suspended_on" in change.facts:
        yield "suspended"
    if "ended_on" in change.facts or not LOST.isdisjoint(change.facts.get("status", ())):
        yield "ended"


def _is_left_out_now(change: Change) -> bool:
    """Whether the policy is served no more: what its client's others were not owed for it, they are."""
    was, now = change.facts["left_out_times"]
    return inforce.is_left_out(now) and not inforce.is_left_out(was)


def _ends_later(change: Change) -> bool:
    """Whether an end is taken back, or corrected to a later day."""
    was, now = change.facts.get("ended_on", (None, None))
    return was is not None and (now is None or now > was)


class Waiting(Record, frozen=True):
    """A client whose consequences are to be drawn."""

    id: int
    client_id: int
    anchor: str


def waiting(limit: int) -> list[Waiting]:
    """The first rows, by id."""
    return records.listed(
        Waiting, f"SELECT id, client_id, anchor FROM touched ORDER BY id LIMIT {limit:d}"
    )


def is_any() -> bool:
    """Whether there is one."""
    return database.value("SELECT MIN(id) FROM touched") is not None


def forget(rows: Iterable[Waiting]) -> None:
    """Their consequences are drawn."""
    database.execute_many("DELETE FROM touched WHERE id = ?", [(each.id,) for each in rows])
