"""People to call today so that a policy stays: premiums of the second year, and retention cases.

A list each, by what is left of its time. An agent has their own, a manager those of the unit.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_login import current_user

from servicing.case_reports.retained import KIND
from servicing.cases import shelf
from servicing.cases.shelf import Asked, ShelfLine
from servicing.month import queries, work
from servicing.month.queries import CaseToCall
from servicing.month.work import InGrace
from servicing.web import deeds, figures, listing, month_lists, paging
from servicing.web.access import allow
from servicing.web.cases import lists, names
from servicing.web.current import me, today, workspace
from servicing.web.figures import ManagedPart
from servicing.web.listing import Column, Listing
from servicing.web.month_lists import GraceLine
from servicing.web.rendering import word

blueprint = Blueprint("keeping", __name__)

VIEWS = ("premiums", "cases")
LINES = 50
"""Of a page of a list."""


@blueprint.get("/keeping")
@allow("agent", "manager", "administrator")
@figures.one_reading
def to_call() -> Any:
    """Who is to be called today, the shortest time first."""
    part = figures.part()
    view = figures.chosen("view", VIEWS, VIEWS[0])
    return (_premiums if view == "premiums" else _cases)(part)


def _premiums(part: ManagedPart) -> Any:
    found = premiums(part)
    if paging.file_asked_for():
        lines = month_lists.grace_lines(found)
        return listing.sent(_premium_list(lines), view="premiums", **figures.asked_for(part))
    page = paging.page_of(found, LINES)
    lines = month_lists.grace_lines(page.lines)
    return _page(part, "premiums", page, _premium_list(lines), [e.of.client_no for e in lines])


def premiums(part: ManagedPart) -> list[InGrace]:
    """The policies of a part whose second-year premium is due and can still be paid in time.

    Nobody is called of whom it is known that they have died.
    """
    agent_ids = [each.id for each in part.agents]
    found = work.in_grace(agent_ids, today(), workspace().composer.grace)
    return [each for each in found if each.is_second_year and not each.died]


def _cases(part: ManagedPart) -> Any:
    agent_ids = [each.id for each in part.agents] if part.place else None
    asked, own = Asked("all", KIND, agent_ids=agent_ids), current_user.desks
    if paging.file_asked_for():
        every = list(shelf.lines(me(), own, asked, today()))
        told = _case_list(every, _beside(every), set())
        return listing.sent(told, view="cases", **figures.asked_for(part))
    page = paging.page(
        lambda limit, after: shelf.lines(me(), own, asked, today(), limit, after), LINES
    )
    listed = _case_list(page.lines, _beside(page.lines), lists.known_clients(page.lines))
    return _page(part, "cases", page, listed, [each.client_no or "" for each in page.lines])


def _page(
    part: ManagedPart, view: str, page: Any, listed: Listing[Any], client_nos: Iterable[str]
) -> str:
    deeds.seen(client_nos, "figures", view=view, **figures.asked_for(part))
    return render_template(
        "keeping.html",
        part=part,
        view=view,
        views=VIEWS,
        page=page,
        listing=listed,
        on=today(),
        moved=figures.moved,
        address=_address,
    )


def _address(part: ManagedPart, view: str) -> str:
    place: Any = part.place
    return url_for("keeping.to_call", view=view, **place)


def _beside(lines: Sequence[ShelfLine]) -> dict[int, CaseToCall]:
    kind = names.kind_of(KIND)
    step = kind.payment_step if kind else None
    return queries.cases([each.case for each in lines], step.id if step else "")


# ------------------------------------------------------------------------------------- the lists


def _heading(name: str) -> str:
    return word("heading", name)


def _said(name: str, **values: Any) -> str:
    return word("keeping", name, **values)


def _agent(agent_no: str, name: str) -> str:
    return f"{agent_no} {name}".strip()


def _call(phone: str) -> str:
    return f"tel:{phone}" if phone else ""


def _premium_list(lines: Iterable[GraceLine]) -> Listing[GraceLine]:
    """Whom to call about a premium: the fewest days first."""

    def card(it: GraceLine) -> str:
        return url_for("cards.card", client_no=it.of.client_no)

    def haste(it: GraceLine) -> str:
        return "bad" if it.grace.days_left <= month_lists.SOON else "wait"

    columns = [
        Column[GraceLine](_heading("client_name"), lambda it: it.of.client_name, to=card),
        Column(_heading("phone"), lambda it: it.of.phone, to=lambda it: _call(it.of.phone)),
        Column(_heading("days_left"), lambda it: it.grace.days_left, "number", tone=haste),
        Column(
            _heading("outstanding"),
            lambda it: listing.amount(it.grace.amount, it.grace.currency),
            "money",
        ),
        Column(_heading("grace_until"), lambda it: it.grace.until, "day"),
        Column(_heading("policy_no"), lambda it: it.of.policy_no),
        Column(_said("mind"), _complains, tone=lambda it: "bad"),
    ]
    if me().role != "agent":
        columns += [
            Column(_heading("agent_name"), lambda it: _agent(it.of.agent_no, it.of.agent_name)),
            Column(word("month", "last_contact"), lambda it: it.of.last_contact, "moment"),
        ]
    return Listing("to-collect", columns, lines, key=lambda it: it.of.policy_no, about=_about())


def _complains(it: GraceLine) -> str:
    return names.said("not_to_sell") if it.of.complains else ""


def _case_list(
    lines: Iterable[ShelfLine], beside: Mapping[int, CaseToCall], known: set[str]
) -> Listing[ShelfLine]:
    """Whom to call about a policy that may be lost: what is due first before the others."""
    on, kind = today(), names.kind_of(KIND)

    def card(it: ShelfLine) -> str:
        return url_for("cards.card", client_no=it.client_no) if it.client_no in known else ""

    def phone(it: ShelfLine) -> str:
        return beside[it.case].phone if it.case in beside else ""

    def agent(it: ShelfLine) -> str:
        told = beside.get(it.case)
        return _agent(told.agent_no, told.agent_name) if told else ""

    def source(it: ShelfLine) -> str:
        told = beside.get(it.case)
        return names.option_title(kind.source if kind else (), told.source) if told else ""

    def paid(it: ShelfLine) -> str:
        told = beside.get(it.case)
        return _said("paid", on=told.premium_of) if told and told.premium_of else ""

    columns = [
        Column[ShelfLine](_heading("client_name"), lists.client, to=card),
        Column(_heading("phone"), phone, to=lambda it: _call(phone(it))),
        Column(
            names.said("column_left"),
            lambda it: lists.left(it, on),
            tone=lambda it: lists.haste(it, on),
        ),
        Column(_said("why"), source),
        Column(_said("mind"), paid, tone=lambda it: "good"),
        Column(names.said("column_case"), lists.name, to=lists.address),
        Column(
            names.said("column_state"),
            lambda it: names.state_title(it.kind, it.state),
        ),
        Column(_heading("policy_no"), lambda it: it.policy_no),
    ]
    if me().role != "agent":
        columns += [
            Column(_heading("agent_name"), agent),
            Column(names.said("column_owner"), lists.owner),
        ]
    return Listing("to-keep", columns, lines, key=lambda it: it.case, about=_about())


def _about() -> str:
    return f"{_said('page')} · {today()}"
