"""Which numbers the book knows: whatever they look like, and in whatever order they come."""

import peewee
from hypothesis import given, settings
from hypothesis import strategies as st

from policies import database
from policies.importing.book import queries
from policies.importing.book.rows import ClientRow
from policies.models import Client
from tests.policies.imagined import each_rolled_back, examples

NUMBERS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=4)
PLAIN = st.integers(0, 30).map(str) | st.integers(0, 30).map("C{:03}".format)


@given(known=st.sets(NUMBERS | PLAIN, max_size=8), others=st.sets(NUMBERS | PLAIN, max_size=8))
@settings(each_rolled_back, max_examples=examples(60))
def test_a_number_is_known_if_it_stands_in_the_book(
    book: peewee.Database, known: set[str], others: set[str]
) -> None:
    with book.atomic() as undone:
        rows = [(number, "林伟", "") for number in known]
        database.insert_rows(Client, ("client_no", "name", "phone"), rows)
        found = queries.known(Client, ClientRow, "client_no", [*others, *known])
        assert found.keys() == known
        assert all(row.client_no == number for number, row in found.items())
        asked = queries.known(Client, ClientRow, "client_no", others)
        assert asked.keys() == known & others
        undone.rollback()


def test_a_book_without_any_knows_none(book: peewee.Database) -> None:
    assert queries.known(Client, ClientRow, "client_no", ["C001"]) == {}
