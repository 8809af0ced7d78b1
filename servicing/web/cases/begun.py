"""A case is opened by hand, such as a complaint: similar ones are shown first, then what has to be said.

Which kinds somebody may open, and what a form asks for, stands in the files of the kinds. What stands on
a card in somebody's words, a note or a client's reply, goes along; it stays there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from policies import case_moves
from policies.case_kind import Kind
from policies.case_moves import Who
from policies.models import Agent, Client, Policy
from policies.notices import notice
from policies.ordering import by_name
from policies.plan import Texts, text
from servicing.cases import opening, person, shelf
from servicing.cases.opening import Request
from servicing.cases.person import OfPerson
from servicing.cases.shelf import ShelfLine
from servicing.core import accounts, errors, visibility
from servicing.core.case_models import Case
from servicing.web import deeds, figures
from servicing.web.access import allow
from servicing.web.cases import names, one, typed_values
from servicing.web.cases.one import Facet
from servicing.web.cases.pages import LONGEST_NAME, LONGEST_TEXT, blueprint
from servicing.web.current import me, now, today, workspace
from servicing.web.rendering import locale, noticed

OTHERS = 8
"""Cases of the client that are shown before a new one is opened."""

USUAL_SOURCE = "client"
"""Who says it where nobody says who, of a kind that knows this source."""

COMPLAINT = {"kind": "complaint"}
"""What an address without a kind is about."""


@dataclass(frozen=True)
class Opening:
    """A kind that the reader may open a case of."""

    kind: str
    title: str
    register: str
    """What the button says that leads to its form."""
    is_brought: bool
    """Whether somebody's words may begin it, wherever they stand."""
    needs_client: bool
    is_quiet: bool


@dataclass(frozen=True)
class Offered:
    """What there is to choose from."""

    facets: Sequence[Facet]
    sources: Sequence[tuple[str, str]]
    channels: Sequence[tuple[str, str]]
    policies: Sequence[Policy]
    needs_policy: bool
    asks_whom: bool
    """Whether it asks whom the case is about."""
    finds_whom: bool
    """Whether the desk finds out whom: of a reader who is an agent nobody asks that."""
    agents: Sequence[Agent]
    """Whom it may be about."""
    asks_how_many: bool
    others: Sequence[Opening]
    """As what else it may be registered."""


# --------------------------------------------------------------------- what the reader may open


@blueprint.app_context_processor
def _everywhere() -> dict[str, Any]:
    """A card, a day and a list lead to the forms, too."""
    return {"cases_to_open": to_open}


def to_open(*, named: bool) -> list[Opening]:
    """The kinds that the reader may open a case of; `named`: of a client, else of nobody."""
    found = [_opening(each) for each in names.kinds() if _is_theirs(each)]
    return [each for each in found if named or not each.needs_client]


def _is_theirs(kind: Kind) -> bool:
    return case_moves.may_open(kind, Who(me().login, me().role, current_user.desks))


def _opening(kind: Kind) -> Opening:
    title = text(kind.title, locale())
    return Opening(
        kind=kind.id,
        title=title,
        register=_said(kind.register) or names.said("register", kind=title),
        is_brought=kind.brought,
        needs_client="required" in (kind.client, kind.policy),
        is_quiet=kind.quiet,
    )


def _said(texts: Texts) -> str:
    return text(texts, locale()) if texts else ""


def _kind(name: str, client: Client | None) -> Kind:
    """The kind of that name; a page that is not there for one that the reader does not open (404)."""
    named = client is not None
    if name not in {each.kind for each in to_open(named=named)}:
        abort(404)
    return workspace().ground.kind(name)


# ------------------------------------------------------------------------------------ its pages


@blueprint.get("/cases/complaint", defaults=COMPLAINT)
@blueprint.get("/cases/new/<kind>")
@allow(*accounts.ROLES)
@figures.one_reading
def begin_unnamed(kind: str) -> Any:
    """The form of a case to which nobody has put a client's name."""
    return _form(_kind(kind, None), None, MultiDict())


@blueprint.post("/cases/new/<kind>/form")
@allow(*accounts.ROLES)
def begin_unnamed_with(kind: str) -> Any:
    """The same form with what was typed into another one; nothing is written yet."""
    return _form(_kind(kind, None), None, request.form)


@blueprint.post("/cases/complaint", defaults=COMPLAINT)
@blueprint.post("/cases/new/<kind>")
@allow(*accounts.ROLES)
def register_unnamed(kind: str) -> Any:
    """Open the case of somebody who is not known."""
    return _registered(_kind(kind, None), None)


@blueprint.get("/clients/<client_no>/complaint", defaults=COMPLAINT)
@blueprint.get("/clients/<client_no>/cases/<kind>")
@allow(*accounts.ROLES)
@figures.one_reading
def begin(client_no: str, kind: str) -> Any:
    """The form of a case, below what is open already."""
    client = visibility.client(me(), client_no, today())
    return _form(_kind(kind, client), client, MultiDict())


@blueprint.post("/clients/<client_no>/complaint/form", defaults=COMPLAINT)
@blueprint.post("/clients/<client_no>/cases/<kind>/form")
@allow(*accounts.ROLES)
def begin_with(client_no: str, kind: str) -> Any:
    """The same form with words that stand elsewhere; nothing is written yet."""
    client = visibility.client(me(), client_no, today())
    return _form(_kind(kind, client), client, request.form)


@blueprint.post("/clients/<client_no>/complaint", defaults=COMPLAINT)
@blueprint.post("/clients/<client_no>/cases/<kind>")
@allow(*accounts.ROLES)
def register(client_no: str, kind: str) -> Any:
    """Open the case of a client."""
    client = visibility.client(me(), client_no, today())
    return _registered(_kind(kind, client), client)


def _registered(kind: Kind, client: Client | None) -> Any:
    """Opened by the same rules as the command; what is refused stays as it was typed."""
    try:
        made = opening.open_case(workspace().ground, _request(kind, client), today(), now())
    except (errors.CaseRefused, errors.AgentNotFound, errors.PolicyNotFound) as error:
        return _form(kind, client, request.form, names.sentence(error, kind)), 400
    key = "registered" if made.due_on else "registered_without_due"
    title, desk = text(kind.title, locale()), names.desk_or_role(kind.desk)
    flash(names.said(key, kind=title, case=made.id, due=made.due_on, desk=desk), "success")
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


def _form(kind: Kind, client: Client | None, typed: MultiDict[str, str], problem: str = "") -> Any:
    before = person.of_person(me(), client) if client else person.NOTHING
    deeds.seen([client.client_no] if client else [], "cases")
    title = text(kind.title, locale())
    return render_template(
        "case_form.html",
        client=client,
        kind=_opening(kind),
        asks=_said(kind.asks) or names.said("asks", kind=title),
        desk=names.desk_or_role(kind.desk),
        repeat_days=kind.repeat_days,
        back=_back(client),
        before=before,
        shown=_alike_first(kind, before)[:OTHERS],
        is_open_already=before.is_open,
        offered=_offered(kind, client, typed),
        typed=typed,
        usual_source=USUAL_SOURCE,
        problem=problem,
        on=today(),
    )


def _alike_first(kind: Kind, before: OfPerson) -> list[ShelfLine]:
    """The open ones of the same kind, which it may belong to, before the others."""
    return sorted(before.seen, key=lambda each: not (each.is_open and each.kind == kind.id))


def _offered(kind: Kind, client: Client | None, typed: MultiDict[str, str]) -> Offered:
    policies = _policies(client) if client else []
    agents = {each.agent.id: each.agent for each in policies if each.agent}
    named = client is not None
    return Offered(
        facets=one.facets(kind, typed.getlist("category"), kind.subjects),
        sources=[(each.id, text(each.title, locale())) for each in kind.source],
        channels=[(each.id, text(each.title, locale())) for each in kind.channel],
        policies=policies,
        needs_policy=kind.policy == "required",
        asks_whom=kind.concerns_staff and me().role != "agent",
        finds_whom=kind.concerns_staff and me().role == "agent",
        agents=sorted(agents.values(), key=lambda each: by_name(each.name)),
        asks_how_many=kind.brought,
        others=[each for each in to_open(named=named) if each.kind != kind.id],
    )


def _policies(client: Client) -> list[Policy]:
    """The client's policies that the reader may see, each with its agent."""
    query: Any = Policy.select(Policy, Agent).join(Agent).where(Policy.client == client)
    agent_id = visibility.reads_for(me(), workspace().settings.web.shared_clients)
    if agent_id is not None:
        query = query.where(Policy.agent == agent_id)
    return list(query.order_by(Policy.policy_no))


def _request(kind: Kind, client: Client | None) -> Request:
    form = request.form
    return Request(
        kind=kind.id,
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
        by_hand=True,
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
