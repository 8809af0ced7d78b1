"""Month ends, holidays and clients with many policies, from the command line alone."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from policies.dates import ONE_DAY, months_after
from tests import cast
from tests.acceptance.frontdoor import DAY, MORNING, call

Write = Callable[..., Path]


@pytest.fixture
def book_of(tmp_path: Path) -> Write:
    """A workspace with one client, Lin Wei, and a policy issued on each of the days."""

    def write(issued: Sequence[str], *, joined: object, status: str = "in_force") -> Path:
        head = "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,phone,status"
        rows = [
            f"P{number:03},{day},12000,C001,林伟,A001,+12025550111,{status}"
            for number, day in enumerate(issued, 1)
        ]
        (tmp_path / "book.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
        call("init", cwd=tmp_path).done()
        on = max(MORNING, cast.at(str(joined)))
        call("book", "import", "book.csv", "--joined", joined, cwd=tmp_path, now=on).done()
        return tmp_path

    return write


def timeline(office: Path, policy_no: str, *span: object) -> dict[str, list[str]]:
    """The days of a policy's touchpoints, by touchpoint."""
    told = call("book", "timeline", policy_no, *span, "--format", "json", cwd=office).done()
    found: dict[str, list[str]] = {}
    for line in told.document():
        found.setdefault(line["touchpoint"], []).append(line["due_on"])
    return found


def walked(office: Path, on: object) -> dict[str, int]:
    told = call("walk", "--on", on, "--format", "json", cwd=office).done()
    return told.document()["by_touchpoint"]


@pytest.mark.parametrize(
    ("issued", "touchpoint", "due"),
    [
        ("2025-08-31", "month_1", "2025-09-30"),
        ("2025-08-31", "month_4", "2025-12-31"),
        ("2025-01-31", "month_1", "2025-02-28"),
        ("2024-01-31", "month_1", "2024-02-29"),
        ("2024-10-31", "month_4", "2025-02-28"),
        ("2023-10-29", "month_4", "2024-02-29"),
        ("2024-02-29", "month_10", "2024-12-29"),
        ("2025-08-28", "delivery", "2025-08-31"),
    ],
)
def test_months_end_where_the_month_ends(
    issued: str, touchpoint: str, due: str, book_of: Write
) -> None:
    day_before = date.fromisoformat(due) - ONE_DAY
    office = book_of([issued], joined=day_before)
    assert touchpoint not in walked(office, day_before)
    assert walked(office, due)[touchpoint] == 1
    assert timeline(office, "P001")[touchpoint] == [due]


def test_monthly_news_over_ten_years_never_drifts(book_of: Write) -> None:
    office = book_of(["2026-01-31"], joined="2026-01-31")
    news = timeline(office, "P001", "--to", "2037-03-01")["news"]
    issued = date(2026, 1, 31)
    assert news == [months_after(issued, months).isoformat() for months in range(13, 134)]
    assert news[:4] == ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    assert news[12] == "2028-02-29"


@pytest.mark.parametrize(
    ("falls_on", "lands_on"),
    [
        ("2026-02-13", "2026-02-13"),
        ("2026-02-14", "2026-02-14"),  # a Saturday on which China works
        ("2026-02-15", "2026-02-24"),
        ("2026-02-16", "2026-02-24"),
        ("2026-02-20", "2026-02-24"),
        ("2026-02-23", "2026-02-24"),
        ("2026-02-24", "2026-02-24"),
    ],
)
def test_a_visit_in_spring_festival_is_made_after_it(
    falls_on: str, lands_on: str, book_of: Write
) -> None:
    issued = months_after(date.fromisoformat(falls_on), -18)
    office = book_of([issued.isoformat()], joined="2026-02-12")
    walked(office, lands_on)
    listed = call("tasks", "list", "--on", lands_on, "--format", "json", cwd=office).done()
    (visit,) = [task for task in listed.document() if task["touchpoint"] == "visit"]
    assert visit["due_on"] == visit["show_on"] == lands_on


@pytest.mark.parametrize(
    ("part", "lands_on"), [("ENG", "2026-04-07"), ("NIR", "2026-04-07"), ("SCT", "2026-04-06")]
)
def test_a_visit_on_easter_monday_is_made_where_offices_work_on_it(
    part: str, lands_on: str, book_of: Write
) -> None:
    office = book_of(["2024-10-06"], joined="2026-04-01")
    settings = office / "servicing.toml"
    text = settings.read_text("utf-8").replace('country = "CN"', 'country = "GB"')
    settings.write_text(text.replace('subdivision = ""', f'subdivision = "{part}"'), "utf-8")
    walked(office, "2026-04-06")
    walked(office, "2026-04-07")
    listed = call("tasks", "list", "--on", "2026-04-07", "--format", "json", cwd=office).done()
    (visit,) = [task for task in listed.document() if task["touchpoint"] == "visit"]
    assert visit["due_on"] == visit["show_on"] == lands_on


def test_a_year_whose_holidays_are_not_published_is_said_loudly(book_of: Write) -> None:
    office = book_of(["2039-01-05"], joined="2039-02-01")
    told = call("walk", "--on", "2039-02-01", cwd=office).done()
    assert told.err.startswith("Warning: ")
    assert "2039" in told.err
    assert "holidays" in told.err


def test_five_policies_of_one_client_get_one_news_a_month_and_one_visit_a_half_year(
    book_of: Write,
) -> None:
    issued = ["2023-05-08", "2023-07-11", "2024-01-10", "2024-05-13", "2024-11-11"]
    office = book_of(issued, joined="2026-05-07")
    walked(office, "2026-06-08")
    card = call("card", "C001", "--format", "json", cwd=office).done().document()
    done: dict[str, list[list[str]]] = {"news": [], "visit": []}
    for policy in card["policies"]:
        for touchpoint, days in done.items():
            days.append(
                [
                    line["due_on"]
                    for line in policy["timeline"]
                    if line["touchpoint"] == touchpoint
                    and line["state"] != "planned"
                    and line["due_on"] <= "2026-06-08"
                ]
            )
    assert done["news"] == [["2026-05-08", "2026-06-08"]] * 5
    assert done["visit"] == [["2026-05-08"]] * 5
    carriers = {
        line["carried_by"]
        for policy in card["policies"]
        for line in policy["timeline"]
        if line["touchpoint"] in done
    }
    assert carriers == {"P001"}


@pytest.mark.parametrize("status", ["suspended", "applied"])
def test_nothing_is_owed_while_a_policy_is_paused(status: str, book_of: Write) -> None:
    office = book_of(["2026-04-11"], joined=DAY, status=status)
    assert walked(office, DAY) == {}


def test_a_book_of_ten_years_ago_that_joins_today_owes_nothing_before_today(
    book_of: Write,
) -> None:
    office = book_of(["2016-05-11", "2015-12-11"], joined=DAY)
    walked(office, DAY)
    for policy_no in ("P001", "P002"):
        days = [day for due in timeline(office, policy_no).values() for day in due]
        assert min(days) == str(DAY)
