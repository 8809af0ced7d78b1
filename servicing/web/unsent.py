"""What somebody typed into a form whose session was over when it came in.

It is not carried out. It travels through the login page in a hidden field that only we can read, and
is shown to its owner again, who sends it by a click. Nobody else's form comes back in this way: the
browser has to hold the cookie of the session that is over, and the form its token.
"""

import base64

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from flask import request, session
from flask_wtf.csrf import validate_csrf

from servicing.core import sessions
from servicing.web.current import now, workspace

LARGEST = 32 * 1024
"""Bytes of a form; a larger one is no text that a person has typed."""

LARGEST_SEALED = 2 * LARGEST
"""Characters of the hidden field; longer ones are none of ours."""

LIVES_SECONDS = 12 * 3600

PASSWORDS = frozenset(["old", "new", "password"])
"""Fields that are not carried along, whatever form they stand in."""

TOKEN = "csrf_token"  # noqa: S105  (the name of the field)
_NOT_A_FORM = frozenset(["old", "new", "username", "code", "passkey"])
"""A form with one of these is about a password or a second factor, and makes no sense without it."""


class Unsent(msgspec.Struct, frozen=True):
    """A form that was not carried out."""

    owner: int
    """The user whose session was over."""
    action: str
    """The address that it was sent to."""
    fields: list[tuple[str, str]]


def sealed(action: str) -> str:
    """The form of this request, to stand in the login page; empty where there is nothing to keep."""
    owner = sessions.owner(str(session.get("_user_id", "")))
    if owner is None or not action or not _is_ours():
        return ""
    fields = [
        (name, text) for name, text in request.form.items(multi=True) if name not in PASSWORDS
    ]
    typed = [(name, text) for name, text in fields if name != TOKEN]
    has_nul = any("\0" in name + text for name, text in typed)  # no text has it
    if not typed or has_nul or not _NOT_A_FORM.isdisjoint(request.form):
        return ""
    form = msgspec.json.encode(Unsent(owner=owner, action=action, fields=typed))
    return _fernet().encrypt_at_time(form, _seconds()).decode()


def _is_ours() -> bool:
    """Whether a person filled in a form of ours in that session, and no large one and no file."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return False
    if (request.content_length or LARGEST + 1) > LARGEST:
        return False
    try:
        validate_csrf(request.form.get(TOKEN))
    except ValueError:  # as wtforms calls a token that is none
        return False
    return True


def opened(seal: str, user_id: int) -> Unsent | None:
    """The form, for its owner alone; None for what we have not sealed, or over 12 hours ago."""
    if not seal or len(seal) > LARGEST_SEALED:
        return None
    try:
        form = _fernet().decrypt_at_time(seal, LIVES_SECONDS, _seconds())
    except (InvalidToken, ValueError):  # the latter for what is no ASCII
        return None
    found = msgspec.json.decode(form, type=Unsent)
    return found if found.owner == user_id else None


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(workspace().keys.form_key))


def _seconds() -> int:
    return int(now().timestamp())
