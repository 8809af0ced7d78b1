"""A manager hands ticked policies over, as tasks with a word or to another agent; each has a preview."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from policies import database
from servicing.core import errors
from servicing.month import asking, queries
from servicing.month.asking import Word
from servicing.month.queries import PolicyOfUnit
from servicing.reassignment import reassigning, succession
from servicing.reassignment.reassigning import Order
from servicing.reassignment.succession import Proposal, Request, Share
from servicing.web import deeds, figures, months, refusal
from servicing.web.access import allow, impatiently
from servicing.web.current import me, now, today
from servicing.web.figures import ManagedPart
from servicing.web.rendering import word

blueprint = Blueprint("handing", __name__, url_prefix="/month")

MOST = 200
"""Policies that are handed over at a time."""
LONGEST_WHY = 500


@blueprint.get("/hand")
@allow("manager")
def preview() -> Any:
    """What is about to be handed over: to whom, how many, in which words."""
    part = figures.part()
    policies = _ticked(part)
    if not policies:
        return _nothing_ticked()
    if _without_agent(policies):
        return _nobody_to_do_it(policies)
    deeds.seen((each.client_no for each in policies), "figures", **figures.asked_for(part))
    return render_template(
        "month_hand.html",
        part=part,
        name=months.unit_name(part),
        by_agent=_by_agent([each for each in policies if not each.asked]),
        already=[each for each in policies if each.asked],
        policies=policies,
        press=secrets.token_urlsafe(12),
        longest=asking.LONGEST_WORD,
        arguments=figures.arguments,
    )


@blueprint.post("/hand")
@allow("manager")
@impatiently()
def hand_over() -> Any:
    """A task for each policy; pressed twice, it is done once."""
    part = figures.part()
    policies = _ticked(part)
    if not policies:
        return _nothing_ticked()
    if _without_agent(policies):
        return _nobody_to_do_it(policies)
    with database.snapshot():
        todo = months.of(part).found.todo
    word_of = Word(
        policies=policies,
        until={each.policy_id: each.until for each in todo.in_grace},
        text=request.form.get("word", "").strip()[: asking.LONGEST_WORD],
        by=me().login,
        press=request.form.get("press", "")[:64],
    )
    done = asking.hand_over(word_of, today(), now())
    if done.tasks:
        flash(word("month", "handed_over", count=done.tasks), "success")
    if done.open_already:
        flash(word("month", "open_already", count=done.open_already), "warning")
    return redirect(url_for("month.handed", **figures.arguments()), 303)


# ------------------------------------------------------------------------------------- reassigning


@dataclass(frozen=True)
class _Move:
    """What goes from one agent to another."""

    giver: str
    share: Share


@blueprint.get("/reassign")
@allow("manager")
def choose() -> Any:
    """To whom the ticked policies are to go, and what would move with them."""
    part = figures.part()
    policies = _ticked(part)
    if not policies:
        return _nothing_ticked()
    deeds.seen((each.client_no for each in policies), "figures", **figures.asked_for(part))
    to_no, moves, shown, problem = request.args.get("to", ""), [], "", ""
    if to_no:
        try:
            proposals = _proposals(policies, _taker(part, to_no))
            moves, shown = list(_moves(proposals)), _mark(proposals)
        except errors.BadReassignment as error:
            problem = refusal.sentence(error)
    return render_template(
        "month_reassign.html",
        part=part,
        name=months.unit_name(part),
        by_agent=_by_agent(policies),
        policies=policies,
        takers=_unit(part),
        to=to_no,
        moves=moves,
        shown=shown,
        problem=problem,
        longest=LONGEST_WHY,
        arguments=figures.arguments,
    )


@blueprint.post("/reassign")
@allow("manager")
@impatiently()
def reassign() -> Any:
    """The clients of the ticked policies go to another agent of the unit, by the rules of `handover`."""
    part = figures.part()
    policies = _ticked(part)
    why = request.form.get("why", "").strip()[:LONGEST_WHY]
    if not policies:
        return _nothing_ticked()
    if not why:
        flash(word("month", "why_needed"), "danger")
        return redirect(_back_to_choice(policies), 303)
    to_no = _taker(part, request.form.get("to", ""))
    moved = 0
    try:
        with database.explained(), database.exclusive("book"):
            if request.form.get("shown", "") != _mark(_proposals(policies, to_no)):
                flash(word("cockpit", "changed_meanwhile"), "warning")
                return redirect(_back_to_choice(policies, to=to_no), 303)
            for each in _requests(policies, to_no):
                order = Order(each, why, me().login, today(), now())
                moved += len(reassigning.decide(order).taken)
    except errors.BadReassignment as error:
        flash(refusal.sentence(error), "danger")
        return redirect(_back_to_choice(policies), 303)
    months.kept().forget()
    flash(word("month", "reassigned", count=moved, to=to_no), "success")
    return redirect(url_for("month.month", **figures.arguments()), 303)


def _taker(part: ManagedPart, agent_no: str) -> str:
    """The agent who takes over; one of another unit is not there."""
    if all(each.agent_no != agent_no for each in _unit(part)):
        raise errors.AgentNotFound(agent_no)
    return agent_no


def _unit(part: ManagedPart) -> Sequence[Any]:
    """The agents of the whole unit of the reader, whatever part of it is looked at."""
    return list(part.force.limited(part.selection.part))


Proposals = Sequence[tuple[Request, Proposal]]


def _proposals(policies: Sequence[PolicyOfUnit], to_no: str) -> Proposals:
    return [(each, succession.preview(each, today())) for each in _requests(policies, to_no)]


def _moves(proposals: Proposals) -> Iterator[_Move]:
    for asked, proposal in proposals:
        for share in proposal.shares:
            yield _Move(asked.from_no or "", share)


def _mark(proposals: Proposals) -> str:
    """What all of them would do: see `Proposal.mark`."""
    return Proposal([moved for _, each in proposals for moved in each.taken]).mark


def _requests(policies: Sequence[PolicyOfUnit], to_no: str) -> Iterator[Request]:
    """One for each agent who gives clients away; with a client go all policies served by that agent."""
    for _, theirs in _by_agent(policies):
        agent_no = theirs[0].agent_no
        if agent_no != to_no:
            clients = tuple(dict.fromkeys(each.client_no for each in theirs))
            yield Request(from_no=agent_no, client_nos=clients, to_no=to_no)


def _back_to_choice(policies: Sequence[PolicyOfUnit], to: str | None = None) -> str:
    chosen = [each.policy_no for each in policies]
    return url_for("handing.choose", policy=chosen, to=to, **figures.arguments())


# ---------------------------------------------------------------------------------- what is ticked


def _ticked(part: ManagedPart) -> list[PolicyOfUnit]:
    """The policies that the request names; one that nobody of the unit serves is not there."""
    given = request.args.getlist("policy") or request.form.getlist("policy")
    numbers = list(dict.fromkeys(given))
    if len(numbers) > MOST:
        abort(400)
    found = {each.policy_no: each for each in queries.policies("policy_no", numbers)}
    unit = {each.id for each in part.agents}
    if len(found) < len(numbers) or any(each.agent_id not in unit for each in found.values()):
        abort(404)
    return [found[each] for each in numbers]


def _nothing_ticked() -> Any:
    flash(word("month", "nothing_ticked"), "danger")
    return redirect(url_for("month.grace", **figures.arguments()), 303)


def _without_agent(policies: Sequence[PolicyOfUnit]) -> bool:
    """Whether the agent of one of them has left: a task would stand in nobody's day."""
    return any(each.left_on and each.left_on <= today() for each in policies)


def _nobody_to_do_it(policies: Sequence[PolicyOfUnit]) -> Any:
    flash(word("month", "agent_has_left"), "danger")
    return redirect(_back_to_choice(policies), 303)


def _by_agent(policies: Sequence[PolicyOfUnit]) -> list[tuple[str, list[PolicyOfUnit]]]:
    """The policies by who serves them, in the order in which they were ticked."""
    found: dict[str, list[PolicyOfUnit]] = {}
    for each in policies:
        found.setdefault(f"{each.agent_no} {each.agent_name}".strip(), []).append(each)
    return list(found.items())
