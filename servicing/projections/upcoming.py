"""What the walks of days to come will find and decide, touchpoint by touchpoint; nothing is written.

The database finds by the walk's own searches. The functions that decide are asked once for all
touchpoints that are alike in everything they look at, and a text is written once for each length that
its facts can give it. So thirty days of a large book cost little more than finding what is due in them.
"""

import datetime
import itertools
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policies import database, dates, dialect, models, records
from policies.importing.upsert import SeenIds
from policies.records import Record
from policies.timeline import Due
from servicing.core import context
from servicing.core import due as falling_due
from servicing.core.context import Supposed, TouchpointContext
from servicing.core.due import Way
from servicing.messages import permission
from servicing.messages.permission import Verdict
from servicing.schedule import queries, tasks, walk
from servicing.schedule.capacity import AgentDays
from servicing.schedule.materialize import Walker
from servicing.schedule.tasks import TaskVerdict

CHUNK = 4_000
"""Rows in hand at a time."""


class FoundDue(Record, frozen=True):
    """A touchpoint that a search has found."""

    policy_id: int
    client_id: int
    agent_id: int
    anchor_on: datetime.date
    occurrence: str
    deciding: str
    """Everything that those who decide look at, in one text."""
    shape: str
    """What the length of its text depends on, in one text."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What will become of touchpoints that are alike: one object for all of them on a day."""

    due: Due
    on: datetime.date
    """The day on which they fall due."""
    found_on: datetime.date
    """The day of the walk: the same, or later where days are caught up."""
    message: Verdict | None
    """Of the first of them; None: there is none."""
    task: TaskVerdict | None
    """Before it is levelled."""
    parts: int = 0
    """Of the SMS; 0 where none is sent."""
    words: str = ""
    """The edition of the words of what is sent."""


class Coming(NamedTuple):
    """One touchpoint to come."""

    policy_id: int
    client_id: int
    agent_id: int
    anchor_on: datetime.date
    occurrence: str
    decision: Decision
    task: TaskVerdict | None
    """Its task, on the day that it is given where the plan levels; None: there is none."""


def coming(walker: Walker, today: datetime.date, last: datetime.date) -> Iterator[Coming]:
    """Everything that the walks from `today` to `last` will record, in the order of their days.

    Days before today that were not walked are caught up first, as the walk does. Read it inside a
    `database.snapshot`. Memory does not grow with the book but for a few bytes a client. Raises
    `BadTemplate` for a text that cannot be worked out.
    """
    looking = _LookAhead(walker, today)
    for day in walk.days_to_walk(today):
        yield from looking.at(day, today)
    for day in dates.days_between(today, last):
        yield from looking.at(day, day)


class _LookAhead:
    """One look ahead: what it has found so far decides, too."""

    def __init__(self, walker: Walker, today: datetime.date) -> None:
        self._walker = walker
        self._had: defaultdict[tuple[str, str], SeenIds] = defaultdict(SeenIds)
        """By what is owed once to each client: who has it."""
        self._booked = _BookedDays(walk.last_id(models.Client))
        is_level = any(each.level for each in walker.plan.touchpoints)
        self._days = AgentDays(walker.calendar, walker.capacity, today) if is_level else None
        self._parts: dict[tuple[str, str, str], int] = {}
        """By template, provider and shape."""

    def at(self, day: datetime.date, found_on: datetime.date) -> Iterator[Coming]:
        """What the walk of a day finds, and decides on `found_on`."""
        dues = falling_due.dues(self._walker.plan, self._walker.calendar, day)
        for way in walk.search(self._walker.plan, dues, day, found_on).ways():
            for some in _alike(way.dues):
                yield from self._each(way, some, day, found_on)

    def _each(
        self, way: Way, dues: Sequence[Due], day: datetime.date, found_on: datetime.date
    ) -> Iterator[Coming]:
        """The touchpoints of dues that only their anchor dates tell apart."""
        due = dues[0]
        known: dict[tuple[int, str, str], Decision] = {}
        firsts = _Firsts(due)
        is_message = due.touchpoint.has_message(due.step)
        is_marketing = is_message and due.touchpoint.message_class == "marketing"
        for rows in self._found(way, dues, day, found_on):
            if is_marketing:
                self._booked.look_up({each.client_id for each in rows}, day)
            if self._days and due.touchpoint.level:
                self._days.look_up({each.agent_id for each in rows})
            firsts.look_up(rows)
            for each in rows:
                pattern = self._booked.pattern_of(each.client_id) if is_marketing else 0
                key = pattern, each.deciding, each.shape
                decision = known.get(key)
                if decision is None:
                    decision = self._decision(firsts.like(each), each.shape, pattern, due, found_on)
                    known[key] = decision
                yield Coming(
                    each.policy_id,
                    each.client_id,
                    each.agent_id,
                    each.anchor_on,
                    each.occurrence,
                    decision,
                    self._task(each.agent_id, decision),
                )
                if is_marketing and decision.message and decision.message.planned_on:
                    self._booked.book(each.client_id, decision.message.planned_on, found_on)

    def _task(self, agent_id: int, decision: Decision) -> TaskVerdict | None:
        if decision.task is None:
            return None
        return tasks.levelled(decision.task, agent_id, decision.due, self._days)[0]

    def _found(
        self, way: Way, dues: Sequence[Due], day: datetime.date, found_on: datetime.date
    ) -> Iterator[list[FoundDue]]:
        """Their rows, without those that an earlier day of this look has found."""
        columns, joins = self._asked(way, dues[0], day, found_on)
        is_ordered = self._days is not None
        for sql, values in falling_due.selects(way, dues, columns, joins, is_ordered=is_ordered):
            for rows in database.chunks(records.read(FoundDue, sql, values), CHUNK):
                if way.scope == "client":
                    rows = list(_first_of_each(rows, self._had[dues[0].key, dues[0].occurrence]))
                yield rows

    def _asked(
        self, way: Way, due: Due, day: datetime.date, found_on: datetime.date
    ) -> tuple[str, str]:
        """The columns of a row, and where they come from."""
        deciding = self._deciding(way.anchor == "premium_due", found_on > day)
        columns = [
            *("p.id", "p.client_id", "p.agent_id", "due.anchor_on", "due.occurrence"),
            dialect.text_of(deciding),
            dialect.text_of(list(self._shape(due, day))),
        ]
        client = "" if way.anchor == "birthday" else "JOIN client c ON c.id = p.client_id"
        return ", ".join(columns), f"{client} {_JOINS}"

    def _deciding(self, is_premium: bool, is_late: bool) -> list[str]:
        """What permission looks at; who falls due in time is in force: so it was found."""
        code = max(map(len, self._walker.routes.by_code), default=1)
        return [
            *("c.channel", f"SUBSTR(c.phone, 1, {code})", "c.marketing_consent"),
            *("bs.why", "be.why", "bm.why"),
            *(("p.status", "p.ended_on") if is_late else ()),
            *(("i.paid_on",) if is_late and is_premium else ()),
            *(("due.anchor_on",) if is_premium else ()),
            _EMAIL,
        ]

    def _shape(self, due: Due, day: datetime.date) -> Iterator[str]:
        """What the length of the text depends on."""
        if not due.touchpoint.has_message(due.step):
            return
        names = self._walker.composer.asks_for(due.touchpoint.template_of(due.step), "sms")
        shapes = ["c.language", *(shape for name in sorted(names) for shape in _shape_of(name))]
        yield from dict.fromkeys(shapes)
        if "due_date" in names:
            yield f"'{day}'"

    def _decision(
        self,
        first: TouchpointContext,
        shape: str,
        pattern: int,
        due: Due,
        found_on: datetime.date,
    ) -> Decision:
        """What becomes of all that are like the first of them."""
        verdict, parts, words = None, 0, ""
        if due.touchpoint.has_message(due.step):
            verdict = permission.at_making(
                first, due.touchpoint, self._walker.rules, found_on, self._booked.days(pattern)
            )
            if verdict.state == "queued":
                parts, words = self._text(first, shape, due, verdict)
        task = tasks.verdict(first, due, found_on)
        return Decision(due, first.due_on, found_on, verdict, task, parts, words)

    def _text(
        self, first: TouchpointContext, shape: str, due: Due, verdict: Verdict
    ) -> tuple[int, str]:
        """The parts of an SMS, as the first of its shape has them, and the edition of its words."""
        composer, channel = self._walker.composer, verdict.channel
        template = due.touchpoint.template_of(due.step)
        provider = self._walker.routes.of(channel, verdict.address)
        words = composer.edition(template, first.language, channel, provider)
        if channel != "sms":
            return 0, words
        key = (template, provider, shape)
        if key not in self._parts:
            self._parts[key] = composer.compose(first, template, channel, provider).parts
        return self._parts[key], words


class _Firsts:
    """The contexts of the first of those that are alike, while the rows among which it is are in hand."""

    def __init__(self, due: Due) -> None:
        self._due = due
        self._seen: set[tuple[str, str]] = set()
        self._contexts: dict[tuple[str, str], TouchpointContext] = {}

    def look_up(self, rows: Iterable[FoundDue]) -> None:
        """Read those of the next rows that are like none before them."""
        unseen = {
            (each.deciding, each.shape): each
            for each in rows
            if (each.deciding, each.shape) not in self._seen
        }
        found = {(each.policy_id, each.anchor_on): each for each in self._read(unseen.values())}
        self._seen |= unseen.keys()
        self._contexts = {
            alike: found[each.policy_id, each.anchor_on] for alike, each in unseen.items()
        }

    def like(self, found: FoundDue) -> TouchpointContext:
        """The context of a row, or of one that is like it."""
        known = self._contexts.get((found.deciding, found.shape))
        return known or next(iter(self._read([found])))

    def _read(self, rows: Iterable[FoundDue]) -> Iterator[TouchpointContext]:
        supposed = (Supposed(each.policy_id, each.anchor_on) for each in rows)
        return context.supposed_each(self._due.key, self._due.due_on, supposed)


def _first_of_each(rows: Iterable[FoundDue], had: SeenIds) -> Iterator[FoundDue]:
    """The rows of clients who have not had it, each once: they have it now."""
    for each in rows:
        if each.client_id not in had:
            had.update((each.client_id,))
            yield each


def _alike(dues: Iterable[Due]) -> Iterator[list[Due]]:
    """Dues in the plan's order, those together that differ in their anchor dates alone."""

    def kind(due: Due) -> tuple[object, ...]:
        is_clients = due.touchpoint.scope == "client"
        return due.key, due.step, due.task_on, due.occurrence if is_clients else ""

    for _, some in itertools.groupby(dues, kind):
        yield list(some)


_JOINS = """
    JOIN agent a ON a.id = p.agent_id
    LEFT JOIN barred bs ON bs.kind = 'sms' AND bs.subject = c.phone
    LEFT JOIN barred be ON be.kind = 'email' AND be.subject = c.email
    LEFT JOIN barred bm ON bm.kind = 'marketing' AND bm.subject = c.client_no
"""
_EMAIL = (
    "CASE WHEN c.channel = 'email' OR (c.channel = '' AND c.phone = '') THEN c.email ELSE '' END"
)
"""Each address is decided by itself: whether one can be written to is no matter of its length."""


def _shape_of(name: str) -> Sequence[str]:
    """What a fact's length depends on; the bytes of a name tell of its script."""
    return {
        "client_name": _sizes("c.name"),
        "salutation": [*_sizes("c.name"), "c.gender"],
        "agent_name": _sizes("a.name"),
        "agent_phone": _sizes("a.phone"),
        "product": _sizes("p.product"),
        "policy_tail": _sizes("p.policy_no"),
        "issue_date": ["CAST(p.issue_date AS TEXT)"],
        "premium": ["LENGTH(CAST(i.amount AS TEXT))", "p.currency"],
    }.get(name, [])


def _sizes(column: str) -> list[str]:
    return [f"LENGTH({column})", dialect.octets(column)]


class _BookedDays:
    """The days of each client's marketing messages that count against the caps (domain.md §6.6).

    Many clients have the same days: each client has the number of his pattern of days, four bytes.
    """

    UNKNOWN = 0

    def __init__(self, clients: int) -> None:
        self._of = array("I", bytes(4 * (clients + 1)))
        self._patterns: list[tuple[datetime.date, ...]] = [()]
        self._numbers: dict[tuple[datetime.date, ...], int] = {}

    def look_up(self, clients: Collection[int], day: datetime.date) -> None:
        """Read of those who are asked about for the first time what is booked already."""
        unknown = [each for each in clients if self._of[each] == self.UNKNOWN]
        booked = queries.marketing_days(unknown, day.replace(day=1)) if unknown else {}
        for client in unknown:
            self._of[client] = self._number(tuple(sorted(booked.get(client, ()))))

    def pattern_of(self, client: int) -> int:
        """The number of his days."""
        return self._of[client]

    def days(self, pattern: int) -> tuple[datetime.date, ...]:
        """The days of that number."""
        return self._patterns[pattern]

    def book(self, client: int, day: datetime.date, on: datetime.date) -> None:
        """One more, decided on a day; those of the months before it fill no cap any more."""
        kept = [each for each in self.days(self._of[client]) if each >= on.replace(day=1)]
        self._of[client] = self._number(tuple(sorted([*kept, day])))

    def _number(self, days: tuple[datetime.date, ...]) -> int:
        if days not in self._numbers:
            self._numbers[days] = len(self._patterns)
            self._patterns.append(days)
        return self._numbers[days]
