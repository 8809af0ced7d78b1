"""Coming in and going out: login, the account of one's own, the language."""

import contextlib
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
from flask_login import current_user

from servicing.core import accounts, errors, i18n, openid_accounts, sessions
from servicing.core.account_models import User
from servicing.web import (
    access,
    arrival,
    refusal,
    rendering,
    second_step,
    single_sign_on,
    throttle,
    unsent,
)
from servicing.web.access import allow, allow_all, impatiently, open_early
from servicing.web.current import me, now, public_address, today, workspace
from servicing.web.rendering import say

blueprint = Blueprint("login", __name__)

NEW_FEED = "new_feed"
"""Under this the session holds the path of a new calendar, until the next page has shown it."""

HOMES = {
    "agent": "my_day.day",
    "manager": "month.month",
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
        return render_template("login.html", login="", problem="", onward=onward)
    kept = request.form.get("kept", "")[: unsent.LARGEST_SEALED]
    again = {"kept": kept, "onward": onward}
    name = request.form.get("login", "")[:100].strip().lower()
    try:
        user = throttle.guess(name, lambda is_known: _who_comes_in(name, is_known=is_known))
    except (errors.TooManyGuesses, errors.Busy) as error:
        problem = say(error.notice.code, **error.notice.facts)
        page = render_template("login.html", login=name, problem=problem, **again)
        return page, refusal.status(error), {"Retry-After": str(error.retry_after)}
    if user is None:
        problem = say("wrong_password")
        return render_template("login.html", login=name, problem=problem, **again), 401
    if second_step.is_next():
        return second_step.asked(kept, onward)
    throttle.remember_device(user)
    return arrival.arrived(user, kept, onward)


def _who_comes_in(login: str, *, is_known: bool) -> User | None:
    """The user whose password was typed, and whose session has begun, or whose second step has."""
    user = accounts.recognised(login, request.form.get("password", ""), today(), is_known=is_known)
    return user if user and second_step.enter(user) else None


@blueprint.post("/logout")
@allow(*accounts.ROLES)
@open_early
def logout() -> Any:
    """Go out on this device."""
    user = me()
    access.go_out()
    single_sign_on.offer_way_out(user)
    return redirect(url_for("login.login"), 303)


@blueprint.post("/language")
@allow_all
def language() -> Any:
    """Choose a language: kept with the account, or for as long as the browser is open."""
    chosen = request.form.get("locale", "")
    if chosen in i18n.locales():
        session["locale"] = chosen
        if current_user.is_authenticated:
            with access.impatient():
                accounts.set_locale(me(), chosen)
    return redirect(access.own_address(request.form.get("next", "")) or url_for("login.home"), 303)


@blueprint.get("/account")
@allow(*accounts.ROLES)
def account() -> Any:
    """One's own account: the password, where one is logged in, the calendar."""
    path = session.pop(NEW_FEED, "") if "shown" in request.args else ""
    return render_template(
        "account.html",
        feed=public_address(path) if path else "",
        by_provider=openid_accounts.is_by_provider(me()),
        sessions=sessions.listed(me(), now()),
        shortest=accounts.SHORTEST_PASSWORD,
    )


@blueprint.get("/account/password")
@allow(*accounts.ROLES)
@open_early
def own_password() -> Any:
    """Choose a password of one's own in place of the one that an administrator has set."""
    return arrival.own_password()


@blueprint.post("/account/password")
@allow(*accounts.ROLES)
@open_early
def password() -> Any:
    """Another password; every session and the calendar's address end, and a new session begins."""
    user = me()
    was_temporary, was_theirs = user.is_temporary, throttle.is_their_device(user)
    kept = request.form.get("kept", "")[: unsent.LARGEST_SEALED]
    onward = access.own_address(request.form.get("onward", ""))
    try:
        _change_password(user, request.form.get("old", ""), request.form.get("new", ""))
    except errors.ServicingError as error:
        flash(refusal.sentence(error), "danger")
        if kept:
            return arrival.own_password(kept, onward), refusal.status(error)
        return redirect(url_for("login.own_password" if was_temporary else "login.account"), 303)
    with contextlib.suppress(
        errors.Busy
    ):  # the password is another one already: it opens the login
        if access.come_in(user):
            throttle.remember_device(user, was_theirs=was_theirs)
    if unsent.opened(kept, user.id):
        return arrival.arrived(user, kept, onward)
    flash(say("password_changed"), "success")
    return redirect(url_for("login.home" if was_temporary else "login.account"), 303)


def _change_password(user: User, old: str, new: str) -> None:
    """Raises `BadUser` for a wrong old password or a poor new one, `TooManyGuesses`, `Busy`."""
    if not throttle.guess_own(user, lambda: accounts.matches(user, old) or None):
        raise errors.BadUser("wrong_old_password")
    with access.impatient():
        accounts.choose_password(user, old, new, now(), workspace().settings.servicing.company)


def _busy(error: errors.Busy) -> Any:
    flash(refusal.sentence(error), "danger")
    return redirect(url_for("login.account"), 303)


@blueprint.post("/account/feed")
@allow(*accounts.ROLES)
@impatiently(_busy)
def feed() -> Any:
    """A new secret address of one's calendar; or none any more.

    The page after this one shows it, once: whoever loads that again makes no other and ends none. Its
    address has a query, so that it travels uncompressed (`servicing.web.compression`).
    """
    user = me()
    if "end" in request.form:
        accounts.end_feed(user)
        flash(say("feed_ended"), "success")
        return redirect(url_for("login.account"), 303)
    if not user.locale:  # a calendar app asks in no language: that of the page stays
        accounts.set_locale(user, rendering.locale())
    session[NEW_FEED] = url_for("my_day.calendar", secret=accounts.new_feed(user))
    return redirect(url_for("login.account", shown="feed", _anchor="feed-new"), 303)


@blueprint.post("/account/sessions")
@allow(*accounts.ROLES)
@impatiently(_busy)
def end_session() -> Any:
    """End one of one's sessions, or all but this one; this one's end is a logout."""
    here = current_user.session_id
    number = request.form.get("session", 0, type=int)
    if "session" not in request.form:
        count = sessions.end_others(me(), here, now())
    elif number == here:
        return logout()
    else:
        count = int(sessions.end(me(), number, now()))
    flash(say("sessions_ended", count=count), "success")
    return redirect(url_for("login.account"), 303)
