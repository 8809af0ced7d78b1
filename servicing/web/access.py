"""The door of the pages: who has come in, and which pages are open to whom.

A page says by `allow` to which roles it is open; one that says nothing is open to nobody. Who may
not see a page, or a client, is told that there is none (404).
"""

from collections.abc import Callable
from dataclasses import dataclass
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

KEY = "_user_id"
"""Under this Flask-Login keeps in a session who has come in; a session is signed."""

LARGEST_FORM = 128 * 1024
"""Bytes of a request's body, unless its page takes more."""

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


@dataclass(frozen=True)
class Takes:
    """A page takes larger bodies than forms have."""

    largest: Callable[[], int]
    """Bytes."""
    is_proved: Callable[[], bool] | None
    """Whether the head of the request proves that its sender may; None: readers of the page may."""


def takes(
    largest: Callable[[], int], is_proved: Callable[[], bool] | None = None
) -> Callable[[View], View]:
    """The page takes larger bodies from its readers, or from whoever `is_proved` finds proved."""

    def marked(view: View) -> View:
        view.takes = Takes(largest, is_proved)  # type: ignore[attr-defined]
        return view

    return marked


def largest_body(*, is_reader: bool = True) -> int:
    """The bytes that the body of this request may have, by its page and its sender.

    `is_reader`: whether its sender may be a reader of the page, which asks the database.
    """
    view: Any = current_app.view_functions.get(request.endpoint or "")
    found: Takes | None = getattr(view, "takes", None)
    if found is None:
        return LARGEST_FORM
    may = found.is_proved() if found.is_proved else is_reader and _is_for_reader(view)
    return max(found.largest(), LARGEST_FORM) if may else LARGEST_FORM


def _is_for_reader(view: Any) -> bool:
    """Whether the page is open to the role of whoever has come in."""
    if not current_user.is_authenticated:
        return False
    return current_user.user.role in getattr(view, "roles", ())


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
    if not _is_for_reader(view):
        abort(404)
    return None


def own_address(address: str) -> str:
    """An address of our own pages, or none: nobody is sent elsewhere by a link to us."""
    parts = urlsplit(address)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    has_tricks = address.startswith("//") or "\\" in address or not address.isprintable()
    return address if is_ours and not has_tricks else ""
