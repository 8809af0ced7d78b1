"""Characters that nobody reads: they steer a terminal, or turn the direction of what is written.

These are the control characters of ASCII and of Latin-1, and the marks of direction.
"""

import re

_BREAKS = "\t\n"
_STEERING = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ANY = re.compile(f"[{_STEERING}]")
_ANY_BUT_BREAKS = re.compile(f"(?![{_BREAKS}])[{_STEERING}]")

SHOWN = "\N{REPLACEMENT CHARACTER}"
"""Stands where such a character would."""


def first(text: str) -> str:
    """The first of them in a text, as `U+001B`; empty: there is none."""
    found = _ANY.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def inert(text: str) -> str:
    """A text that steers nothing; line breaks and tabs stay."""
    return text if text.isprintable() else _ANY_BUT_BREAKS.sub(SHOWN, text)


def escaped(document: str) -> str:
    """A JSON document that steers nothing and says the same."""
    if document.isascii() and "\x7f" not in document:  # JSON itself escapes the others of ASCII
        return document
    return _ANY_BUT_BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
