"""Random weeks come out as the plain reading says: on SQLite, and some on PostgreSQL.

A seed that fails is in the name of its test; `make drill ARGS="tests/drills/plainly -k seed17-"`
runs it alone.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from policies import database
from tests import cast
from tests.drills.plainly import lives

ON_SQLITE, ON_POSTGRESQL = 200, 20


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    if not database.database.is_closed():
        database.database.close()


@cast.on_sqlite
@pytest.mark.parametrize("seed", range(ON_SQLITE), ids=lambda seed: f"seed{seed}-")
def test_a_week_comes_out_as_it_is_read(seed: int, database_url: str, tmp_path: Path) -> None:
    lives.live(seed, tmp_path, database_url)


@cast.on_postgresql
@pytest.mark.parametrize("seed", range(ON_POSTGRESQL), ids=lambda seed: f"seed{seed}-")
def test_a_week_on_postgresql(seed: int, database_url: str, tmp_path: Path) -> None:
    lives.live(seed, tmp_path, database_url)
