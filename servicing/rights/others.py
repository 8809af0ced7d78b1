"""Who else stands on a client's card: what is said of them is theirs, and not the client's to be told."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from policies import persons
from policies.models import Client, Relation
from servicing.core import sealed_lines
from servicing.core.sealed_lines import SealedLine
from servicing.rights.traces import Traces

MARK = "[…]"
"""Stands in place of another person's name, number or address."""


def of(client: Client) -> Traces:
    """The words by which the others are known, but for those that are the client's own, too."""
    own = persons.clients([client.id])
    lines = sealed_lines.of_clients([client.id])
    kin = list(Relation.select().where(Relation.client == client))
    numbers = {client.referred_by, *(each.client_no for each in kin), *_numbers(lines)}
    numbers |= {each.client_no for each in _referred_by(client)}
    numbers -= {"", *(each.client_no for each in own)}
    known = list(Client.select().where(Client.client_no.in_(numbers)))
    names = {each.name for each in kin} | {each.name for each in known} | set(_names(lines))
    contacts = {word for each in known for word in (each.phone, each.email, each.phone_given)}
    return Traces(
        dict.fromkeys(sorted(numbers), MARK),
        frozenset(names - {"", *(each.name for each in own)}),
        frozenset(contacts - {"", *_contacts(own)}),
        mark=MARK,
    )


def _referred_by(client: Client) -> list[Client]:
    return list(Client.select().where(Client.referred_by == client.client_no))


def _contacts(own: Collection[Client]) -> set[str]:
    """What a family shares is the client's own."""
    return {word for each in own for word in (each.phone, each.email, each.phone_given)}


def _numbers(lines: Collection[SealedLine]) -> Iterator[str]:
    for said in map(_facts, lines):
        found = said.get("client_no", [])
        yield from filter(None, found if isinstance(found, list) else [found])
        yield from filter(None, said.get("referred_by", []))


def _names(lines: Collection[SealedLine]) -> Iterator[str]:
    for line in lines:
        if line.kind == "family.written" and (name := _facts(line).get("name")):
            yield name


def _facts(line: SealedLine) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line.facts)
    return found
