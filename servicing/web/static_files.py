"""Style sheets and signs, ours and Bootstrap's: a browser fetches each once, until it changes.

The digest of a file stands in its address. A browser may therefore keep the file for a year: a
changed file has another address. Nothing of a session is in it, so whoever logs in has it already.
"""

import datetime
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.security import safe_join

ENDPOINTS = ("static", "bootstrap.static")
"""What sends a file, and neither asks the database nor shows what a person may see."""

FILES = ENDPOINTS + ("phone.manifest", "phone.worker")
"""The same, with the two files that are made when they are asked for."""

YEAR = int(datetime.timedelta(days=365).total_seconds())
DIGITS = 12


def address_by_digest(app: Flask) -> None:
    """Put the digest of a file into every address of it that is written from now on."""
    app.url_defaults(_add_digest)
    app.after_request(_kept)
    app.session_interface = _Sessions()


class _Sessions(SecureCookieSessionInterface):
    """Sessions of pages only: `Vary: Cookie` would have a file fetched again after the login."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie, where it is a page that is sent."""
        if not is_sent(response):
            super().save_session(app, session, response)


def is_sent(response: Response) -> bool:
    """Whether a file is sent, and no page that says that there is none."""
    return request.endpoint in FILES and response.status_code < 400


def _add_digest(endpoint: str, values: dict[str, Any]) -> None:
    digest = _digest(endpoint, values.get("filename", "")) if endpoint in ENDPOINTS else ""
    if digest:
        values.setdefault("v", digest)


def _kept(response: Response) -> Response:
    """Let a browser keep the file for a year, if its address has the digest of this very file.

    Another digest comes from a page of another release; its file is kept for as long as one without.
    """
    asked = request.args.get("v", "")
    if not asked or request.endpoint not in ENDPOINTS or not is_sent(response):
        return response  # what is made when it is asked for has no digest
    if asked == _digest(request.endpoint or "", (request.view_args or {}).get("filename", "")):
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        del response.headers["Expires"]  # of a shorter time, for browsers of the last century
    return response


def _digest(endpoint: str, name: str) -> str:
    """The digest of a file as it is now; nothing for a file that there is not."""
    blueprint, _, _ = endpoint.rpartition(".")
    owner = current_app.blueprints[blueprint] if blueprint else current_app
    path = safe_join(owner.static_folder or "", name)
    try:
        found = Path(path or "").stat()
    except OSError:
        return ""
    return _digest_of(str(path), found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _digest_of(path: str, changed_at: int, size: int) -> str:
    """Read once for as long as the file stays as it is."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:DIGITS]
