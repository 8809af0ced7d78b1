"""Coming in and going out: login, the account of one's own, the language."""

from typing import Any

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, logout_user
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from servicing.core import accounts, errors, i18n
from servicing.web import access
from servicing.web.access import allow, allow_all
from servicing.web.current import me, public_address
from servicing.web.rendering import say

blueprint = Blueprint("login", __name__)

WRONG_PASSWORDS = parse("10 per 15 minutes")
"""From one address for one login: other logins, and the same one from elsewhere, are not kept out."""

HOMES = {
    "agent": "my_day.day",
    "manager": "persistency.figure",
    "operations": "dispatch.account",
    "administrator": "accounts.people",
}


THROTTLE = "servicing throttle"
"""The application keeps its `Throttle` under this name."""


class Throttle:
    """Counts wrong passwords, in the memory of this process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def is_shut(self, login: str) -> bool:
        """Whether this address has tried too often."""
        return not self._limiter.test(WRONG_PASSWORDS, login, str(request.remote_addr))

    def wrong(self, login: str) -> None:
        """One more wrong password."""
        self._limiter.hit(WRONG_PASSWORDS, login, str(request.remote_addr))


def throttle() -> Throttle:
    """The application's."""
    return current_app.extensions[THROTTLE]  # type: ignore[no-any-return]


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
    name = request.form.get("login", "")[:100]
    if throttle().is_shut(name.strip().lower()):
        return render_template("login.html", login=name, problem="too_often"), 429
    user = accounts.recognised(name, request.form.get("password", ""))
    if user is None:
        throttle().wrong(name.strip().lower())
        return render_template("login.html", login=name, problem="wrong_password"), 401
    session.clear()  # nothing of whoever was here before
    session.permanent = True
    access.come_in(user)
    return redirect(onward or url_for("login.home"), 303)


@blueprint.post("/logout")
@allow(*accounts.ROLES)
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
    return render_template("account.html", feed="")


@blueprint.post("/account/password")
@allow(*accounts.ROLES)
def password() -> Any:
    """Another password; every other session ends, this one goes on."""
    user = me()
    is_shut = throttle().is_shut(user.login)
    if is_shut or not accounts.matches(user, request.form.get("old", "")):
        if not is_shut:
            throttle().wrong(user.login)
        flash(say("too_often" if is_shut else "wrong_old_password"), "danger")
        return redirect(url_for("login.account"), 303)
    try:
        accounts.set_password(user, request.form.get("new", ""))
    except errors.BadUser:
        flash(say("poor_password", shortest=accounts.SHORTEST_PASSWORD), "danger")
        return redirect(url_for("login.account"), 303)
    access.come_in(user)
    flash(say("password_changed"), "success")
    return redirect(url_for("login.account"), 303)


@blueprint.post("/account/feed")
@allow("agent")
def feed() -> Any:
    """A new secret address of one's calendar, shown once; or none any more."""
    user = me()
    if "end" in request.form:
        accounts.end_feed(user)
        flash(say("feed_ended"), "success")
        return redirect(url_for("login.account"), 303)
    path = url_for("my_day.calendar", secret=accounts.new_feed(user))
    return render_template("account.html", feed=public_address(path))
