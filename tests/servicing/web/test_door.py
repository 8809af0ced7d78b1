"""Who comes in, who does not, and what a session is worth."""

import re

import pytest
from flask import Flask

from servicing.core import accounts
from servicing.core.account_models import User
from servicing.web import access
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import BASE, NOW, PASSWORD, account, text_of

HOMES = {"chenyan": "/day", "ops": "/dispatch", "team": "/month", "admin": "/people"}


def test_whoever_has_not_come_in_is_asked_to_and_then_goes_where_he_wanted(visit: Visit) -> None:
    stranger = visit()
    answer = stranger.get("/clients?q=林")
    assert (answer.status_code, answer.location) == (303, "/login?next=/clients?q%3D%E6%9E%97")
    account("chenyan")
    answer = stranger.post(answer.location, login="chenyan", password=PASSWORD)
    assert answer.location == "/clients?q=%E6%9E%97"


@pytest.mark.parametrize("login", ["chenyan", "CHENYAN", " chenyan "])
def test_a_login_has_no_capitals_and_no_blanks(visit: Visit, login: str) -> None:
    account("chenyan")
    assert visit().post("/login", login=login, password=PASSWORD).status_code == 303


WRONG = [("chenyan", "wrong"), ("nobody", PASSWORD), ("", ""), ("chenyan", "x" * 100_000)]


@pytest.mark.parametrize(("login", "password"), WRONG)
def test_a_wrong_password_and_an_unknown_login_sound_the_same(
    visit: Visit, login: str, password: str
) -> None:
    account("chenyan")
    answer = visit().post("/login", login=login, password=password)
    assert answer.status_code == 401
    assert "登录名或密码不正确" in answer.text


def test_whoever_only_asks_for_the_heads_of_the_login_guesses_nothing(visit: Visit) -> None:
    stranger = visit()
    for _ in range(11):
        assert stranger.client.head("/login", base_url=BASE).status_code == 200
    assert stranger.post("/login", login="", password="").status_code == 401


def test_the_cookie_is_seen_by_no_script_and_sent_over_tls_only(visit: Visit) -> None:
    account("chenyan")
    answer = visit().post("/login", login="chenyan", password=PASSWORD)
    told = answer.headers.getlist("Set-Cookie")
    cookie = next(each for each in told if each.startswith("__Host-servicing="))
    for part in ("__Host-servicing=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Expires="):
        assert part in cookie
    assert "Domain" not in cookie


def test_another_password_logs_out_everywhere_else(app: Flask, visit: Visit) -> None:
    here, there = visit("chenyan"), visit("chenyan")
    answer = here.post("/account/password", old=PASSWORD, new="another long secret")
    assert "密码已修改" in here.get(answer.location).text
    assert here.get("/day").status_code == 200
    assert there.get("/day").status_code == 303
    assert accounts.recognised("chenyan", "another long secret", NOW.date())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("wrong", "another long secret", "当前密码不正确"),
        (PASSWORD, "short", "密码应为 10 至 256 个字符"),
        (PASSWORD, "chenyan-chenyan", "密码太容易猜到"),
        (PASSWORD, PASSWORD, "新密码与原密码相同"),
    ],
)
def test_a_poor_password_or_a_wrong_old_one_changes_nothing(
    visit: Visit, old: str, new: str, told: str
) -> None:
    here, there = visit("chenyan"), visit("chenyan")
    answer = here.post("/account/password", old=old, new=new)
    assert told in text_of(here.get(answer.location))
    assert there.get("/day").status_code == 200


def test_whoever_is_disabled_is_out_at_once_and_everywhere(visit: Visit) -> None:
    visitor = visit("chenyan")
    accounts.set_disabled(User.get(login="chenyan"), True, NOW)
    assert visitor.get("/day").status_code == 303
    assert visit().post("/login", login="chenyan", password=PASSWORD).status_code == 401


def test_going_out_ends_the_session(visit: Visit) -> None:
    visitor = visit("chenyan")
    assert visitor.post("/logout").location == "/login"
    assert visitor.get("/day").status_code == 303


FORMS = ["/login", "/logout", "/language", "/day", "/account/password", "/account/feed"]


@pytest.mark.parametrize("path", [*FORMS, "/clients/C001/remarks", "/clients/C001/consent"])
def test_no_form_is_taken_without_its_token(visit: Visit, path: str) -> None:
    visitor = visit("chenyan")
    answer = visitor.post(
        path, csrf_token="made up", text="x", kind="note", password="x", login="x"
    )
    assert answer.status_code == 400
    assert "页面打开太久" in answer.text


ADDRESSES = [
    ("/day", "/day"),
    ("/clients?q=x#trail", "/clients?q=x#trail"),
    ("https://evil.example/day", ""),
    ("//evil.example/day", ""),
    ("/\\evil.example", ""),
    ("\\\\evil.example", ""),
    ("javascript:alert(1)", ""),
    ("/\n/evil.example", ""),
    ("/\t/evil.example", ""),
    ("day", ""),
    ("", ""),
]


@pytest.mark.parametrize(("asked", "ours"), ADDRESSES)
def test_nobody_is_sent_elsewhere_by_a_link_to_us(asked: str, ours: str) -> None:
    assert access.own_address(asked) == ours


@pytest.mark.parametrize("path", ["/login?next=https://evil.example", "/login?next=//evil.example"])
def test_a_login_leads_to_our_own_pages_only(visit: Visit, path: str) -> None:
    account("chenyan")
    assert visit().post(path, login="chenyan", password=PASSWORD).location == "/"


def test_the_language_is_the_browsers_until_a_person_chooses(visit: Visit) -> None:
    visitor = visit("chenyan")
    english = {"headers": {"Accept-Language": "en-GB,en;q=0.8"}}
    assert "Today" in visitor.get("/day", **english).text
    assert "今日工作" in visitor.get("/day", headers={"Accept-Language": "zh-TW"}).text
    assert "今日工作" in visitor.get("/day", headers={"Accept-Language": "de"}).text
    visitor.post("/language", locale="en", next="/day")
    assert '<html lang="en">' in visitor.get("/day").text
    assert '<html lang="en">' in visit("chenyan").get("/day").text, "also on another device"


def test_every_page_forbids_scripts_and_frames_and_is_kept_by_nobody(visit: Visit) -> None:
    for answer in (visit().get("/login"), visit("chenyan").get("/day"), visit().get("/nothing")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        for forbidden in ("<script>", "<style", " style=", "onclick", "http://", "//cdn"):
            assert forbidden not in answer.text.replace("http://www.w3.org", "")
        scripts = re.findall(r'<script src="([^"]+)"', answer.text)
        assert answer.text.count("<script") == len(scripts), "none stands in a page"
        assert all(each.startswith("/static/") for each in scripts)
