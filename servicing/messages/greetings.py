"""How often a client is greeted, and on which days nobody is (domain.md §17.6).

All kinds of greetings count together: birthdays, festivals, and what a plan calls a greeting. Two that
come close to each other become one. It is the one that is nearer to the client: their own birthday before
one in the family, a birthday before a festival. Of two that are equally near it is the first.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from policies import database, dates, festivals, occasions, records, timeline
from policies.dates import WorkCalendar
from policies.plan import Plan, Touchpoint
from servicing.core import due as falling_due
from servicing.core.due import Search
from servicing.core.reasons import Reason
from servicing.core.settings import Permission
from servicing.messages import queries
from servicing.messages.queries import BookedGreeting, Greeting, Near

WEEK = 7
"""Days."""


@dataclass(frozen=True)
class GreetingRules:
    """The caps of greetings, and the days of mourning."""

    per_week: int = 1
    """In any seven days."""
    per_year: int = 6
    """In a year of the calendar."""
    merged_within_days: int = 3
    """Two that are so many days apart, or fewer, become one."""
    mourning_days: tuple[str, ...] = festivals.MOURNING
    """The days, by name, on which nobody is greeted."""

    @classmethod
    def of(cls, said: Permission) -> "GreetingRules":
        """The rules that servicing.toml sets."""
        caps = said.greetings_per_week, said.greetings_per_year
        return cls(*caps, said.greetings_merged_within_days, said.mourning_days)


def since(day: datetime.date) -> datetime.date:
    """From which day on greetings count against the caps of one on a day."""
    return min(day.replace(month=1, day=1), day - datetime.timedelta(days=WEEK))


def is_mourning_day(day: datetime.date, rules: GreetingRules) -> bool:
    """Whether nobody is greeted on a day."""
    return any(occasions.is_festival(name, day) for name in rules.mourning_days)


def first_day(
    first: datetime.date, last: datetime.date, rules: GreetingRules
) -> datetime.date | None:
    """The first day of [first, last] that is none of mourning; None: each of them is."""
    days = dates.days_between(first, last)
    return next((each for each in days if not is_mourning_day(each, rules)), None)


def full(
    day: datetime.date, greeted: Collection[datetime.date], rules: GreetingRules
) -> Reason | None:
    """Why there is no room for a greeting on a day beside those of other days; None: there is.

    A greeting is never moved for a cap: a day is greeted on that day.
    """
    apart = [abs((each - day).days) for each in greeted]
    if any(each <= rules.merged_within_days for each in apart):
        return Reason.GREETING_MERGED
    if sum(each < WEEK for each in apart) >= rules.per_week:
        return Reason.GREETING_WEEK
    if sum(each.year == day.year for each in greeted) >= rules.per_year:
        return Reason.GREETING_YEAR
    return None


def day_for(
    first: datetime.date,
    last: datetime.date,
    greeted: Collection[datetime.date],
    rules: GreetingRules,
) -> tuple[datetime.date | None, Reason]:
    """The day of a greeting that may leave from `first` to `last`; None, and why there is none."""
    day = first_day(first, last, rules)
    if day is None:
        return None, Reason.MOURNING_DAY
    if why_not := full(day, greeted, rules):
        return None, why_not
    return day, Reason.DUE if day == first else Reason.MOURNING_MOVED


# ------------------------------------------------------------------------- which one is nearer


def farness(touchpoint: Touchpoint) -> int:
    """How far a greeting is from the client: of two that become one, the smaller number stays."""
    if touchpoint.anchor == "birthday":
        return 0
    if touchpoint.anchor == occasions.FAMILY:
        return 1
    return 3 if touchpoint.anchor == occasions.FESTIVAL else 2


def _nearer(plan: Plan, than: Touchpoint) -> tuple[Touchpoint, ...]:
    """The greetings of a plan that are nearer than one of them."""
    limit = farness(than)
    greetings = (each for each in plan.touchpoints if each.is_greeting)
    return tuple(each for each in greetings if farness(each) < limit)


def near(
    plan: Plan,
    calendar: WorkCalendar,
    touchpoint: Touchpoint,
    day: datetime.date,
    clients: Collection[int],
    rules: GreetingRules,
    found_on: datetime.date | None = None,
) -> dict[int, list[Greeting]]:
    """By client: what is nearer to them than a greeting of a day, and is to greet them then or soon.

    So soon that the two become one. Nobody is asked where the plan has nothing nearer. It may be
    recorded already, though not made. `found_on`: the day on which both are found, where that is later;
    what is too late by then greets nobody.
    """
    some = _nearer(plan, touchpoint)
    if not some or not clients:
        return {}
    found: dict[int, list[Greeting]] = {}
    last = day + datetime.timedelta(days=rules.merged_within_days)
    oldest = falling_due.oldest()
    for each in dates.days_between(day, last):
        of = msgspec.structs.replace(plan, touchpoints=_in_time(some, each, found_on))
        keys = [its.id for its in of.touchpoints]
        dues = [
            due
            for due in timeline.falling_due(of, calendar, each, oldest)
            if due.touchpoint.has_message(due.step)
        ]
        recorded = queries.not_made(keys, each, clients) if keys else []
        for nearer in [*_found(dues, each, clients), *recorded]:
            found.setdefault(nearer.client_id, []).append(Greeting(nearer.key, each))
    return found


def _in_time(
    some: Sequence[Touchpoint], due_on: datetime.date, found_on: datetime.date | None
) -> tuple[Touchpoint, ...]:
    """Those whose messages of a day can leave still when they are found."""
    late = max((found_on - due_on).days, 0) if found_on else 0
    return tuple(each for each in some if late <= each.message_window_days)


def _found(
    dues: Sequence[timeline.Due], day: datetime.date, clients: Collection[int]
) -> list[Near]:
    """Those of some clients for whom one of the dues of a day is to be recorded."""
    found: list[Near] = []
    for some in database.chunks(clients) if dues else ():
        among = f"p.client_id IN ({', '.join(map(str, some))})"
        for way in Search(day, dues).ways():
            asked = replace(way, condition=f"{way.condition} AND {among}")
            for sql, values in falling_due.selects(asked, asked.dues, "p.client_id, due.key"):
                found += records.listed(Near, sql, values)
    return found


def others(
    booked: Iterable[BookedGreeting], client_id: int, key: str, occurrence: str
) -> list[datetime.date]:
    """The days of those beside one greeting of a client.

    The same one under another number of the person is no other: `other_number` says of the two that
    one is left (domain.md §4.15).
    """
    return [
        each.planned_on
        for each in booked
        if each.client_id == client_id or (each.key, each.occurrence) != (key, occurrence)
    ]


def beside(
    plan: Plan,
    calendar: WorkCalendar,
    touchpoint: Touchpoint,
    day: datetime.date,
    client_id: int,
    rules: GreetingRules,
    occurrence: str = "",
) -> list[datetime.date]:
    """The days of the greetings that count for one client beside a greeting of a day."""
    if not touchpoint.is_greeting:
        return []
    known = queries.greetings_of([client_id], since(day)).get(client_id, [])
    booked = others(known, client_id, touchpoint.id, occurrence)
    to_come = near(plan, calendar, touchpoint, day, [client_id], rules).get(client_id, [])
    return [*booked, *(each.planned_on for each in to_come)]


def merged_with(
    plan: Plan,
    calendar: WorkCalendar,
    touchpoint: Touchpoint,
    day: datetime.date,
    client_id: int,
    rules: GreetingRules,
) -> Greeting | None:
    """The greeting with which one of a day becomes one; None: nobody knows of it any more."""
    within = datetime.timedelta(days=rules.merged_within_days)
    if had := queries.greeting_between(client_id, day - within, day + within):
        return had
    to_come = near(plan, calendar, touchpoint, day, [client_id], rules)
    return next(iter(to_come.get(client_id, ())), None)
