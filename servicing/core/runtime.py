"""Work that may be asked to end: it stops at the next place where nothing is in hand."""

from collections.abc import Callable

IsOver = Callable[[], bool]
"""Whether whoever works is to end now."""


def never() -> bool:
    """There is time for all of it."""
    return False
