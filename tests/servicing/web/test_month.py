"""A manager's month: what it says, what it leads to, and what is handed over."""

import io
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import msgspec
import pypdf
import pytest
from flask import Flask

from policies.models import Agent, Branch, Policy, Team
from policies.persistency import early_warning, figure, standing, units
from policies.persistency.selection import Selection
from servicing.core.audit_models import AuditEntry
from servicing.core.models import Task
from servicing.desk import tasks
from servicing.month.asking import Handed
from servicing.operations.workspace import Workspace
from servicing.reassignment import reassigning
from servicing.reassignment.reassigning import Order
from servicing.reassignment.succession import Request
from servicing.reports import questions
from servicing.web import app as pages
from servicing.web import figures
from tests import cast
from tests.servicing.web import unit_month, visits
from tests.servicing.web.conftest import Visit
from tests.servicing.web.routes import lines
from tests.servicing.web.visits import NOW, Visitor, statements, text_of

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def month(space: Workspace) -> Workspace:
    unit_month.live()
    return space


# --------------------------------------------------------------------------------------- the figure


def test_the_standing_is_the_figure_and_the_early_warning(month: Workspace) -> None:
    """One reading says both, and the agents' shares of the change add up to it."""
    target = month.settings.targets.persistency
    asked = questions.question(month.settings, NOW.date(), Selection(is_rolling=True))
    for basis in ("premium", "count"):
        of = (asked.measure, asked.rules, asked.selection, basis)
        ends, before = cast.day("2026-05-31"), cast.day("2026-04-30")
        found = standing.standing(*of, target, ends, before)
        now, was = (
            figure.audit(asked.measure.on(day), asked.rules, asked.selection, basis).total
            for day in (ends, before)
        )
        assert (found.ratio, found.was) == (now.ratio, was.ratio)
        assert found.change == pytest.approx(sum(each.share for each in found.agents))
        early = early_warning.early_warning(
            asked.measure, asked.rules, replace(asked.selection, is_rolling=False), basis, target
        )
        wanted = [each.to_collect if basis == "premium" else each.to_keep for each in early.rows]
        assert found.to_collect == sum(wanted)


def test_the_page_says_whose_month_it_is_and_what_is_missing(
    visit: Visit, month: Workspace
) -> None:
    page = text_of(visit("shanghai").get("/month", headers=ENGLISH))
    assert "上海 2026-05" in page
    assert "66.7 %" in page or "%" in page
    assert "In grace 2" in page and "18 days left" in page
    assert "客户P72" in page and "+12025550177" in page and "8,000" in page
    assert "grace ends 2026-06-19" in page
    assert "A001 陈燕" in page and "Orphan policies 1" in page


def test_what_an_agent_is_short_of_and_has_moved_says_its_unit(
    visit: Visit, month: Workspace
) -> None:
    """Premium of a currency, or policies; a share of the change is in percentage points."""
    Policy.update(currency="CNY").execute()
    said = text_of(visit("shanghai").get("/month", headers=ENGLISH))
    below = said.partition("Agents ")[2].partition("Work ")[0]
    assert re.search(r"A001 陈燕 [\d.]+ % [\d,]+(\.\d\d)? CNY short", below), below
    moved = said.partition("Since the month before")[2].partition("In grace")[0]
    assert re.search(r"A00\d \S+ [+-][\d.]+ points", moved), moved
    by_count = msgspec.structs.replace(month.settings.persistency, basis="count")
    month.settings = msgspec.structs.replace(month.settings, persistency=by_count)
    said = text_of(visit("team").get("/month?branch=上海&team=一部&agent=A001", headers=ENGLISH))
    assert "policies short" in said and "CNY short" not in said


def test_a_manager_comes_to_the_month_first(visit: Visit, month: Workspace) -> None:
    answer = visit("team").get("/")
    assert answer.status_code in (302, 303) and answer.location == "/month"


def test_what_another_process_has_changed_is_there_at_once(
    visit: Visit, month: Workspace, app: Flask
) -> None:
    """Two processes have shown the unit; one reassigns an orphan, and the other shows it no more."""
    here, there = visit("shanghai"), Visitor(pages.create(month, lambda: NOW), "shanghai")
    for each in (here, there):
        assert "客户P85" in each.get("/month/orphans").text
    order = Order(Request("A005", to_no="A001"), "走了", "shanghai", NOW.date(), NOW)
    reassigning.reassign(order)
    for each in (here, there):
        assert "客户P85" not in each.get("/month/orphans").text
        assert "Orphan policies 0" in text_of(each.get("/month", headers=ENGLISH))


def test_a_look_at_a_month_makes_nobody_count_it_anew(visit: Visit, month: Workspace) -> None:
    """What is noted of a look is no change: the same is shown for five minutes."""
    visitor = visit("shanghai")
    visitor.get("/month")
    with statements() as told:
        visitor.get("/month")
    assert not [each for each in told if "FROM policy p CROSS JOIN premium x" in each]


def test_teams_stand_in_the_order_of_their_numbers(visit: Visit, month: Workspace) -> None:
    """On the month, in the lists of figures, and where a unit is chosen."""
    branch = Branch.get(Branch.name == "上海")
    for number, name in enumerate(("十部", "三部", "二部")):
        team = Team.create(branch=branch, name=name)
        agent = Agent.create(agent_no=f"A1{number}", name="新人", team=team)
        unit_month.sold(agent, f"P9{number}", "2025-03-10", "5000", paid_on="2026-03-12")
    visitor = visit("shanghai")
    for path in ("/month", "/persistency?by=team", "/scorecard?by=team"):
        names = list(dict.fromkeys(re.findall("[一二三十]部", visitor.get(path).text)))
        told = [each for each in names if each != "一部"]
        assert told == ["二部", "三部", "十部"], path


def test_a_team_and_an_agent_are_further_down(visit: Visit, month: Workspace) -> None:
    page = visit("shanghai").get("/month?branch=上海&team=一部&agent=A000", headers=ENGLISH)
    told = text_of(page)
    assert "A000 何静 2026-05" in told and "客户P72" in told and "客户P71" not in told


FORM = re.compile(r"<form(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)


def test_no_form_and_no_link_of_the_month_forgets_it(visit: Visit, month: Workspace) -> None:
    visitor = visit("shanghai")
    for path in ("/month", "/month/grace", "/month/handed", "/month/hand?policy=P71"):
        joint = "&" if "?" in path else "?"
        page = visitor.get(f"{path}{joint}month=2026-03&branch=上海").text
        main = page.partition("<main")[2]
        for form in FORM.finditer(main):
            assert "2026-03" in form["head"] + form["body"], form[0][:200]
        for link in re.findall(r'href="(/month[^"]*)"', main):
            months = parse_qs(urlsplit(link.replace("&amp;", "&")).query).get("month")
            assert months == ["2026-03"], link


def test_a_month_to_come_is_refused(visit: Visit, month: Workspace) -> None:
    for wrong in ("2026-06", "2036-01", "1999-01", "may"):
        assert visit("shanghai").get(f"/month?month={wrong}").status_code == 400


# ---------------------------------------------------------------------------------- handing it over


def test_the_preview_says_to_whom_how_many_and_in_which_words(
    visit: Visit, month: Workspace
) -> None:
    page = visit("shanghai").get("/month/hand?policy=P72&policy=P71&policy=P83", headers=ENGLISH)
    told = text_of(page)
    assert "A000 何静 1 task" in told and "A001 陈燕 1 task" in told
    assert "1 policy has such a task already" in told  # P71
    assert "Hand over 2 tasks for today" in told and "<textarea" in page.text


def test_what_is_handed_over_stands_in_the_agents_day_with_the_word(
    visit: Visit, month: Workspace
) -> None:
    visitor = visit("shanghai")
    form = {"policy": "P83", "word": "请今天联系", "press": "a press"}
    for told in ("已交办 1 件", "1 件已有未完成的交办"):
        answer = visitor.post("/month/hand", **form)
        assert answer.location == "/month/handed"
        assert told in text_of(visitor.get("/month/handed"))
    (task,) = Task.select().where(Task.policy == cast.policy("P83"), Task.reason == "manager_asks")
    assert (task.show_on, task.note, task.state) == (NOW.date(), "请今天联系", "open")
    line = next(each for each in tasks.open_tasks(NOW.date(), "A001") if each.id == task.id)
    assert (line.touchpoint, line.note) == ("manager_asks", "请今天联系")
    day = text_of(visit("chenyan").get("/day"))
    assert "主管交办" in day and "请今天联系" in day
    card = text_of(visit("chenyan").get("/clients/C-P83"))
    assert "主管交办" in card and "请今天联系" in card and "shanghai" in card
    assert AuditEntry.select().where(AuditEntry.kind == "tasks.handed_over").count() >= 1


def test_what_nobody_serves_is_given_to_an_agent_and_not_to_nobody(
    visit: Visit, month: Workspace
) -> None:
    visitor, before = visit("shanghai"), Task.select().count()
    form = {"policy": ["P85", "P71"], "word": "请联系", "press": "x"}
    for is_sent in (False, True):
        asked = "/month/hand?policy=P85&policy=P71"
        answer = visitor.post("/month/hand", **form) if is_sent else visitor.get(asked)
        assert answer.location == "/month/reassign?policy=P85&policy=P71"
        assert "有服务人员已离职" in text_of(visitor.get(answer.location))
    assert Task.select().count() == before


def test_a_press_that_comes_again_after_the_task_has_ended_does_nothing(month: Workspace) -> None:
    assert unit_month.hand_over(["P83"], press="slow network") == Handed(1, 0)
    task = Task.get(Task.policy == cast.policy("P83"), Task.reason == "manager_asks")
    tasks.done(task.id, NOW, "", "spoke")
    assert unit_month.hand_over(["P83"], press="slow network").tasks == 0
    assert unit_month.hand_over(["P83"], press="another day").tasks == 1


def test_the_list_says_who_has_acted(visit: Visit, month: Workspace) -> None:
    page = text_of(visit("shanghai").get("/month/handed", headers=ENGLISH))
    assert "P72" in page and "周五转账" in page and "done" in page.lower()
    assert "P71" in page and "请联系" in page


@pytest.mark.parametrize("path", ["/month/hand", "/month/reassign"])
def test_what_is_not_of_the_unit_is_not_there(visit: Visit, month: Workspace, path: str) -> None:
    visitor = visit("shanghai")
    for number in ("P900", "nobody"):
        assert visitor.get(f"{path}?policy={number}").status_code == 404
        answer = visitor.post(path, policy=number, to="A000", why="x", word="x", press="x")
        assert answer.status_code == 404
    assert visitor.get("/month/reassign?policy=P71&to=A900").status_code == 404
    assert visitor.post("/month/reassign", policy="P71", to="A900", why="x").status_code == 404


def test_a_reassignment_is_shown_before_and_written_down(visit: Visit, month: Workspace) -> None:
    visitor = visit("shanghai")
    page = visitor.get("/month/reassign?policy=P85&policy=P71&to=A000", headers=ENGLISH)
    told = text_of(page)
    assert "A005 → A000 何静: clients 1, policies 1" in told
    assert "A001 → A000 何静: clients 1, policies 1, open tasks 1" in told
    assert visitor.post("/month/reassign", policy="P85", to="A000").location.startswith(
        "/month/reassign?policy=P85"
    )
    asked = {"policy": ["P85", "P71"], "to": "A000", "why": "调动"}
    shown = re.findall('name="shown" value="([^"]+)"', page.text)[0]
    cast.change(cast.policy("P85"), agent=cast.agent("A001"))
    answer = visitor.post("/month/reassign", **asked, shown=shown)
    assert answer.location.startswith("/month/reassign?"), "it is not what was shown"
    cast.change(cast.policy("P85"), agent=cast.agent("A005"))
    answer = visitor.post("/month/reassign", **asked, shown=shown)
    assert answer.location == "/month"
    agents = {each.policy_no: each.agent.agent_no for each in Policy.select()}
    assert (agents["P85"], agents["P71"]) == ("A000", "A000")
    line = AuditEntry.select().where(AuditEntry.kind == "clients.reassigned").first()
    assert (line.who, line.way) == ("shanghai", "page")
    assert "Orphan policies 0" in text_of(visitor.get("/month", headers=ENGLISH))


def test_nobody_is_given_to_an_agent_who_has_left(visit: Visit, month: Workspace) -> None:
    page = visit("shanghai").get("/month/reassign?policy=P71&to=A005", headers=ENGLISH)
    assert page.status_code == 200 and "A005" in text_of(page) and 'name="why"' not in page.text


# -------------------------------------------------------------------------------------- on paper


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_month_is_one_page_of_paper(visit: Visit, month: Workspace, language: str) -> None:
    for number in range(60):  # more than there is room for
        unit_month.sold(cast.agent("A001"), f"P5{number}", "2025-05-02", "3000")
    answer = visit("shanghai").get("/month.pdf", headers={"Accept-Language": language})
    assert answer.mimetype == "application/pdf"
    (page,) = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
    told = page.extract_text()
    assert "P5" in told and "A001 陈燕" in told and "上海" in told
    assert ("宽限期内" if language == "zh-CN" else "In grace") in told
    line = AuditEntry.select().where(AuditEntry.kind == "export.written").first()
    assert line.who == "shanghai"


# --------------------------------------------------------------------- forms, teams, the navigation


ASKED = {
    **{"branch": "上海", "team": "一部", "agent": "A001", "by": "agent", "month": "25"},
    **{"definition": "paid", "basis": "count", "currency": "CNY", "over": "1", "fate": "lost"},
    **{"as_of": "2026-05-31", "from": "2024-01", "to": "2024-12", "ahead": "2"},
}


@pytest.mark.parametrize("page", ["", "/policies", "/collect", "/deciding"])
def test_the_form_of_a_figure_keeps_all_that_was_chosen(
    visit: Visit, month: Workspace, page: str
) -> None:
    answer = visit("shanghai").get(f"/persistency{page}", query_string=ASKED)
    form = next(each for each in FORM.finditer(answer.text) if "asking" in each["head"])["body"]
    told = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        told[name] = re.search(r'value="([^"]*)" selected', options)[1]  # type: ignore[index]
    assert told == ASKED


def test_a_team_is_written_in_one_way_everywhere(visit: Visit, space: Workspace) -> None:
    """With its branch, on every page and in every file, whether another branch has such a team or not."""
    assert {each.team for each in units.force()} == {"上海 · 一部", "北京 · 九部"}
    cast.give_premium(cast.policy("P002"), "2026-06-08")
    unit_month.live()
    visitor = visit("admin")
    for address in (
        "/persistency?by=team",
        "/persistency?branch=上海&by=team",
        "/persistency/policies",
        "/persistency/export?kind=csv&what=figure&by=team",
        "/scorecard?by=team",
        "/scorecard/export?by=team",
    ):
        told = visitor.get(address).data.decode("utf-8-sig")
        assert "上海 · 一部" in told and "上海 / 一部" not in told, address
        bare = re.sub(r'="[^"]*"', "", told.replace("上海 · 一部", "").replace("北京 · 九部", ""))
        assert "一部" not in bare and "九部" not in bare, address
    old = visitor.get("/persistency?branch=上海&team=上海 / 一部")
    assert old.status_code == 200, "an address of before still leads there"


@pytest.mark.parametrize("login", ["chenyan", "shanghai", "ops", "admin"])
def test_one_tab_is_current_on_every_page(
    visit: Visit, app: Flask, month: Workspace, login: str
) -> None:
    visitor, wrong = visit(login), []
    for line in lines():
        if line.method == "GET" and line.marks[login] == "+":
            answer = visitor.get(line.path.format(message=1, case=1))
            if answer.mimetype == "text/html" and answer.status_code == 200 and _has_tabs(answer):
                count = answer.text.partition("<main")[0].count('aria-current="page"')
                if count != 1:
                    wrong.append(f"{line.path}: {count}")
    assert wrong == []


def _has_tabs(answer: object) -> bool:
    return 'class="ways"' in str(getattr(answer, "text", ""))


def test_every_argument_of_a_figure_is_carried_on() -> None:
    assert set(ASKED) <= set(figures.ARGUMENTS)


@pytest.mark.parametrize("path", ["/month", "/month/grace", "/month/handed", "/month.pdf"])
def test_a_unit_without_agents_has_a_month_with_nothing_in_it(
    app: Flask, month: Workspace, path: str
) -> None:
    Team.create(name="空部", branch=Branch.get(Branch.name == "上海"))
    part = {"branch": "上海", "team": "空部"}
    visits.give_account("nobody", "manager", **part)
    assert visits.Visitor(app, "nobody").get(path).status_code == 200
