"""The pages as an app on a phone: the manifest, and what may be kept where there is no network."""

import datetime
import json
import re
from typing import Any

import msgspec
import pytest
from flask import Flask

from policies import database
from servicing.core.account_models import UserSession
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from servicing.web import phone
from servicing.web.phone import MARK, NOBODY
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import HOUR, NOW, Clock, Visitor


def allowed(space: Workspace) -> None:
    """The settings let a phone keep the day."""
    web = msgspec.structs.replace(space.settings.web, offline=True)
    space.settings = msgspec.structs.replace(space.settings, web=web)


@pytest.mark.parametrize(("locale", "lang"), [("en", "en"), ("zh_CN", "zh-CN"), ("x", "zh-CN")])
def test_the_manifest_speaks_the_language_of_the_page(
    visit: Visit, space: Workspace, locale: str, lang: str
) -> None:
    visitor = visit()
    answer = visitor.get(f"/manifest.webmanifest?locale={locale}")
    assert answer.mimetype == "application/manifest+json"
    told = json.loads(answer.data)
    assert (told["lang"], told["name"]) == (lang, space.settings.servicing.company)
    assert (told["start_url"], told["scope"], told["display"]) == ("/", "/", "standalone")
    assert "Set-Cookie" not in answer.headers, "a phone keeps it, whoever comes in"
    for icon in told["icons"]:
        picture = visitor.get(icon["src"])
        assert (picture.status_code, picture.mimetype) == (200, icon["type"])
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}


def test_every_page_names_the_manifest_and_may_fetch_it(visit: Visit) -> None:
    page = visit().get("/login", headers={"Accept-Language": "en"})
    assert 'rel="manifest" href="/manifest.webmanifest?locale=en"' in page.text
    assert "manifest-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_worker_is_ours_alone_and_always_asked_for_anew(visit: Visit) -> None:
    answer = visit().get("/service-worker.js")
    assert answer.mimetype == "text/javascript" and answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'; base-uri 'none'"
    told = json.loads(re.findall(r"^const TOLD = (.+);$", answer.text, re.MULTILINE)[0])
    assert set(told["words"]) == {"en", "zh-CN"} and told["mark"] == MARK
    assert all(set(each) == set(phone.SAID) for each in told["words"].values())
    known = {"If-None-Match": answer.headers["ETag"]}
    assert visit().get("/service-worker.js", headers=known).status_code == 304
    for style in told["styles"]:
        assert visit().get(style).status_code == 200


def test_only_the_day_of_an_agent_may_run_it(visit: Visit) -> None:
    day = visit("chenyan").get("/day")
    assert 'src="/static/phone.js?v=' in day.text
    assert "worker-src 'self'" in day.headers["Content-Security-Policy"]
    for login, path in (("chenyan", "/clients"), ("shanghai", "/persistency"), ("ops", "/book")):
        page = visit(login).get(path)
        assert "phone.js" not in page.text
        assert "worker-src" not in page.headers["Content-Security-Policy"]


def test_nothing_is_kept_unless_the_settings_allow_it(visit: Visit, space: Workspace) -> None:
    visitor = visit("chenyan")
    assert len(visitor.get("/day").headers[MARK].split()) == 2
    allowed(space)
    owner, language, left, at = visitor.get("/day").headers[MARK].split()
    assert (language, at) == ("zh-CN", "09:30")
    assert int(left) == 12 * 3600, "to the end of the session"
    for path in ("/clients", "/clients/C001", "/day/C001", "/account"):
        assert visitor.get(path).headers[MARK].split() == [owner, language], path
    assert visitor.get("/day").headers["Cache-Control"] == "no-store", "by nobody else"


def test_a_copy_ends_with_the_day(space: Workspace) -> None:
    allowed(space)
    clock = Clock(NOW + 8 * HOUR)
    app = pages.create(space, clock)
    told = Visitor(app, "chenyan").get("/day").headers[MARK]
    left = int(told.split()[2])
    assert left == 4 * 3600, "the session of 09:30 ends at 21:30"
    UserSession.update(ends_at=NOW + datetime.timedelta(days=2)).execute()
    visitor = Visitor(app, "chenyan")
    UserSession.update(ends_at=NOW + datetime.timedelta(days=2)).execute()
    assert int(visitor.get("/day").headers[MARK].split()[2]) == 6.5 * 3600, "at midnight"


NOT_KEPT: list[tuple[str | None, str]] = [
    (None, "/login"),
    ("shanghai", "/persistency"),
    ("ops", "/dispatch"),
    ("admin", "/people"),
    ("admin", "/nothing"),
]


@pytest.mark.parametrize(("login", "path"), NOT_KEPT)
def test_whoever_is_no_agent_ends_what_was_kept(
    visit: Visit, space: Workspace, login: str | None, path: str
) -> None:
    allowed(space)
    assert visit(login).get(path).headers[MARK] == NOBODY


def test_another_login_is_somebody_else(visit: Visit, app: Flask, space: Workspace) -> None:
    """Each session has a name of its own, which says nothing of its token."""
    allowed(space)
    told: list[Any] = [
        visit(login).get("/day").headers[MARK] for login in ("chenyan", "chenyan", "sunli")
    ]
    owners = {each.split()[0] for each in told}
    assert len(owners) == 3 and NOBODY not in owners
    assert not database.database.is_closed()


def test_a_redirect_and_a_file_say_nothing_of_anybody(visit: Visit) -> None:
    visitor = visit("chenyan")
    answers = [visitor.get(path) for path in ("/static/servicing.css", "/manifest.webmanifest")]
    answers.append(visitor.get("/metrics"))
    assert not any(MARK in answer.headers for answer in answers)
