"""While somebody else has SQLite's one writer's lock, pages are shown and strangers are counted."""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from policies import database
from servicing.core import card_views, second_factors
from servicing.core.account_models import CardView, User, UserSession
from servicing.core.models import HookCount, Message
from servicing.operations.workspace import Workspace
from servicing.web import access, afterwards
from servicing.web.current import TALLIES
from tests.servicing.web import factors, registered
from tests.servicing.web.by_provider import pages_of
from tests.servicing.web.conftest import Visit
from tests.servicing.web.routes import VISITORS, lines, mark_of
from tests.servicing.web.visits import NOW, PASSWORD, Visitor, account, text_of
from tests.servicing.web.writing import somebody_writes
from tests.standins.authenticator import Authenticator

pytestmark = pytest.mark.only_sqlite("PostgreSQL has many writers")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for the lock fails at once, and so the test."""
    monkeypatch.setattr(database.database.obj, "_timeout", 0.01, raising=False)
    database.database.obj.timeout = 0.01


@pytest.fixture
def soon_told(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may be told to try again is told at once."""
    monkeypatch.setattr(access, "PATIENCE_SECONDS", 0.01)


@pytest.mark.parametrize("login", VISITORS)
def test_every_page_is_shown(
    app: Flask, visit: Visit, space: Workspace, impatient: None, login: str
) -> None:
    message, case = Message.select().order_by(Message.id).first(), registered.case()
    visitor = visit(login or None)
    with somebody_writes(space):
        wrong = [
            f"{line.path}: {answer.status_code}"
            for line in lines()
            if line.method == "GET"
            and mark_of(answer := visitor.get(line.path.format(message=message.id, case=case.id)))
            != line.marks[login]
        ]
    assert not wrong


def test_a_look_is_kept_beside_the_database_and_brought_in_later(
    app: Flask, visit: Visit, space: Workspace, impatient: None
) -> None:
    visitor = visit("chenyan")
    with somebody_writes(space):
        assert visitor.get("/clients/C001").status_code == 200
        assert not list(card_views.views())
        (kept,) = (space.home / "looks").iterdir()
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    look = kept.read_text()
    for _ in range(2):  # as if the process had died before it could remove the file
        (found,) = card_views.views()
        assert (found.at, found.login, found.client_no) == (NOW, "chenyan", "C001")
        assert not kept.exists()
        kept.write_text(look)


@pytest.mark.parametrize("left", ["", "{", "[]", '{"login": "chenyan", "client_no": "nobody"}'])
def test_what_is_no_look_of_ours_is_in_nobodys_way(
    visit: Visit, space: Workspace, left: str
) -> None:
    folder = space.home / "looks"
    folder.mkdir()
    (folder / "x.json").write_text(left)
    assert visit("chenyan").get("/clients/C001").status_code == 200
    assert CardView.select().count() == 1 and not list(folder.iterdir())


def test_looks_are_brought_in_once_however_many_bring_them_in(
    visit: Visit, space: Workspace
) -> None:
    visit("chenyan")
    folder = space.home / "looks"
    folder.mkdir()
    looks = 50
    for number in range(looks):
        at = (NOW + datetime.timedelta(seconds=number)).isoformat()
        look = {"login": "chenyan", "client_no": "C001", "at": at}
        (folder / f"{number}.json").write_text(json.dumps(look))

    def bring_in(_: int) -> None:
        with database.database.connection_context():
            card_views.bring_all_in()

    with ThreadPoolExecutor(3) as together:
        list(together.map(bring_in, range(3)))
    card_views.bring_all_in()
    assert CardView.select().count() == looks and not list(folder.iterdir())


def test_a_login_that_has_to_wait_is_sent_away_and_not_counted(
    app: Flask, visit: Visit, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty times the right password, where ten wrong ones are too many."""
    monkeypatch.setattr(access, "PATIENCE_SECONDS", 0.01)
    account("chenyan")
    visitor = visit()
    form = {"login": "chenyan", "password": PASSWORD}
    with somebody_writes(space):
        answers = {visitor.post("/login", **form).status_code for _ in range(20)}
    assert answers == {503}
    assert visitor.post("/login", **form).status_code == 303


def test_a_second_step_that_has_to_wait_is_not_counted_and_uses_nothing_up(
    app: Flask, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty times the right code, where five wrong ones are too many."""
    monkeypatch.setattr(access, "PATIENCE_SECONDS", 0.01)
    factors.give_app(space, "chenyan")
    visitor = factors.halfway(app, "chenyan")
    with somebody_writes(space):
        answers = {visitor.post(factors.SECOND, code=factors.code()).status_code for _ in range(20)}
    assert answers == {503}
    assert visitor.post(factors.SECOND, code=factors.code()).status_code == 303


BUSY = "正在写入其他内容"

OWN_ACCOUNT = [
    ("/account/password", {"old": PASSWORD, "new": "another horse battery"}),
    ("/account/sessions", {"session": "7"}),
    ("/account/sessions", {}),
    ("/account/feed", {}),
    ("/account/feed", {"end": "1"}),
    (f"{factors.OWN}/app", {"password": PASSWORD}),
    (f"{factors.OWN}/passkey", {"password": PASSWORD}),
    (f"{factors.OWN}/codes", {"password": PASSWORD}),
    (f"{factors.OWN}/remove", {"password": PASSWORD, "factor": "app"}),
]


@pytest.mark.parametrize(("path", "form"), OWN_ACCOUNT, ids=str)
def test_who_changes_their_own_account_is_told_to_try_again_and_nothing_is_changed(
    app: Flask, space: Workspace, soon_told: None, path: str, form: dict[str, str]
) -> None:
    factors.give_app(space, "chenyan")
    visitor = Visitor(app, "chenyan")
    before = User.get(login="chenyan")
    with somebody_writes(space):
        answer = visitor.post(path, **form)
        assert answer.status_code == 303
        assert BUSY in text_of(visitor.get(answer.location))
    assert second_factors.of(before).app and User.get(login="chenyan").password == before.password
    assert visitor.post(path, **form).status_code in (200, 303)
    assert BUSY not in text_of(visitor.get("/account"))


def test_who_tries_a_factor_is_told_to_try_again_and_the_code_is_good_still(
    app: Flask, space: Workspace, soon_told: None
) -> None:
    visitor = Visitor(app, "chenyan")
    secret = factors.secret_in(visitor.post(f"{factors.OWN}/app", password=PASSWORD))
    form = {"code": factors.code(secret=secret)}
    with somebody_writes(space):
        answer = visitor.post(f"{factors.OWN}/app/try", **form)
        assert BUSY in text_of(visitor.get(answer.location))
    assert len(factors.codes_in(visitor.post(f"{factors.OWN}/app/try", **form))) == 10


def test_who_tries_a_passkey_is_told_to_try_again(
    app: Flask, space: Workspace, soon_told: None
) -> None:
    visitor = Visitor(app, "chenyan")
    page = visitor.post(f"{factors.OWN}/passkey", password=PASSWORD)
    made = Authenticator().create(factors.options_in(page))
    with somebody_writes(space):
        answer = visitor.post(f"{factors.OWN}/passkey/try", passkey=made)
        assert BUSY in text_of(visitor.get(answer.location))
    assert factors.codes_in(visitor.post(f"{factors.OWN}/passkey/try", passkey=made))


PEOPLE = [
    ("/people", {"login": "new", "role": "operations", "password": "another horse battery"}),
    ("/people/state", {"login": "chenyan", "do": "disable"}),
    ("/people/password", {"login": "chenyan", "new": "another horse battery"}),
    ("/people/second-factor", {"login": "chenyan"}),
    ("/people/openid", {"login": "chenyan"}),
]


@pytest.mark.parametrize(("path", "form"), PEOPLE, ids=str)
def test_an_administrator_is_told_to_try_again(
    space: Workspace, soon_told: None, path: str, form: dict[str, str]
) -> None:
    factors.give_app(space, "chenyan")
    visitor = Visitor(pages_of(space, "https://login.example"), "admin")
    with somebody_writes(space):
        answer = visitor.post(path, **form)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert BUSY in text_of(answer)
    assert visitor.post(path, **form).status_code == 303


def test_who_chooses_a_language_is_told_to_try_again(
    app: Flask, space: Workspace, soon_told: None
) -> None:
    visitor = Visitor(app, "chenyan")
    with somebody_writes(space):
        answer = visitor.post("/language", locale="en")
    assert answer.status_code == 503 and answer.headers["Retry-After"]


def test_who_logs_out_is_out_for_every_copy_of_the_cookie_at_once(
    app: Flask, visit: Visit, space: Workspace, impatient: None
) -> None:
    visitor = visit("chenyan")
    copy = visit()
    cookie = visitor.client.get_cookie("__Host-servicing")
    assert cookie
    copy.client.set_cookie("__Host-servicing", cookie.value, secure=True)
    assert copy.get("/day").status_code == 200
    with somebody_writes(space):
        assert visitor.post("/logout").status_code == 303
        assert visitor.get("/day").status_code == copy.get("/day").status_code == 303
        assert UserSession.get().ended_at is None
    afterwards.write(app)
    assert UserSession.get().ended_at is not None
    assert copy.get("/day").status_code == 303


FORGED = ["/hooks/twilio/status/1", "/hooks/twilio/inbound", "/hooks/aliyun/x/receipts", "/u/x"]


@pytest.mark.parametrize("path", FORGED)
def test_a_forgery_is_refused_and_counted_at_once_and_written_later(
    app: Flask, visit: Visit, space: Workspace, impatient: None, path: str
) -> None:
    stranger = visit()
    with somebody_writes(space):
        assert [stranger.client.post(path).status_code for _ in range(3)] in ([403] * 3, [404] * 3)
        afterwards.write(app)
        (count,) = app.extensions[TALLIES].of(NOW.date()).values()
        assert count == 3
    database.database.connect(reuse_if_open=True)
    afterwards.write(app)
    assert [each.count for each in HookCount.select()] == [3]
    assert not app.extensions[TALLIES]
    stranger.client.post(path)
    afterwards.write(app)
    database.database.connect(reuse_if_open=True)
    assert [each.count for each in HookCount.select()] == [4]
