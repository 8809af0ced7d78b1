"""The second step of a login: who knows the password is not in before the second factor is shown."""

import datetime
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from policies import database
from servicing.core import accounts, recovery_codes, second_factors
from servicing.core.account_models import KnownDevice, User, UserSession
from servicing.core.factor_models import AuthenticatorApp, Passkey, SecondStep
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from servicing.web import throttle
from servicing.web.throttle import cookie_of
from tests.servicing.web import routes
from tests.servicing.web.factors import (
    HALF_A_MINUTE,
    OWN,
    SECOND,
    SECRET,
    code,
    give_app,
    halfway,
    is_in,
    options_in,
)
from tests.servicing.web.visits import BASE, NOW, PASSWORD, Clock, Visitor, account, text_of
from tests.standins.authenticator import Authenticator

WRONG = "000000"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(space: Workspace, clock: Clock) -> Flask:
    """The pages, where Chen Yan has an app and Sun Li has none."""
    give_app(space, "chenyan"), account("sunli")
    return pages.create(space, clock)


def at(visitor: Visitor, address: str) -> Visitor:
    visitor.client.environ_base["REMOTE_ADDR"] = address
    return visitor


def copy_of(visitor: Visitor, app: Flask) -> Visitor:
    """Another browser with a copy of the cookie."""
    thief = Visitor(app)
    cookie = visitor.client.get_cookie("__Host-servicing", domain="localhost")
    assert cookie
    thief.client.set_cookie("__Host-servicing", cookie.value, domain="localhost", secure=True)
    return thief


def sessions_begun() -> int:
    return int(UserSession.select().count())


# ------------------------------------------------------------------------------------- the way in


def test_who_has_a_factor_is_asked_for_it_and_goes_on_where_they_wanted(app: Flask) -> None:
    visitor = halfway(app, "chenyan", "/clients")
    assert sessions_begun() == 0 and not is_in(visitor)
    page = visitor.get(f"{SECOND}?next=/clients")
    assert "chenyan 的密码正确" in text_of(page) and "应用验证码" in page.text
    answer = visitor.post(f"{SECOND}?next=/clients", code=code())
    assert (answer.status_code, answer.location) == (303, "/clients")
    assert is_in(visitor)
    assert AuthenticatorApp.get().used_at == NOW
    assert not SecondStep.select().exists()


def test_who_has_none_comes_in_as_before(app: Flask) -> None:
    visitor = Visitor(app)
    answer = visitor.post("/login", login="sunli", password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")


def test_a_wrong_password_tells_nothing_of_a_factor(app: Flask) -> None:
    told = [
        Visitor(app).post("/login", login=login, password="wrong").text.count("second")
        for login in ("chenyan", "sunli", "nobody")
    ]
    assert told == [0, 0, 0]


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example"])
def test_it_leads_to_our_own_pages_only(path: str, app: Flask) -> None:
    assert halfway(app, "chenyan").post(f"{SECOND}?next={path}", code=code()).location == "/"


def test_a_temporary_password_is_changed_after_it(app: Flask) -> None:
    accounts.set_password(User.get(login="chenyan"), PASSWORD, NOW)
    visitor = halfway(app, "chenyan")
    visitor.post(SECOND, code=code())
    assert visitor.get("/day").location == "/account/password"
    visitor.post("/account/password", old=PASSWORD, new="a secret of my own")
    assert visitor.get("/day").status_code == 200, "and is not asked for again"
    assert second_factors.has_any(User.get(login="chenyan"))


# ---------------------------------------------------------------------------------- what opens nothing

CLOSED = [line for line in routes.lines() if line.marks[""] == ">" and "{" not in line.path]


@pytest.mark.parametrize("line", CLOSED, ids=lambda line: f"{line.method} {line.path}")
def test_no_page_opens_by_its_address_before_the_second_step(line: routes.Line, app: Flask) -> None:
    visitor = halfway(app, "chenyan")
    answer = (visitor.get if line.method == "GET" else visitor.post)(line.path)
    assert routes.mark_of(answer) == ">"


def test_nobody_takes_the_second_step_without_the_first(app: Flask) -> None:
    for answer in (Visitor(app).get(SECOND), Visitor(app).post(SECOND, code=code())):
        assert answer.status_code == 401
        assert 'name="password"' in answer.text and "请重新登录" in answer.text
    assert sessions_begun() == 0


def test_a_known_device_is_asked_too(app: Flask) -> None:
    visitor = halfway(app, "chenyan")
    visitor.post(SECOND, code=code())
    assert KnownDevice.select().count() == 1
    visitor.post("/logout")
    answer = visitor.post("/login", login="chenyan", password=PASSWORD)
    assert answer.location == SECOND


def test_no_device_is_known_by_the_password_alone(app: Flask) -> None:
    visitor = halfway(app, "chenyan")
    visitor.post(SECOND, code=WRONG)
    assert not KnownDevice.select().exists()
    assert visitor.client.get_cookie(cookie_of("chenyan")) is None


def test_a_code_that_was_seen_opens_nothing_again(app: Flask, clock: Clock) -> None:
    assert halfway(app, "chenyan").post(SECOND, code=code()).status_code == 303
    thief = halfway(app, "chenyan")
    answer = thief.post(SECOND, code=code())
    assert answer.status_code == 401 and "已使用过" in text_of(answer)
    clock.now += HALF_A_MINUTE
    assert thief.post(SECOND, code=code()).status_code == 401
    assert thief.post(SECOND, code=code(clock.now)).status_code == 303


def test_of_eight_who_send_one_code_at_the_same_moment_one_comes_in(app: Flask) -> None:
    crowd = [halfway(app, "chenyan") for _ in range(8)]
    forms = [{"csrf_token": each.token(), "code": code()} for each in crowd]
    told = at_once(crowd, forms)
    assert sorted(told)[:1] == [303] and told.count(303) == 1
    assert sessions_begun() == 1


def at_once(crowd: list[Visitor], forms: list[dict[str, str]]) -> list[int]:
    """The answers to forms that are sent at the same moment."""
    database.database.close()

    def send(number: int) -> int:
        how = {"base_url": BASE, "headers": {"Referer": BASE}}
        return crowd[number].client.post(SECOND, data=forms[number], **how).status_code

    with ThreadPoolExecutor(len(crowd)) as threads:
        told = list(threads.map(send, range(len(crowd))))
    database.database.connect(reuse_if_open=True)
    return told


def test_one_step_is_taken_once_by_two_right_factors_at_the_same_moment(app: Flask) -> None:
    """Copies of one cookie, each with a recovery code of its own: one session begins, one is used."""
    made = recovery_codes.fresh()
    recovery_codes.put(User.get(login="chenyan"), made, NOW)
    owner = halfway(app, "chenyan")
    crowd = [at(copy_of(owner, app), f"192.0.2.{number}") for number in range(4)]
    told = at_once(
        crowd,
        [
            {"csrf_token": each.token(), "recovery": code}
            for each, code in zip(crowd, made, strict=False)
        ],
    )
    assert told.count(303) == sessions_begun() == 1
    assert recovery_codes.left(User.get(login="chenyan")) == 9


# -------------------------------------------------------------------------------- what stands between


def test_a_copy_of_the_cookie_from_between_the_steps_opens_nothing(app: Flask) -> None:
    owner = halfway(app, "chenyan")
    thief = copy_of(owner, app)
    assert not is_in(thief)
    owner.post(SECOND, code=code())
    assert not is_in(thief)
    assert thief.post(SECOND, code=code(NOW + HALF_A_MINUTE)).status_code == 401
    assert thief.get(SECOND).status_code == 401


def test_it_ends_after_five_minutes(app: Flask, clock: Clock) -> None:
    visitor = halfway(app, "chenyan")
    clock.now += datetime.timedelta(minutes=5)
    answer = visitor.post(SECOND, code=code(clock.now))
    assert answer.status_code == 401 and 'name="password"' in answer.text


def reset_by_page(app: Flask) -> None:
    Visitor(app, "admin").post("/people/second-factor", login="chenyan")


SHUT_OUT: dict[str, Callable[[Flask], object]] = {
    "a new password": lambda app: accounts.set_password(
        User.get(login="chenyan"), "another long secret", NOW
    ),
    "disabled": lambda app: accounts.set_disabled(User.get(login="chenyan"), True, NOW),
    "the factor is reset": reset_by_page,
}


@pytest.mark.parametrize("how", SHUT_OUT)
def test_it_ends_where_its_owner_is_shut_out(how: str, app: Flask) -> None:
    visitor = halfway(app, "chenyan")
    SHUT_OUT[how](app)
    assert visitor.post(SECOND, code=code()).status_code == 401
    assert not is_in(visitor)


def test_it_is_of_its_account_alone(app: Flask, space: Workspace) -> None:
    """The code of a colleague opens one's own second step as little as any other."""
    secret = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
    user = account("sunli")
    AuthenticatorApp.create(user=user, secret=sealed(space, user, secret), last_step=0, made_at=NOW)
    visitor = halfway(app, "chenyan")
    assert visitor.post(SECOND, code=code(secret=secret)).status_code == 401
    assert halfway(app, "sunli").post(SECOND, code=code(secret=secret)).status_code == 303


def sealed(space: Workspace, user: User, secret: str) -> str:
    from servicing.core import factor_seals

    return factor_seals.sealed(user, secret, space.keys)


def test_another_one_logs_in_at_the_same_browser_meanwhile(app: Flask) -> None:
    visitor = halfway(app, "chenyan")
    visitor.post("/login", login="sunli", password=PASSWORD)
    assert visitor.post(SECOND, code=code()).location == "/"
    page = visitor.get("/account").text
    assert "sunli" in page and "chenyan" not in page
    assert AuthenticatorApp.get().used_at is None


def test_who_goes_back_to_the_page_after_it_is_where_they_were(app: Flask) -> None:
    visitor = halfway(app, "chenyan")
    visitor.post(SECOND, code=code())
    assert visitor.get(f"{SECOND}?next=/clients").location == "/clients"
    assert visitor.post(SECOND, code=code()).location == "/"


def test_a_form_without_its_token_is_not_taken(app: Flask) -> None:
    assert halfway(app, "chenyan").post(SECOND, csrf_token="x", code=code()).status_code == 400


# ------------------------------------------------------------------------------------------ guesses


def guess(visitor: Visitor, times: int, kind: str = "code") -> list[int]:
    return [visitor.post(SECOND, **{kind: WRONG}).status_code for _ in range(times)]


@pytest.mark.parametrize("kind", ["code", "recovery", "passkey"])
def test_one_source_has_five_guesses(kind: str, app: Flask) -> None:
    thief = at(halfway(app, "chenyan"), "192.0.2.7")
    assert guess(thief, 7, kind) == [401] * 5 + [429] * 2
    answer = thief.post(SECOND, code=code())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    told = text_of(answer)
    assert "验证码错误次数过多，请 15 分钟后再试" in told
    assert "五分钟内" not in told, "nothing is taken so soon"
    assert "恢复码在此处同样无法使用；您曾登录过的其他设备不受影响" in told


def test_another_step_has_no_other_guesses(app: Flask) -> None:
    for number in range(3):
        guess(at(halfway(app, "chenyan"), "192.0.2.7"), 2 if number < 2 else 1)
    assert guess(at(halfway(app, "chenyan"), "192.0.2.7"), 1) == [429]


def test_many_sources_have_fifteen_and_the_owners_device_still_comes_in(
    app: Flask, clock: Clock
) -> None:
    owner = halfway(app, "chenyan")
    owner.post(SECOND, code=code())
    owner.post("/logout")
    told = [guess(at(halfway(app, "chenyan"), f"192.0.2.{each}"), 1) for each in range(20)]
    assert told == [[401]] * throttle.SECOND_OF_ONE_BY_ALL + [[429]] * 5
    clock.now += HALF_A_MINUTE
    owner.post("/login", login="chenyan", password=PASSWORD)
    assert owner.post(SECOND, code=code(clock.now)).status_code == 303


@pytest.mark.parametrize(("wrong", "is_told"), [(4, False), (5, True)])
def test_the_owner_is_told_of_many_wrong_codes(wrong: int, is_told: bool, app: Flask) -> None:
    for number in range(wrong):
        guess(at(halfway(app, "chenyan"), f"192.0.2.{number}"), 1)
    owner = halfway(app, "chenyan")
    owner.post(SECOND, code=code())
    assert (f"输错了 {wrong} 次验证码" in text_of(owner.get("/account"))) is is_told
    assert AuthenticatorApp.get().wrong == 0


def test_of_guesses_at_the_same_moment_no_more_are_checked(app: Flask) -> None:
    crowd = [at(halfway(app, "chenyan"), "192.0.2.7") for _ in range(12)]
    forms = [{"csrf_token": each.token(), "code": WRONG} for each in crowd]
    told = at_once(crowd, forms)
    assert (told.count(401), told.count(429)) == (5, 7)
    assert AuthenticatorApp.get().wrong == 5


def test_who_does_not_know_the_password_keeps_nobody_out_of_the_second_step(app: Flask) -> None:
    """All wrong passwords that there can be, from the same address."""
    owner = at(halfway(app, "chenyan"), "192.0.2.7")
    thief = at(Visitor(app), "192.0.2.7")
    for number in range(40):
        thief.post("/login", login="chenyan", password=f"guess {number}")
        thief.post(SECOND, code=WRONG)
    assert owner.post(SECOND, code=code()).status_code == 303


def test_wrong_codes_keep_nobody_from_typing_the_password(app: Flask) -> None:
    guess(at(halfway(app, "chenyan"), "192.0.2.7"), 9)
    halfway(app, "chenyan")


# -------------------------------------------------------------------------------------- recovery codes


@pytest.fixture
def on_paper(app: Flask) -> list[str]:
    """The recovery codes of Chen Yan."""
    made = recovery_codes.fresh()
    recovery_codes.put(User.get(login="chenyan"), made, NOW)
    return list(made)


def test_a_recovery_code_lets_in_once_and_tells_how_many_are_left(
    app: Flask, on_paper: list[str]
) -> None:
    visitor = halfway(app, "chenyan")
    assert visitor.post(SECOND, recovery=on_paper[0].upper()).status_code == 303
    assert "本次使用恢复码登录，还剩 9 个" in text_of(visitor.get("/account"))
    assert halfway(app, "chenyan").post(SECOND, recovery=on_paper[0]).status_code == 401
    assert halfway(app, "chenyan").post(SECOND, recovery=on_paper[1]).status_code == 303


def test_of_those_who_send_one_recovery_code_at_the_same_moment_one_comes_in(
    app: Flask, on_paper: list[str]
) -> None:
    crowd = [at(halfway(app, "chenyan"), f"192.0.2.{each}") for each in range(4)]
    forms = [{"csrf_token": each.token(), "recovery": on_paper[0]} for each in crowd]
    assert at_once(crowd, forms).count(303) == 1
    assert recovery_codes.left(User.get(login="chenyan")) == 9


# ------------------------------------------------------------------------------------------- passkeys


def give_passkey(app: Flask, login: str, key: Authenticator) -> None:
    """Set a passkey up on the pages."""
    visitor = Visitor(app, login)
    page = visitor.post(f"{OWN}/passkey", password=PASSWORD)
    made = key.create(options_in(page))
    assert visitor.post(f"{OWN}/passkey/try", passkey=made, name="手机").status_code in (200, 303)


def sign(visitor: Visitor, key: Authenticator, **lies: object) -> TestResponse:
    return visitor.post(SECOND, passkey=key.get(options_in(visitor.get(SECOND)), **lies))


@pytest.mark.parametrize("counts", [True, False])
def test_a_passkey_lets_in(counts: bool, app: Flask) -> None:
    key = Authenticator(counts=counts)
    give_passkey(app, "chenyan", key)
    for _ in range(2):
        visitor = halfway(app, "chenyan")
        assert sign(visitor, key).status_code == 303
        assert is_in(visitor)
    assert Passkey.get().sign_count == key.count
    assert Passkey.get().used_at == NOW


def test_a_signature_is_taken_once(app: Flask) -> None:
    key = Authenticator(counts=False)
    give_passkey(app, "chenyan", key)
    visitor = halfway(app, "chenyan")
    signed = key.get(options_in(visitor.get(SECOND)))
    assert visitor.post(SECOND, passkey=signed).status_code == 303
    visitor.post("/logout")
    again = halfway(app, "chenyan")
    assert again.post(SECOND, passkey=signed).status_code == 401


def test_of_those_who_send_one_signature_at_the_same_moment_one_comes_in(app: Flask) -> None:
    key = Authenticator()
    give_passkey(app, "chenyan", key)
    owner = halfway(app, "chenyan")
    signed = key.get(options_in(owner.get(SECOND)))
    crowd = [at(copy_of(owner, app), f"192.0.2.{number}") for number in range(4)]
    before = sessions_begun()
    told = at_once(crowd, [{"csrf_token": each.token(), "passkey": signed} for each in crowd])
    assert told.count(303) == sessions_begun() - before == 1
    assert Passkey.get().doubted_at is None


def test_a_challenge_is_answered_once_even_if_wrongly(app: Flask) -> None:
    key = Authenticator()
    give_passkey(app, "chenyan", key)
    visitor = halfway(app, "chenyan")
    options = options_in(visitor.get(SECOND))
    assert visitor.post(SECOND, passkey=key.get(options, origin="https://x")).status_code == 401
    assert visitor.post(SECOND, passkey=key.get(options)).status_code == 401
    assert sign(visitor, key).status_code == 303, "the page has another one"


LIES = {
    "another origin": {"origin": "https://localhost.evil.example"},
    "without TLS": {"origin": "http://localhost"},
    "another challenge": {"challenge": "AAAA"},
    "another ceremony": {"type": "webauthn.create"},
    "nobody was there": {"flags": 0},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_signed_for_something_else_opens_nothing(lie: str, app: Flask) -> None:
    key = Authenticator()
    give_passkey(app, "chenyan", key)
    visitor = halfway(app, "chenyan")
    assert sign(visitor, key, **LIES[lie]).status_code == 401
    assert not is_in(visitor)


def test_another_accounts_passkey_opens_nothing(app: Flask) -> None:
    hers, his = Authenticator(), Authenticator()
    give_passkey(app, "chenyan", hers)
    give_passkey(app, "sunli", his)
    visitor = halfway(app, "chenyan")
    assert sign(visitor, his).status_code == 401
    assert sign(visitor, his.called(hers)).status_code == 401, "nor under the name of hers"
    assert sign(visitor, hers).status_code == 303


def test_a_copied_passkey_is_found_by_its_counter_and_opens_nothing_any_more(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    key = Authenticator()
    give_passkey(app, "chenyan", key)
    sign(halfway(app, "chenyan"), key)
    key.count -= 1  # the copy has not counted what the other one has signed
    with caplog.at_level(logging.WARNING):
        assert sign(halfway(app, "chenyan"), key).status_code == 401
    assert "counter has gone back" in caplog.text
    key.count += 10
    owner = halfway(app, "chenyan")
    assert "data-options" not in owner.get(SECOND).text
    assert owner.post(SECOND, passkey=key.get({"challenge": "AAAA"})).status_code == 401
    owner.post(SECOND, code=code())
    assert "可能已被复制，已停用" in text_of(owner.get(OWN))


def test_a_passkey_answers_to_the_host_that_it_was_made_for(app: Flask) -> None:
    """A server between that calls itself by another name gets no signature of use."""
    key = Authenticator()
    give_passkey(app, "chenyan", key)
    visitor = halfway(app, "chenyan")
    signed = key.get(options_in(visitor.get(SECOND)), origin="https://evil.example")
    form = {"csrf_token": visitor.token(), "passkey": signed}
    cookie = visitor.client.get_cookie("__Host-servicing", domain="localhost")
    assert cookie
    thief = Visitor(app).client
    thief.set_cookie("__Host-servicing", cookie.value, domain="evil.example", secure=True)
    evil = "https://evil.example"
    answer = thief.post(SECOND, data=form, base_url=evil, headers={"Referer": evil})
    database.database.connect(reuse_if_open=True)
    assert answer.status_code == 401


NONSENSE = ["x", "{}", "[]", "null", '{"id": 1}', '{"id": "x", "response": []}', "x" * 100_000]


@pytest.mark.parametrize("answer", NONSENSE)
def test_what_is_no_answer_of_a_browser_opens_nothing(answer: str, app: Flask) -> None:
    give_passkey(app, "chenyan", Authenticator())
    assert halfway(app, "chenyan").post(SECOND, passkey=answer).status_code == 401


# --------------------------------------------------------------------------------- scripts and secrets


def test_a_script_of_ours_runs_where_a_passkey_is_asked_for_and_nowhere_else(app: Flask) -> None:
    assert (
        "script-src" not in halfway(app, "chenyan").get(SECOND).headers["Content-Security-Policy"]
    )
    give_passkey(app, "chenyan", Authenticator())
    page = halfway(app, "chenyan").get(SECOND)
    policy = page.headers["Content-Security-Policy"]
    assert policy == pages.SCRIPT_POLICY and "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.text.count("<script") == 1 and 'src="/static/passkeys.js?v=' in page.text
    assert "应用验证码" in page.text, "who has no script types the code"


def test_no_log_holds_a_secret_or_a_code(
    app: Flask, on_paper: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        visitor = halfway(app, "chenyan")
        visitor.post(SECOND, code=WRONG)
        visitor.post(SECOND, recovery="aaaa-aaaa-aaaa")
        visitor.post(SECOND, recovery=on_paper[0])
        halfway(app, "chenyan").post(SECOND, code=code())
    told = [SECRET, code(), WRONG, PASSWORD, "aaaa-aaaa", *on_paper]
    assert [each for each in told if each in caplog.text] == []


def test_an_app_of_other_keys_is_told_and_lets_nobody_in(app: Flask, space: Workspace) -> None:
    AuthenticatorApp.update(secret="of other keys").execute()
    answer = halfway(app, "chenyan").post(SECOND, code=code())
    assert answer.status_code == 401 and "其他密钥" in text_of(answer)
