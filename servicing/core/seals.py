"""Seals over the trail of service: a changed line of a card is detected (domain.md §7.3).

A seal covers the next lines, in order, and the seal before it, so that none can be replaced without
all that follow. Beside its digest it keeps a short mark of every line, by which the one that was
changed is named. A line that was erased counts by the digest it had (`servicing.core.sealed_lines`).
Who could change the database as a whole could make all seals anew: keep the last
digest somewhere else (`servicing audit seal` prints it, and so does every evidence pack).
"""

import datetime
import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from policies import database, records
from policies.models import Client
from policies.records import Record
from servicing.core import sealed_lines
from servicing.core.models import CardEntry, TrailSeal
from servicing.core.sealed_lines import Erasures

LINES = 10_000
"""Of a seal, at most."""

SETTLED = datetime.timedelta(hours=1)
"""Lines are sealed when they are this old: until then one with a lower number may still be written."""

_MARK = struct.Struct(">q8s")
"""A line's number, and the first eight bytes of its digest."""

FIRST = hashlib.sha256(b"servicing trail").hexdigest()
"""What the first seal is over."""

Fault = Literal["changed", "gone", "added", "broken", "forged"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was sealed."""

    fault: Fault
    entry: int
    """The number of the card's line; of a broken seal, its last; of a forged erasure, that of its own."""
    client_no: str
    kind: str
    at: str
    """As the line says now; empty where it is gone."""


@dataclass(frozen=True)
class SealAudit:
    """The result of verifying all seals."""

    lines: int
    """Lines that are sealed."""
    seals: int
    unsealed: int
    """Lines that are too young to be sealed."""
    digest: str
    """Of the last seal."""
    findings: list[Finding]
    archived: int = 0
    """Lines that are sealed and taken out of the book with their year: they cannot be looked at here."""
    erasures: int = 0
    """How often personal data were erased, each time by a line of a card."""
    erased: int = 0
    """Lines whose facts were erased."""


def seal(now: datetime.datetime) -> int:
    """Seal every line that is old enough; answers with how many."""
    count = 0
    while sealed := _seal_some(now):
        count += sealed
    return count


def _seal_some(now: datetime.datetime) -> int:
    with database.explained(), database.exclusive("seal"):
        before = TrailSeal.select().order_by(TrailSeal.id.desc()).first()
        since = before.last_entry if before else 0
        young = CardEntry.select().where((CardEntry.id > since) & (CardEntry.at > now - SETTLED))
        border = young.order_by(CardEntry.id).first()
        until = border.id - 1 if border else _last_entry()
        old = CardEntry.select(CardEntry.id).where(CardEntry.id.between(since + 1, until))
        numbers = [each.id for each in old.order_by(CardEntry.id).limit(LINES)]
        if not numbers:
            return 0
        over = before.digest if before else FIRST
        marks, digest = _sealed(since + 1, numbers[-1], over, sealed_lines.erasures())
        TrailSeal.create(
            first_entry=since + 1,
            last_entry=numbers[-1],
            marks=marks,
            digest=digest,
            sealed_at=now,
        )
    return len(numbers)


def _last_entry() -> int:
    last = CardEntry.select(CardEntry.id).order_by(CardEntry.id.desc()).first()
    return last.id if last else 0


def _sealed(first: int, last: int, over: str, erasures: Erasures) -> tuple[bytes, str]:
    """The marks and the digest of the lines of a stretch, over the digest before it."""
    whole, marks = hashlib.sha256(f"{over} {first} {last}".encode()), bytearray()
    digests = erasures.digests(first, last)
    for line in sealed_lines.between(first, last):
        digest = digests.of(line)
        whole.update(digest)
        marks += _MARK.pack(line.id, digest[:8])
    return bytes(marks), whole.hexdigest()


def verify() -> SealAudit:
    """Look through all seals; every line that is not as it was sealed is named."""
    over, since, lines, count, archived = FIRST, 0, 0, 0, 0
    findings: list[Finding] = []
    with database.explained(), database.snapshot():
        away, erasures = _taken_away(), sealed_lines.erasures()
        # where a line is away with its year, nothing can be said of the erasure that it vouches for
        findings += [
            _finding_of_erasure(entry) for entry in erasures.forged.values() if not away.hold(entry)
        ]
        for each in _seals():
            if each.first_entry != since + 1:
                findings.append(_broken(each))
            else:
                findings += _compared(each, over, away, erasures)
            over, since = each.digest, each.last_entry
            lines += len(bytes(each.marks)) // _MARK.size
            archived += sum(away.hold(number) for number in _numbers(each))
            count += 1
        unsealed = CardEntry.select().where(CardEntry.id > since).count()
    return SealAudit(
        lines, count, unsealed, over, findings, archived, erasures.count, erasures.lines
    )


class _Stretch(Record, frozen=True):
    """The lines of a year that is not in the book."""

    first: int
    behind: int


@dataclass(frozen=True)
class _Away:
    """Which lines were taken out of the book with their year."""

    stretches: list[_Stretch]

    def hold(self, number: int) -> bool:
        """Whether the line of that number is one of them."""
        return any(each.first <= number < each.behind for each in self.stretches)


def _taken_away() -> _Away:
    sql = "SELECT first_entry, next_entry FROM closed_year WHERE detached_at IS NOT NULL"
    return _Away(records.listed(_Stretch, sql))


def _numbers(each: TrailSeal) -> Iterator[int]:
    """The lines that a seal is over."""
    return (number for number, _ in _MARK.iter_unpack(bytes(each.marks)))


def _compared(each: TrailSeal, over: str, away: _Away, erasures: Erasures) -> list[Finding]:
    """What is not as it was sealed.

    A seal over lines that are not here cannot be made again: those that are here are compared by their
    marks, and the seal itself is covered by the next one.
    """
    marks, digest = _sealed(each.first_entry, each.last_entry, over, erasures)
    if digest == each.digest:
        return []
    named = [f for f in _differences(bytes(each.marks), marks) if not away.hold(f.entry)]
    is_whole = not any(away.hold(number) for number in _numbers(each))
    return named or ([_broken(each)] if is_whole else [])


def _finding_of_erasure(entry: int) -> Finding:
    return Finding("forged", entry, "", "", "")


def _broken(each: TrailSeal) -> Finding:
    return Finding("broken", each.last_entry, "", "", "")


def _seals() -> Iterator[TrailSeal]:
    """In order, one at a time: their marks are large."""
    last = 0
    while each := TrailSeal.select().where(TrailSeal.id > last).order_by(TrailSeal.id).first():
        yield each
        last = each.id


def _differences(sealed: bytes, found: bytes) -> Iterator[Finding]:
    """The lines whose marks are not those that were sealed."""
    was, now = dict(_MARK.iter_unpack(sealed)), dict(_MARK.iter_unpack(found))
    for number in sorted(was.keys() | now.keys()):
        if number not in now:
            yield Finding("gone", number, "", "", "")
        elif number not in was:
            yield _finding("added", number)
        elif was[number] != now[number]:
            yield _finding("changed", number)


def _finding(fault: Fault, number: int) -> Finding:
    (line,) = sealed_lines.between(number, number)
    client: Any = Client.get_or_none(Client.id == line.client_id)
    return Finding(fault, number, client.client_no if client else "", line.named, line.at)
