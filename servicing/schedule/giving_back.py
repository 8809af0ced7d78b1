"""What the book gives back: a bounced payment, a corrected date, a status or a consent that is lifted.

What was taken back lives again while its window is open; what a corrected date has put into the days
that are walked already is made late (domain.md §4.14). It looks at the clients whom the book has
touched, never at the book.
"""

import datetime
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from policies import counting, database, persons, records, timeline
from policies.plan import Plan, Step, Touchpoint
from policies.records import Moment, Record
from policies.timeline import Owed
from servicing.core import happened, states, touched, trail
from servicing.core.context import TouchpointContext, of_touchpoints
from servicing.core.models import Message, Task
from servicing.core.models import Touchpoint as TouchpointRow
from servicing.core.reasons import Reason
from servicing.core.states import Move
from servicing.core.touched import Waiting
from servicing.corrections import moving, sweep
from servicing.corrections import queries as corrections
from servicing.messages import greetings, permission, still_owed
from servicing.messages.permission import MessageVerdict
from servicing.messages.queries import marketing_days
from servicing.schedule import family, materialize, queries, to_make, waking, walk
from servicing.schedule.family import Spared
from servicing.schedule.materialize import DayWalked, Walker
from servicing.schedule.queries import Recalled
from servicing.schedule.to_make import Making

AT_A_TIME = 200
"""Clients in one transaction."""

DAYS_OFF = datetime.timedelta(days=31)
"""So long at the most a task waits for a working day: its window begins on that day."""


def bring_up_to_date(walker: Walker, today: datetime.date, now: datetime.datetime) -> None:
    """Take back what the book has taken back, and give back what it has given back."""
    sweep.sweep(walker.plan, today, now)
    give_back(walker, today, now)


def give_back(walker: Walker, today: datetime.date, now: datetime.datetime) -> Counter[str]:
    """Draw the consequences of what the book has changed; answers with what lives again.

    It stands behind each sweep, which takes back. A book that is rehearsed is judged as of its last
    walked day: what falls due until then is made already.
    """
    counts: Counter[str] = Counter()
    concerned: set[int] = set()
    waking.wake(today, _since(walker.plan, today))
    while touched.is_any():
        with database.explained(), database.exclusive("book"):
            waiting = touched.waiting(AT_A_TIME)
            some = [each for each in waiting if _concerns(walker.plan, each)]
            day = max(today, queries.last_walked() or today)
            if some:
                counts += _Giving(walker, day, now).give(some)
            touched.forget(waiting)
            concerned.update(each.client_id for each in some)
            if not touched.is_any() and queries.zones_of(concerned):
                counts["made early"] = walk.look_east(walker, today, now)
    return counts


def _concerns(plan: Plan, each: Waiting) -> bool:
    """Whether the plan counts from what people have done, where that is all that has changed."""
    return each.anchor not in counting.KEYS or each.anchor in plan.anchors


def premiums_until(plan: Plan, today: datetime.date) -> datetime.date:
    """The last due date of an instalment that can have something due in the days walked so far.

    Far to the east the day after them is found already.
    """
    steps = (step for each in plan.touchpoints if each.anchor == "premium_due" for step in each.due)
    lead = max((-_first_days(step) for step in steps), default=0)
    return max(today, queries.last_walked() or today) + datetime.timedelta(days=lead + 1)


def _first_days(step: Step) -> int:
    """How many days after its anchor a step falls due at the earliest; before it, negative."""
    if step.days is not None:
        return step.days
    return 31 * min(0, step.months or 0)


@dataclass
class _Giving:
    """The consequences for some clients."""

    walker: Walker
    on: datetime.date
    now: datetime.datetime

    def give(self, some: Sequence[Waiting]) -> Counter[str]:
        """All of them, in their order."""
        ids = sorted({each.client_id for each in some})
        plan = self.walker.plan
        if found := moving.merge(plan, ids, self.now):
            self._of_one_person(found)
        # what somebody is owed may count from a policy that they have sold since
        ids = persons.numbers([*ids, *corrections.former_holders(ids)])
        moving.follow_what_may_live(ids, _since(plan, self.on), self.now)
        corrections.release(corrections.fallen(plan, ids))
        corrections.take_again(corrections.risen(plan, ids))
        messages = self._messages(ids)
        tasks = self._tasks(ids)
        self._reroute(ids)
        corrections.release(corrections.without_carrier(plan, ids))
        if messages + tasks and persons.by_number(ids):
            sweep.sweep(
                plan, self.on, self.now
            )  # of one person's two that live again the first stays
        anchors: dict[int, set[str]] = {}
        for each in some:
            if each.anchor in plan.anchors:
                anchors.setdefault(each.client_id, set()).add(each.anchor)
        made = self._right_days(anchors)
        return Counter({"messages revived": messages, "tasks revived": tasks, "made late": made})

    def _of_one_person(self, found: Sequence[int]) -> None:
        """What was known of one number is known of all: a mourning begins, a death ends what is open."""
        spared = Spared(self.walker.rules.bereaved_days, "", self.now)
        family.mourn(persons.clients(found), spared)
        sweep.sweep(self.walker.plan, self.on, self.now)

    # ------------------------------------------------------------------------------ what lives again

    def _messages(self, ids: Sequence[int]) -> int:
        since = self.on - datetime.timedelta(days=_longest_window(self.walker.plan))
        found = queries.recalled_messages(ids, since)
        verdicts = {}
        contexts = self._contexts(found)
        booked = marketing_days(ids, since.replace(day=1))
        revived: dict[int, list[datetime.date]] = {}
        for each in found:
            context = contexts[each.touchpoint_id]
            touchpoint = self.walker.plan.touchpoint(context.key)
            if touchpoint is None:
                continue
            marketing = booked.get(context.client_id, [])
            greeted = [*revived.get(context.client_id, ()), *self._greeted(context, touchpoint)]
            verdict = self._verdict(context, touchpoint, marketing, greeted)
            if verdict.state == "queued":
                verdicts[each.id] = verdict
                if touchpoint.message_class == "marketing" and verdict.planned_on:
                    booked.setdefault(context.client_id, []).append(verdict.planned_on)
                if touchpoint.is_greeting and verdict.planned_on:
                    revived.setdefault(context.client_id, []).append(verdict.planned_on)
        return self._queue_again(verdicts)

    def _verdict(
        self,
        context: TouchpointContext,
        touchpoint: Touchpoint,
        booked: Sequence[datetime.date],
        greeted: Sequence[datetime.date],
    ) -> MessageVerdict:
        rules = self.walker.rules
        return permission.at_making(context, touchpoint, rules, self.on, booked, greeted)

    def _greeted(self, context: TouchpointContext, touchpoint: Touchpoint) -> list[datetime.date]:
        plan, calendar, rules = self.walker.plan, self.walker.calendar, self.walker.rules.greetings
        day, client_id = max(context.due_on, self.on), context.client_id
        of = client_id, rules, context.occurrence
        return greetings.beside(plan, calendar, touchpoint, day, *of)

    def _queue_again(self, verdicts: dict[int, MessageVerdict]) -> int:
        stored = list(Message.select().where(Message.id.in_(list(verdicts))))
        moves = [Move(each, "queued", Reason.REVIVED, was=each.reason) for each in stored]
        moved = states.move(moves, ["cancelled", "suppressed"], self.now)
        records.update(
            Message, (self._way(each.id, verdicts[each.id]) for each in stored if each.id in moved)
        )
        return len(moved)

    def _way(self, message_id: int, verdict: MessageVerdict) -> "_Way":
        assert verdict.planned_on
        return _Way(
            channel=verdict.channel,
            address=verdict.address,
            provider=self.walker.routes.of(verdict.channel, verdict.address),
            planned_on=verdict.planned_on,
            send_from=verdict.send_from,
            send_until=verdict.send_until,
            id=message_id,
        )

    def _tasks(self, ids: Sequence[int]) -> int:
        found = queries.recalled_tasks(ids, self.on)
        contexts = self._contexts(found)
        had = corrections.have_left(contexts)
        opened = [each for each in found if self._is_owed(contexts[each.touchpoint_id], had)]
        rows = (_Opened("open", Reason.REVIVED.value, None, each.id) for each in opened)
        records.update(Task, rows)
        trail.write((_opened_entry(each, contexts) for each in opened), self.now)
        return len(opened)

    def _contexts(self, found: Iterable[Recalled]) -> dict[int, TouchpointContext]:
        """By touchpoint; what another policy of the client may carry by now is given to that one."""
        contexts = {each.touchpoint_id: each for each in _of(found)}
        orphaned = [each.touchpoint_id for each in contexts.values() if self._may_be_carried(each)]
        if orphaned and sweep.carry_on(self.walker.plan, orphaned, self.on, self.now):
            contexts.update((each.touchpoint_id, each) for each in of_touchpoints(orphaned))
        return contexts

    def _may_be_carried(self, context: TouchpointContext) -> bool:
        touchpoint = self.walker.plan.touchpoint(context.key)
        if touchpoint is None or touchpoint.scope != "client":
            return False
        gone = still_owed.no_longer_owed(context, touchpoint, self.on)
        return still_owed.may_be_carried_on(gone, touchpoint)

    def _is_owed(self, context: TouchpointContext, had: Collection[int]) -> bool:
        """`had`: touchpoints whose message the client has had: of these a task is worth doing still."""
        touchpoint = self.walker.plan.touchpoint(context.key)
        if touchpoint is None:
            return False
        has_left = context.touchpoint_id in had
        return still_owed.no_longer_owed(context, touchpoint, self.on, has_left=has_left) is None

    # --------------------------------------------------------------------- the way of what waits

    def _reroute(self, ids: Sequence[int]) -> None:
        """What waits stands in the queue of today's channel: a halt of another one holds it no more.

        And it waits for its window in today's time zone.
        """
        waiting = queries.queued_messages(ids)
        contexts = {
            each.touchpoint_id: each for each in of_touchpoints(m.touchpoint_id for m in waiting)
        }
        routes = (self._route(each, contexts[each.touchpoint_id]) for each in waiting)
        records.update(Message, [each for each in routes if each is not None])

    def _route(self, message: Message, context: TouchpointContext) -> "_Route | None":
        """How a waiting message leaves by the book of now; None: as it is, or not at all."""
        touchpoint = self.walker.plan.touchpoint(context.key)
        if touchpoint is None:
            return None
        channel, address, refusal = permission.way_to(context, touchpoint)
        if refusal:
            return None
        rules = self.walker.rules
        opening = permission.opens_on(message.planned_on, context, touchpoint, rules)
        is_held = message.send_from is None and (channel, address) == (
            message.channel,
            message.address,
        )
        return _Route(
            channel=channel,
            address=address,
            provider=self.walker.routes.of(channel, address),
            send_from=None if is_held else opening,
            send_until=permission.open_until(context, touchpoint, rules),
            id=message.id,
        )

    # ------------------------------------------------------------------------------ the right day

    def _right_days(self, anchors: dict[int, set[str]]) -> int:
        """Touchpoints whose corrected date has put them into days that are walked, made late."""
        window = datetime.timedelta(days=_longest_window(self.walker.plan))
        first = self.on - window - DAYS_OFF
        days = queries.steps_of_days(first, self.on, self.walker.plan)
        if not anchors or not days:
            return 0
        mark = database.last_id(TouchpointRow)
        dues: materialize.Dues = {}
        found: list[queries.RecordedRow] = []
        touchpoints = self.walker.plan.touchpoints
        for client_id, known in happened.dates_by_client(touchpoints, anchors).items():
            ids = {each.policy_no: each.id for each in known.policies}
            owed = timeline.client_timeline(
                self.walker.plan, self.walker.calendar, known, min(days), self.on
            )
            wanted = [
                each
                for each in owed
                if each.due.touchpoint.anchor in anchors[client_id]
                and max(each.due.due_on, each.due.task_on or each.due.due_on) >= self.on - window
                and each.due.touchpoint.dated(each.due.step) in days.get(each.due.due_on, ())
            ]
            dues.update(materialize.by_what(each.due for each in wanted))
            found += [_found(each, client_id, ids, self.on) for each in wanted]
        queries.record(found)
        return self._make(mark, dues)

    def _make(self, mark: int, dues: materialize.Dues) -> int:
        result = DayWalked(self.on)
        recorded = queries.recorded_after(mark)
        first = min((due.due_on for due in dues.values()), default=self.on)
        making = Making(self.walker.plan, self.on, first)
        found = sorted(
            to_make.of_touchpoints(making, recorded), key=lambda each: each.touchpoint_id
        )
        batch = materialize.carried_on(making, found, dues, self.now)
        materialize.make(self.walker, batch, dues, making, self.now, result)
        return len(batch)


class _Way(Record, frozen=True):
    """The columns of a message that waits again."""

    channel: str
    address: str
    provider: str
    planned_on: datetime.date
    send_from: Moment | None
    send_until: Moment | None
    id: int


class _Route(Record, frozen=True):
    """The columns of a message that leaves by another way."""

    channel: str
    address: str
    provider: str
    send_from: Moment | None
    """None: a halt holds it."""
    send_until: Moment
    id: int


class _Opened(Record, frozen=True):
    """The columns of a task that is open again."""

    state: str
    reason: str
    ended_at: Moment | None
    id: int


def _opened_entry(task: Recalled, contexts: dict[int, TouchpointContext]) -> trail.Entry:
    of = contexts[task.touchpoint_id]
    facts = trail.reasoned(reason=Reason.REVIVED.value, was=task.reason)
    return trail.Entry(of.client_id, of.policy_id, task.touchpoint_id, "task.open", facts)


def _of(rows: Iterable[Recalled]) -> Iterator[TouchpointContext]:
    return of_touchpoints(each.touchpoint_id for each in rows)


def _since(plan: Plan, on: datetime.date) -> datetime.date:
    """Nothing that fell due before that day is worth doing still."""
    return on - datetime.timedelta(days=_longest_window(plan)) - DAYS_OFF


def _longest_window(plan: Plan) -> int:
    windows = ((each.message_window_days, each.task_window_days) for each in plan.touchpoints)
    return max(itertools.chain.from_iterable(windows), default=0)


def _found(
    owed: Owed, client_id: int, policy_ids: dict[str, int], on: datetime.date
) -> queries.RecordedRow:
    due = owed.due
    return queries.RecordedRow(
        key=due.key,
        scope=due.touchpoint.scope,
        occurrence=due.occurrence,
        policy_id=policy_ids[owed.policy_no],
        client_id=client_id,
        anchor_on=due.anchor_on,
        due_on=due.due_on,
        found_on=on,
    )
