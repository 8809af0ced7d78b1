"""The workspaces that the drills begin with, made once and copied for every moment."""

import csv
import datetime
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.acceptance.frontdoor import DAY
from tests.drills.jobs import end_well

URL = "sqlite:///servicing.db"


def days_before(days: int) -> datetime.date:
    return DAY - datetime.timedelta(days=days)


def make_office(
    home: Path,
    *,
    policies: int,
    joined: datetime.date,
    database: str = URL,
    as_of: datetime.date = DAY,
) -> Path:
    """A workspace with a sample book and its ledger, in which nothing was walked yet."""
    home.mkdir(parents=True)
    make_files(home, policies, as_of)
    end_well(("init", "--database", database), home)
    end_well(("book", "import", "book.csv", "--joined", joined), home)
    end_well(("book", "import", "premiums.csv", "--premiums"), home)
    return home


def make_files(home: Path, policies: int, as_of: datetime.date = DAY) -> None:
    """book.csv and premiums.csv."""
    made = ("book", "sample", "--policies", policies, "--as-of", as_of)
    end_well((*made, "--out", "book.csv", "--premiums", "premiums.csv"), home)


def write_later_book(home: Path, new: int) -> None:
    """later.csv: the same book some time after, with changes of every kind, and new policies."""
    with (home / "book.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    in_force = [row for row in rows if row["status"] == "in_force"]
    for row in in_force[::5]:
        row |= {"status": "surrendered", "ended_on": DAY.isoformat()}
    for row in in_force[1::5]:
        row |= {"agent_no": "A-NEW", "agent_name": "新人"}
    for row in in_force[2::5]:
        row |= {"status": "suspended", "annual_premium": "1.00"}
    fresh = [
        row | {"policy_no": f"N{row['policy_no']}", "client_no": f"N{row['client_no']}"}
        for row in rows[:new]
    ]
    with (home / "later.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows([*rows, *fresh])


def copies(of: Path, room: Path) -> Callable[[], Path]:
    """Makes copies of a workspace, one after the other."""
    numbers: Iterator[int] = itertools.count(1)
    return lambda: shutil.copytree(of, room / f"copy-{next(numbers)}", symlinks=True)
