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


ROWS = Path(__file__).parents[2] / "examples" / "events" / "touchpoints.toml"
"""What follows an event, as docs/events.md has it appended to a plan of one's own."""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office whose plan has what follows an event."""
    office = Office(tmp_path / "office")
    office("plan", "copy", "standard", "--as", "ours").done()
    with (office.home / "plans" / "ours.toml").open("a", encoding="utf-8") as plan:
        plan.write("\n" + ROWS.read_text("utf-8"))
    settings = office.home / "servicing.toml"
    told = settings.read_text("utf-8").replace('plan = "standard"', 'plan = "ours"')
    settings.write_text(told, "utf-8")
    office("plan", "check", office.home / "plans" / "ours.toml").done()
    return office


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


# --- What follows, by the walk ----------------------------------------------------------------------


LIVE = ("queued", "open")


def what_is_due(office: Office, on: str) -> list[str]:
    """The touchpoints of events of which messages or tasks were made on a day, each with its client."""
    office.walk(on)
    asked = ("messages", "--on", on, "--format", "json")
    found = office(*asked).done().document()
    tasks = office("tasks", "list", "--on", on, "--format", "json").done().document()
    told = [
        f"{each['touchpoint']} {each['client_no']}"
        for each in [*found, *tasks]
        if str(each["touchpoint"]).startswith("event_") and each.get("state", "open") in LIVE
    ]
    return sorted(told)


def test_who_comes_is_reminded_the_day_before_and_thanked_and_called_after(office: Office) -> None:
    office.book(*[row(number) for number in range(1, 5)])
    opened(office, 3)
    moved(office, "register", "1", "K0001", "K0002")
    moved(office, "invite", "1", "K0003")
    office.walk("2026-06-18")
    assert what_is_due(office, "2026-06-19") == ["event_reminder K0001", "event_reminder K0002"]
    office.dispatch("2026-06-19 10:00")
    texts = [each for each in office.sent("2026-06-19") if "Tea" in each]
    assert len(texts) == 2
    assert "June 20, 2026, 14:00, Garden Hall" in texts[0]
    office.walk("2026-06-20")
    office.now = office.now.replace(month=6, day=20, hour=8)
    moved(office, "attend", "1", "K0001", "K0004", "--at", DOOR)
    office("events", "hold", "1", "--at", f"{DAY}T17:00").done()
    assert what_is_due(office, "2026-06-21") == ["event_thanks K0001", "event_thanks K0004"]
    # 20 June 2026 is a Saturday: the task is the agent's on Monday, and until Wednesday
    followed = [each for each in what_is_due(office, "2026-06-22") if "followup" in each]
    assert followed == ["event_followup K0001", "event_followup K0004"]
    rows = homes.rows(
        office.home, "SELECT DISTINCT show_on, closes_on FROM task WHERE due_on > '2026-06-20'"
    )
    assert [tuple(map(str, each)) for each in rows] == [("2026-06-22", "2026-06-24")]


def test_what_was_not_walked_is_caught_up_and_a_late_reminder_is_not_sent(office: Office) -> None:
    office.book(row(1), row(2))
    opened(office, 3)
    moved(office, "register", "1", "K0001")
    office.walk("2026-06-17")
    office.walk("2026-06-20")
    states = {name: state for name, state, _ in office.messages("--on", "2026-06-19")}
    assert states["event_reminder"] == "skipped"
    moved(office, "attend", "1", "K0001", "--at", DOOR)
    office.walk("2026-06-23")
    thanks = [each for each in office.messages() if each[0] == "event_thanks"]
    assert [state for _, state, _ in thanks] == ["queued"]


def test_who_registers_after_the_walk_of_the_day_before_is_reminded_all_the_same(
    office: Office,
) -> None:
    office.book(row(1), row(2))
    opened(office, 3)
    office.walk("2026-06-19")
    office.now = office.now.replace(month=6, day=19, hour=3)
    moved(office, "register", "1", "K0001")
    office.dispatch("2026-06-19 12:00")
    assert len([each for each in office.sent("2026-06-19") if "Tea" in each]) == 1


def test_a_reminder_that_waits_falls_with_the_event_and_who_was_coming_is_told(
    office: Office,
) -> None:
    office.book(*[row(number) for number in range(1, 5)])
    opened(office, 2)
    moved(office, "register", "1", "K0001", "K0002", "K0003")
    moved(office, "invite", "1", "K0004")
    office.walk("2026-06-19")
    office.now = office.now.replace(month=6, day=19, hour=1)
    office("events", "cancel", "1", "--why", "the hall is flooded").done()
    office.dispatch("2026-06-19 10:00")
    texts = office.sent("2026-06-19")
    assert len(texts) == 3 and all("will not take place" in each for each in texts)
    reminders = [each for each in office.messages() if each[0] == "event_reminder"]
    assert {each[1:] for each in reminders} == {("cancelled", "not_coming")}


def test_who_mourns_is_not_reminded_and_why_says_so(office: Office) -> None:
    office.book(row(1))
    opened(office, 2)
    moved(office, "register", "1", "K0001")
    bereaved = "UPDATE client SET bereaved_until = '2026-07-30'"
    homes.rows(office.home, bereaved)
    assert what_is_due(office, "2026-06-19") == []
    told = office.why("P0001", "event_reminder", "2026-06-19")
    assert "bereaved" in str(told)


def test_a_withdrawn_client_is_not_reminded(office: Office) -> None:
    office.book(row(1), row(2))
    opened(office, 3)
    moved(office, "register", "1", "K0001", "K0002")
    office.walk("2026-06-19")
    moved(office, "withdraw", "1", "K0002")
    office.dispatch("2026-06-19 10:00")
    assert len([each for each in office.sent("2026-06-19") if "Tea" in each]) == 1


# --- The plan invites -------------------------------------------------------------------------------


def due_in_june(number: int, **facts: object) -> dict[str, object]:
    """A client whom the plan invites on 5 June 2026, 15 months after the issue."""
    return row(number, issue_date="2025-03-05", **facts)


def invitations(office: Office) -> list[str]:
    """The texts of the invitations: the news of the day goes first, and a day has one of both."""
    office.walk("2026-06-05")
    office.dispatch("2026-06-05 10:00")
    office.dispatch("2026-06-06 10:00")
    texts = [*office.sent("2026-06-05"), *office.sent("2026-06-06")]
    return [each for each in texts if "client event" in each or "join us:" in each]


def test_the_plan_invites_to_the_event_that_there_is(office: Office) -> None:
    office.book(*[due_in_june(number) for number in range(1, 4)])
    opened(office, 30)
    moved(office, "register", "1", "K0003")
    texts = invitations(office)
    assert sorted("Tea, June 20, 2026, 14:00, Garden Hall" in each for each in texts) == [
        False,
        True,
        True,
    ]
    told = office("events", "report", "1", "--format", "json").done().document()
    assert (told["invited"], told["delivered"]) == (2, 2)
    states = office("events", "show", "1", "--format", "json").done().document()["parties"]
    assert sorted(each["state"] for each in states) == ["invited", "invited", "registered"]


@pytest.mark.parametrize(
    "more",
    [("--branch", "South"), ("--at", "2026-07-01T14:00"), ("--at", "2026-06-06T14:00")],
    ids=["another branch", "another quarter", "on the day itself"],
)
def test_without_such_an_event_it_does_what_it_did(more: tuple[str, ...], office: Office) -> None:
    office.book(
        due_in_june(1), due_in_june(2, branch="South", agent_no="A2", marketing_consent="no")
    )
    opened(office, 30, *more)
    (text,) = invitations(office)
    assert "For time and place, call" in text
    assert office("events", "show", "1", "--format", "json").done().document()["parties"] == []


def test_nobody_is_invited_who_complains_mourns_or_wants_no_marketing(office: Office) -> None:
    office.book(due_in_june(1), due_in_june(2), due_in_june(3, marketing_consent="no"))
    opened(office, 30)
    complained = ("--client", "K0001", "--received", "2026-05-10", "--text", "nobody calls")
    office("cases", "open", "complaint", *complained).done()
    homes.rows(
        office.home, "UPDATE client SET bereaved_until = '2026-07-30' WHERE client_no = 'K0002'"
    )
    assert invitations(office) == []
    reasons = {reason for name, _, reason in office.messages() if name == "event"}
    assert reasons == {"complaint_open", "bereaved", "marketing_consent_withdrawn"}
    assert "complaint" in str(office.why("P0001", "event", "2026-06-05"))
