"""The state of the house at a moment, and the needs that only a person can see to.

A need does not pass by itself: nobody walks, nobody dispatches, a provider refuses all that we send,
no provider can say of a message whether it left, something is halted, others can read the book, or a
desk has tasks that nobody of it may record.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from policies import records
from policies.desks import Desk
from policies.models import BookImport, Policy
from servicing.breaker import halts
from servicing.breaker.halts import HaltLine
from servicing.core import i18n
from servicing.core.models import Message, WalkedDay, literally
from servicing.core.reasons import Reason
from servicing.desk.of_desks import queries as desk_queries
from servicing.operations import job_queue, lease, metrics, ownership, queries, retention
from servicing.operations.metrics import ProviderHealth
from servicing.operations.modes import Open

WALKED_BY = datetime.time(7)
"""In the book's time zone: a day that is not walked by then is walked by nobody."""

PATIENCE = datetime.timedelta(hours=1)
"""A message that could leave, or be settled, and has waited for longer needs a person."""

Code = Literal[
    "halted",
    "not_walked",
    "not_dispatched",
    "unknown",
    "stopped",
    "blocked",
    "failing",
    "open_to_others",
    "not_guarded",
    "nobody_at_callback",
    "nobody_at_complaint",
    "nobody_at_conservation",
    "nobody_at_quality",
    "untaken",
]
CODES: tuple[Code, ...] = get_args(Code)


@dataclass(frozen=True)
class Need:
    """A matter that a person has to see to."""

    code: Code
    what: str
    """Which day, how many messages, jobs, tasks or complaints, which provider and what it said, what is
    halted, which files with their modes, or which role of the database."""
    how: str = ""
    """The command that a person types; empty: there is not one alone."""

    def sentence(self, locale: str) -> str:
        """In a language."""
        return i18n.say("attention", self.code, locale, what=self.what, how=self.how)


@dataclass(frozen=True)
class Status:
    """The house at a moment."""

    at: datetime.datetime
    clock: str
    """Which `servicing run` keeps the clock; empty: none."""
    workers: int
    """How many `servicing worker` share the work."""
    last_walked: datetime.date | None
    walked_at: datetime.datetime | None
    walk_seconds: float | None
    """How long the walk of that day took."""
    waiting: dict[str, int]
    """Messages by state: queued, sending, unknown."""
    ready: int
    """Queued messages that could leave now."""
    oldest_ready: datetime.datetime | None
    """Since when the oldest of them could have left."""
    overdue_tasks: int
    providers: list[ProviderHealth]
    needs: list[Need]
    halts: list[HaltLine]
    retention: dict[str, Any] = field(default_factory=dict)
    """When personal data went by themselves last, and how much of each kind."""
    advice: list[Need] = field(default_factory=list)
    """What could be better, and needs nobody."""

    def document(self, locale: str) -> dict[str, Any]:
        """As scripts read it; the needs in words, too."""
        told = {
            name: [{**records.named(each), "sentence": each.sentence(locale)} for each in some]
            for name, some in (("needs", self.needs), ("advice", self.advice))
        }
        halts = [each.document(locale) for each in self.halts]
        return {**records.named(self), **told, "halts": halts}


def status(
    providers: Sequence[str],
    on: datetime.date,
    now: datetime.datetime,
    is_open: Sequence[Open] = (),
    is_guard_wanted: bool = False,
) -> Status:
    """The status at `now`, a moment in the book's time zone whose day is `on`.

    `is_open`: what of the workspace is open to others. `is_guard_wanted`: it needs a person where our
    role in the database could alter what is append-only.
    """
    health = metrics.providers(list(providers), now)
    walked = WalkedDay.select().order_by(WalkedDay.day.desc()).first()
    oldest = _oldest_ready(now)
    open_halts = halts.listed()
    unguarded = list(_of_the_guard())
    needs = [
        *(Need("halted", name) for name in dict.fromkeys(each.name for each in open_halts)),
        *_of_the_walk(walked.day if walked else None, on, now),
        *_of_the_dispatch(oldest, now),
        *_of_the_unknown(now),
        *_of_the_providers(health),
        *_of_the_jobs(),
        *_of_the_desks(on),
        *(Need("open_to_others", each.told, each.mend) for each in is_open),
        *(unguarded if is_guard_wanted else ()),
    ]
    return Status(
        at=now,
        clock=lease.held_by() if lease.is_kept(now.timestamp()) else "",
        workers=job_queue.workers(),
        last_walked=walked.day if walked else None,
        walked_at=walked.walked_at if walked else None,
        walk_seconds=walked.seconds if walked else None,
        waiting=queries.waiting(),
        ready=metrics.ready(now),
        oldest_ready=oldest,
        overdue_tasks=metrics.overdue_tasks(on),
        providers=health,
        needs=needs,
        halts=open_halts,
        retention=_of_the_retention(),
        advice=[*([] if is_guard_wanted else unguarded), *_of_the_complaints(on)],
    )


_NOBODY_AT: dict[Desk, Code] = {
    "callback": "nobody_at_callback",
    "complaint": "nobody_at_complaint",
    "conservation": "nobody_at_conservation",
    "quality": "nobody_at_quality",
}


def _of_the_desks(on: datetime.date) -> Iterator[Need]:
    for each in desk_queries.for_nobody(on):
        yield Need(_NOBODY_AT[each.desk], str(each.tasks))


def _of_the_guard() -> Iterator[Need]:
    """PostgreSQL guards what is append-only against everybody but the owner of the tables."""
    if role := ownership.unguarded():
        yield Need("not_guarded", role, "servicing database grant")


def _of_the_complaints(on: datetime.date) -> Iterator[Need]:
    """Complaints of earlier days that are nobody's yet, such as those that were notes on cards."""
    if count := queries.untaken_complaints(on):
        yield Need("untaken", str(count), "servicing cases list --kind complaint --state received")


def _of_the_retention() -> dict[str, Any]:
    night = retention.last()
    return {"at": night.at, "expired": night.expired} if night.at else {}


def _oldest_ready(now: datetime.datetime) -> datetime.datetime | None:
    """Since when the queued message that waits longest could have left."""
    is_ready = (Message.state == literally("queued")) & (Message.send_from <= now)
    row = Message.select(Message.send_from).where(is_ready).order_by(Message.send_from).first()
    return row.send_from if row else None


def _of_the_walk(
    last: datetime.date | None, on: datetime.date, now: datetime.datetime
) -> Iterator[Need]:
    """A book that joined before today and that nobody has walked today."""
    has_joined = BookImport.select().where((BookImport.kind == "book") & (BookImport.added > 0))
    is_late = now.time() >= WALKED_BY and (last is None or last < on)
    if is_late and has_joined.exists() and Policy.select().where(Policy.served_from <= on).exists():
        yield Need("not_walked", str(on))


def _of_the_dispatch(oldest: datetime.datetime | None, now: datetime.datetime) -> Iterator[Need]:
    if oldest and now - oldest > PATIENCE:
        yield Need("not_dispatched", _shown(oldest, now))


def _of_the_unknown(now: datetime.datetime) -> Iterator[Need]:
    is_unknown = Message.state == literally("unknown")
    count = Message.select().where(is_unknown & (Message.claimed_at <= now - PATIENCE)).count()
    if count:
        yield Need("unknown", str(count))


def _of_the_providers(health: Sequence[ProviderHealth]) -> Iterator[Need]:
    """The providers that can send nothing at all and have sent nothing since, or are blocked by many."""
    for each in health:
        if each.is_blocked_by_many:
            yield Need("blocked", str(each.blocked))
        stopped_at = each.last_error if each.error_reason == Reason.CHANNEL_STOPPED else None
        if stopped_at and not (each.last_success and each.last_success > stopped_at):
            yield Need("stopped", f"{each.provider} {each.error_code}".strip())


def _of_the_jobs() -> Iterator[Need]:
    """Parts of a walk, or batches of a dispatch, that fail again and again."""
    if count := job_queue.failing():
        yield Need("failing", str(count))


def _shown(moment: datetime.datetime, now: datetime.datetime) -> str:
    return f"{moment.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
