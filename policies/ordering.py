"""Names in the order in which a person looks for them: numbers by their value, all else by its letters.

A number is of digits, or of Chinese numerals where they count something: 第二, 一队, 十一部, 团队三. In
三亚 and 九江 they are a part of the name. Letters go without accents and case. Chinese characters go by
their code in GB 18030, which puts the 3,755 most used ones in the order of pinyin; one that is read in
several ways stands under one of them.
"""

import re
import unicodedata
from collections.abc import Iterator

_NUMERALS = "零〇一二两三四五六七八九十百千"
_COUNTED = (
    "队组部区营室科处班号期分支团级店厅片",
    ("中心", "大队", "大区", "小组", "小队", "事业", "战队", "联队"),
)
_BEHIND = "|".join([f"[{_COUNTED[0]}]", *_COUNTED[1]])
_NUMBER = re.compile(
    rf"(?P<digits>[0-9]+)|第(?P<nth>[{_NUMERALS}]+)"
    rf"|(?P<counted>[{_NUMERALS}]+)(?=$|[^一-鿿]|{_BEHIND})"
)

_UNITS = {"十": 10, "百": 100, "千": 1000}
_DIGITS = {each: value for value, each in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}

Part = tuple[int, int, bytes]
"""A number before letters, its value, and the letters."""


def by_name(name: str) -> tuple[tuple[Part, ...], str]:
    """A key that sorts names of people's units: branches, teams, products."""
    return tuple(_parts(_plain(name))), name


def _plain(name: str) -> str:
    """Of the usual width, small, and without accents."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    return "".join(each for each in apart if not unicodedata.combining(each))


def _parts(name: str) -> Iterator[Part]:
    done = 0
    for found in _NUMBER.finditer(name):
        if before := name[done : found.start()]:
            yield (1, 0, _letters(before))
        text = found["digits"] or found["nth"] or found["counted"]
        yield (0, int(text) if found["digits"] else value(text), b"")
        done = found.end()
    if rest := name[done:]:
        yield (1, 0, _letters(rest))


def _letters(text: str) -> bytes:
    return text.encode("gb18030", "replace")


def value(numerals: str) -> int:
    """The value of Chinese numerals: 二十一 is 21, 百零五 is 105, 一二 (digit by digit) is 12."""
    if not any(each in _UNITS for each in numerals):
        return int("".join(str(_DIGITS[each]) for each in numerals))
    total = digit = 0
    for each in numerals:
        if each in _UNITS:
            total += (digit or 1) * _UNITS[each]
            digit = 0
        else:
            digit = _DIGITS[each]
    return total + digit
