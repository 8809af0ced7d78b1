"""The audit log: who has used which power, and when, by page, by command or by the service itself.

A deed that changes the book writes its line in its own transaction. A line that is no part of a
transaction waits for no other writer (`beside`). Facts are numbers, codes, days, logins and units; a
client stands in a line by the number of its row, never by a name, and what somebody typed never.
"""

import datetime
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, get_args

from policies import models
from policies.models import Client
from servicing.core import beside, erased_numbers
from servicing.core.account_models import User
from servicing.core.audit_models import AuditEntry

Kind = Literal[
    "session.begun",
    "session.ended",
    "login.refused",
    "login.throttled",
    "page.refused",
    "device.remembered",
    "account.made",
    "account.disabled",
    "account.enabled",
    "account.password_given",
    "account.password_chosen",
    "account.feed_changed",
    "account.by_provider",
    "account.role_changed",
    "account.desks_changed",
    "account.email_changed",
    "factor.set_up",
    "factor.removed",
    "factor.codes_made",
    "factor.reset",
    "factor.doubted",
    "factor.refused",
    "factor.throttled",
    "list.seen",
    "card.seen",
    "audit.seen",
    "export.written",
    "evidence.packed",
    "book.imported",
    "file.changed",
    "halt.made",
    "halt.ended",
    "keys.rotated",
    "database.migrated",
    "database.granted",
    "backup.written",
    "backup.restored",
    "client.erased",
    "year.closed",
    "year.detached",
    "year.attached",
    "agent.changed",
    "clients.reassigned",
    "tasks.handed_over",
    "address.suppressed",
    "address.allowed",
    "case.restricted",
    "checks.drawn",
    "audit.expired",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

Way = Literal["page", "command", "service"]


@dataclass(frozen=True)
class Actor:
    """Who acts, and by what."""

    way: Way
    who: str
    """The login, `os:NAME` of a command, `service`; empty: a stranger at a page."""
    user_id: int | None = None
    source: str = ""
    """Where a page's request comes from: an address, or the /64 of an IPv6 line."""

    def being(self, user: User) -> "Actor":
        """The same, recognised as a user."""
        return Actor(self.way, user.login, user.id, self.source)


SERVICE = Actor("service", "service")

_ACTING: ContextVar[Callable[[], Actor]] = ContextVar("acting", default=lambda: SERVICE)


def actor() -> Actor:
    """Who acts in this thread: the service itself, unless an edge has said who does."""
    return _ACTING.get()()


def act(who: Callable[[], Actor]) -> None:
    """From now on, in this thread, `who` says who acts; it is asked when a line is written."""
    _ACTING.set(who)


@contextmanager
def acting(one: Actor) -> Iterator[None]:
    """Meanwhile somebody acts."""
    token = _ACTING.set(lambda: one)
    try:
        yield
    finally:
        _ACTING.reset(token)


def record(
    kind: Kind,
    now: datetime.datetime,
    /,
    *,
    of: User | None = None,
    client_id: int | None = None,
    **facts: Any,
) -> None:
    """Write a line: in the transaction that we are in, or as soon as nobody else is writing.

    `of`: who acts, where a page has recognised them just now. `client_id`: the one client whom it is
    about. `facts`: numbers, codes, days, logins, units; they never say what somebody typed of a client.
    """
    line = line_of(kind, now, actor() if of is None else actor().being(of), client_id, **facts)
    beside.write("audit", lambda: insert(line), lambda: told(line))


Line = dict[str, Any]
"""The columns of a line."""


def line_of(
    kind: Kind,
    now: datetime.datetime,
    by: Actor,
    /,
    client_id: int | None = None,
    **facts: Any,
) -> Line:
    """The line of a deed."""
    kept = {name: value for name, value in facts.items() if value not in (None, "")}
    return {
        "at": now,
        "kind": kind,
        "user_id": by.user_id,
        "who": by.who,
        "way": by.way,
        "source": by.source,
        "client_id": client_id,
        "facts": json.dumps(kept, ensure_ascii=False, default=str),
    }


def insert(line: Line) -> None:
    """Write a line in the transaction that we are in."""
    AuditEntry.create(**line)


def told(line: Line) -> beside.Document:
    """The line as a file beside the database says it."""
    client_id = line["client_id"]
    client_no = Client.get_by_id(client_id).client_no if client_id else ""
    names = {name: line[name] for name in ("kind", "who", "way", "source", "facts")}
    return {**names, "at": line["at"].isoformat(), "client_no": client_no}


def read(document: beside.Document) -> None:
    """Write the line that a file says, unless it is there already.

    Who was erased meanwhile has another number; a line of somebody whom nobody knows any more stays.
    """
    names = {name: str(document[name]) for name in ("kind", "who", "way", "source", "facts")}
    at = datetime.datetime.fromisoformat(document["at"])
    is_it = AuditEntry.at == at
    for name, value in names.items():
        is_it &= getattr(AuditEntry, name) == value
    if AuditEntry.select().where(is_it).exists():
        return
    client = erased_numbers.anybody(document["client_no"]) if document["client_no"] else None
    is_page = names["way"] == "page"
    user = User.get_or_none(User.login == names["who"]) if is_page and names["who"] else None
    AuditEntry.create(
        **names, at=models.utc(at).replace(tzinfo=datetime.UTC), client=client, user=user
    )


beside.reads("audit", read)
