"""Seals over the trail of service and over the audit log: a changed line is detected (domain.md §7.3).

A seal covers the next lines, in order, and the seal before it, so that none can be replaced without
all that follow. Beside its digest it keeps a short mark of every line, by which the one that was
changed is named. A line that was erased counts by the digest it had (`servicing.core.sealed_lines`).
Who could change the database as a whole could make all seals anew: keep the last
digests somewhere else (`servicing audit seal` prints them, and every evidence pack has that of the
trail).
"""

import datetime
import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from policies import database
from servicing.core import audit_lines, card_lines
from servicing.core.audit_models import AuditEntry, AuditSeal
from servicing.core.models import CardEntry, TrailSeal
from servicing.core.sealed_lines import NamedLine

LINES = 10_000
"""Of a seal, at most."""

SETTLED = datetime.timedelta(hours=1)
"""Lines are sealed when they are this old: until then one with a lower number may still be written."""

_MARK = struct.Struct(">q8s")
"""A line's number, and the first eight bytes of its digest."""

Fault = Literal["changed", "gone", "added", "broken", "forged"]
Sealed = Literal["card", "audit"]


class Reading(Protocol):
    """The lines of a table at one moment, as seals see them."""

    def digests(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """The number of each line of a stretch, and the digest that it is sealed by."""

    def is_away(self, number: int) -> bool:
        """Whether a line may be missing: taken out with its year, or its time is over."""

    def forged(self) -> Iterable[int]:
        """The lines that should vouch for what was let go, and do not."""

    def named(self, number: int) -> NamedLine:
        """What a line says of itself."""

    @property
    def erasures(self) -> tuple[int, int]:
        """How often personal data were erased, and of how many lines."""


@dataclass(frozen=True)
class Chain:
    """A table of lines that only grows, and the seals over it."""

    of: Sealed
    entries: type[Any]
    seals: type[Any]
    reading: Callable[[], Reading]

    @property
    def first(self) -> str:
        """What the first seal is over."""
        whose = {"card": b"servicing trail", "audit": b"servicing audit log"}[self.of]
        return hashlib.sha256(whose).hexdigest()


TRAIL = Chain("card", CardEntry, TrailSeal, card_lines.Reading)
"""The lines of the clients' cards."""
LOG = Chain("audit", AuditEntry, AuditSeal, audit_lines.Reading)
"""The audit log."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was sealed."""

    fault: Fault
    entry: int
    """The number of the line; of a broken seal, its last; of a forged erasure, that of its own."""
    client_no: str
    kind: str
    at: str
    """As the line says now; empty where it is gone."""
    of: Sealed = "card"
    """Whose line it is: a card's, or the audit log's."""


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
    """Lines that are sealed and not here: their year was taken out, or their time is over."""
    erasures: int = 0
    """How often personal data were erased, each time by a line of a card."""
    erased: int = 0
    """Lines whose facts were erased."""


def seal(now: datetime.datetime, chain: Chain = TRAIL) -> int:
    """Seal every line that is old enough; answers with how many."""
    count = 0
    while sealed := _seal_some(now, chain):
        count += sealed
    return count


def _seal_some(now: datetime.datetime, chain: Chain) -> int:
    entries, seals = chain.entries, chain.seals
    with database.explained(), database.exclusive(_TURN[chain.of]):
        before = seals.select().order_by(seals.id.desc()).first()
        since = before.last_entry if before else 0
        until = _settled(entries, since, now)
        old = entries.select(entries.id).where(entries.id.between(since + 1, until))
        numbers = [each.id for each in old.order_by(entries.id).limit(LINES)]
        if not numbers:
            return 0
        over = before.digest if before else chain.first
        marks, digest = _sealed(since + 1, numbers[-1], over, chain.reading())
        seals.create(
            first_entry=since + 1,
            last_entry=numbers[-1],
            marks=marks,
            digest=digest,
            sealed_at=now,
        )
    return len(numbers)


_TURN: dict[Sealed, str] = {"card": "seal", "audit": "audit seal"}
"""Under which name only one seals at a time."""


def _settled(entries: Any, since: int, now: datetime.datetime) -> int:
    """The last line that is old, with nothing young before it.

    A moment that is still to come says nothing of when a line was written (a day that was tried with
    `--now`, a wrong clock): it is as old as the lines around it, and keeps nobody waiting.
    """
    numbers = entries.select(entries.id).where(entries.id > since)
    border = now - SETTLED
    young = numbers.where((entries.at > border) & (entries.at <= now)).order_by(entries.id).first()
    old = numbers.where(entries.at <= border)
    before = old.where(entries.id < young.id) if young else old
    last = before.order_by(entries.id.desc()).first()
    return int(last.id) if last else since


def _sealed(first: int, last: int, over: str, reading: Reading) -> tuple[bytes, str]:
    """The marks and the digest of the lines of a stretch, over the digest before it."""
    whole, marks = hashlib.sha256(f"{over} {first} {last}".encode()), bytearray()
    for number, digest in reading.digests(first, last):
        whole.update(digest)
        marks += _MARK.pack(number, digest[:8])
    return bytes(marks), whole.hexdigest()


def verify(chain: Chain = TRAIL) -> SealAudit:
    """Look through all seals; every line that is not as it was sealed is named."""
    over, since, lines, count, archived = chain.first, 0, 0, 0, 0
    with database.explained(), database.snapshot():
        found = _Findings(chain.of, chain.reading())
        # where a line is away, nothing can be said of the erasure that it vouches for
        forged = (each for each in found.reading.forged() if not found.reading.is_away(each))
        findings = [found.nameless("forged", each) for each in forged]
        for each in _seals(chain):
            if each.first_entry != since + 1:
                findings.append(found.broken(each))
            else:
                findings += found.compared(each, over)
            over, since = each.digest, each.last_entry
            lines += len(bytes(each.marks)) // _MARK.size
            archived += sum(map(found.reading.is_away, _numbers(each)))
            count += 1
        unsealed = chain.entries.select().where(chain.entries.id > since).count()
    return SealAudit(lines, count, unsealed, over, findings, archived, *found.reading.erasures)


def _numbers(each: Any) -> Iterator[int]:
    """The lines that a seal is over."""
    return (number for number, _ in _MARK.iter_unpack(bytes(each.marks)))


def _seals(chain: Chain) -> Iterator[Any]:
    """In order, one at a time: their marks are large."""
    last, seals = 0, chain.seals
    while each := seals.select().where(seals.id > last).order_by(seals.id).first():
        yield each
        last = each.id


@dataclass(frozen=True)
class _Findings:
    """What is found at one reading."""

    of: Sealed
    reading: Reading

    def compared(self, each: Any, over: str) -> list[Finding]:
        """What is not as it was sealed.

        A seal over lines that are not here cannot be made again: those that are here are compared by
        their marks, and the seal itself is covered by the next one.
        """
        marks, digest = _sealed(each.first_entry, each.last_entry, over, self.reading)
        if digest == each.digest:
            return []
        differences = self._differences(bytes(each.marks), marks)
        named = [found for found in differences if not self.reading.is_away(found.entry)]
        is_whole = not any(map(self.reading.is_away, _numbers(each)))
        return named or ([self.broken(each)] if is_whole else [])

    def broken(self, each: Any) -> Finding:
        return self.nameless("broken", each.last_entry)

    def nameless(self, fault: Fault, number: int) -> Finding:
        return Finding(fault, number, "", "", "", self.of)

    def _differences(self, sealed: bytes, found: bytes) -> Iterator[Finding]:
        """The lines whose marks are not those that were sealed."""
        was, now = dict(_MARK.iter_unpack(sealed)), dict(_MARK.iter_unpack(found))
        for number in sorted(was.keys() | now.keys()):
            if number not in now:
                yield self.nameless("gone", number)
            elif was.get(number) != now[number]:
                line = self.reading.named(number)
                fault: Fault = "changed" if number in was else "added"
                yield Finding(fault, number, line.client_no, line.kind, line.at, self.of)
