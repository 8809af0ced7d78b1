"""Jobs in processes of their own: started together, killed at a moment, waited for.

A job is a command of the front door in a forked child: a real process that a real `kill -9` ends,
and that begins its work at once, so that the moments of a drill fall inside the work and not into
the start of Python. Its clock stands at the morning of `DAY`.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import time_machine

import cli
from policies import database
from servicing.schedule import to_make
from tests.acceptance.frontdoor import DAY, MORNING, NOON, call, clean_environment

Words = Sequence[object]
Hook = Callable[[], None]

SMALL_CACHE_KIB = 128
"""Pages of a long transaction then reach the disk before its end, as those of a large book do."""


@dataclass(frozen=True)
class Job:
    """A child process that is running, or has run, a command."""

    pid: int
    words: tuple[str, ...]
    told: Path
    """Where its output went."""


def start(words: Words, home: Path, before: Hook = lambda: None) -> Job:
    """Begin a command in the workspace; `before` is called in the child first."""
    _rehearse()
    _leave_no_connection_behind()
    said = tuple(map(str, words))
    told = home.with_name(f"{home.name}-{time.monotonic_ns()}.txt")
    pid = os.fork()
    if pid == 0:
        _run(said, home, told, before)
    return Job(pid, said, told)


@lru_cache(maxsize=1)
def _rehearse() -> None:
    """Do everything once in this process, so that the children find all of the program loaded."""
    with tempfile.TemporaryDirectory() as room:
        home = Path(room)
        made = ("book", "sample", "--policies", 100, "--as-of", DAY)
        call(*made, "--out", "book.csv", "--premiums", "premiums.csv", cwd=home).done()
        call("init", cwd=home).done()
        call("book", "import", "book.csv", "--joined", DAY, cwd=home).done()
        call("book", "import", "premiums.csv", "--premiums", cwd=home).done()
        call("walk", "--on", DAY, cwd=home).done()
        call("dispatch", "--now", NOON, cwd=home).done()


def _leave_no_connection_behind() -> None:
    """A child must not inherit an open database."""
    if database.database.obj is not None and not database.database.is_closed():
        database.database.close()


def _run(words: tuple[str, ...], home: Path, told: Path, before: Hook) -> NoReturn:
    code = 99
    try:
        os.chdir(home)
        for name in os.environ.keys() - clean_environment().keys():
            del os.environ[name]
        output = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.argv = ["servicing", *words]
        database.SQLITE_PRAGMAS["cache_size"] = -SMALL_CACHE_KIB
        before()
        with time_machine.travel(MORNING):
            code = _front_door()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _front_door() -> int:
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def finish(job: Job) -> tuple[int, str]:
    """Wait for a job: its exit code (negative: the signal that ended it) and what it said."""
    _, status = os.waitpid(job.pid, 0)
    said = job.told.read_text("utf-8") if job.told.exists() else ""
    job.told.unlink(missing_ok=True)
    return os.waitstatus_to_exitcode(status), said


def has_ended(job: Job) -> bool:
    """Whether a job has come to its end; it is still to be finished."""
    return os.waitid(os.P_PID, job.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end_well(words: Words, home: Path, before: Hook = lambda: None) -> str:
    """Run a job to its end; answers with what it said."""
    code, said = finish(start(words, home, before))
    assert code == 0, f"servicing {' '.join(map(str, words))} ended with {code}: {said}"
    return said


def together(commands: Sequence[Words], home: Path) -> list[tuple[int, str]]:
    """Run commands in the same workspace at the same moment."""
    gate_out, gate_in = os.pipe()

    def wait_for_the_gate() -> None:
        os.close(gate_in)
        os.read(gate_out, 1)

    started = [start(words, home, wait_for_the_gate) for words in commands]
    os.close(gate_out)
    os.close(gate_in)  # all of them read the end of the file now
    return [finish(job) for job in started]


def walk_to_the_middle(words: Words, home: Path) -> tuple[Job, Hook]:
    """Begin a walk that has found its first day and not yet made it; the other lets it go on."""
    reached_out, reached_in = os.pipe()
    go_out, go_in = os.pipe()

    def stop_in_the_middle() -> None:
        after = to_make.after

        def after_a_pause(*args: Any) -> Any:
            to_make.after = after
            os.write(reached_in, b"!")
            os.read(go_out, 1)
            return after(*args)

        to_make.after = after_a_pause

    walking = start(words, home, stop_in_the_middle)
    assert os.read(reached_out, 1) == b"!", "the walk reads back what it has recorded"

    def let_go() -> None:
        os.write(go_in, b"!")

    return walking, let_go


# ------------------------------------------------------------------------------------- killing


def duration_of(words: Words, make_home: Callable[[], Path]) -> float:
    """How long a job takes from its start to its end: the middle one of three."""
    taken = []
    for _ in range(3):
        home = make_home()
        begun = time.perf_counter()
        end_well(words, home)
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[1]


def killed_at(moment: float, words: Words, make_home: Callable[[], Path]) -> Path:
    """A workspace in which the job was killed so many seconds after its start.

    A job that was quicker than the measured ones has ended before: then a somewhat earlier moment
    is tried in another workspace, so that every kill is a kill.
    """
    while True:
        home = make_home()
        if kill_after(moment, start(words, home)):
            return home
        moment *= 0.8


def kill_after(moment: float, job: Job) -> bool:
    """Kill a job so many seconds from now; whether it was still running."""
    time.sleep(moment)
    os.kill(job.pid, signal.SIGKILL)
    code, _ = finish(job)
    return code == -signal.SIGKILL
