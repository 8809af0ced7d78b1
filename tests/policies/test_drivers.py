"""A book in a file loads no driver of PostgreSQL, and a book on a server has it whatever was loaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from policies import database
from tests import cast

REPOSITORY = Path(__file__).parents[2]

SPARED = """
import sys, pathlib
from policies import drivers
drivers.spare_postgresql()
from policies import database
from servicing.core import models
assert "psycopg" not in sys.modules
database.connect(sys.argv[1], pathlib.Path(sys.argv[2]))
database.migrate(models.ALL_MIGRATIONS)
"""

USED = """
from policies.database import database as db
with database.snapshot():
    assert list(database.stream("SELECT 1")) == [(1,)]
models.Kept.insert(name="x", digest="1", value="").execute()
try:
    with database.writing():
        models.Kept.insert(name="x", digest="2", value="").execute()
except Exception as error:
    assert type(error).__name__ == "IntegrityError", error
assert not db.in_transaction() and models.Kept.get().digest == "1"
assert db.is_connection_usable()
"""


def run(code: str, url: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, url, str(home)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_file_needs_no_driver(tmp_path: Path) -> None:
    told = "\nimport peewee\nprint(peewee.psycopg)\nimport psycopg\nprint(psycopg.__name__)"
    assert run(SPARED + USED + told, "sqlite:///book.db", tmp_path).split() == ["None", "psycopg"]


@cast.on_postgresql
def test_a_server_is_reached_in_a_process_that_began_with_a_file(
    database_url: str, tmp_path: Path
) -> None:
    assert run(f"{SPARED}{USED}", database_url, tmp_path) == ""


@pytest.mark.parametrize("url", ["sqlite:///book.db"])
def test_what_is_loaded_already_stays(url: str, tmp_path: Path) -> None:
    assert database.database is not None
    told = "import psycopg, peewee\n" + SPARED.replace('assert "psycopg" not in sys.modules', "")
    assert run(told + "\nprint(peewee.psycopg is psycopg)", url, tmp_path) == "True\n"
