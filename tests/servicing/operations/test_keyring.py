"""Keys stand beside the book and not in it: what a copy of it is worth, and how keys are renewed."""

import datetime
import shutil
from pathlib import Path

import pyotp
import pytest

from policies import database
from policies.erased import NUMBER, digest
from policies.models import Client
from servicing.core import (
    accounts,
    authenticator_apps,
    erased_numbers,
    errors,
    factor_seals,
    keyed_digests,
    keys,
    recovery_codes,
    second_factors,
    sessions,
)
from servicing.core.account_models import User, UserSession
from servicing.core.erasure_models import ErasedNumber
from servicing.core.factor_models import AuthenticatorApp
from servicing.core.keys import Key, Ring
from servicing.core.models import Secret, SigningKey, Suppression
from servicing.dispatch import unsubscribe
from servicing.messages import suppressions
from servicing.operations import backups, keyring, workspace
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import refuses
from tests.servicing.anew import Anew

NOW = cast.at("2026-06-01", "10:00")
TODAY = NOW.date()
HOUR = datetime.timedelta(hours=1)
OLD = "the-secret-of-a-database-of-before-keys-were-files"


def again(space: Workspace, said: str = "") -> Workspace:
    """The same workspace, as another process opens it."""
    fresh = workspace.at(space.home, {keyring.VARIABLE: said} if said else {})
    fresh.open()
    return fresh


def link(space: Workspace, client_no: str = "C001") -> str:
    return unsubscribe.url("", space.keys.link_key, client_no).removeprefix(unsubscribe.PATH)


def opens(space: Workspace, token: str, on: datetime.date = TODAY) -> bool:
    return unsubscribe.client_of(token, space.keys.link_keys(on)) == "C001"


def rotate(space: Workspace, on: datetime.date = TODAY, forget: bool = False) -> Workspace:
    keyring.rotate(space.home, space.keys_said, NOW, on, forget)
    return again(space, space.keys_said)


def give_old_secret(space: Workspace) -> str:
    """The database of the version before; answers with a link that it has sent."""
    Secret.insert(name="unsubscribe", value=OLD).execute()
    return unsubscribe.url("", OLD, "C001").removeprefix(unsubscribe.PATH)


def erase(space: Workspace, client_no: str = "C900") -> None:
    """A client of before, whose number is known by its digest alone; and the opt-out of another."""
    client = Client.create(client_no=client_no, name=client_no, erased_on=TODAY)
    erased_numbers.remember(client_no, client.id)
    Client.update(client_no=f"erased-{client_no}").where(Client.id == client.id).execute()
    subject = suppressions.digest_of("sms", f"+1{client_no}")
    Suppression.create(kind="sms", subject=subject, why="opted_out", since=NOW, source="")


def is_recognised(client_no: str = "C900") -> bool:
    """Whether a file that names the number is known to mean the erased client."""
    numbers = erased_numbers.everybody().numbers
    assert numbers, "there are digests"
    is_barred = not suppressions.suppress("sms", f"+1{client_no}", "opted_out", "", NOW)
    return bool(erased_numbers.client_of(client_no)) and is_barred


def everything_in_the_book() -> str:
    tables = database.database.get_tables()
    return repr([list(database.execute(f'SELECT * FROM "{each}"')) for each in tables])


# ------------------------------------------------------------------------------------- where they are


def test_the_first_use_makes_a_key_that_only_the_owner_of_the_file_can_read(anew: Anew) -> None:
    space = anew("one")
    file = space.home / keyring.FILE
    assert not file.exists()
    ring = space.keys
    assert file.stat().st_mode & 0o777 == 0o600
    assert again(space).keys == ring
    assert list(space.home.glob(f"{keyring.FILE}.*")) == []
    assert ring.erasures, "a copy of the file has it before anybody is erased"


def test_neither_the_book_nor_its_backup_holds_a_key(anew: Anew, tmp_path: Path) -> None:
    space = anew("one")
    file = tmp_path / "book.backup"
    ring = space.keys
    erase(space)
    backups.save(space, file)
    for each in (ring.keys[0].secret, ring.session_key, ring.link_key, ring.erasures):
        assert each not in everything_in_the_book()
        assert each.encode() not in file.read_bytes()
    assert SigningKey.get().fingerprint == ring.fingerprint


def test_every_purpose_has_a_key_of_its_own() -> None:
    ring = Ring((keys.fresh(),))
    made = {ring.keys[0].secret, ring.session_key, ring.link_key, ring.fingerprint}
    assert len(made) == 4
    assert not any(ring.fingerprint in each for each in made - {ring.fingerprint})


def test_a_key_is_derived_as_it_always_was() -> None:
    """Links that were sent rest on it."""
    ring = Ring((Key("0123456789abcdef0123456789abcdef"),))
    assert ring.link_key == "a1a2f067e883ce908697948bfe46c1419643047fad1da6e4c65416e8e89d7942"
    assert ring.fingerprint == "7daaa67bafe70f14"


def test_two_who_ask_first_have_the_same_keys(anew: Anew) -> None:
    space = anew("one")
    assert again(space).keys == again(space).keys


# ---------------------------------------------------------------------------------- what was before


def test_the_secret_of_an_older_database_moves_out_and_its_links_go_on(
    anew: Anew, tmp_path: Path
) -> None:
    space = anew("one")
    sent = give_old_secret(space)
    assert opens(space, sent)
    assert OLD not in everything_in_the_book()
    file = tmp_path / "book.backup"
    backups.save(space, file)
    assert OLD.encode() not in file.read_bytes(), "nor in pages that are free"
    assert link(space) != sent, "it signs nothing any more"
    assert opens(again(space), sent)
    later = rotate(space)
    assert opens(later, sent) and opens(later, link(space))


def test_no_file_of_the_database_holds_the_old_secret_any_more(anew: Anew) -> None:
    space = anew("one")
    give_old_secret(space)
    again(space)
    assert space.keys
    files = sorted(space.home.parent.glob("one.db*"))
    assert bool(files) is database.is_sqlite(), "a server keeps its own"
    assert not any(OLD.encode() in each.read_bytes() for each in files)


def test_a_machine_with_other_keys_takes_no_secret_out_of_the_book(anew: Anew) -> None:
    space = anew("one")
    assert space.keys
    (space.home / keyring.FILE).rename(space.home / "elsewhere")
    sent = give_old_secret(space)
    with pytest.raises(errors.BadKeys, match="keys_do_not_fit"):
        _ = again(space, "f" * 40).keys
    assert not (space.home / keyring.FILE).exists()
    (space.home / "elsewhere").rename(space.home / keyring.FILE)
    assert opens(again(space), sent)


def test_a_link_of_an_older_version_is_read_as_it_was_written(anew: Anew) -> None:
    """As version 0.1 signed it, letter by letter."""
    space = anew("one")
    give_old_secret(space)
    assert opens(space, "IkMwMDEi.Z7Jr8gZ3ckSH2Wqdxujdyu5rkVI")


def test_a_backup_of_an_older_database_is_made_without_its_secret(
    anew: Anew, tmp_path: Path
) -> None:
    space, file = anew("one"), tmp_path / "book.backup"
    sent = give_old_secret(space)
    backups.save(space, file)
    assert OLD.encode() not in file.read_bytes()
    assert opens(again(space), sent)


def test_a_machine_without_the_keys_makes_backups_all_the_same(anew: Anew, tmp_path: Path) -> None:
    space, file = anew("one"), tmp_path / "book.backup"
    assert space.keys
    (space.home / keyring.FILE).unlink()
    give_old_secret(space)
    backups.save(again(space), file)
    assert file.stat().st_size


def test_an_older_process_that_makes_a_secret_once_more_loses_no_link(anew: Anew) -> None:
    space = anew("one")
    before = link(space)
    sent = give_old_secret(space)
    assert opens(again(space), sent) and opens(again(space), before)
    assert not Secret.select().where(Secret.name == "unsubscribe").exists()


def test_an_old_secret_is_kept_in_the_file_also_where_the_keys_are_the_environments(
    anew: Anew,
) -> None:
    space = again(anew("one"), said="e" * 40)
    sent = give_old_secret(space)
    assert opens(space, sent)
    assert opens(again(space, said="e" * 40), sent)


# ------------------------------------------------------------------------------------------ renewed


LIVES = [
    (datetime.timedelta(0), True),
    (datetime.timedelta(days=365), True),
    (keys.LINKS_LIVE, True),
    (keys.LINKS_LIVE + datetime.timedelta(days=1), False),
]


@pytest.mark.parametrize(("later", "is_open"), LIVES)
def test_a_link_works_for_three_years_after_its_key_was_replaced(
    later: datetime.timedelta, is_open: bool, anew: Anew
) -> None:
    space = anew("one")
    sent = link(space)
    renewed = rotate(space)
    assert link(renewed) != sent
    assert opens(renewed, sent, TODAY + later) is is_open
    assert opens(renewed, link(renewed), TODAY + later)
    once_more = rotate(renewed, TODAY + later)
    assert opens(once_more, sent, TODAY + later) is is_open
    assert opens(once_more, link(renewed), TODAY + later)


def test_a_renewal_ends_sessions_and_leaves_calendars(anew: Anew) -> None:
    space = anew("one")
    user, token, secret = with_a_session(space)
    renewed = rotate(space)
    assert renewed.keys.session_key != space.keys.session_key
    assert sessions.found(token, NOW) is None
    assert accounts.of_feed(secret, TODAY, NOW) == user


def test_keys_that_are_forgotten_open_nothing_any_more(anew: Anew) -> None:
    space = anew("one")
    _, token, secret = with_a_session(space)
    sent, of_before = link(space), give_old_secret(space)
    renewed = rotate(space, forget=True)
    assert not opens(renewed, sent) and not opens(renewed, of_before)
    assert sessions.found(token, NOW) is None
    assert accounts.of_feed(secret, TODAY, NOW) is None
    assert OLD not in everything_in_the_book() + (space.home / keyring.FILE).read_text("utf-8")


def with_a_session(space: Workspace) -> tuple[User, str, str]:
    """An administrator who has come in: who it is, the token, the secret of a calendar."""
    assert space.keys
    user = accounts.add("root", "administrator", "a long password", NOW)
    return user, sessions.begin(user, NOW, HOUR, ""), accounts.new_feed(user)


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_an_app(space: Workspace) -> User:
    """An administrator with an authenticator app and recovery codes."""
    user = accounts.add("root", "administrator", "a long password", NOW)
    before = NOW - HOUR
    code = pyotp.TOTP(SECRET).at(before)
    assert authenticator_apps.set_up(user, SECRET, code, before, space.keys)
    recovery_codes.put(user, ["abcd-efgh-jkmn-pqrs"], NOW)
    return user


def secret_by(space: Workspace, user: User) -> str:
    """The secret of the app, as the keys of a workspace read it."""
    return factor_seals.opened(user, AuthenticatorApp.get().secret, space.keys)


@pytest.mark.parametrize("forget", [False, True])
def test_a_renewal_carries_the_secrets_of_apps_over(forget: bool, anew: Anew) -> None:
    space = anew("one")
    user = with_an_app(space)
    renewed = rotate(space, forget=forget)
    assert secret_by(renewed, user) == SECRET
    with pytest.raises(errors.UnreadableFactor):
        secret_by(space, user)
    later = rotate(rotate(renewed, TODAY), TODAY + keys.LINKS_LIVE + datetime.timedelta(days=2))
    assert secret_by(later, user) == SECRET, "also when the first key is gone"


def test_keys_of_the_environment_carry_them_over_when_one_is_put_first(anew: Anew) -> None:
    first, second = "1" * 40, "2" * 40
    space = again(anew("one"), first)
    user = with_an_app(space)
    assert again(space, f"{second} {first}").keys
    assert secret_by(again(space, second), user) == SECRET
    third = again(space, f"{'3' * 40} {second}")
    rotate(third)
    assert secret_by(again(space, "3" * 40), user) == SECRET


def test_where_keys_are_lost_apps_are_lost_and_codes_on_paper_are_not(anew: Anew) -> None:
    space = anew("one")
    user = with_an_app(space)
    (space.home / keyring.FILE).unlink()
    renewed = rotate(space, forget=True)
    with pytest.raises(errors.UnreadableFactor):
        secret_by(renewed, user)
    assert second_factors.has_any(user), "nobody comes in by the password alone"
    assert recovery_codes.matching(user, "abcd-efgh-jkmn-pqrs")


# ------------------------------------------------------------------------------- keys of another book


def test_a_machine_without_the_keys_refuses_and_says_what_to_do(anew: Anew) -> None:
    space = anew("one")
    sent = link(space)
    (space.home / keyring.FILE).rename(space.home / "elsewhere")
    with pytest.raises(errors.BadKeys, match="keys_not_here"):
        _ = again(space).keys
    with pytest.raises(errors.BadKeys, match="keys_not_here"):
        rotate(space)
    assert not (space.home / keyring.FILE).exists()
    (space.home / "elsewhere").rename(space.home / keyring.FILE)
    assert opens(again(space), sent)


def test_a_machine_with_other_keys_refuses_and_changes_nothing(anew: Anew) -> None:
    space = anew("one")
    sent = link(space)
    (space.home / keyring.FILE).rename(space.home / "elsewhere")
    for said in ("f" * 40, "g" * 40 + " " + "h" * 40):
        with pytest.raises(errors.BadKeys, match="keys_do_not_fit"):
            _ = again(space, said).keys
    (space.home / "elsewhere").rename(space.home / keyring.FILE)
    assert opens(again(space), sent)


def test_where_keys_are_lost_new_ones_are_made_by_a_word_of_a_person(anew: Anew) -> None:
    space = anew("one")
    sent = link(space)
    (space.home / keyring.FILE).unlink()
    renewed = rotate(space, forget=True)
    assert not opens(renewed, sent) and opens(renewed, link(renewed))


def test_a_machine_that_has_the_keys_of_before_refuses_until_it_has_the_new_ones(
    anew: Anew, tmp_path: Path
) -> None:
    space = anew("one")
    assert space.keys
    other = tmp_path / "other"
    shutil.copytree(space.home, other)
    rotate(space)
    with pytest.raises(errors.BadKeys, match="keys_do_not_fit"):
        keyring.opened(other, "")
    shutil.copy(space.home / keyring.FILE, other)
    assert keyring.opened(other, "") == again(space).keys


def test_keys_of_the_environment_are_renewed_by_putting_one_first(anew: Anew) -> None:
    first, second = "1" * 40, "2" * 40
    space = again(anew("one"), first)
    sent = link(space)
    assert not (space.home / keyring.FILE).exists()
    with pytest.raises(errors.BadKeys, match="keys_in_environment"):
        rotate(space)
    _, token, _ = with_a_session(space)
    renewed = rotate(again(space, f"{second} {first}"))
    assert sessions.found(token, NOW) is None
    assert opens(renewed, sent) and link(renewed) != sent
    assert opens(again(space, f"{second} {first}"), sent)
    with pytest.raises(errors.BadKeys, match="keys_several"):
        rotate(again(space, f"{second} {first}"), forget=True)
    alone = rotate(again(space, second), forget=True)
    assert not opens(alone, sent) and opens(alone, link(renewed))


def test_a_service_that_is_started_with_a_new_key_first_takes_it_up_by_itself(anew: Anew) -> None:
    first, second = "1" * 40, "2" * 40
    space = again(anew("one"), first)
    sent = link(space)
    renewed = again(space, f"{second} {first}")
    assert opens(renewed, sent)
    assert SigningKey.get().fingerprint == Key(second).fingerprint


UNUSABLE = [
    ("", "unreadable|bad_setting|missing"),
    ("keys = []", "bad_setting"),
    ('[[keys]]\nsecret = "short"', "bad_setting"),
    (f'[[keys]]\nsecret = "{"x" * 40}"\nlinks_only = true', "keys_first_is_old"),
    (f'[[keys]]\nsecret = "{"x" * 40}"\nretired_on = 2026-01-01', "keys_first_is_old"),
    (f'[[keys]]\nsecret = "{"x" * 40}"\nother = 1', "bad_setting"),
    ("no toml", "unreadable_file"),
]


@pytest.mark.parametrize(("text", "code"), UNUSABLE)
def test_a_file_that_cannot_be_used_is_refused_without_its_words(
    text: str, code: str, anew: Anew
) -> None:
    space = anew("one")
    (space.home / keyring.FILE).touch(0o600)
    (space.home / keyring.FILE).write_text(text, "utf-8")
    with pytest.raises(errors.ServicingError, match=code) as refused:
        _ = space.keys
    assert "x" * 40 not in str(refused.value) and "short" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_a_file_that_every_user_can_read_is_refused(mode: int, anew: Anew) -> None:
    space = anew("one")
    assert space.keys
    (space.home / keyring.FILE).chmod(mode)
    with refuses(errors.BadKeys, "chmod 600"):
        _ = again(space).keys


@pytest.mark.parametrize("said", ["short", "x" * 31, "x" * 40 + " short", "x" * 257])
def test_keys_of_the_environment_are_long_enough(said: str, anew: Anew) -> None:
    with pytest.raises(errors.BadKeys, match="keys_too_short") as refused:
        _ = again(anew("one"), said).keys
    assert "x" * 31 not in str(refused.value)


# ----------------------------------------------------------------------------------- restored books


def test_a_copy_restored_elsewhere_shares_nothing_with_its_origin(
    anew: Anew, tmp_path: Path
) -> None:
    origin, file = anew("one"), tmp_path / "book.backup"
    _, token, secret = with_a_session(origin)
    sent, ring = link(origin), origin.keys
    backups.save(origin, file)
    copy = anew("two")
    backups.restore(copy, file, NOW)
    assert sessions.found(token, NOW) is None
    assert accounts.of_feed(secret, TODAY, NOW) is None
    assert not opens(copy, sent)
    assert ring.session_key != copy.keys.session_key
    assert unsubscribe.client_of(link(copy), ring.link_keys(TODAY)) is None
    assert not UserSession.select().where(UserSession.ended_at.is_null()).exists()


def test_a_copy_of_an_older_database_does_not_open_its_origins_links(
    anew: Anew, tmp_path: Path
) -> None:
    origin, file = anew("one"), tmp_path / "book.backup"
    sent = give_old_secret(origin)
    backups.save(origin, file)
    copy = anew("two")
    backups.restore(copy, file, NOW)
    assert not opens(copy, sent)
    assert OLD not in everything_in_the_book()


def test_a_book_restored_in_its_place_keeps_the_links_it_has_sent(
    anew: Anew, tmp_path: Path
) -> None:
    origin, file = anew("one"), tmp_path / "book.backup"
    sent = link(origin)
    backups.save(origin, file)
    _, token, secret = with_a_session(origin)
    place = anew("two")
    shutil.copy(origin.home / keyring.FILE, place.home)
    backups.restore(place, file, NOW)
    assert opens(place, sent)
    assert accounts.of_feed(secret, TODAY, NOW) is None and sessions.found(token, NOW) is None


# ------------------------------------------------------------------ by what the erased are recognised


OF_BEFORE = "the-key-of-erasures-that-older-versions-kept-in-the-book"


def give_old_erasure(space: Workspace) -> None:
    """The database of the version before, which has made digests."""
    Secret.insert(name=keyed_digests.OF_BEFORE, value=OF_BEFORE).execute()
    client = Client.create(client_no="erased-C900", name="x", erased_on=TODAY)
    ErasedNumber.create(digest=digest(OF_BEFORE, NUMBER, "C900"), client=client)
    subject = keyed_digests.PREFIX + digest(OF_BEFORE, "sms", "+1C900")
    Suppression.create(kind="sms", subject=subject, why="opted_out", since=NOW, source="")


def test_the_first_erasure_makes_a_key_where_none_was(anew: Anew) -> None:
    """In a workspace that has signed nothing yet."""
    space = anew("one")
    assert erased_numbers.client_of("C900") is None
    assert not (space.home / keyring.FILE).exists(), (
        "nobody was erased: there is nothing to look up"
    )
    erase(space)
    assert is_recognised()
    again(space)
    assert is_recognised() and not erased_numbers.client_of("C901")


def test_a_file_of_before_gets_the_key_with_the_first_erasure(anew: Anew) -> None:
    space = anew("one")
    ring = space.keys
    file = space.home / keyring.FILE
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(each for each in lines if not each.startswith("erasures")), "utf-8")
    assert again(space).keys == ring.with_erasures("")
    erase(again(space))
    fresh = again(space)
    assert is_recognised()
    assert fresh.keys.keys == ring.keys and fresh.keys.erasures not in ("", ring.erasures)


@pytest.mark.parametrize("said", ["", "e" * 40])
@pytest.mark.parametrize("has_file", [True, False])
def test_the_key_of_an_older_database_moves_out_of_it_and_of_its_backups(
    has_file: bool, said: str, anew: Anew, tmp_path: Path
) -> None:
    space, file = again(anew("one"), said), tmp_path / "book.backup"
    if has_file:
        assert space.keys
    give_old_erasure(space)
    backups.save(space, file)
    assert OF_BEFORE not in everything_in_the_book()
    assert OF_BEFORE.encode() not in file.read_bytes()
    assert again(space, said).keys.erasures == OF_BEFORE
    assert is_recognised()
    files = sorted(space.home.parent.glob("one.db*"))
    assert not any(OF_BEFORE.encode() in each.read_bytes() for each in files)


def test_an_older_book_is_asked_before_any_service_was_started(anew: Anew) -> None:
    space = anew("one")
    give_old_erasure(space)
    assert is_recognised()
    assert OF_BEFORE not in everything_in_the_book()


@pytest.mark.parametrize("forget", [False, True])
def test_a_renewal_of_the_keys_goes_on_recognising(forget: bool, anew: Anew) -> None:
    space = anew("one")
    erase(space)
    before = space.keys
    renewed = rotate(space, forget=forget).keys
    assert renewed.erasures == before.erasures
    assert renewed.keys[0] != before.keys[0]
    assert is_recognised()


@pytest.mark.parametrize("forget", [False, True])
def test_so_does_one_of_an_older_book(forget: bool, anew: Anew) -> None:
    space = anew("one")
    give_old_erasure(space)
    assert rotate(space, forget=forget).keys.erasures == OF_BEFORE
    assert is_recognised()


def test_keys_of_the_environment_are_forgotten_without_it(anew: Anew) -> None:
    first, second = "1" * 40, "2" * 40
    space = again(anew("one"), first)
    erase(space)
    rotate(again(space, second), forget=True)
    again(space, second)
    assert is_recognised()


def test_another_machine_has_it_from_the_environment(anew: Anew) -> None:
    space = again(anew("one"), "1" * 40)
    erase(space)
    found = space.keys.erasures
    (space.home / keyring.FILE).unlink()
    again(space, f"{'1' * 40} {keys.OF_ERASURES}{found}")
    assert is_recognised()
    again(space, "1" * 40)
    with pytest.raises(errors.BadKeys, match="erasures_not_here"):
        is_recognised()


def lose(space: Workspace) -> None:
    """Somebody has written the file anew, and left the line out."""
    file = space.home / keyring.FILE
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(each for each in lines if not each.startswith("erasures")), "utf-8")


def test_a_workspace_that_has_lost_it_is_told_in_a_sentence(anew: Anew) -> None:
    space = anew("one")
    erase(space)
    before = (space.home / keyring.FILE).read_text("utf-8")
    lose(space)
    again(space)
    with refuses(errors.BadKeys, r"recognised under a key that is not here. .*rotate --forget"):
        erased_numbers.client_of("C900")
    with refuses(errors.BadKeys, "is not here"):
        erase(space, "C901")
    (space.home / keyring.FILE).write_text(before, "utf-8")
    again(space)
    assert is_recognised()


def test_where_it_is_lost_for_good_a_word_of_a_person_goes_on_without(anew: Anew) -> None:
    space = anew("one")
    erase(space)
    (space.home / keyring.FILE).unlink()
    rotate(again(space), forget=True)
    assert erased_numbers.client_of("C900") is None
    erase(space, "C901")
    assert erased_numbers.client_of("C901")


def test_a_book_restored_in_its_place_recognises_them(anew: Anew, tmp_path: Path) -> None:
    origin, file = anew("one"), tmp_path / "book.backup"
    erase(origin)
    backups.save(origin, file)
    place = anew("two")
    shutil.copy(origin.home / keyring.FILE, place.home)
    backups.restore(place, file, NOW)
    assert is_recognised()


def test_a_copy_restored_elsewhere_cannot_find_out_by_trying(anew: Anew, tmp_path: Path) -> None:
    """It is told so, as long as nobody says that it is to go on without."""
    origin, file = anew("one"), tmp_path / "book.backup"
    erase(origin)
    backups.save(origin, file)
    copy = anew("two")
    backups.restore(copy, file, NOW)
    with pytest.raises(errors.BadKeys, match="erasures_not_here"):
        erased_numbers.client_of("C900")
    rotate(copy, forget=True)
    assert erased_numbers.client_of("C900") is None


def test_an_erasure_that_is_taken_back_leaves_a_key_that_is_of_use(anew: Anew) -> None:
    space = anew("one")
    give_old_erasure(space)
    with database.database.atomic() as transaction:
        assert is_recognised()
        transaction.rollback()
    again(space)
    assert is_recognised()
    assert OF_BEFORE not in everything_in_the_book()


def test_so_does_one_that_was_made_for_it(anew: Anew) -> None:
    """A dry run comes first, in the same process."""
    space = anew("one")
    with database.database.atomic() as transaction:
        erase(space)
        transaction.rollback()
    erase(space)
    again(space)
    assert is_recognised()


def test_a_copy_restored_elsewhere_opens_no_second_factor_of_its_origin(
    anew: Anew, tmp_path: Path
) -> None:
    origin, file = anew("one"), tmp_path / "book.backup"
    with_an_app(origin)
    backups.save(origin, file)
    assert SECRET.encode() not in file.read_bytes()
    copy = anew("two")
    backups.restore(copy, file, NOW)
    user = User.get(login="root")
    with pytest.raises(errors.UnreadableFactor):
        secret_by(copy, user)
    assert second_factors.has_any(user)
    assert recovery_codes.matching(user, "abcd-efgh-jkmn-pqrs") is None


def test_a_book_restored_in_its_place_takes_no_code_that_was_used_before(
    anew: Anew, tmp_path: Path
) -> None:
    origin, file = anew("one"), tmp_path / "book.backup"
    with_an_app(origin)
    backups.save(origin, file)
    place = anew("two")
    shutil.copy(origin.home / keyring.FILE, place.home)
    backups.restore(place, file, NOW)
    user, minute = User.get(login="root"), datetime.timedelta(minutes=1)

    def is_right(at: datetime.datetime) -> bool:
        shown = pyotp.TOTP(SECRET).at(at)
        found = authenticator_apps.matching(user, shown, at, place.keys, is_known=False)
        return found is not None

    assert not is_right(NOW) and is_right(NOW + minute)
    assert recovery_codes.left(user) == 0
