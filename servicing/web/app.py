"""The application that waitress serves: one connection to the database a request, no secrets in a log."""

import datetime
import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from policies import database, errors
from servicing.models import HookCount
from servicing.words import shipped_templates
from servicing.workspace import Workspace

Clock = Callable[[], datetime.datetime]

LARGEST_REQUEST = 1 << 20
"""Bytes; a provider pushes some hundred receipts at a time."""

SETTINGS = "servicing"
"""Where the application keeps its workspace and clock."""

log = logging.getLogger("servicing.web")


def create(space: Workspace, clock: Clock) -> Flask:
    """The application of a workspace whose database is connected; `clock` tells the moment."""
    from servicing.web import hooks, unsubscribing

    app = Flask("servicing", template_folder=str(shipped_templates() / "pages"))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.extensions[SETTINGS] = (space, clock)
    app.before_request(_connect)
    app.teardown_request(_close)
    app.register_error_handler(Exception, _went_wrong)
    app.register_blueprint(hooks.blueprint)
    app.register_blueprint(unsubscribing.blueprint)
    return app


def workspace() -> Workspace:
    """The workspace that this request is for."""
    from flask import current_app

    return current_app.extensions[SETTINGS][0]  # type: ignore[no-any-return]


def now() -> datetime.datetime:
    """The moment of this request."""
    from flask import current_app

    if "now" not in g:
        g.now = current_app.extensions[SETTINGS][1]()
    return g.now  # type: ignore[no-any-return]


def count(hook: str, outcome: str) -> None:
    """One more request to a hook that came to this; operators see it."""
    with database.writing():
        row = {"day": workspace().today(now()), "hook": hook, "outcome": outcome}
        columns = [HookCount.day, HookCount.hook, HookCount.outcome]
        HookCount.insert(**row, count=1).on_conflict(
            conflict_target=columns, update={HookCount.count: HookCount.count + 1}
        ).execute()


def _connect() -> None:
    with database.explained():
        database.database.connect(reuse_if_open=True)


def _close(error: BaseException | None) -> None:
    if not database.database.is_closed():
        database.database.close()


def _went_wrong(error: Exception) -> Any:
    """A request that fails is told by its kind; its address and content may hold secrets."""
    if isinstance(error, HTTPException):
        return Response(f"{error.name}\n", error.code, content_type="text/plain; charset=utf-8")
    log.error("%s failed: %s", request.endpoint, type(error).__name__)
    status = error.http_status if isinstance(error, errors.ServicingError) else 500
    return Response("That did not work\n", status, content_type="text/plain; charset=utf-8")
