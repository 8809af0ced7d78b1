"""A policy that goes to another client takes along what is open; two numbers of one person become one.

A sale and a merge look alike in a book. Two clients between whom a policy went are taken for one person
only where two of three things agree (`persons.are_one`, domain.md §4.15). That is kept, and looked at
again whenever the book says something else of either.
"""

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence

from policies import persons
from policies.models import Client
from policies.plan import Plan
from servicing.core import trail
from servicing.core.models import Suppression, Task
from servicing.core.reasons import Reason
from servicing.corrections import asides, queries
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


def merge(plan: Plan, client_ids: Sequence[int], now: datetime.datetime) -> list[int]:
    """Find which of the clients are one person with whom a policy came from, or went to.

    Answers with the ids of those of whom it was not known before. What a number without a policy has
    had is the other one's, but for a day that is no more: the right one may come.
    """
    found: list[int] = []
    for was, became in _handed_on(client_ids):
        # read again for each: the pair before may have said more of them
        known = {each.client_no: each for each in _clients(was, became)}
        if len(known) < 2:
            continue
        one, other = known[was], known[became]
        if not _is_known(one, other):
            if not persons.are_one(one, other):
                continue
            unite(one, other, now)
            found += [one.id, other.id]
        if queries.holds_nothing(one.id) and not queries.holds_nothing(other.id):
            queries.release(queries.fallen(plan, [one.id, other.id]))
            queries.take_over_what_was_had(one.id, other.id)
    return found


def unite(one: Client, other: Client, now: datetime.datetime) -> None:
    """Two numbers are one person, and what was known of either is known of both."""
    persons.unite(one, other)
    _bring_together(persons.clients([one.id]), now)


def _clients(*client_nos: str) -> Iterable[Client]:
    return Client.select().where(Client.client_no.in_(client_nos))


def _is_known(one: Client, other: Client) -> bool:
    return one.person_id is not None and one.person_id == other.person_id


def _handed_on(client_ids: Sequence[int]) -> Iterator[tuple[str, str]]:
    """By number, in order: from whom policies went, and to whom."""
    lines = queries.handed_on(persons.numbers(client_ids))
    pairs = (json.loads(each.facts)["client_no"] for each in lines)
    return iter(dict.fromkeys((was, now) for was, now in pairs))


# ------------------------------------------------------------------ what is known of either, once


def _bring_together(numbers: Sequence[Client], now: datetime.datetime) -> None:
    """The numbers of one person, and what was known of one of them."""
    _bring_the_stop(numbers, now)
    if dead := [(each.deceased_on, each.id, each) for each in numbers if each.deceased_on]:
        _, _, first = min(dead)
        for each in (each for each in numbers if not each.deceased_on):
            _write_death(each, first, "death.written", now)
            asides.cancel(_in_vain(each), Reason.DECEASED, now)
        _set(numbers, deceased_on=first.deceased_on, death_asked_on=None)
    elif asked := [(each.death_asked_on, each.id, each) for each in numbers if each.death_asked_on]:
        _, _, first = min(asked)
        for each in (each for each in numbers if not each.death_asked_on):
            _write_death(each, first, "death.asked", now)
        _set(numbers, death_asked_on=first.death_asked_on)


def _set(numbers: Sequence[Client], **known: datetime.date | None) -> None:
    Client.update(**known).where(Client.id.in_([each.id for each in numbers])).execute()


def _bring_the_stop(numbers: Sequence[Client], now: datetime.datetime) -> None:
    client_nos = [each.client_no for each in numbers]
    is_theirs = (Suppression.kind == "marketing") & Suppression.subject.in_(client_nos)
    known = Suppression.select().where(is_theirs).order_by(Suppression.id).first()
    if known:
        suppressions.suppress("marketing", known.subject, "opted_out", known.subject, now)


def _write_death(of: Client, known: Client, kind: str, now: datetime.datetime) -> None:
    facts = trail.facts(client_no=known.client_no)
    trail.write([trail.Entry(of.id, None, None, kind, facts)], now)


def _in_vain(of: Client) -> list[Task]:
    """Open tasks for which nothing was due; the sweep ends the others, and condolence stays."""
    return [each for each in asides.open_tasks(of.id) if each.reason != Reason.CONDOLENCE]
