"""Centres of influence: who brought whom, as far as the reader may know them (domain.md §8.10)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template

from policies import referrals
from policies.referrals import Person
from servicing.core import visibility
from servicing.messages import placeholders
from servicing.web import counted, deeds, figure_lists, listing, paging
from servicing.web.access import allow
from servicing.web.current import me, today, workspace
from servicing.web.figure_lists import premium

blueprint = Blueprint("influence", __name__, url_prefix="/influence")

TOP = 20
MOST_SHOWN = 300
"""People of a tree that a page shows; all are in its totals."""
MOST_CIRCLES = 20


@blueprint.get("")
@allow("manager", "administrator")
def centres() -> Any:
    """The largest trees whose roots the reader sees."""
    asked = (today(), TOP, _currency(), visibility.agent_ids(me()))
    found = counted.kept(("centres", asked), lambda: referrals.centres(*asked))
    ranked = list(enumerate(found.centres, 1))
    if paging.file_asked_for():
        return listing.sent(figure_lists.centres(ranked))
    circles = found.circles[:MOST_CIRCLES]
    known = visibility.known(me(), [number for circle in circles for number in circle], today())
    mine = [circle for circle in circles if known.intersection(circle)]
    named = {each.client_no for each in found.centres} | known
    deeds.seen(sorted(named), "figures")
    return render_template(
        "centres.html",
        listing=figure_lists.centres(ranked),
        circles=mine,
        known=known,
        has_centres=bool(ranked),
    )


@blueprint.get("/<client_no>")
@allow("manager", "administrator")
def tree(client_no: str) -> Any:
    """A client with everybody below; who is of another unit has no name here."""
    root = visibility.client(me(), client_no, today())
    found = referrals.tree(root.client_no, today(), _currency())
    shown = found.persons[:MOST_SHOWN]
    asked = {each.client_no for each in shown} | set(found.circle) | {root.referred_by}
    known = visibility.known(me(), sorted(asked - {""}), today())
    deeds.seen(sorted(known), "figures")
    return render_template(
        "tree.html",
        tree=found,
        shown=nested(shown),
        hidden=len(found.persons) - len(shown),
        known=known,
        premium=premium,
    )


def _currency() -> str:
    return placeholders.currency_of(workspace().country)


def nested(persons: Sequence[Person]) -> list[tuple[Person, bool, int]]:
    """Each person, whether a list of people below follows, and how many lists end there."""
    depths = [each.depth for each in persons]
    return [
        (each, after > each.depth, max(0, each.depth - after))
        for each, after in zip(persons, [*depths[1:], 0], strict=True)
    ]
