"""What the book corrects after the morning holds for everything that has not left yet."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import call

ENGLISH = {"SERVICING_SERVICING_LOCALE": "en"}
"""The workspace speaks English."""


class Office:
    """A workspace in which things happen one after the other."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.warned = ""
        """What the last import said on standard error."""
        self("init")

    def __call__(self, *args: object) -> Any:
        return call("--home", self.home, *args, cwd=self.home.parent, env=ENGLISH)

    def book(
        self,
        *rows: Mapping[str, object],
        joined: str = "",
        premiums: bool = False,
        complete: bool = False,
    ) -> Any:
        """Import a list whose columns are those of the first row; the counts."""
        file = self.home.parent / "list.csv"
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.write_text(text.getvalue(), "utf-8")
        told = self(
            *("book", "import", file, "--format", "json"),
            *(["--joined", joined] if joined else []),
            *(["--premiums"] if premiums else []),
            *(["--complete"] if complete else []),
        ).done()
        self.warned = told.err
        return told.document()

    def walk(self, on: str) -> None:
        self("walk", "--on", on).done()

    def dispatch(self, now: str) -> dict[str, int]:
        """How many messages came to which state."""
        counts = self("dispatch", "--now", now, "--format", "json").done().document()
        return {state: number for state, number in counts.items() if number}

    def messages(self, *args: object) -> list[tuple[str, str, str]]:
        """Each with its touchpoint, state and reason."""
        rows = self("messages", *args, "--format", "csv").done().table()
        return [(row["touchpoint"], row["state"], row["reason"]) for row in rows]

    def tasks(self, on: str) -> list[tuple[str, str]]:
        """The open tasks of a day: touchpoint and due day."""
        rows = self("tasks", "list", "--on", on, "--format", "csv").done().table()
        return [(row["touchpoint"], row["due_on"]) for row in rows]

    def why(self, policy_no: str, touchpoint: str, on: str) -> Any:
        return self("why", policy_no, touchpoint, "--on", on, "--format", "json").done().document()

    def sent(self, on: str, channel: str = "sms") -> list[str]:
        """The texts that left on a day, each without its header."""
        files = sorted((self.home / "outbox" / on / channel).glob("*"))
        return [each.read_text("utf-8").split("\n\n", 1)[1].strip() for each in files]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


ILSE = {
    "policy_no": "K1",
    "issue_date": "2026-12-01",
    "annual_premium": 1200,
    "client_no": "C1",
    "client_name": "Ilse Brandt",
    "agent_no": "A1",
    "phone": "+12125550101",
    "birthday": "1980-05-12",
}


def test_a_corrected_birthday_is_the_day_of_the_only_greeting(office: Office) -> None:
    office.book(ILSE, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**ILSE, "birthday": "1980-05-19"})
    assert office.dispatch("2027-05-12 09:30") == {}
    assert office.messages() == [("birthday", "cancelled", "date_corrected")]
    office.walk("2027-05-19")
    assert office.dispatch("2027-05-19 09:30") == {"accepted": 1}
    told = office.why("K1", "birthday", "2027-05-19")
    assert (told["outcome"], told["message"]) == ("recorded", "accepted")
    assert [state for _, state, _ in office.messages("--touchpoint", "birthday")] == [
        *("cancelled", "accepted"),
    ]


def test_a_corrected_issue_date_takes_message_and_task_along(office: Office) -> None:
    row = {**ILSE, "issue_date": "2027-04-12", "birthday": ""}
    office.book(row, joined="2027-05-10")
    office.walk("2027-05-12")
    assert office.tasks("2027-05-12") == [("month_1", "2027-05-12")]
    office.book({**row, "issue_date": "2027-05-10"})
    assert office.dispatch("2027-05-12 09:30") == {}
    assert office.messages() == [("month_1", "cancelled", "date_corrected")]
    assert office.tasks("2027-05-12") == []
    office.walk("2027-06-10")
    assert office.messages("--touchpoint", "month_1") == [
        ("month_1", "cancelled", "date_corrected"),
        ("month_1", "queued", "due"),
    ]
    assert ("month_1", "2027-06-10") in office.tasks("2027-06-10")
    told = office.why("K1", "month_1", "2027-06-10")
    assert (told["outcome"], told["task"]) == ("recorded", "open")


def test_the_text_that_leaves_is_that_of_the_book_of_its_moment(office: Office) -> None:
    row = {**ILSE, "issue_date": "2024-06-11", "client_name": "Ilse Brand", "birthday": ""}
    row |= {"product": "Term Life", "agent_name": "Otto Klein", "agent_phone": "+12125550110"}
    bill = {"policy_no": "K1", "due_date": "2027-06-11", "amount": "1200.00", "paid_on": ""}
    office.book(row, joined="2027-05-10")
    office.book(bill, premiums=True)
    office.walk("2027-05-12")
    mended = {"client_name": "Ilse Brandt", "product": "Whole Life", "agent_name": "Otto Kleine"}
    office.book({**row, **mended, "agent_phone": "+12125550119"})
    office.book({**bill, "amount": "900.00"}, premiums=True)
    (waiting,) = office("messages", "--state", "queued", "--format", "csv").done().table()
    shown = office("messages", "show", waiting["id"], "--format", "json").done().document()
    assert office.dispatch("2027-05-12 09:30") == {"accepted": 1}
    (text,) = office.sent("2027-05-12")
    assert "Dear Ilse Brandt, CN¥900.00 for your Whole Life policy ..K1 is due on June 11" in text
    assert (shown["body"], shown["is_preview"]) == (text, True)
    kept = office("messages", "show", waiting["id"], "--format", "json").done().document()
    assert (kept["body"], kept["is_preview"]) == (text, False)


WAYS = [
    ("sms", {"channel": "email"}, "email", "ilse@mail.example"),
    ("email", {"channel": "sms"}, "sms", "+12125550101"),
    ("sms", {"phone": "+12125550177"}, "sms", "+12125550177"),
    ("email", {"email": "i.brandt@mail.example"}, "email", "i.brandt@mail.example"),
    ("", {"phone": ""}, "email", "ilse@mail.example"),
]


@pytest.mark.parametrize(("channel", "changed", "leaves_by", "address"), WAYS)
def test_a_message_leaves_by_the_channel_and_to_the_address_of_its_moment(
    office: Office, channel: str, changed: dict[str, str], leaves_by: str, address: str
) -> None:
    row = {**ILSE, "issue_date": "2027-04-12", "birthday": "", "email": "ilse@mail.example"}
    row["channel"] = channel
    office.book(row, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**row, **changed})
    assert office.dispatch("2027-05-12 09:30") == {"accepted": 1}
    other = "email" if leaves_by == "sms" else "sms"
    assert (len(office.sent("2027-05-12", leaves_by)), office.sent("2027-05-12", other)) == (1, [])
    told = office("messages", "show", 1, "--format", "json").done().document()
    assert (told["channel"], told["address"]) == (leaves_by, address)


def test_a_message_leaves_in_the_language_of_its_moment(office: Office) -> None:
    row = {**ILSE, "issue_date": "2027-04-12", "birthday": "", "language": "zh_CN"}
    office.book(row, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**row, "language": "en"})
    office.dispatch("2027-05-12 09:30")
    (text,) = office.sent("2027-05-12")
    assert "Dear Ilse Brandt" in text


def test_a_client_who_wants_nothing_by_now_is_not_written_to(office: Office) -> None:
    row = {**ILSE, "issue_date": "2027-04-12", "birthday": "", "channel": "sms"}
    office.book(row, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**row, "channel": "none"})
    assert office.dispatch("2027-05-12 09:30") == {"suppressed": 1}
    assert office.messages() == [("month_1", "suppressed", "client_wants_none")]


def test_a_text_that_was_mended_during_a_halt_leaves_mended(office: Office) -> None:
    words = office.home / "templates" / "messages" / "en" / "news.sms.txt"
    words.parent.mkdir(parents=True)
    text = "{{ company }}: Dear {{ salutation }}, our event is on 30 %s. Reply STOP to opt out."
    words.write_text(text % "April", "utf-8")
    row = {**ILSE, "issue_date": "2026-04-12", "birthday": "", "marketing_consent": "yes"}
    office.book(row, joined="2027-05-10")
    office.walk("2027-05-12")
    office("halt", "news", "--why", "names last month's event").done()
    assert office.dispatch("2027-05-12 09:30") == {"halted": 1}
    words.write_text(text % "May", "utf-8")
    office("resume", "news", "--why", "the text is mended").done()
    assert office.dispatch("2027-05-12 10:30") == {"accepted": 1}
    (left,) = office.sent("2027-05-12")
    assert left == "示例人寿: Dear Ilse Brandt, our event is on 30 May. Reply STOP to opt out."


# ----------------------------------------------------------------------------------- given back

BILL = {"policy_no": "K1", "due_date": "2027-05-01", "amount": "1200.00", "paid_on": ""}


def test_a_payment_that_bounces_brings_the_reminder_and_the_call_back(office: Office) -> None:
    office.book({**ILSE, "issue_date": "2025-05-01", "birthday": ""}, joined="2027-05-10")
    office.book(BILL, premiums=True)
    office.walk("2027-05-17")
    assert office.tasks("2027-05-17") == [("renewal", "2027-05-17")]
    office.book({**BILL, "paid_on": "2027-05-16"}, premiums=True)
    office.walk("2027-05-18")
    assert office.messages("--touchpoint", "renewal") == [("renewal", "cancelled", "premium_paid")]
    assert office.tasks("2027-05-18") == []
    office.book(BILL, premiums=True)
    office.walk("2027-05-20")
    assert office.dispatch("2027-05-20 10:00") == {"accepted": 1}
    (task,) = office("tasks", "list", "--on", "2027-05-20", "--format", "json").done().document()
    assert (task["touchpoint"], task["closes_on"]) == ("renewal", "2027-06-16")
    office.walk("2027-06-15")
    assert [state for _, state, _ in office.messages("--touchpoint", "renewal")] == [
        *("accepted", "queued"),
    ]
    card = office("card", "C1", "--format", "json").done().document()
    kinds = [line["kind"] for line in card["trail"]]
    assert kinds.index("premium.paid") < kinds.index("premium.changed") < kinds.index("task.open")
    (line,) = [each for each in card["trail"] if each["facts"].get("reason") == "revived"][:1]
    assert line["facts"]["was"] == "premium_paid"


MONTH_1 = {**ILSE, "issue_date": "2027-04-12", "birthday": "", "status": "in_force", "ended_on": ""}
NEWS = {**ILSE, "issue_date": "2026-04-12", "birthday": "", "marketing_consent": "yes"}
BY_EMAIL = {**MONTH_1, "channel": "email", "email": "ilse@mail.example"}

TAKEN_AND_GIVEN_BACK = [
    (MONTH_1, {"status": "suspended"}, "month_1", "cancelled", "policy_paused"),
    (MONTH_1, {"phone": ""}, "month_1", "suppressed", "no_phone"),
    (MONTH_1, {"channel": "none"}, "month_1", "suppressed", "client_wants_none"),
    (BY_EMAIL, {"email": "nowhere"}, "month_1", "suppressed", "no_email"),
    (NEWS, {"marketing_consent": "no"}, "news", "suppressed", "marketing_consent_withdrawn"),
    (MONTH_1, {"issue_date": "2027-05-12"}, "month_1", "cancelled", "date_corrected"),
]


@pytest.mark.parametrize(("row", "taken", "key", "state", "reason"), TAKEN_AND_GIVEN_BACK)
@pytest.mark.parametrize("days", [1, 7], ids=["the next day", "on the last day"])
def test_what_is_given_back_inside_its_window_leaves_once(
    office: Office,
    row: dict[str, str],
    taken: dict[str, str],
    key: str,
    state: str,
    reason: str,
    days: int,
) -> None:
    office.book({"channel": "", **row}, joined="2027-05-12")
    office.walk("2027-05-12")
    office.book({"channel": "", **row, **taken})
    office.dispatch("2027-05-12 09:30")
    assert office.messages("--touchpoint", key) == [(key, state, reason)]
    later = f"2027-05-{12 + days}"
    office.walk(later)
    office.book({"channel": "", **row})
    assert office.dispatch(f"{later} 10:00")["accepted"] == 1
    assert office.messages("--touchpoint", key) == [(key, "accepted", "accepted")]
    assert office.dispatch(f"{later} 11:00") == {}


@pytest.mark.parametrize(("row", "taken", "key", "state", "reason"), TAKEN_AND_GIVEN_BACK)
def test_what_is_given_back_after_its_window_stays_away(
    office: Office, row: dict[str, str], taken: dict[str, str], key: str, state: str, reason: str
) -> None:
    office.book({"channel": "", **row}, joined="2027-05-12")
    office.walk("2027-05-12")
    office.book({"channel": "", **row, **taken})
    office.dispatch("2027-05-12 09:30")
    office.walk("2027-05-20")
    office.book({"channel": "", **row})
    office.dispatch("2027-05-20 10:00")
    assert (key, state, reason) in office.messages("--touchpoint", key)
    assert (key, "accepted", "accepted") not in office.messages("--touchpoint", key)


def test_a_client_who_wants_messages_again_gets_what_still_waits_for_them(office: Office) -> None:
    office.book(MONTH_1, joined="2027-05-12")
    office("consent", "stop", "+12125550101").done()
    office.walk("2027-05-12")
    assert office.messages() == [("month_1", "suppressed", "opted_out")]
    office("consent", "allow", "+12125550101").done()
    assert office.dispatch("2027-05-13 10:00") == {"accepted": 1}


BIRTHDAYS = [
    ("1980-05-14", [("birthday", "accepted")], "its day is today: it leaves"),
    ("1980-05-13", [("birthday", "accepted")], "a day late, inside its window"),
    ("1980-05-10", [("birthday", "skipped")], "too late: recorded, never sent"),
    ("1980-05-20", [], "it is to come"),
]


@pytest.mark.parametrize(("birthday", "messages", "why"), BIRTHDAYS)
def test_a_birthday_corrected_into_a_day_that_was_walked(
    office: Office, birthday: str, messages: list[tuple[str, str]], why: str
) -> None:
    office.book({**ILSE, "birthday": "1980-09-12"}, joined="2027-05-01")
    office.walk("2027-05-14")
    office.book({**ILSE, "birthday": birthday})
    office.dispatch("2027-05-14 10:00")
    found = [(key, state) for key, state, _ in office.messages("--touchpoint", "birthday")]
    assert found == messages, why


def test_a_birthday_that_is_moved_there_and_back_is_greeted_once(office: Office) -> None:
    office.book(ILSE, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**ILSE, "birthday": "1980-05-19"})
    office.book(ILSE)
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}
    office.walk("2027-05-19")
    assert office.dispatch("2027-05-19 10:00") == {}


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
    assert office.tasks("2027-05-13") == []
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
