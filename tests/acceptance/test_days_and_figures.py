"""What counts on a day, what a day's walk knew, and what the documents say of both."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.office import Office
from tests.cast import at


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


def policy(number: int, issued: str, status: str = "in_force", **more: Any) -> dict[str, Any]:
    """A policy of a client of its own, unless one is named."""
    client_no = more.pop("client_no", f"C{number}")
    return {
        "policy_no": f"K{number}",
        "issue_date": issued,
        "annual_premium": more.pop("premium", 1000),
        "client_no": client_no,
        "client_name": f"Client {client_no}",
        "agent_no": more.pop("agent_no", "A1"),
        "phone": f"+1212555010{client_no[1:]}",
        "status": status,
        **more,
    }


def scores(office: Office, by: str) -> dict[str, dict[str, str]]:
    words = ("--by", by, "--period", "2026-05", "--as-of", "2026-05-31", "--format", "csv")
    return {row["key"]: row for row in office("scorecard", *words).done().table()}


@pytest.mark.parametrize("by", ["agent", "team", "branch"])
@pytest.mark.parametrize("ends", ["", "2045-04-12", "2026-06-01"])
def test_an_agent_counts_whose_policies_end_in_years(office: Office, by: str, ends: str) -> None:
    more = {"ended_on": ends, "team": "North", "branch": "West"}
    office.book(
        policy(1, "2025-04-12", **more, referred_by=""),
        policy(2, "2026-01-12", **more, referred_by="C1"),
        joined="2026-05-11",
    )
    found = scores(office, by)
    assert {(row["agents"], row["referrals_target"]) for row in found.values()} == {("1", "3")}
    assert len(found) == 2, "the unit and the total"


def test_an_application_counts_nowhere_until_it_is_in_force(office: Office) -> None:
    def book(status: str) -> None:
        office.book(
            policy(1, "2024-04-12", premium=1200, referred_by=""),
            policy(2, "2026-02-12", status, premium=900, referred_by="C1"),
            policy(3, "2026-03-12", status, premium=700, referred_by="", client_no="C1"),
            policy(4, "2024-06-12", premium=500, referred_by=""),
            joined="2026-05-11",
        )

    def told() -> tuple[dict[str, Any], tuple[str, ...]]:
        tree = office("influence", "C1", "--on", "2026-05-31", "--format", "json").done()
        row = scores(office, "agent")["A1"]
        figures = tuple(row[name] for name in ("referrals", "bought", "one_policy", "add_on"))
        return tree.document(), figures

    book("applied")
    total, figures = told()
    assert (total["people"], total["policies"], total["annual_premium"]) == (2, 1, 1200)
    assert figures == ("0", "0", "2", "0.0")
    book("in_force")
    total, figures = told()
    assert (total["people"], total["policies"], total["annual_premium"]) == (2, 3, 2800)
    assert figures == ("1", "1", "2", "0.5")


MONTH_1 = "2027-05-12"
"""The day of `month_1` of a policy of 12 April 2027."""


def outcomes(office: Office, *numbers: int) -> list[tuple[str, Any]]:
    """Of some policies: where the chain of `month_1` ends, and the status that it names."""
    found = (office.why(f"K{number}", "month_1", MONTH_1) for number in numbers)
    return [(each["outcome"], each["chain"][-1]["facts"].get("status")) for each in found]


def test_a_day_that_another_branch_opened_again_is_told_as_it_was(office: Office) -> None:
    office.now = at("2027-05-11")
    office.book(
        policy(1, "2027-04-12", "suspended"),
        policy(2, "2027-04-12", "applied"),
        joined="2027-05-11",
    )
    office.now = at(MONTH_1)
    office.walk(MONTH_1)
    office.now = at("2027-05-13")
    office.book(policy(1, "2027-04-12"), policy(2, "2027-04-12"), joined="2027-05-13")
    office.now = at("2027-05-14")
    office.walk("2027-05-14")
    before = outcomes(office, 1, 2)
    assert before == [("was_paused", "suspended"), ("was_paused", "applied")]
    office.now = at("2027-05-15")
    office.book(
        policy(3, "2027-01-20", agent_no="A2"),
        policy(4, "2027-04-12", agent_no="A2"),
        joined="2027-05-10",
    )
    office.walk("2027-05-15")
    assert outcomes(office, 1, 2) == before
    assert outcomes(office, 4) == [("recorded", None)]


@pytest.mark.parametrize(
    "holders", [["C1"], ["C2"], ["C2", "C1"], ["C2", "C3"], ["C2", "C3", "C1"], ["C2", "C1", "C2"]]
)
def test_a_policy_that_went_on_and_came_back_is_told_as_it_was(
    office: Office, holders: list[str]
) -> None:
    """It was reinstated while it was somebody else's: that stands on the card of that one."""
    first = policy(1, "2027-04-12", "suspended")
    others = [policy(number, "2027-04-20") for number in (2, 3)]
    office.now = at("2027-05-10")
    office.book(first, *others, joined="2027-05-10")
    office.now = at(MONTH_1)
    office.walk(MONTH_1)
    status = "suspended"
    for hour, holder in enumerate(holders, 10):
        office.now = at("2027-05-13", f"{hour}:00")
        office.book(policy(1, "2027-04-12", status, client_no=holder), joined="2027-05-13")
        office.now = at("2027-05-13", f"{hour}:30")
        status = "in_force"
        office.book(policy(1, "2027-04-12", status, client_no=holder), joined="2027-05-13")
    office.now = at("2027-05-14")
    office.walk("2027-05-14")
    assert outcomes(office, 1) == [("was_paused", "suspended")]


@pytest.mark.parametrize(
    ("columns", "status", "is_owed"),
    [
        ({}, "suspended", False),
        ({"status": ""}, "in_force", True),
        ({"ended_on": ""}, "suspended", False),
        ({"ended_on": "2045-04-12"}, "suspended", False),
        ({"status": "", "ended_on": ""}, "in_force", True),
    ],
)
def test_a_file_with_one_column_of_two_leaves_the_other(
    office: Office, columns: dict[str, str], status: str, is_owed: bool
) -> None:
    row = policy(1, "2027-04-12", "suspended")
    office.book({**row, "ended_on": ""}, joined="2027-05-10")
    del row["status"]
    office.book({**row, **columns}, joined="2027-05-11")
    office.walk(MONTH_1)
    (outcome,) = outcomes(office, 1)
    assert outcome[0] == ("recorded" if is_owed else "was_paused")
    told = office("card", "C1", "--format", "json").done().document()
    assert [each["status"] for each in told["policies"]] == [status]


def test_a_slip_in_the_joining_day_is_refused_and_the_right_day_counts(office: Office) -> None:
    file = office.home.parent / "list.csv"
    file.write_text(
        "policy_no,issue_date,annual_premium,client_no,client_name,agent_no\n"
        "K1,2027-04-12,1200,C1,Ilse Brandt,A1\n",
        "utf-8",
    )
    slip = office("book", "import", file, "--joined", "2062-05-11").refused()
    assert "2062-05-11" in slip and "2027-05-12" in slip
    told = office("book", "import", file, "--joined", "2027-05-11", "--format", "json").done()
    assert told.document()["added"] == 1
    office.walk(MONTH_1)
    assert outcomes(office, 1) == [("recorded", None)]


def test_a_client_far_to_the_east_is_greeted_on_his_day(office: Office) -> None:
    settings = office.home / "servicing.toml"
    text = settings.read_text("utf-8").replace('"CN"', '"US"')
    settings.write_text(text.replace("Asia/Shanghai", "America/Los_Angeles"), "utf-8")
    east = {"birthday": "1980-05-12", "timezone": "Asia/Shanghai"}
    office.book(policy(1, "2026-12-01", **east), joined="2027-05-10")
    told = office("walk", "--on", "2027-05-10", "--format", "json").done().document()
    assert told["early"] is None
    told = office("walk", "--on", "2027-05-11").done().out
    assert "1 touchpoint of 2027-05-12 found early" in told
    assert office.messages() == [("birthday", "queued", "due")]
    assert office.dispatch("2027-05-11 17:59") == {}
    assert office.dispatch("2027-05-11 18:30") == {"accepted": 1}
    office.walk("2027-05-12")
    assert office.dispatch("2027-05-12 10:00") == {}
    assert office.dispatch("2027-05-12 18:30") == {}
    assert office.messages() == [("birthday", "accepted", "accepted")]


def test_a_removed_touchpoint_takes_its_message_and_its_task_along(office: Office) -> None:
    office.book(policy(1, "2027-04-12"), joined="2027-05-10")
    office.walk(MONTH_1)
    assert office.tasks(MONTH_1) == [("month_1", MONTH_1)]
    plan = Path(__file__).parents[2] / "policies" / "plans" / "standard.toml"
    entries = plan.read_text("utf-8").split("[[touchpoint]]\n")
    without = "[[touchpoint]]\n".join(each for each in entries if 'id = "month_1"' not in each)
    (office.home / "plans").mkdir(exist_ok=True)
    (office.home / "plans" / "standard.toml").write_text(without, "utf-8")
    office.walk("2027-05-13")
    assert office.tasks("2027-05-13") == []
    assert office.messages() == [("month_1", "cancelled", "not_in_plan")]
    told = office("card", "C1", "--format", "json").done().document()
    reasons = [
        (line["kind"], line["facts"].get("reason"))
        for line in told["trail"]
        if line["kind"].endswith(".cancelled")
    ]
    assert sorted(reasons) == [
        ("message.cancelled", "not_in_plan"),
        ("task.cancelled", "not_in_plan"),
    ]
