"""What the tests of backups and of restored books begin with."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from policies import database
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from tests.conftest import PostgresServer
from tests.servicing.anew import Anew


@pytest.fixture
def anew(
    database_url: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Anew]:
    """Makes workspaces beside each other."""
    urls = []

    def made(name: str, environment: Mapping[str, str] | None = None, /) -> Workspace:
        home = tmp_path / name
        url = f"sqlite:///{home}.db"
        if not database_url.startswith("sqlite"):
            server: PostgresServer = request.getfixturevalue("postgres_server")
            monkeypatch.setenv("PATH", f"{server.programs}:{os.environ['PATH']}")
            urls.append(server.new_database())
            url = server.url(urls[-1])
        workspace.create(home, url)
        space = workspace.at(home, environment or {})
        space.open()
        return space

    yield made
    if not database.database.is_closed():
        database.database.close()
    for each in urls:
        request.getfixturevalue("postgres_server").drop(each)
