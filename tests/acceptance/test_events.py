"""Client events from the command line: planned, approved, invited to, registered for, counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests import homes
from tests.acceptance.frontdoor import call
from tests.acceptance.office import Office

DAY = "2026-06-20"
DOOR = f"{DAY}T14:05"


def row(number: int, **facts: object) -> dict[str, object]:
    known = {
        "policy_no": f"P{number:04}",
        "issue_date": "2025-01-05",
        "annual_premium": 1200,
        "client_no": f"K{number:04}",
        "client_name": f"Client {number}",
        "agent_no": "A1",
        "phone": f"+1212555{number:04}",
        "branch": "North",
        "team": "One",
        "marketing_consent": "yes",
    }
    return {**known, **facts}


def opened(office: Office, capacity: int, *more: object) -> None:
    """An event that clients are invited to; somebody else has approved it."""
    told = ("--place", "Garden Hall", "--at", f"{DAY}T14:00", "--capacity", capacity, *more)
    office("events", "add", "Tea", *told, "--by", "author").done()
    adding = ("user", "add", "office", "--role", "operations", "--password-stdin")
    call("--home", office.home, *adding, cwd=office.home.parent, typed="four odd words here").done()
    office("events", "approve", "1", "--by", "office").done()
    office("events", "open", "1").done()


def moved(office: Office, *args: object) -> Any:
    told = office("events", *args, "--format", "json").done().document()
    return [(each["client_no"], each["state"], each["persons"]) for each in told]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


def test_of_400_invited_72_register_and_60_are_present(office: Office) -> None:
    office.book(*[row(number) for number in range(1, 401)])
    opened(office, 90, "--cost", "12.50")
    everybody = [f"K{number:04}" for number in range(1, 401)]
    office("events", "invite", "1", *everybody[:380]).done()
    office("events", "invite", "1", *everybody[380:], "--unreached").done()
    office("events", "register", "1", *everybody[:72]).done()
    office("events", "attend", "1", *everybody[:54], "--at", DOOR).done()
    office("events", "attend", "1", *everybody[390:394], "--at", DOOR).done()
    for _ in range(2):
        office("events", "attend", "1", "--guest", "--at", DOOR).done()
    office("events", "hold", "1", "--at", f"{DAY}T17:00").done()
    told = office("events", "report", "1", "--format", "json").done().document()
    counts = ("invited", "delivered", "registered", "attended", "walk_ins", "present", "no_show")
    assert [told[name] for name in counts] == [400, 380, 72, 54, 6, 60, 18]
    assert told["registered_ratio"] == 72 / 380 and told["show_up_ratio"] == 0.75
    assert told["rows"][0]["cost"] == 750
    shown = office("events", "report").done().out
    assert "18.9 %" in shown and "75.0 %" in shown


def test_the_party_of_two_waits_whole_and_the_third_is_in(office: Office) -> None:
    office.book(*[row(number) for number in range(1, 4)])
    opened(office, 2)
    assert moved(office, "register", "1", "K0001") == [("K0001", "registered", 1)]
    waits = moved(office, "register", "1", "K0002", "--persons", "2")
    assert waits == [("K0002", "waitlisted", 2)]
    assert moved(office, "register", "1", "K0003") == [("K0003", "registered", 1)]
    moved(office, "withdraw", "1", "K0001", "K0003")
    told = office("events", "show", "1", "--format", "json").done().document()
    assert (told["state"], told["taken"]) == ("full", 2)
    states = {each["client_no"]: each["state"] for each in told["parties"]}
    assert states == {"K0001": "cancelled", "K0002": "registered", "K0003": "cancelled"}


def test_clients_are_invited_together_or_not_at_all(office: Office) -> None:
    office.book(row(1), row(2, marketing_consent="no"), row(3))
    opened(office, 2)
    assert "K0002" in office("events", "invite", "1", "K0001", "K0002", "K0003").refused()
    assert office("events", "show", "1", "--format", "json").done().document()["parties"] == []


def test_an_event_needs_another_ones_approval(office: Office) -> None:
    adding = ("user", "add", "office", "--role", "operations", "--password-stdin")
    call("--home", office.home, *adding, cwd=office.home.parent, typed="four odd words here").done()
    told = ("--place", "Hall", "--at", f"{DAY}T14:00", "--capacity", "5", "--gifts", "tea")
    office("events", "add", "Tea", *told, "--by", "office").done()
    assert "somebody else" in office("events", "approve", "1", "--by", "office").refused()
    assert "draft" in office("events", "open", "1").refused()
    assert "manager" in office("events", "approve", "1", "--by", "nobody").refused()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("show", "7"), "7"),
        (("register", "7", "K0001"), "7"),
        (
            (
                "add",
                "Tea",
                "--place",
                "H",
                "--at",
                f"{DAY}T14:00",
                "--capacity",
                "5",
                "--team",
                "X",
            ),
            "X",
        ),
        (("add", " ", "--place", "H", "--at", f"{DAY}T14:00", "--capacity", "5"), "title"),
        (
            ("add", "Tea", "--place", "H", "--at", "2026-01-01T14:00", "--capacity", "5"),
            "2026-01-01",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    args: tuple[str, ...], told: str, office: Office
) -> None:
    assert told in office("events", *args).refused()


def test_an_erased_client_leaves_a_count_alone(office: Office) -> None:
    ended = {"status": "terminated", "ended_on": "2026-05-01"}
    office.book(row(1, **ended), row(2, status="in_force", ended_on=""))
    opened(office, 1)
    moved(office, "register", "1", "K0001")
    moved(office, "register", "1", "K0002")
    office("client", "erase", "K0001", "--ground", "PIPL 47(1)(3)", "--yes").done()
    told = office("events", "show", "1", "--format", "json").done().document()
    left = sorted((each["client_no"] or "", each["state"]) for each in told["parties"])
    assert left == [("", "cancelled"), ("K0002", "registered")]
    report = office("events", "report", "1", "--format", "json").done().document()
    assert report["registered"] == 2
    rows = {table: rows for table, rows in homes.held(office.home).items() if "part" in table}
    assert "K0001" not in json.dumps(rows, default=str)
    (day,) = rows["party_day"]
    assert "coming" in str(day)
