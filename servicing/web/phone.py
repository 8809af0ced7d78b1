"""The pages as an app on a phone: its manifest, and what of them is there without a network.

A worker in the browser (`templates/static/service-worker.js`) keeps the last copy of an agent's own
day, for that login and that day, where `[web] offline` allows it. It knows what to keep and when to
let go by the header `MARK` of each page. A form that could not be sent it shows again.
"""

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request, url_for
from flask_login import current_user

from servicing.core import i18n
from servicing.web.access import NOT_BY_A_PERSON, allow_all
from servicing.web.current import now, today, workspace
from servicing.web.rendering import locale

blueprint = Blueprint("phone", __name__)

MARK = "Servicing-Day"
"""Who reads a page, its language, and for how many seconds it may be kept, since when."""

NOBODY = "-"
"""Reads a page where no agent has come in: whatever is kept goes."""

DAY = "my_day.day"
"""The page that may be kept."""

ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable.png", "512x512", "maskable"),
)

GROUND, MARKED = "#f4f6f8", "#1b5fa8"
"""The colours behind the first page and around it; `servicing.css` has the same."""

SHORT = 12
"""Letters below an icon, at the most."""


@blueprint.get("/manifest.webmanifest")
@allow_all
def manifest() -> Response:
    """What a phone asks before it shows us as an app: without a cookie, so the address has a language."""
    company, asked = workspace().settings.servicing.company, request.args.get("locale", "")
    spoken = asked if asked in i18n.locales() else workspace().settings.servicing.locale
    told = {
        "id": "/",
        "name": company,
        "short_name": company[:SHORT],
        "description": i18n.say("app", "description", spoken),
        "lang": spoken.replace("_", "-"),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": MARKED,
        "icons": [
            {"src": _file(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    }
    answer = Response(json.dumps(told, ensure_ascii=False), mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


@blueprint.get("/service-worker.js")
@allow_all
def worker() -> Response:
    """The worker, with the words it says where there is no network to ask for any."""
    words = {each.replace("_", "-"): _words(each) for each in i18n.locales()}
    styles = [url_for("bootstrap.static", filename="css/bootstrap.min.css"), _file("servicing.css")]
    told = {"mark": MARK, "words": words, "styles": styles}
    code = Path(current_app.static_folder or "", "service-worker.js").read_text("utf-8")
    text = f"const TOLD = {json.dumps(told, ensure_ascii=False)};\n{code}"
    answer = Response(text, content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Content-Security-Policy"] = "default-src 'self'; base-uri 'none'"
    answer.add_etag()  # a browser asks at every page whether there is another one
    answer.make_conditional(request)
    return answer


SAID = (
    "offline_as_of",
    "offline_nothing",
    "offline_title",
    "offline_again",
    "unsent_title",
    "unsent_is",
    "unsent_send",
    "unsent_secret",
)
"""What the worker says."""


def _words(spoken: str) -> dict[str, str]:
    return {key: i18n.say("app", key, spoken, at="{at}") for key in SAID}


def _file(name: str) -> str:
    return url_for("static", filename=name)


def draw_with(app: Flask) -> None:
    """Tell the templates which page brings the worker along, and whether it may be kept."""
    app.jinja_env.globals["has_worker"] = lambda: request.endpoint == DAY
    app.jinja_env.globals["may_keep"] = lambda: workspace().settings.web.offline


def marked(response: Response) -> Response:
    """Say of each page who reads it, so that nothing of an agent's stays for somebody else."""
    is_page = response.mimetype == "text/html" and response.status_code < 500
    if is_page and request.blueprint not in NOT_BY_A_PERSON:
        response.headers[MARK] = _mark(response)
    return response


def _mark(response: Response) -> str:
    if not current_user.is_authenticated or current_user.user.role != "agent":
        return NOBODY
    token = f"{MARK} {current_user.get_id()}"
    told: list[Any] = [hashlib.sha256(token.encode()).hexdigest()[:16], locale().replace("_", "-")]
    may_keep = workspace().settings.web.offline and current_user.ends_at is not None
    if may_keep and request.endpoint == DAY and response.status_code == 200:
        told += [_seconds_left(), f"{now().astimezone(workspace().zone):%H:%M}"]
    return " ".join(map(str, told))


def _seconds_left() -> int:
    """To the end of the day or of the session, whichever comes first."""
    tomorrow = today() + datetime.timedelta(days=1)
    midnight = datetime.datetime.combine(tomorrow, datetime.time(), workspace().zone)
    return max(0, int((min(midnight, current_user.ends_at) - now()).total_seconds()))
