"""A command begins soon: it loads what it needs, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.frontdoor import DAY, NOON, clean_environment
from tests.acceptance.tier_facts import TIER_FACTS

REPOSITORY = Path(__file__).parents[2]

DRAWING, WORDS = {"rich"}, {"babel"}
SENDING = {"twilio", "httpx", "requests", "smtplib", "ssl", "asyncio", "email", "itsdangerous"}
FILES = {"openpyxl", "xlrd", "xlsxwriter", "chardet", "cchardet", "re2"}
PAGES = {"flask", "waitress", "apscheduler", "argon2", "procrastinate"}
OF_A_SERVER = {"psycopg"}
DAYS = {"holidays", "dateutil"}
MOON = {"lunar_python"}
OF_THE_CALENDAR = DAYS | {"email"}
"""A calendar that is read from the library: its version is looked up in its metadata."""

EACH = DRAWING | SENDING | FILES | PAGES | OF_A_SERVER | DAYS | MOON
"""What none of them needs while nothing is sent."""

TEXTS, NUMBERS = {"jinja2"}, {"phonenumbers"}
JUDGING = EACH | WORDS | TEXTS | NUMBERS
READING = JUDGING | {"servicing.schedule", "servicing.dispatch", "servicing.projections"}

ASKED = {
    ("walk", "--on", DAY): JUDGING | {"servicing.dispatch", "servicing.projections"},
    ("dispatch", "--now", NOON): JUDGING | {"servicing.projections"},
    ("tasks", "list"): READING | {"servicing.channels"},
    ("card", "C000001"): READING,
    ("status",): READING,
    ("book", "import", "book.csv"): EACH | WORDS | TEXTS,
    ("book", "look", "book.csv"): READING,
    ("persistency",): READING | {"servicing.channels"},
    ("why", "P0000000001", "month_1"): JUDGING | {"servicing.dispatch", "servicing.projections"},
    ("simulate", "--from", DAY, "--to", DAY): EACH | NUMBERS,
    ("plan", "show"): READING | {"servicing.channels"},
    ("influence", "--top", 3): EACH | TEXTS | NUMBERS,
    ("audit", "verify"): READING | {"servicing.channels"},
    ("book", "timeline", "P0000000001"): READING | {"servicing.operations.imports"},
    ("consent", "list"): READING | {"servicing.channels"},
    ("clock", "complaint_simple", "--from", DAY): READING - OF_THE_CALENDAR
    | {"servicing.channels"},
    ("lunar", "--born", "1990-01-26", "--year", 2026): READING - MOON | {"servicing.channels"},
    ("tiers", "score", "basic", "--facts", TIER_FACTS): READING | {"servicing.channels"},
    ("satisfaction", "figure", "nps", "--counts", "5,3,2"): READING | {"servicing.channels"},
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


@pytest.mark.only_sqlite("a server has its driver")
@pytest.mark.parametrize("words", ASKED, ids=lambda words: " ".join(map(str, words[:2])))
def test_a_command_that_answers_a_program_loads_only_what_it_needs(
    words: tuple[object, ...], office: Path
) -> None:
    loaded = loaded_by(*words, "--format", "json", home=office)
    assert "servicing.core.output" in loaded
    assert sorted(ASKED[words] & loaded) == []


@pytest.mark.only_sqlite("a server has its driver")
@pytest.mark.parametrize("command", ["import", "look"])
def test_how_files_are_read_is_told_without_what_reads_them(command: str, office: Path) -> None:
    loaded = loaded_by("book", command, "--help", home=office)
    assert sorted((FILES | NUMBERS | {"policies.importing.files.files"}) & loaded) == []
