"""Surveys as docs/satisfaction.md shows them: who is asked, who is spared, and what `why` says of it."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from policies.plan import SHIPPED
from tests.acceptance.frontdoor import MORNING
from tests.acceptance.office import ILSE, Office

ROOT = Path(__file__).parents[2]
PUBLIC = "https://service.example.com"
ROW = {
    **ILSE,
    "issue_date": "2026-05-09",
    "delivered_on": "2026-05-12",
    "birthday": "",
    "status": "in_force",
    "source": "company",
}
SURVEY, SETTLED, AGAIN = "how_was_it", "how_was_it_settled", "asked_again"
CLOSING: tuple[tuple[str, ...], ...] = (
    ("accept", "--text", "ours"),
    ("investigate", "--text", "on leave"),
    ("offer", "--text", "a colleague"),
    ("decide", "--text", "justified"),
    ("inform", "--text", "called her"),
    ("follow_up", "--date", "2026-12-01"),
    ("close",),
)


def documented() -> str:
    """The block of docs/satisfaction.md that has the touchpoints."""
    text = (ROOT / "docs" / "satisfaction.md").read_text("utf-8")
    (found,) = (each for each in re.findall(r"```toml\n(.*?)```", text, re.S) if SURVEY in each)
    return str(found)


class Asking(Office):
    """The standard plan, and behind it what the documents show."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        settings = home / "servicing.toml"
        settings.write_text(
            settings.read_text("utf-8") + f'\n[web]\npublic_url = "{PUBLIC}"\n', "utf-8"
        )
        self.plans(documented()).done()

    def plans(self, *more: str) -> Any:
        """The plan is the standard one with some touchpoints more."""
        plan = self.home / "plans" / "standard.toml"
        plan.parent.mkdir(exist_ok=True)
        standard = (SHIPPED / "standard.toml").read_text("utf-8")
        plan.write_text("\n".join((standard, *more)), "utf-8")
        return self("plan", "check", plan)

    def at(self, day: str, hour: int = 10) -> None:
        """It is that day."""
        on = datetime.date.fromisoformat(day)
        self.now = (MORNING + (on - MORNING.date())).replace(hour=hour)

    def visited(self, day: str, policy_no: str = "K1") -> None:
        """The agent's task of the first month is done on a day."""
        self.at(day)
        self.walk(day)
        rows = self("tasks", "list", "--on", day, "--format", "json").done().document()
        (task,) = (
            each["id"]
            for each in rows
            if (each["touchpoint"], each["policy_no"]) == ("month_1", policy_no)
        )
        self("tasks", "done", task).done()

    def morning(self, day: str) -> dict[str, int]:
        """A day is walked, and what is due leaves."""
        self.at(day)
        self.walk(day)
        return self.dispatch(f"{day} 10:00")

    def of(self, touchpoint: str) -> list[tuple[str, str]]:
        """The state and the reason of each message of a touchpoint."""
        return [(state, reason) for key, state, reason in self.messages() if key == touchpoint]

    def told_why(self, policy_no: str, on: str, touchpoint: str = SURVEY) -> str:
        """What `why` says, on one line."""
        return " ".join(self("why", policy_no, touchpoint, "--on", on).done().out.split())


@pytest.fixture
def office(tmp_path: Path) -> Asking:
    return Asking(tmp_path / "office")


def test_the_day_after_the_visit_the_client_is_asked_by_digit_and_link(office: Asking) -> None:
    office.book(ROW, joined="2026-05-11")
    office.visited("2026-06-09")
    office.morning("2026-06-10")
    assert office.of(SURVEY) == [("accepted", "accepted")]
    (text,) = (each for each in office.sent("2026-06-10") if PUBLIC in each)
    assert "How satisfied are you with our service this time?" in text
    assert "1-5 (5 = very satisfied, 1 = very dissatisfied)" in text
    assert re.search(rf"{PUBLIC}/s/\S+", text)


def test_who_was_asked_is_not_asked_again_within_90_days(office: Asking) -> None:
    office.book(ROW, {**ROW, "policy_no": "K2"}, joined="2026-05-11")
    office.visited("2026-06-09", "K1")
    office.visited("2026-06-09", "K2")
    counts = office.morning("2026-06-10")
    assert counts["cancelled"] == 1, counts
    assert sorted(office.of(SURVEY)) == [
        ("accepted", "accepted"),
        ("cancelled", "surveyed_lately"),
    ]
    told = [office.told_why(each, "2026-06-10") for each in ("K1", "K2")]
    assert sum("asked how satisfied they are within the last 90 days" in each for each in told) == 1
