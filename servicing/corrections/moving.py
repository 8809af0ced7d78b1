"""A policy that goes to another client takes along what is open; two numbers of one person become one.

A sale and a merge look alike in a book. Two clients are taken for one person only where two of three
things agree: the name, the birthday, and a phone number or an email address (domain.md §4.15).
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence

from policies.models import Client
from servicing.core import trail
from servicing.core.models import CardEntry, Suppression
from servicing.core.reasons import Reason
from servicing.corrections import queries
from servicing.corrections.queries import Moved
from servicing.messages import suppressions


def follow(now: datetime.datetime) -> int:
    """Give what is open of a policy, or of a client who has none left, to who holds the policy now.

    Answers with how many touchpoints went along. What the new holder has had already stays behind, to
    be cancelled.
    """
    return _follow(queries.open_at_another_client(), now)


def follow_what_may_live(
    client_ids: Sequence[int], since: datetime.date, now: datetime.datetime
) -> int:
    """Give what was taken back of policies that clients hold now to them, who may get it again."""
    return _follow(queries.taken_back_of_another_client(client_ids, since), now)


def _follow(moved: Iterable[Moved], now: datetime.datetime) -> int:
    followed = [each for each in moved if queries.give_to_holder(each)]
    trail.write((entry for each in followed for entry in _entries(each)), now)
    return len(followed)


def _entries(each: Moved) -> Iterable[trail.Entry]:
    """A line on both cards."""
    facts = trail.facts(reason=Reason.MOVED_ON.value, client_no=[each.from_no, each.to_no])
    for client_id in (each.from_id, each.to_id):
        yield trail.Entry(
            client_id, each.policy_id, each.touchpoint_id, "touchpoint.changed", facts
        )


def merge(client_ids: Sequence[int], now: datetime.datetime) -> int:
    """Of clients without a policy: what they have had counts for the number that they have now.

    So does a stop of all marketing, and a death. Answers with how many were taken for one with another.
    """
    pairs = list(dict.fromkeys(_successors(client_ids)))
    found = Client.select().where(Client.client_no.in_([one for one, _ in pairs]))
    known = {each.client_no: each for each in found}
    holders = queries.holders([other for _, other in pairs])
    merged = [(known[one], holders[other]) for one, other in pairs if other in holders]
    merged = [pair for pair in merged if are_one(*pair)]
    for one, other in merged:
        queries.take_over_what_was_had(one.id, other.id)
        _take_over_the_stop(one, other, now)
        _take_over_the_death(one, other, now)
    return len(merged)


def _successors(client_ids: Sequence[int]) -> Iterator[tuple[str, str]]:
    """By number: clients without a policy, and those to whom their policies went."""
    for each in queries.handed_on(client_ids):
        was, now = json.loads(each.facts)["client_no"]
        if was == each.client_no:
            yield was, now


def are_one(one: Client, other: Client) -> bool:
    """Whether two clients are taken for one person (domain.md §4.15)."""
    is_named_so = bool(one.name) and one.name.split() == other.name.split()
    is_born_so = one.birthday is not None and one.birthday == other.birthday
    addresses = ((one.phone, other.phone), (one.email.lower(), other.email.lower()))
    is_there = any(first and first == second for first, second in addresses)
    return sum((is_named_so, is_born_so, is_there)) >= 2


def _take_over_the_stop(one: Client, other: Client, now: datetime.datetime) -> None:
    """Once: it may have been lifted since."""
    facts = trail.facts(of="marketing", source=one.client_no)
    if _is_told(other, "consent.withdrawn", facts):
        return
    is_its = (Suppression.kind == "marketing") & (Suppression.subject == one.client_no)
    if Suppression.select().where(is_its).exists():
        suppressions.suppress("marketing", other.client_no, "opted_out", one.client_no, now)


def _take_over_the_death(one: Client, other: Client, now: datetime.datetime) -> None:
    """Who has died under one number has died under the other; so has who is asked about.

    Once: somebody may have said since that the client is alive.
    """
    if other.deceased_on or not (one.deceased_on or one.death_asked_on):
        return
    kind = "death.written" if one.deceased_on else "death.asked"
    facts = trail.facts(client_no=one.client_no)
    if _is_told(other, kind, facts):
        return
    other.deceased_on = one.deceased_on
    other.death_asked_on = None if one.deceased_on else other.death_asked_on or one.death_asked_on
    other.save()
    trail.write([trail.Entry(other.id, None, None, kind, facts)], now)


def _is_told(client: Client, kind: str, facts: str) -> bool:
    """Whether a card has that line."""
    is_one = (CardEntry.client == client) & (CardEntry.kind == kind) & (CardEntry.facts == facts)
    return CardEntry.select().where(is_one).exists()
