"""A backup is the book of one moment; restored, it sends nothing twice and loses nothing."""

import datetime
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from policies import backup, database
from policies.models import Policy
from servicing.core import accounts, doubts, errors, references, sessions
from servicing.core.models import CardEntry, Message
from servicing.dispatch import dispatcher, receipts, reconcile
from servicing.dispatch.receipts import Receipt
from servicing.operations import backups, keyring, lease
from servicing.operations.workspace import Workspace
from servicing.schedule import walk
from tests import cast
from tests.refusals import refuses
from tests.servicing.anew import Anew
from tests.servicing.operations.mornings import Once, a_morning, carried_by, held

NOW = cast.at("2026-06-01", "10:00")


def test_what_is_restored_is_what_was_saved(anew: Anew, tmp_path: Path) -> None:
    one = anew("one")
    cast.everybody(issued="2026-05-01")
    a_morning(one, "2026-06-01", Once())
    saved, file = held(one), tmp_path / "book.backup"
    backups.save(one, file)
    assert file.stat().st_mode & 0o777 == 0o600
    two = anew("two")
    told = backups.restore(two, file, cast.at("2026-06-01", "10:00"))
    assert told.policies == len(saved["policy"])
    assert told.copied_at == cast.at("2026-06-01", "10:00")
    of_the_restore = ("walked_day", "day_walk", "doubt", "secret", "signing_key")
    assert {name: rows for name, rows in held(two).items() if name not in of_the_restore} == {
        name: rows for name, rows in saved.items() if name not in of_the_restore
    }


def test_what_the_lost_book_has_sent_is_not_sent_again(anew: Anew, tmp_path: Path) -> None:
    """The backup is of the morning before the dispatch; the book is lost two days later."""
    one, file, outbox = anew("one"), tmp_path / "book.backup", Once()
    cast.everybody(issued=["2026-05-01", "2026-05-02", "2026-05-03"], served_from="2026-06-01")
    a_morning(one, "2026-06-01", None)
    backups.save(one, file)
    carried_by(one, outbox, cast.at("2026-06-01", "10:00"))
    a_morning(one, "2026-06-02", outbox)
    assert len(outbox.words) == 3
    two = anew("two")
    told = backups.restore(two, file, cast.at("2026-06-03", "09:30"))
    assert told.in_doubt == 4, "three were sent, the one of today was not: nobody here can know"
    assert {each.reason for each in Message.select() if each.state == "unknown"} == {"restored"}
    carried_by(two, outbox, cast.at("2026-06-03", "10:00"))
    outbox.assert_nothing_twice()
    assert len(outbox.words) == 4, "what the lost book had not sent leaves now"
    assert {each.state for each in Message.select()} == {"accepted"}


def test_what_came_due_after_the_loss_is_in_no_doubt(anew: Anew, tmp_path: Path) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    cast.everybody(issued="2026-05-01", served_from="2026-06-01")
    backups.save(one, file)
    two = anew("two")
    lost_at = cast.at("2026-05-31", "20:00")
    assert backups.restore(two, file, cast.at("2026-06-02", "09:30"), lost_at).in_doubt == 0
    outbox = Once()
    carried_by(two, outbox, cast.at("2026-06-02", "10:00"))
    assert len(outbox.words) == 4


def test_the_day_of_the_loss_is_in_doubt_and_its_file_is_found(anew: Anew, tmp_path: Path) -> None:
    """What left in the morning of the day of the loss does not leave once more from the copy."""
    one, file = anew("one"), tmp_path / "book.backup"
    cast.everybody(issued="2026-05-01", served_from="2026-06-01")
    backups.save(one, file)
    walk.walk(one.walker(), cast.day("2026-06-01"), cast.at("2026-06-01", "06:00"))
    to_files(one, "2026-06-01", "09:30")
    left = letters(one)
    assert len(left) == 4
    two = anew("two")
    shutil.copytree(one.home / "outbox", two.home / "outbox")
    lost_at = cast.at("2026-06-01", "12:00")
    assert backups.restore(two, file, cast.at("2026-06-02", "09:30"), lost_at).in_doubt == 4
    to_files(two, "2026-06-02", "10:00")
    assert letters(two) == left
    assert {each.state for each in Message.select()} == {"accepted"}


def to_files(space: Workspace, day: str, clock: str) -> None:
    now = cast.at(day, clock)
    dispatcher.dispatch(space.dispatcher(now.timestamp), lambda: now)


def letters(space: Workspace) -> list[str]:
    return sorted(each.name for each in (space.home / "outbox").rglob("*.txt"))


def test_what_an_import_makes_for_the_span_is_in_doubt_and_numbers_never_come_again(
    anew: Anew, tmp_path: Path
) -> None:
    """The lost book knew a policy that the copy does not: its message is asked for, by what it is."""
    one, file, outbox = anew("one"), tmp_path / "book.backup", Once()
    people = cast.everybody(issued="2026-05-01", served_from="2026-06-01")
    a_morning(one, "2026-06-01", outbox)
    backups.save(one, file)
    highest, token = max(outbox.sent), references.token()
    cast.give_policy(people.lin_wei, "P000", "2026-05-02", served_from="2026-06-01")
    cast.joined("2026-06-01")
    a_morning(one, "2026-06-02", outbox)
    lost = {each.reference for each in outbox.sent.values()}
    two = anew("two")
    backups.restore(two, file, cast.at("2026-06-02", "11:00"))
    assert references.token() != token
    cast.give_policy(cast.lin_wei(), "P000", "2026-05-02", served_from="2026-06-01")
    cast.joined("2026-06-01")
    walk.walk(two.walker(), cast.day("2026-06-02"), cast.at("2026-06-02", "11:10"))
    made = cast.message("month_1", "P000")
    assert made.id > highest + doubts.NUMBERS_A_DAY
    carried_by(two, outbox, cast.at("2026-06-02", "11:20"))
    assert {each.reference for each in outbox.sent.values()} == lost, "nothing has left again"
    found = cast.message("month_1", "P000")
    assert (found.state, found.cleared) == ("accepted", 1)


def test_a_late_receipt_of_the_lost_book_settles_nothing(anew: Anew, tmp_path: Path) -> None:
    one, file, outbox = anew("one"), tmp_path / "book.backup", Once()
    cast.everybody(issued="2026-05-01", served_from="2026-06-01")
    a_morning(one, "2026-06-01", None)
    lost = references.token()
    backups.save(one, file)
    two = anew("two")
    now = cast.at("2026-06-01", "11:00")
    backups.restore(two, file, now)
    carried_by(two, outbox, now)
    for each in Message.select():
        for ref in (each.provider_ref, "another"):
            late = Receipt(each.id, each.provider, ref, "undelivered", means="later", token=lost)
            assert receipts.apply(late, now) == "of_another_book"
        of_today = Receipt(
            each.id, each.provider, each.provider_ref, "delivered", token=references.token()
        )
        assert receipts.apply(of_today, now) == "applied"


def test_a_book_that_is_being_written_is_saved_as_it_was_before(anew: Anew, tmp_path: Path) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    cast.everybody(issued="2026-05-01")
    url, home = one.settings.servicing.database, one.home
    with database.writing():
        Policy.update(annual_premium=1).execute()
        copying = by_another_process(url, home, file)
    assert copying == ""
    two = anew("two")
    backups.restore(two, file, cast.at("2026-05-01"))
    assert not Policy.select().where(Policy.annual_premium == 1).exists()


def by_another_process(url: str, home: Path, file: Path) -> str:
    """`servicing backup` in a process of its own; what it complains of."""
    from tests.acceptance.frontdoor import servicing

    told = servicing("--home", str(home), "backup", str(file), cwd=home, env=dict(os.environ))
    return "" if told.code == 0 else told.err


def test_nothing_is_written_over(anew: Anew, tmp_path: Path) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    file.write_text("the only one")
    with refuses(errors.UnwritableFile, match="it is there already"):
        backups.save(one, file)
    assert file.read_text() == "the only one"
    with refuses(errors.UnwritableFile, match="there is no such file"):
        backups.save(one, tmp_path / "nowhere" / "book.backup")
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("what", ["text", "nothing", "another", "half"])
def test_what_is_no_backup_is_refused_and_nothing_is_touched(
    anew: Anew, tmp_path: Path, what: str
) -> None:
    one, file = anew("one"), tmp_path / "book.backup"
    backups.save(one, file)
    if what == "text":
        file.write_text("policy_no,issue_date\n" * 1_000)
    elif what == "nothing":
        file.unlink()
    elif what == "half":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    else:
        file.unlink()
        sqlite3.connect(file).executescript("CREATE TABLE t (x)")
    before = held(one)
    with pytest.raises(errors.ServicingError):
        backups.restore(one, file, cast.at("2026-06-01"))
    database.connect(one.settings.servicing.database, one.home)
    assert held(one) == before


def test_a_book_in_use_is_not_written_over(anew: Anew, tmp_path: Path) -> None:
    one, file, now = anew("one"), tmp_path / "book.backup", cast.at("2026-06-01")
    backups.save(one, file)
    lease.keep("host:1", now.timestamp())
    with refuses(errors.BadArgument, match="host:1.*stop it first"):
        backups.restore(one, file, now)
    lease.give_back("host:1")
    accounts.add("ops", "operations", "correct horse battery", now)
    with refuses(errors.BadArgument, match="has a book already"):
        backups.restore(one, file, now)
    assert not CardEntry.select().exists()


@cast.on_postgresql
def test_without_the_programs_of_postgresql_it_says_so(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with refuses(errors.BadSetting, match="pg_dump: is not installed here"):
        backups.save(workspace, tmp_path / "book.backup")


# --------------------------------------------------------------------------- a restore that is killed


class Killed(BaseException):
    """The machine has gone."""


STEPS = [
    (keyring, "leave_the_origin"),
    (doubts, "begin"),
    (walk, "walk"),
    (reconcile, "doubt"),
]


@pytest.mark.parametrize(("where", "step"), STEPS)
def test_a_restore_that_is_killed_leaves_no_copy_that_anybody_can_open(
    where: object, step: str, anew: Anew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sessions and links would be the origin's, and what waits in it would leave twice."""
    one, file, outbox = anew("one"), tmp_path / "book.backup", Once()
    cast.everybody(issued="2026-05-01", served_from="2026-06-01")
    a_morning(one, "2026-06-01", None)
    user = accounts.add("root", "administrator", "a long password", NOW)
    token = sessions.begin(user, NOW, datetime.timedelta(hours=12), "")
    backups.save(one, file)
    carried_by(one, outbox, NOW)
    two = anew("two")

    def kill(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(where, step, kill)
        with pytest.raises(Killed):
            backups.restore(two, file, NOW)
    if database.is_sqlite():
        two.open()
        assert not Policy.select().exists(), "the copy has not taken its place"
    else:
        with refuses(errors.UnusableDatabase, "interrupted"):
            two.open()
        two.open(is_restoring=True)
    backups.restore(two, file, NOW)
    two.open()
    assert sessions.found(token, NOW) is None
    carried_by(two, outbox, NOW)
    outbox.assert_nothing_twice()


def test_a_restore_that_is_refused_leaves_the_workspace_as_it_was(
    anew: Anew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL takes back all of it, and nothing was in doubt."""
    one, file = anew("one"), tmp_path / "book.backup"
    backups.save(one, file)
    two = anew("two")

    def refuse(*_: object, **__: object) -> None:
        raise errors.UnusableDatabase("disk_full")

    with monkeypatch.context() as patched:
        patched.setattr(backup, "_finished" if database.is_sqlite() else "_run", refuse)
        with pytest.raises(errors.UnusableDatabase):
            backups.restore(two, file, NOW)
    two.open()
    assert not Policy.select().exists()
    backups.restore(two, file, NOW)
