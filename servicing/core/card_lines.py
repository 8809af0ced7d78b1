"""The lines of the cards as one chain of seals: erased ones by what they were, and years away."""

from collections.abc import Iterator
from typing import Any

from policies import records
from policies.models import Client
from policies.records import Record
from servicing.core import sealed_lines
from servicing.core.sealed_lines import NamedLine


class _Stretch(Record, frozen=True):
    """The lines of a year that is not in the book."""

    first: int
    behind: int


class Reading:
    """The lines of all cards at one moment."""

    def __init__(self) -> None:
        self._erasures = sealed_lines.erasures()
        sql = "SELECT first_entry, next_entry FROM closed_year WHERE detached_at IS NOT NULL"
        self._away = records.listed(_Stretch, sql)

    def digests(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        """The number of each line of a stretch, and the digest that it is sealed by."""
        known = self._erasures.digests(first, last)
        return ((each.id, known.of(each)) for each in sealed_lines.between(first, last))

    def is_away(self, number: int) -> bool:
        """Whether the line was taken out of the book with its year."""
        return any(each.first <= number < each.behind for each in self._away)

    def forged(self) -> list[int]:
        """The lines that should say of an erasure that it was, and do not."""
        return list(self._erasures.forged.values())

    def named(self, number: int) -> NamedLine:
        """What a line says of itself."""
        (line,) = sealed_lines.between(number, number)
        client: Any = Client.get_or_none(Client.id == line.client_id)
        return NamedLine(client.client_no if client else "", line.named, line.at)

    @property
    def erasures(self) -> tuple[int, int]:
        """How often personal data were erased, and of how many lines."""
        return self._erasures.count, self._erasures.lines
