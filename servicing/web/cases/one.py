"""One case as its page shows it: the line of its steps, its clocks, what may be done, what was done."""

import datetime
import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from flask_login import current_user
from werkzeug.datastructures import MultiDict

from policies import case_moves, dates
from policies.case_kind import WORDS, Category, Kind, Step
from policies.case_moves import Standing, Who
from policies.clock import Counted, Extension
from policies.ordering import by_name
from policies.plan import text
from servicing.cases import opening, person, queries, receiving, shelf, telling
from servicing.cases.queries import ClockLine, WholeEntry
from servicing.cases.receiving import Colleague
from servicing.cases.shelf import ShelfLine
from servicing.core import i18n, visibility
from servicing.core.case_models import Case
from servicing.web.cases import names
from servicing.web.current import me, today, workspace
from servicing.web.rendering import locale, word

OTHERS = 8
"""Other cases of the client that a case shows."""

Rank = Literal["onward", "entry", "end"]
"""What leads on towards the end of the case, what stays where it is, what ends it otherwise."""


@dataclass(frozen=True)
class Stage:
    """A state on the way of a case."""

    title: str
    on: datetime.date | None
    """Since when; None: it is still to come."""
    stands: Literal["done", "now", "ahead"]


@dataclass(frozen=True)
class Facet:
    """Categories that exclude each other: id and title of each."""

    name: str
    title: str
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class Action:
    """A step that the reader may do now, and what it needs."""

    step: str
    title: str
    rank: Rank
    words: str
    """What its words are, as a key; empty: it needs none."""
    proposed: str
    """Words that stand there already: those of whoever has come, where it becomes another kind."""
    reasons: Sequence[tuple[str, str]]
    wants_date: bool
    earliest: datetime.date | None
    """The first day that may be set; None: any."""
    wants_owner: bool
    wants_approver: bool
    people: Sequence[Colleague]
    """To whom the case can go, or who can approve, by name."""
    may_name: bool
    """Whether it may say whom the case is about."""
    facets: Sequence[Facet]
    is_typed: bool
    """It was sent and refused: it stays open with what was typed."""


@dataclass(frozen=True)
class Entry:
    """What was done, as a sentence."""

    on: datetime.date
    title: str
    by: str
    text: str
    details: Sequence[str]


@dataclass(frozen=True)
class RunningClock:
    """Until when something has to have happened, and how that was counted."""

    title: str
    line: ClockLine
    how: str
    """Empty: it has no rule, or one that has another length by now."""
    left_out: str
    made_up: str


@dataclass(frozen=True)
class Told:
    """All that the page of a case shows."""

    case: Case
    kind: str
    state: str
    left: str
    haste: str
    facts: Sequence[tuple[str, str]]
    is_major: bool
    is_client_known: bool
    """Whether the reader may open the client's card."""
    stages: Sequence[Stage]
    clocks: Sequence[RunningClock]
    actions: Sequence[Action]
    missing: Sequence[str]
    entries: Sequence[Entry]
    may_read_restricted: bool
    restricted: Sequence[Entry]
    caused: Sequence[ShelfLine]
    """What has come of it."""
    others: Sequence[ShelfLine]
    typed: MultiDict[str, str]

    def of_rank(self, *ranks: Rank) -> list[Action]:
        """The actions of some ranks."""
        return [each for each in self.actions if each.rank in ranks]


def told(case: Case, *, is_restricted: bool, typed: MultiDict[str, str]) -> Told:
    """The case for its reader; `is_restricted`: with the entries of the restricted trail, if they may."""
    kind, own = names.kind_of(case.kind), current_user.desks
    entries = queries.whole_entries(case.id)
    open_ones = [each for each in entries if not each.is_restricted]
    may_read = case.desk in own or me().role == "administrator"
    hidden = [each for each in entries if each.is_restricted and may_read and is_restricted]
    people = shelf.named({case.owner, *(each.done_by for each in entries)})
    standing, who = _standing(case, entries), Who(me().login, me().role, own)
    missing = case_moves.missing_to_settle(kind, standing) if kind else []
    client = case.client
    return Told(
        case=case,
        kind=names.kind_title(case.kind),
        state=names.state_title(case.kind, case.state),
        left=names.left(case.due_on, today()),
        haste=names.haste(case.due_on, today()),
        facts=list(_facts(case, kind, people)),
        is_major=opening.is_major(case),
        is_client_known=bool(client and visibility.known(me(), [client.client_no], today())),
        stages=list(_stages(case, kind, entries)),
        clocks=_clocks(case, kind, entries),
        actions=_actions(case, kind, standing, who, missing, typed, entries),
        missing=[names.step_title(kind, each) for each in missing] if kind else [],
        entries=[_entry(each, case, kind, people) for each in reversed(open_ones)],
        may_read_restricted=may_read and len(open_ones) < len(entries),
        restricted=[_entry(each, case, kind, people) for each in hidden],
        caused=shelf.caused(me(), case, OTHERS),
        others=person.beside(me(), case, OTHERS),
        typed=typed,
    )


def _standing(case: Case, entries: Iterable[WholeEntry]) -> Standing:
    """Where it stands, by entries that were read already."""
    done = frozenset(each.step for each in entries)
    categories = frozenset(case.categories.split())
    return Standing(case.state, case.received_on, case.moved_on, categories, done)


def _facts(case: Case, kind: Kind | None, people: dict[str, str]) -> Iterable[tuple[str, str]]:
    """What is known of it, each with its name; nothing where there is nothing."""
    about = f"{case.about.agent_no} {case.about.name}" if case.about else case.about_login
    source, channel = case.source, case.channel
    if kind:
        source = names.option_title(kind.source, source)
        channel = names.option_title(kind.channel, channel)
    owner = people.get(case.owner) or case.owner
    yield "received", str(case.received_on)
    yield "recorded", str(case.recorded_at.astimezone(workspace().zone).date())
    yield "ended", str(case.ended_on or "")
    yield "policy", case.policy.policy_no if case.policy else ""
    rescindable_from = workspace().ground.rescindable_from(case.policy)
    yield "suspended", str(case.policy.suspended_on or "") if case.policy else ""
    yield "rescindable", str(rescindable_from or "")
    yield "what", " · ".join(names.category_titles(case.kind, case.categories))
    yield "about", about
    yield "owner", owner or word("desk", case.desk)
    yield "source", source
    yield "channel", channel
    yield "persons", str(case.persons) if case.persons > 1 else ""
    yield "spokesmen", str(case.spokesmen) if case.persons > 1 else ""


# ---------------------------------------------------------------------------------------- its way


def _stages(case: Case, kind: Kind | None, entries: Sequence[WholeEntry]) -> Iterable[Stage]:
    """The states that it was in, the one in which it is, and those that are still to come."""
    moved = [
        (state, next(group).done_on)
        for state, group in itertools.groupby(entries, key=lambda each: each.to_state)
    ]
    for state, on in moved[:-1]:
        yield Stage(names.state_title(case.kind, state), on, "done")
    for state, on in moved[-1:]:
        yield Stage(names.state_title(case.kind, state), on, "now" if case.is_open else "done")
    if kind and case.is_open:
        for ahead in case_moves.way_ahead(kind, case.state):
            yield Stage(text(ahead.title, locale()), None, "ahead")


def _clocks(case: Case, kind: Kind | None, entries: Sequence[WholeEntry]) -> list[RunningClock]:
    return [_clock(line, case, kind, entries) for line in queries.clocks(case.id)]


def _clock(
    line: ClockLine, case: Case, kind: Kind | None, entries: Sequence[WholeEntry]
) -> RunningClock:
    of = next((each for each in kind.clock if each.id == line.clock), None) if kind else None
    if kind is None or of is None:
        return RunningClock(line.clock, line, "", "", "")
    granted = [
        Extension(each.length, each.done_on)
        for each in entries
        if each.length and (step := kind.step_of(each.step)) and _extends(step, of.id)
    ]
    product = case.policy.product if case.policy else ""
    categories = case.categories.split()
    found = workspace().ground.counted(of, categories, line.started_on, granted, product)
    title = text(of.title, locale())
    if not line.rule or found.due != line.due_on:  # it was counted by a rule that has changed since
        return RunningClock(title, line, "", "", "")
    left_out, made_up = _listed(found.off), _listed(found.made_up)
    return RunningClock(title, line, _how(found), left_out, made_up)


def _extends(step: Step, clock: str) -> bool:
    return step.extends is not None and step.extends.clock == clock


def _how(counted: Counted) -> str:
    length = word("clock", f"amount_{counted.unit}", count=counted.days)
    return word("clock", "counted", length=length, start=counted.start)


def _listed(days: Sequence[datetime.date]) -> str:
    """Days in words, each with why nobody works on it, if that is known."""
    calendar = workspace().calendar
    told = [
        " ".join(filter(None, [str(each), dates.holiday_name(calendar, each, locale())]))
        for each in days
    ]
    return i18n.listed(told, locale())


# --------------------------------------------------------------------------------- what may be done


def _actions(
    case: Case,
    kind: Kind | None,
    standing: Standing,
    who: Who,
    missing: Sequence[str],
    typed: MultiDict[str, str],
    entries: Sequence[WholeEntry],
) -> list[Action]:
    """What the reader may do now, as the machine says it."""
    if kind is None or not case.is_open:
        return []
    began = next((each.text for each in entries), "")
    found = case_moves.next_steps(kind, standing, who)
    return [
        Action(
            step=each.id,
            title=text(each.title, locale()),
            rank=_rank(kind, each, missing),
            words=next((need for need in each.needs if need in WORDS), ""),
            proposed=began if kind.turns(each) else "",
            reasons=[(code, names.reason(code)) for code in each.reasons],
            wants_date="date" in each.needs,
            earliest=today() if each.ahead else None,
            wants_owner="owner" in each.needs,
            wants_approver="approver" in each.needs,
            people=_people(kind, each, case, who.login),
            may_name=each.names,
            facets=facets(kind, case.categories.split(), kind.facets_of(each)),
            is_typed=typed.get("step") == each.id,
        )
        for each in found
    ]


def _people(kind: Kind, step: Step, case: Case, asks: str) -> list[Colleague]:
    """Whom the field of a step offers: whoever the step takes, and nobody else."""
    if "approver" in step.needs:
        found = receiving.offered(receiving.approvers(kind, step, case, asks, today()))
    elif "owner" in step.needs:
        found = receiving.offered(receiving.owners(kind, case, today()))
    else:
        return []
    return sorted(found, key=lambda each: (by_name(each.name), each.login))


def _rank(kind: Kind, step: Step, missing: Sequence[str]) -> Rank:
    if step.id in missing:
        return "onward"
    target = kind.state_of(step.to)
    if target is None:
        return "entry"
    is_aim = target.settled or not any(each.settled for each in kind.state)
    return "onward" if target.is_open or is_aim else "end"


def facets(kind: Kind, chosen: Sequence[str], offered: Collection[str]) -> list[Facet]:
    """The categories of some facets of a kind, in the order of its file."""
    by_facet: dict[str, list[Category]] = {}
    for each in kind.category:
        if each.facet in offered:
            by_facet.setdefault(each.facet, []).append(each)
    return [
        Facet(
            name,
            telling.facet(name, locale()),
            [(each.id, text(each.title, locale())) for each in options],
            next((each.id for each in options if each.id in chosen), ""),
        )
        for name, options in by_facet.items()
    ]


# ----------------------------------------------------------------------------------- what was done


def _entry(entry: WholeEntry, case: Case, kind: Kind | None, people: dict[str, str]) -> Entry:
    details = [
        names.reason(entry.reason, entry.step) if entry.reason else "",
        names.said("set_on", on=entry.set_on) if entry.set_on else "",
        names.said("with_person", name=entry.person) if entry.person else "",
        *names.category_titles(case.kind, entry.categories),
    ]
    return Entry(
        on=entry.done_on,
        title=names.step_title(kind, entry.step) if kind else entry.step,
        by=people.get(entry.done_by) or names.done_by(entry.done_by),
        text=entry.text,
        details=[each for each in details if each],
    )
