"""Policies that may be lost, and applications for reinstatement, from the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import call
from tests.cast import at

BOOK = """policy_no,issue_date,annual_premium,client_no,client_name,agent_no
P001,2024-03-20,6000,C001,林伟,A001
P002,2024-03-20,3000,C002,王芳,A001
"""
EN = {"SERVICING_SERVICING_LOCALE": "en"}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "book.csv").write_text(BOOK, "utf-8")
    call("init", cwd=tmp_path).done()
    call("book", "import", "book.csv", "--joined", "2026-09-01", cwd=tmp_path, now=at("2026-09-01"))
    return tmp_path


def said(office: Path, *words: object, on: str = "2026-09-10") -> Any:
    return call(*words, "--format", "json", cwd=office, now=at(on)).done().document()


def test_a_policy_at_risk_is_saved_or_lost_and_counted(office: Path) -> None:
    received = ("--received", "2026-09-02")
    for policy in ("P001", "P002"):
        told = said(office, "retention", "open", "--policy", policy, *received, "--text", "late")
        assert told["state"] == "at_risk"
    said(office, "retention", "step", "1", "contact", "--text", "called")
    said(office, "retention", "step", "1", "save", "--text", "pays on Friday")
    lost = ("--reason", "competitive", "--text", "has another policy")
    said(office, "retention", "step", "2", "lose", *lost)
    assert said(office, "retention", "list") == []
    (kept,) = said(office, "retention", "list", "--state", "saved")
    assert (kept["case"], kept["client_no"]) == (1, "C001")
    assert said(office, "retention", "report", "--from", "2026-09-01", "--to", "2026-09-30") == {
        **{"opened": 2, "open": 0, "saved": 1, "lost": 1, "unreachable": 0},
        **{"of_decided": 0.5, "of_all": 0.5, "lost_by_type": {"competitive": 1}},
        "otherwise": {},
    }


def test_a_loss_has_its_type_and_what_shows_it(office: Path) -> None:
    opening = ("--policy", "P001", "--received", "2026-09-02", "--text", "late")
    call("retention", "open", *opening, cwd=office, now=at("2026-09-10")).done()
    for words in (
        (),
        ("--text", "gone"),
        ("--reason", "natural"),
        ("--reason", "luck", "--text", "x"),
    ):
        step = call(
            "retention", "step", "1", "lose", *words, cwd=office, env=EN, now=at("2026-09-10")
        )
        assert step.refused()


def test_a_step_of_another_kind_is_not_taken_here(office: Path) -> None:
    opening = ("--policy", "P001", "--received", "2026-09-01", "--text", "again please")
    said(office, "cases", "open", "reinstatement", *opening)
    step = ("retention", "step", "1", "record", "--text", "called")
    assert "Reinstatement" in call(*step, cwd=office, env=EN, now=at("2026-09-10")).refused()


def test_nothing_runs_out_on_a_day_to_come(office: Path) -> None:
    opening = ("--policy", "P001", "--received", "2026-09-01", "--text", "again please")
    said(office, "cases", "open", "reinstatement", *opening)
    call("cases", "escalate", "--on", "2030-01-01", cwd=office, now=at("2026-09-10")).refused()
    assert said(office, "cases", "show", "1")["state"] == "asked"


def test_what_is_not_said_to_clients_is_told_of_a_step_too(office: Path) -> None:
    opening = ("--policy", "P001", "--received", "2026-09-02", "--text", "late")
    call("retention", "open", *opening, cwd=office, now=at("2026-09-10")).done()
    for group in ("cases", "retention"):
        words = (group, "step", "1", "record", "--text", "你怎么这么笨")
        assert "你怎么这么" in call(*words, cwd=office, env=EN, now=at("2026-09-10")).done().err


def test_the_account_in_a_terminal(office: Path) -> None:
    opening = ("--policy", "P001", "--received", "2026-09-02", "--text", "late")
    call("retention", "open", *opening, cwd=office, now=at("2026-09-10")).done()
    lost = ("--reason", "fault", "--text", "we were late")
    call("retention", "step", "1", "lose", *lost, cwd=office, now=at("2026-09-10")).done()
    words = ("retention", "report", "--from", "2026-09-01", "--to", "2026-09-30")
    told = [
        " ".join(line.split())
        for line in call(*words, cwd=office, env=EN, now=at("2026-09-11")).done().lines()
    ]
    assert told[2:] == ["1 0 0 1 0 0.0 % 0.0 %", "lost, our fault: 1"]


def test_other_ends_of_a_kind_of_ones_own_are_counted(office: Path) -> None:
    shipped = Path("policies/cases/retention.toml").read_text("utf-8")
    mended = shipped.replace('"saved"', '"kept"').replace('"unreachable"', '"moved_away"')
    (office / "cases").mkdir()
    (office / "cases" / "retention.toml").write_text(mended, "utf-8")
    opening = ("--policy", "P001", "--received", "2026-09-02", "--text", "late")
    call("retention", "open", *opening, cwd=office, now=at("2026-09-10")).done()
    said(office, "retention", "step", "1", "give_up", "--text", "lives abroad")
    report = ("retention", "report", "--from", "2026-09-01", "--to", "2026-09-30")
    told = said(office, *report)
    assert (told["opened"], told["open"], told["otherwise"]) == (1, 0, {"moved_away": 1})
    shown = call(*report, cwd=office, env=EN, now=at("2026-09-10")).done().lines()
    assert shown[-1] == "Not reached: 1"
    csv = call(*report, "--format", "csv", cwd=office, now=at("2026-09-10")).done().lines()
    assert csv[-1].endswith(",moved_away:1")


def test_a_silent_application_counts_as_accepted(office: Path) -> None:
    opening = ("--policy", "P001", "--received", "2026-09-01", "--text", "again please")
    made = said(office, "cases", "open", "reinstatement", *opening)
    assert (made["due"], made["state"]) == ("2026-10-01", "asked")
    assert said(office, "cases", "escalate", on="2026-10-01")["ran_out"] == 0
    assert said(office, "cases", "escalate", on="2026-10-02")["ran_out"] == 1
    assert said(office, "cases", "show", "1", on="2026-10-02")["state"] == "deemed_consent"
    paid = ("--date", "2026-10-20", "--on", "2026-10-20")
    assert said(office, "cases", "step", "1", "pay", *paid, on="2026-10-20")["state"] == "paid"


def test_two_years_after_the_suspension_the_company_may_rescind(tmp_path: Path) -> None:
    """Due 31 May 2026 with 60 days of grace: until 30 July, suspended from the 31st."""
    head = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,status"
    row = "P001,2024-05-31,6000,C001,林伟,A001"
    call("init", cwd=tmp_path).done()
    for status, on in (("in_force", "2026-05-01"), ("suspended", "2026-08-02")):
        (tmp_path / "book.csv").write_text(f"{head}\n{row},{status}\n", "utf-8")
        call("book", "import", "book.csv", "--joined", on, cwd=tmp_path, now=at(on)).done()
        ledger = "policy_no,due_date,amount,paid_on\nP001,2026-05-31,6000,\n"
        (tmp_path / "due.csv").write_text(ledger, "utf-8")
        call("book", "import", "due.csv", "--premiums", cwd=tmp_path, now=at(on)).done()
    (policy,) = said(tmp_path, "card", "C001")["policies"]
    assert (policy["suspended_on"], policy["rescindable_from"]) == ("2026-07-31", "2028-07-31")
    opening = ("--policy", "P001", "--received", "2026-09-01", "--text", "again please")
    said(tmp_path, "cases", "open", "reinstatement", *opening)
    case = said(tmp_path, "cases", "show", "1")
    assert (case["suspended_on"], case["rescindable_from"]) == ("2026-07-31", "2028-07-31")
    for words in (("cases", "show", "1"), ("card", "C001")):
        shown = call(*words, cwd=tmp_path, env=EN, now=at("2026-09-10")).done().out
        assert "rescind" in shown and "2028-07-31" in shown
    counted = said(tmp_path, "clock", "rescission", "--from", "2026-07-31")
    assert counted["due"] == "2028-07-31"


def test_a_payment_that_bounces_and_a_surrender_to_come_open_cases(office: Path) -> None:
    def ledger(paid: str, on: str) -> None:
        rows = f"policy_no,due_date,amount,paid_on\nP001,2026-09-05,500,{paid}\n"
        (office / "due.csv").write_text(rows, "utf-8")
        call("book", "import", "due.csv", "--premiums", cwd=office, now=at(on)).done()

    ledger("2026-09-05", "2026-09-06")
    ledger("", "2026-09-08")
    (office / "book.csv").write_text(
        "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,status,ended_on\n"
        "P002,2024-03-20,3000,C002,王芳,A001,surrendered,2026-10-01\n",
        "utf-8",
    )
    call("book", "import", "book.csv", "--joined", "2026-09-09", cwd=office, now=at("2026-09-09"))
    done = said(office, "retention", "signals")
    assert done == {"opened": 2, "noted": 0, "paid": 0, "passed_on": 0}
    sources = {each["policy_no"]: each["case"] for each in said(office, "retention", "list")}
    told = {no: said(office, "cases", "show", case) for no, case in sources.items()}
    assert {no: each["source"] for no, each in told.items()} == {
        **{"P001": "debit_failed", "P002": "surrender_asked"}
    }
    ledger("2026-09-11", "2026-09-11")
    assert said(office, "retention", "signals", on="2026-09-11")["paid"] == 1
    saved = said(office, "retention", "step", sources["P001"], "paid", on="2026-09-11")
    assert saved["state"] == "saved"
    again = ("retention", "open", "--policy", "P002", "--text", "again")
    assert "P002" in call(*again, cwd=office, env=EN, now=at("2026-09-11")).refused()


def test_of_120_suspended_policies_24_came_back(tmp_path: Path) -> None:
    def take_in(on: str, stands: Callable[[int], str]) -> None:
        head = (
            "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,status,suspended_on"
        )
        rows = [f"P{n:03},2024-03-20,100,C{n:03},林伟,A001,{stands(n)}" for n in range(1, 121)]
        (tmp_path / "book.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
        call("book", "import", "book.csv", "--joined", on, cwd=tmp_path, now=at(on)).done()

    call("init", cwd=tmp_path).done()
    take_in("2026-01-31", lambda n: f"suspended,2026-01-{n % 31 + 1:02}")
    take_in(
        "2026-03-01", lambda n: "in_force," if n % 5 == 0 else f"suspended,2026-01-{n % 31 + 1:02}"
    )
    january = ("reinstatement", "report", "--from", "2026-01-01", "--to", "2026-01-31")
    assert said(tmp_path, *january) == {"suspended": 120, "reinstated": 24, "ratio": 0.2}
    told = call(*january, cwd=tmp_path, env=EN, now=at("2026-09-10")).done().out
    assert told == "Suspended: 120, reinstated: 24 (20.0 %).\n"
