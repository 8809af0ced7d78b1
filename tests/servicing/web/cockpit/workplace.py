"""The workplace of operations: their book of a day, and how somebody comes in."""

import html
import re

from flask.testing import FlaskClient

from servicing.core.states import LEASE
from servicing.operations.workspace import Workspace
from servicing.web import app
from tests import cast
from tests.servicing.dispatched import TEN
from tests.servicing.web.visits import log_in

ON = "2025-09-30"
LATER = TEN + LEASE
BOOK = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no\n"
HOSTILE = "<script>alert(1)</script>"


def come_in(space: Workspace, login: str) -> FlaskClient:
    assert space.walker()  # its files are read before the first page, as `servicing web` does
    application = app.create(space, lambda: LATER)
    browser = application.test_client()
    browser.environ_base["wsgi.url_scheme"] = "https"
    log_in(browser, login)
    return browser


def state(policy_no: str) -> str:
    return cast.message("month_1", policy_no).state


PAGES = ["/people", "/views"]
OPERATIONS = ["/dispatch", "/dispatch/messages", "/dispatch/barred", "/book", "/plan"]
OPERATIONS += [
    "/plan/texts",
    "/plan/compare",
    "/dispatch/queue",
    "/dispatch/decide",
    "/orphans",
    "/reassign",
]


def flashed(page: str) -> list[tuple[str, str]]:
    """What a page says of what was just done: its kind and its words."""
    found = re.findall(r'<p class="alert alert-(\w+)" role="status">([^<]*)</p>', page)
    return [(kind, html.unescape(words)) for kind, words in found]
