"""The door of the pages: who has come in, and which pages are open to whom.

A page says by `allow` to which roles it is open; one that says nothing is open to nobody. Who may
not see a page, or a client, is told that there is none (404).
"""

import contextlib
import datetime
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import peewee
from flask import (
    Flask,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect

from policies import patience
from policies.desks import DESKS, Desk
from servicing.core import (
    errors,
    factor_models,
    open_accounts,
    openid_accounts,
    second_factors,
    sessions,
)
from servicing.core.account_models import User
from servicing.core.accounts import Role
from servicing.core.case_models import DeskMember
from servicing.core.models import Halt
from servicing.web import unsent
from servicing.web.current import endings, now, today, workspace

View = TypeVar("View", bound=Callable[..., Any])

OPEN = frozenset(
    ["static", "webhooks", "unsubscribe", "callback_link", "survey_link", "bootstrap", "health"]
)
"""Blueprints, and the files of the application, that need no login."""

NOT_BY_A_PERSON = ("webhooks", "unsubscribe", "health")
"""Blueprints whose requests come without a page of ours before them; CSRF has nothing to forge."""

KEY = "_user_id"
"""Under this Flask-Login keeps in a session who has come in; a session is signed."""

LARGEST_FORM = 128 * 1024
"""Bytes of a request's body, unless its page takes more."""

PATIENCE_SECONDS = 1.0
"""So long a login waits for the database's one writer, with a queue of others behind it."""

csrf = CSRFProtect()
logins = LoginManager()
logins.session_protection = None  # a phone changes its address on the way to a client


class Visitor:
    """A person who has come in, as Flask-Login wants to know them."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(
        self,
        user: User,
        token: str,
        session_id: int = 0,
        is_halted: bool = True,
        has_factor: bool = False,
        ends_at: datetime.datetime | None = None,
        desks: frozenset[Desk] = frozenset(),
    ) -> None:
        self.user = user
        self.desks = desks
        """The desks that they are of; none while their session begins."""
        self.session_id = session_id
        """The row of their session; 0 while it begins."""
        self.has_factor = has_factor
        """Whether they have a second factor, here or by their provider; not asked while it begins."""
        self.ends_at = ends_at
        """When their session is over; None while it begins."""
        self.is_halted = is_halted
        """Whether anything may be halted, so that it has to be asked what."""
        self._token = token

    def get_id(self) -> str:
        """The token that the browser's cookie holds; it is stored nowhere else."""
        return self._token


@logins.user_loader
def _remembered(token: str) -> Visitor | None:
    known = sessions.found(token, now(), _beside)
    if (
        known is None
        or endings().has(known.id)
        or not open_accounts.may_come_in(known.user, today())
    ):
        return None
    is_told = getattr(known, "is_halted", True)
    has_one = bool(getattr(known, "has_factor", False))
    theirs = frozenset(each for each in DESKS if getattr(known, f"at_{each}", False))
    return Visitor(known.user, token, known.id, is_told, has_one, known.ends_at, theirs)


def _beside() -> tuple[Any, ...]:
    """What the same statement asks: whether anything is halted, since on most days no other has to."""
    is_halted = peewee.fn.EXISTS(Halt.select().where(Halt.resumed_at.is_null()))
    has_factor = factor_models.has_any(User.id) | openid_accounts.comes_by_provider(User.id)
    at_desks = tuple(_is_of(each).alias(f"at_{each}") for each in DESKS)
    return (is_halted.alias("is_halted"), has_factor.alias("has_factor")) + at_desks


def _is_of(desk: Desk) -> Any:
    """Whether the user is of a desk."""
    theirs = (DeskMember.user == User.id) & (DeskMember.desk == desk)
    return peewee.fn.EXISTS(DeskMember.select().where(theirs))


def come_in(user: User, *, factor: str = "", by_provider: bool = False) -> bool:
    """Begin a session in place of whatever this browser had.

    `factor`: the second factor that was shown; `by_provider`: the provider has recognised them.
    False: the user was shut out in this moment, such as by another password. Raises `Busy` where
    somebody else has been writing for longer than a person waits.
    """
    was_theirs = sessions.owner(str(session.get("_user_id", ""))) == user.id
    forms = session.get(unsent.TOKEN) if was_theirs else None
    go_out()
    if forms:
        session[unsent.TOKEN] = forms  # a page that they left open in another tab can still be sent
    lasts = datetime.timedelta(hours=workspace().settings.web.session_hours)
    device = sessions.device(request.headers.get("User-Agent", ""))
    with impatient():
        token = sessions.begin(user, now(), lasts, device, factor=factor, by_provider=by_provider)
    if token:
        session.permanent = True
        login_user(Visitor(user, token))
    return bool(token)


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """What writes in here waits for nobody for longer than a person does; raises `Busy`."""
    try:
        with patience.soon(PATIENCE_SECONDS):
            yield
    except peewee.OperationalError as error:
        if patience.is_busy(error):
            raise errors.Busy(is_writer=True) from None
        raise


def impatiently(told: Callable[[errors.Busy], Any] | None = None) -> Callable[[View], View]:
    """The page waits for another writer no longer than a person does.

    `told` answers where it had to; without it that is a page with the status 503.
    """

    def marked(view: View) -> View:
        @functools.wraps(view)
        def wrapped(*args: Any, **given: Any) -> Any:
            try:
                with impatient():
                    return view(*args, **given)
            except errors.Busy as error:
                if told is None:
                    raise
                return told(error)

        return cast(View, wrapped)

    return marked


def go_out() -> None:
    """End the session of this browser, for every copy of its cookie."""
    if current_user.is_authenticated:
        endings().end(current_user.user, current_user.session_id, now())
        logout_user()
    session.clear()


def allow(*roles: Role) -> Callable[[View], View]:
    """The page is open to these."""

    def marked(view: View) -> View:
        view.roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return marked


def allow_desk(desk: Desk) -> Callable[[View], View]:
    """The page is open also to whoever is of a desk, whatever their role."""

    def marked(view: View) -> View:
        view.desk = desk  # type: ignore[attr-defined]
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


def open_without_factor(view: View) -> View:
    """The page is open also to whoever has to set up a second factor first."""
    view.is_before_factor = True  # type: ignore[attr-defined]
    return view


def must_set_up(user: User) -> bool:
    """Whether their role wants a second factor, and they have none: the provider asks for its own."""
    is_wanted = user.role in workspace().settings.web.second_factor
    has_one = second_factors.has_any(user) or openid_accounts.is_by_provider(user)
    return is_wanted and not has_one


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
    """Whether the page is open to the role of whoever has come in, or to a desk of theirs."""
    if not current_user.is_authenticated:
        return False
    is_of_role = current_user.user.role in getattr(view, "roles", ())
    return is_of_role or getattr(view, "desk", "") in current_user.desks


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
        return _to_the_login()
    if (first := _first(view)) is not None:
        return redirect(url_for(first), 303)
    if not _is_for_reader(view):
        abort(404)
    return None


def _first(view: Any) -> str | None:
    """The page that comes before every other for who has come in; None: nothing comes before this one."""
    if getattr(view, "is_early", False):
        return None
    if current_user.user.is_temporary:
        return "login.own_password"
    is_wanted = current_user.user.role in workspace().settings.web.second_factor
    if is_wanted and not current_user.has_factor and not getattr(view, "is_before_factor", False):
        return "second_factor.own"
    return None


def _to_the_login() -> Any:
    """Back to the page afterwards; what was typed into a form travels along and is not carried out."""
    address = request.full_path.rstrip("?")
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("login.login", next=address), 303)
    came_from = urlsplit(request.referrer or "")
    is_ours = came_from.netloc == request.host
    page = own_address(came_from._replace(scheme="", netloc="", fragment="").geturl())
    onward = page if is_ours else ""
    kept = unsent.sealed(own_address(address))
    if kept:
        told = {"login": "", "problem": "", "kept": kept, "onward": onward}
        return render_template("login.html", **told), 401
    return redirect(url_for("login.login", next=onward or None), 303)


def own_address(address: str) -> str:
    """An address of our own pages, or none: nobody is sent elsewhere by a link to us."""
    parts = urlsplit(address)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    has_tricks = address.startswith("//") or "\\" in address or not address.isprintable()
    return address if is_ours and not has_tricks else ""
