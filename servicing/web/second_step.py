"""The second step of a login: whoever has a second factor is asked for it before a session begins.

What stands between both steps opens nothing: a row for five minutes, of this browser and of the
account as it was, which is taken once.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user

from policies import database
from servicing.core import (
    authenticator_apps,
    errors,
    open_accounts,
    passkeys,
    recovery_codes,
    second_factors,
    second_steps,
)
from servicing.core.account_models import User
from servicing.core.factor_models import SecondStep
from servicing.web import access, arrival, refusal, throttle, unsent
from servicing.web.access import allow_all
from servicing.web.current import now, public_address, today, workspace
from servicing.web.rendering import say

blueprint = Blueprint("second_step", __name__)

MANY = 5
"""So many wrong codes since its owner came in last are told: somebody may know the password."""

TOKEN = "second_step"  # noqa: S105  (its name)
"""Under this the browser's cookie holds the token of its step."""


def enter(user: User) -> bool:
    """Begin a session for whoever has shown who they are, or the second step where they have a factor.

    False: the user was shut out in this moment. Raises `Busy`.
    """
    return _begin(user) if second_factors.has_any(user) else access.come_in(user)


def is_next() -> bool:
    """Whether a second factor is asked for before the session of this browser begins."""
    return TOKEN in session


def _begin(user: User) -> bool:
    with access.impatient():
        token = second_steps.begin(user, "login", now())
    session[TOKEN] = token
    return bool(token)


def asked(kept: str, onward: str) -> Any:
    """The page that asks, with a form that could not be sent before, if there is one."""
    step = _open_step()
    if kept and step:
        return _page(step, kept, onward)
    return redirect(url_for("second_step.ask", next=onward or None), 303)


@blueprint.get("/login/second")
@allow_all
def ask() -> Any:
    """Ask for a second factor."""
    onward = access.own_address(request.args.get("next", ""))
    step = _open_step()
    return _page(step, "", onward) if step else _over("", onward)


@blueprint.post("/login/second")
@allow_all
def take() -> Any:
    """Come in by a code of the app, a passkey, or a recovery code."""
    kept = request.form.get("kept", "")[: unsent.LARGEST_SEALED]
    onward = access.own_address(request.args.get("next", ""))
    step = _open_step()
    if step is None:
        return _over(kept, onward)
    try:
        user = throttle.guess_second(
            step.user, lambda is_known: _who_comes_in(step, is_known=is_known)
        )
    except (errors.TooManyGuesses, errors.Busy) as error:
        problem = say(_told(error), **error.notice.facts)
        headers = {"Retry-After": str(error.retry_after)}
        is_full = isinstance(error, errors.TooManyGuesses)
        page = _page(step, kept, onward, problem, is_full=is_full)
        return page, refusal.status(error), headers
    except errors.UnreadableFactor as error:
        return _page(step, kept, onward, refusal.sentence(error)), 401
    if user is None:
        return _page(step, kept, onward, say("wrong_code")), 401
    throttle.remember_device(user)
    if "recovery" in request.form:
        flash(say("recovery_left", count=recovery_codes.left(user)), "warning")
    return arrival.arrived(user, kept, onward)


def _told(error: errors.ServicingError) -> str:
    is_full = isinstance(error, errors.TooManyGuesses)
    return "too_many_codes" if is_full else error.notice.code


def _open_step() -> SecondStep | None:
    step = second_steps.found(str(session.get(TOKEN, "")), "login", now())
    return step if step and open_accounts.may_come_in(step.user, today()) else None


def _over(kept: str, onward: str) -> Any:
    """Too late, or never begun: the password is asked for again, unless somebody has come in here."""
    if current_user.is_authenticated:  # such as who goes back a page, or presses twice
        return redirect(onward or url_for("login.home"), 303)
    told = {"login": "", "problem": say("second_step_over"), "kept": kept, "onward": onward}
    return render_template("login.html", **told), 401


def _page(
    step: SecondStep, kept: str, onward: str, problem: str = "", *, is_full: bool = False
) -> str:
    """`is_full`: so many guesses were wrong that none is checked here for a while."""
    user, asked_by = step.user, passkeys.party(public_address(""))
    options = passkeys.to_ask(user, step.challenge, asked_by) if asked_by else ""
    g.has_script = bool(options)
    return render_template(
        "second_step.html",
        name=user.login,
        has_app=authenticator_apps.of(user) is not None,
        has_codes=recovery_codes.left(user) > 0,
        options=options,
        kept=kept,
        onward=onward,
        problem=problem,
        is_full=is_full,
    )


def _who_comes_in(step: SecondStep, *, is_known: bool) -> User | None:
    """The user whose factor was right, and whose session has begun: each counts once."""
    with access.impatient():
        take = _proof(step, is_known=is_known)
        if take is None:
            return None
        with database.writing():
            if not second_steps.hold(step) or not take():
                return None
            second_steps.end(step)
            wrong = authenticator_apps.forgive(step.user)
            is_in = access.come_in(step.user, factor=_shown())
    if is_in and wrong >= MANY:
        flash(say("wrong_codes_before", count=wrong), "warning")
    return step.user if is_in else None


def _shown() -> str:
    """Which second factor was shown."""
    form = request.form
    return "passkey" if form.get("passkey") else "recovery" if form.get("recovery") else "app"


def _proof(step: SecondStep, *, is_known: bool) -> Callable[[], bool] | None:
    """What uses the factor that was shown, if it is right."""
    user, form = step.user, request.form
    if answer := form.get("passkey", ""):
        asked_by, challenge = passkeys.party(public_address("")), second_steps.use_challenge(step)
        if asked_by is None or not challenge:
            return None
        signature = passkeys.matching(user, answer, challenge, asked_by, now())
        return partial(passkeys.take, signature, now()) if signature else None
    if typed := form.get("recovery", ""):
        code = recovery_codes.matching(user, typed)
        return partial(recovery_codes.take, code, now()) if code else None
    ring, typed = workspace().keys, form.get("code", "")
    number = authenticator_apps.matching(user, typed, now(), ring, is_known=is_known)
    return None if number is None else partial(authenticator_apps.take, user, number, now())
