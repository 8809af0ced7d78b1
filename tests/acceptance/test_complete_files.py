"""Complete files, ends that a file takes back, and instalments that come late into a ledger."""

import datetime
from pathlib import Path

import pytest

from tests.acceptance.office import ILSE, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


MONTH_1 = {**ILSE, "issue_date": "2027-04-12", "birthday": "", "status": "in_force", "ended_on": ""}
BILL = {"policy_no": "K1", "due_date": "2027-05-01", "amount": "1200.00", "paid_on": ""}

# ------------------------------------------------------------------------------ an end taken back


@pytest.mark.parametrize(
    "end", ["claim", "surrendered", "terminated", "matured", "transferred_out"]
)
def test_an_end_that_a_file_takes_back_brings_back_what_hung_on_it(
    office: Office, end: str
) -> None:
    office.book(MONTH_1, joined="2027-05-12")
    office.walk("2027-05-12")
    assert office.tasks("2027-05-12") == [("month_1", "2027-05-12")]
    office.book({**MONTH_1, "status": end, "ended_on": "2027-05-11"})
    assert office.dispatch("2027-05-12 09:30") == {}
    assert office.messages() == [("month_1", "cancelled", "policy_ended")]
    asks = [("claim_asks", "2027-05-12")] if end == "claim" else []
    assert office.tasks("2027-05-13") == asks
    assert office.book(MONTH_1)["changed"] == 1
    assert "1 end is taken back" in office.warned
    assert "K1" in office.warned
    assert office.dispatch("2027-05-13 10:00") == {"accepted": 1}
    assert office.tasks("2027-05-13") == [("month_1", "2027-05-12")]
    trail = office("card", "C1", "--format", "json").done().document()["trail"]
    line = next(each for each in trail if each["kind"] == "status.changed")
    assert line["facts"]["status"] in ([end, "in_force"], ["in_force", end])
    changes = [each["facts"]["status"] for each in trail if each["kind"] == "status.changed"]
    assert sorted(changes) == sorted([["in_force", end], [end, "in_force"]])


def test_what_fell_due_while_an_end_stood_comes_late_inside_its_window(office: Office) -> None:
    office.book({**MONTH_1, "status": "claim", "ended_on": "2027-05-11"}, joined="2027-05-01")
    office.walk("2027-05-14")
    assert office.messages() == []
    office.book(MONTH_1)
    assert office.dispatch("2027-05-14 10:00") == {"accepted": 1}
    assert office.messages() == [("month_1", "accepted", "accepted")]


REFUSED_STILL = [
    ({"status": "in_force"}, "a file without end dates"),
    ({"status": "", "ended_on": ""}, "a row that states no status"),
    ({"status": "applied", "ended_on": ""}, "a status that is none of service"),
]


@pytest.mark.parametrize(("stated", "why"), REFUSED_STILL)
def test_an_end_is_not_taken_back_by_chance(
    office: Office, stated: dict[str, str], why: str
) -> None:
    office.book({**MONTH_1, "status": "claim", "ended_on": "2027-05-11"}, joined="2027-05-01")
    row = {name: value for name, value in MONTH_1.items() if name not in ("status", "ended_on")}
    file = office.home.parent / "again.csv"
    row |= stated
    file.write_text(f"{','.join(row)}\n{','.join(map(str, row.values()))}\n", "utf-8")
    refused = office("book", "import", file)
    assert (refused.code, "cannot become" in refused.err) == (1, True), why


# -------------------------------------------------------------------------------- complete files


def test_an_instalment_that_is_moved_is_asked_for_at_its_new_date_alone(office: Office) -> None:
    office.book({**ILSE, "issue_date": "2026-04-20", "birthday": ""}, joined="2027-04-10")
    bill = {"policy_no": "K1", "due_date": "2027-04-20", "amount": "1200.00", "paid_on": ""}
    moved = {**bill, "due_date": "2027-04-25"}
    office.book(bill, premiums=True)
    office.walk("2027-04-11")
    assert office.book(moved, premiums=True, complete=True)["left_out"] == 1
    assert "1 unpaid instalment is left out" in office.warned
    office.walk("2027-04-26")
    paid = office.book({**moved, "paid_on": "2027-04-26"}, premiums=True, complete=True)
    assert (paid["changed"], paid["left_out"]) == (1, 0)
    office.walk("2027-06-05")
    office.dispatch("2027-06-05 10:00")
    assert office.messages("--touchpoint", "renewal") == [
        ("renewal", "skipped", "late"),
        ("renewal", "cancelled", "premium_paid"),
    ]
    assert "renewal" not in [key for key, _ in office.tasks("2027-06-07")]
    listed = ("persistency", "--as-of", "2027-06-30", "--list", "--format", "csv")
    (line,) = office(*listed).done().table()
    assert (line["counted"], line["persisting"], line["reason"]) == ("True", "True", "paid")
    assert (line["due_on"], line["paid_on"]) == ("2027-04-25", "2027-04-26")
    assert (line["premium_persisting"], line["premium_counted"]) == ("1200.00", "1200.00")
    trail = office("card", "C1", "--format", "json").done().document()["trail"]
    (void,) = [each["facts"] for each in trail if each["kind"] == "premium.voided"]
    assert void == {"due_date": "2027-04-20", "amount": "1200.00"}


def policies_of_the_north() -> list[dict[str, str]]:
    """Twelve policies; the first is of the one whose birthday it is."""
    known = {"annual_premium": "900", "agent_no": "A1", "branch": "North"}
    first = {
        "policy_no": "K1",
        "issue_date": "2026-12-01",
        "client_no": "C1",
        "client_name": "Ilse Brandt",
        "phone": "+12125550101",
        "birthday": "1980-05-14",
        **known,
    }
    return [
        first,
        *(
            {
                "policy_no": f"K{number}",
                "issue_date": "2026-12-02",
                "client_no": f"C{number}",
                "client_name": "Nora Vogt",
                "phone": f"+12125550{100 + number}",
                "birthday": "",
                **known,
            }
            for number in range(2, 13)
        ),
    ]


def test_a_policy_that_complete_files_leave_out_is_reported_then_paused(office: Office) -> None:
    monday = policies_of_the_north()
    tuesday = monday[1:]
    office.book(*monday, joined="2027-05-10")
    first = office.book(*tuesday, complete=True)
    assert (first["left_out"], first["left_out_paused"]) == (1, 0)
    assert "K1" in office.warned
    second = office.book(*tuesday, complete=True)
    assert (second["left_out"], second["left_out_paused"]) == (1, 1)
    assert "paused: K1" in office.warned
    assert office.book(*tuesday, complete=True)["left_out"] == 0
    office.walk("2027-05-14")
    assert office.dispatch("2027-05-14 09:30") == {}
    assert office.messages() == []
    assert office.why("K1", "birthday", "2027-05-14")["outcome"] == "was_left_out"
    shown = office("card", "C1").done().out
    assert "left out" in shown
    card = office("card", "C1", "--format", "json").done().document()
    assert [each["kind"] for each in card["trail"]] == ["policy.left_out", "policy.left_out"]
    assert card["policies"][0]["is_left_out"] is True


def test_a_policy_that_is_named_again_goes_on_without_making_up(office: Office) -> None:
    monday = policies_of_the_north()
    office.book(*monday, joined="2027-05-10")
    for _ in range(2):
        office.book(*monday[1:], complete=True)
    office.walk("2027-05-14")
    office.now = datetime.datetime.fromisoformat("2027-05-15T08:00+08:00")
    assert office.book(*monday, joined="2027-05-15", complete=True)["left_out"] == 0
    office.walk("2027-05-15")
    assert office.messages() == []
    card = office("card", "C1", "--format", "json").done().document()
    assert (card["policies"][0]["is_left_out"], card["trail"][-1]["kind"]) == (
        False,
        "policy.named_again",
    )


def test_what_waits_is_taken_back_with_its_policy_and_given_back_with_it(office: Office) -> None:
    monday = policies_of_the_north()
    office.book(*monday, joined="2027-05-10")
    office.book(*monday[1:], complete=True)
    office.walk("2027-05-14")
    assert office.messages() == [("birthday", "queued", "due")]
    office.book(*monday[1:], complete=True)
    assert office.messages() == [("birthday", "cancelled", "left_out")]
    office.book(*monday)
    assert office.dispatch("2027-05-14 10:00") == {"accepted": 1}


def test_a_file_that_would_drop_more_than_a_tenth_asks_first(office: Office) -> None:
    rows = policies_of_the_north()
    office.book(*rows, joined="2027-05-10")
    file = office.home.parent / "list.csv"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join([lines[0], *lines[3:]]), "utf-8")
    tried = office("book", "import", file, "--complete", "--dry-run", "--format", "json").done()
    assert tried.document()["left_out"] == 2
    assert "2 of 12 policies" in tried.err
    refused = office("book", "import", file, "--complete")
    assert (refused.code, "2 of 12 policies" in refused.err) == (1, True)
    assert office("book", "import", file, "--format", "json").done().document()["unchanged"] == 10
    done = office("book", "import", file, "--complete", "--yes", "--format", "json").done()
    assert done.document()["left_out"] == 2


def test_a_ledger_is_not_complete_for_the_whole_book(office: Office) -> None:
    office.book(ILSE, joined="2027-05-10")
    file = office.home.parent / "list.csv"
    told = office("book", "import", file, "--premiums", "--whole-book")
    assert (told.code, "--complete" in told.err) == (2, True)


# --------------------------------------------------------------------- a fresh instalment is late


def test_a_fresh_instalment_of_a_known_ledger_is_reminded_of_late_inside_its_window(
    office: Office,
) -> None:
    office.book({**ILSE, "issue_date": "2025-05-01", "birthday": ""}, joined="2027-05-01")
    office.book({**BILL, "due_date": "2026-05-01", "paid_on": "2026-05-01"}, premiums=True)
    office.walk("2027-05-20")
    office.book({**BILL, "due_date": "2027-05-18"}, premiums=True)
    office.dispatch("2027-05-20 10:00")
    assert office.messages("--touchpoint", "renewal") == [
        ("renewal", "skipped", "late"),
        ("renewal", "accepted", "accepted"),
    ]
    card = office("card", "C1", "--format", "json").done().document()
    assert not [each for each in card["trail"] if each["kind"].startswith("premium.")]
