"""What the book corrects after the morning holds for everything that has not left yet."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.frontdoor import call
from tests.acceptance.office import ILSE, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


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


# ------------------------------------------------------------------------ policies that change hands

OLDER = {**ILSE, "policy_no": "K0", "client_no": "C2", "issue_date": "2026-05-15"}
"""A policy of the same person under another number."""


def test_what_is_open_of_a_policy_goes_along_to_its_new_holder(office: Office) -> None:
    office.book(MONTH_1, joined="2027-05-12")
    office.walk("2027-05-12")
    stranger = {"client_no": "C9", "client_name": "Nora Vogt", "phone": "+12125550109"}
    office.book({**MONTH_1, **stranger})
    (task,) = office("tasks", "list", "--on", "2027-05-12", "--format", "json").done().document()
    assert (task["client_no"], task["touchpoint"]) == ("C9", "month_1")
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}
    (text,) = office.sent("2027-05-12")
    assert "Dear Nora Vogt" in text
    for client_no in ("C1", "C9"):
        card = office("card", client_no, "--format", "json").done().document()
        told = [line["facts"] for line in card["trail"] if line["kind"] == "touchpoint.changed"]
        assert [each["reason"] for each in told] == ["moved_on"]


def test_a_slip_of_one_night_takes_nothing_away(office: Office) -> None:
    office.book(MONTH_1, joined="2027-05-12")
    office.walk("2027-05-12")
    office.book({**MONTH_1, "client_no": "C9", "client_name": "Nora Vogt", "phone": ""})
    office.book(MONTH_1)
    assert office.tasks("2027-05-12") == [("month_1", "2027-05-12")]
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}


def test_two_numbers_that_become_one_are_greeted_once(office: Office) -> None:
    office.book(ILSE, OLDER, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**ILSE, "client_no": "C2"}, OLDER)
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}


HAD = [
    ({}, 0, "the same person"),
    ({"birthday": "1980-05-13"}, 0, "a birthday that was mended, too: name and phone agree"),
    ({"client_name": "Nora Vogt", "phone": "+12125550109"}, 1, "somebody else born on that day"),
]


@pytest.mark.parametrize(("other", "greetings", "why"), HAD)
def test_what_a_number_has_had_counts_for_the_number_that_it_became(
    office: Office, other: dict[str, str], greetings: int, why: str
) -> None:
    office.book(ILSE, joined="2027-05-10")
    office.walk("2027-05-12")
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}
    office.book({**ILSE, "client_no": "C9", "birthday": "1980-05-13", **other})
    office.walk("2027-05-13")
    assert len(office.sent("2027-05-12")) == 1
    assert office.dispatch("2027-05-13 10:00").get("accepted", 0) == greetings, why


def test_a_stop_of_marketing_follows_the_person_to_another_number(office: Office) -> None:
    office.book(NEWS, joined="2027-05-01")
    office("consent", "stop", "C1").done()
    office.book({**NEWS, "client_no": "C9"})
    office.walk("2027-05-12")
    assert office.messages("--touchpoint", "news") == [
        ("news", "suppressed", "marketing_opted_out"),
    ]


# --------------------------------------------------------- why, with what it was before


def chain(office: Office, policy_no: str, touchpoint: str, on: str, locale: str) -> str:
    """The sentences of "why" in a language."""
    speaks = {"SERVICING_SERVICING_LOCALE": locale}
    asked = ("why", policy_no, touchpoint, "--on", on, "--format", "json")
    home = ("--home", office.home)
    told = call(*home, *asked, cwd=office.home.parent, env=speaks, now=office.now).done()
    return "\n".join(link["sentence"] for link in told.document()["chain"])


def corrected(office: Office) -> None:
    office.book(ILSE, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**ILSE, "birthday": "1980-05-19"})
    office.walk("2027-05-19")
    office.dispatch("2027-05-19 09:30")


def revived(office: Office) -> None:
    office.book({**ILSE, "issue_date": "2026-05-01", "birthday": ""}, joined="2027-05-10")
    bill = {"policy_no": "K1", "due_date": "2027-05-01", "amount": "1200.00", "paid_on": ""}
    office.book(bill, premiums=True)
    office.walk("2027-05-17")
    office.book({**bill, "paid_on": "2027-05-16"}, premiums=True)
    office.walk("2027-05-18")
    office.book(bill, premiums=True)
    office.dispatch("2027-05-18 10:00")


def moved(office: Office) -> None:
    office.book(ILSE, OLDER, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**ILSE, "client_no": "C2"}, OLDER)
    office.dispatch("2027-05-12 10:00")


def renumbered(office: Office) -> None:
    office.book(ILSE, joined="2027-05-10")
    office.walk("2027-05-12")
    office.dispatch("2027-05-12 10:00")
    office.book({**ILSE, "client_no": "C9", "birthday": "1980-05-13"})
    office.walk("2027-05-13")


BEFORE = [
    (corrected, "birthday", "2027-05-12", "It was counted from 1980-05-12; the book has 1980-05-19 now."),
    (corrected, "birthday", "2027-05-12", "原以 1980-05-12 推算；现档案为 1980-05-19。"),
    (corrected, "birthday", "2027-05-19", "first recorded for 2027-05-12, counted from 1980-05-12,"),
    (corrected, "birthday", "2027-05-19", "此前以 1980-05-12 推算，记录在 2027-05-12"),
    (revived, "renewal", "2027-05-16", "cancelled, the premium has been paid."),
    (revived, "renewal", "2027-05-16", "queued, the book has given it back."),
    (revived, "renewal", "2027-05-16", "已取消，保费已缴。"),
    (revived, "renewal", "2027-05-16", "待发，档案已恢复该服务。"),
    (moved, "birthday", "2027-05-12", "It was recorded for client C1; the policy belongs to C2 now."),
    (moved, "birthday", "2027-05-12", "原记录在客户 C1 名下；保单现属客户 C2。"),
    (renumbered, "birthday", "2027-05-13", "for client C1, who is the same person as C9"),
    (renumbered, "birthday", "2027-05-13", "原记录在客户 C1 名下，与 C9 为同一人"),
]  # fmt: skip


@pytest.mark.parametrize(("happens", "touchpoint", "on", "sentence"), BEFORE)
def test_why_tells_what_it_was_before(
    office: Office, happens: Callable[[Office], None], touchpoint: str, on: str, sentence: str
) -> None:
    happens(office)
    locale = "en" if sentence.isascii() else "zh_CN"
    assert sentence in chain(office, "K1", touchpoint, on, locale)


def test_why_tells_by_which_policy_it_was_carried_before(office: Office) -> None:
    office.book(ILSE, {**OLDER, "client_no": "C1"}, joined="2027-05-10")
    office.walk("2027-05-12")
    ended = {"status": "surrendered", "ended_on": "2027-05-12"}
    stays = {"status": "in_force", "ended_on": ""}
    office.book({**ILSE, **stays}, {**OLDER, "client_no": "C1", **ended})
    office.dispatch("2027-05-12 10:00")
    said = chain(office, "K1", "birthday", "2027-05-12", "en")
    assert "The policy K0 carried it first; K1 has carried it on." in said


def test_the_card_and_the_life_of_a_message_name_the_date_that_fell(office: Office) -> None:
    office.book(ILSE, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**ILSE, "birthday": "1980-05-19"})
    office.dispatch("2027-05-12 09:30")
    trail = office("card", "C1", "--format", "json").done().document()["trail"]
    (fallen,) = [each["facts"] for each in trail if each["kind"] == "message.cancelled"]
    assert fallen == {"reason": "date_corrected", "counted_from": "1980-05-12"}
    shown = office("messages", "show", "1").done().out
    assert "counted from 1980-05-12" in shown
