"""The review of a family's policies: shown, printed for the client, and what the client tells of it."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from policies import cover, database
from policies.models import Client, Policy
from servicing.card import covering, notes
from servicing.card import review as reviews
from servicing.card.covering import Heir, Other, Word
from servicing.card.review import Reader
from servicing.core import card_views, errors, visibility
from servicing.messages import placeholders
from servicing.web import paging, refusal
from servicing.web.access import allow
from servicing.web.cases import places
from servicing.web.current import me, now, today, workspace
from servicing.web.rendering import word

blueprint = Blueprint("reviewing", __name__, url_prefix="/clients")


@blueprint.get("/<client_no>/review")
@allow("agent", "manager")
def review(client_no: str) -> Any:
    """What the family of a client is covered for, and what is missing; that it was seen is noted."""
    return _page(visibility.client(me(), client_no, today()))


def _page(client: Client, problem: str = "", status: int = 200) -> Any:
    space, on = workspace(), today()
    with database.snapshot():
        known = visibility.known(me(), reviews.family_numbers(client), on)
        reader = Reader(known, _reads_for())
        covers = cover.load(cover.find(cover.NAME, space.home))
        currency = placeholders.currency_of(space.country)
        found = reviews.review(client, on, covers, currency, reader)
        is_quiet = places.of_card(client).is_quiet
    card_views.looked_at(me(), client.id, now(), on)
    page = render_template(
        "review.html",
        client=client,
        found=found,
        own=[each for each in found.persons[0].policies if each.policy_no],
        kinds=cover.COVER_KINDS,
        kin=notes.KIN,
        currency=currency,
        is_quiet=is_quiet,
        problem=problem,
        on=on,
        typed=request.form,
    )
    return page, status


@blueprint.post("/<client_no>/review")
@allow("agent", "manager")
def write(client_no: str) -> Any:
    """Write down what the client tells, or take away what was written wrongly."""
    client = visibility.client(me(), client_no, today())
    act, _, number = request.form.get("do", "").partition(" ")
    word_of = Word(me().login, now(), today())
    try:
        match act:
            case "other":
                covering.add_other(client, _other(), word_of)
            case "income":
                amount = covering.amount_of(request.form.get("income", ""))
                currency = covering.currency_of(request.form.get("currency", ""))
                covering.set_income(client, amount, currency, word_of)
            case "beneficiary":
                covering.add_beneficiary(_policy(client), _heir(), word_of)
            case "forget_other":
                covering.forget_other(client, _number(number), word_of)
            case "forget_beneficiary":
                covering.forget_beneficiary(_policy(client), _number(number), word_of)
            case _:
                abort(400)
    except errors.BadArgument as error:
        return _page(client, refusal.sentence(error), 400)
    flash(word("review", "written"), "success")
    return redirect(url_for("reviewing.review", client_no=client_no), 303)


def _other() -> Other:
    said = request.form
    kind = next((each for each in cover.COVER_KINDS if each == said.get("kind")), None)
    text = said.get("sum", "").strip()
    return Other(
        said.get("insurer", ""),
        kind,
        covering.amount_of(text) if text else None,
        covering.currency_of(said.get("currency", "")),
        paging.day_or_none(said.get("until")),
    )


def _heir() -> Heir:
    said = request.form
    kin = next((each for each in notes.KIN if each == said.get("kin")), None) or abort(400)
    text = said.get("share", "").strip()
    try:
        share = Decimal(text) if text else None
    except InvalidOperation:
        raise errors.BadArgument("beneficiary_share", value=text) from None
    if share is not None and not share.is_finite():
        raise errors.BadArgument("beneficiary_share", value=text)
    return Heir(said.get("name", ""), kin, said.get("place", 1, type=int), share)


def _policy(client: Client) -> Policy:
    """The policy of the client that the form names, if the reader serves it or sees all of them."""
    policy_no = request.form.get("policy", "")
    visibility.client_with(me(), client.client_no, policy_no, today(), _reads_for())
    return Policy.get(Policy.policy_no == policy_no)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else abort(400)


def _reads_for() -> int | None:
    return visibility.reads_for(me(), workspace().settings.web.shared_clients)
