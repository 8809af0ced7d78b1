"""Service in points, from the command line: the worked figure, and what makes it nothing."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies import assessment
from policies.persistency import periods
from servicing.operations import workspace
from tests import cast
from tests.acceptance.frontdoor import Answer, call
from tests.homes import close
from tests.servicing import worked_card
from tests.servicing.case_reports.filed import ended, file
from tests.servicing.worked_card import NOW


@contextlib.contextmanager
def opened(home: Path) -> Iterator[None]:
    space = workspace.at(home, {})
    space.open()
    try:
        yield
    finally:
        close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The worked card: Chen Yan (A001) has a hundred clients; Sun Li (A900) serves one of another."""
    call("init", cwd=tmp_path, now=NOW).done()
    with opened(tmp_path):
        worked_card.live()
    return tmp_path


def asked(home: Path, *words: str) -> dict[str, Any]:
    said = ("assessment", "--by", "agent", "--period", "2026-06", *words, "--format", "json")
    document: dict[str, Any] = call(*said, cwd=home, now=NOW).done().document()
    return document


def chen_yan(home: Path) -> dict[str, Any]:
    return next(each for each in asked(home)["rows"] if each["key"] == "A001")


def test_the_worked_figure_comes_out_of_a_book(home: Path) -> None:
    found = chen_yan(home)
    assert {each["id"]: (each["value"], each["points"]) for each in found["lines"]} == {
        "persistency": (0.902, 40.0),
        "referrals": (2, 13.33),
        "add_on": (0.09, 13.5),
        "coverage": (0.96, 14.4),
        "complaints": (0, 10.0),
    }
    assert (found["points"], found["possible"], found["shut"]) == (91.23, 100, [])


def squeezed(answer: Answer) -> str:
    return " ".join(answer.done().out.split())


COMPLAINTS = [
    ("one of the month", {"received": "2026-06-02"}, 81.23, []),
    ("one of the month before", {"received": "2026-05-31"}, 91.23, []),
    ("about nobody", {"received": "2026-06-02", "about": None}, 91.23, []),
]
ENDS = [
    ("closed", "", 81.23, []),
    ("refused", "", 91.23, []),
    ("forwarded", "", 91.23, []),
    ("withdrawn", "", 91.23, []),
    ("closed", "service_manners cause_mis_selling", 0, ["mis_selling"]),
    ("withdrawn", "cause_mis_selling", 91.23, []),
]


@pytest.mark.parametrize(
    ("which", "said", "points", "shut"), COMPLAINTS, ids=lambda each: str(each)
)
def test_a_complaint_costs_ten_points(
    home: Path, which: str, said: dict[str, Any], points: float, shut: list[str]
) -> None:
    with opened(home):
        file(**{"about": cast.agent("A001"), **said})
    found = chen_yan(home)
    assert (found["points"], found["shut"]) == (points, shut), which


@pytest.mark.parametrize(("state", "categories", "points", "shut"), ENDS)
def test_what_was_refused_costs_nothing_and_what_was_proven_costs_all(
    home: Path, state: str, categories: str, points: float, shut: list[str]
) -> None:
    with opened(home):
        about = {"about": cast.agent("A001"), "categories": categories}
        ended("2026-06-20", state, "complaint", **about)
    found = chen_yan(home)
    assert (found["points"], found["shut"]) == (points, shut)
    branch = call("assessment", "--period", "2026-06", "--format", "csv", cwd=home, now=NOW)
    told = [row for row in branch.done().table() if row["factor"] == "sum"]
    assert all(float(row["points"]) > 0 and not row["shut"] for row in told), "units keep theirs"


def test_what_comes_after_the_day_is_not_known_on_it(home: Path) -> None:
    with opened(home):
        about = {"about": cast.agent("A001"), "categories": "cause_mis_selling"}
        ended("2026-06-20", "closed", "complaint", **about)
        file(
            received="2026-06-02", state="withdrawn", is_open=False, ended_on=cast.day("2026-06-15")
        )
        file(received="2026-06-11", about=cast.agent("A001"))
    for day, shut, lost in (("2026-06-10", [], 0), ("2026-06-19", [], 1), ("2026-06-20", True, 2)):
        rows = asked(home, "--as-of", day)["rows"]
        found = next(each for each in rows if each["key"] == "A001")
        assert bool(found["shut"]) == bool(shut), day
        (complaints,) = (each for each in found["lines"] if each["id"] == "complaints")
        assert complaints["value"] == lost, day


def test_a_cause_is_found_out_and_not_said_at_the_beginning(home: Path) -> None:
    words = ("cases", "open", "complaint", "--about", "A001", "--received", "2026-06-02")
    told = call(
        *words, "--category", "cause_mis_selling", "--text", "x", cwd=home, now=NOW
    ).refused()
    assert "cause_mis_selling" in told


def test_a_gate_that_no_complaint_can_shut_is_refused(home: Path) -> None:
    own = home / "assessments" / "standard.toml"
    own.parent.mkdir()
    shipped = (assessment.SHIPPED / "standard.toml").read_text("utf-8")
    own.write_text(shipped.replace("cause_mis_selling", "cause_misselling"), "utf-8")
    assert "cause_misselling" in call("assessment", cwd=home, now=NOW).refused()


def test_a_terminal_says_what_made_it_nothing(home: Path) -> None:
    with opened(home):
        categories = "cause_mis_selling"
        ended("2026-06-20", "closed", "complaint", about=cast.agent("A001"), categories=categories)
    words = ("assessment", "--by", "agent", "--period", "2026-06")
    told = squeezed(call(*words, cwd=home, now=NOW, env={"SERVICING_SERVICING_LOCALE": "en"}))
    assert (
        "Persistency 40, Referrals 20, Add-on rate 15, Service coverage 15, Complaints 10" in told
    )
    assert "A proven mis-selling" in told
    told = squeezed(call(*words, cwd=home, now=NOW, env={"SERVICING_SERVICING_LOCALE": "zh_CN"}))
    assert "经查实的销售误导" in told and "满分" in told


def test_the_company_s_own_weights_count_and_what_nothing_measures_is_refused(home: Path) -> None:
    own = home / "assessments" / "standard.toml"
    own.parent.mkdir()
    one = '[[factor]]\nid = "{}"\ntitle = {{ en = "One" }}\nweight = 100\ntarget = 1\n'
    own.write_text(one.format("coverage"))
    assert chen_yan(home)["points"] == 96
    own.write_text(one.format("smiles"))
    told = call("assessment", cwd=home, now=NOW).refused()
    assert "smiles" in told and "persistency, referrals, add_on, coverage, complaints" in told


@pytest.mark.parametrize("by", ["branch", "team", "agent"])
def test_it_says_of_each_unit_what_the_scorecard_says(home: Path, by: str) -> None:
    period = str(periods.parse("2026-06"))
    words = ("--by", by, "--period", period, "--format", "json")
    cards = call("scorecard", *words, cwd=home, now=NOW).done().document()
    points = call("assessment", *words, cwd=home, now=NOW).done().document()
    assert [each["key"] for each in points["rows"]] == [each["key"] for each in cards["rows"]]
    for one, card in zip(
        [*points["rows"], points["total"]], [*cards["rows"], cards["total"]], strict=True
    ):
        values = {each["id"]: each["value"] for each in one["lines"]}
        now = card["now"]
        for name in ("persistency", "add_on", "coverage"):
            assert values[name] == now[name], (card["key"], name)
        assert values["referrals"] == pytest.approx(now["referrals"] / card["agents"])


LISTED = [
    ("persistency", 100),
    ("referrals", 2),
    ("add_on", 9),
    ("coverage", 25),
    ("complaints", 1),
]


@pytest.mark.parametrize(("factor", "count"), LISTED)
def test_a_list_has_what_a_factor_rests_on(home: Path, factor: str, count: int) -> None:
    with opened(home):
        file(about=cast.agent("A001"), received="2026-06-02")
    (line,) = (each for each in chen_yan(home)["lines"] if each["id"] == factor)
    assert line["count"] == count
    found = asked(home, "--agent", "A001", "--list", factor)
    assert (found["period"], found["factor"], len(found["lines"])) == ("2026-06", factor, count)
    words = ("assessment", "--agent", "A001", "--period", "2026-06", "--list", factor)
    assert len(call(*words, "--format", "csv", cwd=home, now=NOW).done().table()) == count
    for locale in ("en", "zh_CN"):
        env = {"SERVICING_SERVICING_LOCALE": locale}
        assert call(*words, cwd=home, now=NOW, env=env).done().out.count("\n") >= count
