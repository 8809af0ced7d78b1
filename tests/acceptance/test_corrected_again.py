"""One correction after another: what the second finds is what the first has left of the book."""

from pathlib import Path

import pytest

from tests.acceptance.office import ILSE, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


MONTH_1 = {**ILSE, "issue_date": "2027-04-12", "birthday": "", "status": "in_force", "ended_on": ""}


def test_a_date_that_is_corrected_during_a_suspension_gives_its_touchpoint_free(
    office: Office,
) -> None:
    office.book(MONTH_1, joined="2027-05-10")
    office.walk("2027-05-12")
    suspended = {**MONTH_1, "status": "suspended"}
    office.book(suspended)
    assert office.messages() == [("month_1", "cancelled", "policy_paused")]
    office.book({**suspended, "issue_date": "2027-04-20"})
    office.book({**MONTH_1, "issue_date": "2027-04-20"}, joined="2027-05-12")
    office.walk("2027-05-20")
    assert office.messages() == [
        *(("month_1", "cancelled", "policy_paused"), ("month_1", "queued", "due")),
    ]
    assert office.tasks("2027-05-20") == [("month_1", "2027-05-20")]


def test_a_corrected_date_opens_a_task_whose_working_day_is_recent_enough(office: Office) -> None:
    office.book({**MONTH_1, "issue_date": "2027-03-01"}, joined="2027-05-10")
    office.walk("2027-06-15")
    assert office.tasks("2027-06-15") == []
    office.book({**MONTH_1, "issue_date": "2027-04-15"})  # its month is over on Saturday 15 May
    assert office.messages() == [("month_1", "skipped", "late")]
    assert office.tasks("2027-06-15") == [("month_1", "2027-05-17")]


def test_a_corrected_time_zone_moves_the_window_of_what_waits(office: Office) -> None:
    row = {**MONTH_1, "timezone": "America/Los_Angeles"}
    office.book(row, joined="2027-05-10")
    office.walk("2027-05-12")
    office.book({**row, "timezone": "Asia/Shanghai"})
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}


def test_what_a_halt_holds_is_in_time_by_the_corrected_time_zone(office: Office) -> None:
    row = {**MONTH_1, "timezone": "Pacific/Auckland"}
    office.book(row, joined="2027-05-10")
    office("halt", "month_1", "--why", "to be mended").done()
    office.walk("2027-05-12")
    office.book({**row, "timezone": "America/Los_Angeles"})
    assert office.dispatch("2027-05-20 09:00") == {
        "halted": 1
    }  # 18:00 of the last day in Los Angeles
    assert [state for _, state, _ in office.messages()] == ["queued"]
    assert office.dispatch("2027-05-20 11:00") == {"skipped": 1}


def test_the_right_day_of_a_policy_that_has_ended_is_carried_by_the_next(office: Office) -> None:
    visited = {**MONTH_1, "issue_date": "2025-11-01"}
    next_one = {**MONTH_1, "policy_no": "K2", "issue_date": "2027-05-03"}
    office.book(visited, next_one, joined="2027-05-03")
    office.walk("2027-05-20")
    ended = {**visited, "status": "matured", "ended_on": "2027-05-20"}
    office.book(ended)
    office.book({**ended, "issue_date": "2025-11-10"})
    assert office.tasks("2027-05-20") == [("delivery", "2027-05-06"), ("visit", "2027-05-10")]


def test_a_date_that_comes_back_takes_its_touchpoint_again_also_if_nothing_may_leave(
    office: Office,
) -> None:
    row = {**MONTH_1, "channel": "none"}
    office.book(row, joined="2027-05-10")
    office.walk("2027-05-12")
    for day in ("2027-04-13", "2027-04-12"):
        office.book({**row, "issue_date": day})
    assert office.messages() == [("month_1", "suppressed", "client_wants_none")]


def test_a_payment_that_bounces_after_a_sale_reminds_the_new_holder(office: Office) -> None:
    row = {**ILSE, "issue_date": "2025-05-01", "birthday": ""}
    bill = {"policy_no": "K1", "due_date": "2027-05-01", "amount": "1200.00", "paid_on": ""}
    office.book(row, joined="2027-05-10")
    office.book(bill, premiums=True)
    office.walk("2027-05-17")
    office.book({**bill, "paid_on": "2026-05-01"}, premiums=True)
    assert office.messages() == [("renewal", "cancelled", "premium_paid")]
    buyer = {"client_no": "C9", "client_name": "Nora Vogt", "phone": "+12125550109"}
    office.book({**row, **buyer})
    office.book(bill, premiums=True)
    assert office.dispatch("2027-05-17 10:00") == {"accepted": 1}
    (text,) = office.sent("2027-05-17")
    assert "Nora Vogt" in text
    (task,) = office("tasks", "list", "--on", "2027-05-17", "--format", "json").done().document()
    assert (task["client_no"], task["touchpoint"]) == ("C9", "renewal")


def test_a_client_who_has_a_policy_again_is_given_back_what_another_one_carried(
    office: Office,
) -> None:
    own = {**ILSE, "status": "in_force", "issue_date": "2026-01-01"}
    bought = {**own, "policy_no": "K2", "client_no": "C2", "client_name": "Nora Vogt"}
    office.book(own, {**bought, "birthday": ""}, joined="2026-05-10")
    office.walk("2027-05-12")
    office.book({**own, "status": "surrendered"}, joined="2026-05-10")
    assert ("birthday", "cancelled", "policy_ended") in office.messages("--touchpoint", "birthday")
    office.book({**own, "policy_no": "K2"})
    assert ("birthday", "queued", "revived") in office.messages("--touchpoint", "birthday")


def test_service_that_is_given_back_takes_no_room_from_marketing(office: Office) -> None:
    row = {**ILSE, "issue_date": "2026-04-12", "marketing_consent": "yes"}
    office.book(row, joined="2027-05-10")
    office.walk("2027-05-12")
    office("client", "deceased", "C1", "--on", "2026-05-01").done()
    office("client", "alive", "C1").done()
    assert {key for key, *_ in office.messages("--state", "queued")} == {"birthday", "news"}
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 2}


def test_a_task_whose_client_has_had_the_message_of_a_corrected_day_comes_back(
    office: Office,
) -> None:
    office.book(MONTH_1, joined="2027-05-10")
    office.walk("2027-05-12")
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}
    suspended = {**MONTH_1, "status": "suspended", "issue_date": "2027-04-11"}
    office.book({**suspended, "issue_date": "2027-04-12"})
    office.book(suspended)
    assert office.tasks("2027-05-12") == []
    office.book({**suspended, "status": "in_force"}, joined="2027-05-12")
    assert office.tasks("2027-05-12") == [("month_1", "2027-05-12")]


def test_who_is_alive_under_the_new_number_has_not_died_again_by_the_old_one(
    office: Office,
) -> None:
    office.book(MONTH_1, joined="2027-05-10")
    office("client", "deceased", "C1", "--on", "2026-05-01").done()
    office.book({**MONTH_1, "client_no": "C9"})
    office("client", "alive", "C9").done()
    office("consent", "stop", "+12125550101").done()
    office("consent", "allow", "+12125550101").done()
    card = office("card", "C9", "--format", "json").done().document()
    assert card["deceased_on"] is None


def test_what_a_number_has_had_goes_to_a_number_that_is_still_in_use(office: Office) -> None:
    other = {**ILSE, "policy_no": "K2"}
    office.book(ILSE, other, joined="2027-05-10")
    office.walk("2027-05-12")
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}
    stranger = {"client_name": "Nora Vogt", "phone": "", "birthday": ""}
    office.book({**other, "client_no": "C8"})  # a number of a few minutes
    office.book({**other, "client_no": "C7", **stranger})
    office.book({**ILSE, "client_no": "C9"})
    office.walk("2027-05-13")
    assert office.dispatch("2027-05-13 10:00") == {}


def visits(office: Office, on: str = "2027-05-12") -> list[tuple[str, str, str]]:
    """The visits on the lists of a day, each with its client and the policy that carries it."""
    listed = office("tasks", "list", "--on", on, "--format", "json").done().document()
    return [
        (each["client_no"], each["policy_no"], each["touchpoint"])
        for each in listed
        if each["touchpoint"] == "visit"
    ]


def test_a_date_that_is_corrected_after_a_sale_gives_free_what_the_seller_has_not_had(
    office: Office,
) -> None:
    sold = {**MONTH_1, "issue_date": "2025-11-12"}
    kept = {**sold, "policy_no": "K2", "issue_date": "2025-11-20"}
    office.book(sold, kept, joined="2027-05-12")
    office.walk("2027-05-12")
    (visit,) = office("tasks", "list", "--on", "2027-05-12", "--format", "json").done().document()
    office("tasks", "skip", visit["id"], "--note", "the date is wrong").done()
    buyer = {"client_no": "C9", "client_name": "Nora Vogt", "phone": "+12125550109"}
    office.book({**sold, **buyer})
    office.book({**sold, **buyer, "issue_date": "2025-11-13"})
    office.walk("2027-05-20")
    assert ("C1", "K2", "visit") in visits(office, "2027-05-20")


def test_a_date_that_comes_back_after_a_sale_gives_the_seller_the_visit_again(
    office: Office,
) -> None:
    sold = {**MONTH_1, "issue_date": "2025-11-12"}
    kept = {**sold, "policy_no": "K2", "issue_date": "2025-12-20"}
    office.book(sold, kept, joined="2027-05-12")
    office.walk("2027-05-12")
    office.book({**sold, "status": "suspended"})
    visit = ("C1", "K2", "visit")
    assert visits(office) == [visit], "another policy carries it on"
    bought = {**sold, "client_no": "C9", "client_name": "Nora Vogt", "phone": "+12125550109"}
    office.book(bought)
    assert visit in visits(office)
    office.book({**bought, "issue_date": "2025-11-13"})
    assert visit not in visits(office)
    office.book(bought)
    assert visit in visits(office)
