"""The people who come in: their accounts, and who of them has looked at whose card."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from servicing.core import accounts, card_views, errors, openid_accounts, second_factors
from servicing.core.accounts import UserLine
from servicing.core.card_views import ViewLine
from servicing.web import listing, paging, refusal
from servicing.web.access import allow, impatiently
from servicing.web.current import me, now, workspace
from servicing.web.listing import Column, Listing
from servicing.web.rendering import say, word

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/people", endpoint="people")
@allow("administrator")
def everybody() -> Any:
    """All accounts, and the form for another one."""
    return _page()


def _page(problem: str = "") -> Any:
    text = request.args.get("q", "").strip()[:100]
    if paging.file_asked_for():
        return listing.sent(_people(accounts.listed(text)))
    page = paging.page(lambda limit, offset: accounts.listed(text, limit, offset))
    return render_template(
        "people.html",
        page=page,
        listing=_people(page.lines),
        q=text,
        role_choices=[(each, word("role", each)) for each in accounts.ROLES],
        problem=problem,
        given=request.form,
        shortest=accounts.SHORTEST_PASSWORD,
        has_provider=bool(workspace().settings.web.openid.issuer),
    )


def _people(lines: Iterable[UserLine]) -> Listing[UserLine]:
    """Who may come in, and how."""

    def op(key: str) -> str:
        return word("operations", key)

    def state(line: UserLine) -> str:
        if line.is_disabled:
            return word("role", "disabled")
        return word("role", "left", day=line.left_on) if line.left_on else ""

    def factor(line: UserLine) -> str:
        if line.has_second_factor:
            return say("second_factor")
        return op("factor_missing") if _lacks_factor(line) else ""

    columns = [
        Column[UserLine](
            say("login"),
            lambda line: line.login,
            to=lambda line: url_for("accounts.views", login=line.login),
        ),
        Column(op("name"), lambda line: line.name),
        Column(op("role"), lambda line: word("role", line.role)),
        Column(word("app", "account_state"), state, tone=lambda line: "bad"),
        Column(
            word("heading", "way_in"),
            lambda line: word("role", "by_provider") if line.by_provider else "",
        ),
        Column(
            say("second_factor"),
            factor,
            tone=lambda line: "bad" if _lacks_factor(line) else "good",
        ),
        Column(op("part"), lambda line: line.of),
        Column(word("heading", "since"), lambda line: line.made_at, "moment"),
    ]
    return Listing("people", columns, lines)


def _lacks_factor(line: UserLine) -> bool:
    """Whether whoever knows the password may still set up a factor that the role has to have."""
    is_wanted = line.role in workspace().settings.web.second_factor
    has_one = line.has_second_factor or line.by_provider
    return is_wanted and not (has_one or line.is_disabled or line.left_on)


@blueprint.post("/people")
@allow("administrator")
@impatiently()
def add() -> Any:
    """Make an account."""
    given = {name: value.strip() for name, value in request.form.items() if name != "password"}
    is_by_provider = "by_provider" in given and bool(workspace().settings.web.openid.issuer)
    role = next((each for each in accounts.ROLES if each == given.get("role")), None)
    try:
        if role is None:
            raise errors.BadUser("choose_role")
        user = accounts.add(
            given.get("login", ""),
            role,
            None if is_by_provider else request.form.get("password", ""),
            now(),
            accounts.Remit(
                given.get("agent_no") or None,
                given.get("branch") or None,
                given.get("team") or None,
            ),
            given.get("name", ""),
            workspace().settings.servicing.company,
        )
    except errors.ServicingError as error:
        return _page(refusal.sentence(error)), refusal.status(error)
    flash(word("operations", "user_added", login=user.login), "success")
    return redirect(url_for("accounts.people"), 303)


@blueprint.post("/people/state")
@allow("administrator")
@impatiently()
def disable() -> Any:
    """Disable an account, or enable it again; nobody disables their own."""
    user = accounts.named(request.form.get("login", ""))
    is_disabled = request.form.get("do") != "enable"
    if user.id == me().id:
        flash(word("operations", "not_yourself"), "danger")
    else:
        accounts.set_disabled(user, is_disabled, now())
        told = "user_disabled" if is_disabled else "user_enabled"
        flash(word("operations", told, login=user.login), "success")
    return redirect(url_for("accounts.people"), 303)


@blueprint.post("/people/password")
@allow("administrator")
@impatiently()
def password() -> Any:
    """Give an account another password; all its sessions and its calendar's address end."""
    user = accounts.named(request.form.get("login", ""))
    try:
        company = workspace().settings.servicing.company
        accounts.set_password(user, request.form.get("new", ""), now(), company)
        flash(word("operations", "password_given", login=user.login), "success")
    except errors.BadUser as error:
        flash(refusal.sentence(error), "danger")
    return redirect(url_for("accounts.people"), 303)


@blueprint.post("/people/second-factor")
@allow("administrator")
@impatiently()
def reset_factors() -> Any:
    """Take the second factors of an account away; its sessions end. Nobody does so with their own."""
    user = accounts.named(request.form.get("login", ""))
    if user.id == me().id:
        flash(word("operations", "not_yourself_factor"), "danger")
    elif second_factors.reset(user, now()):
        flash(word("operations", "factors_reset", login=user.login), "success")
    else:  # such as somebody who presses on a page of before
        flash(word("operations", "no_factors", login=user.login), "warning")
    return redirect(url_for("accounts.people"), 303)


@blueprint.post("/people/openid")
@allow("administrator")
@impatiently()
def by_provider() -> Any:
    """Let somebody come in by the provider instead of a password; nobody does so with their own."""
    issuer = workspace().settings.web.openid.issuer
    if not issuer:
        abort(404)
    user = accounts.named(request.form.get("login", ""))
    if user.id == me().id:
        flash(word("operations", "not_yourself_by_provider"), "danger")
    else:
        openid_accounts.make_by_provider(user, now(), issuer)
        flash(word("operations", "user_by_provider", login=user.login), "success")
    return redirect(url_for("accounts.people"), 303)


@blueprint.get("/views")
@allow("administrator")
def views() -> Any:
    """The list of looks at cards: of one client, by one person, or all."""
    client_no = request.args.get("client_no", "").strip()
    login = request.args.get("login", "").strip().lower()
    wanted = (client_no or None, login or None)
    if paging.file_asked_for():
        return listing.sent(_looks(card_views.views(*wanted)))
    page = paging.page(lambda limit, offset: card_views.views(*wanted, limit, offset))
    return render_template(
        "views.html", page=page, listing=_looks(page.lines), client_no=client_no, login=login
    )


def _looks(lines: Iterable[ViewLine]) -> Listing[ViewLine]:
    """Who has looked at whom."""
    columns = [
        Column[ViewLine](word("heading", "at"), lambda line: line.at, "moment"),
        Column(say("login"), lambda line: line.login),
        Column(word("operations", "name"), lambda line: line.user_name),
        Column(
            word("heading", "client_no"),
            lambda line: line.client_no,
            to=lambda line: url_for("cards.card", client_no=line.client_no),
        ),
        Column(word("heading", "place"), lambda line: word("seen_at", line.place)),
    ]
    return Listing("views", columns, lines)
