"""The walks of days to come, touchpoint by touchpoint; nothing is written.

The database finds by the walk's own searches. The functions that decide are asked once for all
touchpoints that are alike in everything they look at, and a text is written once for each length that
it can have. So thirty days of a large book cost little more than the search for what is due in them.
"""

import datetime
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from policies import database, dates, models
from policies.importing.book.upsert import SeenIds
from policies.timeline import Due
from servicing.core import context
from servicing.core import due as falling_due
from servicing.core.context import Supposed, TouchpointContext
from servicing.core.due import Way
from servicing.messages import greetings, permission, still_owed
from servicing.messages.permission import MessageVerdict
from servicing.messages.queries import Greeting, greeting_days
from servicing.projections import queries
from servicing.projections.booked_days import BookedDays
from servicing.projections.queries import FoundDue
from servicing.schedule import tasks, walk
from servicing.schedule.capacity import AgentDays
from servicing.schedule.materialize import Walker
from servicing.schedule.tasks import TaskVerdict


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """The message and task of touchpoints that are alike: one object for all of them on a day."""

    due: Due
    on: datetime.date
    """The day on which they fall due."""
    found_on: datetime.date
    """The day of the walk: the same, or later where days are caught up."""
    message: MessageVerdict | None
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
    """One look ahead: what came so far decides, too."""

    def __init__(self, walker: Walker, today: datetime.date) -> None:
        self._walker = walker
        self._had: defaultdict[tuple[str, str], SeenIds] = defaultdict(SeenIds)
        """By touchpoint and occurrence that a client has once: the clients who have it."""
        clients = database.last_id(models.Client)
        self._booked = BookedDays(clients)
        greets = any(each.is_greeting for each in walker.plan.touchpoints)
        self._greeted = BookedDays(clients if greets else 0, greeting_days, greetings.since)
        is_level = any(each.level for each in walker.plan.touchpoints)
        self._days = AgentDays(walker.calendar, walker.capacity, today) if is_level else None
        self._parts: dict[tuple[str, str, str], int] = {}
        """By template, provider and shape."""

    def at(self, day: datetime.date, found_on: datetime.date) -> Iterator[Coming]:
        """The touchpoints of a day, as the walk of `found_on` decides on them."""
        dues = falling_due.dues(self._walker.plan, self._walker.calendar, day)
        for way in walk.search(self._walker.plan, dues, day, found_on).ways():
            for some in _alike(falling_due.coming(way)):
                yield from self._each(way, some, day, found_on)

    def _each(
        self, way: Way, dues: Sequence[Due], day: datetime.date, found_on: datetime.date
    ) -> Iterator[Coming]:
        """The touchpoints of dues that only their anchor dates tell apart."""
        due = dues[0]
        known: dict[tuple[object, ...], Decision] = {}
        firsts = _Firsts(due)
        is_message = due.touchpoint.has_message(due.step)
        is_marketing = is_message and due.touchpoint.message_class == "marketing"
        is_greeting = is_message and due.touchpoint.is_greeting
        for rows in self._found(way, dues, day, found_on):
            if is_marketing:
                self._booked.look_up({each.client_id for each in rows}, day)
            near = self._look_up_greetings(rows, due, day, found_on) if is_greeting else {}
            if self._days and due.touchpoint.level:
                self._days.look_up({each.agent_id for each in rows})
            firsts.look_up(rows)
            for each in rows:
                pattern = self._booked.pattern_of(each.client_id) if is_marketing else 0
                greeted: tuple[datetime.date, ...] = ()
                if is_greeting:
                    had = self._greeted.days(self._greeted.pattern_of(each.client_id))
                    to_come = near.get(each.client_id, ())
                    greeted = had + tuple(its.planned_on for its in to_come)
                reach = permission.reach(each)
                key = pattern, greeted, each.deciding, each.channel, reach, each.shape
                decision = known.get(key)
                if decision is None:
                    like = firsts.like(each)
                    decision = self._decision(like, each.shape, (pattern, greeted), due, found_on)
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
                if is_greeting and decision.message and decision.message.planned_on:
                    self._greeted.book(each.client_id, decision.message.planned_on, found_on)

    def _look_up_greetings(
        self, rows: Sequence[FoundDue], due: Due, day: datetime.date, found_on: datetime.date
    ) -> dict[int, list[Greeting]]:
        """What is booked for some clients, and what is nearer to them than this greeting."""
        clients = {each.client_id for each in rows}
        self._greeted.look_up(clients, day)
        asked = self._walker.plan, self._walker.calendar, due.touchpoint, day
        return greetings.near(*asked, clients, self._walker.rules.greetings, found_on)

    def _task(self, agent_id: int, decision: Decision) -> TaskVerdict | None:
        if decision.task is None:
            return None
        task, _ = tasks.levelled(decision.task, agent_id, decision.due, self._days)
        return task

    def _found(
        self, way: Way, dues: Sequence[Due], day: datetime.date, found_on: datetime.date
    ) -> Iterator[list[FoundDue]]:
        """Their rows, without those that an earlier day of this look had."""
        had = self._had[dues[0].key, dues[0].occurrence] if way.scope == "client" else None
        is_late, is_ordered = found_on > day, self._days is not None
        for rows in queries.found_dues(
            self._walker, way, dues, day, is_late=is_late, is_ordered=is_ordered
        ):
            yield rows if had is None else list(_first_of_each(rows, had))

    def _decision(
        self,
        first: TouchpointContext,
        shape: str,
        booked: tuple[int, tuple[datetime.date, ...]],
        due: Due,
        found_on: datetime.date,
    ) -> Decision:
        """The decision on all that are like the first of them; `booked`: by which caps."""
        verdict, parts, words = None, 0, ""
        if due.touchpoint.has_message(due.step):
            pattern, greeted = booked
            marketing, rules = self._booked.days(pattern), self._walker.rules
            verdict = permission.at_making(
                first, due.touchpoint, rules, found_on, marketing, greeted
            )
            if verdict.state == "queued":
                parts, words = self._text(first, shape, due, verdict)
        gone = still_owed.no_longer_owed(first, due.touchpoint, found_on)
        task = tasks.verdict(gone, due, found_on)
        return Decision(due, first.due_on, found_on, verdict, task, parts, words)

    def _text(
        self, first: TouchpointContext, shape: str, due: Due, verdict: MessageVerdict
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
    """The first touchpoint of those that are alike, with all that its message may say."""

    def __init__(self, due: Due) -> None:
        self._due = due
        self._contexts: dict[tuple[str, str], TouchpointContext] = {}

    def look_up(self, rows: Iterable[FoundDue]) -> None:
        """Read those of the next rows that are like none before them."""
        unseen: dict[tuple[str, str], FoundDue] = {}
        for each in rows:
            if (each.deciding, each.shape) not in self._contexts:
                unseen.setdefault((each.deciding, each.shape), each)
        supposed = (Supposed(each.policy_id, each.anchor_on) for each in unseen.values())
        read = context.supposed_each(self._due.key, self._due.due_on, supposed)
        context_of = {(each.policy_id, each.anchor_on): each for each in read}
        for alike, each in unseen.items():
            self._contexts[alike] = context_of[each.policy_id, each.anchor_on]

    def like(self, row: FoundDue) -> TouchpointContext:
        """The context of the first that a row is like, with the row's own channel and addresses."""
        first = self._contexts[row.deciding, row.shape]
        return replace(first, channel=row.channel, phone=row.phone, email=row.email)


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
