"""The gate: what is decided of a request by its head alone, before any of its body is read.

Who has not logged in is a stranger. Strangers, providers and monitors have queues of their own, so
that none of them keeps a person waiting; and nobody sends more than the page takes from them.
"""

import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from flask import Flask, current_app, request, session

from policies import database
from servicing.web import access, throttle

Queue = Literal[
    "brief", "people", "forms", "files", "hooks", "logins", "devices", "provider", "strangers"
]
QUEUES: tuple[Queue, ...] = get_args(Queue)

BRIEF = frozenset(["static", "bootstrap", "health", "phone"])
"""Blueprints, and the files of the application, that answer at once."""

MACHINES = frozenset(["webhooks", "unsubscribe", "callback_link", "survey_link"])
"""Blueprints that write for people who have not logged in, and may have to wait for it."""

LOGIN, SECOND = "login.login", "second_step.take"
BY_PROVIDER = "openid"
"""A blueprint whose requests wait for a server of others."""

log = logging.getLogger("servicing.web")


@dataclass(frozen=True)
class Passage:
    """How a request goes on."""

    queue: Queue
    largest: int
    """Bytes that its body may have."""


STRANGE = Passage("strangers", access.LARGEST_FORM)


def passage(app: Flask, head: Mapping[str, Any], size: float) -> Passage:
    """The passage of a request with this head (as WSGI has it), whose body is said to have `size` bytes.

    The database is asked only where a body is large and somebody's session says that they may be
    one who sends such; whatever fails there, the request is a stranger's.
    """
    try:
        with app.request_context({**NOTHING_MORE, **head, "wsgi.input": io.BytesIO()}):
            is_known = access.KEY in session
            return Passage(_queue(is_known), _largest(size, is_known))
    except Exception as error:  # of whatever kind: the server goes on
        log.error("a request's head could not be judged: %s", type(error).__name__)
        return STRANGE


NOTHING_MORE = {
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "http",
    "QUERY_STRING": "",
}
"""What a head has that decides nothing here."""


def _queue(is_known: bool) -> Queue:
    first = (request.endpoint or "").partition(".")[0]
    if first in BRIEF:
        return "brief"
    if first in MACHINES:
        return "hooks"
    if request.method == "POST" and request.endpoint in (LOGIN, SECOND):
        if throttle.names_a_device():
            return "devices"
        if request.endpoint == LOGIN:  # a second step costs no hash, and waits behind none
            return "logins"
    if first == BY_PROVIDER:
        return "provider"
    if not is_known:
        return "strangers"
    if request.method in ("GET", "HEAD"):
        return "people"
    return "files" if first == "book" else "forms"


def _largest(size: float, is_known: bool) -> int:
    view = current_app.view_functions.get(request.endpoint or "")
    if size <= access.LARGEST_FORM or not hasattr(view, "takes"):
        return access.LARGEST_FORM
    if not is_known:
        return access.largest_body(is_reader=False)
    with database.explained():
        database.database.connect(reuse_if_open=True)  # closed at the end of the request's context
        return access.largest_body()
