"""Random weeks come out as the plain reading says: on SQLite, and some on PostgreSQL.

A seed that fails is in the name of its test; `make drill ARGS="tests/drills/plainly -k seed17-"`
runs it alone.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies import database
from tests import cast
from tests.conftest import PostgresServer
from tests.drills.plainly import lives

ON_SQLITE, ON_POSTGRESQL = 200, 20


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    if not database.database.is_closed():
        database.database.close()


@cast.on_sqlite
@pytest.mark.parametrize("seed", range(ON_SQLITE), ids=lambda seed: f"seed{seed}-")
def test_a_week_comes_out_as_it_is_read(
    seed: int, database_url: str, migrated_file: Path, tmp_path: Path
) -> None:
    def another() -> str:
        shutil.copy(migrated_file, tmp_path / "again.db")
        return f"sqlite:///{tmp_path / 'again.db'}"

    lives.live(seed, tmp_path, database_url, another)


@cast.on_postgresql
@pytest.mark.parametrize("seed", range(ON_POSTGRESQL), ids=lambda seed: f"seed{seed}-")
def test_a_week_on_postgresql(
    seed: int,
    database_url: str,
    postgres_server: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    programs = f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", programs)
    made = []

    def another() -> str:
        made.append(postgres_server.empty_database())
        return postgres_server.url(made[-1])

    lives.live(seed, tmp_path, database_url, another)
    database.database.close()
    for name in made:
        postgres_server.give_back(name)
