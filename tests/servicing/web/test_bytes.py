"""How much a phone has to fetch before an agent can begin her day."""

import gzip
import html
import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from policies import database
from servicing.core.models import Task
from servicing.operations.workspace import Workspace
from tests.servicing.web import mornings
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import BASE, PASSWORD, account, token_in

FIRST_VISIT = 70_000
"""Bytes over the wire, heads included: from the address of the house to one's day."""

DAY = 40_000
"""Bytes of a day of thirty calls, before they are compressed."""

LANGUAGES = ["zh-CN", "en"]
WORKER = "/service-worker.js"


class Browser:
    """Takes gzip, follows redirects, fetches what a page is drawn with, and keeps what it may."""

    def __init__(self, app: Flask, language: str) -> None:
        self._client: FlaskClient = app.test_client()
        self._headers = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": language}
        self._kept: set[str] = set()
        self._token = ""
        self.page = ""
        self.fetched = 0

    def visit(self, path: str, form: dict[str, str] | None = None) -> str:
        """The page that is shown in the end."""
        answer = self._asked(path, form)
        while answer.status_code in (302, 303):
            answer = self._asked(answer.location)
        page = _unpacked(answer)
        self._token = token_in(page)
        drawn_with = re.findall('<link rel="[^"]+" href="([^"]+)"|<script src="([^"]+)"', page)
        for address in (html.unescape(link or script) for link, script in drawn_with):
            if address not in self._kept:
                assert "max-age" in self._asked(address).headers["Cache-Control"]
                self._kept.add(address)
            if address.startswith("/static/phone.js") and WORKER not in self._kept:
                self._asked(WORKER)  # which that script registers
                self._kept.add(WORKER)
        self.page = answer.request.path
        return page

    def _asked(self, path: str, form: dict[str, str] | None = None) -> TestResponse:
        assert not urlsplit(path).netloc
        how = {"data": {**form, "csrf_token": self._token}} if form else {}
        headers = {**self._headers, "Referer": BASE}
        method = "POST" if form else "GET"
        answer = self._client.open(path, method=method, base_url=BASE, headers=headers, **how)
        database.database.connect(reuse_if_open=True)
        assert answer.status_code < 400
        self.fetched += len(str(answer.headers)) + len(answer.data)
        return answer


def _unpacked(answer: TestResponse) -> str:
    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    return (gzip.decompress(answer.data) if is_packed else answer.data).decode(errors="replace")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_visit_is_small(app: Flask, space: Workspace, language: str) -> None:
    mornings.many_calls(space)
    account("chenyan")
    browser = Browser(app, language)
    browser.visit("/")
    assert browser.page == "/login"
    day = browser.visit("/login", {"login": "chenyan", "password": PASSWORD})
    assert browser.page == "/day" and day.count('class="line"') == mornings.CALLS + 1
    assert browser.fetched <= FIRST_VISIT, browser.fetched
    before = browser.fetched
    browser.visit("/day")
    assert browser.fetched - before <= FIRST_VISIT / 7, "all but the page is there already"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_of_thirty_calls_is_small(visit: Visit, space: Workspace, language: str) -> None:
    Task.delete().execute()
    mornings.many_calls(space)
    page = visit("chenyan").get("/day", headers={"Accept-Language": language})
    assert page.text.count('class="line"') == mornings.CALLS
    assert page.text.count('class="ring" href="tel:') == mornings.CALLS
    assert page.text.count('href="/day/C') == mornings.CALLS
    assert len(page.data) <= DAY, len(page.data)
