"""One's own second factors: set up, changed, removed, wanted by a role, taken away by others."""

import re

import msgspec
import pytest
from flask import Flask

from servicing.core import accounts, recovery_codes, second_factors
from servicing.core.account_models import User, UserSession
from servicing.core.factor_models import AuthenticatorApp, Passkey, RecoveryCode
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from tests.servicing.web import routes
from tests.servicing.web.conftest import Visit
from tests.servicing.web.factors import (
    OWN,
    SECOND,
    code,
    codes_in,
    give_app,
    halfway,
    is_in,
    options_in,
    secret_in,
    set_up_app,
)
from tests.servicing.web.visits import NOW, PASSWORD, Clock, Visitor, account, text_of
from tests.standins.authenticator import Authenticator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(space: Workspace, clock: Clock) -> Flask:
    return pages.create(space, clock)


# ------------------------------------------------------------------------------------------ set up


def test_an_app_is_set_up_by_its_first_right_code_and_brings_recovery_codes(visit: Visit) -> None:
    visitor = visit("chenyan")
    page = visitor.post(f"{OWN}/app", password=PASSWORD)
    assert 'src="data:image/svg+xml' in page.text and "script" not in page.text
    secret = secret_in(page)
    wrong = visitor.post(f"{OWN}/app/try", code="000000")
    assert wrong.status_code == 400 and secret_in(wrong) == secret
    assert not AuthenticatorApp.select().exists(), "nothing is asked for before it was tried"
    done = visitor.post(f"{OWN}/app/try", code=code(secret=secret))
    assert len(codes_in(done)) == 10
    shown = text_of(visitor.get(OWN))
    assert "还剩 10 个" in shown and not any(each in shown for each in codes_in(done))


def test_what_was_set_up_is_asked_for_at_the_next_login(app: Flask, visit: Visit) -> None:
    secret, codes = set_up_app(visit("chenyan"))
    assert halfway(app, "chenyan").post(SECOND, code=code(secret=secret)).status_code == 401, "seen"
    assert halfway(app, "chenyan").post(SECOND, recovery=codes[4]).status_code == 303


def test_a_passkey_is_set_up_and_named(visit: Visit) -> None:
    visitor = visit("chenyan")
    page = visitor.post(f"{OWN}/passkey", password=PASSWORD)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    options = options_in(page)
    assert options["rp"] == {"id": "localhost", "name": "示例人寿"}
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    made = Authenticator().create(options)
    done = visitor.post(f"{OWN}/passkey/try", passkey=made, name="工作手机")
    assert len(codes_in(done)) == 10
    assert "工作手机" in text_of(visitor.get(OWN))
    again = options_in(visitor.post(f"{OWN}/passkey", password=PASSWORD))
    assert [each["id"] for each in again["excludeCredentials"]] == [Passkey.get().credential]


def test_a_passkey_is_not_made_twice_of_one_answer(visit: Visit) -> None:
    visitor = visit("chenyan")
    made = Authenticator().create(options_in(visitor.post(f"{OWN}/passkey", password=PASSWORD)))
    visitor.post(f"{OWN}/passkey/try", passkey=made)
    visitor.post(f"{OWN}/passkey/try", passkey=made)
    assert Passkey.select().count() == 1


def test_a_passkey_that_was_made_for_another_session_is_none(app: Flask) -> None:
    mine, other = Visitor(app, "chenyan"), Visitor(app, "sunli")
    made = Authenticator().create(options_in(other.post(f"{OWN}/passkey", password=PASSWORD)))
    mine.post(f"{OWN}/passkey", password=PASSWORD)
    answer = mine.post(f"{OWN}/passkey/try", passkey=made)
    assert "通行密钥无效" in text_of(mine.get(answer.location))
    assert not Passkey.select().exists()


@pytest.mark.parametrize("lie", [{"origin": "https://evil.example"}, {"type": "webauthn.get"}])
def test_a_passkey_that_was_made_elsewhere_is_none(lie: dict[str, str], visit: Visit) -> None:
    visitor = visit("chenyan")
    options = options_in(visitor.post(f"{OWN}/passkey", password=PASSWORD))
    visitor.post(f"{OWN}/passkey/try", passkey=Authenticator().create(options, **lie))
    assert not Passkey.select().exists()


def served(space: Workspace, **web: object) -> Flask:
    """The pages with other settings under `[web]`."""
    ours = msgspec.structs.replace(space.settings.web, **web)
    space.settings = msgspec.structs.replace(space.settings, web=ours)
    return pages.create(space, lambda: NOW)


def test_where_browsers_have_no_passkeys_the_page_says_so(space: Workspace) -> None:
    visitor = Visitor(served(space, public_url="http://192.0.2.7"), "chenyan")
    assert "只有以 https:// 开头且使用域名的网址，或 localhost" in text_of(visitor.get(OWN))
    assert visitor.post(f"{OWN}/passkey", password=PASSWORD).location == OWN


def test_the_public_address_is_who_asks(space: Workspace) -> None:
    visitor = Visitor(served(space, public_url="https://service.example.com"), "chenyan")
    options = options_in(visitor.post(f"{OWN}/passkey", password=PASSWORD))
    assert options["rp"]["id"] == "service.example.com"


# -------------------------------------------------------------------------- the password once more

CHANGES = [
    (f"{OWN}/app", {}),
    (f"{OWN}/passkey", {}),
    (f"{OWN}/codes", {}),
    (f"{OWN}/remove", {"factor": "app"}),
]


@pytest.mark.parametrize(("path", "form"), CHANGES, ids=lambda each: str(each))
def test_nothing_changes_without_the_password(
    path: str, form: dict[str, str], space: Workspace, visit: Visit
) -> None:
    give_app(space, "chenyan")
    visitor = visit("chenyan")
    answer = visitor.post(path, password="wrong", **form)
    assert answer.location.startswith(OWN)
    page = visitor.get(answer.location)
    assert "当前密码不正确" in text_of(page)
    (form_of,) = re.findall(r"<details open>.*?</details>", page.text, re.DOTALL)
    assert f'action="{path}"' in form_of, "it can be typed again at once"
    assert AuthenticatorApp.select().exists() and not RecoveryCode.select().exists()


def test_from_a_stolen_session_the_password_is_guessed_ten_times(visit: Visit) -> None:
    thief = visit("chenyan")
    told = [
        text_of(thief.get(thief.post(f"{OWN}/app", password=f"guess {n}").location))
        for n in range(12)
    ]
    assert ["当前密码不正确" in each for each in told] == [True] * 10 + [False] * 2
    assert "密码错误次数过多" in told[-1]
    assert thief.post(f"{OWN}/app", password=PASSWORD).location == OWN


@pytest.mark.parametrize(("path", "form"), CHANGES, ids=lambda each: str(each))
def test_a_form_of_another_site_changes_nothing(
    path: str, form: dict[str, str], space: Workspace, visit: Visit
) -> None:
    give_app(space, "chenyan")
    answer = visit("chenyan").post(path, csrf_token="made up", password=PASSWORD, **form)
    assert answer.status_code == 400
    assert AuthenticatorApp.select().exists()


@pytest.mark.parametrize("path", ["app/try", "passkey/try"])
def test_what_was_not_begun_here_is_not_ended_here(path: str, app: Flask) -> None:
    """An app that a thief has begun is not set up by its code in somebody else's browser."""
    thief, owner = Visitor(app, "sunli"), Visitor(app, "chenyan")
    secret = secret_in(thief.post(f"{OWN}/app", password=PASSWORD))
    owner.post(f"{OWN}/{path}", code=code(secret=secret), passkey="{}")
    assert not AuthenticatorApp.select().exists()


def test_a_change_ends_the_other_sessions_and_not_this_one(app: Flask) -> None:
    here, there = Visitor(app, "chenyan"), Visitor(app, "chenyan")
    set_up_app(here)
    assert is_in(here) and not is_in(there)


def test_a_removed_app_is_not_asked_for(app: Flask, space: Workspace, visit: Visit) -> None:
    give_app(space, "chenyan")
    visitor = visit("chenyan")
    visitor.post(f"{OWN}/remove", factor="app", password=PASSWORD)
    assert "已移除" in text_of(visitor.get(OWN))
    assert Visitor(app).post("/login", login="chenyan", password=PASSWORD).location == "/"


def test_nobody_removes_a_passkey_of_somebody_else(app: Flask) -> None:
    his, hers = Visitor(app, "sunli"), Visitor(app, "chenyan")
    made = Authenticator().create(options_in(his.post(f"{OWN}/passkey", password=PASSWORD)))
    his.post(f"{OWN}/passkey/try", passkey=made)
    hers.post(f"{OWN}/remove", factor=str(Passkey.get().id), password=PASSWORD)
    assert Passkey.select().count() == 1


def test_new_recovery_codes_take_the_place_of_those_of_before(visit: Visit) -> None:
    visitor = visit("chenyan")
    _, before = set_up_app(visitor)
    after = codes_in(visitor.post(f"{OWN}/codes", password=PASSWORD))
    assert len(after) == 10 and not set(before) & set(after)
    user = User.get(login="chenyan")
    assert recovery_codes.matching(user, after[0]) and not recovery_codes.matching(user, before[0])


# ------------------------------------------------------------------------------- wanted by a role


@pytest.fixture
def wanted(space: Workspace) -> Flask:
    """The pages where managers and administrators must have a second factor."""
    return served(space, second_factor=("administrator", "manager"))


EARLY = {"/account/password", "/logout"}
CLOSED = [
    line
    for line in routes.lines()
    if line.marks[""] == ">"
    and line.path not in EARLY
    and not line.path.startswith(OWN)
    and "{" not in line.path
]


@pytest.mark.parametrize("line", CLOSED, ids=lambda line: f"{line.method} {line.path}")
def test_nothing_else_opens_before(line: routes.Line, wanted: Flask) -> None:
    admin = Visitor(wanted, "admin")
    answer = (admin.get if line.method == "GET" else admin.post)(line.path)
    assert (answer.status_code, answer.location) == (303, OWN)


def test_the_page_leads_nowhere_else_and_then_all_pages_open(wanted: Flask) -> None:
    admin = Visitor(wanted, "admin")
    page = admin.get(OWN)
    assert "您的身份必须启用双重验证" in text_of(page)
    ways = set(re.findall(r'(?:href|action)="(/[^"]*)"', page.text))
    ours = {
        each for each in ways if not re.search("static|manifest", each) and not each.startswith(OWN)
    }
    assert ours == {"/language", "/logout"}
    set_up_app(admin)
    assert admin.get("/people").status_code == 200
    admin.post(f"{OWN}/remove", factor="app", password=PASSWORD)
    assert admin.get("/people").location == OWN


def test_the_list_of_people_marks_who_has_to_have_one_and_has_none(wanted: Flask) -> None:
    admin = Visitor(wanted, "admin")
    set_up_app(admin)
    missing = "尚未启用双重验证"
    assert missing not in text_of(admin.get("/people?q=admin"))
    for login, role in (("boss", "administrator"), ("clerk", "operations")):
        accounts.add(login, role, PASSWORD, NOW)
        is_marked = missing in text_of(admin.get(f"/people?q={login}"))
        assert is_marked is (role == "administrator")
    accounts.set_disabled(User.get(login="boss"), True, NOW)
    assert missing not in text_of(admin.get("/people?q=boss")), "nobody comes in there"


@pytest.mark.parametrize("login", ["chenyan", "ops"])
def test_other_roles_may_and_need_not(login: str, wanted: Flask) -> None:
    visitor = Visitor(wanted, login)
    assert visitor.get("/account").status_code == 200
    set_up_app(visitor)
    assert second_factors.has_any(User.get(login=login))


def test_a_temporary_password_comes_before_it(wanted: Flask) -> None:
    account("admin")
    User.update(is_temporary=True).where(User.login == "admin").execute()
    admin = Visitor(wanted, "admin")
    assert admin.get(OWN).location == "/account/password"
    admin.post("/account/password", old=PASSWORD, new="a secret of my own")
    assert admin.get("/people").location == OWN


# ----------------------------------------------------------------------------------------- lost


def test_an_administrator_resets_it_and_its_owner_is_out(app: Flask, space: Workspace) -> None:
    give_app(space, "chenyan")
    admin, owner = Visitor(app, "admin"), Visitor(app, "chenyan")
    assert "双重验证" in text_of(admin.get("/people"))
    admin.post("/people/second-factor", login="chenyan")
    assert "已移除 chenyan 的双重验证" in text_of(admin.get("/people"))
    assert not is_in(owner)
    assert Visitor(app).post("/login", login="chenyan", password=PASSWORD).location == "/"


def test_where_there_is_none_the_page_says_so(app: Flask) -> None:
    account("chenyan")
    admin, owner = Visitor(app, "admin"), Visitor(app, "chenyan")
    admin.post("/people/second-factor", login="chenyan")
    assert "chenyan 未启用双重验证" in text_of(admin.get("/people"))
    assert is_in(owner)


def test_nobody_resets_their_own(app: Flask, space: Workspace) -> None:
    give_app(space, "admin")
    admin = Visitor(app, "admin")
    admin.post("/people/second-factor", login="admin")
    assert second_factors.has_any(User.get(login="admin"))
    assert UserSession.select().where(UserSession.ended_at.is_null()).exists()
