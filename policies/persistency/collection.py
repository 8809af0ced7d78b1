"""What has come in of the premiums of the second year 二次续期保费 (domain.md §8.15)."""

import datetime
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from policies import commission, database, dates, errors, models, records
from policies.commission import Table
from policies.grace import Grace
from policies.notices import joined
from policies.ordering import by_name
from policies.persistency import queries
from policies.persistency.extent import extent
from policies.persistency.queries import Collected, Uncollected
from policies.persistency.rules import Limits
from policies.persistency.units import Force, UnitKind
from policies.records import Record

DAYS = "second_year"
"""The table of `SecondYear`, for as long as statements need it."""


class SecondYear(Record, frozen=True):
    """When the second-year premiums of the policies of one day of issue fall due, within a span."""

    issue_date: datetime.date
    first_due: datetime.date
    last_due: datetime.date


@dataclass(frozen=True)
class Span:
    """The days on which the premiums fell due, and the day up to which payments count."""

    first: datetime.date
    last: datetime.date
    as_of: datetime.date


@dataclass(frozen=True)
class CollectionRow:
    """The second-year premiums of a unit."""

    key: str
    name: str
    instalments: int
    paid: int
    due: Decimal
    received: Decimal
    ratio: float | None
    """Received of due; None where nothing was due."""
    outstanding: Decimal
    """What has not come in, of it that which is lost, too."""
    lost: Decimal
    """Of what is outstanding that which nobody may pay any more: the policy has ended, or its grace."""
    income: Decimal | None = None
    """The renewal commission that hangs on what may still be collected; None: no table tells it."""


@dataclass(frozen=True)
class Collection:
    """The units in the order of their names, and all of them."""

    rows: list[CollectionRow]
    total: CollectionRow
    currency: str
    """Of all amounts; empty where none has one."""


def collection(
    by: UnitKind,
    span: Span,
    grace: Grace,
    limits: Limits,
    force: Force,
    table: Table | None = None,
) -> Collection:
    """The second-year premiums that fell due in a span, by the units of the agents of today.

    What falls due after the as-of date is in no number. `table`: the company's commissions.

    Raises `NotMeasurable` where the span ends before it begins, for a book without a premium ledger,
    and for a sum of two currencies.
    """
    with database.snapshot():
        _lay_down(span, grace)
        found = queries.collected(DAYS, span.as_of, grace, limits)
        hanging = _hanging(span, grace, limits, table) if table else None
        _clear_away()
    currencies = sorted({each.currency for each in found} - {""})
    if len(currencies) > 1:
        raise errors.NotMeasurable("currencies_due", currencies=joined("and", currencies))
    units: dict[tuple[str, str], list[Collected]] = {}
    for each in found:
        agent = force[each.agent_id]
        unit = (agent.key(by), agent.name if by == "agent" else "")
        units.setdefault(unit, []).append(each)
    order = sorted(units, key=lambda each: by_name(each[0]))
    rows = [_row(*unit, units[unit], hanging) for unit in order]
    return Collection(rows, _row("total", "", found, hanging), "".join(currencies))


@dataclass(frozen=True)
class OpenInstalment:
    """A second-year premium that may still be collected."""

    policy_no: str
    client_no: str
    client_name: str
    agent_no: str
    due_on: datetime.date
    amount: Decimal
    currency: str
    grace_until: datetime.date
    days_left: int
    """0: the last day is today."""
    income: Decimal | None = None
    """What it earns its agent; None: no table of the company's tells."""


def still_open(
    span: Span, grace: Grace, limits: Limits, force: Force, table: Table | None = None
) -> Generator[OpenInstalment, None, None]:
    """The instalments of a collection that are neither paid nor lost: what ends first stands first.

    Raises as `collection` does, but for currencies. Read it inside a `snapshot`.
    """
    _lay_down(span, grace)
    for each in queries.uncollected(DAYS, span.as_of, grace, limits):
        yield _open(each, span.as_of, force, table)
    _clear_away()


def _lay_down(span: Span, grace: Grace) -> None:
    if span.last < span.first:
        raise errors.NotMeasurable("span_ends_first", first=span.first, last=span.last)
    if extent().first_due is None:
        raise errors.NotMeasurable("no_ledger_to_collect")
    _clear_away()  # a list that nobody read to its end may have left its own
    records.make_table(DAYS, SecondYear)
    records.put(DAYS, days(span.first, min(span.last, span.as_of)))
    database.execute(f"ANALYZE {DAYS}")
    grace.lay_down()


def _clear_away() -> None:
    database.execute(f"DROP TABLE IF EXISTS {DAYS}")
    Grace.clear_away()


def days(first: datetime.date, last: datetime.date) -> Iterator[SecondYear]:
    """The days of issue whose second year has days from `first` to `last`.

    The second year begins with the first anniversary and ends before the second: on 29 February it is
    28 February of other years.
    """
    begins = dates.months_after(first, -24) - dates.ONE_DAY
    for issued in dates.days_between(begins, dates.months_after(last, -12) + dates.ONE_DAY * 3):
        anniversary = dates.months_after(issued, 12)
        year_ends = dates.months_after(issued, 24) - dates.ONE_DAY
        if max(anniversary, first) <= min(year_ends, last):
            yield SecondYear(issued, max(anniversary, first), min(year_ends, last))


def _hanging(span: Span, grace: Grace, limits: Limits, table: Table) -> dict[int, int]:
    """By agent the commission of what may still be collected, in hundredths."""
    found: dict[int, int] = {}
    for each in queries.uncollected(DAYS, span.as_of, grace, limits):
        found[each.agent_id] = found.get(each.agent_id, 0) + (_earns(each, table) or 0)
    return found


def _earns(of: Uncollected, table: Table | None) -> int | None:
    """The commission of an instalment, in hundredths; None: no table has a rate for it."""
    rate = table.rate_of(of.product, of.term, of.currency) if table else None
    if rate is None:
        return None
    return commission.commission(rate, commission.policy_year(of.issued, of.due_on), of.amount)


def _row(
    key: str, name: str, found: Sequence[Collected], hanging: Mapping[int, int] | None
) -> CollectionRow:
    instalments = paid = due = received = lost = 0
    agents = {each.agent_id for each in found}
    for each in found:
        instalments += each.instalments
        paid += each.paid
        due += each.due
        received += each.received
        lost += each.lost
    return CollectionRow(
        key=key,
        name=name,
        instalments=instalments,
        paid=paid,
        due=models.amount(due),
        received=models.amount(received),
        ratio=received / due if due else None,
        outstanding=models.amount(due - received),
        lost=models.amount(lost),
        income=None if hanging is None else models.amount(sum(hanging.get(a, 0) for a in agents)),
    )


def _open(
    of: Uncollected, as_of: datetime.date, force: Force, table: Table | None
) -> OpenInstalment:
    earns = _earns(of, table)
    return OpenInstalment(
        policy_no=of.policy_no,
        client_no=of.client_no,
        client_name=of.client_name,
        agent_no=force[of.agent_id].agent_no,
        due_on=of.due_on,
        amount=models.amount(of.amount),
        currency=of.currency,
        grace_until=of.grace_until,
        days_left=(of.grace_until - as_of).days,
        income=None if earns is None else models.amount(earns),
    )
