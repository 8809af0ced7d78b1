"""Workspaces to measure in: made, filled, and copied before each run, which is not counted."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks import book, measure
from benchmarks.measure import Run

FLOORS = Path(__file__).parent / "floors"
DATABASE = "servicing.db"


def servicing(home: Path, *words: object) -> Run:
    """A whole command, as a person types it."""
    program = Path(sys.executable).with_name("servicing")
    return measure.run([str(program), "--home", str(home), *map(str, words)])


def floor(script: str, *words: object) -> Run:
    """A program of `floors/`."""
    return measure.run([sys.executable, str(FLOORS / script), *map(str, words)])


def empty(home: Path, url: str | None = None) -> Path:
    """A new workspace, perhaps on a database of a server."""
    servicing(home, "init", *(["--database", url] if url else []))
    return home


def filled(home: Path, file: Path, ledger: Path | None = None, url: str | None = None) -> Path:
    """A new workspace that serves the book in `file` from the day on which it will be walked."""
    empty(home, url)
    import_book(home, file)
    if ledger:
        servicing(home, "book", "import", ledger, "--premiums", "--format", "json")
    return home


def import_book(home: Path, file: Path) -> Run:
    """`servicing book import`."""
    return servicing(home, "book", "import", file, "--joined", book.DAY, "--format", "json")


def walk(home: Path, on: date = book.DAY) -> Run:
    """`servicing walk`."""
    return servicing(home, "walk", "--on", on, "--format", "json")


def copied(home: Path, to: Path) -> Path:
    """The workspace as it was prepared, in a folder of its own, at rest on the disk."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(home, to)
    with (to / DATABASE).open("rb") as file:
        os.fsync(file.fileno())  # else our first commit would wait for this copy
    return to


def look(home: Path, queries: Sequence[str]) -> list[tuple[object, ...]]:
    """The rows of some queries, one after the other."""
    connection = sqlite3.connect(home / DATABASE)
    try:
        return [row for query in queries for row in connection.execute(query)]
    finally:
        connection.close()
