"""The door of the pages: who has come in, and which pages are open to whom.

A page says by `allow` to which roles it is open; one that says nothing is open to nobody. Who may
not see a page, or a client, is told that there is none (404).
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import peewee
from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, current_user, login_user
from flask_wtf.csrf import CSRFProtect

from servicing.core.account_models import User
from servicing.core.accounts import Role
from servicing.core.models import Halt

View = TypeVar("View", bound=Callable[..., Any])

OPEN = frozenset(["static", "webhooks", "unsubscribe", "bootstrap", "health"])
"""Blueprints, and the files of the application, that need no login."""

NOT_BY_A_PERSON = ("webhooks", "unsubscribe", "health")
"""Blueprints whose requests come without a page of ours before them; CSRF has nothing to forge."""

csrf = CSRFProtect()
logins = LoginManager()
logins.session_protection = None  # a phone changes its address on the way to a client


class Visitor:
    """A person who has come in, as Flask-Login wants to know them."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """The text that the session remembers; with another key it is nobody's."""
        return f"{self.user.id}:{self.user.session_key}"


@logins.user_loader
def _remembered(known: str) -> Visitor | None:
    number, _, key = known.partition(":")
    # the same statement asks whether anything is halted: on most days no other has to
    is_halted = peewee.fn.EXISTS(Halt.select().where(Halt.resumed_at.is_null()))
    query = User.select(User, is_halted.alias("is_halted"))
    user = query.where(User.id == int(number)).first() if number.isdecimal() else None
    is_his = user is not None and user.session_key == key and not user.is_disabled
    return Visitor(user) if user and is_his else None


def come_in(user: User) -> None:
    """Open a session."""
    login_user(Visitor(user))


def allow(*roles: Role) -> Callable[[View], View]:
    """The page is open to these."""

    def marked(view: View) -> View:
        view.roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return marked


def allow_all(view: View) -> View:
    """The page is open to everybody, also who has not come in."""
    view.is_open = True  # type: ignore[attr-defined]
    return view


def open_early(view: View) -> View:
    """The page is open also to whoever has to choose a password of their own first."""
    view.is_early = True  # type: ignore[attr-defined]
    return view


def keep(app: Flask) -> None:
    """Put the guard at the door."""
    app.before_request(_guard)
    logins.init_app(app)
    csrf.init_app(app)


def _guard() -> Any:
    """Answer 404 to a reader who may not see the page; send one who has not come in to the login."""
    if request.endpoint is None:
        return None  # nothing is there: 404 for everybody
    view: Any = current_app.view_functions[request.endpoint]
    if request.endpoint in OPEN or request.blueprint in OPEN or getattr(view, "is_open", False):
        return None
    if not current_user.is_authenticated:
        if request.method != "GET":
            return redirect(url_for("login.login"), 303)
        return redirect(url_for("login.login", next=request.full_path.rstrip("?")), 303)
    if current_user.user.is_temporary and not getattr(view, "is_early", False):
        return redirect(url_for("login.own_password"), 303)
    if current_user.user.role not in getattr(view, "roles", ()):
        abort(404)
    return None


def own_address(address: str) -> str:
    """An address of our own pages, or none: nobody is sent elsewhere by a link to us."""
    parts = urlsplit(address)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    has_tricks = address.startswith("//") or "\\" in address or not address.isprintable()
    return address if is_ours and not has_tricks else ""
