"""A complaint is opened from a client's card: similar ones are shown first, then what has to be said.

What stands on the card in somebody's words, a note or a client's reply, goes along; it stays there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from policies.case_kind import Kind
from policies.models import Agent, Client, Policy
from policies.notices import notice
from policies.ordering import by_name
from policies.plan import text
from servicing.cases import opening, person, shelf
from servicing.cases.opening import Request
from servicing.core import errors, visibility
from servicing.core.case_models import Case
from servicing.web import deeds, figures
from servicing.web.access import allow
from servicing.web.cases import names, one, typed_values
from servicing.web.cases.one import Facet
from servicing.web.cases.pages import LONGEST_NAME, LONGEST_TEXT, blueprint
from servicing.web.current import me, now, today, workspace
from servicing.web.rendering import locale, noticed

KIND = "complaint"

OTHERS = 8
"""Cases of the client that are shown before a new one is opened."""


@dataclass(frozen=True)
class Offered:
    """What there is to choose from."""

    facets: Sequence[Facet]
    sources: Sequence[tuple[str, str]]
    channels: Sequence[tuple[str, str]]
    policies: Sequence[Policy]
    agents: Sequence[Agent]
    """Whom it may be about; of a reader who is an agent nobody asks that."""
    repeat_days: int


@blueprint.get("/cases/complaint")
@allow("agent", "manager", "operations")
@figures.one_reading
def begin_unnamed() -> Any:
    """The form of a complaint to which nobody has put a name."""
    return _form(None, MultiDict())


@blueprint.post("/cases/complaint")
@allow("agent", "manager", "operations")
def register_unnamed() -> Any:
    """Open the complaint of somebody who is not known."""
    return _registered(None)


@blueprint.get("/clients/<client_no>/complaint")
@allow("agent", "manager", "operations")
@figures.one_reading
def begin(client_no: str) -> Any:
    """The form of a complaint, below what is open already."""
    return _form(visibility.client(me(), client_no, today()), MultiDict())


@blueprint.post("/clients/<client_no>/complaint/form")
@allow("agent", "manager", "operations")
def begin_with(client_no: str) -> Any:
    """The same form with words that stand elsewhere; nothing is written yet."""
    return _form(visibility.client(me(), client_no, today()), request.form)


@blueprint.post("/clients/<client_no>/complaint")
@allow("agent", "manager", "operations")
def register(client_no: str) -> Any:
    """Open the complaint of a client."""
    return _registered(visibility.client(me(), client_no, today()))


def _registered(client: Client | None) -> Any:
    """Opened by the same rules as the command; what is refused stays as it was typed."""
    try:
        made = opening.open_case(workspace().ground, _request(client), today(), now())
    except (errors.CaseRefused, errors.AgentNotFound, errors.PolicyNotFound) as error:
        kind = workspace().ground.kind(KIND)
        return _form(client, request.form, names.sentence(error, kind)), 400
    key = "registered" if made.due_on else "registered_without_due"
    flash(names.said(key, case=made.id, due=made.due_on), "success")
    if opening.is_major(made):
        flash(noticed(notice("case_is_major", count=made.persons)), "danger")
    return redirect(_onward(made, client), 303)


def _onward(made: Case, client: Client | None) -> str:
    """The case; where its reader may not see it, the client's card, or the list."""
    try:
        shelf.of_number(me(), made.id)
    except errors.CaseNotFound:
        return _back(client)
    if made.repeat_of:
        flash(noticed(notice("case_repeats", case_id=made.repeat_of)), "warning")
    return url_for("cases.case", case_id=made.id)


def _back(client: Client | None) -> str:
    if client is None:
        return url_for("cases.shelved")
    return url_for("cards.card", client_no=client.client_no)


def _form(client: Client | None, typed: MultiDict[str, str], problem: str = "") -> Any:
    kind = workspace().ground.kind(KIND)
    before = person.of_person(me(), client) if client else person.NOTHING
    deeds.seen([client.client_no] if client else [], "cases")
    return render_template(
        "complaint.html",
        client=client,
        back=_back(client),
        before=before,
        shown=before.seen[:OTHERS],
        is_open_already=before.is_open,
        offered=_offered(kind, client, typed),
        typed=typed,
        problem=problem,
        on=today(),
    )


def _offered(kind: Kind, client: Client | None, typed: MultiDict[str, str]) -> Offered:
    policies = _policies(client) if client else []
    agents = {each.agent.id: each.agent for each in policies if each.agent}
    asks_whom = me().role != "agent"
    return Offered(
        facets=one.facets(kind, typed.getlist("category"), kind.subjects),
        sources=[(each.id, text(each.title, locale())) for each in kind.source],
        channels=[(each.id, text(each.title, locale())) for each in kind.channel],
        policies=policies,
        agents=sorted(agents.values(), key=lambda each: by_name(each.name)) if asks_whom else [],
        repeat_days=kind.repeat_days,
    )


def _policies(client: Client) -> list[Policy]:
    """The client's policies that the reader may see, each with its agent."""
    query: Any = Policy.select(Policy, Agent).join(Agent).where(Policy.client == client)
    agent_id = visibility.reads_for(me(), workspace().settings.web.shared_clients)
    if agent_id is not None:
        query = query.where(Policy.agent == agent_id)
    return list(query.order_by(Policy.policy_no))


def _request(client: Client | None) -> Request:
    form = request.form
    return Request(
        kind=KIND,
        received_on=typed_values.day("received"),
        text=form.get("text", "").strip()[:LONGEST_TEXT],
        by=me().login,
        client_no=client.client_no if client else "",
        policy_no=_policy_no(client, form.get("policy", "")[:LONGEST_NAME]),
        source=form.get("source", "")[:LONGEST_NAME],
        channel=form.get("channel", "")[:LONGEST_NAME],
        categories=tuple(each[:LONGEST_NAME] for each in form.getlist("category") if each),
        began_with=form.get("began_with", "")[:LONGEST_NAME],
        about=_about(form.get("about", "").strip()[:LONGEST_NAME]),
        persons=typed_values.people("persons"),
        spokesmen=typed_values.people("spokesmen"),
        is_once=True,
    )


def _policy_no(client: Client | None, policy_no: str) -> str:
    """Raises `PolicyNotFound` for one that the form does not offer, whoever's it is."""
    offered = {each.policy_no for each in _policies(client)} if client else set()
    if policy_no and policy_no not in offered:
        raise errors.PolicyNotFound(policy_no)
    return policy_no


def _about(name: str) -> str:
    """Raises `AgentNotFound` for whom the reader cannot know of, as for somebody who is not there."""
    ids = visibility.agent_ids(me())
    if not name or ids is None:
        return name
    known = Agent.select(Agent.id).where((Agent.agent_no == name) & Agent.id.in_(ids))
    if me().role == "agent" or not known.exists():
        raise errors.AgentNotFound(name)
    return name
