"""A month of the standard plan on a book of thousands, looked at ahead and then walked."""

from pathlib import Path

import peewee

from servicing.core.models import Touchpoint
from tests import cast
from tests.servicing.look_ahead import LAST, TODAY, a_messy_book, foreseen, walked

WALKER = cast.walker()


def test_thirty_days_ahead_are_what_thirty_walks_then_do(
    book: peewee.Database, tmp_path: Path
) -> None:
    a_messy_book(tmp_path, policies=1_500)
    there = foreseen(WALKER, TODAY, LAST)
    assert (Touchpoint.select().count(), len(there) > 1_500) == (0, True)
    assert there == walked(WALKER, TODAY, LAST)
