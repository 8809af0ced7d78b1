"""What a walk finds backwards is what the forward timeline of every policy says.

The forward reading is made here from the rows of the files, past the database: what the walk counts
on a day must be the same, touchpoint by touchpoint.
"""

import csv
import datetime
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from policies import dates, plan, status, timeline
from policies.models import hundredths
from policies.timeline import ClientDates, Instalment, PolicyDates
from tests.acceptance.frontdoor import call

STANDARD = plan.load(plan.SHIPPED / "standard.toml")
CHINA = dates.work_calendar("CN")

DAYS = {
    "a leap day": "2024-02-29",
    "the end of a short month": "2026-02-28",
    "the end of a month, a Sunday": "2025-11-30",
    "the end of a year": "2025-12-31",
    "a make-up Saturday": "2026-02-14",
    "inside Spring Festival": "2026-02-18",
    "the first working day after it": "2026-02-24",
    "an ordinary Monday": "2026-05-11",
}


def day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def clients(folder: Path, joined: date) -> list[ClientDates]:
    """Every client of the files as the timeline knows it."""
    ledger: dict[str, list[Instalment]] = {}
    for row in rows_of(folder / "premiums.csv"):
        due = date.fromisoformat(row["due_date"])
        ledger.setdefault(row["policy_no"], []).append(
            Instalment(due, day(row["paid_on"]), amount=hundredths(Decimal(row["amount"])))
        )
    policies: dict[str, list[PolicyDates]] = {}
    birthdays: dict[str, date | None] = {}
    for number, row in enumerate(rows_of(folder / "book.csv"), 1):
        birthdays.setdefault(row["client_no"], day(row["birthday"]))
        policies.setdefault(row["client_no"], []).append(
            PolicyDates(
                id=number,
                policy_no=row["policy_no"],
                issue_date=date.fromisoformat(row["issue_date"]),
                served_from=joined,
                status=status.stated(row["status"], row["ended_on"]),
                ended_on=day(row["ended_on"]),
                delivered_on=day(row["delivered_on"]),
                premiums=tuple(ledger.get(row["policy_no"], ())),
            )
        )
    return [ClientDates(birthdays[number], tuple(held)) for number, held in policies.items()]


def forwards(folder: Path, joined: date, on: date) -> dict[str, int]:
    """How often each touchpoint falls due on a day, policy by policy."""
    found = Counter(
        owed.due.key
        for client in clients(folder, joined)
        for owed in timeline.client_timeline(STANDARD, CHINA, client, joined, on)
        if owed.due.due_on == on
    )
    return dict(found)


@pytest.mark.parametrize("on", DAYS.values(), ids=DAYS)
def test_the_walk_of_a_day_finds_what_every_timeline_says(on: str, tmp_path: Path) -> None:
    today = date.fromisoformat(on)
    joined = today - datetime.timedelta(days=1)
    made = ("book", "sample", "--policies", 400, "--as-of", on, "--seed", 29)
    call(*made, "--out", "book.csv", "--premiums", "premiums.csv", cwd=tmp_path).done()
    call("init", cwd=tmp_path).done()
    call("book", "import", "book.csv", "--joined", joined, cwd=tmp_path).done()
    call("book", "import", "premiums.csv", "--premiums", cwd=tmp_path).done()
    walked = call("walk", "--on", on, "--format", "json", cwd=tmp_path).done().document()
    (before,) = walked["caught_up"]
    assert walked["by_touchpoint"] == forwards(tmp_path, joined, today)
    assert before["by_touchpoint"] == forwards(tmp_path, joined, joined)
    assert walked["touchpoints"] == sum(walked["by_touchpoint"].values()) > 0


def test_a_policy_timeline_on_the_command_line_is_what_the_walks_then_record(
    tmp_path: Path,
) -> None:
    """Both readings from the command line alone: foretold, then walked for 26 days."""
    made = ("book", "sample", "--policies", 15, "--as-of", "2026-01-31", "--seed", 7)
    call(*made, "--out", "book.csv", cwd=tmp_path).done()
    call("init", cwd=tmp_path).done()
    call("book", "import", "book.csv", "--joined", "2026-02-01", cwd=tmp_path).done()
    numbers = [row["policy_no"] for row in rows_of(tmp_path / "book.csv")]
    morning = datetime.datetime.fromisoformat("2026-02-01T09:00+08:00")

    def timelines() -> list[tuple[str, str, str]]:
        found = []
        for number in numbers:
            span = ("--from", "2026-02-01", "--to", "2026-02-26", "--format", "json")
            told = call("book", "timeline", number, *span, cwd=tmp_path, now=morning).done()
            found += [(number, line["touchpoint"], line["due_on"]) for line in told.document()]
        return sorted(found)

    foretold = timelines()
    call("walk", "--on", "2026-02-26", cwd=tmp_path).done()
    assert timelines() == foretold
    assert len(foretold) > 5
