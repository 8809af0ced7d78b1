"""A copy of the book, and the book made of a copy, without a message that goes out twice for it.

Whatever the lost book has sent since the copy was made stands in the copy as not sent. So the days
since are walked at once, and every message that could have left by now is `unknown`: the provider is
asked, or a person, before it is sent again.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies import backup, copies
from policies.backup import Received
from policies.models import BookImport, Policy
from servicing.core import doubts, errors
from servicing.core.account_models import User
from servicing.core.models import ALL_MIGRATIONS, CardEntry, Message
from servicing.corrections import sweep
from servicing.dispatch import reconcile
from servicing.operations import job_queue, keyring, lease, ownership
from servicing.operations.workspace import Workspace
from servicing.schedule import giving_back, queries, walk
from servicing.years import years


@dataclass(frozen=True)
class Restored:
    """A restored book: its size, its last entry, and the messages in doubt."""

    policies: int
    copied_at: datetime.datetime
    """The copy is not older than this: its last entry."""
    in_doubt: int
    """Messages of which nobody knows whether they have left."""


def save(space: Workspace, to: Path) -> None:
    """Write a copy of the open book to a new file; others go on working. Raises `UnwritableFile`.

    A secret that an older version has left in the book moves out of it before. Where the keys of the
    book are not here, nobody vouches for the copy.
    """
    keyring.empty_the_book(space.home, space.keys_said)
    backup.save(
        space.settings.servicing.database, to, keyring.vouching(space.home, space.keys_said)
    )


Agreement = Callable[[Received], None]
"""Told what a backup holds and who vouches for it; raises an error of ours where it is not wanted."""


def without_question(copy: Received) -> None:
    """Whoever calls has agreed before."""


def restore(
    space: Workspace,
    file: Path,
    now: datetime.datetime,
    lost_at: datetime.datetime | None = None,
    is_latest_book: bool = False,
    agree: Agreement = without_question,
) -> Restored:
    """Make the open, empty book of a copy, up to now.

    `lost_at`: when the old book sent its last; what falls due on a later day is not in doubt.
    `is_latest_book`: no book was imported between the copy and the loss. `agree` is asked when the
    copy was looked through and nothing is replaced yet. Raises `UnreadableFile` for what is no copy
    of ours, `NewerDatabase` for one of a later version, `BadArgument` where there is a book already,
    or a clock that could begin to send.
    """
    _refuse_a_book_in_use(now)
    with ownership.as_owner(space.settings.servicing, space.home) as url:
        return _restored(space, url, file, now, lost_at, is_latest_book, agree)


def _restored(
    space: Workspace,
    url: str,
    file: Path,
    now: datetime.datetime,
    lost_at: datetime.datetime | None,
    is_latest_book: bool,
    agree: Agreement,
) -> Restored:
    ours = keyring.vouched(space.home, space.keys_said)
    jobs = {job_queue.NAMES: job_queue.script}
    with backup.received(url, space.home, file, ours, ALL_MIGRATIONS, jobs) as copy:
        agree(copy)
        return backup.put_in_place(
            copy,
            url,
            space.home,
            ALL_MIGRATIONS,
            lambda: _finished(space, now, lost_at or now, is_latest_book),
        )


def _finished(
    space: Workspace, now: datetime.datetime, until: datetime.datetime, is_latest_book: bool
) -> Restored:
    """What has to be done in a copy before anybody opens it, or sends what waits in it."""
    years.guard_again()
    keyring.leave_the_origin(now)
    copied_at, today = _last_entry() or now, space.today(now)
    span = doubts.begin(_since(space, copied_at, until), until, now, is_latest_book)
    giving_back.bring_up_to_date(space.walker(), today, now)
    walk.walk(space.walker(), today, now)
    sweep.sweep(space.plan, today, now)  # nobody is asked for what is owed no more
    in_doubt = reconcile.doubt(span, space.settings.servicing.timezone, now)
    return Restored(Policy.select().count(), copied_at, in_doubt)


def _refuse_a_book_in_use(now: datetime.datetime) -> None:
    if copies.is_unfinished():  # nobody has worked with what is there
        return
    if Policy.select().exists() or User.select().exists():
        raise errors.BadArgument("has_a_book")
    if lease.is_kept(now.timestamp()):
        raise errors.BadArgument("clock_is_kept", holder=lease.held_by())


def _since(
    space: Workspace, copied_at: datetime.datetime, until: datetime.datetime
) -> datetime.datetime:
    """When the span begins: not later than the copy, nor than the day that it walked last, nor than
    the day of the loss.

    A moment on a card may be of a later day than the dispatches, where a day was rehearsed.
    """
    walked = queries.last_walked()
    days = [space.today(until), *([walked] if walked else [])]
    begun = datetime.datetime.combine(min(days), datetime.time.min, space.zone)
    return min(copied_at, begun.astimezone(datetime.UTC))


def _last_entry() -> datetime.datetime | None:
    """When something was last told on a card, or a book taken in; None for an empty one."""
    entry: Any = CardEntry.select(CardEntry.at).order_by(CardEntry.id.desc()).first()
    message: Any = Message.select(Message.made_at).order_by(Message.id.desc()).first()
    taken: Any = BookImport.select(BookImport.imported_at).order_by(BookImport.id.desc()).first()
    moments = [entry and entry.at, message and message.made_at, taken and taken.imported_at]
    return max((each for each in moments if each), default=None)
