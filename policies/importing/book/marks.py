"""Rows that say what they said when the book last agreed with them: they are passed over unread.

A row is marked once its policy, its client and its agent all say what it says: by a short hash of its
cells, and by the revisions of the three. The database counts a revision up whenever one of them is
changed, whoever does it, so that a mark cannot outlive what it was true of. A row that has to be told
of at each import has no mark.
"""

import datetime
import hashlib
import itertools
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from policies import models, records
from policies.importing.book import queries
from policies.importing.book.changes import Applied, Changes
from policies.importing.book.queries import Marked
from policies.importing.book.rows import MarkRow, PolicyRow
from policies.importing.book.upsert import SeenIds, Spoken, revisions
from policies.importing.files.tables import FileRow
from policies.importing.inert import FORMULA_SIGNS, QUOTES, revived
from policies.importing.mapping.columns import RowReader

BETWEEN = "\0"
"""Stands between the cells of a row that are hashed together; a file with it in a cell is refused."""

MARK_BYTES = 8

READ_OTHERWISE = frozenset(["'", *QUOTES, *FORMULA_SIGNS])
"""A number that begins so may be written in two ways, so that two rows could mean one policy."""


TOGETHER = ("birthday", "marketing_consent", "channel")
"""What the rows of a client decide on together: where two say otherwise, all of them are read."""


@dataclass
class Passed:
    """The rows of a batch that were passed over."""

    policies: list[int] = field(default_factory=list)
    """By id."""
    clients: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By id, the lines that speak of the client."""
    agents: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Likewise."""

    def add(self, line: int, row: Marked) -> None:
        """Pass over a row."""
        self.policies.append(row.policy_id)
        self.clients[row.client_id].append(line)
        self.agents[row.agent_id].append(line)


class Taken(NamedTuple):
    """A batch of rows as it was taken in."""

    rows: Sequence[FileRow]
    values: Mapping[str, Sequence[Any]]
    """By canonical column, in the order of the rows."""
    stored: Mapping[str, PolicyRow]
    """The policies as they were, by number."""
    policies: Applied
    agents: Spoken
    clients: Spoken
    warned: set[int]
    """The places of the rows of which something has to be told each time."""


class RowMarks:
    """The marks of the rows of one file."""

    def __init__(self, reader: RowReader, read_by: str) -> None:
        """`read_by`: a digest of the program, since another may read otherwise; empty: no marks."""
        self._places, self._columns = reader.places, reader.columns
        self._width = reader.width
        key = hashlib.sha256(f"{read_by} {reader.way}".encode()).digest()
        self._keyed = hashlib.blake2b(digest_size=MARK_BYTES, key=key)
        self._decided_together = (
            [self._places[name] for name in TOGETHER if name in self._places]
            if "client_no" in self._places
            else []
        )
        is_usable = reader.has_plain_numbers and len(self._places) > 1
        self.are_kept = bool(read_by) and is_usable
        self._are_asked = self.are_kept and queries.are_any_marked()
        self._cells_of = _picking(list(self._places.values()), self._width)

    def sift(self, rows: list[FileRow], seen: SeenIds) -> tuple[Passed, list[FileRow]]:
        """The rows of a batch that may be passed over, and the others.

        `seen`: the policies of which the file has spoken before; a second row is always read.
        """
        passed = Passed()
        if not self._are_asked:
            return passed, rows
        numbers = [self._number(row) for row in rows]
        twice = _several(numbers)
        marked = queries.marked([each for each in dict.fromkeys(numbers) if each not in twice])
        of_known = (row for row, number in zip(rows, numbers, strict=True) if number in marked)
        marks = iter(self.marks(list(of_known)))
        said_before = [
            known if known and next(marks) == known.mark and known.policy_id not in seen else None
            for known in map(marked.get, numbers)
        ]
        contradicted = self._contradicted(rows, said_before)
        others: list[FileRow] = []
        for row, known in zip(rows, said_before, strict=True):
            if known and not (contradicted and self._client(row) in contradicted):
                passed.add(row.line, known)
            else:
                others.append(row)
        return passed, others

    def _contradicted(
        self, rows: Sequence[FileRow], said_before: Sequence[Marked | None]
    ) -> set[str]:
        """The clients of whom a row that is read says what all their rows have to be read for."""
        said: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        if not self._decided_together or all(said_before):
            return set()
        both = list(zip(rows, said_before, strict=True))
        for row, known in both:
            if not known and len(row.cells) == self._width:
                said[self._client(row)].add(self._of_person(row))
        return {
            client
            for row, known in both
            if known and (client := self._client(row)) in said
            if said[client] != {self._of_person(row)}
        }

    def _client(self, row: FileRow) -> str:
        return revived(row.cells[self._places["client_no"]].strip())

    def _of_person(self, row: FileRow) -> tuple[str, ...]:
        return tuple(row.cells[place].strip() for place in self._decided_together)

    def marks(self, rows: Sequence[FileRow]) -> Sequence[int]:
        """The hashes of the rows' cells."""
        keyed, cells_of = self._keyed.copy, self._cells_of
        digests: list[bytes] = []
        for row in rows:
            hashed = keyed()
            hashed.update(BETWEEN.join(cells_of(row.cells)).encode("utf-8", "surrogatepass"))
            digests.append(hashed.digest())
        return struct.unpack(f">{len(rows)}q", b"".join(digests))

    def keep(self, taken: Taken, joined: datetime.date) -> None:
        """Mark the rows that the book agrees with now, and of which nothing has to be told."""
        if not self.are_kept:
            return
        if self._are_asked:
            queries.unmark([each.id for each in taken.stored.values()])
        columns = self._columns_of(taken)
        if unmarked := self._unmarked(taken, joined):
            is_marked = [place not in unmarked for place in range(len(taken.rows))]
            columns = (itertools.compress(each, is_marked) for each in columns)
        records.insert_columns(models.RowMark, MarkRow, columns)

    def _columns_of(self, taken: Taken) -> Iterator[Iterable[int]]:
        """The columns of the marks that all the rows would have."""
        policy_nos = taken.values["policy_no"]
        yield map(taken.policies.ids.__getitem__, policy_nos)
        yield self.marks(taken.rows)
        yield map(revisions(taken.stored).get, policy_nos, repeat(0))
        yield map(taken.clients.revisions.get, taken.values["client_no"], repeat(0))
        yield map(taken.agents.revisions.get, taken.values["agent_no"], repeat(0))

    def _unmarked(self, taken: Taken, joined: datetime.date) -> set[int]:
        """The places of the rows that have to be read the next time, too.

        The book does not agree with them, or did not until now; or a warning is due each time; or
        what they say is another thing on another day.
        """
        values, agents, clients = taken.values, taken.agents, taken.clients
        named = list(map(agents.ids.__getitem__, values["agent_no"]))
        policies = map(taken.policies.ids.__getitem__, values["policy_no"])
        ends = () if "status" in self._columns else values["ended_on"]
        return (
            taken.warned
            | agents.differing
            | clients.differing
            | _places(policies, taken.policies.changes)
            | _places(values["client_id"], clients.changes)
            | _places(named, agents.changes)
            | _differing(named, values["agent_id"])
            | {place for place, (_, given) in enumerate(values.get("phone", ())) if given}
            | {place for place, end in enumerate(ends) if end and end > joined}
        )

    def _number(self, row: FileRow) -> str:
        """The policy's number, where it is as it stands; else nothing, which no policy has."""
        if len(row.cells) != self._width or row.wrong:
            return ""
        number = row.cells[self._places["policy_no"]].strip()
        return "" if number[:1] in READ_OTHERWISE else number


def _picking(places: list[int], width: int) -> Callable[[list[str]], Sequence[str]]:
    """Picks the cells at these places out of a row's."""
    return itemgetter(*places) if places != list(range(width)) else lambda cells: cells


def _several(numbers: Sequence[str]) -> set[str]:
    """Those that are there more than once."""
    if len(set(numbers)) == len(numbers):
        return set()
    return {number for number, count in Counter(numbers).items() if count > 1}


def _differing(some: Sequence[int], others: Sequence[int]) -> set[int]:
    """Where two lists do not say the same."""
    if some == others:
        return set()
    both = enumerate(zip(some, others, strict=True))
    return {place for place, (one, other) in both if one != other}


def _places(ids: Iterable[int], changes: Sequence[Changes]) -> set[int]:
    """Where those stand that have been changed."""
    changed = {each.id for each in changes}
    return {place for place, number in enumerate(ids) if number in changed} if changed else set()
