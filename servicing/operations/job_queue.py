"""The jobs that wait in PostgreSQL for the workers (`servicing worker`): procrastinate's tables.

They are there once a worker has started; without one there is nothing to ask, and nobody works.
"""

from collections.abc import Sequence
from pathlib import Path

from policies import database

MAKE, SEND = "make", "send"
"""The names of the jobs that hold a part of a walk, and a batch of messages."""

QUEUES = WORK_QUEUE, SEND_QUEUE = ("work", "send")
"""A worker takes one job of each at a time: so the slow sending never keeps the clock waiting."""

SILENT_SECONDS = 30.0
"""A worker that has been silent for so long is taken for dead, and its jobs are done by others."""

TRIED = 3
"""A job that has failed so often needs a person."""

_HISTORY = "procrastinate_migration"
_MADE_HISTORY = f"CREATE TABLE {_HISTORY} (name text PRIMARY KEY)"

NAMES = "procrastinate_"
"""How the names of its tables, types and functions begin."""


def is_there() -> bool:
    """Whether this database has jobs at all."""
    return not database.is_sqlite() and database.database.table_exists(_HISTORY)


IN_HAND = f"""
    SELECT CAST(jsonb_array_elements_text(args -> 'messages') AS bigint) FROM procrastinate_jobs
    WHERE task_name = '{SEND}' AND status IN ('todo', 'doing')
"""
"""Messages, by id, that are in batches somebody will send, or is sending."""


def workers() -> int:
    """How many workers there are that are not silent."""
    if not is_there():
        return 0
    alive = f"last_heartbeat > now() - interval '{SILENT_SECONDS} seconds'"
    sql = f"SELECT count(*) FROM procrastinate_workers WHERE {alive}"
    return -(-int(database.value(sql)) // len(QUEUES))


def failing() -> int:
    """How many jobs have failed again and again, and are still tried."""
    if not is_there():
        return 0
    sql = f"SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded' AND attempts >= {TRIED}"
    return int(database.value(sql))


def script() -> str:
    """What makes its tables as the installed version has them."""
    from procrastinate.schema import SchemaManager

    return f"{SchemaManager.get_schema()};\n{_MADE_HISTORY};"


def prepare() -> list[str]:
    """Make procrastinate's tables, or bring them up to the version that is installed.

    What only adds is applied at once, and old workers go on with it; what takes away waits until
    nobody works any more. Answers with the names of what was applied.
    """
    from procrastinate.schema import SchemaManager

    steps = _steps()
    with database.explained(), database.exclusive("migrate"):
        if not database.database.table_exists(_HISTORY):
            database.execute(_MADE_HISTORY)
            _script(SchemaManager.get_schema())
            return _remember(steps)
        known = _known()
        new = [each for each in steps if each not in known and not _waits(each)]
        for each in new:
            path = Path(SchemaManager.get_migrations_path()) / f"{each}.sql"
            _script(path.read_text("utf-8"))
        return _remember(new)


def lacks_something() -> bool:
    """Whether there is nothing yet, or less than the installed version works with."""
    if not is_there():
        return True
    return any(not _takes_away(each) for each in set(_steps()) - _known())


def _takes_away(step: str) -> bool:
    """procrastinate marks by `post` what must not happen while workers of the version before go on."""
    return "_post_" in step


def _waits(step: str) -> bool:
    return _takes_away(step) and workers() > 0


def _steps() -> list[str]:
    from procrastinate.schema import SchemaManager

    return sorted(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _known() -> set[str]:
    return {name for (name,) in database.execute(f"SELECT name FROM {_HISTORY}")}


def _remember(steps: Sequence[str]) -> list[str]:
    database.execute_many(f"INSERT INTO {_HISTORY} (name) VALUES (?)", [(each,) for each in steps])
    return list(steps)


def _script(text: str) -> None:
    """Statements as they stand, in the transaction we are in."""
    database.database.connection().cursor().execute(text)
