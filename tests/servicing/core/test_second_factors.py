"""Codes, passkeys and steps by themselves: each counts once, for its owner, in its time."""

import datetime
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import peewee
import pyotp
import pytest

from policies import database
from servicing.core import (
    accounts,
    authenticator_apps,
    errors,
    factor_seals,
    hashing,
    keys,
    passkeys,
    recovery_codes,
    second_factors,
    second_steps,
    sessions,
)
from servicing.core.account_models import KnownDevice, User, UserSession
from servicing.core.audit_models import AuditEntry
from servicing.core.factor_models import AuthenticatorApp, Passkey, RecoveryCode, SecondStep
from servicing.core.keys import Ring
from servicing.core.second_factors import Where
from tests import cast

NOW = cast.at("2026-06-01", "09:30")
STEP = datetime.timedelta(seconds=30)
SECOND = datetime.timedelta(seconds=1)
RING = Ring((keys.fresh(),))
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def user(book: peewee.Database) -> User:
    return accounts.add("gaoxiang", "administrator", "correct horse battery", NOW)


@pytest.fixture
def with_app(user: User) -> User:
    """Somebody whose app was set up an hour ago."""
    before = NOW - datetime.timedelta(hours=1)
    assert authenticator_apps.set_up(user, SECRET, code(before), before, RING)
    return user


def code(at: datetime.datetime = NOW, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(at)


def comes_in(
    user: User, typed: str, now: datetime.datetime = NOW, *, is_known: bool = False
) -> bool:
    """Whether a code is right, and was used by nobody before."""
    step = authenticator_apps.matching(user, typed, now, RING, is_known=is_known)
    return step is not None and authenticator_apps.take(user, step, now)


def at_once(ask: Callable[[], bool], times: int = 8) -> list[bool]:
    """The answers of so many who ask at the same moment, each by a connection of its own."""

    def asked(_: int) -> bool:
        with database.database.connection_context():
            return ask()

    with ThreadPoolExecutor(times) as crowd:
        return sorted(crowd.map(asked, range(times)))


# ----------------------------------------------------------------------------------------- the app

CLOCKS = [(-60, False), (-30, True), (0, True), (30, True), (60, False)]


@pytest.mark.parametrize(("seconds", "is_right"), CLOCKS)
def test_a_code_of_a_step_before_or_after_is_taken(
    seconds: int, is_right: bool, with_app: User
) -> None:
    shown = code(NOW + datetime.timedelta(seconds=seconds))
    assert comes_in(with_app, shown) is is_right


TYPED = ["{} {}", " {}{} ", "{}-{}", "{}\u3000{}"]


@pytest.mark.parametrize("how", TYPED)
def test_it_is_read_as_people_type_it(how: str, with_app: User) -> None:
    assert comes_in(with_app, how.format(code()[:3], code()[3:]))


def test_full_width_digits_are_digits(with_app: User) -> None:
    assert comes_in(with_app, "".join(chr(ord(each) + 0xFEE0) for each in code()))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\0", "x" * 10_000, "١٢٣٤٥٦"])
def test_what_is_no_code_is_none(typed: str, with_app: User) -> None:
    assert not comes_in(with_app, typed)


def test_a_code_is_taken_once_and_none_of_before_after_it(with_app: User) -> None:
    assert comes_in(with_app, code())
    assert not comes_in(with_app, code())
    assert not comes_in(with_app, code(NOW - STEP)), "an older one that nobody has used"
    assert comes_in(with_app, code(NOW + STEP), NOW + STEP)


def test_the_code_that_sets_the_app_up_is_used_by_that(user: User) -> None:
    assert authenticator_apps.set_up(user, SECRET, code(), NOW, RING)
    assert not comes_in(user, code())


def test_of_eight_who_use_one_code_at_the_same_moment_one_comes_in(with_app: User) -> None:
    shown = code()
    assert at_once(lambda: comes_in(with_app, shown)) == [False] * 7 + [True]


def test_after_a_hundred_wrong_codes_only_a_known_device_has_more(with_app: User) -> None:
    for _ in range(authenticator_apps.MOST_WRONG):
        assert not comes_in(with_app, "000000")
    assert not comes_in(with_app, code())
    assert comes_in(with_app, code(), is_known=True)
    assert authenticator_apps.forgive(with_app) == authenticator_apps.MOST_WRONG
    assert comes_in(with_app, code(NOW + STEP), NOW + STEP), "then the others have them again"


def test_it_is_shown_as_text_and_as_a_picture_of_our_own() -> None:
    shown = authenticator_apps.shown(SECRET, "gaoxiang", "示例人寿")
    assert shown.secret.replace(" ", "") == SECRET
    assert shown.picture.startswith("data:image/svg+xml")


# ----------------------------------------------------------------------------- how secrets are kept


def everything_in_the_book() -> str:
    tables = database.database.get_tables()
    return repr([list(database.execute(f'SELECT * FROM "{each}"')) for each in tables])


def test_no_secret_and_no_code_stands_in_the_database(with_app: User) -> None:
    codes = recovery_codes.fresh()
    recovery_codes.put(with_app, codes, NOW)
    step = second_steps.begin(with_app, "app", NOW, factor_seals.sealed(with_app, SECRET, RING))
    stored = everything_in_the_book()
    told = [SECRET, step, *codes, *(each.replace("-", "") for each in codes)]
    assert [each for each in told if each in stored] == []


def test_a_copy_of_the_database_reads_none_with_other_keys(with_app: User) -> None:
    with pytest.raises(errors.UnreadableFactor):
        authenticator_apps.matching(with_app, code(), NOW, Ring((keys.fresh(),)), is_known=False)


def test_a_secret_opens_nothing_in_the_row_of_another_account(with_app: User) -> None:
    other = accounts.add("zhaomin", "operations", "correct horse battery", NOW)
    seal = AuthenticatorApp.get().secret
    AuthenticatorApp.create(user=other, secret=seal, last_step=0, made_at=NOW)
    with pytest.raises(errors.UnreadableFactor):
        authenticator_apps.matching(other, code(), NOW, RING, is_known=False)


@pytest.mark.parametrize("forget", [False, True])
def test_new_keys_carry_the_secrets_over(forget: bool, with_app: User) -> None:
    fresh = Ring((keys.fresh(),)) if forget else RING.renewed(NOW.date())
    assert factor_seals.renew(fresh, RING) == 0
    only_new = Ring((fresh.keys[0],))
    assert factor_seals.opened(with_app, AuthenticatorApp.get().secret, only_new) == SECRET


def test_what_nobody_can_read_is_counted_and_left_as_it_is(with_app: User) -> None:
    before = AuthenticatorApp.get().secret
    assert factor_seals.renew(Ring((keys.fresh(),)), None) == 1
    assert AuthenticatorApp.get().secret == before


# -------------------------------------------------------------------------------------- recovery codes


def uses(user: User, typed: str) -> bool:
    found = recovery_codes.matching(user, typed)
    return found is not None and recovery_codes.take(found, NOW)


@pytest.fixture
def codes(user: User) -> list[str]:
    made = recovery_codes.fresh()
    recovery_codes.put(user, made, NOW)
    return list(made)


def test_there_are_ten_and_each_is_used_once(user: User, codes: list[str]) -> None:
    assert len(set(codes)) == recovery_codes.left(user) == 10
    for left, each in enumerate(reversed(codes)):
        assert uses(user, each) and not uses(user, each)
        assert recovery_codes.left(user) == 9 - left


WRITTEN = [
    str.upper,
    lambda code: code.replace("-", ""),
    lambda code: f" {code.replace('-', ' ')} ",
]


@pytest.mark.parametrize("how", WRITTEN)
def test_capitals_blanks_and_dashes_make_no_difference(
    how: Callable[[str], str], user: User, codes: list[str]
) -> None:
    assert uses(user, how(codes[3]))


@pytest.mark.parametrize("typed", ["", "a", "aaaa-aaaa-aaaa", "\0", "%", "x" * 10_000])
def test_what_is_none_of_them_opens_nothing(typed: str, user: User, codes: list[str]) -> None:
    assert not uses(user, typed)
    assert not uses(user, codes[0][:-1])
    assert not uses(user, codes[0] + "a")


def test_of_eight_who_use_one_at_the_same_moment_one_comes_in(user: User, codes: list[str]) -> None:
    assert at_once(lambda: uses(user, codes[0])) == [False] * 7 + [True]


def test_to_make_and_to_use_them_nobody_waits_for_passwords_that_are_checked(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane of known devices is full, and no hash is made."""
    where = at_a_browser(user)
    monkeypatch.setattr(hashing, "_known", hashing.Lane(0, 0))
    codes = with_an_app(user, where)
    assert len(codes) == 10 and uses(user, codes[0])
    assert len(second_factors.new_codes(user, where)) == 10


def test_a_stolen_table_has_nothing_of_a_code(user: User, codes: list[str]) -> None:
    kept = str(list(RecoveryCode.select(RecoveryCode.mark, RecoveryCode.digest).tuples()))
    assert not [each for each in codes if each in kept or each.replace("-", "") in kept]
    assert {len(each.replace("-", "")) for each in codes} == {16}


def test_new_ones_take_the_place_of_those_of_before(user: User, codes: list[str]) -> None:
    recovery_codes.put(user, recovery_codes.fresh(), NOW)
    assert recovery_codes.left(user) == 10
    assert not any(uses(user, each) for each in codes)


def test_those_of_another_account_open_nothing(user: User, codes: list[str]) -> None:
    other = accounts.add("zhaomin", "operations", "correct horse battery", NOW)
    assert not any(uses(other, each) for each in codes)


# -------------------------------------------------------------------------------------------- steps


def test_a_step_is_found_for_five_minutes(user: User) -> None:
    token = second_steps.begin(user, "login", NOW)
    ends = NOW + second_steps.LASTS
    assert second_steps.found(token, "login", ends - SECOND)
    assert second_steps.found(token, "login", ends) is None


@pytest.mark.parametrize("token", ["", "made up", "林"])
def test_a_token_that_is_none_of_ours_finds_nothing(token: str, user: User) -> None:
    second_steps.begin(user, "login", NOW)
    assert second_steps.found(token, "login", NOW) is None


def test_a_step_serves_what_it_was_begun_for(user: User) -> None:
    token = second_steps.begin(user, "passkey", NOW)
    assert second_steps.found(token, "login", NOW) is None
    assert second_steps.found(token, "passkey", NOW)


ENDINGS: dict[str, Callable[[User], object]] = {
    "another password": lambda user: accounts.set_password(user, "another long secret", NOW),
    "disabled": lambda user: accounts.set_disabled(user, True, NOW),
    "reset": lambda user: second_factors.reset(user, NOW),
    "everybody out": lambda user: accounts.shut_everybody_out(NOW, calendars=False),
    "restored": lambda user: second_factors.leave_the_origin(NOW),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_whoever_is_shut_out_does_not_go_on(how: str, user: User) -> None:
    token = second_steps.begin(user, "login", NOW)
    step = second_steps.found(token, "login", NOW)
    assert step and second_steps.hold(step)
    ENDINGS[how](User.get_by_id(user.id))
    assert second_steps.found(token, "login", NOW) is None
    assert not second_steps.hold(step), "nor where it was found just before"


def test_no_step_begins_for_whoever_was_shut_out_meanwhile(user: User) -> None:
    accounts.set_password(User.get_by_id(user.id), "another long secret", NOW)
    assert second_steps.begin(user, "login", NOW) == ""


def test_of_eight_who_take_one_step_one_goes_on(user: User) -> None:
    token = second_steps.begin(user, "login", NOW)

    def take() -> bool:
        step = second_steps.found(token, "login", NOW)
        with database.writing():
            if step is None or not second_steps.hold(step):
                return False
            second_steps.end(step)
        return True

    assert at_once(take) == [False] * 7 + [True]


def test_a_challenge_is_signed_once(user: User) -> None:
    token = second_steps.begin(user, "login", NOW)
    first, second = (second_steps.found(token, "login", NOW) for _ in range(2))
    assert first and second
    used = second_steps.use_challenge(first)
    assert used and used != first.challenge
    assert second_steps.use_challenge(second) == ""
    assert second_steps.use_challenge(first) not in ("", used)


def test_what_is_over_is_deleted_when_the_next_one_begins(user: User) -> None:
    second_steps.begin(user, "login", NOW)
    second_steps.begin(user, "login", NOW + second_steps.LASTS)
    assert SecondStep.select().count() == 1


# ------------------------------------------------------------------------------------------- changes


def at_a_browser(user: User) -> Where:
    """Somebody who is logged in twice, and whose browser is known."""
    for _ in range(2):
        sessions.begin(user, NOW, datetime.timedelta(hours=12), "")
    KnownDevice.create(digest="x", user=user, since=NOW)
    return Where(UserSession.select().order_by(UserSession.id).first().id, NOW)


def with_an_app(user: User, where: Where) -> list[str]:
    token = second_steps.begin(user, "app", NOW, factor_seals.sealed(user, SECRET, RING))
    step = second_steps.found(token, "app", NOW)
    assert step
    return second_factors.set_up_app(user, step, code(), RING, where)


def test_the_first_factor_brings_recovery_codes_and_the_next_does_not(user: User) -> None:
    where = at_a_browser(user)
    assert len(with_an_app(user, where)) == 10
    assert with_an_app(user, where) == []
    assert AuthenticatorApp.select().count() == 1


CHANGES: dict[str, Callable[[User, Where], object]] = {
    "an app": with_an_app,
    "other codes": second_factors.new_codes,
    "the app is removed": lambda user, where: second_factors.remove(user, "app", where),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_ends_the_other_sessions_and_what_was_begun(what: str, with_app: User) -> None:
    where = at_a_browser(with_app)
    token = second_steps.begin(with_app, "login", NOW)
    CHANGES[what](with_app, where)
    still = [each.id for each in UserSession.select().where(UserSession.ended_at.is_null())]
    assert still == [where.session_id]
    assert second_steps.found(token, "login", NOW) is None
    assert not KnownDevice.select().exists()


def test_the_codes_go_with_the_last_factor(user: User) -> None:
    where = at_a_browser(user)
    with_an_app(user, where)
    second_factors.remove(user, "app", where)
    assert not second_factors.has_any(user) and not RecoveryCode.select().exists()
    with pytest.raises(errors.BadFactor, match="no_factor"):
        second_factors.new_codes(user, where)


@pytest.mark.parametrize("factor", ["", "app", "1", "-1", "0", "9" * 50, "²", "x"])
def test_what_one_does_not_have_is_not_removed(factor: str, user: User) -> None:
    with pytest.raises(errors.BadFactor, match="no_such_factor"):
        second_factors.remove(user, factor, Where(0, NOW))


@pytest.mark.parametrize("what", ["other codes", "the app is removed"])
def test_what_is_reset_while_somebody_changes_it_stays_reset(what: str, with_app: User) -> None:
    """Their session was there when the request began."""
    where = at_a_browser(with_app)
    asked = User.get_by_id(with_app.id)
    accounts.set_password(with_app, "another long secret", NOW)
    with pytest.raises(errors.BadFactor, match="step_over"):
        CHANGES[what](asked, where)
    assert second_factors.has_any(with_app) and not RecoveryCode.select().exists()


def test_a_new_password_takes_no_factor_away(with_app: User) -> None:
    accounts.set_password(with_app, "another long secret", NOW)
    assert second_factors.has_any(with_app)


def test_a_reset_takes_everything_away(user: User) -> None:
    where = at_a_browser(user)
    with_an_app(user, where)
    Passkey.create(
        user=user, name="", rp_id="x", credential="x", public_key="x", sign_count=0, made_at=NOW
    )
    assert second_factors.reset(user, NOW) == 2
    for model in (AuthenticatorApp, Passkey, RecoveryCode, SecondStep):
        assert not model.select().exists()
    assert not UserSession.select().where(UserSession.ended_at.is_null()).exists()


def test_a_reset_of_nothing_shuts_nobody_out_and_is_not_noted(user: User) -> None:
    at_a_browser(user)
    noted = AuditEntry.select().count()
    assert second_factors.reset(user, NOW) == 0
    assert AuditEntry.select().count() == noted
    assert UserSession.select().where(UserSession.ended_at.is_null()).exists()


def test_a_restored_book_takes_no_code_that_was_seen_before(with_app: User) -> None:
    made = recovery_codes.fresh()
    recovery_codes.put(with_app, made, NOW)
    second_factors.leave_the_origin(NOW)
    assert recovery_codes.left(with_app) == 0
    shown = [code(NOW + STEP * each) for each in (-1, 0, 1)]
    assert not any(comes_in(with_app, each) for each in shown)
    assert comes_in(with_app, code(NOW + 2 * STEP), NOW + 2 * STEP)


# ------------------------------------------------------------------------------------------ passkeys

ADDRESSES = [
    ("https://service.example.com", ("service.example.com", "https://service.example.com")),
    (
        "https://Service.Example.com:8443/x",
        ("service.example.com", "https://service.example.com:8443"),
    ),
    ("https://service.example.com:443/", ("service.example.com", "https://service.example.com")),
    ("https://[", None),
    ("https://service.example.com:port", None),
    ("http://localhost:8080", ("localhost", "http://localhost:8080")),
    ("http://service.example.com", None),
    ("https://192.0.2.7", None),
    ("http://127.0.0.1:8080", None),
    ("https://[2001:db8::1]", None),
    ("", None),
]


@pytest.mark.parametrize(("address", "expected"), ADDRESSES)
def test_browsers_have_passkeys_where_there_is_a_name_and_tls(
    address: str, expected: tuple[str, str] | None
) -> None:
    found = passkeys.party(address)
    assert (found and (found.rp_id, found.origin)) == expected


NAMES = [("手机", "手机"), ("  my\nphone ", "myphone"), ("x" * 100, "x" * 60), ("\u202e", "")]


@pytest.mark.parametrize(("told", "kept"), NAMES)
def test_a_name_is_short_and_on_one_line(told: str, kept: str) -> None:
    assert passkeys.named(told) == kept
