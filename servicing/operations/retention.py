"""The nightly job by which personal data go when their time is over (`[retention]`, domain.md §11.6)."""

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from policies import database, records, shredding
from servicing.core import card_views, kept, sealed_lines
from servicing.core.runtime import IsOver
from servicing.operations import personal_files
from servicing.operations.workspace import Workspace
from servicing.rights import expiring, queries
from servicing.rights.erasing import Order

NAME = "retention"
"""Under which it is kept what the last night did."""

BY = "servicing"
"""Who says so on the cards."""


@dataclass
class Night:
    """What a night of retention has done, and where the next one begins."""

    at: str = ""
    """The moment; empty: there was none yet, or nobody remembers."""
    expired: dict[str, int] = field(default_factory=dict)
    """By kind of data, how much of it went."""
    marks: dict[str, int] = field(default_factory=dict)


def last() -> Night:
    """The last night."""
    found = kept.value(NAME, NAME)
    return Night(**json.loads(found)) if found else Night()


def expire(space: Workspace, now: datetime.datetime, is_over: IsOver) -> Night:
    """Let go what is too old, kind by kind; what is kept for good (0 days) is not looked at."""
    before = last()
    night = Night(now.isoformat(), {}, dict(before.marks))
    with shredding.without_traces():
        for kind, days in _kinds(space).items():
            if days and not is_over():
                night.expired[kind] = _EXPIRE[kind](_Work(space, now, days, night, is_over))
    kept.keep(NAME, NAME, json.dumps(records.named(night)))
    return night


def _kinds(space: Workspace) -> dict[str, int]:
    """After how many days each kind of data goes."""
    rules = space.settings.retention
    return {kind: getattr(rules, f"{kind}_days") for kind in _EXPIRE}


@dataclass(frozen=True)
class _Work:
    """A kind of data, and how long it is kept."""

    space: Workspace
    now: datetime.datetime
    days: int
    night: Night
    is_over: IsOver

    @property
    def moment(self) -> datetime.datetime:
        return self.now - datetime.timedelta(days=self.days)

    @property
    def day(self) -> datetime.date:
        return self.space.today(self.now) - datetime.timedelta(days=self.days)

    def order(self, key: str) -> Order:
        """What a card says of it."""
        ground = f"[retention] {key} = {self.days}"
        return Order(ground, BY, self.space.today(self.now), self.now, sealed_lines.EXPIRED)


def _messages(work: _Work) -> int:
    return _walked(work, "message", lambda mark: expiring.messages(work.day, mark, work.is_over))


def _notes(work: _Work) -> int:
    order = work.order("note_days")
    with database.explained(), database.writing():
        count = queries.expire_notes(work.moment)
    return count + _walked(
        work, "note", lambda mark: expiring.lines(work.moment, mark, order, work.is_over)
    )


def _walked(work: _Work, kind: str, walk: Any) -> int:
    with _goes_on(work, kind) as begins:
        walked = walk(begins.mark)
        begins.mark = walked.mark
    return int(walked.expired)


@dataclass
class _Begins:
    """The number behind which a night begins, and in the end the next one."""

    mark: int


@contextmanager
def _goes_on(work: _Work, kind: str) -> Iterator[_Begins]:
    """Where the last night ended, unless it is kept for another time since then."""
    name = f"{kind} {work.days}"
    begins = _Begins(work.night.marks.get(name, 0))
    yield begins
    for each in [each for each in work.night.marks if each.split()[0] == kind]:
        del work.night.marks[each]
    work.night.marks[name] = begins.mark


def _replies(work: _Work) -> int:
    with database.explained(), database.writing():
        return queries.expire_replies(work.moment)


def _looks(work: _Work) -> int:
    with database.explained(), database.writing():
        return queries.expire_looks(work.moment)


def _audit(work: _Work) -> int:
    return expiring.audit(work.moment, work.now)


def _uploads(work: _Work) -> int:
    return personal_files.remove(personal_files.old_results(work.space.home, work.moment))


def _outbox(work: _Work) -> int:
    return personal_files.remove(personal_files.old_letters(work.space.home, work.day))


def _clients(work: _Work) -> int:
    order = work.order("client_days")
    card_views.bring_all_in()  # looks that are kept beside the database name a client's number
    with _goes_on(work, "client") as begins:
        gone = expiring.clients(work.day, begins.mark, order, work.is_over)
        begins.mark = gone.mark
    for each in gone.found:
        letters = personal_files.letters(work.space.home, list(each.traces.numbers))
        personal_files.remove(letters)
        personal_files.clean_uploads(work.space.home, each.traces, each.policy_nos)
    return len(gone.found)


_EXPIRE = {
    "message": _messages,
    "note": _notes,
    "reply": _replies,
    "look": _looks,
    "audit": _audit,
    "upload": _uploads,
    "outbox": _outbox,
    "client": _clients,
}
