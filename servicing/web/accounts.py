"""The people who come in: their accounts, and who of them has looked at whose card."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from servicing.core import accounts, card_views, errors, openid_accounts, second_factors
from servicing.core.accounts import UserLine
from servicing.web import paging, refusal
from servicing.web.access import allow, impatiently
from servicing.web.current import me, now, workspace
from servicing.web.rendering import word

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/people", endpoint="people")
@allow("administrator")
def everybody() -> Any:
    """All accounts, and the form for another one."""
    return _page()


def _page(problem: str = "") -> str:
    text = request.args.get("q", "").strip()[:100]
    page = paging.page(lambda limit, offset: accounts.listed(text, limit, offset))
    return render_template(
        "people.html",
        page=page,
        q=text,
        role_choices=[(each, word("role", each)) for each in accounts.ROLES],
        problem=problem,
        given=request.form,
        shortest=accounts.SHORTEST_PASSWORD,
        has_provider=bool(workspace().settings.web.openid.issuer),
        lacks_factor=_lacks_factor,
    )


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
    page = paging.page(
        lambda limit, offset: card_views.views(client_no or None, login or None, limit, offset)
    )
    return render_template("views.html", page=page, client_no=client_no, login=login)
