"""A command begins soon: it loads what it needs, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.frontdoor import DAY, NOON, clean_environment

REPOSITORY = Path(__file__).parents[2]

EACH = {"rich", "holidays.countries"}
"""What none of them needs: what draws for people, and the working days of every country."""

NO_DAYS = EACH | {"holidays"}

ASKED = {
    ("walk", "--on", DAY): EACH,
    ("dispatch", "--now", NOON): EACH,
    ("tasks", "list"): NO_DAYS,
    ("card", "C000001"): EACH,
    ("status",): NO_DAYS,
    ("book", "import", "book.csv"): EACH,
    ("book", "timeline", "P0000000001"): EACH,
    ("persistency",): NO_DAYS,
    ("scorecard",): NO_DAYS,
    ("why", "P0000000001", "month_1"): EACH,
    ("simulate", "--from", DAY, "--to", DAY): EACH,
    ("plan", "show"): NO_DAYS,
    ("influence", "--top", 3): NO_DAYS,
    ("messages",): NO_DAYS,
    ("halts",): NO_DAYS,
    ("consent", "list"): NO_DAYS,
}
"""Commands that answer a program, and the packages that each does without."""


def loaded_by(*words: object, home: Path) -> set[str]:
    """The modules that the process of a command has in the end."""
    watched = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    done = subprocess.run(
        [sys.executable, "-c", f"{watched}; import cli; cli.main()", *map(str, words)],
        cwd=home,
        env=clean_environment() | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return set(done.stderr.splitlines()[-1].split(" "))


@pytest.mark.parametrize("words", ASKED, ids=lambda words: " ".join(map(str, words[:2])))
def test_a_command_that_answers_a_program_loads_only_what_it_needs(
    words: tuple[object, ...], office: Path
) -> None:
    loaded = loaded_by(*words, "--format", "json", home=office)
    assert "servicing.core.output" in loaded
    assert sorted(ASKED[words] & loaded) == []
