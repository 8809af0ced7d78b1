"""A complaint on the command line, from receipt to end; what stands against a step is one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.frontdoor import Answer, call


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
    step(office, case, "follow_up", "--date", "2026-06-10").done()
    ended = step(office, case, "close", "--format", "json").done().document()
    assert ended == {"case": case, "due": None, "state": "closed"}
    told = call("cases", "show", case, "--format", "json", cwd=office).done().document()
    assert [each["step"] for each in told["entries"]] == [
        *("opened", "apology", "accept", "investigate", "offer", "decide", "inform"),
        *("follow_up", "close"),
    ]
    assert "never reopened" in step(office, case, "accept", "--text", "again").refused()
    assert not call("cases", "list", "--format", "json", cwd=office).done().document()


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
    assert told == {"days": 0, "last_days": 0, "working_day": 0, "over": 1}
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
    from policies import case_kind

    text = (case_kind.SHIPPED / "complaint.toml").read_text("utf-8")
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
