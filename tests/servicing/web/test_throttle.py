"""Who guesses passwords, and whom that keeps out."""

import contextlib
import datetime
import sqlite3

import argon2
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from policies import database
from servicing.core import accounts, devices, hashing
from servicing.core.account_models import KnownDevice, User
from servicing.operations.workspace import Workspace
from servicing.web.throttle import DEVICE_COOKIE, cookie_of
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import BASE, NOW, PASSWORD, Visitor, account, statements, text_of


def at(app: Flask, address: str, device: str = "", of: str = "chenyan") -> Visitor:
    """A browser that has not come in, at that address; with the cookie of a device of somebody."""
    visitor = Visitor(app)
    visitor.client.environ_base["REMOTE_ADDR"] = address
    if device:
        visitor.client.set_cookie(cookie_of(of), device, secure=True)
    return visitor


def come_in(visitor: Visitor, login: str = "chenyan", password: str = PASSWORD) -> TestResponse:
    return visitor.post("/login", login=login, password=password)


def guess(visitor: Visitor, times: int, login: str = "chenyan") -> list[int]:
    """The answers to wrong passwords."""
    form = {"csrf_token": visitor.token(), "login": login}
    how = {"base_url": BASE, "headers": {"Referer": BASE}}
    return [
        visitor.client.post(
            "/login", data={**form, "password": f"guess {number}"}, **how
        ).status_code
        for number in range(times)
    ]


def device_of(visitor: Visitor, of: str = "chenyan") -> str:
    cookie = visitor.client.get_cookie(cookie_of(of))
    return cookie.value if cookie else ""


@pytest.mark.parametrize("guesses", [50, pytest.param(1_000, marks=pytest.mark.drilled)])
@pytest.mark.parametrize("login", ["chenyan", "nobody"])
def test_one_source_has_ten_guesses_at_an_account_and_keeps_nobody_else_out(
    guesses: int, login: str, app: Flask
) -> None:
    account("chenyan"), account("sunli")
    thief = at(app, "192.0.2.7")
    codes = guess(thief, guesses, login)
    assert (codes.count(401), codes.count(429)) == (10, guesses - 10)
    assert come_in(thief, login).status_code == 429
    assert come_in(at(app, "192.0.2.7"), "sunli").status_code == 303
    assert come_in(at(app, "192.0.2.8")).status_code == 303


def test_the_answer_says_when_to_come_again(app: Flask) -> None:
    thief = at(app, "192.0.2.7")
    guess(thief, 10)
    answer = come_in(thief)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "密码错误次数过多，请 15 分钟后再试。" in text_of(answer)


@pytest.mark.parametrize("login", ["CHENYAN", " chenyan ", "ChenYan"])
def test_a_login_is_counted_however_it_is_written(login: str, app: Flask) -> None:
    account("chenyan")
    thief = at(app, "192.0.2.7")
    guess(thief, 10)
    assert come_in(thief, login).status_code == 429


def test_the_addresses_of_one_line_are_one_source(app: Flask) -> None:
    account("chenyan")
    for number in range(10):
        assert guess(at(app, f"2001:db8:1:2::{number}"), 1) == [401]
    assert come_in(at(app, "2001:db8:1:2:ffff::1")).status_code == 429
    assert come_in(at(app, "2001:db8:1:3::1")).status_code == 303


def test_one_source_has_a_hundred_guesses_at_whatever_accounts(app: Flask) -> None:
    account("chenyan")
    thief = at(app, "192.0.2.7")
    codes = [guess(thief, 1, f"user{number}")[0] for number in range(103)]
    assert codes == [401] * 100 + [429] * 3
    assert come_in(at(app, "192.0.2.8")).status_code == 303


def test_many_sources_have_thirty_guesses_at_an_account_and_its_own_device_still_comes_in(
    app: Flask,
) -> None:
    account("chenyan")
    home = at(app, "192.0.2.100")
    assert come_in(home).status_code == 303
    codes = [guess(at(app, f"198.51.100.{number}"), 1)[0] for number in range(33)]
    assert codes == [401] * 30 + [429] * 3
    assert come_in(at(app, "203.0.113.1")).status_code == 429, "a device that nobody knows waits"
    assert come_in(at(app, "203.0.113.2", device_of(home))).status_code == 303


def test_a_stranger_behind_the_same_address_does_not_keep_a_known_device_out(app: Flask) -> None:
    account("chenyan")
    home = at(app, "192.0.2.7")
    come_in(home)
    guess(at(app, "192.0.2.7"), 20)
    assert come_in(at(app, "192.0.2.7")).status_code == 429
    assert come_in(at(app, "192.0.2.7", device_of(home))).status_code == 303


def test_a_known_device_has_ten_guesses_of_its_own(app: Flask) -> None:
    account("chenyan")
    home = at(app, "192.0.2.7")
    come_in(home)
    here = at(app, "192.0.2.7", device_of(home))
    assert guess(here, 12) == [401] * 10 + [429] * 2
    assert come_in(at(app, "192.0.2.8")).status_code == 303, "only that device has to wait"


@pytest.mark.parametrize("device", ["of another account", "made up"])
def test_a_device_that_is_not_theirs_is_a_stranger(device: str, app: Flask) -> None:
    account("chenyan"), account("sunli")
    home = at(app, "192.0.2.7")
    come_in(home)
    guess(at(app, "192.0.2.7"), 10, "sunli")
    token = "made up" if device == "made up" else device_of(home)
    assert come_in(at(app, "192.0.2.7", token, "sunli"), "sunli").status_code == 429


def test_the_cookie_of_a_device_is_secret_and_its_token_is_stored_nowhere(app: Flask) -> None:
    account("chenyan")
    home = at(app, "192.0.2.7")
    cookies = come_in(home).headers.getlist("Set-Cookie")
    (told,) = [each for each in cookies if each.startswith(DEVICE_COOKIE)]
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"):
        assert part in told
    assert "Domain" not in told
    (known,) = KnownDevice.select()
    assert known.digest == devices.digest(device_of(home)) != device_of(home)
    assert come_in(at(app, "192.0.2.7", device_of(home))).status_code == 303
    assert KnownDevice.select().count() == 1


def test_a_browser_may_be_known_to_several_accounts(app: Flask) -> None:
    account("chenyan"), account("sunli")
    shared = at(app, "192.0.2.7")
    come_in(shared)
    shared.post("/logout")
    come_in(shared, "sunli")
    for login in ("chenyan", "sunli"):
        assert devices.is_known(device_of(shared, login), login, NOW)


def test_a_token_that_somebody_has_left_in_a_browser_is_not_taken(app: Flask) -> None:
    account("chenyan")
    left = "x" * 43
    home = at(app, "192.0.2.7", left)
    assert come_in(home).status_code == 303
    assert device_of(home) != left
    assert not devices.is_known(left, "chenyan", NOW)


@pytest.mark.only_sqlite("a server has many writers")
def test_a_device_is_remembered_another_time_where_somebody_else_writes(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "PATIENCE_SECONDS", 0.05)
    user = account("chenyan")
    file = next(space.home.glob("servicing.db"))
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as importing:
        importing.execute("BEGIN IMMEDIATE")
        assert devices.remember(user, "", NOW) == ""
    token = devices.remember(user, "", NOW)
    assert token and devices.is_known(token, "chenyan", NOW)
    ((patience,),) = database.execute("PRAGMA busy_timeout")
    assert patience == database.BUSY_TIMEOUT_SECONDS * 1000


CHECKED = [
    ("chenyan", "wrong"),
    ("chenyan", ""),
    ("chenyan", "x" * 100_000),
    ("nobody", PASSWORD),
    ("", ""),
    ("sunli", PASSWORD),
]


@pytest.mark.parametrize(("login", "password"), CHECKED)
def test_whatever_is_wrong_one_password_is_checked_and_the_answer_is_the_same(
    login: str, password: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("chenyan"), accounts.set_disabled(account("sunli"), True, NOW)
    accounts.nobodys()  # as a server does before the first login
    checked: list[int] = []
    verify = type(hashing._hasher).verify

    def counted(self: argon2.PasswordHasher, hashed: str, text: str) -> bool:
        checked.append(len(text))
        return bool(verify(self, hashed, text))

    monkeypatch.setattr(type(hashing._hasher), "verify", counted)
    answer = come_in(at(app, "192.0.2.7"), login, password)
    assert (answer.status_code, len(checked)) == (401, 1)
    assert checked[0] <= hashing.LONGEST_PASSWORD + 1
    assert "登录名或密码不正确" in text_of(answer)
    assert not answer.headers.getlist("Set-Cookie")


@pytest.mark.parametrize("how", ["given another password", "disabled"])
def test_no_device_is_known_any_more_of_whoever_is(how: str, app: Flask) -> None:
    account("chenyan")
    come_in(at(app, "192.0.2.7"))
    assert KnownDevice.select().count() == 1
    if how == "disabled":
        accounts.set_disabled(User.get(login="chenyan"), True, NOW)
    else:
        accounts.set_password(User.get(login="chenyan"), "another long secret", NOW)
    assert not KnownDevice.select().exists()


def test_an_account_has_twenty_devices_and_each_is_known_for_a_year(space: Workspace) -> None:
    user = account("chenyan")
    tokens = [devices.remember(user, "", NOW) for _ in range(23)]
    known = [devices.is_known(each, "chenyan", NOW) for each in tokens]
    assert known == [False] * 3 + [True] * 20
    year, latest = datetime.timedelta(days=365), tokens[-1]
    assert devices.is_known(latest, "chenyan", NOW + year - datetime.timedelta(seconds=1))
    assert not devices.is_known(latest, "chenyan", NOW + year)
    again = devices.remember(user, latest, NOW + year)
    assert again != latest and devices.is_known(again, "chenyan", NOW + year)


def test_whoever_has_come_in_has_ten_guesses_at_their_own_password(
    app: Flask, visit: Visit
) -> None:
    here = visit("chenyan")
    guess(at(app, "192.0.2.7"), 50)
    told = [
        text_of(here.get(here.post("/account/password", old=f"{n}", new="x" * 12).location))
        for n in range(12)
    ]
    assert ["当前密码不正确" in each for each in told] == [True] * 10 + [False] * 2
    assert "密码错误次数过多，请 15 分钟后再试" in told[-1]


def test_where_too_many_hash_a_login_is_sent_away_at_once_and_not_counted(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("chenyan")
    full = hashing.Lane(1, 0)
    monkeypatch.setattr(hashing, "_strangers", full)
    visitor = at(app, "192.0.2.7")
    with full.turn():
        for _ in range(15):
            answer = come_in(visitor)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
            assert "此刻登录的人过多" in text_of(answer)
    assert come_in(visitor).status_code == 303


def test_a_stranger_is_sent_away_before_the_database_is_asked(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("chenyan")
    stranger, known = at(app, "192.0.2.7"), at(app, "192.0.2.7")
    come_in(known)
    form = {"csrf_token": stranger.token(), "login": "chenyan", "password": PASSWORD}
    how = {"base_url": BASE, "headers": {"Referer": BASE}}
    full = hashing.Lane(1, 0)
    monkeypatch.setattr(hashing, "_strangers", full)
    with full.turn(), statements() as asked:
        assert stranger.client.post("/login", data=form, **how).status_code == 503
        assert asked == []
        assert come_in(at(app, "192.0.2.7", device_of(known))).status_code == 303


def test_where_too_many_hash_no_password_is_changed(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, admin = visit("chenyan"), visit("admin")
    full = hashing.Lane(1, 0)
    new = "another long secret"
    with monkeypatch.context() as patched, full.turn():
        patched.setattr(hashing, "_known", full)
        answer = here.post("/account/password", old=PASSWORD, new=new)
        assert "此刻登录的人过多" in text_of(here.get(answer.location))
        answer = admin.post("/people/password", login="chenyan", new=new)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert "此刻登录的人过多" in text_of(answer)
        assert admin.post("/people", login="li", role="operations", password=new).status_code == 503
    assert accounts.recognised("chenyan", PASSWORD, NOW.date())


def test_a_password_is_hashed_anew_when_the_parameters_have_changed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = account("chenyan").password
    monkeypatch.setattr(hashing, "_hasher", argon2.PasswordHasher(2, 16, 1))
    assert come_in(at(app, "192.0.2.7"), password="wrong").status_code == 401
    assert User.get(login="chenyan").password == before
    assert come_in(at(app, "192.0.2.7")).status_code == 303
    after = User.get(login="chenyan").password
    assert "m=16,t=2" in after
    assert come_in(at(app, "192.0.2.7")).status_code == 303
    assert User.get(login="chenyan").password == after
