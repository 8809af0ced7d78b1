"""A complaint on the command line, from receipt to end; what stands against a step is one sentence."""

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.acceptance.frontdoor import Answer, call
from tests.homes import rows as rows_of


def opened(home: Path, *said: object, received: str = "2026-04-27", client: str = "C000001") -> Any:
    whose = ("--client", client) if client else ()
    asked = ("cases", "open", "complaint", *whose, "--received", received, *said)
    return call(*asked, "--text", "no answer", "--format", "json", cwd=home).done().document()


def step(home: Path, case: int, name: str, *said: object) -> Answer:
    return call("cases", "step", case, name, *said, cwd=home)


DUE = [
    ("2026-02-09", "2026-02-24", "2026-03-11", "2026-04-10"),
    ("2026-03-02", "2026-03-17", "2026-04-01", "2026-05-01"),
]


@pytest.mark.parametrize(("received", "simple", "complex_", "special"), DUE)
def test_opening_one_says_when_it_is_due(
    office: Path, received: str, simple: str, complex_: str, special: str
) -> None:
    for number, (category, due) in enumerate(
        (("simple", simple), ("complex", complex_), ("special", special)), 1
    ):
        answer = opened(office, "--category", category, received=received, client="")
        assert answer == {"case": number, "due": due, "state": "received"}


def test_one_is_told_from_receipt_to_end(office: Path) -> None:
    case = opened(office, "--policy", policy_of(office))["case"]
    for name in ("apology", "accepted", "investigate", "offer", "decide", "inform"):
        step(office, case, name, "--text", "as it was said", "--on", "2026-05-04").done()
    refused = step(office, case, "close", "--text", "settled").refused()
    assert "follow_up" in refused
    past = step(office, case, "follow_up", "--date", "2026-05-03").refused()
    assert "2026-05-03 is past" in past
    step(office, case, "follow_up", "--date", "2026-06-10").done()
    ended = step(office, case, "close", "--format", "json").done().document()
    assert ended == {"case": case, "due": None, "state": "closed"}
    told = call("cases", "show", case, "--format", "json", cwd=office).done().document()
    assert [each["step"] for each in told["entries"]] == [
        *("opened", "apology", "accept", "investigate", "offer", "decide", "inform"),
        *("follow_up", "close"),
    ]
    assert "never reopened" in step(office, case, "accept", "--text", "again").refused()
    (follow_up,) = call("cases", "list", "--format", "json", cwd=office).done().document()
    assert (follow_up["kind"], follow_up["due_on"]) == ("follow_up", "2026-06-10")


def policy_of(office: Path) -> str:
    card = call("card", "C000001", "--format", "json", cwd=office).done().document()
    return str(card["policies"][0]["policy_no"])


def test_the_next_steps_and_their_needs_are_told(office: Path) -> None:
    case = opened(office)["case"]
    told = call("cases", "show", case, "--format", "json", cwd=office).done().document()
    refuse = next(each for each in told["next"] if each["step"] == "refuse")
    assert refuse["needs"] == ["reason", "text"]
    assert "out_of_scope" in refuse["reasons"]
    shown = call("cases", "show", case, cwd=office).done().out
    assert "accept" in shown and "2026-05-12" in shown


def test_a_list_is_narrowed(office: Path) -> None:
    late, soon = (
        opened(office, received="2026-04-27")["case"],
        opened(office, received="2026-03-02"),
    )
    call("user", "desks", "nobody", "complaint", cwd=office).refused()

    def listed(*asked: str) -> list[int]:
        answer = call("cases", "list", *asked, "--format", "json", cwd=office).done()
        return [each["case"] for each in answer.document()]

    assert listed() == [soon["case"], late]
    assert listed("--limit", "1") == listed("--overdue") == [soon["case"]]
    assert listed("--overdue", "--on", "2026-05-13") == [soon["case"], late]
    assert listed("--owner", "complaint", "--kind", "complaint") == [soon["case"], late]
    assert listed("--state", "closed") == []
    assert "C000001" in call("cases", "list", cwd=office).done().out


def test_what_is_over_goes_up_and_says_so_once(office: Path) -> None:
    case = opened(office, received="2026-03-02")["case"]
    told = call("cases", "escalate", "--format", "json", cwd=office).done().document()
    assert told == {"days": 0, "last_days": 0, "working_day": 0, "over": 1, "ran_out": 0}
    again = call("cases", "escalate", cwd=office).done().out
    assert "over: 0." in again
    found = call("cases", "show", case, "--format", "json", cwd=office).done().document()
    assert found["escalation"] == "over"
    assert [each["step"] for each in found["entries"]] == ["opened", "escalated"]
    shown = call("cases", "show", case, cwd=office).done().out
    assert "Went up by itself" in shown and "its time is over" in shown
    assert (
        not call("cases", "list", "--escalated-to", "x", "--format", "json", cwd=office)
        .done()
        .document()
    )


REFUSED = [
    (("open", "quarrel"), "quarrel"),
    (("open", "callback"), "callback"),
    (("open", "complaint", "--category", "rude"), "rude"),
    (("open", "complaint", "--about", "A999999"), "A999999"),
]


@pytest.mark.parametrize(("asked", "told"), REFUSED)
def test_what_cannot_be_is_refused_in_a_sentence(
    office: Path, asked: tuple[str, ...], told: str
) -> None:
    said = ("--received", "2026-05-04", "--text", "x")
    assert told in call("cases", *asked, *said, cwd=office).refused()
    assert "99" in step(office, 99, "accept", "--text", "x").refused()


def test_a_kind_of_the_workspace_comes_first_and_its_mistake_has_a_line(office: Path) -> None:
    from policies import case_file

    text = (case_file.SHIPPED / "complaint.toml").read_text("utf-8")
    own = office / "cases" / "complaint.toml"
    own.parent.mkdir()
    own.write_text(text.replace('to = "closed"', 'to = "closd"', 1), "utf-8")
    line = text.splitlines().index('id = "close"') + 1
    refused = call(
        *("cases", "open", "complaint", "--received", "2026-05-04", "--text", "x"), cwd=office
    ).refused()
    assert "closd" in refused and str(line) in refused
    own.write_text(text.replace("complaint_simple", "complaint_special"), "utf-8")
    assert opened(office, received="2026-03-02")["due"] == "2026-05-01"


def test_what_comes_again_is_told_beside_the_answer(office: Path) -> None:
    first = opened(office, "--category", "service_attitude")["case"]
    said = ("--received", "2026-05-04", "--category", "service_attitude", "--text", "x")
    asked = ("cases", "open", "complaint", "--client", "C000001", *said, "--format", "json")
    again = call(*asked, cwd=office).done()
    assert json.loads(again.out)["case"] == first + 1
    assert str(first) in again.err


def test_the_week_and_the_month_by_the_figures_of_the_manual(office: Path) -> None:
    for day, count in (("2026-03-02", 12), ("2026-03-09", 20)):
        for _ in range(count):
            opened(office, received=day, client="")
    for case in range(1, 18):
        step(office, case, "withdraw", "--text", "settled", "--on", "2026-03-13").done()

    def report(which: str, on: str, *said: object) -> Any:
        asked = ("cases", "report", which, "--on", on, *said, "--format", "json")
        return call(*asked, cwd=office).done().document()

    week = report("weekly", "2026-03-15")
    counts = ("open_at_start", "received", "closed", "open_at_end")
    assert [week[name] for name in counts] == [12, 20, 17, 15]
    month = report("monthly", "2026-03-31", "--premium", 2_400_000_000, "--policies", 360_000)
    assert list(month) == [
        *("received", "judged", "in_time", "in_time_ratio", "repeats", "upgraded"),
        *("per_yi", "per_wan"),
    ]
    assert (month["received"], month["judged"], month["in_time"]) == (32, 32, 17)
    assert report("monthly", "2026-03-20")["judged"] == 12
    shown = call("cases", "report", "monthly", "--on", "2026-03-31", cwd=office).done().out
    assert "53.1 %" in shown


def test_the_week_has_enquiries_causes_and_proposals_beside_it(office: Path) -> None:
    said = ("--received", "2026-03-09", "--text", "how do I pay?", "--format", "json")
    for name, text in (("answer", "told him"), ("complain", "nobody has answered for weeks")):
        number = call("cases", "open", "enquiry", *said, cwd=office).done().document()["case"]
        step(office, number, name, "--text", text, "--on", "2026-03-10").done()
    became = call("cases", "list", "--kind", "complaint", "--format", "json", cwd=office)
    number = became.done().document()[0]["case"]
    for name, category in (("accept", "claims"), ("investigate", "cause_terms")):
        told = ("--text", "so", "--category", category, "--on", "2026-03-11")
        step(office, number, name, *told).done()
    wrong = ("--text", "so", "--category", "simple", "--on", "2026-03-11")
    assert "'simple'" in step(office, number, "offer", *wrong).refused()
    right = ("--text", "so", "--category", "propose_refund", "--on", "2026-03-11")
    step(office, number, "offer", *right).done()
    asked = ("cases", "report", "weekly", "--on", "2026-03-15")
    week = call(*asked, "--format", "json", cwd=office).done().document()
    assert week["enquiries"] == {
        **{"open_at_start": 0, "received": 2, "closed": 2, "open_at_end": 0},
        "became_complaints": 1,
    }
    assert week["by_category"] == {"cause_terms": 1, "claims": 1, "propose_refund": 1}
    assert week["by_facet"]["cause"] == {"cause_terms": 1}
    shown = " ".join(call(*asked, cwd=office).done().out.split())
    for told in ("Cause: Terms and rules 1", "Proposal: A refund 1", "became a complaint 1"):
        assert told in shown


def test_an_enquiry_becomes_a_complaint_with_its_own_words_or_with_others(office: Path) -> None:
    said = ("--received", "2026-03-09", "--text", "why is the premium higher?", "--format", "json")
    for text in ("", "nobody tells me why"):
        number = call("cases", "open", "enquiry", *said, cwd=office).done().document()["case"]
        others = ("--text", text) if text else ()
        told = ("--on", "2026-03-10", "--format", "json")
        became = step(office, number, "complain", *others, *told).done()
        shown = call("cases", "show", became.document()["opened"], "--format", "json", cwd=office)
        complaint = shown.done().document()
        assert (complaint["kind"], complaint["caused_by"]) == ("complaint", number)
        assert complaint["entries"][0]["text"] == (text or "why is the premium higher?")


def test_a_login_opens_what_its_desks_and_its_role_let_it_open(office: Path) -> None:
    added = ("user", "add", "wang", "--role", "operations", "--password-stdin")
    call(*added, cwd=office, typed="four odd words here").done()
    said = ("--received", "2026-03-09", "--text", "three are overdue")
    asked = ("cases", "open", "improvement", *said)
    told = call(*asked, "--by", "wang", cwd=office).refused()
    assert "not for wang to open, but for: quality, manager" in " ".join(told.split())
    told = call("cases", "open", "follow_up", *said, "--by", "wang", cwd=office).refused()
    assert "nobody opens a case of kind 'follow_up' by hand" in " ".join(told.split())
    call("user", "desks", "wang", "quality", cwd=office).done()
    call(*asked, "--by", "wang", cwd=office).done()
    call("user", "disable", "wang", cwd=office).done()
    for args in (asked, ("cases", "step", 1, "accept", "--text", "ours")):
        told = call(*args, "--by", "wang", cwd=office).refused()
        assert "wang may not log in any more" in " ".join(told.split())


DAYS = [(16, "normal"), (17, "abnormal")]


@pytest.mark.parametrize(("faulty", "verdict"), DAYS)
def test_the_day_by_the_figures_of_the_manual(office: Path, faulty: int, verdict: str) -> None:
    """400 complaints of a day after 400 of another one, of which 8 came again."""
    columns = (
        "kind, received_on, recorded_at, source, channel, categories, about_login, persons,"
        " spokesmen, desk, owner, state, is_open, is_quiet, moved_on, moves, repeat_of"
    )
    rows = [
        f"('complaint', '{day}', '{day} 01:00:00', '', '', '', '', 1, 1, 'complaint', '',"
        f" 'received', TRUE, FALSE, '{day}', 1, {1 if number < again else 'NULL'})"
        for day, again in (("2026-04-20", 8), ("2026-05-04", faulty))
        for number in range(400)
    ]
    rows_of(office, f"INSERT INTO case_file ({columns}) VALUES {', '.join(rows)} RETURNING id")
    asked = ("cases", "report", "daily", "--on", "2026-05-04")
    found = call(*asked, "--format", "json", cwd=office).done().document()
    assert list(found) == ["on", "rows"]
    line = next(each for each in found["rows"] if each["what"] == "complaint_repeat")
    assert (line["faulty"], line["of"], line["expected"]) == (faulty, 400, 0.02)
    assert (f"{line['limit']:.1%}", line["verdict"]) == ("4.1%", verdict)
    shown = call(*asked, cwd=office).done().out
    assert "4.1 %" in shown and "2.0 %" in shown
    unanswered = "complaints that came again: nobody has said the cause yet"
    assert (unanswered in " ".join(shown.split())) == (verdict == "abnormal")


def test_what_is_abnormal_has_a_cause_a_measure_an_owner_and_a_day(office: Path) -> None:
    said = ("--source", "overdue", "--received", "2026-05-04", "--text", "three are overdue")
    case = call("cases", "open", "improvement", *said, "--format", "json", cwd=office)
    number = case.done().document()["case"]
    step(office, number, "cause", "--text", "two are on leave").done()
    step(office, number, "measure", "--text", "the team of the desk stands in").done()
    asked = ("cases", "report", "daily", "--on", "2026-05-04", "--format", "json")
    found = call(*asked, cwd=office).done().document()["rows"]
    line = next(each for each in found if each["what"] == "overdue")
    assert line["case"] == number
    assert (line["cause"], line["measure"]) == (
        "two are on leave",
        "the team of the desk stands in",
    )
    assert (line["owner"], line["due"]) == ("quality", "2026-05-19")


def test_who_is_complained_of(office: Path) -> None:
    policy = policy_of(office)
    opened(office, "--policy", policy, "--about", agent_of(office))
    opened(office)
    asked = ("cases", "report", "complained-of", "--on", "2026-04-30")
    found = call(*asked, "--by", "agent", "--format", "json", cwd=office).done().document()
    assert list(found) == ["since", "until", "by", "rows", "total"]
    complained = {each["key"]: each["complaints"] for each in found["rows"] if each["complaints"]}
    assert complained == {agent_of(office): 1, "": 1}
    assert found["total"]["complaints"] == 2
    said = (*asked, "--policies", 360_000, "--format", "json")
    total = call(*said, cwd=office).done().document()["total"]
    assert (total["policies"], f"{total['per_wan']:.2f}") == (360_000, "0.06")
    assert "about nobody" in call(*asked, cwd=office).done().out
    lines = call(*asked, "--format", "csv", cwd=office).done().out.splitlines()
    assert lines[0] == "key,name,complaints,policies,per_wan,expected,limit,verdict"


def agent_of(office: Path) -> str:
    card = call("card", "C000001", "--format", "json", cwd=office).done().document()
    return str(card["policies"][0]["agent_no"])


def register(office: Path, name: str, *said: object) -> Answer:
    span = ("--from", "2026-04-01", "--to", "2026-05-31")
    return call("cases", "register", *said, *span, "--out", name, cwd=office)


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


def test_the_register_is_a_file_for_a_spreadsheet(office: Path) -> None:
    case = opened(office, "--policy", policy_of(office), "--category", "claims")["case"]
    assert "1 complaint" in register(office, "register.csv").done().out
    title, line = cells(office / "register.csv")
    told = dict(zip(title, line, strict=True))
    assert (told["number"], told["received"], told["function"]) == (
        str(case),
        "2026-04-27",
        "Claims",
    )
    register(office, "register.xlsx", "--country", "US").done()
    sheet = openpyxl.load_workbook(office / "register.xlsx")["list"]
    (heading, first) = sheet.iter_rows(values_only=True)
    assert heading == (
        *("number", "client number", "policy number", "line of business", "function", "reason"),
        *("disposition", "received", "closed", "source"),
    )
    assert first[7] == datetime.datetime(2026, 4, 27)


def test_what_was_decided_is_no_formula_in_a_register(office: Path) -> None:
    opened(office)
    for name in ("accept", "investigate", "offer"):
        step(office, 1, name, "--text", "so").done()
    step(office, 1, "decide", "--text", "=HYPERLINK(A1)").done()
    for name in ("register.csv", "register.xlsx"):
        register(office, name).done()
    (title, line) = cells(office / "register.csv")
    assert dict(zip(title, line, strict=True))["decision"] == "'=HYPERLINK(A1)"
    sheet = openpyxl.load_workbook(office / "register.xlsx")["list"]
    decided = [each for each in sheet[2] if each.value == "=HYPERLINK(A1)"]
    assert [each.data_type for each in decided] == ["s"]


WRONG = [
    ("register.txt", (), ".csv or .xlsx", 1),
    ("register.csv", ("--country", "FR"), "'FR'", 2),
]


@pytest.mark.parametrize(("name", "said", "sentence", "code"), WRONG)
def test_a_register_of_no_file_and_of_no_country_is_refused(
    office: Path, name: str, said: tuple[str, ...], sentence: str, code: int
) -> None:
    answer = register(office, name, *said)
    assert (answer.code, sentence in answer.err) == (code, True)
    assert not (office / name).exists()


@pytest.mark.parametrize("which", ["weekly", "monthly", "daily", "complained-of"])
def test_each_report_is_a_workbook_as_well(office: Path, which: str) -> None:
    opened(office, "--category", "claims")
    asked = ("cases", "report", which, "--on", "2026-04-30")
    call(*asked, "--out", "report.csv", cwd=office).done()
    call(*asked, "--out", "report.xlsx", cwd=office).done()
    sheet = openpyxl.load_workbook(office / "report.xlsx")["list"]
    rows = list(sheet.iter_rows(values_only=True))
    written = cells(office / "report.csv")
    assert len(rows) == len(written) > 1
    assert list(rows[0]) == written[0]
    assert [str(row[0]) for row in rows] == [row[0] for row in written]
    assert "gif" in call(*asked, "--out", "report.gif", cwd=office).refused()


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_the_number_of_what_a_step_has_opened_is_told(office: Path, locale: str) -> None:
    asked = ("--client", "C000001", "--received", "2026-05-04", "--text", "premium in cash")
    for number in (1, 3):
        made = call("cases", "open", "problem", *asked, "--format", "json", cwd=office)
        assert made.done().document()["case"] == number
        said = ("--text", "she wants it in writing", "--on", "2026-05-05")
        if number == 1:
            told = step(office, number, "complain", *said, "--format", "json").done().document()
            assert told == {"case": 1, "due": None, "state": "complaint", "opened": 2}
        else:
            env = {"SERVICING_SERVICING_LOCALE": locale}
            answer = call("cases", "step", 3, "complain", *said, cwd=office, env=env).done()
            sentence = {"en": "Case 4 was opened: Complaint.", "zh_CN": "已立事项 4：投诉。"}
            assert sentence[locale] in answer.out
