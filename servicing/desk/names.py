"""What people type to find somebody: a part of a name, its letters in pinyin, initials, last digits.

A character may be read in several ways, a surname above all (单 is shàn, 曾 is zēng): a name is found by
each of them, and what is typed in characters by any one.
"""

import itertools
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

MOST_READINGS = {True: 4, False: 2}
"""Readings of a character that a name is found by: of its first one, and of those behind it."""

MOST_WORDS = 24
"""Under which one client is found; the likeliest come first."""

LONGEST_WORD = 40
LEAST_DIGITS = 4
"""Fewer last digits are those of too many."""

LONGEST_TAIL = 12
"""Last characters of a number that are kept to be looked for."""


@dataclass(frozen=True)
class Asked:
    """What somebody has typed."""

    text: str
    """Its letters and digits alone, small and of the usual width."""
    typed: str
    """As it was typed, without blanks around it."""

    @property
    def beginning(self) -> str:
        """With what a word of a name begins that is meant; empty: no name is."""
        if not self.text or any(each.isdigit() for each in self.text):
            return ""
        return "".join(_likeliest(each) for each in self.text)[:LONGEST_WORD]

    @property
    def is_in_characters(self) -> bool:
        """Whether it has characters of which the name has to have the same."""
        return any(readings(each) for each in self.text)

    @property
    def tail(self) -> str:
        """The last characters of a number, the last one first; empty: it is none, or too short."""
        digits = sum(each.isdigit() for each in self.text)
        return tail(self.text) if digits >= LEAST_DIGITS and self.text.isascii() else ""

    @property
    def numbers(self) -> list[str]:
        """As a number of a client or a policy may be written in the book."""
        bare = self.typed.replace(" ", "")
        wide = unicodedata.normalize("NFKC", bare)
        given = [self.typed, bare, wide, wide.upper(), self.text, self.text.upper()]
        return list(dict.fromkeys(each for each in given if each))


def asked(typed: str) -> Asked:
    """What is meant by what somebody has typed."""
    return Asked(folded(typed), typed.strip())


def folded(text: str) -> str:
    """Letters and digits alone, small and of the usual width: blanks, hyphens and dots say nothing."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if each.isalnum())


def tail(number: str) -> str:
    """The last characters of a number, the last one first: what ends alike begins alike."""
    return folded(number)[: -LONGEST_TAIL - 1 : -1]


@lru_cache(maxsize=1 << 15)
def readings(character: str) -> tuple[str, ...]:
    """How a character is read, without tones; nothing for a letter or a digit."""
    if character.isascii() or not character.isalpha():
        return ()
    from pypinyin import Style, pinyin  # a third of a second: only for who looks for names

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    read = [each for each in found[0] if each.isascii()] if found else []
    return tuple(dict.fromkeys(itertools.chain(read, (each.replace("v", "u") for each in read))))


def _likeliest(character: str) -> str:
    return next(iter(readings(character)), character)


@lru_cache(maxsize=1 << 13)
def words(name: str) -> tuple[str, ...]:
    """Under which a name is found by its beginning: from each of its parts on, in letters, and initials.

    Small letters alone, the likeliest reading first.
    """
    parts = _parts(name)
    found: dict[str, None] = {}
    for start in range(len(parts)):
        for backwards in itertools.product(*reversed(parts[start:])):  # all surnames come first
            read = backwards[::-1]
            found["".join(read)[:LONGEST_WORD]] = None
            if start < 2 and len(read) > 1:
                found["".join(each[0] for each in read)] = None
            if len(found) >= MOST_WORDS * (start + 1) // len(parts):
                break
    return tuple(itertools.islice(found, MOST_WORDS))


def _parts(name: str) -> list[tuple[str, ...]]:
    """A name part by part, each with its readings: a character is a part, and so is a word of letters."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    parts: list[tuple[str, ...]] = []
    for is_word, group in itertools.groupby(
        plain, lambda each: each.isalnum() and not readings(each)
    ):
        if is_word:
            parts.append(("".join(group),))
            continue
        for each in group:
            if read := readings(each):
                first = AS_SURNAMES.get(each) if not parts else None
                read = tuple(dict.fromkeys([first, *read])) if first else read
                parts.append(read[: MOST_READINGS[not parts]])
    return parts


AS_SURNAMES = {
    **{"单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "朴": "piao"},
    **{"盖": "ge", "翟": "zhai", "缪": "miao", "乐": "yue", "尉": "wei", "覃": "qin", "万": "wan"},
    **{"任": "ren", "华": "hua", "纪": "ji", "员": "yun", "洗": "xian", "召": "shao", "宁": "ning"},
    **{"折": "she", "种": "chong", "黑": "he", "秘": "bi", "繁": "po", "便": "pian"},
}
"""Characters that are read otherwise as a surname: names are sorted by that reading."""


@dataclass(frozen=True)
class Named:
    """Somebody who may be meant."""

    name: str
    phone: str
    numbers: Collection[str]
    """Of the client and of their policies."""


def is_meant(by: Asked, one: Named) -> bool:
    """Whether somebody is meant: by any part of a name or number, or as the letters of the name begin."""
    if not by.text:
        return False
    if any(by.text in each for each in _written(one)):
        return True
    return not by.is_in_characters and any(each.startswith(by.text) for each in words(one.name))


def _written(one: Named) -> Iterable[str]:
    yield folded(one.name)
    yield folded(one.phone)
    yield from map(folded, one.numbers)


def is_named(by: Asked, name: str) -> bool:
    """Whether the characters that were typed stand in a name; letters alone are asked nothing."""
    return not by.is_in_characters or by.text in folded(name)
