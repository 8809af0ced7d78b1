"""The words by which one person is known, and texts without them.

A name may be a part of another word, and a number of another number: only whole ones count. Chinese
has no blanks between its words, so there a name counts wherever it stands.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

SHORTEST_NAME, SHORTEST_CHINESE_NAME, SHORTEST_CONTACT = 4, 2, 5
"""Shorter ones stand in too many texts that mean somebody else."""


@dataclass(frozen=True)
class Traces:
    """How one person is known, and by what number from now on."""

    numbers: Mapping[str, str]
    """By client number, the one that stands in its place."""
    names: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    """Telephone numbers and email addresses, also those of before."""
    birthdays: frozenset[str] = frozenset()
    """On which the person was born, as the book says or said; in texts they are not looked for."""
    mark: str = ""
    """What stands in place of a name; empty: the first number from now on."""

    @property
    def instead(self) -> str:
        """What stands where a name or an address stood."""
        return self.mark or next(iter(self.numbers.values()))

    @property
    def words(self) -> list[str]:
        """All words that are looked for, the longest first."""
        names = filter(_is_telling, self.names)
        contacts = (each for each in self.contacts if len(each) >= SHORTEST_CONTACT)
        return sorted({*self.numbers, *names, *contacts}, key=lambda word: (-len(word), word))

    def without(self, text: str) -> str:
        """A text in which the number from now on stands for all of these words."""
        return self._all.sub(lambda found: self.numbers.get(found[0], self.instead), text)

    def renumbered(self, text: str) -> str:
        """A text in which only the numbers are replaced."""
        return self._numbers.sub(lambda found: self.numbers[found[0]], text)

    @cached_property
    def _all(self) -> re.Pattern[str]:
        return _any_of(self.words)

    @cached_property
    def _numbers(self) -> re.Pattern[str]:
        return _any_of(self.numbers)


def _is_telling(name: str) -> bool:
    return len(name) >= (SHORTEST_NAME if name.isascii() else SHORTEST_CHINESE_NAME)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(_whole, words)) or r"(?!)")


def _whole(word: str) -> str:
    """The word where it is not a part of another; the edges of Chinese ones are everywhere."""
    before = r"(?<![\w])" if word[:1].isascii() else ""
    behind = r"(?![\w])" if word[-1:].isascii() else ""
    return f"{before}{re.escape(word)}{behind}"
