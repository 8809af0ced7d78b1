"""Who referred whom: centres of influence, as trees (domain.md §8.10).

A client's `referred_by` is the number of the referrer. It may be unknown to this book, and
bad data may close a circle: clients who referred themselves, or whom somebody of their own tree
referred. A circle is named and never followed round, so everybody counts once.

A policy counts on a day if it is in the book, was issued on or before that day, is no application any
more, and has not ended by then (`ended_on` empty or later). Its premium is exact. Amounts of different
currencies are never added: `Total.by_currency` has each by itself.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from policies import errors, queries
from policies.models import amount
from policies.queries import Holding


@dataclass(frozen=True)
class Total:
    """The policies that some people hold together."""

    people: int
    policies: int
    by_currency: dict[str, Decimal]
    """Annual premium in each currency; "" where neither book nor caller names one."""

    @property
    def annual_premium(self) -> Decimal | None:
        """The annual premium; None where it is in several currencies and no sum means anything."""
        if len(self.by_currency.keys() - {""}) > 1:
            return None
        return sum(self.by_currency.values(), Decimal())

    def __add__(self, other: "Total") -> "Total":
        premiums = dict(self.by_currency)
        for currency, premium in other.by_currency.items():
            premiums[currency] = premiums.get(currency, Decimal()) + premium
        return Total(self.people + other.people, self.policies + other.policies, premiums)


@dataclass(frozen=True)
class Person:
    """A client in a tree of referrals."""

    client_no: str
    name: str
    referred_by: str
    """As the book has it; of the root of a tree it may be anybody."""
    depth: int
    """0 for the root, 1 for those whom the root referred."""
    own: Total
    whole: Total
    """The person and everybody below."""


@dataclass(frozen=True)
class Tree:
    """A client and everybody below."""

    persons: list[Person]
    """The root first; after each person those whom they referred, by number, each with all below."""
    circle: list[str]
    """The client numbers of the circle that the tree closes, as `Centres.circles` has them."""

    @property
    def root(self) -> Person:
        """Whose tree it is; `root.whole` is the total of the tree."""
        return self.persons[0]


@dataclass(frozen=True)
class Centre:
    """影响力中心: a client at the root of a tree of referrals, with the tree's total."""

    client_no: str
    name: str
    whole: Total


@dataclass(frozen=True)
class Centres:
    """The largest trees of a book, and its circles."""

    centres: list[Centre]
    circles: list[list[str]]
    """Client numbers, each the referrer of the next and the last of the first; smallest first."""


@dataclass(frozen=True)
class _Found:
    """A client, as the database has them."""

    client_no: str
    name: str
    referred_by: str
    own: Total


def tree(client_no: str, on: datetime.date, home_currency: str = "") -> Tree:
    """The client with everybody below; a client who referred nobody is a tree of one.

    Policies count as of `on`; one without a currency is in `home_currency`. Raises
    `errors.ClientNotFound`.
    """
    people: dict[str, _Found] = {}
    for row in queries.tree(client_no, on):
        known = people.get(row.client_no)
        own = (known.own if known else Total(1, 0, {})) + _held(row, home_currency)
        people[row.client_no] = _Found(row.client_no, row.name, row.referred_by, own)
    if client_no not in people:
        raise errors.ClientNotFound(client_no)
    circles = _circles({each.client_no: each.referred_by for each in people.values()})
    return Tree(_grown(client_no, people), next(iter(circles), []))


def centres(
    on: datetime.date,
    top: int,
    home_currency: str = "",
    agent_ids: Collection[int] | None = None,
) -> Centres:
    """The `top` largest trees by annual premium, and every circle of the book.

    With `agent_ids`, only the trees whose root holds a policy that one of these agents serves.

    The root of a tree has referred a client of this book and was referred by none. Policies count as
    of `on`; one without a currency is in `home_currency`. In a book of several currencies trees are
    compared in the one that most policies are in, so a tree without any of that comes last. Then
    the number of people decides, then who came into the book first.
    """
    leading = _leading(on, home_currency)
    found: dict[str, Centre] = {}
    for row in queries.largest_trees(on, top, leading, agent_ids):
        known = found.get(row.client_no)
        whole = (known.whole if known else Total(row.people, 0, {})) + _held(row, home_currency)
        found[row.client_no] = Centre(row.client_no, row.name, whole)
    return Centres(list(found.values()), circles())


def circles() -> list[list[str]]:
    """Every circle of referrals in the book, in order.

    Only clients who hang on a circle are loaded: nobody, where the book is as it should be.
    """
    return _circles(queries.astray())


def _held(row: Holding, home_currency: str) -> Total:
    """A holding as a total of no people; a policy without a currency is in that of home."""
    if not row.policies:
        return Total(0, 0, {})
    return Total(0, row.policies, {row.currency or home_currency: amount(row.premium or 0)})


def _leading(on: datetime.date, home_currency: str) -> list[str]:
    """The currency that most policies are in, as policies write it; empty counts as that of home."""
    counted: Counter[str] = Counter()
    for currency, policies in queries.policies_by_currency(on).items():
        counted[currency or home_currency] += policies
    named = sorted(counted.keys() - {""}, key=lambda each: (-counted[each], each))
    best = next(iter(named), home_currency)
    # without a home, an empty currency is no other than the only one that is named
    return [best, ""] if best == home_currency or len(named) < 2 else [best, best]


def _grown(root: str, people: Mapping[str, _Found]) -> list[Person]:
    """The tree below `root`, as `Tree.persons` has it; without recursion, for trees may be deep."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for each in people.values():
        if each.client_no != root:  # the root's referrer is above, also where that is below
            below[each.referred_by].append(each.client_no)
    order = list(_downwards(root, below))
    whole: dict[str, Total] = {}
    for number, _ in reversed(order):
        whole[number] = sum((whole[each] for each in below[number]), people[number].own)
    return [
        Person(number, found.name, found.referred_by, depth, found.own, whole[number])
        for number, depth in order
        if (found := people[number])
    ]


def _downwards(root: str, below: Mapping[str, list[str]]) -> Iterator[tuple[str, int]]:
    """Everybody from `root` down with their depth, each before those below."""
    waiting = [(root, 0)]
    while waiting:
        number, depth = waiting.pop()
        yield number, depth
        waiting += [(each, depth + 1) for each in sorted(below[number], reverse=True)]


def _circles(referrer: Mapping[str, str]) -> list[list[str]]:
    """The circles among these clients and their referrers, as `Centres.circles` has them."""
    found: list[list[str]] = []
    seen: set[str] = set()
    for start in referrer:
        number, upwards = start, []
        while number in referrer and number not in seen:
            seen.add(number)
            upwards.append(number)
            number = referrer[number]
        if number in upwards:
            circle = upwards[upwards.index(number) :][::-1]
            first = circle.index(min(circle))
            found.append(circle[first:] + circle[:first])
    return sorted(found)
