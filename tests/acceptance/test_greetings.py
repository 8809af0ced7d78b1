"""Greetings: on festivals and on birthdays in the family, by the touchpoints of examples/greetings."""

import datetime
import json
import shutil
from pathlib import Path

import pytest

from policies.plan import SHIPPED
from tests import homes
from tests.acceptance.frontdoor import MORNING
from tests.acceptance.office import ILSE, Office

EXAMPLE = Path(__file__).parents[2] / "examples" / "greetings"
ROW = {**ILSE, "issue_date": "2025-05-09", "birthday": "", "status": "in_force"}
SPRING, MOON, FAMILY = "spring_festival_greeting", "mid_autumn_greeting", "family_birthday"
GREETINGS = (SPRING, "dragon_boat_greeting", MOON, FAMILY, "birthday")


class Greeting(Office):
    """The standard plan, and behind it the greetings of the example."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.plan = home / "plans" / "standard.toml"
        self.plan.parent.mkdir(exist_ok=True)
        texts = home / "templates" / "messages"
        shutil.copytree(EXAMPLE / "messages", texts, dirs_exist_ok=True)
        both = (SHIPPED / "standard.toml", EXAMPLE / "touchpoints.toml")
        self.plan.write_text("\n".join(each.read_text("utf-8") for each in both), "utf-8")
        self("plan", "check", self.plan).done()

    def at(self, day: str) -> None:
        """It is that day, at ten."""
        self.now = MORNING + (datetime.date.fromisoformat(day) - MORNING.date())
        self.now = self.now.replace(hour=10)

    def joined(self, *rows: dict[str, object], on: str) -> None:
        self.at(on)
        self.book(*(rows or (ROW,)), joined=on)

    def relative(self, name: str, born: str, *args: str, kin: str = "child") -> None:
        self("client", "relative", "C1", name, "--kin", kin, "--born", born, *args).done()

    def greeted(self) -> list[tuple[str, str, str]]:
        """The greetings: day, touchpoint, and what became of the message."""
        rows = self("messages", "--format", "csv").done().table()
        told = ((row["due_on"], row["touchpoint"], row["reason"]) for row in rows)
        return [each for each in told if each[1] in GREETINGS]

    def days(self, *days: str) -> None:
        for day in days:
            self.at(day)
            self.walk(day)
            self.dispatch(f"{day} 10:00")


@pytest.fixture
def office(tmp_path: Path) -> Greeting:
    return Greeting(tmp_path / "office")


def test_a_client_with_three_policies_is_greeted_once_at_a_festival(office: Greeting) -> None:
    rows = [{**ROW, "policy_no": number} for number in ("K1", "K2", "K3")]
    office.joined(*rows, on="2026-02-10")
    office.days("2026-02-17", "2026-02-18")
    assert office.greeted() == [("2026-02-17", SPRING, "accepted")]
    (text,) = (each for each in office.sent("2026-02-17") if "Spring Festival" in each)
    assert "Ilse Brandt" in text
    chain = office.why("K1", SPRING, "2026-02-17")["chain"]
    (counted,) = (each for each in chain if each["code"] == "counted_from_festival")
    assert counted["sentence"] == "Counted from Spring Festival 2026-02-17: day +0 is 2026-02-17."


def test_days_that_were_slept_through_are_caught_up_while_a_greeting_is_still_kind(
    office: Greeting,
) -> None:
    office.joined(on="2026-02-10")
    office.days("2026-02-11", "2026-02-18")
    assert office.greeted() == [("2026-02-17", SPRING, "accepted")]
    office.days("2026-09-28")
    assert office.greeted()[-1] == ("2026-09-25", MOON, "late")


LUNAR = [
    ("2025-07-30", ["2026-07-19", "2027-07-09"]),
    ("1990-01-26", ["2026-02-16", "2027-02-05", "2028-01-25", "2029-02-12", "2030-02-02"]),
]
"""Somebody's birth, and their lunar birthdays (CARE C8): a leap month, and the last day of a year."""


@pytest.mark.parametrize(("born", "days"), LUNAR)
def test_a_lunar_birthday_in_the_family_is_greeted_on_its_day(
    office: Greeting, born: str, days: list[str]
) -> None:
    office.joined(on="2026-01-05")
    office.relative("Xiaoyu", born, "--calendar", "lunar")
    shown = office("book", "timeline", "K1", "--to", "2030-12-31", "--format", "csv").done().table()
    found = [row["due_on"] for row in shown if row["touchpoint"] == FAMILY]
    assert found[: len(days)] == days
    office.days(days[0])
    assert (days[0], FAMILY, "accepted") in office.greeted()
    chain = office.why("K1", FAMILY, days[0])["chain"]
    (counted,) = (each for each in chain if each["code"] == "counted_from_family")
    assert f"born on {born} and keeps the birthday by the lunar calendar" in counted["sentence"]


def test_a_corrected_birthday_takes_back_what_was_not_sent_and_greets_on_the_right_day(
    office: Greeting,
) -> None:
    office.joined(on="2026-05-04")
    office.relative("Xiaoyu", "2018-05-04")
    office.walk("2026-05-04")
    assert office.greeted() == [("2026-05-04", FAMILY, "due")]
    office.relative("Xiaoyu", "2018-05-06")
    assert office.greeted() == [("2026-05-04", FAMILY, "date_corrected")]
    office.days("2026-05-06")
    assert office.greeted()[-1] == ("2026-05-06", FAMILY, "accepted")
    office.relative("Xiaoyu", "2018-05-04")  # and back again: two in three days are one
    assert not [each for each in office.greeted() if each[2] in ("due", "revived")]


def test_of_two_that_are_near_the_nearer_to_the_client_stays(office: Greeting) -> None:
    office.joined({**ROW, "birthday": "1980-02-19"}, on="2026-02-10")
    office.relative("Xiaoyu", "2018-02-20")
    expected = office.why("K1", SPRING, "2026-02-17")["chain"]
    (merged,) = (each for each in expected if each["code"] == "merged_with")
    office.days("2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20")
    assert office.greeted() == [
        ("2026-02-17", SPRING, "greeting_merged"),
        ("2026-02-19", "birthday", "accepted"),
        ("2026-02-20", FAMILY, "greeting_merged"),
    ]
    for key, day in ((SPRING, "2026-02-17"), (FAMILY, "2026-02-20")):
        chain = office.why("K1", key, day)["chain"]
        (link,) = (each for each in chain if each["code"] == "merged_with")
        assert "merged with birthday of 2026-02-19" in link["sentence"]
    assert merged["facts"]["with"] in ("birthday", FAMILY)


def test_greetings_are_capped_by_the_week_and_the_year(office: Greeting) -> None:
    office.joined(on="2026-03-01")
    births = [("a", 3, 2), ("b", 3, 8), ("c", 3, 9)]
    births += [(str(month), month, 2) for month in (4, 6, 7, 8, 10, 11)]
    for name, month, day in births:
        office.relative(name, f"2015-{month:02}-{day:02}", kin="sibling")
    days = [f"2026-{month:02}-{day:02}" for _, month, day in births]
    office.days(*sorted([*days, "2026-06-19", "2026-09-25"]))
    assert office.greeted() == [
        ("2026-03-02", FAMILY, "accepted"),
        ("2026-03-08", FAMILY, "greeting_cap_week"),
        ("2026-03-09", FAMILY, "accepted"),
        ("2026-04-02", FAMILY, "accepted"),
        ("2026-06-02", FAMILY, "accepted"),
        ("2026-06-19", "dragon_boat_greeting", "accepted"),
        ("2026-07-02", FAMILY, "accepted"),
        ("2026-08-02", FAMILY, "greeting_cap_year"),
        ("2026-09-25", MOON, "greeting_cap_year"),
        ("2026-10-02", FAMILY, "greeting_cap_year"),
        ("2026-11-02", FAMILY, "greeting_cap_year"),
    ]


def test_nobody_is_greeted_on_a_day_of_mourning(office: Greeting) -> None:
    office.joined({**ROW, "birthday": "1980-04-05"}, on="2026-04-01")
    office.days("2026-04-05")
    assert office.greeted() == [("2026-04-05", "birthday", "moved_from_mourning")]
    assert not office.sent("2026-04-05")
    office.days("2026-04-06")
    assert office.greeted() == [("2026-04-05", "birthday", "accepted")]


def test_a_festival_of_mourning_is_no_greeting_and_the_plan_is_refused(office: Greeting) -> None:
    plan = office.plan.read_text("utf-8")
    for festival, told in (
        ("qingming", "nobody is greeted on qingming, a day of mourning"),
        ("doomsday", "is none that we know"),
    ):
        other = plan.replace('festival = "mid_autumn"', f'festival = "{festival}"')
        office.plan.write_text(other, "utf-8")
        answer = office("plan", "check", office.plan)
        assert answer.code == 1
        assert told in answer.err and MOON in answer.err


def test_a_death_in_the_family_ends_greetings_for_a_hundred_days(office: Greeting) -> None:
    office.joined(on="2026-01-05")
    office.relative("Mother", "1950-02-10", kin="parent")
    office.relative("Xiaoyu", "2018-02-10")
    office.at("2026-01-10")
    office("client", "relative", "C1", "Mother", "--kin", "parent", "--died", "2026-01-08").done()
    card = office("card", "C1", "--format", "json").done().document()
    assert card["bereaved_until"] == "2026-04-18"
    office.days("2026-02-10", "2026-02-17", "2027-02-06", "2027-02-10")
    assert office.greeted() == [
        ("2026-02-10", FAMILY, "bereaved"),
        ("2026-02-17", SPRING, "bereaved"),
        ("2026-06-19", "dragon_boat_greeting", "late"),
        ("2026-09-25", MOON, "late"),
        ("2027-02-06", SPRING, "accepted"),
        ("2027-02-10", FAMILY, "greeting_cap_week"),
    ]


def test_of_an_erased_client_no_birth_in_the_family_is_left(office: Greeting) -> None:
    other = {**ROW, "policy_no": "K2", "client_no": "C2", "client_name": "Otto Klein"}
    office.joined({**ROW, "birthday": "1980-02-10"}, other, on="2026-01-05")
    office.relative("Xiaoyu", "2018-01-15")
    office("client", "family", "C2", "C1", "--kin", "spouse").done()
    office.days("2026-01-15", "2026-02-10")
    greeted = [each for each in office.greeted() if each[1] == FAMILY]
    assert greeted == [("2026-01-15", FAMILY, "accepted"), ("2026-02-10", FAMILY, "accepted")]
    office.at("2026-03-02")
    office.book({**ROW, "birthday": "1980-02-10", "status": "terminated", "ended_on": "2026-03-01"})
    office.at("2040-03-02")
    office("client", "erase", "C1", "--ground", "PIPL 47(1)(3)", "--yes").done()
    told = json.dumps(homes.held(office.home), default=str)
    assert "2018-01-15" not in told and "1980-02-10" not in told
