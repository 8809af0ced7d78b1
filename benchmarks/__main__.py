"""`python -m benchmarks [CLAIM ...] [--policies N]`: each claim against its floor."""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import (
    ageing,
    ahead,
    casework,
    crew,
    growing,
    importing,
    judging,
    measure,
    pacing,
    pages,
    sending,
    starting,
    walking,
)
from benchmarks.measure import Result

CLAIMS = {
    "start": starting.measured,
    "import": importing.measured,
    "import-postgresql": importing.measured_on_postgresql,
    "walk": walking.measured,
    "walk-postgresql": walking.measured_on_postgresql,
    "growth": growing.measured,
    "history": ageing.measured,
    "simulate": ahead.measured,
    "throughput": sending.measured,
    "pace": pacing.measured,
    "workers": crew.measured,
    "figures": judging.measured,
    "losses": judging.measured_losses,
    "pages": pages.measured,
    "cases": casework.measured,
}
MANY, FEW = 1_000_000, 1_000


def main() -> None:
    """Measure, show, and exit with 1 unless every claim holds."""
    wanted = _arguments()
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    print(f"{versions}, {os.cpu_count()} cores\n\n{measure.HEADER}", flush=True)
    claims = CLAIMS | {"cases": partial(casework.measured, asked=wanted.page)}
    results = [
        result
        for name in wanted.claims or claims
        for result in _shown(claims[name], wanted.policies)
    ]
    sys.exit(not all(result.holds() for result in results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("claims", nargs="*", help=f"of {', '.join(CLAIMS)}; default: all")
    parser.add_argument(
        "--policies", type=int, default=MANY, help="bounds are meant for %(default)s"
    )
    parser.add_argument(
        "--page",
        action="append",
        default=[],
        help="for cases: ROLE=/PATH in place of the usual pages",
    )
    wanted = parser.parse_args()
    try:
        wanted.page = casework.named(wanted.page)
    except ValueError as error:
        parser.error(str(error))
    if unknown := set(wanted.claims) - set(CLAIMS):
        parser.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(CLAIMS)}")
    if wanted.policies < FEW:
        parser.error(f"--policies: at least {FEW}")
    return wanted


def _shown(measured: Callable[[Path, int], list[Result]], policies: int) -> list[Result]:
    """Measure a claim in a folder that is removed, and print it."""
    with tempfile.TemporaryDirectory(prefix="servicing-bench-") as room:
        results = measured(Path(room), policies)
    for result in results:
        print(measure.line(result), flush=True)
    return results


if __name__ == "__main__":
    main()
