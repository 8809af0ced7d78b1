"""The command as a user meets it: the installed script, and the same front door in this process.

`servicing` starts a process of its own and is the truth; `call` goes through `cli.main` here, is
much quicker, and serves the mass: its clock stands at `MORNING`. Both answer with the exit code and
the two streams.
"""

import contextlib
import csv
import datetime
import io
import json
import os
import subprocess
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import click
import time_machine
from rich.cells import cell_len

import cli
from tests import homes

COMMAND = Path(sys.executable).parent / "servicing"
COLUMNS = 80

DAY = datetime.date(2026, 5, 11)
"""An ordinary Monday, on which the sample books of these tests are alive."""

MORNING = datetime.datetime.fromisoformat("2026-05-11T09:00+08:00")
NOON = "2026-05-11T12:00"


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """By its word, each command of a group."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command}


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str

    def document(self) -> Any:
        """Standard output as exactly one JSON document and nothing else."""
        assert self.out.endswith("\n"), self
        return json.loads(self.out)

    def table(self) -> list[dict[str, str]]:
        """Standard output as CSV with a header."""
        return list(csv.DictReader(io.StringIO(self.out)))

    def lines(self) -> list[str]:
        return self.out.splitlines()

    def done(self) -> "Answer":
        """The answer of a command that ended well; anything else fails the test."""
        assert self.code == 0, f"servicing {' '.join(self.args)} ended with {self.code}: {self.err}"
        return self

    def refused(self, code: int = 1) -> str:
        """The one sentence on standard error of a command that was refused."""
        assert self.code == code, self
        assert "Traceback" not in self.out + self.err, self
        sentence = self.err.strip()
        if code == 2:  # click's usage errors say the usage above their sentence
            sentence = sentence.splitlines()[-1]
        assert len(sentence.splitlines()) == 1, f"one sentence was expected: {self.err!r}"
        assert sentence.startswith("Error: "), self
        return sentence.removeprefix("Error: ")


def servicing(*args: object, cwd: Path, env: Mapping[str, str] | None = None) -> Answer:
    """Run the installed command in a process of its own."""
    words = _words(args)
    done = subprocess.run(
        [COMMAND, *words],
        cwd=cwd,
        env=_environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Answer(words, done.returncode, done.stdout, done.stderr)


def call(
    *args: object,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    now: datetime.datetime = MORNING,
    typed: str = "",
) -> Answer:
    """Run the command in this process, through the same door: `cli.main`; `typed` is its input."""
    words = _words(args)
    out, err = _stream(), _stream()
    with (
        time_machine.travel(now),
        contextlib.chdir(cwd),
        _own_umask(),
        mock.patch.dict(os.environ, _environment(env), clear=True),
        _arguments(words),
        mock.patch.object(sys, "stdin", io.StringIO(typed)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = _run()
    return Answer(words, code, _said(out), _said(err))


def _words(args: tuple[object, ...]) -> tuple[str, ...]:
    """The words of a command; `init` is told where these tests keep their books."""
    words = tuple(map(str, args))
    if not homes.ours.server or "init" not in words or {"--database", "--help"} & set(words):
        return words
    return *words, "--database", homes.ours.new_url()


def _run() -> int:
    try:
        cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n", write_through=True)


def _said(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]


@contextlib.contextmanager
def _own_umask() -> Iterator[None]:
    """The door sets it for a process of its own; ours goes on as it was."""
    before = os.umask(0o022)
    os.umask(before)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _arguments(words: tuple[str, ...]) -> Iterator[None]:
    """As if the installed script had been started: the help says whose it is."""
    # this one only: `mock.patch.dict` would forget every module that the command is the first to load
    ours, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
    try:
        with mock.patch.object(sys, "argv", ["servicing", *words]):
            yield
    finally:
        sys.modules["__main__"] = ours


def clean_environment() -> dict[str, str]:
    """Whoever runs the tests may have a workspace and a language of their own."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SERVICING_") and name != "LANGUAGE"
    }


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    """Whoever reads, reads English, unless the test names what the workspace speaks."""
    told = dict(env or {})
    reader = {} if "SERVICING_SERVICING_LOCALE" in told else {"LANGUAGE": "en"}
    return clean_environment() | {"COLUMNS": str(COLUMNS)} | reader | told


def width(line: str) -> int:
    """How many columns of a terminal a line takes; a Chinese character takes two."""
    return cell_len(line)
