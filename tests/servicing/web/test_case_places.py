"""Cases beside other things: in their owner's day, on the client's card, in a manager's month."""

import re

import pytest
from flask import Flask

from policies.case_moves import Given
from servicing.cases import stepping
from servicing.cases.stepping import Order
from servicing.core.case_models import Case
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.cases import opened
from tests.servicing.web import unit_month
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, Visitor, account, text_of

ENGLISH = {"Accept-Language": "en"}


def given_to(case: Case, login: str) -> Case:
    """The case is that person's from now on."""
    given = Given(person=account(login).login)
    order = Order(case.id, "assign", opened.BY, NOW.date(), given)
    return stepping.step(opened.CHINA, order, NOW.date(), NOW)


def case_links(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'class="case-line"><a href="/cases/(\d+)"', page)]


# --- The day ------------------------------------------------------------------------------------


def test_a_case_stands_in_the_day_of_its_owner_beside_the_tasks(visit: Visit) -> None:
    later = given_to(opened.complaint("2026-05-28", about="A900"), "chenyan")
    first = given_to(opened.complaint("2026-05-04", about="A900"), "chenyan")
    opened.complaint("2026-05-20")
    page = visit("chenyan").get("/day", headers=ENGLISH)
    assert case_links(page.text) == [first.id, later.id], "what is due first before the others"
    assert "13 days overdue" in text_of(page)
    assert 'action="/day"' in page.text, "her tasks are there as well"
    assert case_links(visit("sunli").get("/day").text) == []
    opened.done(first, "withdraw", on="2026-06-01")
    assert case_links(visit("chenyan").get("/day").text) == [later.id]


def test_who_owns_a_case_sees_it_whatever_their_role(visit: Visit) -> None:
    case = given_to(opened.complaint("2026-05-28", about="A900"), "chenyan")
    page = visit("chenyan").get(f"/cases/{case.id}")
    assert page.status_code == 200
    assert re.findall(r'name="step" value="(\w+)"', page.text) == ["apology"]


# --- The card -----------------------------------------------------------------------------------


def test_the_card_names_open_cases_to_whom_they_are_for(visit: Visit) -> None:
    case, over = opened.complaint("2026-05-28"), opened.complaint("2026-05-04")
    opened.done(over, "withdraw", on="2026-05-05")
    page = visit("team").get("/clients/C001", headers=ENGLISH)
    assert case_links(page.text) == [case.id]
    assert "A complaint is open: do not sell." in text_of(page)


@pytest.mark.parametrize("about", ["", "A001"])
def test_an_agent_learns_that_there_is_a_matter_and_no_more(visit: Visit, about: str) -> None:
    case = opened.complaint("2026-05-28", about=about, text="she is never there")
    page = visit("chenyan").get("/clients/C001", headers=ENGLISH)
    assert "A complaint is open: do not sell." in text_of(page)
    assert "matter is open" not in text_of(page), "one line, and no second one"
    assert "she is never there" not in page.text
    assert f"/cases/{case.id}" not in page.text


def test_open_matters_count_open_cases(visit: Visit) -> None:
    def matters() -> int:
        page = text_of(visit("team").get("/clients/C001", headers=ENGLISH))
        found = re.search(r"open matters (\d+)", page, re.IGNORECASE)
        assert found
        return int(found[1])

    before = matters()
    opened.complaint("2026-05-28")
    assert matters() == before + 1


def test_a_case_that_is_no_complaint_forbids_no_selling(visit: Visit) -> None:
    request = opened.Request("problem", cast.day("2026-05-26"), "x", "root", client_no="C001")
    opened.opening.open_case(opened.CHINA, request, opened.TODAY, opened.NOW)
    page = text_of(visit("chenyan").get("/clients/C001", headers=ENGLISH))
    assert "1 matter is open." in page
    assert "do not sell" not in page


# --- The month ----------------------------------------------------------------------------------


@pytest.fixture
def month(space: Workspace) -> Workspace:
    unit_month.live()
    return space


def counted(visitor: Visitor, page: str) -> dict[str, tuple[str, int]]:
    """The numbers of complaints, by view: the address each leads to, and how many."""
    found = re.findall(
        r'href="(/cases\?view=(\w+)&amp;kind=complaint[^"]*)">[^<]*</a><span class="number[^"]*">(\d+)<',
        visitor.get(page).text,
    )
    return {view: (address.replace("&amp;", "&"), int(count)) for address, view, count in found}


MONTHS = [
    ("team", "/month", 2),
    ("team", "/month?agent=A001", 2),
    ("team", "/month?team=一部", 2),
    ("shanghai", "/month", 2),
    ("shanghai", "/month?agent=A001", 2),
    ("shanghai", "/month?team=一部", 2),
    ("beijing", "/month", 1),
    ("beijing", "/month?agent=A001", None),
    ("beijing", "/month?team=一部", None),
]
"""Who asks for which unit, and how many complaints are open there; None: it is no unit of theirs."""


@pytest.mark.parametrize(("login", "page", "open_ones"), MONTHS)
def test_each_number_of_the_month_opens_its_complaints(
    visit: Visit, month: Workspace, login: str, page: str, open_ones: int | None
) -> None:
    opened.complaint("2026-05-28", about="A001")
    opened.complaint("2026-05-04")
    opened.complaint("2026-05-20", client_no="C900")
    opened.done(opened.complaint("2026-05-20"), "withdraw", on="2026-05-21")
    visitor = visit(login)
    assert visitor.get(page).status_code == (404 if open_ones is None else 200)
    if open_ones is None:
        return
    numbers = counted(visitor, page)
    assert numbers
    for address, count in numbers.values():
        listed = re.findall(r'<th scope="row"[^>]*><a[^>]*href="/cases/', visitor.get(address).text)
        assert len(listed) == count, address
    assert numbers["all"][1] == open_ones


def test_a_manager_who_is_complained_of_counts_it_nowhere(
    visit: Visit, month: Workspace, app: Flask
) -> None:
    opened.complaint("2026-05-28", about=account("team").login)
    assert counted(visit("team"), "/month")["all"][1] == 0
    assert counted(visit("shanghai"), "/month")["all"][1] == 1
