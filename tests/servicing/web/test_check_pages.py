"""Spot checks at their pages: who was drawn, the result of one, and the figures beside a scorecard."""

import re

import pytest

from policies import database
from servicing.core.check_models import CheckResult
from servicing.core.models import CardEntry
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing import looked_up
from tests.servicing.web import drawn_checks
from tests.servicing.web.conftest import Visit
from tests.servicing.web.drawn_checks import answers, check
from tests.servicing.web.extremes import VALUES
from tests.servicing.web.routes import mark_of
from tests.servicing.web.visits import MOST_STATEMENTS, statements, text_of


@pytest.fixture
def drawn(space: Workspace) -> Workspace:
    """Both clients are drawn, nobody is checked."""
    drawn_checks.draw(space)
    drawn_checks.of_the_desk()
    return space


def form(client_no: str, **otherwise: str) -> dict[str, str]:
    said: dict[str, str] = {**answers(client_no), **otherwise}
    return {f"item:{name}": each for name, each in said.items()}


def path(client_no: str, what: str = "") -> str:
    return f"/checks/{check(client_no).id}{what}"


def clients(page: str) -> list[str]:
    return re.findall(r'data-name="客户号"[^>]*>([^<]+)<', page)


TABLE = """
                   ping chenyan shanghai beijing team ops sunli admin
GET  /checks       +    +       +        +       +    -   -     +
GET  C001          +    -       +        -       +    -   -     +
GET  C900          +    +       -        +       -    -   -     +
POST C001/result   +    -       -        -       -    -   -     +
POST C900/result   +    +       -        -       -    -   -     +
"""


def test_the_desk_and_managers_of_the_unit_see_them_and_nobody_their_own_service(
    visit: Visit, drawn: Workspace
) -> None:
    heads, *lines = [each.split() for each in TABLE.strip().splitlines()]
    found = {}
    for method, place, *marks in lines:
        client_no, _, what = place.partition("/")
        address = path(client_no, f"/{what}" if what else "") if client_no else place
        for login, mark in zip(heads, marks, strict=True):
            visitor = visit(login)
            answer = visitor.get(address) if method == "GET" else visitor.post(address)
            if mark_of(answer) != mark:
                found[f"{method} {place} {login}"] = mark_of(answer)
    assert found == {}
    assert not CheckResult.select().count()


WHOM = [
    ("ping", ["C001", "C900"]),
    ("admin", ["C001", "C900"]),
    ("shanghai", ["C001"]),
    ("beijing", ["C900"]),
    ("chenyan", ["C900"]),
]


@pytest.mark.parametrize(("login", "whom"), WHOM)
def test_a_list_names_the_clients_of_its_reader_s_part(
    visit: Visit, drawn: Workspace, login: str, whom: list[str]
) -> None:
    assert sorted(clients(visit(login).get("/checks").text)) == whom


def test_three_views_and_a_draw(visit: Visit, drawn: Workspace) -> None:
    drawn_checks.record(drawn, "C001", private_money="fail")
    visitor = visit("ping")
    shown = {
        each: clients(visitor.get(f"/checks?view={each}").text) for each in ("open", "done", "red")
    }
    assert shown == {"open": ["C900"], "done": ["C001"], "red": ["C001"]}
    drawn_checks.draw(drawn, "another")
    assert clients(visitor.get("/checks?draw=1").text) == ["C900"]
    assert clients(visitor.get("/checks?draw=2&agent=A001").text) == ["C001"]
    assert visitor.get("/checks?draw=3").status_code == 404
    assert visitor.get("/checks?view=all").status_code == 400


@pytest.mark.only_sqlite("PostgreSQL plans by what a book holds: tests/drills/test_plans.py")
def test_the_pages_cost_few_statements_and_read_no_whole_table(
    visit: Visit, drawn: Workspace
) -> None:
    visitor = visit("ping")
    with looked_up.listening(database.database.obj) as heard:
        for each in ("/checks", "/checks?view=done", path("C001")):
            with statements() as told:
                visitor.get(each)
            assert len(told) <= MOST_STATEMENTS
        assert heard.faults() == []


# --- The result ---------------------------------------------------------------------------------


def test_a_result_is_recorded_as_by_the_command(visit: Visit, drawn: Workspace) -> None:
    """Weights 3, 2, 2, 2, 1: one "2" fails, the "1" does not apply."""
    visitor = visit("ping")
    page = visitor.get(path("C001"))
    assert "红线" in page.text and "生日祝福是否按时送达" in page.text
    assert page.text.count('lang="en"') > 4, "the words to say in both languages"
    said = form("C001", birthday="fail", news="na")
    answer = visitor.post(path("C001", "/result"), **said, note="客户很满意")
    told = text_of(visitor.get(answer.location))
    assert "77.8 %" in told
    result = CheckResult.get()
    assert (result.earned, result.possible, result.checker) == (7, 9, "ping")
    line = CardEntry.get(CardEntry.kind == "check.recorded")
    assert "客户很满意" in line.facts and "77" not in line.facts


def test_a_red_line_that_failed_is_told_at_once(visit: Visit, drawn: Workspace) -> None:
    visitor = visit("ping")
    answer = visitor.post(path("C001", "/result"), **form("C001", private_money="fail"))
    told = text_of(visitor.get(answer.location))
    assert "触犯红线 1 项" in told and "0.0 %" in told


def test_a_note_that_is_not_said_to_clients_is_kept_and_told(
    visit: Visit, drawn: Workspace
) -> None:
    visitor = visit("ping")
    answer = visitor.post(path("C001", "/result"), **form("C001"), note="你怎么这么笨")
    assert "备注中的“你怎么这么”" in text_of(visitor.get(answer.location))
    assert CheckResult.select().count() == 1


WRONG = [
    ({"birthday": ""}, "没有回答"),
    ({"birthday": "maybe"}, "maybe 不是有效的回答"),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG)
def test_what_is_missing_is_said_and_what_was_typed_stands_there(
    visit: Visit, drawn: Workspace, wrong: dict[str, str], told: str
) -> None:
    answer = visit("ping").post(path("C001", "/result"), **form("C001", **wrong), note="原话")
    assert answer.status_code == 400 and told in text_of(answer) and "原话" in answer.text
    assert 'name="item:news" value="pass" required checked' in answer.text
    assert not CheckResult.select().count()


def test_a_result_stands(visit: Visit, drawn: Workspace) -> None:
    visitor = visit("ping")
    visitor.post(path("C001", "/result"), **form("C001"))
    again = visitor.post(path("C001", "/result"), **form("C001", birthday="fail"))
    assert again.status_code == 400 and "/result" not in again.text
    assert CheckResult.select().count() == 1


def test_who_has_served_the_client_does_not_check(visit: Visit, drawn: Workspace) -> None:
    """Chen Yan has done a task for Zhou Ming once: she sees the check, and somebody else does it."""
    task = cast.task("month_1", "P900")
    task.state, task.done_by_id = "done", cast.agent("A001").id
    task.save()
    visitor = visit("chenyan")
    page = visitor.get(path("C900"))
    assert "须由他人抽查" in text_of(page) and "/result" not in page.text
    assert visitor.post(path("C900", "/result"), **form("C900")).status_code == 400
    assert not CheckResult.select().count()


def test_an_administrator_looks_and_records_nothing(visit: Visit, drawn: Workspace) -> None:
    answer = visit("admin").post(path("C001", "/result"), **form("C001"))
    assert answer.status_code == 400 and "品质岗" in text_of(answer)
    assert not CheckResult.select().count()


@pytest.mark.parametrize("name", ["item:birthday", "note"])
def test_no_form_makes_the_page_fail(visit: Visit, drawn: Workspace, name: str) -> None:
    visitor, wrong = visit("ping"), []
    for value in VALUES:
        answer = visitor.post(path("C001", "/result"), **{**form("C001"), name: value})
        if answer.status_code >= 500:
            wrong.append(value[:30])
    assert not wrong


# --- Beside the scorecard -----------------------------------------------------------------------


def test_what_was_found_stands_beside_the_scorecard_of_the_unit_and_the_agent(
    visit: Visit, drawn: Workspace
) -> None:
    drawn_checks.record(drawn, "C001", birthday="fail", news="na")
    drawn_checks.record(drawn, "C900", private_money="fail")
    page = visit("shanghai").get("/scorecard?by=agent&period=2026-06")
    assert text_of(page).count("抽查合格率 77.8 %（已查 1/1）") == 2, "the agent, and all of them"
    assert "红线" not in text_of(page)
    beijing = text_of(visit("beijing").get("/scorecard?by=agent&period=2026-06"))
    assert "抽查合格率 0.0 %（已查 1/1）" in beijing and "触犯红线 1 项" in beijing
    before = text_of(visit("shanghai").get("/scorecard?by=agent&period=2026-05"))
    assert "抽查合格率" not in before, "nobody was drawn in May"


def test_the_figure_leads_to_its_checks(visit: Visit, drawn: Workspace) -> None:
    drawn_checks.record(drawn, "C001")
    visitor = visit("shanghai")
    page = visitor.get("/scorecard?by=agent&period=2026-06").text
    found = re.findall(r'href="(/checks\?[^"]+)"', page)
    for each in found:
        assert clients(visitor.get(each.replace("&amp;", "&")).text) == ["C001"]
    assert len(found) == 2
