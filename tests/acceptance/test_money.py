"""What asks for money, until when, and what a text may promise: the same answer everywhere."""

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.office import ILSE, Office

HOSPITAL, LIFE = "Hospital", "Whole Life"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


def ilse(**known: object) -> dict[str, object]:
    return {**ILSE, "birthday": "", **known}


def nora(**known: object) -> dict[str, object]:
    hers = {"policy_no": "K2", "client_no": "C2", "client_name": "Nora Vogt"}
    return ilse(**hers, phone="+12125550102", annual_premium=900, **known)


def bill(policy_no: str, due_date: str, amount: str, paid_on: str = "") -> dict[str, object]:
    return {"policy_no": policy_no, "due_date": due_date, "amount": amount, "paid_on": paid_on}


def at_risk(office: Office, on: str) -> list[dict[str, Any]]:
    args = ("atrisk", "--as-of", on, "--list", "--definition", "paid", "--format", "json")
    found: list[dict[str, Any]] = office(*args).done().document()["policies"]
    return found


def reminders(office: Office, policy_no: str, since: str) -> list[dict[str, Any]]:
    """The premium reminders of a policy's timeline."""
    args = ("book", "timeline", policy_no, "--from", since, "--to", "2027-12-31")
    lines = office(*args, "--format", "json").done().document()
    return [each for each in lines if each["touchpoint"] == "renewal"]


# ------------------------------------------------------------------------------ what asks for money


def test_a_policy_that_is_paid_up_is_not_asked_for_money(office: Office) -> None:
    row = {"issue_date": "2017-05-12"}
    office.book(
        ilse(**row, status="paid_up", premium_term_years=10),
        nora(**row, status="in_force", premium_term_years=20),
        joined="2027-05-10",
    )
    office.book(
        bill("K1", "2027-05-12", "1200.00"), bill("K2", "2027-05-12", "900.00"), premiums=True
    )
    for day in ("2027-05-12", "2027-05-27"):
        office.walk(day)
        office.dispatch(f"{day} 10:00")
        (text,) = office.sent(day)
        assert "CN¥900.00" in text
    tasks = office("tasks", "list", "--on", "2027-05-27", "--format", "csv").done().table()
    calls = [each["client_no"] for each in tasks if each["touchpoint"] == "renewal"]
    assert calls == ["C2"]
    assert reminders(office, "K1", "2027-01-01") == []
    assert office.why("K1", "renewal", "2027-05-12")["outcome"] == "owes_no_premium"
    (card,) = office("card", "C1", "--format", "json").done().document()["policies"]
    assert card["paid_to"] is None


def test_a_policy_that_is_paid_up_by_now_is_asked_for_nothing_that_waits(office: Office) -> None:
    row = ilse(issue_date="2017-05-12", status="in_force")
    office.book(row, joined="2027-05-10")
    office.book(bill("K1", "2027-05-12", "1200.00"), premiums=True)
    office.walk("2027-05-27")
    office.book({**row, "status": "paid_up"})
    assert office.dispatch("2027-05-27 10:00") == {}
    assert ("renewal", "cancelled", "owes_no_premium") in office.messages("--touchpoint", "renewal")
    assert [key for key, _ in office.tasks("2027-05-27") if key == "renewal"] == []


def test_an_instalment_of_0_is_not_dunned(office: Office) -> None:
    office.book(ilse(issue_date="2026-04-27"), joined="2027-05-10")
    office.book(bill("K1", "2027-04-27", "0.00"), premiums=True)
    office.walk("2027-05-12")
    assert office.dispatch("2027-05-12 10:00") == {}
    assert office.messages("--touchpoint", "renewal") == []
    assert office.tasks("2027-05-12") == []
    assert office.why("K1", "renewal", "2027-05-12")["outcome"] == "nothing_due"
    assert at_risk(office, "2027-05-12") == []
    args = ("atrisk", "--as-of", "2027-05-12", "--definition", "paid", "--format", "json")
    (row,) = office(*args).done().document()["rows"]
    assert (row["to_collect"], row["ratio"], row["ratio_if_nothing"]) == (0.0, 1.0, 1.0)


def test_an_instalment_that_is_of_0_by_now_asks_for_nothing_until_it_has_an_amount(
    office: Office,
) -> None:
    office.book(ilse(issue_date="2026-05-19"), joined="2027-05-10")
    office.book(bill("K1", "2027-05-19", "1200.00"), premiums=True)
    office.walk("2027-05-12")
    office.book(bill("K1", "2027-05-19", "0.00"), premiums=True)
    assert office.dispatch("2027-05-12 10:00") == {}
    assert office.messages("--touchpoint", "renewal") == [("renewal", "cancelled", "nothing_due")]
    office.book(bill("K1", "2027-05-19", "900.00"), premiums=True)
    assert office.dispatch("2027-05-12 11:00") == {"accepted": 1}
    (text,) = office.sent("2027-05-12")
    assert "CN¥900.00" in text


# ----------------------------------------------------------------------------------- until when


@pytest.fixture
def by_product(office: Office) -> Office:
    file = office.home / "servicing.toml"
    line = f'grace_days = 60\nproduct_grace_days = {{ "{HOSPITAL}" = 30 }}'
    file.write_text(file.read_text("utf-8").replace("grace_days = 60", line, 1), "utf-8")
    row = {"issue_date": "2026-05-01"}
    office.book(ilse(**row, product=HOSPITAL), nora(**row, product=LIFE), joined="2027-05-10")
    office.book(
        bill("K1", "2027-05-01", "1200.00"), bill("K2", "2027-05-01", "900.00"), premiums=True
    )
    office.walk("2027-05-16")
    return office


ENDS = {"K1": "2027-05-31", "K2": "2027-06-30"}


def test_the_end_of_grace_is_the_same_wherever_it_is_told(by_product: Office) -> None:
    assert by_product.dispatch("2027-05-16 10:00")["accepted"] == 2
    first, second = by_product.sent("2027-05-16")
    assert "until May 31, 2027" in first
    assert "until June 30, 2027" in second
    told = {each["policy_no"]: each["grace_until"] for each in at_risk(by_product, "2027-05-16")}
    assert told == ENDS
    for policy_no, until in ENDS.items():
        lines = reminders(by_product, policy_no, "2027-05-01")
        assert {each["grace_until"] for each in lines} == {until}
        client_no = f"C{policy_no[1:]}"
        (policy,) = by_product("card", client_no, "--format", "json").done().document()["policies"]
        on_card = [each for each in policy["timeline"] if each["touchpoint"] == "renewal"]
        assert {each["grace_until"] for each in on_card} == {until}
        chain = by_product.why(policy_no, "renewal", "2027-05-16")["chain"]
        (link,) = [each for each in chain if each["code"] == "in_grace_until"]
        assert link["facts"]["until"] == until
    table = by_product("book", "timeline", "K1", "--to", "2027-12-31").done().out
    assert "2027-05-31" in table


def test_no_reminder_says_that_a_grace_that_is_over_goes_on(by_product: Office) -> None:
    by_product.walk("2027-06-15")  # 45 days after the due date: K1's grace of 30 days is over
    by_product.dispatch("2027-06-15 10:00")
    first, second = by_product.sent("2027-06-15")
    assert "Grace period" not in first and "CN¥1,200.00" in first
    assert "Grace period: until June 30, 2027" in second


def test_a_suspended_policy_is_reminded_without_a_promise(office: Office) -> None:
    office.book(ilse(issue_date="2026-05-12", status="suspended"), joined="2027-05-10")
    office.book(bill("K1", "2027-05-12", "1200.00"), premiums=True)
    office.walk("2027-05-12")
    assert office.dispatch("2027-05-12 10:00") == {"accepted": 1}
    (text,) = office.sent("2027-05-12")
    assert "CN¥1,200.00" in text and "is due May 12, 2027" in text
    assert "cover" not in text and "Grace" not in text


def test_a_policy_that_is_suspended_in_the_morning_is_promised_nothing_at_noon(
    office: Office,
) -> None:
    row = ilse(issue_date="2026-05-12", status="in_force")
    office.book(row, joined="2027-05-10")
    office.book(bill("K1", "2027-05-12", "1200.00"), premiums=True)
    office.walk("2027-05-12")
    office.book({**row, "status": "suspended"})
    office.dispatch("2027-05-12 12:00")
    (text,) = office.sent("2027-05-12")
    assert "cover" not in text


# -------------------------------------------------------------------------- more than the instalment


def test_more_than_a_years_premium_is_shown_and_makes_no_figure_better(office: Office) -> None:
    row = {"issue_date": "2026-04-10"}
    office.book(ilse(**row, annual_premium=1000), nora(**row), joined="2027-05-10")
    office.book(
        bill("K1", "2027-04-10", "2500.00", "2027-04-10"),
        bill("K2", "2027-04-10", "900.00"),
        premiums=True,
    )
    args = ("persistency", "--as-of", "2027-06-30", "--definition", "paid", "--format", "json")
    total = office(*args).done().document()["total"]
    assert total["ratio"] == pytest.approx(1000 / 1900)
    listed = office(*args, "--list").done().document()
    shown = {each["policy_no"]: each for each in listed["policies"]}
    assert (shown["K1"]["premium_persisting"], shown["K1"]["surplus"]) == (1000.0, 1500.0)
    assert shown["K2"]["surplus"] == 0.0
