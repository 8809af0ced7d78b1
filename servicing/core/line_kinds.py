"""How the kind of a card's line is stored: what stands there by the million has one letter.

A seal is over the line as it is stored, so a letter is sealed as well as the name that it stands for.
Lines of an earlier version have the name itself; both are read.
"""

import peewee

LETTERS = {"message.accepted": "a", "message.delivered": "d", "message.suppressed": "s"}
"""The kinds that every message leaves behind. A letter is never given to another kind."""

_NAMES = {letter: name for name, letter in LETTERS.items()}


def stored(kind: str) -> str:
    """A kind as a new line has it."""
    return LETTERS.get(kind, kind)


def told(found: str) -> str:
    """The kind that is meant by what is stored, whichever version has written it."""
    return _NAMES.get(found, found)


def is_of_message(column: str) -> str:
    """The condition that a line is about a message."""
    letters = ", ".join(f"'{each}'" for each in sorted(_NAMES))
    return f"({column} >= 'message.' AND {column} < 'message/' OR {column} IN ({letters}))"


class KindField(peewee.TextField):
    """A kind: its name outside, a letter inside where it has one."""

    def db_value(self, value: str) -> str:
        """As a new line has it."""
        return stored(value)

    def python_value(self, value: str) -> str:
        """By its name."""
        return told(value)
