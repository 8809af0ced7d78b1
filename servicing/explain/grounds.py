"""The grounds on which a walk records a touchpoint of a policy on a day, or does not, step by step.

We ask the functions that decide (`timeline`) and imitate none. A past day is judged by what the book
knew when that day was walked: `hindsight` undoes what has changed since (docs/architecture.md, idea 4).
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from policies import attention, dates, inforce, occasions, timeline
from policies.dates import WorkCalendar
from policies.grace import Grace
from policies.models import BookImport, Client, Policy
from policies.plan import Touchpoint as Planned
from policies.status import OWES_NO_PREMIUM
from policies.timeline import ClientDates, Due, Instalment, PolicyDates
from servicing.core import happened
from servicing.core.models import CardEntry, DayWalk, PlanEdition, Touchpoint
from servicing.explain import hindsight, queries
from servicing.explain.chain import Link
from servicing.explain.recorded import had_as
from servicing.schedule.materialize import Walker
from servicing.tiers import queries as tiers

AROUND = datetime.timedelta(days=400)
"""How far around a day we look for the same touchpoint, to say when it is due."""


@dataclass(frozen=True)
class Inquiry:
    """A touchpoint of a policy that a person asks about."""

    policy: Policy
    key: str
    planned: Planned | None
    """As the plan has it; None: the plan does not name it."""
    recorded: list[Touchpoint]
    """The touchpoints that were recorded for the policy or for its client, by day."""


@dataclass(frozen=True)
class TouchpointDay:
    """A touchpoint on a day, with what the book knows of the client and the policy."""

    calendar: WorkCalendar
    planned: Planned
    known: ClientDates
    own: PolicyDates
    day: datetime.date
    grace: Grace
    product: str

    def named(
        self, start: datetime.date, end: datetime.date
    ) -> list[tuple[Due, Instalment | None]]:
        """The dues of the policy between two days, each with the premium that it asks for."""
        return list(timeline.named(self.planned, self.calendar, self.known, self.own, start, end))


def asked_today(
    walker: Walker, policy: Policy, planned: Planned, day: datetime.date
) -> TouchpointDay:
    """The touchpoint on that day, as the book knows the client today."""
    stored = Policy.select().where(Policy.client == policy.client).order_by(Policy.id)
    known = happened.dates_of([planned], policy.client, list(stored))
    return _asked(walker, policy, planned, day, known)


def _asked(
    walker: Walker, policy: Policy, planned: Planned, day: datetime.date, known: ClientDates
) -> TouchpointDay:
    own = next(each for each in known.policies if each.id == policy.id)
    grace, product = walker.composer.grace, policy.product
    return TouchpointDay(walker.calendar, planned, known, own, day, grace, product)


def steps(
    walker: Walker, inquiry: Inquiry, day: datetime.date, today: datetime.date
) -> Iterator[Link]:
    """The steps of the walk for a day."""
    planned, policy = inquiry.planned, inquiry.policy
    if planned is None:
        yield Link("not_in_plan", False, {"plan": walker.plan.name})
        return
    yield _in_plan(planned, walker.plan.name)
    walked = queries.walk_of(policy, day)
    client, known = _as_walked(policy, planned, walked)
    asked = _asked(walker, policy, planned, day, known)
    yield from _of_the_plan(asked)
    yield from _of_the_policy(asked)
    if planned.scope == "client":
        yield _of_the_client(asked)
        rows = [row for row in inquiry.recorded if row.client_id == client.id]
    else:
        rows = [row for row in inquiry.recorded if row.policy_id == policy.id]
    if planned.tiers:
        yield _of_the_tier(planned, client, walked)
    yield from _of_the_period(asked, rows)
    yield _of_the_walk(walked, day, today)


def _in_plan(planned: Planned, plan: str) -> Link:
    facts = {"touchpoint": planned.id, "kind": planned.kind, "message_class": planned.message_class}
    return Link("in_plan", True, {**facts, "scope": planned.scope, "plan": plan})


def _as_walked(
    policy: Policy, planned: Planned, walked: DayWalk | None
) -> tuple[Client, ClientDates]:
    """The client who had the policy when the day was walked, and their dates as the book knew them."""
    if walked is None:
        stored = Policy.select().where(Policy.client == policy.client).order_by(Policy.id)
        return policy.client, happened.dates_of([planned], policy.client, list(stored))
    people, later = _since(policy.client, walked.walked_at)
    was = hindsight.holders(later)
    number = was.get(policy.id, policy.client.client_no)
    client = people[number]
    stored = (
        Policy.select(Policy, Client).join(Client).where(Policy.client.in_(list(people.values())))
    )
    theirs = [
        each
        for each in stored.order_by(Policy.id)
        if was.get(each.id, each.client.client_no) == number
    ]
    mine = [each for each in later if each.policy_id or each.client_id == client.id]
    now = happened.dates_of([planned], client, theirs, until=walked.walked_at)
    return client, hindsight.client_dates(now, mine)


def _since(client: Client, moment: datetime.datetime) -> tuple[dict[str, Client], list[CardEntry]]:
    """Everybody to or from whom policies went since, by number, and the lines of their cards.

    A policy that went on was changed on the card of each holder: the chain is followed to its ends.
    """
    people, lines, waiting = {client.client_no: client}, [], [client]
    while waiting:
        card = queries.card_since(waiting.pop(), moment)
        lines += card
        others = hindsight.parties(card) - people.keys()
        waiting += (found := queries.clients(others))
        people |= {each.client_no: each for each in found}
    return people, sorted(lines, key=attrgetter("id"), reverse=True)


def _of_the_plan(asked: TouchpointDay) -> Iterator[Link]:
    """Whether the plan names that day, counted from which date by which rule (domain.md §4.2)."""
    near = asked.day - AROUND, asked.day + AROUND
    if not timeline.anchors(asked.planned, asked.known, asked.own, near):
        yield Link("no_anchor", False, {"anchor": asked.planned.anchor})
        return
    around = asked.named(*near)
    here = [(due, premium) for due, premium in around if due.due_on == asked.day]
    if not here:
        yield _not_that_day(asked, around)
        return
    due, premium = max(here, key=lambda each: _is_to_pay(asked, *each))  # or the first
    yield _counted(due, asked.planned)
    if due.task_on and due.task_on != nominal_of(due):
        yield Link("moved_to_working_day", True, {"from": nominal_of(due), "to": due.task_on})
    if due.task_on and due.touchpoint.level:
        yield Link("levels", True, {"from": due.task_on, "until": due.closes_on})
    if premium:
        yield _of_the_premium(asked, due, premium)


def _is_to_pay(asked: TouchpointDay, due: Due, premium: Instalment | None) -> bool:
    return premium is None or timeline.is_to_pay(asked.own, premium, due.due_on)


def _of_the_premium(asked: TouchpointDay, due: Due, premium: Instalment) -> Link:
    """`timeline.is_to_pay`, one condition after the other; and until when it may be paid."""
    own = asked.own
    if own.status in OWES_NO_PREMIUM:
        return Link("owes_no_premium", False, {"status": own.status})
    if not inforce.is_asked_for(own.status, premium.amount):
        return Link("nothing_due", False, {"due_date": premium.due_date})
    if not inforce.is_unpaid(premium.paid_on, due.due_on):
        return Link("premium_was_paid", False, {"paid_on": premium.paid_on})
    days = asked.grace.days_of(asked.product)
    until = asked.grace.until(premium.due_date, asked.product)
    return Link("in_grace_until", True, {"until": until, "days": days})


def _not_that_day(asked: TouchpointDay, around: list[tuple[Due, Instalment | None]]) -> Link:
    """The days before and after it on which it is due."""
    days = [due.due_on for due, _ in around or _ever(asked)]
    last = max((each for each in days if each < asked.day), default=None)
    following = min((each for each in days if each > asked.day), default=None)
    return Link("not_that_day", False, {"last": last, "next": following})


def _ever(asked: TouchpointDay) -> list[tuple[Due, Instalment | None]]:
    """The dues of the policy's whole life, for a day that is far from all of them."""
    issued = asked.own.issue_date
    return asked.named(min(issued, asked.day) - AROUND, max(issued, asked.day) + AROUND)


def nominal_of(due: Due) -> datetime.date:
    """Anchor + offset, before a task is moved to a working day."""
    if due.step.days is not None:
        return _counted_from(due) + datetime.timedelta(days=due.step.days)
    months = dates.month_index(due.due_on) - dates.month_index(due.anchor_on)
    counts = due.step.month_counts()
    days = [dates.months_after(due.anchor_on, n) for n in (months - 1, months) if n in counts]
    return max((each for each in days if each <= due.due_on), default=due.due_on)


def _counted_from(due: Due) -> datetime.date:
    """The day from which its days are counted: of a birthday in the family that of its year."""
    is_yearly = due.touchpoint.anchor in occasions.EVERY_YEAR
    return occasions.day_of(due.occurrence) if is_yearly else due.anchor_on


def _counted(due: Due, planned: Planned) -> Link:
    nominal = nominal_of(due)
    facts = {"anchor": planned.anchor, "anchor_on": _counted_from(due), "due_on": nominal}
    if planned.anchor == occasions.FAMILY:
        calendar, _, _ = due.occurrence.partition(":")
        born = {"born": due.anchor_on, "calendar": calendar}
        return Link("counted_from_family", True, {**facts, **born, "days": due.step.days or 0})
    if planned.anchor == occasions.FESTIVAL:
        festival = {"festival": planned.festival}
        return Link(
            "counted_from_festival", True, {**facts, **festival, "days": due.step.days or 0}
        )
    if due.step.days is not None:
        return Link("counted_in_days", True, {**facts, "days": due.step.days})
    months = dates.month_index(nominal) - dates.month_index(due.anchor_on)
    code = "counted_to_month_end" if nominal.day < due.anchor_on.day else "counted_in_months"
    return Link(code, True, {**facts, "months": months})


def _of_the_policy(asked: TouchpointDay) -> Iterator[Link]:
    """`inforce.is_owed`, one condition after the other."""
    own, day = asked.own, asked.day
    is_owed = inforce.is_owed_for(asked.planned, own, day)
    if is_owed and asked.planned.outlives_policy:
        yield Link("follows_the_end", True, {"status": own.status, "ended_on": own.ended_on})
    elif is_owed:
        yield Link("owed", True, {"status": own.status, "served_from": own.served_from})
    elif own.issue_date > day:
        yield Link("not_issued", False, {"issue_date": own.issue_date})
    elif own.served_from > day:
        yield Link("joined_later", False, {"served_from": own.served_from})
    elif asked.planned.outlives_policy:
        yield Link("not_ended_yet", False, {})
    elif inforce.has_ended(own.ended_on, day):
        yield Link("had_ended", False, {"status": own.status, "ended_on": own.ended_on})
    elif inforce.is_left_out(own.left_out_times):
        yield Link("was_left_out", False, {"count": own.left_out_times})
    else:
        yield Link("was_paused", False, {"status": own.status})


def _of_the_client(asked: TouchpointDay) -> Link:
    """One policy carries whatever is owed to the client."""
    due, _ = next(iter(asked.named(asked.day, asked.day)))
    candidates = timeline.candidates(asked.planned, asked.known.policies, due.anchor_on)
    carrier = timeline.carrier(candidates, asked.day)
    if carrier is not None and carrier.id != asked.own.id:
        return Link("carried_by_another", False, {"policy_no": carrier.policy_no})
    return Link("carries", True, {"policies": len(candidates)})


def _of_the_tier(planned: Planned, client: Client, walked: DayWalk | None) -> Link:
    """Whether it is for clients of the tier that the client had when the day was walked, or has now."""
    tier = tiers.tier_on(client.id, walked.walked_at if walked else None)
    facts = {"tier": tier, "tiers": list(planned.tiers)}
    if attention.is_meant(planned.tiers, tier):
        return Link("for_the_tier", True, facts)
    return Link("without_tier" if tier is None else "of_other_tier", False, facts)


def _of_the_period(asked: TouchpointDay, rows: list[Touchpoint]) -> Iterator[Link]:
    """Once a period, or once at all: what was recorded for another day is not recorded again."""
    occurrences = {due.occurrence for due, _ in asked.named(asked.day, asked.day)}
    for row in rows:
        if row.occurrence in occurrences and row.due_on != asked.day and not row.released:
            if earlier := had_as(row):
                facts = {"client_no": earlier.client_no, "now": row.client.client_no}
                yield Link("had_as", True, facts)
            yield Link("had_already", False, {"on": row.due_on, "period": row.occurrence})
            return


def _of_the_walk(walked: DayWalk | None, day: datetime.date, today: datetime.date) -> Link:
    """Whether the day was walked by a walk that knew the policy."""
    if walked is None:
        is_to_come = day >= today and not queries.is_walked(day)
        return Link("to_come" if is_to_come else "not_walked", False, {"on": day})
    return Link("walked", True, {"on": day, "at": walked.walked_at, "plan": walked.plan})


def not_recorded(policy: Policy, planned: Planned, day: datetime.date) -> Link:
    """All links held, and still nothing was recorded: the walk did not know what we know today."""
    walked = queries.walk_of(policy, day)
    assert walked is not None  # that it was walked is one of the links
    if planned.anchor == "premium_due":
        later = (BookImport.imported_at > walked.walked_at) & (BookImport.kind == "premiums")
        ledger = BookImport.select().where(later & (BookImport.added > 0)).first()
        if ledger:
            return Link("not_known_then", False, {"at": ledger.imported_at})
    edition = PlanEdition.get_or_none(PlanEdition.edition == walked.plan)
    had = edition.steps.splitlines() if edition else ()
    if all(planned.dated(step) in had for step in planned.due):
        return Link("not_found_then", False, {"plan": walked.plan})
    return Link("by_another_plan", False, {"plan": walked.plan})
