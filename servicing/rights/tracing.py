"""By which words a client is known: the book's, those of before, and what stands on the card."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from policies.models import Client
from servicing.core import sealed_lines
from servicing.rights import numbering, queries
from servicing.rights.traces import Traces


def of(clients: Sequence[Client]) -> Traces:
    """The words of all numbers of one person."""
    numbers = {each.client_no: numbering.pseudonym() for each in clients}
    ids = [each.id for each in clients]
    names = {each.name for each in clients}
    birthdays = {each.birthday.isoformat() for each in clients if each.birthday}
    contacts = {each.phone for each in clients} | {each.email for each in clients}
    contacts |= {each.phone_given for each in clients} | queries.addresses_of(ids)
    for line in sealed_lines.of_clients(ids):
        if line.kind == "contact.changed":
            said = json.loads(line.facts)
            names.update(_both(said, "name"))
            birthdays.update(_both(said, "birthday"))
            contacts.update(_both(said, "phone", "phone_given", "email"))
    return Traces(
        numbers, frozenset(names - {""}), frozenset(contacts - {""}), frozenset(birthdays)
    )


def _both(said: dict[str, Any], *names: str) -> Iterator[str]:
    """What columns said before and after a change."""
    for name in names:
        values = said.get(name)
        yield from (each for each in (values if isinstance(values, list) else ()) if each)


def as_stored(words: Collection[str]) -> list[str]:
    """The words as they stand in facts, which are JSON."""
    return [json.dumps(each, ensure_ascii=False)[1:-1] for each in words]
