"""Patterns that a mapping states: the time they take grows with the text, whatever they are."""

import re2

LONGEST = 1000
"""A longer text is not looked through."""

_QUIET = re2.Options()
_QUIET.log_errors = False


class NoPattern(ValueError):
    """A text is no pattern that can be used."""


class Pattern:
    """A pattern, and the part of a text that it takes."""

    def __init__(self, text: str) -> None:
        """Raises `NoPattern`."""
        self.text = text
        try:
            self._found = re2.compile(text, _QUIET)
        except re2.error:
            raise NoPattern(text) from None

    def taken(self, text: str) -> str | None:
        """The first group that takes part, or all that fits where there is none; None: nothing fits."""
        found = self._found.search(text)
        if found is None:
            return None
        groups = [each for each in found.groups() if each is not None]
        return str(groups[0]) if groups else str(found.group())
