"""What is kept is found by its digest, and kept only where that costs nobody anything."""

import sqlite3
from pathlib import Path

import peewee
import pytest

from policies import database
from servicing.core import kept
from servicing.core.models import Kept


def test_one_thing_is_kept_of_a_name(book: peewee.Database) -> None:
    assert kept.keep("x", "first", "1")
    assert kept.keep("y", "first", "2")
    assert kept.keep("x", "second", "3")
    asked = (("x", "first"), ("x", "second"), ("y", "first"))
    assert [kept.value(*each) for each in asked] == [None, "3", "2"]


def test_nothing_is_kept_in_another_one_s_transaction(book: peewee.Database) -> None:
    with database.writing():
        assert not kept.keep("x", "digest")
    assert kept.value("x", "digest") is None


def test_a_session_that_only_reads_keeps_nothing(book: peewee.Database) -> None:
    is_sqlite = database.is_sqlite()
    database.execute(
        "PRAGMA query_only = 1" if is_sqlite else "SET default_transaction_read_only = on"
    )
    assert not kept.keep("x", "digest")
    assert kept.value("x", "digest") is None


def test_without_a_database_nothing_is_kept(book: peewee.Database) -> None:
    book.close()
    assert not kept.keep("x", "digest")
    assert kept.value("x", "digest") is None
    book.connect()


@pytest.mark.only_sqlite("a server has many writers")
def test_nobody_waits_for_another_writer(sqlite_url: str, tmp_path: Path) -> None:
    database.connect(sqlite_url, tmp_path)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not kept.keep("x", "digest")
        other.rollback()
    other.close()
    assert not Kept.select().exists()
    assert database.value("PRAGMA busy_timeout") == 1_000 * database.BUSY_TIMEOUT_SECONDS
    assert kept.keep("x", "digest")
    database.database.close()
