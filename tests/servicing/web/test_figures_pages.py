"""The managers' pages: each sees his own part, and what a page says is what the audit says.

He Jing's team 一部 in 上海 has kept P001 and lost P002; P003 was given back in the free look. Sun Li
in 北京 has lost P900. It is July 2026, so the last twelve complete cohorts end with April 2025.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from policies import database, dates
from policies.models import Agent, Client, Policy
from policies.persistency import figure as figures
from policies.persistency import units
from policies.persistency.selection import Selection
from servicing.core import audit_log
from servicing.core.accounts import Role
from servicing.core.output import percent
from servicing.core.settings import General
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.reports import questions
from servicing.rights import erasing
from servicing.rights.erasing import Order
from servicing.web import app, counted
from servicing.web import figures as pages
from servicing.web.rendering import WAYS
from tests import cast
from tests.servicing.web import visits

NOW = cast.at("2026-07-15", "10:00")
HOSTILE = "<script>alert('名')</script>"
Get = Callable[[str], Any]


@pytest.fixture
def space(own_url: str, tmp_path: Any) -> Iterator[Workspace]:
    workspace.create(tmp_path / "home", own_url, General(locale="en"))
    opened = workspace.at(tmp_path / "home", {})
    opened.open()
    yield opened
    database.database.close()


@pytest.fixture
def web(space: Workspace) -> Flask:
    book()
    hired("jing", "manager", team="一部")
    hired("shang", "manager", branch="上海")
    hired("bei", "manager", branch="北京")
    hired("root", "administrator")
    assert space.walker()  # its files are read before the first page, as `servicing web` does
    return app.create(space, lambda: NOW)


def hired(login: str, role: Role, **unit: str) -> None:
    visits.give_account(login, role, **unit)


def book() -> None:
    everybody = cast.people()
    lin, zhou = everybody.lin_wei, everybody.zhou_ming
    cast.change(everybody.he_jing, name=HOSTILE)
    cast.change(zhou, name=HOSTILE, referred_by="C001")
    sold(lin, "P001", "2025-04-10", "12000", paid_on="2026-04-20")
    sold(lin, "P002", "2025-03-05", "3000")
    gone = {"status": "free_look_cancelled", "ended_on": "2025-02-20"}
    cast.give_policy(lin, "P003", "2025-02-10", agent=everybody.he_jing, **gone)
    sold(zhou, "P900", "2025-04-15", "50000")
    child = Client.create(client_no="C002", name="林小<i>", referred_by="C001")
    sold(child, "P010", "2025-06-10", "700")  # open: to be judged at the end of August
    for number, referrer in (("C098", "C099"), ("C099", "C098")):  # they referred each other
        cast.give_policy(Client.create(client_no=number, name=number, referred_by=referrer), number)
    cast.joined("2025-01-01")


def sold(client: Client, policy_no: str, issued: str, premium: str, **paid: str) -> None:
    policy = cast.give_policy(client, policy_no, issued, annual_premium=premium)
    due = dates.months_after(cast.day(issued), 12)
    cast.give_premium(policy, issued, amount=premium, paid_on=issued)
    cast.give_premium(policy, due, amount=premium, **paid)


def visitor(web: Flask, login: str) -> Get:
    browser: FlaskClient = web.test_client()
    visits.log_in(browser, login)

    def get(path: str) -> Any:
        answer = browser.get(path, base_url=visits.BASE)
        database.database.connect(reuse_if_open=True)
        return answer

    return get


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return visits.as_read(answer.get_data(as_text=True))


def audited(space: Workspace, **chosen: Any) -> figures.Audit:
    """The rolling figure as the command would have it."""
    asked = questions.question(space.settings, cast.day("2026-07-15"), Selection(**chosen))
    selection = replace(asked.selection, is_rolling=True)
    return figures.audit(asked.measure, asked.rules, selection, asked.basis)


# ------------------------------------------------------------------------------------- whose figures


@pytest.mark.parametrize(
    "page", ["/persistency", "/persistency/policies", "/scorecard", "/assessment"]
)
def test_a_manager_who_asks_for_another_part_is_told_that_there_is_none(
    web: Flask, page: str
) -> None:
    get = visitor(web, "jing")
    for asked in ("branch=北京", "team=九部", "agent=A900", "agent=nobody", "team=' OR 1=1"):
        assert get(f"{page}?{asked}").status_code == 404
    assert get(f"{page}?branch=上海&team=一部&agent=A001").status_code == 200


def test_agents_and_operations_do_not_see_figures(web: Flask) -> None:
    hired("chen", "agent", agent_no="A001")
    get = visitor(web, "chen")
    for page in ("/persistency", "/persistency/export", "/scorecard", "/influence"):
        assert get(page).status_code == 404


def test_the_figure_of_a_part_is_that_of_the_audit(web: Flask, space: Workspace) -> None:
    for login, chosen in (("jing", {"team": "一部"}), ("bei", {"branch": "北京"})):
        page = text(visitor(web, login)("/persistency"))
        assert f'<p class="large">{percent(audited(space, **chosen).total.ratio)}</p>' in page
    page = text(visitor(web, "jing")("/persistency"))
    assert percent(12000 / 15000) == "80.0 %" and '<p class="large">80.0 %</p>' in page
    assert "8.0 points below the target of 88.0 %" in page
    assert "Policies kept: 1 of 2 counted (3 issued)" in page
    assert "孙丽" not in page and "九部" not in page


def test_the_board_agrees_with_the_audit_by_unit(web: Flask, space: Workspace) -> None:
    asked = questions.question(space.settings, cast.day("2026-07-15"), Selection(is_rolling=True))
    force = units.force()
    for by in ("branch", "team", "agent"):
        board = figures.board(asked.measure, asked.rules, asked.selection, asked.basis, by, force)
        audit = audited(space, by=by)
        assert [each.total for each in board.units] == audit.rows
        assert replace(board.total, key="total") == audit.total
        assert board.trend == audited(space, by="cohort")


# ---------------------------------------------------------------------------------------- the drill


def test_from_the_figure_down_to_one_policy_and_why(web: Flask) -> None:
    get = visitor(web, "shang")
    page = text(get("/persistency?by=team"))
    assert "%B7+%E4%B8%80%E9%83%A8" in page
    page = text(get("/persistency?branch=上海&team=一部"))
    assert "agent=A001" in page
    page = text(
        get("/persistency/policies?branch=上海&team=一部&agent=A001&from=2025-03&to=2025-03")
    )
    assert "P002" in page and "P001" not in page
    assert "lost: not paid" in page and "2026-03-05" in page and "2026-05-04" in page
    assert 'href="/clients/C001"' in page
    lost = text(get("/persistency/policies?fate=lost"))
    assert "P002" in lost and "P001" not in lost and "P900" not in lost
    left_out = text(get("/persistency/policies?fate=not_counted"))
    assert "P003" in left_out and "not counted: free look" in left_out


def test_what_is_still_to_collect_and_what_decides_it(web: Flask) -> None:
    get = visitor(web, "jing")
    page = text(get("/persistency/collect"))
    assert "2025-06" in page and "616" in page  # 88 % of 700
    page = text(get("/persistency/deciding"))
    assert "P010" in page and "林小&lt;i&gt;" in page and "P900" not in page
    answer = visitor(web, "bei")("/persistency/deciding")
    assert "P010" not in text(answer)


def test_what_cannot_be_measured_is_told_with_the_form_still_there(web: Flask) -> None:
    get = visitor(web, "jing")
    page = text(get("/persistency?as_of=2001-01-01"))
    assert "there is nothing to judge" in page and 'name="as_of"' in page
    for wrong in ("month=14", "as_of=yesterday", "basis=gold", "currency=%3Cb%3E", "over=x"):
        answer = get(f"/persistency?{wrong}")
        assert answer.status_code == 400 and 'name="month"' in answer.get_data(as_text=True)
    assert get("/scorecard?period=2099-Q9").status_code == 400
    assert "has not begun" in text(get("/scorecard?period=2099-01"))


# ---------------------------------------------------------------------------------------- the files


def test_files_hold_his_part_only(web: Flask) -> None:
    get = visitor(web, "jing")
    told = text(get("/persistency/export?kind=csv&what=policies"))
    rows = list(csv.DictReader(io.StringIO(told.removeprefix("\ufeff"))))
    assert {row["policy_no"] for row in rows} == {"P001", "P002", "P003"}
    answer = get("/persistency/export?kind=xlsx")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=persistency-")
    found = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert {row[0] for row in found["policies"].iter_rows(min_row=2, values_only=True)} == {
        *("P001", "P002", "P003")
    }
    assert get("/persistency/export?branch=北京").status_code == 404
    figure = text(get("/persistency/export?kind=csv&what=figure&by=agent"))
    assert "A001" in figure and "A900" not in figure
    everybody = visitor(web, "root")("/persistency/export?kind=csv&what=policies")
    assert "P900" in text(everybody)


def test_the_scorecard_as_a_file_holds_his_part_only(web: Flask) -> None:
    told = text(visitor(web, "jing")("/scorecard/export?by=agent"))
    rows = list(csv.DictReader(io.StringIO(told.removeprefix("\ufeff"))))
    assert {row["key"] for row in rows} == {"A000", "A001", "total"}
    last = [row for row in rows if row["key"] == "total"][-1]
    assert (last["period"], last["persistency"]) == ("2026-06", "0.8")


# ------------------------------------------------------------------------------- scorecard, influence


def test_the_scorecard_names_who_is_below_target_and_leads_further_down(web: Flask) -> None:
    page = text(visitor(web, "shang")("/scorecard?period=2026-06"))
    assert "80.0 %" in page and 'aria-label="target missed"' in page
    assert "agent=A001" in page and "A900" not in page


def test_a_tree_names_only_who_is_seen_and_counts_everybody(web: Flask) -> None:
    get = visitor(web, "jing")
    page = text(get("/influence"))
    assert "/influence/C001" in page
    assert "C098" in page and "circle" in page
    page = text(get("/influence/C001"))
    assert 'href="/clients/C002"' in page and "林小&lt;i&gt;" in page
    assert "client of another unit" in page and "C900" not in page
    assert "people: 3, policies: 4, annual premium: 65,700 CNY" in page
    assert page.count("<ul") == page.count("</ul>") and page.count("<li>") == page.count("</li>")
    assert get("/influence/C900").status_code == 404
    page = text(visitor(web, "bei")("/influence"))
    assert "C001" not in page and "C098" not in page


def test_hostile_names_are_shown_as_text(web: Flask) -> None:
    get = visitor(web, "jing")
    page = text(get("/persistency?by=agent"))
    assert HOSTILE not in page and "&lt;script&gt;" in page
    assert HOSTILE not in text(get("/scorecard?by=agent"))
    hostile = "/persistency?fate=%22%3E%3Cb%3E&page=-1&_external=1&_scheme=javascript"
    page = text(get(hostile))
    assert '"><b>' not in page and "javascript:" not in page


# ------------------------------------------------------------------------------------------ the cost

PAGES = [
    *("/persistency", "/persistency/policies", "/persistency/collect", "/persistency/deciding"),
    *("/scorecard", "/influence", "/influence/C001"),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_the_book_a_few_times_however_large_it_is(web: Flask, page: str) -> None:
    get = visitor(web, "shang")
    with visits.statements() as few:
        text(get(page))
    assert len(few) <= visits.MOST_STATEMENTS, "\n".join(each[:90] for each in few)
    for number in range(40):
        client = Client.create(client_no=f"M{number}", name="M", referred_by="C001")
        sold(client, f"P-{number}", "2025-04-10", "100")
    web.extensions[counted.COUNTED].forget()
    with visits.statements() as many:
        text(get(page))
    assert len(asked(many)) == len(asked(few))
    assert len(many) - len(asked(many)) <= 2, "whom it has shown, and that it was opened"


@pytest.mark.parametrize("page", ["/persistency", "/persistency/collect", "/scorecard"])
def test_a_figure_is_counted_again_once_the_book_has_changed(web: Flask, page: str) -> None:
    get = visitor(web, "shang")
    first = text(get(page))
    with visits.statements() as again:
        assert text(get(page)) == first
    assert not [each for each in again if "annual_premium" in each], "nothing is counted twice"
    Policy.update(annual_premium=Policy.annual_premium * 3).execute()
    assert text(get(page)) == first, "what no command of ours has changed is seen in some minutes"
    audit_log.record("book.imported", NOW, file="book.csv")
    assert text(get(page)) != first


def test_an_agent_who_comes_stands_on_the_pages_at_once(web: Flask) -> None:
    get = visitor(web, "shang")
    assert "A1 新人" not in text(get("/day/week"))
    Agent.create(agent_no="A1", name="新人", team=cast.agent("A001").team)
    assert "A1 新人" in text(get("/day/week"))


def test_a_client_who_was_erased_is_named_no_more(web: Flask) -> None:
    get = visitor(web, "shang")
    assert "林小" in text(get("/persistency/deciding"))
    Policy.update(status="surrendered", ended_on="2026-07-01").where(
        Policy.policy_no == "P010"
    ).execute()
    assert "林小" in text(get("/persistency/deciding")), "the page was counted before"
    erasing.erase("C002", Order("PIPL 47(1)(3)", "ada", NOW.date(), NOW))
    assert "林小" not in text(get("/persistency/deciding"))


def asked(told: list[str]) -> list[str]:
    """The questions; whom a page has shown is written the first time, and not again."""
    return [each for each in told if not each.strip().startswith("INSERT")]


def test_every_way_of_a_manager_leads_somewhere(web: Flask) -> None:
    get = visitor(web, "jing")
    with web.test_request_context():
        addresses = [url_for(endpoint) for endpoint, _ in WAYS["manager"][:3]]
    assert [get(each).status_code for each in addresses] == [200, 200, 200]


@pytest.mark.parametrize(
    "unit", ["../../etc", "/etc/passwd", "..\\x", "a\0b", "a\r\nX: y", '"; x="']
)
def test_a_unit_leads_no_downloaded_file_elsewhere(unit: str) -> None:
    name = pages.file_name("persistency", unit, kind="csv")
    assert name.startswith("persistency-") and name.endswith(".csv")
    assert name.isprintable() and not set('/\\":;') & set(name)
