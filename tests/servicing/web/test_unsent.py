"""What was typed into a form whose session was over is kept, shown again, and never sent by itself."""

import base64
import datetime
import html
import re

import msgspec
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from policies import database
from servicing.core import accounts
from servicing.core.account_models import User
from servicing.core.models import CardEntry
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from servicing.web import unsent
from tests.servicing.web import factors
from tests.servicing.web.visits import (
    BASE,
    HOUR,
    NOW,
    PASSWORD,
    Clock,
    Visitor,
    account,
    log_in,
    token_of,
)

CARD = f"{BASE}/clients/C001"
REMARK = {"kind": "note", "text": "Wants a call\r\nafter “six” <b>sharp</b> & not before"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(space: Workspace, clock: Clock) -> Flask:
    return pages.create(space, clock)


class Writer:
    """An agent whose form is open while her session runs out."""

    def __init__(self, app: Flask, clock: Clock, after: datetime.timedelta = 13 * HOUR) -> None:
        account("chenyan"), account("sunli")
        self.visitor = Visitor(app)
        log_in(self.visitor.client, "chenyan")
        database.database.connect(reuse_if_open=True)
        self.token = token_of(self.visitor.get("/clients/C001"))
        clock.now += after

    def send(self, path: str = "/clients/C001/remarks", **form: str) -> TestResponse:
        """Press the button of the page that was open."""
        data = {"csrf_token": self.token, **(form or REMARK)}
        answer = self.visitor.client.post(
            path, data=data, base_url=BASE, headers={"Referer": CARD, "Origin": BASE}
        )
        database.database.connect(reuse_if_open=True)
        return answer

    def log_in(self, page: TestResponse, login: str, password: str = PASSWORD) -> TestResponse:
        """Fill in the login page that was the answer."""
        form = {"csrf_token": token_of(page), "login": login, "password": password}
        if kept := kept_in(page):
            form["kept"] = kept
        action = re.search('<form method="post" action="([^"]+)">\\s*<input', page.text)
        answer = self.visitor.client.post(
            html.unescape(action[1]) if action else "/login",
            data=form,
            base_url=BASE,
            headers={"Referer": BASE},
        )
        database.database.connect(reuse_if_open=True)
        return answer


def kept_in(page: TestResponse) -> str:
    found = re.search('name="kept" value="([^"]+)"', page.text)
    return html.unescape(found[1]) if found else ""


def fields_in(page: TestResponse) -> dict[str, str]:
    """The hidden fields of the form that is shown again."""
    form = page.text.split('<dl class="how">')[1].split("</form>")[0]
    found = re.findall('<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(text) for name, text in found}


def remarks() -> list[str]:
    return [str(each.facts) for each in CardEntry.select() if "Wants a call" in str(each.facts)]


def test_what_was_typed_is_shown_after_the_login_and_sent_by_a_click(
    app: Flask, clock: Clock
) -> None:
    writer = Writer(app, clock)
    page = writer.send()
    assert page.status_code == 401 and "已保留" in page.text
    assert "Wants a call" not in page.text, "who stands before the login reads nothing of it"
    shown = writer.log_in(page, "chenyan")
    assert shown.status_code == 200 and "尚未提交" in shown.text
    assert 'action="/clients/C001/remarks"' in shown.text and 'href="/clients/C001"' in shown.text
    assert "&lt;b&gt;sharp&lt;/b&gt;" in shown.text and "<b>sharp" not in shown.text
    assert fields_in(shown) == REMARK
    assert remarks() == [], "nothing is sent by itself"
    writer.token = token_of(shown)
    assert writer.send(**fields_in(shown)).status_code == 303
    assert len(remarks()) == 1


def test_a_wrong_password_in_between_loses_nothing(app: Flask, clock: Clock) -> None:
    writer = Writer(app, clock)
    page = writer.log_in(writer.send(), "chenyan", "a wrong password")
    assert page.status_code == 401 and kept_in(page)
    assert fields_in(writer.log_in(page, "chenyan")) == REMARK


def test_somebody_else_who_logs_in_there_sees_nothing_of_it(app: Flask, clock: Clock) -> None:
    writer = Writer(app, clock)
    answer = writer.log_in(writer.send(), "sunli")
    assert (answer.status_code, answer.location) == (303, "/clients/C001")
    assert remarks() == []


def after_a_new_password() -> None:
    """She has chosen it elsewhere."""
    accounts.choose_password(User.get(login="chenyan"), "", PASSWORD, NOW)


def test_a_session_that_was_ended_keeps_it_like_one_that_ran_out(app: Flask, clock: Clock) -> None:
    writer = Writer(app, clock, after=HOUR)
    after_a_new_password()
    assert fields_in(writer.log_in(writer.send(), "chenyan")) == REMARK


def test_a_form_that_is_sent_after_a_login_in_another_tab_is_carried_out(
    app: Flask, clock: Clock
) -> None:
    writer = Writer(app, clock)
    log_in(writer.visitor.client, "chenyan")
    database.database.connect(reuse_if_open=True)
    assert writer.send().status_code == 303
    assert len(remarks()) == 1


def test_a_form_of_whoever_logged_in_before_is_not_carried_out_for_the_next_one(
    app: Flask, clock: Clock
) -> None:
    writer = Writer(app, clock)
    log_in(writer.visitor.client, "sunli")
    database.database.connect(reuse_if_open=True)
    assert writer.send().status_code == 400
    assert remarks() == []


NOT_KEPT = [
    ("a forged token", {"csrf_token": "made up", **REMARK}, "/clients/C001/remarks"),
    ("no token", {"csrf_token": "", **REMARK}, "/clients/C001/remarks"),
    ("nothing typed", {"csrf_token": "", "other": ""}, "/clients/C001/remarks"),
    ("a new password", {"old": "the old one", "new": "the new one"}, "/account/password"),
    (
        "a factor",
        {"username": "chenyan", "password": "x", "factor": "app"},
        f"{factors.OWN}/remove",
    ),
    ("a code of an app", {"code": "123456"}, f"{factors.OWN}/app/try"),
    ("a new passkey", {"name": "phone", "passkey": "{}"}, f"{factors.OWN}/passkey/try"),
    ("another's password", {"login": "sunli", "new": "the new one"}, "/people/password"),
    ("too much", {"kind": "note", "text": "x" * (unsent.LARGEST + 1)}, "/clients/C001/remarks"),
    ("a character of no text", {"kind": "note", "text": "a\0b"}, "/clients/C001/remarks"),
]


@pytest.mark.parametrize(("what", "form", "path"), NOT_KEPT, ids=lambda each: str(each)[:20])
def test_what_is_not_kept_leads_to_the_login_and_back_to_the_page(
    what: str, form: dict[str, str], path: str, app: Flask, clock: Clock
) -> None:
    answer = Writer(app, clock).send(path, **form)
    assert (answer.status_code, answer.location) == (303, "/login?next=/clients/C001")


def test_a_password_is_left_out_of_a_form_that_makes_sense_without_it(
    app: Flask, clock: Clock
) -> None:
    writer = Writer(app, clock)
    page = writer.send("/people", login="lin", name="Lin", password="a secret word")
    assert "a secret word" not in page.text
    assert fields_in(writer.log_in(page, "chenyan")) == {"login": "lin", "name": "Lin"}


@pytest.mark.parametrize("what", ["logged out", "never in"])
def test_without_the_cookie_of_a_session_nothing_is_kept(
    what: str, app: Flask, clock: Clock
) -> None:
    writer = Writer(app, clock, after=HOUR)
    if what == "logged out":
        writer.visitor.post("/logout")
    else:
        writer.visitor = Visitor(app)
    assert writer.send().status_code == 303


WAITS = [
    (12 * HOUR - datetime.timedelta(seconds=1), 200),
    (12 * HOUR + datetime.timedelta(seconds=1), 303),
]


@pytest.mark.parametrize(("later", "status"), WAITS)
def test_it_waits_for_twelve_hours_before_the_login(
    later: datetime.timedelta, status: int, app: Flask, clock: Clock
) -> None:
    writer = Writer(app, clock)
    page = writer.send()
    clock.now += later
    assert writer.log_in(page, "chenyan").status_code == status


def test_nobody_reads_it_out_of_the_login_page(app: Flask, clock: Clock) -> None:
    seal = kept_in(Writer(app, clock).send())
    assert b"Wants" not in base64.urlsafe_b64decode(seal)


SEALS = ["", "made up", "a.b.c", "林", "x" * (unsent.LARGEST_SEALED + 1)]


@pytest.mark.parametrize("seal", SEALS)
def test_a_seal_that_is_none_of_ours_is_passed_over(seal: str, app: Flask) -> None:
    account("chenyan")
    answer = Visitor(app).post("/login", login="chenyan", password=PASSWORD, kept=seal)
    assert (answer.status_code, answer.location) == (303, "/")


def test_an_attackers_form_is_not_shown_as_ones_own(app: Flask, clock: Clock) -> None:
    """A seal is its owner's: one that another account was given is worth nothing to this one."""
    writer = Writer(app, clock)
    seal = kept_in(writer.send())
    visitor = Visitor(app)
    assert visitor.post("/login", login="sunli", password=PASSWORD, kept=seal).status_code == 303


def test_a_page_of_another_site_leads_nowhere_else(app: Flask, clock: Clock) -> None:
    writer = Writer(app, clock)
    for referer in ("https://evil.example/x", "//evil.example", "https://localhost//evil.example"):
        answer = writer.visitor.client.post(
            "/clients/C001/remarks", base_url=BASE, headers={"Referer": referer}
        )
        database.database.connect(reuse_if_open=True)
        assert answer.location == "/login"


def test_a_form_waits_until_a_password_of_ones_own_is_chosen(app: Flask, clock: Clock) -> None:
    """Her password was reset while she typed: that ends a session, too."""
    writer = Writer(app, clock, datetime.timedelta(0))
    accounts.set_password(User.get(login="chenyan"), PASSWORD, NOW)
    page = writer.log_in(writer.send(), "chenyan")
    for new, status in (("poor", 400), ("a pass phrase of my own", 200)):
        assert kept_in(page)
        form = {"csrf_token": token_of(page), "old": PASSWORD, "new": new}
        form["kept"] = kept_in(page)
        how = {"base_url": BASE, "headers": {"Referer": BASE}}
        page = writer.visitor.client.post("/account/password", data=form, **how)
        database.database.connect(reuse_if_open=True)
        assert page.status_code == status
    assert "Wants a call" in page.text and remarks() == []


def test_who_has_to_set_up_a_factor_first_is_shown_what_was_typed(
    app: Flask, clock: Clock, space: Workspace
) -> None:
    """The setting was changed while she typed; nothing else opens before."""
    writer = Writer(app, clock)
    wanted = msgspec.structs.replace(space.settings.web, second_factor=("agent",))
    space.settings = msgspec.structs.replace(space.settings, web=wanted)
    page = writer.log_in(writer.send(), "chenyan")
    assert "Wants a call" in page.text and f'href="{factors.OWN}"' in page.text
    assert "<form" not in page.text and "/clients" not in page.text
    assert writer.visitor.get("/clients/C001").location == factors.OWN


def test_a_form_waits_until_the_second_step_is_taken(
    app: Flask, clock: Clock, space: Workspace
) -> None:
    writer = Writer(app, clock)
    factors.give_app(space, "chenyan")
    page = writer.log_in(writer.send(), "chenyan")
    how = {"base_url": BASE, "headers": {"Referer": BASE}}
    for typed, status in (("000000", 401), (factors.code(clock.now), 200)):
        assert kept_in(page) and "Wants a call" not in page.text
        action = re.search('action="(/login/second[^"]*)"', page.text)
        assert action
        form = {"csrf_token": token_of(page), "code": typed, "kept": kept_in(page)}
        page = writer.visitor.client.post(html.unescape(action[1]), data=form, **how)
        database.database.connect(reuse_if_open=True)
        assert page.status_code == status
    assert fields_in(page) == REMARK and 'href="/clients/C001"' in page.text
    assert remarks() == []
