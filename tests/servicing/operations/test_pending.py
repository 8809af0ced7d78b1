"""Files that came by the pages and wait to be taken in."""

import datetime
from pathlib import Path

import pytest

from servicing.operations import pending
from servicing.operations.pending import Waiting

NOW = datetime.datetime(2026, 6, 1, 9, 30, tzinfo=datetime.UTC)
WAITING = Waiting(called="book.csv", kind="book", joined=NOW.date())


def left(home: Path, token: str = "abc", now: datetime.datetime = NOW) -> None:
    pending.folder(home)
    for end in ("upload", "toml"):
        pending.keep(pending.path(home, token, end), lambda to: to.write_text("x"), now)
    pending.remember(home, token, WAITING, now)


def test_what_is_known_of_a_file_is_read_again(tmp_path: Path) -> None:
    left(tmp_path)
    assert pending.of(tmp_path, "abc") == WAITING


@pytest.mark.parametrize("token", ["", "other", "../imports/abc", "abc.upload", "a" * 65])
def test_nothing_else_waits(tmp_path: Path, token: str) -> None:
    left(tmp_path)
    assert pending.of(tmp_path, token) is None


@pytest.mark.parametrize("end", pending.ENDS)
def test_what_is_not_whole_does_not_wait(tmp_path: Path, end: str) -> None:
    left(tmp_path)
    pending.path(tmp_path, "abc", end).unlink()
    assert (pending.of(tmp_path, "abc") is None) == (end != "toml")


def test_what_an_earlier_version_kept_does_not_wait(tmp_path: Path) -> None:
    left(tmp_path)
    pending.path(tmp_path, "abc", "waiting").write_text('{"called": "book.csv"}', "utf-8")
    assert pending.of(tmp_path, "abc") is None


AGES = [(0, 1), (23.9, 1), (24, 0), (48, 0)]


@pytest.mark.parametrize(("hours", "waiting"), AGES)
def test_a_file_waits_for_a_day(tmp_path: Path, hours: float, waiting: int) -> None:
    left(tmp_path)
    kept = pending.folder(tmp_path) / "7.csv"
    kept.write_text("a refused row")
    now = NOW + datetime.timedelta(hours=hours)
    assert pending.tidy(tmp_path, now) == 1 - waiting
    assert len(list(pending.folder(tmp_path).iterdir())) == 1 + waiting * len(pending.ENDS)
    assert kept.exists()


def test_where_nothing_was_uploaded_there_is_nothing_to_tidy(tmp_path: Path) -> None:
    assert pending.tidy(tmp_path, NOW) == 0


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    left(tmp_path)
    files = list(pending.folder(tmp_path).iterdir())
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert pending.folder(tmp_path).stat().st_mode & 0o777 == 0o700
