"""How long the family of a client who has died is spared, by what is known now (domain.md §4.16)."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from policies import database, persons
from policies.models import Client
from servicing.core import touched, trail
from servicing.schedule import queries
from servicing.schedule.queries import FamilyMember


@dataclass(frozen=True)
class Spared:
    """For how many days the family is spared, and who has said something of it, when.

    `by` is empty where the book has shown that two numbers are one person.
    """

    days: int
    by: str
    now: datetime.datetime


def mourn(clients: Collection[Client], spared: Spared) -> None:
    """Say of clients and of their families how long they are in mourning."""
    ids = {each.id for each in clients}
    for client in clients:
        ids.update(queries.family_of(client.id, client.client_no))
    members = list(_members(persons.numbers(ids)))
    person_of = persons.by_number([each.id for each in members])
    last: dict[int, datetime.date] = {}
    for each in members:
        if each.last_death_on:
            person = person_of.get(each.id, each.id)
            last[person] = max(each.last_death_on, last.get(person, each.last_death_on))
    for each in members:
        _spare(each, last.get(person_of.get(each.id, each.id)), spared)


def _members(client_ids: Collection[int]) -> Iterator[FamilyMember]:
    for some in database.chunks(client_ids):
        yield from queries.mourners(some)


def _spare(member: FamilyMember, last_death_on: datetime.date | None, spared: Spared) -> None:
    until = last_death_on + datetime.timedelta(days=spared.days) if last_death_on else None
    was = member.bereaved_until
    if until != was:
        Client.update(bereaved_until=until).where(Client.id == member.id).execute()
        said = {"by": spared.by} if spared.by else {}
        facts = trail.facts(bereaved_until=[was, until], **said)
        trail.write([trail.Entry(member.id, None, None, "family.changed", facts)], spared.now)
        touched.note_clients([member.id])
