"""One database behind one proxy, SQLite or PostgreSQL: connecting, migrating, locking, bulk rows.

Everything above speaks through this module, so that both databases run the same statements.
"""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import peewee

from policies import drivers, errors, staging, unusable, whole
from policies.notices import notice

database = peewee.DatabaseProxy()
"""The only global: the models speak to whatever `connect` put behind it."""

T = TypeVar("T")
Query = TypeVar("Query", bound="peewee.ModelSelect[Any]")

MIGRATIONS = Path(__file__).parent / "migrations"
HISTORY = "schema_migration"
SQLITE = "sqlite:///"

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    "synchronous": "full",  # a commit that was answered survives a power cut
    "cache_size": -64 * 1024,  # KiB
    "temp_store": "memory",
}
READERS_CACHE_KIB = 8 * 1024
"""What a connection keeps of the file in memory that is one of many, each of which reads a little."""

BUSY_TIMEOUT_SECONDS = 60
"""How long a SQLite writer waits for another: longer than any import of a large book's batch."""

OPEN_TRIES, OPEN_PAUSE_SECONDS = 100, 0.1

_PEEWEE_ERRORS = peewee.__exception_wrapper__  # type: ignore[attr-defined]
"""Turns the drivers' errors into peewee's, where we speak to a driver's cursor directly."""

BATCH_ROWS = 5_000
"""Rows handed to the database at a time: memory stays flat, the statement is prepared once."""


def connect(url: str, home: Path) -> peewee.Database:
    """Put the database at `url` behind the proxy; a relative SQLite path is relative to `home`.

    Raises `BadSetting` for an address of another kind, `UnusableDatabase` if it cannot be opened.
    """
    if is_connected():
        database.close()
    database.initialize(_database(url, home))
    with explained():
        _open()
    return database.obj  # type: ignore[no-any-return]


def _open() -> None:
    """Connect, patiently: while another process turns a new SQLite file to WAL, ours is refused."""
    for _ in range(OPEN_TRIES):
        try:
            database.connect()
            return
        except peewee.OperationalError as error:
            if "database is locked" not in str(error):
                raise
            time.sleep(OPEN_PAUSE_SECONDS)
    database.connect()


def _database(url: str, home: Path) -> peewee.Database:
    if path := file_of(url, home):
        with contextlib.suppress(OSError):  # it is there, or SQLite will say what is wrong
            whole.new(path)  # its owner's alone, as are SQLite's own files beside it
        return peewee.SqliteDatabase(
            str(path), pragmas=SQLITE_PRAGMAS, timeout=BUSY_TIMEOUT_SECONDS
        )
    if url.startswith(("postgresql://", "postgres://")):
        drivers.want_postgresql()
        return peewee.PostgresqlDatabase(**parameters(url), prefer_psycopg3=True)
    raise errors.BadSetting("database", notice("unknown_database", scheme=scheme_of(url)))


def file_of(url: str, home: Path) -> Path | None:
    """The file of a SQLite database; None: the address is of another kind."""
    return home / url.removeprefix(SQLITE) if url.startswith(SQLITE) else None


def parameters(url: str) -> dict[str, Any]:
    """The pieces of a PostgreSQL address: `database`, `user`, `host`, `password` …"""
    from playhouse.db_url import parse

    try:
        return dict(parse(url, unquote_password=True, unquote_user=True))
    except ValueError as error:
        why = notice("bad_address", scheme=scheme_of(url), text=str(error))
        raise errors.BadSetting("database", why) from None


def scheme_of(url: str) -> str:
    """The address without its secrets."""
    return repr(url.split("//")[0] + "//…")


def is_sqlite() -> bool:
    """Whether the proxy stands for SQLite (else PostgreSQL)."""
    return isinstance(database.obj, peewee.SqliteDatabase)


def read_little() -> None:
    """Keep little of a SQLite file in memory while this thread is connected: it is one of many."""
    if is_sqlite():
        database.connection().execute(f"PRAGMA cache_size = -{READERS_CACHE_KIB}")


def is_connected() -> bool:
    """Whether this thread has a database to ask."""
    return database.obj is not None and not database.is_closed()


@contextmanager
def explained() -> Iterator[None]:
    """Turns a complaint of the database into an error of ours: full disk, not a database, no server."""
    try:
        yield
    except (peewee.DatabaseError, peewee.InterfaceError) as error:
        raise unusable.told(_told(error)) from error


def _told(error: BaseException) -> str:
    """The message of an error and of the errors before it: a line each, the last first."""
    said = [str(error)]
    while error.__context__ is not None:
        error = error.__context__
        said.append(str(error))
    return "\n".join(said)


# ------------------------------------------------------------------------------------- migrations


def migrate(directories: Sequence[Path]) -> list[str]:
    """Bring the schema up to date; returns the names of the migrations applied.

    Raises `NewerDatabase` if the database knows migrations that this version does not.
    """
    with explained():
        return _run(directories) if pending(directories) else []


def pending(directories: Sequence[Path]) -> set[str]:
    """The names of the migrations that are still to be applied; raises `NewerDatabase`."""
    with explained():
        applied = _applied()
    known = {path.stem for folder in directories for path in folder.glob("[0-9]*.py")}
    if unknown := sorted(applied - known):
        raise errors.NewerDatabase(unknown)
    return known - applied


def _applied() -> set[str]:
    if not database.table_exists(HISTORY):
        return set()
    return {name for (name,) in database.execute_sql(f"SELECT name FROM {HISTORY}")}


def _run(directories: Sequence[Path]) -> list[str]:
    from playhouse.migrations import Runner  # only where there is something to migrate

    with exclusive("migrate"):
        return [
            name
            for folder in directories
            for name in Runner(database.obj, folder, table_name=HISTORY).up()
        ]


# ------------------------------------------------------------------------------- locks and batches


@contextmanager
def exclusive(what: str) -> Iterator[None]:
    """One transaction, alone: others who ask for the same wait until it has ended.

    SQLite has one writer at a time, PostgreSQL takes an advisory lock of the name.
    """
    with writing():
        wait_for_turn(what)
        yield


@contextmanager
def together(what: str) -> Iterator[None]:
    """One transaction beside others like it, while nobody has the same alone."""
    with writing():
        _lock("pg_advisory_xact_lock_shared", what)
        yield


def wait_for_turn(what: str) -> None:
    """From here until the transaction that we are in ends, nobody else has the same."""
    _lock("pg_advisory_xact_lock", what)


def _lock(function: str, what: str) -> None:
    if not is_sqlite():
        database.execute_sql(f"SELECT {function}(hashtext(%s))", [f"servicing {what}"])


@contextmanager
def writing() -> Iterator[None]:
    """One transaction that will write; SQLite takes its one writer's lock at once, not half-way."""
    with database.atomic(*(["IMMEDIATE"] if is_sqlite() else [])):
        yield


@contextmanager
def snapshot() -> Iterator[None]:
    """One reading transaction: all its statements see the book as it was when it began.

    SQLite reads so by itself. Inside another transaction it is that one's view.
    """
    if database.in_transaction():
        yield
        return
    with database.atomic():
        if not is_sqlite():
            database.execute_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        known = _KNOWN.set({})
        try:
            yield
        finally:
            _KNOWN.reset(known)


_KNOWN: ContextVar[dict[Any, Any] | None] = ContextVar("known in this snapshot", default=None)


def once(ask: Callable[[], T]) -> T:
    """The answer of a function about the book: asked once in a snapshot, in which it cannot change."""
    known = _KNOWN.get()
    if known is None:
        return ask()
    if ask not in known:
        known[ask] = ask()
    found: T = known[ask]
    return found


def server_seconds() -> float | None:
    """Seconds since 1970 by the clock of the database server; None: there is no other machine."""
    if is_sqlite():
        return None
    return float(execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()[0])


def skip_locked(query: Query) -> Query:
    """The query, passing over rows that another worker has in hand (SQLite has one writer anyway)."""
    return query if is_sqlite() else query.for_update(skip_locked=True)


def locked(query: Query) -> Query:
    """The query, keeping its rows from everybody else until the transaction ends."""
    return query if is_sqlite() else query.for_update()


def reserve_ids(model: type[peewee.Model], count: int) -> Sequence[int]:
    """`count` ids that nobody else will use; call it inside `exclusive`."""
    if not count:
        return range(0)
    table = table_of(model)
    if is_sqlite():
        first = (database.execute_sql(f"SELECT MAX(id) FROM {table}").fetchone()[0] or 0) + 1
        return range(first, first + count)
    sequence = f"(SELECT pg_get_serial_sequence('{table}', 'id')::regclass)"  # looked up once
    drawn = f"SELECT nextval({sequence}) FROM generate_series(1, ?)"
    first, last = execute(f"SELECT MIN(i), MAX(i) FROM ({drawn}) AS drawn (i)", [count]).fetchone()
    if last - first + 1 == count:
        return range(first, last + 1)
    return numbers(drawn, [count])  # somebody has drawn in between: those stay unused


def insert_rows(
    model: type[peewee.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert plain tuples in batches, in the order of `columns` (column names, not field names)."""
    into = f"{table_of(model)} ({', '.join(columns)})"
    if is_sqlite():
        execute_many(f"INSERT INTO {into} VALUES ({', '.join('?' * len(columns))})", rows)
        return
    cursor = database.connection().cursor()
    for batch in chunks(rows):
        with _PEEWEE_ERRORS:
            staging.copy(cursor, into, batch)


def update_rows(
    model: type[peewee.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Update by id: each row holds the values of `columns`, then the id."""
    table, sets = table_of(model), ", ".join(f"{column} = ?" for column in columns)
    for batch in chunks(rows):
        if is_sqlite() or len(batch) < staging.ENOUGH:
            execute_many(f"UPDATE {table} SET {sets} WHERE id = ?", batch)
        else:
            with _PEEWEE_ERRORS, database.atomic():
                staging.update(database.connection().cursor(), table, columns, batch)


def execute_many(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one statement (`?` marks its values) for many rows, a batch at a time."""
    cursor = database.connection().cursor()
    for batch in chunks(rows):
        with _PEEWEE_ERRORS:
            cursor.executemany(marked(sql), batch)


def execute(sql: str, values: Sequence[Any] = ()) -> Any:
    """Run one statement (`?` marks its values); answers with its rows, read as they are asked for."""
    return database.execute_sql(marked(sql), values)


def value(sql: str, values: Sequence[Any] = ()) -> Any:
    """The one value of the one row that a statement answers with."""
    return execute(sql, values).fetchone()[0]


def numbers(sql: str, values: Sequence[Any] = ()) -> list[int]:
    """The rows of a statement that asks for nothing but a number, such as an id."""
    return [number for (number,) in execute(sql, values)]


def marked(sql: str) -> str:
    """The statement with the database's own marks for values."""
    return sql if is_sqlite() else sql.replace("?", "%s")


def stream(sql: str, values: Sequence[Any] = ()) -> Iterator[Sequence[Any]]:
    """The rows of one SELECT, of any number, without holding more than a batch of them.

    Read them inside a `snapshot`: PostgreSQL keeps its cursor only as long as the transaction.
    """
    return itertools.chain.from_iterable(batches(sql, values))


def batches(sql: str, values: Sequence[Any] = ()) -> Iterator[list[Sequence[Any]]]:
    """The same, a batch at a time."""
    connection = database.connection()
    cursor = connection.cursor() if is_sqlite() else connection.cursor(name="stream")
    try:
        with _PEEWEE_ERRORS:
            cursor.execute(marked(sql), values)
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield rows
    finally:
        cursor.close()


def last_id(model: type[peewee.Model]) -> int:
    """The highest id of a table, 0 for an empty one."""
    return int(value(f"SELECT COALESCE(MAX(id), 0) FROM {table_of(model)}"))


def table_of(model: type[peewee.Model]) -> str:
    """The name of a model's table."""
    return str(model._meta.table_name)


def chunks(values: Iterable[Any], size: int = BATCH_ROWS) -> Iterator[list[Any]]:
    """Lists of at most `size` values."""
    iterator = iter(values)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
