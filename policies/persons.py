"""One person who has several client numbers: all that is said of one of them is so of the others.

That two numbers are one person is kept as a fact, `client.person_id`: the id of the person's first
number (domain.md §4.15). Nearly nobody has one, so nothing here reads the book.
"""

import datetime
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from policies import database, queries
from policies.models import Client

GENERATION = 10
"""Birthdays that are more years apart are two people's, not a slip: father and son share much else."""


def are_one(one: Client, other: Client) -> bool:
    """Whether two of three agree: the name, the birthday, a phone number or an email address."""
    if _is_a_generation_apart(one.birthday, other.birthday):
        return False
    return _agreeing(one, other) >= 2


def _agreeing(one: Client, other: Client) -> int:
    """How many of the three agree."""
    is_named_so = bool(name_of(one)) and name_of(one) == name_of(other)
    is_born_so = one.birthday is not None and one.birthday == other.birthday
    addresses = ((one.phone, other.phone), (one.email.lower(), other.email.lower()))
    is_there = any(first and first == second for first, second in addresses)
    return sum((is_named_so, is_born_so, is_there))


def alike(client: Client) -> list[Client]:
    """Other numbers that agree in all three, whether a policy ever went between them or not."""
    if client.birthday is None:
        return []
    born = Client.select().where((Client.birthday == client.birthday) & (Client.id != client.id))
    return [each for each in born.order_by(Client.id) if _agreeing(client, each) == 3]


def name_of(client: Client) -> str:
    """The name as it is compared: neither case nor width nor further blanks make another one."""
    return compared(client.name)


def compared(name: str) -> str:
    """Any name in the same way."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _is_a_generation_apart(one: datetime.date | None, other: datetime.date | None) -> bool:
    if one is None or other is None:
        return False
    first, second = sorted((one, other))
    return (second.year - first.year, second.month, second.day) > (
        GENERATION,
        first.month,
        first.day,
    )


def unite(one: Client, other: Client) -> None:
    """Two numbers are one person from now on, and with them all other numbers of either."""
    known = [each.person_id or each.id for each in (one, other)]
    is_theirs = Client.id.in_([one.id, other.id]) | Client.person_id.in_(known)
    Client.update(person_id=min(known)).where(is_theirs).execute()


def numbers(client_ids: Iterable[int]) -> list[int]:
    """These clients, by id, and all other numbers of the same persons; in order."""
    given = set(client_ids)
    return sorted(given | set(by_number(given)))


def by_number(client_ids: Collection[int]) -> dict[int, int]:
    """The person, by id, of each number of those clients who have several; in order."""
    found: dict[int, int] = {}
    for some in database.chunks(client_ids):
        found.update(queries.persons_of(some))
    return found


def clients(client_ids: Iterable[int]) -> list[Client]:
    """All numbers of the same persons, in order."""
    found: list[Client] = []
    for some in database.chunks(numbers(client_ids)):
        found.extend(Client.select().where(Client.id.in_(some)).order_by(Client.id))
    return found


def client_nos(client_no: str) -> Sequence[str]:
    """A number and the others of the same person; also one that nobody in the book has."""
    theirs = Client.select(Client.id).where(Client.client_no == client_no)
    found = [each.client_no for each in clients(each.id for each in theirs)]
    return found or [client_no]
