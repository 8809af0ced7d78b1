"""Clients are looked for by whatever a person knows of them, each reader within their own part.

An agent has some hundreds of clients, who are compared one by one. Among all of a company's the words
of `search_keys` find whom one may mean, and the numbers of the book whom one means exactly.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from policies.importing.cells import phones
from policies.models import Client, Policy
from servicing.core import visibility
from servicing.core.account_models import User
from servicing.core.models import literally
from servicing.desk import names, search_keys
from servicing.desk.names import Asked, Named

MOST_FOUND = 50
"""Clients that are shown; whoever means another types more."""

LONGEST_TEXT = 100


MOST_ALIKE = {True: 5_000, False: 1_000}
"""Words that begin alike and are looked at: of who sees some clients only, and of who sees all."""


@dataclass(frozen=True)
class Found:
    """Whom somebody may mean."""

    ids: list[int]
    """The likeliest first."""
    is_cut: bool = False
    """There may be more of them: whoever means another types more."""
    is_behind: bool = False
    """Some clients are found by their whole numbers alone for now."""


def found(user: User, text: str, country: str, on: datetime.date) -> Found:
    """The clients of the user's part who may be meant: `MOST_FOUND` of them.

    By a part of the name, its letters in pinyin or their beginning, initials, the number of the client
    or of a policy, or the last four or more digits of a telephone or of a policy.
    """
    asked = names.asked(text[:LONGEST_TEXT])
    if not asked.text:
        return Found([])
    if user.role == "agent":
        ids = _among_hers(user, asked, on)
        return Found(ids[:MOST_FOUND], len(ids) > MOST_FOUND)
    is_seen, is_limited = visibility.seen(user, on), visibility.is_limited(user)
    meant = search_keys.meant(asked, is_seen, MOST_ALIKE[is_limited])
    exactly = list(_exactly(asked, country))
    seen = set(_seen(user, list(dict.fromkeys([*exactly, *meant.others])), on)) | set(meant.named)
    ids = [each for each in dict.fromkeys([*exactly, *meant.named, *meant.others]) if each in seen]
    is_cut = len(ids) > MOST_FOUND or meant.is_cut and len(ids) < MOST_FOUND
    return Found(ids[:MOST_FOUND], is_cut, meant.is_behind)


def _among_hers(user: User, asked: Asked, on: datetime.date) -> list[int]:
    columns = Client.id, Client.name, Client.phone, Client.client_no, Policy.policy_no
    theirs = visibility.policies_of(user).switch(Policy).join(Client)
    query = theirs.where(visibility.hers(user, on)).select(*columns)
    people: dict[int, tuple[str, str, set[str]]] = {}
    for client_id, name, phone, client_no, policy_no in query.tuples():
        people.setdefault(client_id, (name, phone, {client_no}))[2].add(policy_no)
    return [number for number, one in people.items() if names.is_meant(asked, Named(*one))]


def _exactly(asked: Asked, country: str) -> Iterable[int]:
    """Those whose number, telephone or policy it is: the book itself knows, however new they are."""
    phone = phones.to_e164(asked.typed, country) or asked.typed
    has_it = (Client.phone == phone) & (Client.phone != literally(""))
    is_it = Client.client_no.in_(asked.numbers) | has_it
    holds = Policy.select(Policy.client_id).where(Policy.policy_no.in_(asked.numbers))
    queries: list[Any] = [Client.select(Client.id).where(is_it), holds]
    for query in queries:
        yield from (number for (number,) in query.limit(search_keys.MOST_HELD).tuples())


def _seen(user: User, client_ids: Sequence[int], on: datetime.date) -> list[int]:
    """Those of some clients whom the user sees, in the same order."""
    if not visibility.is_limited(user) or not client_ids:
        return list(client_ids)
    query: Any = Client.select(Client.id).where(
        Client.id.in_(client_ids) & visibility.seen(user, on)
    )
    seen = {number for (number,) in query.tuples()}
    return [each for each in client_ids if each in seen]
