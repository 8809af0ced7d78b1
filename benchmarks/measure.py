"""Commands measured from outside, in pairs, and told as a table.

Every measurement is a process of its own: wall time and processor time from its start to its end,
and the most memory it ever held, as the kernel counted them.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

KERNEL_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in what the kernel counts memory by."""


SHOWN = 2_000
"""Characters of a result that are shown where two differ."""


@dataclass(frozen=True)
class Run:
    """One process, from start to end."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    peak: float
    """MB of resident memory."""
    output: str

    def answer(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.output)


@dataclass(frozen=True)
class Claim:
    """What is promised: ours takes at most `bound` times as long as the floor."""

    name: str
    bound: float
    peak: float | None = None
    """MB that ours may hold at most."""


@dataclass(frozen=True)
class Result:
    """A claim, and the pairs of runs that show whether it holds."""

    claim: Claim
    pairs: Sequence[tuple[Run, Run]]

    def ratios(self) -> list[float]:
        """Wall time of ours by that of the floor it was paired with, ascending."""
        return sorted(ours.wall / floor.wall for floor, ours in self.pairs)

    def holds(self) -> bool:
        """The median ratio counts: one run may have had bad luck."""
        in_time = statistics.median(self.ratios()) <= self.claim.bound
        return in_time and self.peak() <= (self.claim.peak or float("inf"))

    def peak(self) -> float:
        """The most that any run of ours held, in MB."""
        return max(ours.peak for _, ours in self.pairs)


def run(command: Sequence[str]) -> Run:
    """Run the command to its end; one that fails ends the benchmark."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdout=printed, env=_environment())
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        output = printed.read()
    if child.returncode:
        sys.exit(f"failed with {child.returncode}: {' '.join(command)}\n{output}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * KERNEL_UNIT / 1e6, output)


def _environment() -> dict[str, str]:
    """Ours without the settings of somebody's workspace; as for most people, bytecode is kept."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SERVICING_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def paired(claim: Claim, floor: Callable[[], Run], ours: Callable[[], Run], times: int) -> Result:
    """Floor, ours, floor, ours, …: what the machine does besides weighs on both alike."""
    return Result(claim, [(floor(), ours()) for _ in range(times)])


def same(what: str, floor: object, ours: object) -> None:
    """Ends the benchmark unless both did the same work."""
    if floor != ours:
        told = f"  floor {str(floor)[:SHOWN]}\n  ours  {str(ours)[:SHOWN]}"
        sys.exit(f"{what}: the floor and ours did not do the same\n{told}")


HEADER = """\
| claim | floor | ours | ratio: min, median, max | CPU ratio | bound | peak memory | holds |
|---|---:|---:|---:|---:|---:|---:|---|"""


def line(result: Result) -> str:
    """A line of the table, in Markdown; seconds and the CPU ratio are medians."""
    floors, ours = zip(*result.pairs, strict=True)
    ratios = result.ratios()
    cpu = statistics.median(ours.cpu / floor.cpu for floor, ours in result.pairs)
    limit = f" (at most {result.claim.peak:.0f})" if result.claim.peak else ""
    cells = [
        result.claim.name,
        f"{statistics.median(each.wall for each in floors):.2f} s",
        f"{statistics.median(each.wall for each in ours):.2f} s",
        f"{ratios[0]:.2f}, **{statistics.median(ratios):.2f}**, {ratios[-1]:.2f}",
        f"{cpu:.2f}",
        f"{result.claim.bound:g}",
        f"{result.peak():.0f} MB{limit}",
        "yes" if result.holds() else "**no**",
    ]
    return f"| {' | '.join(cells)} |"
