"""Call-backs on the command line: opened, attempted, answered, counted; each refusal is one sentence."""

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.acceptance.frontdoor import Answer
from tests.acceptance.office import ILSE, Office

NOW = datetime.datetime.fromisoformat("2026-12-21T21:00+08:00")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Ilse has three new contracts, whose receipts are signed on 3 December 2026."""
    made = Office(tmp_path / "home")
    made.now = NOW
    rows = [{**ILSE, "policy_no": f"K{n}", "delivered_on": "2026-12-03"} for n in (1, 2, 3)]
    made.book(*rows, joined="2026-12-01")
    return made


def opened(office: Office, *asked: object) -> Any:
    return office("callbacks", "open", *asked, "--format", "json").done().document()


def answer(office: Office, case: int, *said: object) -> Answer:
    return office("callbacks", "answer", case, *said, "--format", "json")


def answers(office: Office, **otherwise: str) -> Path:
    """A sheet that is filled in with yes, but for what is said."""
    text = office("callbacks", "sheet").done().out
    for line in text.splitlines():
        if line.endswith(' = ""') and not line.startswith("note"):
            name = line.partition(" ")[0]
            text = text.replace(line, f'{name} = "{otherwise.get(name, "yes")}"')
    path = office.home / "answers.toml"
    path.write_text(text, "utf-8")
    return path


def test_they_are_opened_once_and_are_cases_like_others(office: Office) -> None:
    assert opened(office) == {"opened": 3, "receipts": 3, "not_owed": 0}
    assert opened(office) == {"opened": 0, "receipts": 0, "not_owed": 0}
    asked = ("cases", "list", "--kind", "callback", "--on", "2026-12-05", "--format", "json")
    listed = office(*asked).done().document()
    found = [(each["policy_no"], each["state"], each["due_on"]) for each in listed]
    assert found == [(f"K{n}", "open", "2026-12-18") for n in (1, 2, 3)]
    told = office("cases", "show", 1).done().out
    assert "K1" in told and "2026-12-18" in told


def test_one_call_is_an_attempt_for_each_contract(office: Office) -> None:
    opened(office)
    told = answer(office, 1, "--attempt", "busy", "--at", "2026-12-04T10:00").done().document()
    assert (told["case"], told["state"], told["due"]) == (1, "attempting", "2026-12-18")
    assert [each["policy_no"] for each in told["cases"]] == ["K1", "K2", "K3"]
    shown = office("callbacks", "answer", 2, "--attempt", "no_answer", "--at", "2026-12-05T10:00")
    assert "no answer" in shown.done().out


def test_answers_end_it_and_a_problem_is_opened(office: Office) -> None:
    opened(office)
    file = answers(office, surrender="unclear")
    said = answer(office, 1, "--file", file, "--at", "2026-12-18T19:59").done()
    told = said.document()
    assert (told["state"], told["in_time"], told["problem"]) == ("done_problem", True, 4)
    assert "case 4" in said.err
    problem = office("cases", "show", 4, "--format", "json").done().document()
    assert (problem["kind"], problem["caused_by"]) == ("problem", 1)
    file.write_text(f"{file.read_text('utf-8')}\n[policies.K3]\n", "utf-8")
    late = answer(office, 2, "--file", file, "--at", "2026-12-19T10:00").done()
    assert [each["in_time"] for each in late.document()["cases"]] == [False, False]
    assert "not as in time" in late.err


def test_what_is_about_to_end_is_listed(office: Office) -> None:
    opened(office)
    assert office("callbacks", "due", "--on", "2026-12-12").done().out.strip()
    found = office("callbacks", "due", "--on", "2026-12-13", "--format", "json").done().document()
    assert [(each["policy_no"], each["level"]) for each in found] == [
        (f"K{n}", "days") for n in (1, 2, 3)
    ]
    assert "K3" in office("callbacks", "due").done().out


def test_the_rate_counts_them(office: Office) -> None:
    opened(office)
    answer(office, 1, "--file", answers(office), "--at", "2026-12-04T10:00").done()
    asked = ("callbacks", "rate", "--from", "2026-12-01", "--to", "2026-12-31")
    told = office(*asked, "--by", "agent", "--format", "json").done().document()
    assert sorted(told) == ["rows", "total"]
    assert [(each["key"], each["in_time"]) for each in told["rows"]] == [("A1", 1)]
    assert (told["total"]["owed"], told["total"]["never"]) == (3, 2)
    (row, total) = office(*asked, "--format", "csv").done().table()
    assert (row["issued"], total["issued"]) == ("3", "3")
    assert "33.3 %" in office(*asked).done().out
    office(*asked, "--out", office.home / "rate.xlsx").done()
    sheet = openpyxl.load_workbook(office.home / "rate.xlsx")["list"]
    (title, _, whole) = sheet.iter_rows(values_only=True)
    written = dict(zip(title, whole, strict=True))
    assert (written["owed"], written["not called"]) == (3, 2)


REFUSED = [
    (("--attempt", "busy", "--at", "2026-12-04T08:30"), "nobody is called at 08:30"),
    (("--attempt", "busy", "--at", "2026-12-04T11:30"), "called at 11:00"),
    (("--attempt", "busy", "--at", "2026-12-22T11:00"), "still to come"),
    (("--attempt", "busy", "--at", "2026-12-05T10:00", "--by", "A1"), "A1"),
    (("--file", "nowhere.toml"), "nowhere.toml"),
]


@pytest.mark.parametrize(("said", "told"), REFUSED)
def test_each_refusal_is_a_sentence(office: Office, said: tuple[str, ...], told: str) -> None:
    opened(office)
    answer(office, 1, "--attempt", "no_answer", "--at", "2026-12-04T11:00").done()
    assert told in answer(office, 1, *said).refused()
    assert "9" in answer(office, 9, "--attempt", "busy").refused()


def test_one_says_what_came_of_it(office: Office) -> None:
    opened(office)
    assert "--file" in answer(office, 1).refused(2)
    assert "--file" in answer(office, 1, "--attempt", "busy", "--file", "x.toml").refused(2)
    assert "hung_up" in answer(office, 1, "--attempt", "hung_up").refused(2)
    span = ("--from", "2026-12-31", "--to", "2026-12-01")
    assert "before it begins" in office("callbacks", "rate", *span).refused()


def test_the_company_asks_otherwise(office: Office) -> None:
    opened(office)
    asked = answers(office)
    own = office.home / "question_sets"
    own.mkdir()
    text = '[[question]]\nid = "well"\nask = { en = "Are you well?" }\n'
    (own / "callback.toml").write_text(text, "utf-8")
    assert "other" not in office("callbacks", "sheet").done().err
    assert "new sheet" in answer(office, 1, "--file", asked).refused()
    answer(office, 1, "--file", answers(office), "--at", "2026-12-04T10:00").done()
    (own / "callback.toml").write_text("[[question]]\nid = 'a b'\n", "utf-8")
    assert "callback.toml" in office("callbacks", "sheet").refused()


def test_other_hours_and_other_terms_are_settings(office: Office) -> None:
    toml = office.home / "servicing.toml"
    text = toml.read_text("utf-8").replace(
        "[servicing]\n", '[servicing]\nproduct_free_look_days = { "" = 20 }\n'
    )
    toml.write_text(f"{text}\n[callbacks]\ncall_from = 20\ncall_until = 20\n", "utf-8")
    assert "callbacks.call_until" in office("callbacks", "open").refused()
    toml.write_text(f"{text}\n[callbacks]\ncall_from = 8\ncall_until = 21\n", "utf-8")
    opened(office)
    told = answer(office, 1, "--attempt", "busy", "--at", "2026-12-04T20:30").done().document()
    assert told["due"] == "2026-12-23"


def test_whom_no_call_has_reached_is_written_a_letter(office: Office) -> None:
    opened(office)
    asked = ("callbacks", "letters", "--format", "json")
    assert office(*asked).done().document() == []
    for at in ("2026-12-04T10:00", "2026-12-04T13:00", "2026-12-05T10:00"):
        answer(office, 1, "--attempt", "no_answer", "--at", at).done()
    (told,) = office(*asked).done().document()
    assert (told["case"], told["policies"]) == (1, ["K1", "K2", "K3"])
    assert "K3" in (office.home / "outbox" / told["file"]).read_text("utf-8")
    assert "0 letters written." in office("callbacks", "letters").done().out
    shown = office("cases", "show", 2, "--format", "json").done().document()
    assert shown["entries"][-1]["step"] == "letter"


RECEIPTS = [("2026-12-21", "2027-01-05"), ("2026-12-15", "2026-12-30")]


@pytest.mark.parametrize(("delivered_on", "due"), RECEIPTS)
def test_a_delivery_that_is_recorded_falls_due_at_once_until_a_book_says_otherwise(
    tmp_path: Path, delivered_on: str, due: str
) -> None:
    office = Office(tmp_path / "home")
    office.now = NOW
    row = {**ILSE, "policy_no": "K1", "issue_date": "2026-12-14"}
    office.book(row, joined="2026-12-14")
    office("walk", "--on", "2026-12-21").done()
    opened(office)
    listed = office("tasks", "list", "--on", "2026-12-31", "--format", "json").done().document()
    task = next(each["id"] for each in listed if each["touchpoint"] == "delivery")
    office("tasks", "done", task, "--delivered-on", delivered_on).done()
    assert due_of(office) == ("open", due)
    office.book({**row, "delivered_on": "2026-12-16"})
    opened(office)
    assert due_of(office) == ("open", "2026-12-31")


def due_of(office: Office) -> tuple[str, str]:
    shown = office("cases", "show", 1, "--format", "json").done().document()
    return shown["state"], shown["due"]


def test_a_client_is_sent_a_link_once_a_day(office: Office) -> None:
    """In the free look, which ends on 18 December."""
    office.now = datetime.datetime.fromisoformat("2026-12-10T10:00+08:00")
    opened(office)
    with (office.home / "servicing.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[web]\npublic_url = "https://service.example.com"\n')
    sent = office("callbacks", "link", 1, "--format", "json").done().document()
    assert (sent["case"], sent["state"], sent["until"]) == (1, "sent", "2026-12-18")
    assert "day" in office("callbacks", "link", 1).refused()
