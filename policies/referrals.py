"""Who referred whom: centres of influence, as trees (domain.md §8.10).

A client's `referred_by` is the number of whoever referred him. It may be unknown to this book, and
bad data may close a circle: a client who referred himself, or whom somebody of his own tree
referred. A circle is named and never followed round, so everybody counts once.

A policy counts on a day if it is in the book, was issued on or before that day, and has not ended by
then (`ended_on` empty or later). Its premium is exact. Amounts of different currencies are never
added: `Total.by_currency` has each by itself.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from policies import database, dialect, errors, inforce, records
from policies.models import amount
from policies.records import Record


@dataclass(frozen=True)
class Total:
    """What some people hold together."""

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
    """0 for the root, 1 for whom the root referred."""
    own: Total
    whole: Total
    """The person and everybody below."""


@dataclass(frozen=True)
class Tree:
    """A client and everybody below."""

    persons: list[Person]
    """The root first; after each person whom he referred, by number, each with all below."""
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
    """The largest trees of a book, and what of it is no tree."""

    centres: list[Centre]
    circles: list[list[str]]
    """Client numbers, each the referrer of the next and the last of the first; smallest first."""


class _Held(Record, frozen=True):
    """What somebody holds in one currency; of no policies, the currency and premium are none."""

    client_no: str
    name: str
    currency: str | None
    policies: int | None
    premium: int | None
    """In hundredths."""

    def held(self, home_currency: str) -> Total:
        """The same as a total of no people; a policy without a currency is in that of home."""
        if not self.policies:
            return Total(0, 0, {})
        return Total(0, self.policies, {self.currency or home_currency: amount(self.premium or 0)})


class _TreeRow(_Held, frozen=True):
    """A client of a tree."""

    referred_by: str


class _CentreRow(_Held, frozen=True):
    """The root of a tree, and what all below hold."""

    people: int


@dataclass(frozen=True)
class _Found:
    """A client as the database tells of him."""

    client_no: str
    name: str
    referred_by: str
    own: Total


def _counts(on: datetime.date) -> str:
    """Whether a policy of a statement counts on a day."""
    return inforce.in_force("p", on)


TREE = """
    WITH RECURSIVE tree (id, client_no) AS (
        SELECT id, client_no FROM client WHERE client_no = ?
        UNION
        SELECT c.id, c.client_no FROM tree CROSS JOIN client c
        WHERE c.referred_by = tree.client_no AND c.referred_by <> ''
    )
    SELECT c.client_no, c.name, p.currency, COUNT(p.id), CAST(SUM(p.annual_premium) AS BIGINT),
           c.referred_by
    FROM tree CROSS JOIN client c LEFT JOIN policy p ON p.client_id = c.id AND {counts}
    WHERE c.id = tree.id
    GROUP BY c.id, p.currency
"""
"""A client and all below him, a row for each currency; UNION ends where a circle comes round."""

PEOPLE = """
    WITH RECURSIVE person (root, id, client_no) AS (
        SELECT r.id, r.id, r.client_no FROM client r
        WHERE r.client_no IN (SELECT referred_by FROM client WHERE referred_by <> '')
          AND NOT EXISTS (SELECT 1 FROM client b WHERE b.client_no = r.referred_by){limited}
        UNION
        SELECT person.root, c.id, c.client_no FROM person CROSS JOIN client c
        WHERE c.referred_by = person.client_no AND c.referred_by <> ''
    )
"""
"""Everybody in a tree that has a root, with that root: a circle, and whoever hangs on it, has none."""

SERVED = """
          AND EXISTS (SELECT 1 FROM policy s WHERE s.client_id = r.id AND s.agent_id IN ({}))"""
"""Of the roots only those whom some agents serve."""


def tree(client_no: str, on: datetime.date, home_currency: str = "") -> Tree:
    """The client with everybody below; a client who referred nobody is a tree of one.

    Policies count as of `on`; one without a currency is in `home_currency`. Raises
    `errors.ClientNotFound`.
    """
    people: dict[str, _Found] = {}
    for row in records.listed(_TreeRow, TREE.format(counts=_counts(on)), [client_no]):
        known = people.get(row.client_no)
        own = (known.own if known else Total(1, 0, {})) + row.held(home_currency)
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
    limited = "" if agent_ids is None else SERVED.format(dialect.marks(agent_ids))
    sql = f"""{PEOPLE.format(limited=limited)},
        held (root, currency, policies, premium) AS (
            SELECT person.root, p.currency, COUNT(*), CAST(SUM(p.annual_premium) AS BIGINT)
            FROM person CROSS JOIN policy p WHERE p.client_id = person.id AND {_counts(on)}
            GROUP BY person.root, p.currency
        ),
        size (root, people) AS (SELECT root, COUNT(*) FROM person GROUP BY root),
        best (root, people, worth) AS (
            SELECT size.root, size.people,
                   COALESCE(SUM(CASE WHEN held.currency IN (?, ?) THEN held.premium END), 0)
            FROM size LEFT JOIN held ON held.root = size.root
            GROUP BY size.root, size.people ORDER BY 3 DESC, 2 DESC, 1 LIMIT {top:d}
        )
        SELECT c.client_no, c.name, held.currency, held.policies, held.premium, best.people
        FROM best JOIN client c ON c.id = best.root LEFT JOIN held ON held.root = best.root
        ORDER BY best.worth DESC, best.people DESC, best.root
    """
    found: dict[str, Centre] = {}
    for row in records.listed(_CentreRow, sql, [*(agent_ids or ()), *leading]):
        known = found.get(row.client_no)
        whole = (known.whole if known else Total(row.people, 0, {})) + row.held(home_currency)
        found[row.client_no] = Centre(row.client_no, row.name, whole)
    return Centres(list(found.values()), circles())


def circles() -> list[list[str]]:
    """Every circle of referrals in the book, in order.

    Only who hangs on a circle is loaded: nobody, where the book is as it should be.
    """
    sql = f"""{PEOPLE.format(limited="")},
        stray (id) AS (
            SELECT c.id FROM client c JOIN client r ON r.client_no = c.referred_by
            WHERE c.referred_by <> ''
            EXCEPT
            SELECT id FROM person
        )
        SELECT c.client_no, c.referred_by FROM stray JOIN client c ON c.id = stray.id
    """
    return _circles(dict(database.execute(sql)))


def _leading(on: datetime.date, home_currency: str) -> list[str]:
    """The currency that most policies are in, as policies write it; empty counts as that of home."""
    sql = f"SELECT p.currency, COUNT(*) FROM policy p WHERE {_counts(on)} GROUP BY p.currency"
    counted: Counter[str] = Counter()
    for currency, policies in database.execute(sql):
        counted[currency or home_currency] += policies
    named = sorted(counted.keys() - {""}, key=lambda each: (-counted[each], each))
    best = next(iter(named), home_currency)
    # without a home, an empty currency is no other than the only one that is named
    return [best, ""] if best == home_currency or len(named) < 2 else [best, best]


def _grown(root: str, people: Mapping[str, _Found]) -> list[Person]:
    """The tree below `root`, as `Tree.persons` has it; without recursion, for trees may be deep."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for each in people.values():
        if each.client_no != root:  # whoever referred the root is above, also where that is below
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
    """Everybody from `root` down with his depth, each before those below him."""
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
