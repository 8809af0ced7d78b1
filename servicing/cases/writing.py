"""How a case is written down: its categories, its line on the client's card."""

import datetime
import hashlib
from collections.abc import Sequence

from policies import persons
from policies.case_kind import ESCALATED, Kind
from servicing.core import errors, touched, trail
from servicing.core.case_models import Case, CaseEntry

CLOCK, ITSELF = "the clock", "by itself"
"""Who lets a case go up, where nobody does: no login has a blank."""


def sorted_anew(kind: Kind, was: Sequence[str], said: Sequence[str]) -> tuple[str, ...]:
    """The categories of a case: those that are said now come in place of others of their facet.

    Raises `CaseRefused` for one that the kind does not have, and for two of one facet.
    """
    by_facet = {of.facet: of.id for each in was if (of := kind.category_of(each))}
    found: dict[str, str] = {}
    for name in said:
        of = kind.category_of(name)
        if of is None:
            known = [each.id for each in kind.category]
            raise errors.CaseRefused("case_unknown_category", name=name, known=known)
        if of.facet in found and found[of.facet] != name:
            raise errors.CaseRefused("case_two_of_facet", one=found[of.facet], other=name)
        found[of.facet] = name
    return tuple(sorted({**by_facet, **found}.values()))


def went_up(
    case: Case,
    reason: str,
    to: str,
    on: datetime.date,
    now: datetime.datetime,
    due_on: datetime.date | None = None,
) -> None:
    """The entry of a case that went up, to a login or to nobody, and its line on the card.

    `due_on`: the day on which it was due then, where that is the reason.
    """
    CaseEntry.create(
        case=case,
        at=now,
        done_on=on,
        step=ESCALATED,
        from_state=case.state,
        to_state=case.state,
        done_by=CLOCK if due_on else ITSELF,
        reason=reason,
        set_on=due_on,
        person=to,
    )
    on_card(case, "noted", ESCALATED, "", now)


def on_card(case: Case, what: str, step: str, text: str, now: datetime.datetime) -> None:
    """A line on the client's card, which is sealed: that, and not what, was said.

    The card is read by the agent, whom the case may be about. So the words stand in the case alone;
    the line has their digest, and so the seal covers them.
    """
    if case.client_id is None:
        return
    facts = trail.facts(
        case=case.id,
        case_kind=case.kind,
        step=step,
        stands=case.state,
        words=hashlib.sha256(text.encode()).hexdigest() if text else "",
    )
    entry = trail.Entry(case.client_id, case.policy_id, None, f"case.{what}", facts)
    trail.write([entry], now)
    if case.is_quiet and what in ("opened", "ended"):
        touched.note_clients(persons.numbers([case.client_id]))
