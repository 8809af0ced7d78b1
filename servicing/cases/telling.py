"""A case as it is shown: its clocks and entries, what may be done next, what is missing to close it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from policies import case_moves
from policies.case_kind import ESCALATED, Kind, Option
from policies.case_moves import EVERYWHERE, Who
from policies.plan import text
from servicing.cases import opening, queries, stepping
from servicing.cases.ground import Ground
from servicing.cases.queries import ClockLine, EntryLine
from servicing.core import i18n
from servicing.core.case_models import Case

OPERATOR = Who("", EVERYWHERE)
"""Whoever works at the machine itself."""


BY_ITSELF = {
    "the book": "by_book",
    "the client": "by_client",
    "the clock": "by_clock",
    "by itself": "by_itself",
}
"""As the rooms of call-backs and cases sign what they write, each with its word: no login has a blank."""


def done_by(login: str, locale: str) -> str:
    """Who did something that nobody with an account has done: the book, the client, the clock."""
    return i18n.say("case_page", BY_ITSELF[login], locale) if login in BY_ITSELF else login


def option_title(options: Iterable[Option], name: str, locale: str) -> str:
    """What a source or a channel is called; one that its kind does not list stands for itself."""
    found = next((each for each in options if each.id == name), None)
    return text(found.title, locale) if found else name


def reason(code: str, step: str, locale: str) -> str:
    """Why a step was taken; a reason of a company's own file stands for itself."""
    return i18n.say("escalation" if step == ESCALATED else "case_reason", code, locale)


def stands(kind: Kind, state: str, locale: str) -> str:
    """Where a case stands, in words; a state that its kind does not have any more keeps its id."""
    found = kind.state_of(state)
    return text(found.title, locale) if found else state


@dataclass(frozen=True)
class NextStep:
    """What may be done now."""

    step: str
    to: str
    """Empty: an entry, the case stays where it is."""
    needs: list[str]
    reasons: list[str]


@dataclass(frozen=True)
class CaseFile:
    """All of a case."""

    case: int
    kind: str
    state: str
    is_open: bool
    due: datetime.date | None
    received_on: datetime.date
    recorded_at: datetime.datetime
    ended_on: datetime.date | None
    client_no: str | None
    policy_no: str | None
    source: str
    channel: str
    categories: list[str]
    about: str
    owner: str
    persons: int
    spokesmen: int
    is_major: bool
    repeat_of: int | None
    caused_by: int | None
    escalation: str
    escalated_to: str
    moves: int
    clocks: list[ClockLine]
    entries: list[EntryLine]
    next: list[NextStep]
    missing: list[str]
    """Steps that are still to be done before it can be settled from where it stands."""
    suspended_on: datetime.date | None
    """Since when its policy is suspended, where that is known."""
    rescindable_from: datetime.date | None
    """From when the company may rescind that policy (`policies.suspension`)."""


@dataclass(frozen=True)
class Said:
    """What was done in a case, as its client may be told."""

    on: datetime.date
    step: str
    state: str
    by: str
    text: str
    reason: str
    set_on: datetime.date | None


@dataclass(frozen=True)
class Evidence:
    """A case as evidence has it: not whom it is about, and nothing that is restricted."""

    case: int
    kind: str
    state: str
    policy_no: str | None
    received_on: datetime.date
    ended_on: datetime.date | None
    channel: str
    categories: list[str]
    clocks: list[ClockLine]
    entries: list[Said]


def of_client(client_id: int) -> list[Evidence]:
    """The cases of a client, in the order in which they were recorded."""
    return [
        Evidence(
            case=case.id,
            kind=case.kind,
            state=case.state,
            policy_no=case.policy.policy_no if case.policy else None,
            received_on=case.received_on,
            ended_on=case.ended_on,
            channel=case.channel,
            categories=case.categories.split(),
            clocks=queries.clocks(case.id),
            entries=[
                Said(
                    each.done_on,
                    each.step,
                    each.to_state,
                    each.done_by,
                    each.text,
                    each.reason,
                    each.set_on,
                )
                for each in queries.entries(case.id, restricted=False)
            ],
        )
        for case in Case.select().where(Case.client == client_id).order_by(Case.id)
    ]


def of_number(
    ground: Ground, case_id: int, who: Who = OPERATOR, *, restricted: bool = False
) -> CaseFile:
    """A case by its number; with `restricted`, the entries of the restricted trail alone.

    Raises `CaseNotFound`.
    """
    case = stepping.of_number(case_id)
    kind, standing = ground.kind(case.kind), stepping.standing(case)
    about = case.about.agent_no if case.about else case.about_login
    return CaseFile(
        case=case.id,
        kind=case.kind,
        state=case.state,
        is_open=case.is_open,
        due=case.due_on,
        received_on=case.received_on,
        recorded_at=case.recorded_at,
        ended_on=case.ended_on,
        client_no=case.client.client_no if case.client else None,
        policy_no=case.policy.policy_no if case.policy else None,
        source=case.source,
        channel=case.channel,
        categories=case.categories.split(),
        about=about,
        owner=case.owner or case.desk,
        persons=case.persons,
        spokesmen=case.spokesmen,
        is_major=opening.is_major(case),
        repeat_of=case.repeat_of,
        caused_by=case.caused_by,
        escalation=case.escalation,
        escalated_to=case.escalated_to,
        moves=case.moves,
        clocks=queries.clocks(case.id),
        entries=queries.entries(case.id, restricted=restricted),
        next=_next(kind, case, standing, who),
        missing=case_moves.missing_to_settle(kind, standing),
        suspended_on=case.policy.suspended_on if case.policy else None,
        rescindable_from=ground.rescindable_from(case.policy),
    )


def _next(kind: Kind, case: Case, standing: case_moves.Standing, who: Who) -> list[NextStep]:
    steps = case_moves.next_steps(kind, standing, who) if case.is_open else []
    return [
        NextStep(each.id, each.to, [str(need) for need in each.needs], list(each.reasons))
        for each in steps
    ]


def facet(name: str, locale: str) -> str:
    """What a facet of categories is called; one of a company's own kind stands for itself."""
    return i18n.known("case_page", f"facet_{name}", locale) or name
