"""Writing the client's trail of service: one way in for everything that goes on the card."""

import datetime
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from policies import records
from policies.records import Moment, Record
from policies.trail import Change, Trail
from servicing.core import touched
from servicing.core.models import CardEntry


class Entry(Record, frozen=True):
    """A line of the trail."""

    client_id: int
    policy_id: int | None
    touchpoint_id: int | None
    kind: str
    facts: str
    """As JSON."""


class _Dated(Entry, frozen=True):
    """The line as it is stored."""

    at: Moment


OFF_THE_CARD = frozenset(["premium.added"])
"""Changes that have consequences and no line: a ledger grows every month."""


def facts(**values: Any) -> str:
    """The particulars of an entry as JSON, readable by people."""
    return json.dumps(values, ensure_ascii=False, default=str)


reasoned = lru_cache(maxsize=4096)(facts)
"""The same for the few combinations of codes that a day's thousands of entries share."""


def write(entries: Iterable[Entry], now: datetime.datetime) -> None:
    """Append entries, in the transaction that changes what they report."""
    records.insert(CardEntry, (_dated(each, now) for each in entries))


def _dated(entry: Entry, at: datetime.datetime) -> _Dated:
    return _Dated(
        entry.client_id, entry.policy_id, entry.touchpoint_id, entry.kind, entry.facts, at
    )


def of_book(now: datetime.datetime, premiums_until: datetime.date = datetime.date.max) -> Trail:
    """The trail that the book's import hands its changes to.

    `premiums_until`: fresh instalments that fall due later put nothing into the days before.
    """

    def record(changes: list[Change]) -> None:
        write((_of_change(each) for each in changes if each.kind not in OFF_THE_CARD), now)
        touched.note(touched.of_changes(changes, premiums_until))

    return record


def _of_change(change: Change) -> Entry:
    return Entry(change.client_id, change.policy_id, None, change.kind, facts(**change.facts))
