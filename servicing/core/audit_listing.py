"""The audit log as people and scripts read it, the latest line first."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from policies.models import Client
from servicing.core import card_views
from servicing.core.audit_models import AuditEntry


@dataclass(frozen=True)
class Wanted:
    """Which lines: of a stretch of time, one who acts, one kind; all, where nothing is said."""

    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    """Before this moment."""
    who: str = ""
    kind: str = ""


@dataclass(frozen=True)
class AuditLine:
    """A line of the audit log."""

    id: int
    at: datetime.datetime
    kind: str
    who: str
    """The login, `os:NAME` of a command, `service`; empty: a stranger."""
    way: str
    """page, command or service."""
    source: str
    client_no: str
    """The client whom it is about, by the number of today."""
    facts: dict[str, Any]


def who_is(said: str) -> str:
    """Who acts, as the log names them: a login in small letters; `os:NAME` as the system spells it."""
    said = said.strip()
    return said if said.startswith("os:") else said.lower()


def lines(wanted: Wanted, limit: int | None = None, offset: int = 0) -> Iterator[AuditLine]:
    """The lines, the latest first; `limit` of them at the most, after the first `offset`."""
    card_views.bring_in()
    known = (AuditEntry, Client.id, Client.client_no)
    query = AuditEntry.select(*known).join(Client, peewee.JOIN.LEFT_OUTER)
    for condition in _conditions(wanted):
        query = query.where(condition)
    if limit is not None:
        query = query.limit(limit).offset(offset)
    for each in query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).iterator():
        client_no = each.client.client_no if each.client_id else ""
        facts = json.loads(each.facts)
        yield AuditLine(
            each.id, each.at, each.kind, each.who, each.way, each.source, client_no, facts
        )


def _conditions(wanted: Wanted) -> Iterator[Any]:
    if wanted.since:
        yield AuditEntry.at >= wanted.since
    if wanted.until:
        yield AuditEntry.at < wanted.until
    if wanted.who:
        yield AuditEntry.who == wanted.who
    if wanted.kind:
        yield AuditEntry.kind == wanted.kind


def day(on: datetime.date, zone: datetime.tzinfo) -> tuple[datetime.datetime, datetime.datetime]:
    """The first moment of a day of the book, and the first behind it."""
    after = on + datetime.timedelta(days=1)
    first, behind = (
        datetime.datetime.combine(each, datetime.time.min, zone) for each in (on, after)
    )
    return first, behind
