"""What an import changed in stored rows, column by column."""

from dataclasses import dataclass
from typing import Any, NamedTuple


class Altered(NamedTuple):
    """A value of the book before and after an import."""

    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes that a file made to one stored row, column by column."""

    id: int
    columns: dict[str, Altered]


class Applied(NamedTuple):
    """The result of a batch of rows."""

    ids: dict[str, int]
    """By number."""
    changes: list[Changes]
    added: int
