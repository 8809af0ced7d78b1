"""What the tests of more than one room begin with."""

import peewee
import pytest

from tests import cast
from tests.servicing.dispatched import ON, WALKER


@pytest.fixture
def queued(book: peewee.Database) -> cast.Cast:
    """The morning of the day on which every policy is a month old: four messages are queued."""
    people = cast.everybody()
    cast.walk_only(ON, WALKER)
    return people
