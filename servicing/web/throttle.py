"""Guesses of passwords and codes at the pages: by account, by where they come from, and by known device.

A device from which an account has logged in before is counted by itself and by nothing else, so that
strangers who guess keep nobody out who sits at their own.
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Response, after_this_request, current_app, request

from servicing.core import attempts, devices, errors, hashing
from servicing.core.account_models import User
from servicing.core.attempts import Counter, Guesses
from servicing.core.audit_log import Kind
from servicing.web import deeds
from servicing.web.current import now

Found = TypeVar("Found")

GUESSES = "servicing guesses"
"""The application keeps its `Guesses` under this name."""

DEVICE_COOKIE = "__Host-servicing-device-"
"""And something of the login: each account has its own."""

OF_ONE_BY_ONE = 10
"""Wrong passwords for an account from one source, within `attempts.WINDOW`; so from a known device."""
OF_ONE_BY_ALL = 30
"""For an account, from all strangers together."""
OF_ALL_BY_ONE = 100
"""From one source for whatever accounts: an office of hundreds may be one."""


SECOND_OF_ONE_BY_ONE = 5
"""Wrong codes for an account from one source, in the same time; only who knows the password has any."""
SECOND_OF_DEVICE = 10
"""From a known device."""
SECOND_OF_ONE_BY_ALL = 15
"""For an account, from all strangers together."""


def cookie_of(login: str) -> str:
    """The name of the cookie by which a browser is known to this account."""
    return DEVICE_COOKIE + devices.digest(login)[:12]


def count_under(secret: str) -> None:
    """Keys that were renewed meanwhile count the guesses of this request."""
    _guesses().count_under(secret)


def _guesses() -> Guesses:
    guesses = current_app.extensions[GUESSES]
    assert isinstance(guesses, Guesses)
    return guesses


def spare_database() -> None:
    """Turn a stranger away, where too many are busy, before a connection to the database is made.

    It costs a server on PostgreSQL more than all the rest of a refusal. Raises `Busy`.
    """
    is_guess = request.endpoint == "login.login" and request.method == "POST"
    if is_guess and not names_a_device() and hashing.turns_strangers_away():
        raise errors.Busy


def names_a_device() -> bool:
    """Whether the request says that it comes from a browser that has logged in before."""
    return any(each.startswith(DEVICE_COOKIE) for each in request.cookies)


def guess(login: str, check: Callable[[bool], Found | None]) -> Found | None:
    """What a check of a password finds, counted as a wrong guess until it has found something.

    `check` is told whether the device is known to be this login's. Raises `TooManyGuesses` or `Busy`
    without having checked.
    """
    device, is_known = _device_of(login)
    known = [Counter("device", f"{device} {login}", OF_ONE_BY_ONE)]
    counters = known if is_known else _of_strangers(login)
    return _told(login, lambda: _counted(counters, lambda: check(is_known)))


def guess_second(user: User, check: Callable[[bool], Found | None]) -> Found | None:
    """The same of a second factor, which is asked for after the right password only.

    It is counted apart from passwords: nobody who does not know the password keeps anybody out here.
    """
    device, is_known = _device_of(user.login)
    whose, source = str(user.id), attempts.source(request.remote_addr)
    known = [Counter("second from device", f"{device} {whose}", SECOND_OF_DEVICE)]
    strangers = [
        Counter("second from source", f"{source} {whose}", SECOND_OF_ONE_BY_ONE),
        Counter("second", whose, SECOND_OF_ONE_BY_ALL),
        Counter("second by source", source, OF_ALL_BY_ONE),
    ]
    counters = known if is_known else strangers
    return _told(user.login, lambda: _counted(counters, lambda: check(is_known)), _CODES)


def guess_own(user: User, check: Callable[[], Found | None]) -> Found | None:
    """The same of whoever has logged in and is asked for their password again."""
    counters = [Counter("own", str(user.id), OF_ONE_BY_ONE)]
    return _told(user.login, lambda: _counted(counters, check))


_PASSWORDS: tuple[Kind, Kind] = ("login.refused", "login.throttled")
_CODES: tuple[Kind, Kind] = ("factor.refused", "factor.throttled")


def _told(
    login: str, guess: Callable[[], Found | None], kinds: tuple[Kind, Kind] = _PASSWORDS
) -> Found | None:
    """The same; the audit log is told of a guess that was wrong, or one too many."""
    wrong, too_many = kinds
    try:
        found = guess()
    except errors.TooManyGuesses:
        deeds.login_refused(too_many, login)
        raise
    if found is None:
        deeds.login_refused(wrong, login)
    return found


def answer_of_provider(check: Callable[[], Found | None]) -> Found | None:
    """The same of what somebody brings from a provider: it costs us questions to it."""
    source = attempts.source(request.remote_addr)
    counters = [Counter("provider", source, OF_ALL_BY_ONE)]
    return _told("", lambda: _counted(counters, check))


TAILS_OF_ONE = 5
"""Wrong ends of a policy number for one link, from wherever they come."""


def guess_tail(link: int, check: Callable[[], bool]) -> bool:
    """The same of the end of a policy number, by which whoever has a link is recognised."""
    source = attempts.source(request.remote_addr)
    counters = [
        Counter("link", str(link), TAILS_OF_ONE),
        Counter("link from source", source, OF_ALL_BY_ONE),
    ]
    return bool(_counted(counters, lambda: check() or None))


def is_first(what: str, whose: str) -> bool:
    """Whether nobody has come with it within `attempts.WINDOW`; from now on somebody has."""
    try:
        _guesses().reserve([Counter(what, whose, 1)], now())
    except errors.TooManyGuesses:
        return False
    return True


def _of_strangers(login: str) -> list[Counter]:
    source = attempts.source(request.remote_addr)
    return [
        Counter("account from source", f"{source} {login}", OF_ONE_BY_ONE),
        Counter("account", login, OF_ONE_BY_ALL),
        Counter("source", source, OF_ALL_BY_ONE),
    ]


def _counted(counters: list[Counter], check: Callable[[], Found | None]) -> Found | None:
    guesses = _guesses()
    ticket = guesses.reserve(counters, now())
    try:
        found = check()
    except BaseException:  # whatever went wrong, nobody has said that the password was
        guesses.give_back(ticket)
        raise
    if found is not None:
        guesses.give_back(ticket)
    return found


def is_their_device(user: User) -> bool:
    """Whether the browser that asks is known to be theirs."""
    _, is_known = _device_of(user.login)
    return is_known


def _device_of(login: str) -> tuple[str, bool]:
    """By what the browser that asks says it is known to this login, and whether it is."""
    device = request.cookies.get(cookie_of(login), "")
    return device, devices.is_known(device, login, now())


def remember_device(user: User, *, was_theirs: bool = False) -> None:
    """From now on the browser that asks is known to be theirs.

    `was_theirs`: it was when the request came in, which has made the account forget its devices.
    """
    cookie = cookie_of(user.login)
    device = request.cookies.get(cookie, "")
    token = devices.remember(user, device, now(), was_theirs=was_theirs)
    if not token:
        return

    @after_this_request
    def _told(response: Response) -> Response:
        response.set_cookie(
            cookie,
            token,
            max_age=devices.LASTS,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
        return response
