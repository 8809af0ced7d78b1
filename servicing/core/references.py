"""How a message is called at a provider: by the book, by its number, and by what it is.

A book that was restored gives numbers that the lost one may have given already, and its messages are
not the lost one's. So a reference holds a token, which is another one after each restore, and a mark
of the touchpoint, which is the same in every copy of the book, whatever its number is.
"""

import base64
import hashlib
import re
import secrets
from typing import NamedTuple

from policies import database
from servicing.core.context import TouchpointContext
from servicing.core.models import Secret

_NAME = "book"
_LETTERS = 8
_MARK = 10
_WRITTEN = re.compile(rf"(?:([a-z2-7]{{{_LETTERS}}})-)?(\d{{1,18}})(?:-([a-z2-7]{{{_MARK}}}))?")


class Reference(NamedTuple):
    """A message as its provider knows it."""

    token: str
    """Of the book that handed it over; empty: of a version that had none."""
    message_id: int
    mark: str
    """Of its touchpoint; empty: of a version that had none."""


def parse(text: str) -> Reference | None:
    """The reference in the words of a provider; None: it is none of ours."""
    found = _WRITTEN.fullmatch(text) if text.isascii() else None
    if found is None or bool(found[1]) != bool(found[3]):
        return None
    return Reference(found[1] or "", int(found[2]), found[3] or "")


def token() -> str:
    """The token of this book; made the first time it is asked for."""
    return _stored() or _made()


def _stored() -> str:
    found: Secret | None = Secret.get_or_none(Secret.name == _NAME)
    return found.value if found else ""


def _made() -> str:
    with database.writing():
        Secret.insert(name=_NAME, value=_new()).on_conflict_ignore().execute()
    return _stored()


def renew() -> str:
    """Give the book another token, in the transaction we are in; answers with the one it had."""
    before = _stored()
    Secret.delete().where(Secret.name == _NAME).execute()
    Secret.insert(name=_NAME, value=_new()).execute()
    return before


def _new() -> str:
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(_LETTERS))


def mark_of(context: TouchpointContext, client_no: str = "") -> str:
    """The mark of a touchpoint: the same for every copy of the book, and no other touchpoint's.

    `client_no`: of the client's under another number than today's.
    """
    is_clients = context.scope == "client"
    whose = (client_no or context.client_no) if is_clients else context.policy_no
    told = "|".join((context.scope, whose, context.key, _named_first(context)))
    digest = hashlib.sha256(told.encode()).digest()
    return base64.b32encode(digest[:_MARK]).decode().lower()[:_MARK]


def _named_first(context: TouchpointContext) -> str:
    """The occurrence as it was named when it was made.

    One that has a date in its name is counted from it. What was had of a suspension has been called
    after the corrected day since (`corrections.suspensions`).
    """
    if context.scope == "client" or len(context.occurrence) <= _DAY:
        return context.occurrence
    return f"{context.anchor_on}{context.occurrence[_DAY:]}"


_DAY = len("2026-07-31")
"""Letters of a day."""
