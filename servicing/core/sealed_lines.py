"""The lines of the cards as seals see them: each by its digest, an erased one by the digest it had.

A seal is over the digests of lines, so a line may lose its facts and the seal still be made again, as
long as its digest is kept. It is kept by an erasure (`ErasedLine`), together with the digest of what
is left. The erasure's own line on the card names how many lines it has erased, and a proof over all
their digests; that line is sealed. So a line counts as erased only where a line of a card says so,
and what is left of it is as little changed as any other.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from policies import dialect, records
from policies.records import Record
from servicing.core import line_kinds

ERASED = "client.erased"
"""The kind of the line by which a person's data were erased on request."""

EXPIRED = "client.expired"
"""The kind of the line by which data were erased since their time was over."""

KINDS = (ERASED, EXPIRED)
"""The lines that may say that others were erased."""


class SealedLine(Record, frozen=True):
    """A line of a card as it is stored, and so sealed.

    Any value may stand where somebody forged one into the file: the line is to be named.
    """

    id: int
    client_id: Any
    policy_id: Any
    touchpoint_id: Any
    at: Any
    """The text of the moment, not the moment: it is what the digests of old seals were made of."""
    kind: Any
    facts: Any

    @property
    def named(self) -> str:
        """Its kind by its name."""
        return line_kinds.told(self.kind)


@dataclass(frozen=True)
class NamedLine:
    """What a line says of itself where it is not as it was sealed; of no client: an empty number."""

    client_no: str
    kind: Any
    at: Any


_COLUMNS = "id, client_id, policy_id, touchpoint_id, CAST(at AS TEXT), kind, facts"


def between(first: int, last: int) -> list[SealedLine]:
    """The lines with these numbers, in order."""
    sql = f"SELECT {_COLUMNS} FROM card_entry WHERE id BETWEEN ? AND ? ORDER BY id"
    return records.listed(SealedLine, sql, (first, last))


def after(number: int, limit: int) -> list[SealedLine]:
    """The next lines of all cards, in order."""
    sql = f"SELECT {_COLUMNS} FROM card_entry WHERE id > ? ORDER BY id LIMIT ?"
    return records.listed(SealedLine, sql, (number, limit))


def of_clients(client_ids: Collection[int]) -> list[SealedLine]:
    """The lines on the cards of some clients."""
    condition, values = dialect.among("client_id", client_ids)
    sql = f"SELECT {_COLUMNS} FROM card_entry WHERE {condition} ORDER BY id"
    return records.listed(SealedLine, sql, values)


def of_others(client_ids: Collection[int], said: Collection[str]) -> list[SealedLine]:
    """The lines on other cards whose facts contain one of some texts: all cards are read for it."""
    theirs, values = dialect.among("client_id", client_ids)
    contained = " OR ".join([dialect.contains("facts")] * len(said)) or "1 = 0"
    sql = f"SELECT {_COLUMNS} FROM card_entry WHERE NOT ({theirs}) AND ({contained}) ORDER BY id"
    return records.listed(SealedLine, sql, [*values, *said])


def digest_of(line: Record) -> bytes:
    """The digest of a line as it stands."""
    stored = msgspec.structs.astuple(line)
    text = json.dumps(stored, ensure_ascii=False, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode()).digest()


# ----------------------------------------------------------------------------------------- erasures


class Step(Record, frozen=True):
    """A line that was erased: its digest before and after."""

    entry_id: int
    was: str
    now: str


def proof_of(steps: Iterable[Step]) -> str:
    """The digest over all lines of an erasure, in the order of their numbers."""
    rows = sorted((each.entry_id, each.was, each.now) for each in steps)
    return hashlib.sha256("\n".join(" ".join(map(str, row)) for row in rows).encode()).hexdigest()


@dataclass(frozen=True)
class Erasures:
    """All erasures: how many lines they have erased, and those that no line of a card vouches for."""

    count: int
    lines: int
    forged: dict[int, int]
    """By number, of each such erasure the number of the line that should say so."""

    def digests(self, first: int, last: int) -> "Digests":
        """By which digest the lines of a stretch were sealed."""
        return Digests(_steps_between(first, last, self.forged))


class _Known(Record, frozen=True):
    """An erasure, and the line of the card that should say so."""

    id: int
    entry_id: int
    kind: str | None
    facts: str | None


def erasures() -> Erasures:
    """The erasures, each compared with its line on the card."""
    sql = """
        SELECT x.id, x.entry_id, e.kind, e.facts
        FROM erasure x LEFT JOIN card_entry e ON e.id = x.entry_id ORDER BY x.id
    """
    known, lines, forged = records.listed(_Known, sql), 0, {}
    for each in known:
        steps = _steps_of(each.id)
        lines += len(steps)
        if not _is_vouched_for(each, steps):
            forged[each.id] = each.entry_id
    return Erasures(len(known), lines, forged)


def _is_vouched_for(erasure: _Known, steps: Sequence[Step]) -> bool:
    if erasure.kind not in KINDS:
        return False
    try:
        said = json.loads(erasure.facts or "")
        return bool((said["lines"], said["proof"]) == (len(steps), proof_of(steps)))
    except (ValueError, TypeError, KeyError):
        return False


def _steps_of(erasure_id: int) -> list[Step]:
    sql = "SELECT entry_id, was, now FROM erased_line WHERE erasure_id = ?"
    return records.listed(Step, sql, [erasure_id])


class _StepOf(Step, frozen=True):
    erasure_id: int


def _steps_between(first: int, last: int, forged: Collection[int]) -> Iterator[Step]:
    sql = """
        SELECT entry_id, was, now, erasure_id FROM erased_line
        WHERE entry_id BETWEEN ? AND ? ORDER BY id
    """
    found = records.listed(_StepOf, sql, (first, last))
    return (each for each in found if each.erasure_id not in forged)


class Digests:
    """By which digest each line was sealed: of an erased one, that of the line before its erasure."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps: dict[int, list[Step]] = {}
        for each in steps:
            self._steps.setdefault(each.entry_id, []).append(each)

    def of(self, line: SealedLine) -> bytes:
        """The digest under which the line was or will be sealed, if it is as its erasure left it."""
        found = digest_of(line)
        for step in reversed(self._steps.get(line.id, [])):
            if step.now != found.hex():
                break
            found = bytes.fromhex(step.was)
        return found
