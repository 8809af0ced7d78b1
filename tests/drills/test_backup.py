"""A backup taken in the middle of a walk is a book of before it, and walked to the same end."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import tables
from tests.conftest import PostgresServer
from tests.drills import books, jobs
from tests.drills.jobs import end_well

POLICIES = 1_000
IMPORT = ("book", "import", "book.csv", "--joined", books.days_before(3))
WALK = ("walk", "--on", books.days_before(0))


@pytest.fixture
def urls(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """The addresses of two databases of one kind."""
    if database_url.startswith("sqlite"):
        yield [f"sqlite:///{tmp_path / name}.db" for name in ("one", "two")]
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    programs = server.programs
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        other = server.new_database()
        yield [database_url, server.url(other)]
        server.drop(other)


def test_a_backup_taken_during_a_walk_is_a_consistent_day(urls: list[str], tmp_path: Path) -> None:
    one, two, file = tmp_path / "one", tmp_path / "two", tmp_path / "book.backup"
    for home, url in ((one, urls[0]), (two, urls[1])):
        home.mkdir()
        end_well(("init", "--database", url), home)
    books.make_files(one, POLICIES)
    end_well(IMPORT, one)

    walking, let_go = jobs.walk_to_the_middle(WALK, one)
    end_well(("backup", file), one)
    let_go()
    code, said = jobs.finish(walking)
    assert code == 0, said

    end_well(("restore", file, "--yes"), two)
    walked, restored = tables.held(urls[0], one), tables.held(urls[1], two)
    assert len(walked["walked_day"]) == 4
    assert named(restored) == named(walked), "every day was walked once, and wholly"


def named(rows_of: tables.Tables) -> list[tuple[Any, ...]]:
    """Every touchpoint, whose it is and when it fell due."""
    policies = {row["id"]: row["policy_no"] for row in rows_of["policy"]}
    kept = ("key", "occurrence", "due_on")
    return sorted(
        (policies[row["policy_id"]], *(row[name] for name in kept)) for row in rows_of["touchpoint"]
    )
