"""One's own second factors: an authenticator app, passkeys, recovery codes.

Whoever changes something types the password once more; the account's other sessions end.
"""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask_login import current_user

from servicing.core import (
    accounts,
    authenticator_apps,
    errors,
    factor_seals,
    openid_accounts,
    passkeys,
    second_factors,
    second_steps,
    sessions,
)
from servicing.core.factor_models import SecondStep
from servicing.core.passkeys import Party
from servicing.core.second_factors import Where
from servicing.core.second_steps import Purpose
from servicing.web import access, refusal, throttle
from servicing.web.access import allow, impatiently, open_without_factor
from servicing.web.current import me, now, public_address, workspace
from servicing.web.rendering import say

blueprint = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")

TOKEN = "new_factor"  # noqa: S105  (its name)
"""Under this the browser's cookie holds the token of a factor that is to be tried."""


def _refused(error: errors.ServicingError, back: str = "") -> Any:
    flash(refusal.sentence(error), "danger")
    return redirect(back or url_for("second_factor.own"), 303)


@blueprint.before_request
def _only_with_a_password() -> None:
    """Whoever comes in by the provider shows there what it asks for; nothing here is asked of them."""
    if current_user.is_authenticated and openid_accounts.is_by_provider(me()):
        abort(404)


@blueprint.before_request
def _of_this_device() -> None:
    """A change makes the account forget its devices; whether this was one is known before only."""
    if current_user.is_authenticated and request.method == "POST":
        g.was_theirs = throttle.is_their_device(me())


@blueprint.get("")
@allow(*accounts.ROLES)
@open_without_factor
def own() -> Any:
    """What one has, and the forms that change it."""
    return render_template(
        "second_factor.html",
        factors=second_factors.of(me()),
        is_wanted=access.must_set_up(me()),
        has_passkeys_here=passkeys.party(public_address("")) is not None,
    )


@blueprint.post("/app")
@allow(*accounts.ROLES)
@open_without_factor
@impatiently(_refused)
def begin_app() -> Any:
    """A new secret for an app, to be tried before it counts."""
    if (refused := _without_password("app")) is not None:
        return refused
    secret = authenticator_apps.fresh()
    seal = factor_seals.sealed(me(), secret, workspace().keys)
    _begin("app", seal)
    return _app_page(secret)


@blueprint.post("/app/try")
@allow(*accounts.ROLES)
@open_without_factor
@impatiently(_refused)
def try_app() -> Any:
    """The app counts from its first right code on."""
    step = _open_step("app")
    if step is None:
        return _refused(errors.BadFactor("step_over"))
    ring = workspace().keys
    try:
        code = request.form.get("code", "")
        codes = second_factors.set_up_app(me(), step, code, ring, _where())
    except (errors.BadFactor, errors.UnreadableFactor, errors.Busy) as error:
        if error.notice.code != "wrong_code":
            return _refused(error)
        return _app_page(factor_seals.opened(me(), step.secret, ring), say("wrong_code")), 400
    return _done(say("app_set_up"), codes)


def _app_page(secret: str, problem: str = "") -> str:
    company = workspace().settings.servicing.company
    app = authenticator_apps.shown(secret, me().login, company)
    return render_template("authenticator_app.html", app=app, problem=problem)


@blueprint.post("/passkey")
@allow(*accounts.ROLES)
@open_without_factor
@impatiently(_refused)
def begin_passkey() -> Any:
    """The page on which the browser makes a passkey."""
    asked_by = passkeys.party(public_address(""))
    if asked_by is None:
        return _refused(errors.BadFactor("no_passkeys_here"))
    if (refused := _without_password("passkey")) is not None:
        return refused
    _begin("passkey")
    step = _open_step("passkey")
    return _passkey_page(step, asked_by) if step else _refused(errors.BadFactor("step_over"))


def _passkey_page(step: SecondStep, asked_by: Party) -> str:
    company = workspace().settings.servicing.company
    g.has_script = True
    return render_template(
        "passkey.html",
        options=passkeys.to_make(me(), step.challenge, asked_by, company),
        device=sessions.device(request.headers.get("User-Agent", "")),
        longest=passkeys.LONGEST_NAME,
    )


@blueprint.post("/passkey/try")
@allow(*accounts.ROLES)
@open_without_factor
@impatiently(_refused)
def try_passkey() -> Any:
    """Keep the passkey that the browser has made."""
    asked_by, step = passkeys.party(public_address("")), _open_step("passkey")
    if asked_by is None or step is None:
        return _refused(errors.BadFactor("step_over"))
    name, answer = request.form.get("name", ""), request.form.get("passkey", "")
    try:
        codes = second_factors.set_up_passkey(me(), step, name, answer, asked_by, _where())
    except (errors.BadFactor, errors.Busy) as error:
        return _refused(error)
    return _done(say("passkey_set_up"), codes)


@blueprint.post("/codes")
@allow(*accounts.ROLES)
@open_without_factor
@impatiently(_refused)
def codes() -> Any:
    """Ten other recovery codes."""
    if (refused := _without_password("codes")) is not None:
        return refused
    try:
        made = second_factors.new_codes(me(), _where())
    except (errors.BadFactor, errors.Busy) as error:
        return _refused(error)
    return _done(say("codes_made"), made)


@blueprint.post("/remove")
@allow(*accounts.ROLES)
@open_without_factor
@impatiently(_refused)
def remove() -> Any:
    """Remove an app or a passkey."""
    factor = request.form.get("factor", "")
    named = factor[: second_factors.LONGEST_NUMBER]
    if (refused := _without_password(f"remove-{named}")) is not None:
        return refused
    try:
        second_factors.remove(me(), factor, _where())
    except errors.BadFactor as error:
        return _refused(error)
    return _done(say("factor_removed"), [])


def _without_password(form: str) -> Any:
    """The answer to whoever has not typed the right password into a form; None: it is right."""
    user, typed = me(), request.form.get("password", "")
    try:
        if throttle.guess_own(user, lambda: accounts.matches(user, typed) or None):
            return None
    except (errors.TooManyGuesses, errors.Busy) as error:
        return _refused(error)
    field = f"password-{form}"
    wrong = errors.BadUser("wrong_old_password")
    return _refused(wrong, url_for("second_factor.own", open=field, _anchor=field))


def _done(told: str, codes: list[str]) -> Any:
    """Recovery codes are shown this one time; this browser is known from now on, and no other."""
    session.pop(TOKEN, None)
    throttle.remember_device(me(), was_theirs=g.was_theirs)
    if codes:
        return render_template("recovery_codes.html", codes=codes, told=told)
    flash(told, "success")
    return redirect(url_for("second_factor.own"), 303)


def _where() -> Where:
    return Where(current_user.session_id, now())


def _begin(purpose: Purpose, seal: str = "") -> None:
    session[TOKEN] = second_steps.begin(me(), purpose, now(), seal)


def _open_step(purpose: Purpose) -> SecondStep | None:
    """What this browser is about to set up, for the reader's own account."""
    step = second_steps.found(str(session.get(TOKEN, "")), purpose, now())
    return step if step and step.user_id == me().id else None
