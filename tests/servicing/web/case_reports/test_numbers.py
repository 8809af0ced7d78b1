"""Each number of a report opens what it counts: as many lines as it says, for whoever may see them."""

import pytest

from policies import database
from policies.desks import Desk
from policies.models import Policy
from servicing.callbacks import opening as callbacks
from servicing.case_reports import daily, part, weeks
from servicing.cases import desks
from servicing.core.case_models import Case
from servicing.core.settings import Callbacks
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.case_reports.filed import clock, ended, file, files
from tests.servicing.cases import opened
from tests.servicing.checks import drawn
from tests.servicing.web.case_reports.linked import numbers
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, account

ON = "2026-05-11"
REPORTS = [
    "weekly",
    "monthly",
    "daily",
    *(f"complained-of?by={unit}" for unit in ("branch", "team", "agent", "product")),
    *(f"callbacks?by={unit}" for unit in ("branch", "team", "agent")),
]
READERS = ["admin", "shanghai", "beijing", "team", "ops"]


@pytest.fixture
def lived(space: Workspace) -> Workspace:
    """Complaints, call-backs and spot checks of some weeks, about agents of both branches."""
    about = {each: cast.agent(each) for each in ("A001", "A900")}
    first = cast.policy()
    his = Policy.get(Policy.policy_no == "P900")
    desks.put(account("ops"), {"complaint"}, NOW)
    for day, who, of in (
        ("2026-04-20", "A001", first),
        ("2026-05-04", "A001", first),
        ("2026-05-11", "A900", his),
    ):
        facts = {"about": about[who], "client": of.client, "policy": of}
        files(2, received=day, categories="sales service_attitude", **facts)
        file(received=day, repeat_of=1, **facts)
        file(received=day)
        clock(file(received=day, **facts), ON)
        clock(file(received=day, **facts), "2026-05-08")
        clock(file(received=day, is_open=False, ended_on=ON, **facts), "2026-05-12", stopped=ON)
        ended(day, "withdrawn", "complaint", **facts)
        for state in ("done_clean", "done_problem", "exhausted"):
            ended(day, state, **facts)
    file(received="2026-05-04", about_login="shanghai")
    up = opened.complaint("2026-05-04", about="A001")
    opened.done(up, "upgrade", on="2026-05-06")
    for check in drawn.everyone():
        drawn.record(check.id, {**drawn.PASSED, "private_money": "fail"})
    for policy in Policy.select():
        cast.change(policy, issue_date=cast.day("2026-05-02"), delivered_on=cast.day("2026-05-03"))
    for number, facts in enumerate(({}, {"status": "free_look_cancelled"}, {}), 1):
        cast.give_policy(cast.lin_wei(), f"P70{number}", "2026-05-05", **facts)
    callbacks.bring_up_to_date(opened.CHINA, Callbacks(), cast.day("2026-05-06"), NOW)
    for number, state, on in (
        ("P001", "done_problem", "2026-05-06"),
        ("P002", "done_clean", "2026-05-07"),
        ("P003", "done_clean", "2026-05-25"),
    ):
        done = {"state": state, "ended_on": cast.day(on), "is_open": False}
        is_it = (Case.policy == cast.policy(number)) & (Case.source == "new_contract")
        assert Case.update(**done).where(is_it).execute() == 1
    return space


def lines(text: str) -> int:
    """Of a CSV, but for its titles."""
    return len(text.splitlines()) - 1


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("report", REPORTS)
def test_each_number_opens_as_many_lines_as_it_says(
    visit: Visit, lived: Workspace, report: str, reader: str
) -> None:
    visitor = visit(reader)
    joint = "&" if "?" in report else "?"
    page = visitor.get(f"/cases/reports/{report}{joint}on={ON}").text
    found = list(numbers(page))
    assert found or reader not in ("admin", "shanghai"), "nothing is compared"
    for address, told in found:
        text = visitor.get(f"{address}&as=csv").data.decode("utf-8-sig")
        assert lines(text) == told, address
        assert visitor.get(address).status_code == 200


def test_nothing_that_is_about_a_reader_is_counted_for_them(visit: Visit, lived: Workspace) -> None:
    about = Case.get(Case.about_login == "shanghai").id
    for reader, is_seen in (("admin", True), ("ops", True), ("shanghai", False), ("team", False)):
        address = f"/cases/reports/monthly/received?on={ON}&as=csv"
        text = visit(reader).get(address).data.decode("utf-8-sig")
        assert any(line.split(",")[0] == str(about) for line in text.splitlines()) == is_seen


def test_a_manager_counts_the_cases_of_the_unit(visit: Visit, lived: Workspace) -> None:
    address = f"/cases/reports/complained-of/complaints?on={ON}&by=agent&key=A900"
    counts = {
        reader: lines(visit(reader).get(f"{address}&as=csv").data.decode("utf-8-sig"))
        for reader in READERS
    }
    assert counts == {"admin": 7, "shanghai": 0, "beijing": 7, "team": 0, "ops": 7}


def test_the_pages_count_as_the_commands_do(visit: Visit, lived: Workspace) -> None:
    with database.snapshot():
        week = weeks.week(opened.CHINA.kind("complaint"), cast.day(ON))
        month = weeks.month("complaint", cast.day(ON))
    counts = {
        "weekly": [week.open_at_start, week.received, week.closed, week.open_at_end],
        "monthly": [month.received, month.judged, month.in_time, month.repeats, month.upgraded],
    }
    for name, expected in counts.items():
        text = visit("admin").get(f"/cases/reports/{name}?on={ON}&as=csv").data.decode("utf-8-sig")
        rows = [line.split(",") for line in text.splitlines()[1:]]
        assert [int(row[1]) for row in rows[: len(expected)]] == expected


def test_a_month_is_set_against_what_the_reader_says(visit: Visit, space: Workspace) -> None:
    """18 of 2.4 billion of premium and 360,000 policies are 0.75 and 0.50."""
    for case in files(18, received="2026-05-04"):
        clock(case, "2026-05-19")
    address = "/cases/reports/monthly?on=2026-05-31&premium=2400000000&policies=360000&as=csv"
    rows = visit("admin").get(address).data.decode("utf-8-sig").splitlines()
    assert [row.split(",")[1] for row in rows[-2:]] == ["0.75", "0.5"]
    assert visit("admin").get("/cases/reports/monthly?policies=none").status_code == 400


RED_LINES = {"admin": (2, 2), "shanghai": (1, 1), "team": (1, 1), "beijing": (1, 1), "ops": (0, 0)}
"""By reader: the checks of the day in which a red line failed, of all that they may see."""


@pytest.mark.parametrize("reader", RED_LINES)
@pytest.mark.parametrize("of_desks", [{"complaint"}, {"complaint", "quality"}])
def test_red_lines_of_a_page_are_those_of_the_command_within_the_part(
    visit: Visit, lived: Workspace, reader: str, of_desks: set[Desk]
) -> None:
    """Both numbers are of the same checks, of the same function, whatever problems one may see."""
    desks.put(account(reader), of_desks, NOW)
    with database.snapshot():
        theirs = part.of(account(reader), of_desks)
        of_function = daily.daily(cast.day(ON), theirs).rows
        everything = daily.daily(cast.day(ON)).rows
    text = visit(reader).get(f"/cases/reports/daily?on={ON}").text
    told = {to.split("/")[4].partition("?")[0]: count for to, count in numbers(text)}
    (red,) = (each for each in of_function if each.what == daily.RED_LINE)
    expected = (2, 2) if "quality" in of_desks else RED_LINES[reader]
    assert (red.faulty, red.of) == expected
    assert (told.get("red_line", 0), told.get("red_line-of", 0)) == expected
    (every,) = (each for each in everything if each.what == daily.RED_LINE)
    assert (every.faulty, every.of) == (2, 2)
