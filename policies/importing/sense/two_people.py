"""Rows that would make one client of two people: they are born on different days."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from policies.importing.book.rows import ClientRow
from policies.importing.findings import Refusal
from policies.notices import notice

Birthday = datetime.date | None


class Born(NamedTuple):
    """A birthday, and the line of the file that states it first."""

    on: datetime.date
    line: int


class TwoPeople:
    """What a file says of its clients' birthdays; against the book another one is a correction."""

    def __init__(self, line_before: Callable[[ClientRow, int], int]) -> None:
        """`line_before`: the line before another that spoke of a client first; 0: none."""
        self._line_before = line_before
        self._stated_later: dict[str, Born] = {}
        """Of clients whose first row says nothing."""

    def refusals(
        self,
        numbers: Sequence[str],
        birthdays: Sequence[Birthday],
        lines: Sequence[int],
        stored: Mapping[str, ClientRow],
    ) -> dict[int, Refusal]:
        """Which rows, by place, speak of another person than an earlier row of their number."""
        doubtful = self._doubtful(numbers, birthdays, stored)
        if not doubtful:
            return {}
        refusals: dict[int, Refusal] = {}
        said: dict[str, Born | None] = {}
        for place, (number, birthday) in enumerate(zip(numbers, birthdays, strict=True)):
            if number not in doubtful:
                continue
            if number not in said:
                said[number] = self._before(number, lines[place], stored)
            born = said[number]
            if birthday and born and birthday != born.on:
                facts = {"birthday": str(birthday), "other": str(born.on), "other_line": born.line}
                refusals[place] = Refusal("client_no", number, notice("two_people", **facts))
            elif birthday and not born:
                said[number] = self._stated_later[number] = Born(birthday, lines[place])
        return refusals

    def _doubtful(
        self,
        numbers: Sequence[str],
        birthdays: Sequence[Birthday],
        stored: Mapping[str, ClientRow],
    ) -> set[str]:
        """The clients of whom the batch says more than one thing, or another than the book."""
        of: dict[str, Birthday] = dict(zip(numbers, birthdays, strict=True))
        doubtful = {number for number, was in stored.items() if was.birthday != of.get(number)}
        if len(set(zip(numbers, birthdays, strict=True))) > len(of):
            both = zip(numbers, birthdays, strict=True)
            doubtful |= {number for number, birthday in both if birthday != of[number]}
        return doubtful

    def _before(self, number: str, line: int, stored: Mapping[str, ClientRow]) -> Born | None:
        """What earlier rows of the file have said."""
        if number in self._stated_later:
            return self._stated_later[number]
        was = stored.get(number)
        if was is None or was.birthday is None:
            return None
        earlier = self._line_before(was, line)
        return Born(was.birthday, earlier) if earlier else None
