"""In whose part a complaint counts: once, in the unit of whom it is about, and never seen by them.

A table of whom it is about, with and without a client, and who reads which number and its list.
"""

import re

import pytest

from servicing.case_reports import part
from servicing.cases import desks
from servicing.core.account_models import User
from servicing.core.case_models import Case
from servicing.operations import weekly_mail
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.case_reports.filed import clock, file
from tests.servicing.web.case_reports.linked import numbers
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, account

ON = "2026-05-31"
READERS = ("admin", "ops", "shanghai", "team", "beijing")

SEEN = {
    ("the agent", ""): ("admin", "ops", "shanghai", "team"),
    ("the agent", "C001"): ("admin", "ops", "shanghai", "team"),
    ("the agent by login", ""): ("admin", "ops", "shanghai", "team"),
    ("the manager of the team", ""): ("admin", "ops", "shanghai"),
    ("the manager of the team", "C001"): ("admin", "ops", "shanghai"),
    ("the manager of the branch", ""): ("admin", "ops"),
    ("the manager of the branch", "C001"): ("admin", "ops"),
    ("an agent elsewhere", ""): ("admin", "ops", "beijing"),
    ("an agent elsewhere", "C001"): ("admin", "ops", "shanghai", "team", "beijing"),
    ("nobody", ""): ("admin", "ops"),
    ("nobody", "C001"): ("admin", "ops", "shanghai", "team"),
}
"""By whom it is about and its client: who sees it, of all reports."""

UNITS = {
    "the agent": ("上海", "上海 · 一部", "A001 陈燕"),
    "the agent by login": ("上海", "上海 · 一部", "A001 陈燕"),
    "the manager of the team": ("上海", "上海 · 一部", "team"),
    "the manager of the branch": ("上海", "上海", "shanghai"),
    "an agent elsewhere": ("北京", "北京 · 九部", "A900 孙丽"),
    "nobody": ("未指明或不属服务队伍",) * 3,
}
"""In which line it counts, by branch, by team and by agent."""

REPORTS = {
    "weekly": "received",
    "monthly": "received",
    "daily": "overdue",
    "complained-of?by=branch": "complaints",
    "complained-of?by=team": "complaints",
    "complained-of?by=agent": "complaints",
    "complained-of?by=product": "complaints",
}


def about(whom: str, client_no: str) -> Case:
    people = {
        "the agent": {"about": cast.agent("A001")},
        "the agent by login": {"about_login": "chenyan"},
        "the manager of the team": {"about_login": "team"},
        "the manager of the branch": {"about_login": "shanghai"},
        "an agent elsewhere": {"about": cast.agent("A900")},
        "nobody": {},
    }
    desks.put(account("ops"), {"complaint"}, NOW)
    client = cast.lin_wei() if client_no else None
    case = file(received="2026-05-29", client=client, **people[whom])
    clock(case, "2026-05-30")
    return case


@pytest.mark.parametrize(("whom", "client_no"), SEEN)
def test_who_sees_it_on_every_report_and_every_list(
    visit: Visit, space: Workspace, whom: str, client_no: str
) -> None:
    case = about(whom, client_no)
    for reader in READERS:
        is_seen = reader in SEEN[whom, client_no]
        for report, figure in REPORTS.items():
            path, _, query = report.partition("?")
            page = visit(reader).get(f"/cases/reports/{path}?{query}&on={ON}").text
            counts = [n for to, n in numbers(page) if f"/{figure}?" in to and "key=" not in to]
            assert counts[:1] == ([1] if is_seen else []), (reader, report)
            to = f"/cases/reports/{path}/{figure}?{query}&on={ON}&as=csv"
            listed = visit(reader).get(to).data.decode("utf-8-sig").splitlines()[1:]
            assert [line.split(",")[0] for line in listed] == [str(case.id)] * is_seen, reader
        page = visit(reader).get(f"/cases/{case.id}")
        assert (page.status_code == 200) == is_seen


@pytest.mark.parametrize(("whom", "client_no"), SEEN)
def test_the_mail_of_the_week_counts_it_for_whoever_sees_it(
    space: Workspace, whom: str, client_no: str
) -> None:
    about(whom, client_no)
    week = weekly_mail.last_week(cast.day("2026-06-01"))
    for reader in ("shanghai", "team", "beijing"):
        told = weekly_mail.told_of(User.get(User.login == reader), week)
        assert told["received"] == (reader in SEEN[whom, client_no]), reader


@pytest.mark.parametrize("whom", UNITS)
def test_it_counts_once_in_the_unit_of_whom_it_is_about(
    visit: Visit, space: Workspace, whom: str
) -> None:
    about(whom, "")
    for unit, name in zip(("branch", "team", "agent"), UNITS[whom], strict=True):
        address = f"/cases/reports/complained-of?on={ON}&by={unit}&as=csv"
        rows = visit("admin").get(address).data.decode("utf-8-sig").splitlines()[1:]
        counts = {row.split(",")[0]: row.split(",")[1] for row in rows}
        assert {key for key, count in counts.items() if count == "1"} == {name, "合计"}


NAMES = [("shanghai", "上海"), ("team", "上海 · 一部"), ("beijing", "北京"), ("admin", "")]


@pytest.mark.parametrize(("reader", "unit"), NAMES)
@pytest.mark.parametrize(
    "report", ["complained-of", "complained-of?by=branch", "callbacks", "weekly"]
)
def test_figures_of_a_unit_stand_under_its_name_in_full(
    visit: Visit, space: Workspace, report: str, reader: str, unit: str
) -> None:
    """What a team has is never told as if the whole branch had it."""
    about("the agent", "")
    path, _, query = report.partition("?")
    page = visit(reader).get(f"/cases/reports/{path}?{query}&on={ON}").text
    assert f'<p class="faint">{unit} · '.replace(" ·  · ", "") in page or not unit
    heads = re.findall(r'<th scope="row"[^>]*>(?:<[^>]+>)*([^<]+)', page)
    if reader == "team" and report != "weekly":
        assert heads and "上海" not in heads


def test_who_leads_a_team_is_offered_no_branches(visit: Visit, space: Workspace) -> None:
    offered = {
        reader: re.findall('<option value="([a-z]+)"', visit(reader).get(to).text)
        for reader, to in (
            ("team", "/cases/reports/callbacks"),
            ("shanghai", "/cases/reports/callbacks"),
        )
    }
    assert offered == {"team": ["team", "agent"], "shanghai": ["branch", "team", "agent"]}


def test_the_part_of_an_account_is_the_same_wherever_it_reads(space: Workspace) -> None:
    of = {each: part.of(account(each), desks.of(account(each))) for each in ("team", "shanghai")}
    assert [each.unit for each in of.values()] == ["上海 · 一部", "上海"]
