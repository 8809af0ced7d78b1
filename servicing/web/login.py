"""Coming in and going out: login, the account of one's own, the language."""

from typing import Any

from flask import (
    Blueprint,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, logout_user

from servicing.core import accounts, errors, i18n
from servicing.core.account_models import User
from servicing.web import access, refusal, throttle
from servicing.web.access import allow, allow_all, open_early
from servicing.web.current import me, workspace
from servicing.web.rendering import say

blueprint = Blueprint("login", __name__)

HOMES = {
    "agent": "my_day.day",
    "manager": "persistency.figure",
    "operations": "dispatch.account",
    "administrator": "accounts.people",
}


@blueprint.get("/")
@allow(*accounts.ROLES)
def home() -> Any:
    """Send everyone to the first page of their role."""
    return redirect(url_for(HOMES[me().role]))


@blueprint.route("/login", methods=["GET", "POST"])
@allow_all
def login() -> Any:
    """Come in; whoever has tried too often has to wait."""
    onward = access.own_address(request.args.get("next", ""))
    if request.method != "POST":
        if current_user.is_authenticated:
            return redirect(onward or url_for("login.home"))
        return render_template("login.html", login="", problem="")
    name = request.form.get("login", "")[:100].strip().lower()
    password = request.form.get("password", "")
    try:
        user = throttle.guess(
            name, lambda is_known: accounts.recognised(name, password, is_known=is_known)
        )
    except (errors.TooManyGuesses, errors.Busy) as error:
        page = render_template(
            "login.html", login=name, problem=say(error.notice.code, **error.notice.facts)
        )
        return page, refusal.status(error), {"Retry-After": str(error.retry_after)}
    if user is None:
        return render_template("login.html", login=name, problem=say("wrong_password")), 401
    session.clear()  # nothing of whoever was here before
    session.permanent = True
    access.come_in(user)
    throttle.remember_device(user)
    return redirect(onward or url_for("login.home"), 303)


@blueprint.post("/logout")
@allow(*accounts.ROLES)
@open_early
def logout() -> Any:
    """Go out on this device."""
    logout_user()
    session.clear()
    return redirect(url_for("login.login"), 303)


@blueprint.post("/language")
@allow_all
def language() -> Any:
    """Choose a language: kept with the account, or for as long as the browser is open."""
    chosen = request.form.get("locale", "")
    if chosen in i18n.locales():
        session["locale"] = chosen
        if current_user.is_authenticated:
            user = me()
            user.locale = chosen
            user.save()
    return redirect(access.own_address(request.form.get("next", "")) or url_for("login.home"), 303)


@blueprint.get("/account")
@allow(*accounts.ROLES)
def account() -> Any:
    """One's own account."""
    return render_template("account.html", feed="", shortest=accounts.SHORTEST_PASSWORD)


@blueprint.get("/account/password")
@allow(*accounts.ROLES)
@open_early
def own_password() -> Any:
    """Choose a password of one's own in place of the one that an administrator has set."""
    return render_template("password.html", shortest=accounts.SHORTEST_PASSWORD)


@blueprint.post("/account/password")
@allow(*accounts.ROLES)
@open_early
def password() -> Any:
    """Another password; every other session ends, this one goes on."""
    user = me()
    was_temporary = user.is_temporary
    try:
        _change_password(user, request.form.get("old", ""), request.form.get("new", ""))
    except errors.ServicingError as error:
        flash(refusal.sentence(error), "danger")
        return redirect(url_for("login.own_password" if was_temporary else "login.account"), 303)
    access.come_in(user)
    throttle.remember_device(user)
    flash(say("password_changed"), "success")
    return redirect(url_for("login.home" if was_temporary else "login.account"), 303)


def _change_password(user: User, old: str, new: str) -> None:
    """Raises `BadUser` for a wrong old password or a poor new one, `TooManyGuesses`, `Busy`."""
    if not throttle.guess_own(user, lambda: accounts.matches(user, old) or None):
        raise errors.BadUser("wrong_old_password")
    accounts.choose_password(user, old, new, workspace().settings.servicing.company)


@blueprint.post("/account/feed")
@allow("agent")
def feed() -> Any:
    """A new secret address of one's calendar, shown once; or none any more."""
    user = me()
    if "end" in request.form:
        accounts.end_feed(user)
        flash(say("feed_ended"), "success")
        return redirect(url_for("login.account"), 303)
    address = url_for("my_day.calendar", secret=accounts.new_feed(user), _external=True)
    return render_template("account.html", feed=address, shortest=accounts.SHORTEST_PASSWORD)
