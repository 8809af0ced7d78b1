"""The application that waitress serves: one connection to the database a request, no secrets in a log."""

import logging
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from policies import database, errors
from servicing.handover import Clock
from servicing.web import hooks, unsubscribing
from servicing.web.moment import SETTINGS
from servicing.words import shipped_templates
from servicing.workspace import Workspace

LARGEST_REQUEST = 1 << 20
"""Bytes; a provider pushes some hundred receipts at a time."""

log = logging.getLogger("servicing.web")


def create(space: Workspace, clock: Clock) -> Flask:
    """The application of a workspace whose database is connected; `clock` tells the moment."""
    app = Flask("servicing", template_folder=str(shipped_templates() / "pages"))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.extensions[SETTINGS] = (space, clock)
    app.before_request(_connect)
    app.teardown_request(_close)
    app.register_error_handler(Exception, _went_wrong)
    app.register_blueprint(hooks.blueprint)
    app.register_blueprint(unsubscribing.blueprint)
    return app


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
