"""A person hands clients over from the command line."""

import datetime
import json
from pathlib import Path

import pytest

from tests.acceptance.frontdoor import DAY, call

FROM = ("handover", "--from", "A00001")


def shares(office: Path, *args: str) -> list[dict]:
    return call(*args, "--format", "json", cwd=office).done().document()["shares"]


def test_what_was_shown_is_done_and_the_card_says_who_and_why(office: Path) -> None:
    shown = shares(office, *FROM, "--rule", "balanced")
    assert sum(each["policies"] for each in shown) > 10
    assert shares(office, *FROM, "--rule", "balanced") == shown, "nothing was done yet"
    done = ("--apply", "--why", "调任内勤", "--by", "王主管")
    assert shares(office, *FROM, "--rule", "balanced", *done) == shown
    assert shares(office, *FROM, "--rule", "balanced") == []
    untold = call("orphans", "--format", "json", cwd=office).done().document()
    assert {each["agent_no"] for each in untold} == {each["agent_no"] for each in shown}
    card = call("card", untold[0]["client_no"], "--format", "json", cwd=office).done().document()
    (line,) = [each for each in card["trail"] if each["kind"] == "agent.changed"][:1]
    told = {"agent_no": ["A00001", untold[0]["agent_no"]], "why": "调任内勤", "by": "王主管"}
    assert line["facts"] == {**told, "handed_on": str(DAY)}
    read = call("card", untold[0]["client_no"], cwd=office).done().out
    assert "调任内勤" in read and "王主管" in read


def test_the_tasks_of_the_day_are_the_new_agents(office: Path) -> None:
    def numbers(agent_no: str) -> set[int]:
        listed = ("tasks", "list", "--agent", agent_no, "--on", str(DAY), "--format", "json")
        return {each["id"] for each in call(*listed, cwd=office).done().document()}

    old, new = numbers("A00001"), numbers("A00002")
    assert old
    call(*FROM, "--to", "A00002", "--apply", "--why", "退休", "--by", "运营", cwd=office).done()
    assert (numbers("A00001"), numbers("A00002")) == (set(), old | new)


def test_an_agent_who_has_left_leaves_orphans_until_they_are_handed_over(office: Path) -> None:
    call("agents", "left", "A00001", "--on", DAY, cwd=office).done()
    (line,) = call("orphans", "--format", "json", cwd=office).done().document()
    assert (line["what"], line["agent_no"], line["days"]) == ("no_agent", "A00001", 0)
    told = call(*FROM, "--to", "A00001", cwd=office).refused()
    assert "A00001 cannot take over from A00001" in told
    call(*FROM, "--to", "A00002", "--apply", "--why", "离职", "--by", "运营", cwd=office).done()
    left = call("orphans", "--format", "json", cwd=office).done().document()
    assert {each["what"] for each in left} == {"not_told"}
    assert (
        "agents back A00001"
        in call("handover", "--from", "A00002", "--to", "A00001", cwd=office).refused()
    )
    call("agents", "back", "A00001", cwd=office).done()
    call("handover", "--from", "A00002", "--to", "A00001", cwd=office).done()


DAYS = [
    # the book's time zone, a moment, the day that it is there
    ("Asia/Shanghai", "2026-05-11T15:59:59+00:00", "2026-05-11"),
    ("Asia/Shanghai", "2026-05-11T16:00:00+00:00", "2026-05-12"),
    ("America/New_York", "2026-05-12T03:59:59+00:00", "2026-05-11"),
    ("America/New_York", "2026-05-12T04:00:00+00:00", "2026-05-12"),
]


@pytest.mark.parametrize(("zone", "moment", "day"), DAYS)
def test_an_agent_of_whom_no_day_is_said_has_left_today_by_the_clock_of_the_book(
    zone: str, moment: str, day: str, office: Path
) -> None:
    now = datetime.datetime.fromisoformat(moment)
    how = {"cwd": office, "env": {"SERVICING_SERVICING_TIMEZONE": zone}, "now": now}
    assert call("agents", "left", "A00001", **how).done().out == f"agent A00001: left on {day}\n"
    (line,) = call("orphans", "--format", "json", **how).done().document()
    assert (line["since"], line["days"]) == (day, 0)


@pytest.fixture
def two_currencies(tmp_path: Path) -> Path:
    """A001 serves policies in CNY, USD and, of one that has ended, EUR; A000 is there to take over."""
    rows = [
        "policy_no,issue_date,client_no,client_name,agent_no,annual_premium,currency,status,ended_on",
        "P001,2025-08-31,C001,林伟,A001,12000,CNY,in_force,",
        "P002,2025-08-31,C001,林伟,A001,500.25,USD,in_force,",
        "P003,2025-08-31,C001,林伟,A001,3000.50,CNY,in_force,",
        "P004,2025-08-31,C001,林伟,A001,700,EUR,surrendered,2026-01-31",
        "P900,2025-08-31,C900,周明,A000,9000,CNY,in_force,",
    ]
    (tmp_path / "book.csv").write_text("\n".join([*rows, ""]), "utf-8")
    call("init", cwd=tmp_path).done()
    call("book", "import", "book.csv", "--joined", DAY, cwd=tmp_path).done()
    return tmp_path


def test_amounts_of_two_currencies_are_shown_beside_each_other_and_never_added(
    two_currencies: Path,
) -> None:
    handover = ("handover", "--from", "A001", "--to", "A000")
    (share,) = shares(two_currencies, *handover)
    assert share["annual_premium"] is None
    assert share["by_currency"] == {"CNY": "15000.50", "USD": "500.25"}
    (row,) = call(*handover, "--format", "csv", cwd=two_currencies).done().table()
    assert row["annual_premium"] == ""
    assert json.loads(row["by_currency"]) == share["by_currency"]
    english = {"COLUMNS": "120", "SERVICING_SERVICING_LOCALE": "en"}
    table = call(*handover, cwd=two_currencies, env=english).done().out
    assert "15,000.50 CNY + 500.25 USD" in table
    assert "15,500.75" not in table


def test_one_currency_is_one_amount(two_currencies: Path) -> None:
    """The policy in another one has ended, and counts no more."""
    (share,) = shares(two_currencies, "handover", "--from", "A000", "--to", "A001")
    assert (share["annual_premium"], share["by_currency"]) == ("9000.00", {"CNY": "9000.00"})
    table = call("handover", "--from", "A000", "--to", "A001", cwd=two_currencies).done().out
    assert "9,000 CNY" in table and "+" not in table


USAGE: list[tuple[tuple[str, ...], str]] = [
    (("--from", "A00001"), "say to whom"),
    (("--from", "A00001", "--to", "A00002", "--rule", "balanced"), "say to whom"),
    (("--to", "A00002"), "say from whom"),
    (("--file", "h.csv", "--left", "2026-05-11"), "say from whom"),
    (("--file", "h.csv", "--from", "A00001", "--client", "C000001"), "--client says nothing"),
    (("--from", "A00001", "--to", "A00002", "--apply"), "say why"),
    (("--from", "A00001", "--to", "A00002", "--apply", "--why", " "), "say why"),
]


@pytest.mark.parametrize(("args", "sentence"), USAGE)
def test_what_is_left_open_is_asked_for(args: tuple[str, ...], sentence: str, office: Path) -> None:
    assert sentence in call("handover", *args, cwd=office).refused(code=2)


def test_a_bad_file_is_told_in_one_sentence(office: Path) -> None:
    lines = "".join(f"P777{number},A00002\n" for number in range(7))
    (office / "h.csv").write_text(f"policy_no,agent_no\n{lines}", "utf-8")
    told = call("handover", "--file", "h.csv", cwd=office).refused()
    assert "line 2, policy_no 'P7770': no policy of this number is in the book" in told
    assert "and 2 more" in told
