"""Why something was done or not done, or will be: the whole chain for a touchpoint of a policy.

It asks the functions that decide (`timeline`, `permission`) and reads what was recorded; it decides
nothing by itself. A past day is judged by what the book knew when that day was walked (DESIGN idea 4).
"""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from peewee import JOIN

from policies import dates, errors, timeline
from policies.models import BookImport, Client, Policy
from policies.plan import Touchpoint as Planned
from policies.timeline import ClientFacts, Due, PolicyFacts
from servicing import card, facts, halts, hindsight, making, messages, permission, words
from servicing.making import Walker
from servicing.messages import LifeLine
from servicing.models import Barred, CardEntry, Message, Task, Touchpoint, WalkedDay
from servicing.permission import Verdict

AROUND = datetime.timedelta(days=400)
"""How far before and after a day the same touchpoint is looked for, to say when it is due."""


T = TypeVar("T", Message, Task)

LONGEST_SHIFT = datetime.timedelta(days=20)
"""A task is moved by fewer days than this to its working day."""


@dataclass(frozen=True)
class Link:
    """One step of the chain: what was asked, and what it rests on."""

    code: str
    holds: bool = True
    """Whether the chain goes on; the first that does not hold is why nothing was done."""
    facts: dict[str, Any] = field(default_factory=dict)

    def told(self, zone: datetime.tzinfo) -> "Link":
        """The same with its moments by the clocks of a zone, to the minute."""
        facts = {
            name: f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
            if isinstance(value, datetime.datetime)
            else value
            for name, value in self.facts.items()
        }
        return replace(self, facts=facts)

    def sentence(self, locale: str) -> str:
        """In a language; codes among the facts in words, too."""
        shown = {name: _shown(name, value, locale) for name, value in self.facts.items()}
        return words.say("chain", self.code, locale, **shown)


_SECTIONS = {"reason": "reason", "state": "state", "anchor": "anchor", "scope": "scope"}
_SECTIONS |= {"kind": "kind", "message_class": "class", "status": "status", "channel": "channel"}
_SECTIONS |= {"cause": "cause"}
"""Facts that are codes, and where their words stand."""


def _shown(name: str, value: Any, locale: str) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if value is None or value == "":
        return "–"
    return words.say(_SECTIONS[name], str(value), locale) if name in _SECTIONS else value


@dataclass(frozen=True)
class Why:
    """The chain of a touchpoint of a policy on a day."""

    policy_no: str
    client_no: str
    touchpoint: str
    on: datetime.date
    outcome: str
    """`recorded`, or the code of the link that did not hold."""
    message: str
    """State of its message, or what that would be; empty: there is none."""
    message_reason: str
    task: str
    task_reason: str
    chain: list[Link]

    def document(self, locale: str) -> dict[str, Any]:
        """As scripts read it, each link with its sentence."""
        chain = [{**vars(link), "sentence": link.sentence(locale)} for link in self.chain]
        return {**vars(self), "chain": chain}


def why(
    walker: Walker,
    policy_no: str,
    key: str,
    on: datetime.date | None,
    today: datetime.date,
) -> Why:
    """The chain for a day; without one, for the last time it was recorded, else for the next time.

    Raises `PolicyNotFound`, and `BadSetting` for a touchpoint that nobody knows.
    """
    policy = _policy(policy_no)
    rows = _recorded(policy, key)
    planned = walker.plan.touchpoint(key)
    if planned is None and not rows:
        known = ", ".join(each.id for each in walker.plan.touchpoints)
        raise errors.BadSetting("touchpoint", f"{key!r} is not in the plan, there is: {known}")
    day = _meant(
        walker, policy, planned, rows, on or _usual_day(walker, policy, planned, rows, today)
    )
    row = next((each for each in rows if each.due_on == day), None)
    chain = _until_it_breaks(_found(walker, policy, key, planned, rows, day, today))
    if row is None and chain[-1].holds and planned is not None:
        chain.append(_not_recorded(planned, day))
    is_to_come = chain[-1].code == "to_come"
    verdict: Verdict | None = None
    if row is not None:
        chain = [*(link for link in chain if link.holds), *_of_the_row(row, policy.client)]
    elif is_to_come and planned is not None:
        due, carrier = _next(walker, policy, planned, day)
        if planned.has_message(due.step):
            verdict = _expected(walker, planned, due, carrier)
            chain += _of_the_verdict(walker, planned, due, carrier, verdict)
    message, task = _message(row), _task(row)
    return Why(
        policy_no=policy_no,
        client_no=policy.client.client_no,
        touchpoint=key,
        on=day,
        outcome="recorded" if row else next(each.code for each in chain if not each.holds),
        message=message.state if message else verdict.state if verdict else "",
        message_reason=message.reason if message else verdict.reason.value if verdict else "",
        task=task.state if task else "",
        task_reason=task.reason if task else "",
        chain=chain,
    )


def judged(
    walker: Walker, policy_no: str, key: str, day: datetime.date, today: datetime.date
) -> str:
    """What the chain says of a day without a look at what was recorded for it: for the test of it."""
    policy = _policy(policy_no)
    others = [row for row in _recorded(policy, key) if row.due_on != day]
    found = _found(walker, policy, key, walker.plan.touchpoint(key), others, day, today)
    return _until_it_breaks(found)[-1].code


def _until_it_breaks(links: Iterator[Link]) -> list[Link]:
    chain = []
    for link in links:
        chain.append(link)
        if not link.holds:
            break
    return chain


def _policy(policy_no: str) -> Policy:
    query = Policy.select(Policy, Client).join(Client).where(Policy.policy_no == policy_no)
    found: Policy | None = query.first()
    if found is None:
        raise errors.PolicyNotFound(policy_no)
    return found


def _recorded(policy: Policy, key: str) -> list[Touchpoint]:
    """What was recorded of this touchpoint for the policy, or for its client."""
    is_meant = (Touchpoint.policy == policy) | (
        (Touchpoint.client == policy.client_id) & (Touchpoint.scope == "client")
    )
    query = (
        Touchpoint.select(Touchpoint, Policy, Message, Task)
        .join(Policy)
        .switch(Touchpoint)
        .join(Message, JOIN.LEFT_OUTER)
        .switch(Touchpoint)
        .join(Task, JOIN.LEFT_OUTER)
    )
    found = query.where((Touchpoint.key == key) & is_meant)
    return list(found.order_by(Touchpoint.due_on, Touchpoint.id))


def _message(row: Touchpoint | None) -> Message | None:
    return _there(getattr(row, "message", None))


def _task(row: Touchpoint | None) -> Task | None:
    return _there(getattr(row, "task", None))


def _there(joined: T | None) -> T | None:
    """What a left join found; without a state it found nothing."""
    return joined if joined is not None and joined.state else None


def _usual_day(
    walker: Walker,
    policy: Policy,
    planned: Planned | None,
    rows: list[Touchpoint],
    today: datetime.date,
) -> datetime.date:
    """The day that somebody means who names none."""
    past = [row.due_on for row in rows if row.due_on <= today]
    if past or planned is None:
        return past[-1] if past else today
    known = _known(policy.client)
    own = next(each for each in known.policies if each.id == policy.id)
    span = (today, today + 2 * AROUND)
    coming = timeline.named(planned, walker.calendar, known, own, *span)
    return min((due.due_on for due, _ in coming), default=today)


def _meant(
    walker: Walker,
    policy: Policy,
    planned: Planned | None,
    rows: list[Touchpoint],
    day: datetime.date,
) -> datetime.date:
    """The touchpoint's day, also where somebody names the working day of its task."""
    if planned is None or any(row.due_on == day for row in rows):
        return day
    for row in rows:
        if (task := _task(row)) and task.due_on == day:
            return row.due_on
    known = _known(policy.client)
    own = next(each for each in known.policies if each.id == policy.id)
    span = (day - LONGEST_SHIFT, day)
    dues = [due for due, _ in timeline.named(planned, walker.calendar, known, own, *span)]
    if any(due.due_on == day for due in dues):
        return day
    return next((due.due_on for due in dues if due.task_on == day), day)


def _known(client: Client) -> ClientFacts:
    """What the book knows of the client today."""
    stored = Policy.select().where(Policy.client == client).order_by(Policy.id)
    return card.client_facts(client, list(stored))


# ------------------------------------------------------------------------- was it found, and how


def _found(
    walker: Walker,
    policy: Policy,
    key: str,
    planned: Planned | None,
    rows: list[Touchpoint],
    day: datetime.date,
    today: datetime.date,
) -> Iterator[Link]:
    """The steps of the walk for a day; `rows` are what was recorded of the touchpoint."""
    if planned is None:
        yield Link("not_in_plan", False, {"plan": walker.plan.name})
        return
    told = {"touchpoint": key, "kind": planned.kind, "message_class": planned.message_class}
    yield Link("in_plan", True, {**told, "scope": planned.scope, "plan": walker.plan.name})
    walked = WalkedDay.get_or_none(WalkedDay.day == day)
    later = hindsight.since(policy.client, walked.walked_at) if walked else []
    client = hindsight.holder(policy, later)
    known = _known(client)
    if walked and client != policy.client:
        known = _with(client, policy)
        later += hindsight.since(client, walked.walked_at)
    known = hindsight.client_facts(known, later)
    own = next(each for each in known.policies if each.id == policy.id)
    yield from _of_the_plan(walker, planned, known, own, day)
    yield from _of_the_policy(planned, own, day)
    if planned.scope == "client":
        yield _of_the_client(walker, planned, known, own, day)
        rows = [row for row in rows if row.client_id == client.id]
    else:
        rows = [row for row in rows if row.policy_id == policy.id]
    yield from _of_the_period(walker, planned, known, own, rows, day)
    yield _of_the_walk(policy, walked, day, today)


def _with(client: Client, policy: Policy) -> ClientFacts:
    """What the book knows of an earlier client, with the policy that was theirs."""
    stored = Policy.select().where((Policy.client == client) | (Policy.id == policy.id))
    return card.client_facts(client, list(stored.order_by(Policy.id)))


def _of_the_plan(
    walker: Walker, planned: Planned, known: ClientFacts, own: PolicyFacts, day: datetime.date
) -> Iterator[Link]:
    """Whether the plan names that day, counted from which date by which rule (DOMAIN §4)."""
    anchors = timeline.anchors(planned, known, own)
    if not anchors:
        yield Link("no_anchor", False, {"anchor": planned.anchor})
        return
    around = list(timeline.named(planned, walker.calendar, known, own, day - AROUND, day + AROUND))
    here = [(due, paid_on) for due, paid_on in around if due.due_on == day]
    if not here:
        dues = around or _ever(walker, planned, known, own, day)
        before = [due.due_on for due, _ in dues if due.due_on < day]
        after = [due.due_on for due, _ in dues if due.due_on > day]
        last, following = max(before, default=None), min(after, default=None)
        yield Link("not_that_day", False, {"last": last, "next": following})
        return
    due, paid_on = next((each for each in here if not _is_paid(*each)), here[0])
    yield _counted(due, planned)
    if due.task_on and due.task_on != nominal_of(due):
        yield Link("moved_to_working_day", True, {"from": nominal_of(due), "to": due.task_on})
    if due.task_on and due.touchpoint.level:
        window = datetime.timedelta(days=due.touchpoint.task_window_days)
        yield Link("levels", True, {"from": due.task_on, "until": due.task_on + window})
    if _is_paid(due, paid_on):
        yield Link("premium_was_paid", False, {"paid_on": paid_on})


def _ever(
    walker: Walker, planned: Planned, known: ClientFacts, own: PolicyFacts, day: datetime.date
) -> list[tuple[Due, datetime.date | None]]:
    """What the plan names in the policy's whole life, for a day that is far from all of it."""
    start, end = min(own.issue_date, day) - AROUND, max(own.issue_date, day) + AROUND
    return list(timeline.named(planned, walker.calendar, known, own, start, end))


def _is_paid(due: Due, paid_on: datetime.date | None) -> bool:
    return paid_on is not None and paid_on <= due.due_on


def nominal_of(due: Due) -> datetime.date:
    """Anchor + offset, before a task is moved to a working day."""
    if due.step.days is not None:
        return due.anchor_on + datetime.timedelta(days=due.step.days)
    months = dates.month_index(due.due_on) - dates.month_index(due.anchor_on)
    counts = due.step.month_counts()
    found = [dates.months_after(due.anchor_on, n) for n in (months - 1, months) if n in counts]
    return max((each for each in found if each <= due.due_on), default=due.due_on)


def _counted(due: Due, planned: Planned) -> Link:
    nominal = nominal_of(due)
    told = {"anchor": planned.anchor, "anchor_on": due.anchor_on, "due_on": nominal}
    if due.step.days is not None:
        return Link("counted_in_days", True, {**told, "days": due.step.days})
    months = dates.month_index(nominal) - dates.month_index(due.anchor_on)
    code = "counted_to_month_end" if nominal.day < due.anchor_on.day else "counted_in_months"
    return Link(code, True, {**told, "months": months})


def _of_the_policy(planned: Planned, own: PolicyFacts, day: datetime.date) -> Iterator[Link]:
    """`timeline.is_owed`, one condition after the other."""
    if timeline.is_owed(own, day, timeline.paused_for(planned)):
        yield Link("owed", True, {"status": own.status, "served_from": own.served_from})
    elif own.issue_date > day:
        yield Link("not_issued", False, {"issue_date": own.issue_date})
    elif own.served_from > day:
        yield Link("joined_later", False, {"served_from": own.served_from})
    elif own.ended_on is not None and own.ended_on <= day:
        yield Link("had_ended", False, {"status": own.status, "ended_on": own.ended_on})
    else:
        yield Link("was_paused", False, {"status": own.status})


def _of_the_client(
    walker: Walker, planned: Planned, known: ClientFacts, own: PolicyFacts, day: datetime.date
) -> Link:
    """What is owed to the client is carried by one policy."""
    due, _ = next(iter(timeline.named(planned, walker.calendar, known, own, day, day)))
    candidates = timeline.candidates(planned, known.policies, due.anchor_on)
    carrier = timeline.carrier(candidates, day)
    if carrier is not None and carrier.id != own.id:
        return Link("carried_by_another", False, {"policy_no": carrier.policy_no})
    return Link("carries", True, {"policies": len(candidates)})


def _of_the_period(
    walker: Walker,
    planned: Planned,
    known: ClientFacts,
    own: PolicyFacts,
    rows: list[Touchpoint],
    day: datetime.date,
) -> Iterator[Link]:
    """Once a period, or once at all: what was recorded for another day is not recorded again."""
    named = timeline.named(planned, walker.calendar, known, own, day, day)
    occurrences = {due.occurrence for due, _ in named}
    for row in rows:
        if row.occurrence in occurrences and row.due_on != day:
            yield Link("had_already", False, {"on": row.due_on, "period": row.occurrence})
            return


def _of_the_walk(
    policy: Policy, walked: WalkedDay | None, day: datetime.date, today: datetime.date
) -> Link:
    """Whether the day was walked, and whether that walk knew the policy."""
    if walked is None:
        return Link("to_come" if day >= today else "not_walked", False, {"on": day})
    if policy.id > walked.policy_mark:
        return Link("not_walked", False, {"on": day})
    return Link("walked", True, {"on": day, "at": walked.walked_at, "plan": walked.plan})


def _not_recorded(planned: Planned, day: datetime.date) -> Link:
    """All of it held, and still nothing was recorded: the walk did not know what we know today."""
    walked = WalkedDay.get(WalkedDay.day == day)
    if planned.anchor == "premium_due":
        later = (BookImport.imported_at > walked.walked_at) & (BookImport.kind == "premiums")
        ledger = BookImport.select().where(later & (BookImport.added > 0)).first()
        if ledger:
            return Link("not_known_then", False, {"at": ledger.imported_at})
    return Link("by_another_plan", False, {"plan": walked.plan})


# ------------------------------------------------------------------------------ what became of it


def _of_the_row(row: Touchpoint, client: Client) -> Iterator[Link]:
    """What was recorded, and the life of its message and its task."""
    late = (row.found_on - row.due_on).days
    told = {"policy_no": row.policy.policy_no, "found_on": row.found_on, "days": late}
    yield Link("found_late" if late else "found", True, told)
    if message := _message(row):
        yield from _of_the_message(message, client)
        if message.state == "queued":
            yield from _halts("halted", message.channel, row.key)
    if task := _task(row):
        days = {"due_on": task.due_on, "show_on": task.show_on, "closes_on": task.closes_on}
        yield from _of_the_levelling(row)
        yield Link("task", True, {**days, "state": task.state, "reason": task.reason})


def _of_the_levelling(row: Touchpoint) -> Iterator[Link]:
    """Where the plan gave the task another day: what room the days before it had."""
    is_its = (CardEntry.client == row.client_id) & (CardEntry.touchpoint_id == row.id)
    query = CardEntry.select().where(is_its & (CardEntry.kind == "task.levelled"))
    for entry in query:
        told = json.loads(entry.facts)
        was, on = map(datetime.date.fromisoformat, told["show_on"])
        room = {"full": told["full"], "capacity": told["capacity"]}
        yield Link("levelled", True, {"from": was, "to": on, **room})


def _of_the_message(message: Message, client: Client) -> Iterator[Link]:
    lived = messages.lived(message.client_id, message.touchpoint_id)
    if message.message_class != "marketing":
        yield Link("no_consent_needed")
    else:
        yield _consent(client, lived[0].at if lived else None)
    if message.body:
        names = ("template", "channel", "parts", "provider")
        told = {name: getattr(message, name) for name in names}
        yield Link("words", True, {**told, "language": message.locale})
    yield from map(_lived, lived)


def _halts(code: str, channel: str, key: str) -> Iterator[Link]:
    """What holds its message back at present."""
    for each in halts.holding(channel, key):
        told = {"name": each.name, "at": each.halted_at, "cause": each.cause}
        yield Link(code, True, told)


def _consent(client: Client, made_at: datetime.datetime | None) -> Link:
    """What the client had said of marketing when the message was made (DOMAIN §6)."""
    later = hindsight.since(client, made_at) if made_at else []
    consent = hindsight.consent(client, later)
    said = {None: "never_asked", True: "consent", False: "refused"}[consent]
    return Link(
        said, True, {"on": client.consent_on if consent == client.marketing_consent else None}
    )


def _lived(line: LifeLine) -> Link:
    told = {"at": line.at, "state": line.state, "reason": line.reason}
    answer = " ".join(str(line.facts[name]) for name in ("code", "ref") if name in line.facts)
    return Link("answered" if answer else "became", True, {**told, "answer": answer})


# --------------------------------------------------------------------------------- what is to come


def _next(
    walker: Walker, policy: Policy, planned: Planned, day: datetime.date
) -> tuple[Due, PolicyFacts]:
    known = _known(policy.client)
    own = next(each for each in known.policies if each.id == policy.id)
    due, _ = next(iter(timeline.named(planned, walker.calendar, known, own, day, day)))
    return due, own


def _supposed(due: Due, own: PolicyFacts) -> facts.Facts:
    return facts.supposed(own.id, due.key, due.anchor_on, due.due_on)


def _booked(found: facts.Facts, planned: Planned) -> list[datetime.date]:
    if planned.message_class != "marketing":
        return []
    since = found.due_on.replace(day=1)
    return making.marketing_days([found.client_id], since).get(found.client_id, [])


def _expected(walker: Walker, planned: Planned, due: Due, own: PolicyFacts) -> Verdict:
    """What the walk of that day would say with what is known today."""
    found = _supposed(due, own)
    booked = _booked(found, planned)
    return permission.at_making(found, planned, walker.rules, due.due_on, booked)


def _of_the_verdict(
    walker: Walker, planned: Planned, due: Due, own: PolicyFacts, verdict: Verdict
) -> Iterator[Link]:
    found = _supposed(due, own)
    if planned.message_class == "marketing":
        booked = sorted(_booked(found, planned))
        rules = walker.rules
        caps = {"per_day": rules.marketing_per_day, "per_month": rules.marketing_per_month}
        yield Link("caps", True, {**caps, "booked": booked})
    if verdict.state != "queued":
        barred = _barred(found, verdict)
        yield barred or Link("would_not", True, {"reason": verdict.reason.value})
        return
    provider = walker.routes.of(verdict.channel, verdict.address)
    template = planned.template_of(due.step)
    yield Link(
        "would_say", True, {"template": template, "channel": verdict.channel, "provider": provider}
    )
    window = permission.send_window(planned.send_window)
    told = {"from": verdict.send_from, "until": verdict.send_until}
    opens = {"opens": f"{window.opens:%H:%M}", "closes": f"{window.closes:%H:%M}"}
    zone = found.timezone or walker.rules.timezone
    yield Link("would_leave", True, {**told, **opens, "zone": zone})
    yield from _halts("is_halted", verdict.channel, planned.id)


def _barred(found: facts.Facts, verdict: Verdict) -> Link | None:
    """Since when, and where we know it from, that this address may not be written to."""
    subjects = [("sms", found.phone), ("email", found.email), ("marketing", found.client_no)]
    for kind, subject in subjects:
        row = Barred.get_or_none((Barred.kind == kind) & (Barred.subject == subject))
        if (
            subject
            and row is not None
            and verdict.reason.value in ("opted_out", "address_wrong", "marketing_opted_out")
        ):
            told = {"since": row.since, "source": row.source}
            return Link("barred", True, {"reason": verdict.reason.value, **told})
    return None
