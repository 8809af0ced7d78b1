"""`servicing web` or `servicing run` in a process of its own."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.frontdoor import COMMAND, clean_environment


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Serving:
    """A server in a process of its own."""

    url: str
    process: subprocess.Popen[str]

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=120)
        return self.process.returncode, said


@contextlib.contextmanager
def serving(home: Path, env: Mapping[str, str], command: str = "web") -> Iterator[Serving]:
    port = free_port()
    process = subprocess.Popen(
        [COMMAND, "--home", home, command, "--port", str(port)],
        env=clean_environment() | dict(env),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _until_it_answers(port, process)
        yield Serving(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()


def _until_it_answers(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read()
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("it does not answer")
