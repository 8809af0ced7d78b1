"""Writing the client's trail of service: one way in for everything that goes on the card."""

import datetime
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from policies import database, models
from policies.trail import Change, Trail
from servicing.core.models import CardEntry

Entry = tuple[int, int | None, int | None, str, str]
"""Client id, policy id, touchpoint id, kind, facts as JSON."""


def facts(**values: Any) -> str:
    """The facts of an entry as JSON, readable by people."""
    return json.dumps(values, ensure_ascii=False, default=str)


reasoned = lru_cache(maxsize=4096)(facts)
"""The same for the few combinations of codes that a day's thousands of entries share."""


def write(entries: Iterable[Entry], now: datetime.datetime) -> None:
    """Append entries, in the transaction of what they tell."""
    at = models.stored(now)
    columns = ("client_id", "policy_id", "touchpoint_id", "kind", "facts", "at")
    database.insert_rows(CardEntry, columns, ((*entry, at) for entry in entries))


def of_book(now: datetime.datetime) -> Trail:
    """What the book's import hands its changes to."""

    def record(changes: list[Change]) -> None:
        write(
            (
                (each.client_id, each.policy_id, None, each.kind, facts(**each.facts))
                for each in changes
            ),
            now,
        )

    return record
