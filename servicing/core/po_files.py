"""Gettext's catalogues read as they are usually written; any other is Babel's.

Babel, which takes longer to load than a command has for all its work, is the test's second reading.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

Forms = Mapping[tuple[str, str], tuple[str, ...]]
"""By context and id: the text, or its forms by number."""

Read = tuple[Forms, str]
"""With the expression that says which form a number takes, as C has it."""

_QUOTED = r'"(?:[^"\\\n]|\\.)*"'
_PIECE = re.compile(
    rf"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) ({_QUOTED}\n(?:{_QUOTED}\n)*)|(?:#.*)?\n"
)
_NUMBERS = re.compile(r"^Plural-Forms:.*\bplural=([^;]+)", re.MULTILINE)


class Unusual(Exception):
    """A file that is written in another way than ours."""


def read(path: Path, locale: str) -> Read:
    """The texts of a file in a language."""
    try:
        return quickly(path.read_bytes().decode("utf-8"))
    except (Unusual, ValueError, KeyError):
        return by_babel(path, locale)


def quickly(text: str) -> Read:
    """The texts of a file; raises `Unusual` and the like for what only Babel may understand."""
    header, *entries = _entries(text)
    if header["msgid"] or not (numbers := _NUMBERS.search(header["msgstr"])):
        raise Unusual("no plurals")
    forms = {
        (each.get("msgctxt", "None"), each["msgid"]): said
        for each in entries
        if (said := _forms(each))
    }
    return forms, numbers[1]


def _entries(text: str) -> list[dict[str, str]]:
    """By keyword the texts of each entry, which begins with its context or its id."""
    entries: list[dict[str, str]] = []
    before = ""
    for keyword, lines in _pieces(text):
        if keyword == "msgctxt" or (keyword == "msgid" and before != "msgctxt"):
            entries.append({})
        if not entries or keyword in entries[-1]:
            raise Unusual(keyword)
        entries[-1][keyword] = "".join(map(_unquoted, lines))
        before = keyword
    return entries


def _pieces(text: str) -> Iterator[tuple[str, list[str]]]:
    """Keyword by keyword the lines behind it."""
    at = 0
    while at < len(text):
        if not (found := _PIECE.match(text, at)):
            raise Unusual(text[at : at + 80])
        if found[1]:
            yield found[1], found[2].split("\n")[:-1]
        at = found.end()


def _unquoted(line: str) -> str:
    """Its escapes are those of JSON, as far as ours go; ValueError for any other."""
    return str(json.loads(line)) if "\\" in line else line[1:-1]


def _forms(entry: Mapping[str, str]) -> tuple[str, ...]:
    """The text of an entry; none where it has none yet."""
    if "msgid_plural" in entry:
        return tuple(said for name, said in entry.items() if name.startswith("msgstr"))
    return (entry["msgstr"],) if entry["msgstr"] else ()


def by_babel(path: Path, locale: str) -> Read:
    """The same, as Babel reads it."""
    from babel.messages.pofile import read_po

    with path.open("rb") as opened:
        found = read_po(opened, locale=locale, charset="utf-8")
    forms = {
        (str(each.context), _all(each.id)[0]): _all(each.string)
        for each in found
        if each.id and each.string
    }
    return forms, found.plural_expr


def _all(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)
