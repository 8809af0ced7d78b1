"""Patterns that a mapping states: the time they take grows with the text, whatever they are.

The library takes a while to load, so it is where a mapping states one.
"""

from typing import Any

LONGEST = 1000
"""A longer text is not looked through."""


class NoPattern(ValueError):
    """A text is no pattern that can be used."""


class Pattern:
    """A pattern, and the part of a text that it takes."""

    def __init__(self, text: str) -> None:
        """Raises `NoPattern`."""
        self.text = text
        self._found = _compiled(text) if text else None

    def taken(self, text: str) -> str | None:
        """The first group that takes part, or all that fits where there is none; None: nothing fits."""
        if self._found is None:
            return ""
        found = self._found.search(text)
        if found is None:
            return None
        groups = [each for each in found.groups() if each is not None]
        return str(groups[0]) if groups else str(found.group())


def _compiled(text: str) -> Any:
    """The library's own pattern; raises `NoPattern`."""
    import re2

    quiet = re2.Options()
    quiet.log_errors = False
    try:
        return re2.compile(text, quiet)
    except re2.error:
        raise NoPattern(text) from None
