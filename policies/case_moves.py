"""What may be done with a case, and where it stands then: a pure machine over the tables of its kind.

It reads nothing and writes nothing (domain.md §12.2). `servicing.cases` keeps what it answers.
"""

import datetime
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from policies.case_kind import CLOCK, PAYMENTS, SIGNALS, WORDS, Kind, State, Step

EVERYWHERE = "operator"
"""The role of whoever works at the machine itself: no step is closed to them, but for recusal."""


class Who(NamedTuple):
    """Somebody who acts."""

    login: str
    role: str
    desks: frozenset[str] = frozenset()
    is_recused: bool = False
    """The case is about them, or about one to whom they report."""
    room: str = ""
    """What records it for them, such as callbacks; empty: they act by hand."""


class Standing(NamedTuple):
    """Where a case stands."""

    state: str
    received_on: datetime.date
    last_on: datetime.date
    """The day of its last entry."""
    categories: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    """The steps that were done."""


class Given(NamedTuple):
    """What is given with a step."""

    text: str = ""
    reason: str = ""
    date: datetime.date | None = None
    person: str = ""
    """To whom it goes, who has approved it, or whom the case is about."""
    categories: tuple[str, ...] = ()
    """As which the case is judged."""


NOTHING_GIVEN = Given()


class Moved(NamedTuple):
    """The step may be done: what stands then."""

    step: Step
    from_state: str
    state: State


class Refusal(NamedTuple):
    """The step may not be done."""

    code: str
    values: dict[str, Any]


def refusal(code: str, **values: Any) -> Refusal:
    """The refusal of that code with these values."""
    return Refusal(code, values)


def move(
    kind: Kind,
    case: Standing,
    step: str,
    who: Who,
    on: datetime.date,
    given: Given = NOTHING_GIVEN,
) -> Moved | Refusal:
    """Do a step with a case on a day, or say why not.

    `step` is the step's id, or the state that exactly one step leads to from where the case stands.
    """
    if who.is_recused:
        return refusal("case_recused", login=who.login)
    now = kind.state_of(case.state)
    if now is None:
        return refusal("case_state_gone", at=case.state)
    if not now.is_open:
        return refusal("case_has_ended", at=now.id)
    found = meant(kind, now.id, step)
    if found is None:
        return refusal("case_no_step", step=step, known=[each.id for each in kind.step])
    for check in _CHECKS:
        if no := next(check(found, case, who, on, given), None):
            return no
    if no := next(_sorting(kind, found, given), None):
        return no
    return Moved(found, now.id, (kind.state_of(found.to) if found.to else now) or now)


def meant(kind: Kind, state: str, name: str) -> Step | None:
    """The step of that id; or the only one that leads to the state of that name."""
    if found := kind.step_of(name):
        return found
    leading = [each for each in kind.steps_from(state) if each.to == name]
    return leading[0] if len(leading) == 1 else None


def next_steps(kind: Kind, case: Standing, who: Who) -> list[Step]:
    """What somebody may do now, whatever has to be given with it."""
    if who.is_recused:
        return []
    checks = (_place, _person, _room, _history)
    possible = kind.steps_from(case.state)
    return [
        step
        for step in possible
        if not any(True for check in checks for _ in check(step, case, who, case.last_on, Given()))
    ]


def missing_to_settle(kind: Kind, case: Standing) -> list[str]:
    """The steps that are still missing before it can be settled from where it stands."""
    for step in kind.steps_from(case.state):
        target = kind.state_of(step.to)
        if target and target.settled:
            return [each for each in step.requires if each not in case.done]
    return []


def way_ahead(kind: Kind, state: str) -> list[State]:
    """The states that it still goes through to be settled, the shortest way; none where it has ended.

    Where its kind settles nothing, that is the way to the first of its ends that it can come to.
    """
    ways: dict[str, list[str]] = {state: []}
    to_go = [state]
    for at in to_go:  # which grows: the nearest states come first
        for step in kind.steps_from(at):
            if step.to and step.to not in ways:
                ways[step.to] = [*ways[at], step.to]
                to_go.append(step.to)
    ends = [each for each in kind.state if not each.is_open and each.id in ways]
    settled = [each for each in ends if each.settled] or ends
    named = ways[settled[0].id] if settled else []
    return [each for name in named if (each := kind.state_of(name))]


def may_open(kind: Kind, who: Who) -> bool:
    """Whether somebody opens a case of a kind by hand, as its form offers and `cases open` takes it."""
    return who.role == EVERYWHERE or bool({who.role, *who.desks} & set(kind.openers))


Check = Callable[[Step, Standing, Who, datetime.date, Given], Iterator[Refusal]]


def _place(
    step: Step, case: Standing, who: Who, on: datetime.date, given: Given
) -> Iterator[Refusal]:
    if case.state not in step.from_states:
        states = list(step.from_states)
        yield refusal("case_step_not_now", step=step.id, at=case.state, states=states)


def _person(
    step: Step, case: Standing, who: Who, on: datetime.date, given: Given
) -> Iterator[Refusal]:
    if who.role != EVERYWHERE and not {who.role, *who.desks} & set(step.by):
        yield refusal("case_step_not_theirs", step=step.id, login=who.login, by=list(step.by))


def _room(
    step: Step, case: Standing, who: Who, on: datetime.date, given: Given
) -> Iterator[Refusal]:
    if step.room == CLOCK != who.room:
        yield refusal("case_step_of_clock", step=step.id)
    elif step.room == SIGNALS != who.room:
        yield refusal("case_step_of_signals", step=step.id)
    elif step.room == PAYMENTS != who.room:
        yield refusal("case_step_of_payments", step=step.id)
    elif step.room not in ("", who.room):
        yield refusal("case_step_of_room", step=step.id, room=step.room)


def _day(
    step: Step, case: Standing, who: Who, on: datetime.date, given: Given
) -> Iterator[Refusal]:
    if on < case.received_on:
        yield refusal("case_before_receipt", on=on, received=case.received_on)
    elif on < case.last_on:
        yield refusal("case_before_last", on=on, last=case.last_on)


def _history(
    step: Step, case: Standing, who: Who, on: datetime.date, given: Given
) -> Iterator[Refusal]:
    if step.once and step.id in case.done:
        yield refusal("case_step_once", step=step.id)
    if barred := [each for each in step.unless if each in case.done]:
        yield refusal("case_step_barred", step=step.id, done=barred)
    if missing := [each for each in step.requires if each not in case.done]:
        yield refusal("case_step_requires", step=step.id, missing=missing)
    if step.extends and not _is_among(step.extends.category, case.categories):
        yield refusal("case_not_of_category", step=step.id, category=step.extends.category)


def _is_among(category: str, categories: Collection[str]) -> bool:
    return not category or category in categories


def _words(
    step: Step, case: Standing, who: Who, on: datetime.date, given: Given
) -> Iterator[Refusal]:
    if WORDS & set(step.needs) and not given.text.strip():
        yield refusal("case_needs_text", step=step.id)
    if step.reasons and given.reason not in step.reasons:
        reasons = list(step.reasons)
        yield refusal("case_needs_reason", step=step.id, reason=given.reason, reasons=reasons)
    if given.reason and not step.reasons:
        yield refusal("case_takes_no_reason", step=step.id)


def _values(
    step: Step, case: Standing, who: Who, on: datetime.date, given: Given
) -> Iterator[Refusal]:
    if "date" in step.needs and given.date is None:
        yield refusal("case_needs_date", step=step.id)
    if "owner" in step.needs and not given.person:
        yield refusal("case_needs_owner", step=step.id)
    if given.categories and not step.sorts:
        yield refusal("case_does_not_sort", step=step.id)
    yield from _approval(step, who, given)


def _sorting(kind: Kind, step: Step, given: Given) -> Iterator[Refusal]:
    """A step says the categories of its own facets; what is none at all is refused with its name."""
    facets = kind.facets_of(step)
    for each in given.categories:
        of = kind.category_of(each)
        if of is not None and of.facet not in facets:
            yield refusal("case_sorts_other", step=step.id, category=each, facets=facets)


def _approval(step: Step, who: Who, given: Given) -> Iterator[Refusal]:
    """Somebody else approves."""
    if "approver" not in step.needs:
        return
    if not given.person:
        yield refusal("case_needs_approver", step=step.id)
    elif given.person == who.login:
        yield refusal("case_approves_oneself", login=who.login)


_CHECKS: tuple[Check, ...] = (_place, _person, _room, _day, _history, _words, _values)
"""What is asked of a step, in this order."""
