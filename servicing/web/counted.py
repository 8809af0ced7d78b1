"""What the pages of figures have counted: good until the book is changed, and for some minutes."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

from policies import database
from servicing.month import queries
from servicing.month.kept import Kept
from servicing.web.current import now

COUNTED = "servicing figures"
"""The application keeps under this name what it has worked out of figures."""

Found = TypeVar("Found")


def kept(asked: tuple[object, ...], find: Callable[[], Found]) -> Found:
    """What is found: anew where the book was changed since, or some minutes are over."""
    known: Kept[Any] = current_app.extensions[COUNTED]
    found: Found = known.of((asked, database.once(queries.changes)), now(), find)[1]
    return found
