"""A session ends on the server: whatever copies of its cookie there are, none of them opens a page."""

import datetime
from collections.abc import Callable

import peewee
import pytest
from flask import Flask

from policies import database
from policies.models import Agent
from servicing.core import accounts, sessions
from servicing.core.account_models import User, UserSession
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.reassignment import orphans
from servicing.web import app as pages
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import (
    BASE,
    HOUR,
    NOW,
    PASSWORD,
    Clock,
    Visitor,
    account,
    log_in,
    made_feed,
    statements,
    text_of,
)

TODAY = NOW.date()
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/15E148 MicroMessenger/8.0.43(0x18002b2d)"
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(space: Workspace, clock: Clock) -> Flask:
    return pages.create(space, clock)


def come_in(app: Flask, login: str = "chenyan", agent: str = "") -> Visitor:
    """By the form, as people do; with the browser that says so of itself."""
    account(login)
    visitor = Visitor(app)
    visitor.client.environ_base["HTTP_USER_AGENT"] = agent
    log_in(visitor.client, login)
    database.database.connect(reuse_if_open=True)
    return visitor


def copy_of(visitor: Visitor, app: Flask) -> Visitor:
    """Another browser with a copy of the cookie."""
    thief = Visitor(app)
    cookie = visitor.client.get_cookie("__Host-servicing", domain="localhost")
    assert cookie
    thief.client.set_cookie("__Host-servicing", cookie.value, domain="localhost", secure=True)
    return thief


def token_of(visitor: Visitor) -> str:
    """What the cookie holds."""
    with visitor.client.session_transaction(base_url=BASE) as held:
        token = str(held["_user_id"])
    database.database.connect(reuse_if_open=True)
    return token


def is_in(visitor: Visitor) -> bool:
    """Whether the browser is shown a client's card; else it is led to the login."""
    answer = visitor.get("/clients/C001")
    assert answer.status_code in (200, 303)
    assert answer.status_code == 200 or answer.location.startswith("/login?next=")
    return answer.status_code == 200


def agent_leaves(left_on: datetime.date | None, today: datetime.date = TODAY) -> None:
    orphans.left("A001", left_on, today, NOW)


# ------------------------------------------------------------------------------- what ends a session


def logged_out(app: Flask, owner: Visitor) -> None:
    assert owner.post("/logout").location == "/login"


def new_password_by_page(app: Flask, owner: Visitor) -> None:
    assert owner.post("/account/password", old=PASSWORD, new="another long secret").location


def new_password_by_an_administrator(app: Flask, owner: Visitor) -> None:
    Visitor(app, "admin").post("/people/password", login="chenyan", new="another long secret")


def disabled_by_an_administrator(app: Flask, owner: Visitor) -> None:
    Visitor(app, "admin").post("/people/state", login="chenyan", do="disable")


def disabled_and_enabled(app: Flask, owner: Visitor) -> None:
    for is_disabled in (True, False):
        accounts.set_disabled(User.get(login="chenyan"), is_disabled, NOW)


def agent_has_left(app: Flask, owner: Visitor) -> None:
    agent_leaves(TODAY)


def agent_left_and_is_back(app: Flask, owner: Visitor) -> None:
    agent_leaves(TODAY)
    agent_leaves(None)


def ended_from_elsewhere(app: Flask, owner: Visitor) -> None:
    other = come_in(app)
    other.post("/account/sessions", session=number_of(owner))


def others_ended_from_elsewhere(app: Flask, owner: Visitor) -> None:
    come_in(app).post("/account/sessions")


def ended_from_the_list(app: Flask, owner: Visitor) -> None:
    assert owner.post("/account/sessions", session=number_of(owner)).location == "/login"


def somebody_else_logs_in(app: Flask, owner: Visitor) -> None:
    account("ops")
    owner.post("/login", login="ops", password=PASSWORD)


def number_of(visitor: Visitor) -> str:
    """The number of the row of their session."""
    return str(UserSession.get(digest=sessions.digest(token_of(visitor))).id)


ENDINGS: list[Callable[[Flask, Visitor], None]] = [
    logged_out,
    new_password_by_page,
    new_password_by_an_administrator,
    disabled_by_an_administrator,
    disabled_and_enabled,
    agent_has_left,
    agent_left_and_is_back,
    ended_from_elsewhere,
    others_ended_from_elsewhere,
    ended_from_the_list,
    somebody_else_logs_in,
]


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
def test_a_copied_cookie_opens_nothing_once_the_session_has_ended(
    end: Callable[[Flask, Visitor], None], app: Flask
) -> None:
    owner = come_in(app)
    thief = copy_of(owner, app)
    assert is_in(owner) and is_in(thief)
    end(app, owner)
    assert not is_in(thief)
    assert not is_in(thief), "the answer gave it no other one"


SHUT = [
    *(new_password_by_page, new_password_by_an_administrator, disabled_by_an_administrator),
    *(disabled_and_enabled, agent_has_left, agent_left_and_is_back),
]


@pytest.mark.parametrize("shut", SHUT, ids=lambda shut: shut.__name__)
def test_the_calendars_address_ends_with_the_account_and_its_password(
    shut: Callable[[Flask, Visitor], None], app: Flask
) -> None:
    owner = come_in(app)
    path = made_feed(owner)
    assert Visitor(app).get(path).status_code == 200
    shut(app, owner)
    assert Visitor(app).get(path).status_code == 404


def test_a_logout_on_one_device_leaves_the_others_and_the_calendar(app: Flask) -> None:
    here, there = come_in(app), come_in(app)
    address = accounts.new_feed(User.get(login="chenyan"))
    here.post("/logout")
    assert is_in(there)
    assert Visitor(app).get(f"/calendar/{address}.ics").status_code == 200


# ---------------------------------------------------------------------------------- the twelve hours


AFTER_THE_LOGIN = [
    (datetime.timedelta(hours=11, minutes=59, seconds=59), True),
    (datetime.timedelta(hours=12), False),
    (datetime.timedelta(hours=13), False),
    (datetime.timedelta(days=400), False),
]


@pytest.mark.parametrize(("later", "is_open"), AFTER_THE_LOGIN)
def test_twelve_hours_are_counted_from_the_login_and_not_from_the_last_click(
    later: datetime.timedelta, is_open: bool, app: Flask, clock: Clock
) -> None:
    visitor = come_in(app)
    for _ in range(11):
        clock.now += HOUR
        assert is_in(visitor)
        visitor.post("/language", locale="en", next="/day")  # which writes the cookie anew
    clock.now = NOW + later
    assert is_in(visitor) is is_open


def test_the_hours_are_those_of_the_settings(space: Workspace, clock: Clock) -> None:
    shorter = workspace.at(space.home, {"SERVICING_WEB_SESSION_HOURS": "1"})
    visitor = come_in(pages.create(shorter, clock))
    clock.now += HOUR - datetime.timedelta(seconds=1)
    assert is_in(visitor)
    clock.now = NOW + HOUR
    assert not is_in(visitor)


# ------------------------------------------------------------------------------------- who has left


LEAVING = [("2026-05-31", False), ("2026-06-01", False), ("2026-06-02", True)]


@pytest.mark.parametrize(("left_on", "is_open"), LEAVING)
def test_an_agent_comes_in_until_the_day_before_the_day_of_leaving(
    left_on: str, is_open: bool, app: Flask
) -> None:
    owner = come_in(app)
    secret = accounts.new_feed(User.get(login="chenyan"))
    agent_leaves(datetime.date.fromisoformat(left_on))
    assert is_in(owner) is is_open
    assert (Visitor(app).get(f"/calendar/{secret}.ics").status_code == 200) is is_open
    answer = Visitor(app).post("/login", login="chenyan", password=PASSWORD)
    assert answer.status_code == (303 if is_open else 401)


def test_the_day_of_leaving_comes_without_anybodys_doing_and_what_it_ended_stays_ended(
    app: Flask, clock: Clock
) -> None:
    agent_leaves(TODAY + datetime.timedelta(days=1))
    clock.now = NOW + 13 * HOUR  # half past ten in the evening
    owner = come_in(app)
    secret = accounts.new_feed(User.get(login="chenyan"))
    clock.now += 3 * HOUR
    assert not is_in(owner)
    tomorrow = TODAY + datetime.timedelta(days=1)
    agent_leaves(None, tomorrow)
    assert not is_in(owner), "who comes back logs in anew"
    assert Visitor(app).get(f"/calendar/{secret}.ics").status_code == 404
    assert is_in(come_in(app))


def test_a_day_of_leaving_that_is_taken_back_before_it_comes_ends_nothing(app: Flask) -> None:
    owner = come_in(app)
    agent_leaves(TODAY + datetime.timedelta(days=30))
    agent_leaves(None)
    assert is_in(owner)


def test_the_login_of_who_has_left_sounds_like_a_wrong_password(app: Flask) -> None:
    account("chenyan")
    agent_leaves(TODAY)
    left = Visitor(app).post("/login", login="chenyan", password=PASSWORD)
    wrong = Visitor(app).post("/login", login="chenyan", password="wrong password")
    assert (left.status_code, text_of(left)) == (wrong.status_code, text_of(wrong)) != (303, "")
    assert "2026-06-01" in text_of(Visitor(app, "admin").get("/people")), "who asks for it sees why"


def test_only_the_agent_who_leaves_is_shut_out(app: Flask) -> None:
    other = come_in(app, "sunli")
    agent_leaves(TODAY)
    assert other.get("/day").status_code == 200
    assert Agent.get(Agent.agent_no == "A001").left_on == TODAY


# ---------------------------------------------------------------------------------------- the list


def test_the_account_lists_where_one_is_logged_in_and_nobody_elses(app: Flask) -> None:
    here = come_in(app)
    come_in(app, agent=PHONE), come_in(app, "sunli", agent=PHONE)
    shown = text_of(here.get("/account"))
    assert "WeChat Browser · iOS · 2026-06-01 09:30 至 2026-06-01 21:30" in shown
    assert shown.count(" 至 ") == 2
    assert shown.count("本设备") == 1
    told = here.post("/account/sessions")
    assert "已退出 1 个登录" in text_of(here.get(told.location))
    assert "WeChat" not in text_of(here.get("/account"))


def test_nobody_ends_somebody_elses_session(app: Flask) -> None:
    owner, other = come_in(app), come_in(app, "sunli")
    other.post("/account/sessions", session=number_of(owner))
    other.post("/account/sessions")
    assert is_in(owner)


DEVICES = [
    (PHONE, "WeChat Browser · iOS"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox"),
    ("", ""),
    ("curl\x00/8", ""),
    ("<script>alert(1)</script>", ""),
    ("A" * 1_000_000, ""),
    (f"{'My' * 200}Bot/1.0 (Windows NT 10.0)", ""),
]


@pytest.mark.parametrize(("told", "shown"), DEVICES)
def test_a_device_is_told_in_few_words(told: str, shown: str) -> None:
    assert sessions.device(told).startswith(shown)
    assert len(sessions.device(told)) <= 2 * sessions.SHORT + 3


# ------------------------------------------------------------------------------ what a copy is worth


def test_the_database_holds_nothing_that_opens_a_session_or_a_calendar(app: Flask) -> None:
    owner = come_in(app)
    secret = accounts.new_feed(User.get(login="chenyan"))
    stored = [str(cell) for table in database.database.get_tables() for cell in cells(table)]
    assert not any(token_of(owner) in cell or secret in cell for cell in stored)
    user, session = User.get(login="chenyan"), UserSession.get()
    for guess in (session.digest, str(session.id), f"{user.id}:{user.session_key}", str(user.id)):
        thief = Visitor(app)
        with thief.client.session_transaction(base_url=BASE) as held:
            held["_user_id"], held["_fresh"] = guess, True
        database.database.connect(reuse_if_open=True)
        assert not is_in(thief)
    assert Visitor(app).get(f"/calendar/{user.feed_digest}.ics").status_code == 404


def cells(table: str) -> list[object]:
    return [cell for row in database.execute(f'SELECT * FROM "{table}"') for cell in row]


def test_a_request_asks_for_its_session_once_and_writes_nothing(app: Flask) -> None:
    owner = come_in(app)
    owner.get("/day")
    with statements() as told:
        owner.get("/day")
    assert sum("user_session" in each for each in told) == 1
    assert not [each for each in told if not each.lstrip("( \n").startswith(("SELECT", "WITH"))]


MEANWHILE = [
    lambda user: accounts.set_password(user, "another long secret", NOW),
    lambda user: accounts.set_disabled(user, False, NOW),
    lambda user: agent_leaves(TODAY),
]


@pytest.mark.parametrize("happens", MEANWHILE)
def test_who_is_shut_out_while_logging_in_begins_no_session_and_no_calendar(
    happens: Callable[[User], None], space: Workspace
) -> None:
    user = account("chenyan")
    happens(accounts.named("chenyan"))
    assert sessions.begin(user, NOW, HOUR, "") == ""
    accounts.new_feed(user)
    assert not UserSession.select().exists()
    assert accounts.named("chenyan").feed_digest == ""


def test_sessions_that_are_over_are_forgotten_in_time(space: Workspace) -> None:
    user = account("chenyan")
    sessions.begin(user, NOW, HOUR, "old")
    sessions.begin(user, NOW + HOUR + sessions.KEPT, HOUR, "still known")
    sessions.begin(user, NOW + 2 * HOUR + sessions.KEPT, HOUR, "new")
    known = [each.device for each in UserSession.select().order_by(UserSession.id)]
    assert known == ["still known", "new"]


def test_two_sessions_never_share_a_token(space: Workspace, visit: Visit) -> None:
    user = account("chenyan")
    sessions.begin(user, NOW, HOUR, "")
    row = UserSession.get()
    with pytest.raises(peewee.IntegrityError), database.writing():
        UserSession.create(
            digest=row.digest, user=user, device="", started_at=NOW, ends_at=NOW + HOUR
        )
