"""Coming in by the company's own logins (OpenID Connect): there, back, and out again.

The browser carries what we remember of a login on its way, sealed, for ten minutes; it is good for one
answer. Where the provider sends people back to is said by `[web] public_url`, never by a request.
"""

import base64
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import peewee
from cryptography.fernet import Fernet, InvalidToken
from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    request,
    session,
    url_for,
)
from flask_login import current_user

from policies import patience
from servicing.core import errors, openid, openid_accounts
from servicing.core.account_models import User
from servicing.core.openid import Person, Round
from servicing.core.settings import OpenId
from servicing.web import access, deeds, refusal, throttle
from servicing.web.access import allow_all
from servicing.web.current import now, public_address, today, workspace

if TYPE_CHECKING:
    from servicing.web.provider import Provider

blueprint = Blueprint("openid", __name__)

PROVIDER = "servicing provider"
"""The application keeps its `Provider` under this name, from the first login by it on."""

ON_ITS_WAY = "openid"
"""A session holds the sealed `Round` under this name."""

LEAVES = "openid_leaves"
"""And under this that somebody has just logged out here who is still logged in there."""

LIVES_SECONDS = 600
"""A login at the provider may take so long; less than `attempts.WINDOW`, in which none is taken twice."""

LONGEST_ONWARD = 1000
"""Bytes of the page that it leads to: a cookie has little room."""

LONGEST_SAID = 4096
"""Characters of a parameter that somebody comes back with."""

REFUSALS = frozenset(
    [
        "access_denied",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_response_type",
        "server_error",
        "temporarily_unavailable",
        "login_required",
        "consent_required",
        "interaction_required",
    ]
)
"""Why a provider sends somebody back without a code; the log has no word that a stranger has chosen."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """What the page of the login shows of the provider."""

    name: str
    has_way_out: bool


@blueprint.get("/login/openid")
@allow_all
def begin() -> Any:
    """Send somebody to the provider."""
    asked, onward = _asked(), access.own_address(request.args.get("next", ""))
    if len(onward.encode()) > LONGEST_ONWARD:
        onward = ""
    if current_user.is_authenticated or request.method != "GET":
        return redirect(onward or url_for("login.home"), 303)
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    begun = Round(state, nonce, verifier, onward)
    try:
        address = _provider().address(asked, _back(), begun)
    except errors.BadSignIn as error:
        return _refused(error, onward)
    session[ON_ITS_WAY] = _sealed(begun)
    return redirect(address, 303)


@blueprint.get("/login/openid/back")
@allow_all
def back() -> Any:
    """Somebody comes back from the provider, and in."""
    asked, begun = _asked(), _begun()
    onward = begun.onward if begun else ""
    if request.method != "GET":
        return redirect(url_for("login.login"), 303)
    try:
        user = _come_in(asked, begun)
    except (errors.BadSignIn, errors.Busy) as error:
        return _refused(error, onward)
    except errors.TooManyGuesses as error:
        minutes = error.notice.facts["minutes"]
        return _refused(errors.BadSignIn("openid_too_often", minutes=minutes), onward)
    throttle.remember_device(user)
    return redirect(onward or url_for("login.home"), 303)


@blueprint.get("/login/openid/out")
@allow_all
def out() -> Any:
    """Lead somebody who has logged out here to where they log out at the provider."""
    asked = _asked()
    address = _provider().way_out(asked, public_address(url_for("login.login")))
    return redirect(address or url_for("login.login"), 303)


def offer_at(app: Flask) -> None:
    """Give the page of the login what it shows of the provider."""
    app.context_processor(lambda: {"provider": _offer})


def offer_way_out(user: User) -> None:
    """The page of the login that follows says where they log out at the provider, if they came by it."""
    if workspace().settings.web.openid.issuer and openid_accounts.is_by_provider(user):
        session[LEAVES] = True


def _offer() -> Offer | None:
    """None: nobody comes in by a provider."""
    asked = workspace().settings.web.openid
    if not asked.issuer:
        return None
    if LEAVES not in session:
        return Offer(asked.name, has_way_out=False)
    del session[LEAVES]
    return Offer(asked.name, has_way_out=bool(_provider().way_out(asked, "")))


def _asked() -> OpenId:
    """The settings of the provider; without one, nothing is there."""
    asked = workspace().settings.web.openid
    if not asked.issuer:
        abort(404)
    return asked


def _provider() -> "Provider":
    """Loaded with its libraries at the first login by it."""
    from servicing.web.provider import Provider

    return current_app.extensions.setdefault(PROVIDER, Provider())  # type: ignore[no-any-return]


def _back() -> str:
    return public_address(url_for("openid.back"))


def _refused(error: errors.ServicingError, onward: str) -> Any:
    """The login, with a sentence; whoever has a password can type it there."""
    flash(refusal.sentence(error), "danger")
    return redirect(url_for("login.login", next=onward or None), 303)


def _come_in(asked: OpenId, begun: Round | None) -> User:
    """Who has come in; raises `BadSignIn`, `TooManyGuesses` or `Busy` where nobody has."""
    said = {name: text[:LONGEST_SAID] for name, text in request.args.items()}
    if begun is None or not _is_same(said.get("state", ""), begun.state):
        raise errors.BadSignIn("openid_not_begun")
    del session[ON_ITS_WAY]
    if not throttle.is_first("login by provider", begun.state):
        raise errors.BadSignIn("openid_not_begun")
    person = openid.person(_counted(lambda: _claims(asked, begun, said)), asked)
    try:
        return _let_in(person, asked)
    except errors.BadSignIn:  # what the provider says is right, and they may not come in
        known = openid_accounts.account_of(person)
        deeds.login_refused("login.refused", known.login if known else "")
        raise


def _let_in(person: Person, asked: OpenId) -> User:
    """The user whose session has begun; raises `BadSignIn` or `Busy`."""
    user = _within_patience(lambda: openid_accounts.recognised(person, asked, now(), today()))
    if not access.come_in(user, by_provider=True):
        raise errors.BadSignIn("openid_shut")
    return user


def _claims(asked: OpenId, begun: Round, said: Mapping[str, str]) -> Mapping[str, Any]:
    """What the provider says of whoever came back with this; raises `BadSignIn`."""
    if not said.get("code") or "error" in said:
        named = said.get("error") if said.get("error") in REFUSALS else "no reason that is known"
        log.warning("the provider has let somebody go without a code: %s", named)
        raise errors.BadSignIn("openid_denied")
    return _provider().claims(asked, _back(), begun, said, now())


def _counted(ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the provider says; where that is wrong, whoever brought it has guessed."""
    wrong: list[errors.BadSignIn] = []

    def check() -> Mapping[str, Any] | None:
        try:
            return ask()
        except errors.BadSignIn as error:
            if error.notice.code == "openid_silent":  # which is nobody's fault who comes in
                raise
            log.warning("nobody comes in by the provider: %s", error.notice.code)
            wrong.append(error)
            return None

    found = throttle.answer_of_provider(check)
    if found is None:
        raise wrong.pop()
    return found


def _within_patience(find: Callable[[], User]) -> User:
    """What is found by writing; raises `Busy` where another writer takes longer than a person waits."""
    try:
        with patience.soon(access.PATIENCE_SECONDS):
            return find()
    except peewee.OperationalError as error:
        if patience.is_busy(error):
            raise errors.Busy from None
        raise


def _is_same(said: str, ours: str) -> bool:
    return hmac.compare_digest(said.encode(), ours.encode())


def _sealed(begun: Round) -> str:
    sealed = _fernet().encrypt_at_time(msgspec.json.encode(begun), int(now().timestamp()))
    return sealed.decode()


def _begun() -> Round | None:
    """The login that this browser has begun within the last minutes, or none."""
    try:
        sealed = str(session.get(ON_ITS_WAY, ""))
        found = _fernet().decrypt_at_time(sealed, LIVES_SECONDS, int(now().timestamp()))
        return msgspec.json.decode(found, type=Round)
    except (InvalidToken, msgspec.MsgspecError):
        return None


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(workspace().keys.login_key))
