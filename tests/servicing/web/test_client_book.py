"""The client book and the one search: filters, order, saved filters, and who finds whom."""

import datetime
import re
from typing import Any

import pytest

from policies.models import Client, Policy
from servicing.core.account_models import SavedFilter
from servicing.core.models import Task
from servicing.desk import client_book, search_keys
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import (
    MOST_STATEMENTS,
    NOW,
    Visitor,
    account,
    statements,
    text_of,
)


@pytest.fixture
def served(space: Workspace) -> Workspace:
    """Clients of Chen Yan, each with something to be filtered by."""
    owing = give("C010", "陈晓燕", "P010", annual_premium="30000")
    cast.give_premium(owing, "2026-05-15", amount="30000")
    soon = give("C020", "单立", "P020", annual_premium="8000")
    cast.give_premium(soon, "2026-06-15", amount="8000")
    give("C030", "曾国强", "P030", birthday=cast.day("1980-06-20"))
    told = give("C040", "欧阳锋", "P040", status="suspended")
    days = {each: cast.day("2026-05-20") for each in ("due_on", "show_on", "closes_on")}
    spoken = {"policy": told, "client": told.client, "state": "done", "reason": "agent"}
    Task.create(**spoken, **days, ended_at=NOW)
    search_keys.bring_up_to_date(lambda: False)
    return space


def give(
    client_no: str, name: str, policy_no: str, birthday: datetime.date | None = None, **facts: Any
) -> Policy:
    client = Client.create(client_no=client_no, name=name, birthday=birthday)
    return cast.give_policy(client, policy_no, "2025-05-15", agent=cast.agent(), **facts)


def listed(visitor: Visitor, query: str = "") -> list[str]:
    """The clients of a page, in its order."""
    page = visitor.get(f"/clients?{query}")
    assert page.status_code == 200
    table = page.text.partition("<tbody>")[2]
    return re.findall(r'scope="row"[^>]*><a class="reach" href="/clients/(\w+)"', table)


BY_NAME = ["C010", "C001", "C040", "C020", "C030"]
"""By letters: chén, lín, ōu, shàn, zēng."""

FILTERS = [
    ("", BY_NAME),
    ("sort=premium", ["C001", "C010", "C040", "C030", "C020"]),
    ("grace=1", ["C010"]),
    ("birthday=1", ["C030"]),
    ("above=30000", ["C010", "C001"]),
    ("above=30,000&grace=1", ["C010"]),
    ("above=nothing", BY_NAME),
    ("status=suspended", ["C040"]),
    ("status=made-up", BY_NAME),
    ("silent=1", ["C010", "C001", "C020", "C030"]),
    ("sort=days", ["C010", "C020", "C001", "C040", "C030"]),
    ("sort=contact", ["C010", "C001", "C020", "C030", "C040"]),
    ("orphan=1", []),
    ("q=chen", ["C010"]),
    ("q=dan", ["C020"]),
    ("q=shan", ["C020"]),
    ("q=zeng&birthday=1", ["C030"]),
    ("q=zeng&grace=1", []),
]


@pytest.mark.parametrize(("query", "numbers"), FILTERS)
def test_an_agent_filters_and_sorts_her_clients(
    visit: Visit, served: Workspace, query: str, numbers: list[str]
) -> None:
    assert listed(visit("chenyan"), query) == numbers


SPOKEN = [
    # by the clock of UTC; 120 days before 1 June is 1 February, which begins at 16:00 of the day before
    ("2026-01-31T15:59", True),
    ("2026-01-31T16:00", False),
    ("2026-02-01T12:00", False),
]


@pytest.mark.parametrize(("at", "is_silent"), SPOKEN)
def test_the_days_of_silence_are_those_of_the_book(
    visit: Visit, served: Workspace, at: str, is_silent: bool
) -> None:
    spoken = datetime.datetime.fromisoformat(at).replace(tzinfo=datetime.UTC)
    of = cast.policy("P001")
    days = {"due_on": spoken.date(), "show_on": spoken.date(), "closes_on": spoken.date()}
    known = {"policy": of, "client": of.client_id, "state": "done", "reason": "condolence"}
    Task.create(**known, **days, ended_at=spoken)
    assert ("C001" in listed(visit("chenyan"), "silent=1")) is is_silent


WHO = [("chenyan", 5), ("team", 5), ("shanghai", 5), ("sunli", 1), ("beijing", 1), ("ops", 6)]


@pytest.mark.parametrize(("login", "count"), WHO)
def test_each_has_the_clients_of_their_part(
    visit: Visit, served: Workspace, login: str, count: int
) -> None:
    assert len(listed(visit(login))) == count


@pytest.mark.parametrize("login", ["chenyan", "team", "shanghai", "ops", "admin"])
def test_the_search_stands_on_every_page_and_finds_for_every_role(
    visit: Visit, served: Workspace, login: str
) -> None:
    visitor = visit(login)
    assert '<form class="finder" action="/clients" role="search">' in visitor.get("/account").text
    for text in ("晓燕", "cxy", "chenxiaoyan", "P010", "Ｃ０１０"):
        assert listed(visitor, f"q={text}") == ["C010"]
    assert listed(visitor, "q=zhou") == (["C900"] if login in ("ops", "admin") else [])
    for query in ("q=cxy", "q=0111", "q=林伟&grace=1", "q=P010", ""):
        with statements() as told:
            visitor.get(f"/clients?{query}")
        assert len(told) <= MOST_STATEMENTS, "\n".join(told)


def test_an_orphan_is_one_whose_agent_has_left(visit: Visit, served: Workspace) -> None:
    cast.change(cast.agent(), left_on=cast.day("2026-06-01"))
    assert len(listed(visit("team"), "orphan=1")) == 5
    assert listed(visit("beijing"), "orphan=1") == []


def test_a_unit_is_chosen_and_no_other_one(visit: Visit, served: Workspace) -> None:
    assert len(listed(visit("ops"), "agent=A001")) == 5
    assert len(listed(visit("shanghai"), "agent=A001")) == 5
    assert visit("shanghai").get("/clients?agent=A900").status_code == 404


def test_what_is_too_large_asks_for_a_unit(
    visit: Visit, served: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_book, "MOST_POLICIES", 3)
    page = visit("ops").get("/clients")
    assert "范围太大" in text_of(page) and "team=" in page.text
    assert listed(visit("ops"), "q=cxy") == ["C010"], "whom one looks for is found all the same"


def test_a_filter_is_saved_under_a_name_and_is_a_link(visit: Visit, served: Workspace) -> None:
    visitor = visit("chenyan")
    for query in ("grace=1&above=100", "grace=1&q=somebody&page=2"):
        visitor.post("/clients/filters", name=" 急  办 ", query=query)
    (kept,) = SavedFilter.select()
    assert (kept.name, kept.query) == ("急 办", "grace=1"), "nothing that somebody looked for"
    page = visitor.get("/clients")
    assert 'href="/clients?grace=1"' in page.text and "急 办" in page.text
    assert "急 办" not in visit("team").get("/clients").text
    visit("team").post("/clients/filters", remove=str(kept.id))
    assert SavedFilter.select().count() == 1
    visitor.post("/clients/filters", remove=str(kept.id))
    assert SavedFilter.select().count() == 0


def test_saved_filters_stand_in_the_order_of_the_numbers_in_their_names(
    visit: Visit, served: Workspace
) -> None:
    visitor = visit("chenyan")
    for name in ("十部", "三部", "一部", "二部"):
        visitor.post("/clients/filters", name=name, query="grace=1")
    shown = re.findall(r"[一二三十]部(?=</a>)", visitor.get("/clients").text)
    assert shown == ["一部", "二部", "三部", "十部"]


NOT_SAVED = [("", "grace=1"), ("x", ""), ("x", "q=somebody"), (" ", "grace=1")]


@pytest.mark.parametrize(("name", "query"), NOT_SAVED)
def test_what_has_no_name_or_filters_nothing_is_not_saved_and_is_told_so(
    visit: Visit, served: Workspace, name: str, query: str
) -> None:
    visitor = visit("chenyan")
    answer = visitor.post("/clients/filters", name=name, query=query)
    assert 'class="alert alert-danger' in visitor.get(answer.location).text
    assert not SavedFilter.select().where(SavedFilter.user == account("chenyan")).exists()


def test_the_number_of_pages_is_bounded_and_each_is_another(
    visit: Visit, served: Workspace
) -> None:
    for number in range(60):
        give(f"D{number:03}", "林立", f"Q{number:03}")
    visitor = visit("chenyan")
    first, second = listed(visitor), listed(visitor, "page=2")
    assert (len(first), len(second), len(listed(visitor, "page=3"))) == (30, 30, 5)
    assert not set(first) & set(second)
