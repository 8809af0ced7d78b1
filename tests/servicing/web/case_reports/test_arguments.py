"""What was asked for is never lost: from a report to a list and back, to another report, into a file."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.case_reports.filed import clock, file
from tests.servicing.web.conftest import Visit

ON = "2026-05-31"
SAID = {"on": ON, "premium": "2400000000", "policies": "360000"}

REPORTS = {
    "weekly": {},
    "monthly": {},
    "daily": {},
    "complained-of": {"by": "agent"},
    "callbacks": {"by": "team"},
}

WAYS = {
    "to the list of a number": r'<a class="reach" href="([^"]+)"',
    "to another report": r'<nav class="chips no-print".*?</nav>',
    "to a file": r'href="([^"]+as=(?:csv|xlsx)[^"]*)"',
}
LIST_WAYS = {
    "back": r'<p><a class="quiet" href="([^"]+)"><span aria-hidden',
    "to another report": WAYS["to another report"],
    "to a file": WAYS["to a file"],
}


def addresses(page: str, pattern: str) -> list[str]:
    found = re.findall(pattern, page, re.DOTALL)
    inner = [re.findall('href="([^"]+)"', each) or [each] for each in found]
    return [unescape(one) for each in inner for one in each]


def asked(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture
def lived(space: Workspace) -> Workspace:
    policy = cast.policy()
    whole = {"client": policy.client, "policy": policy, "about": cast.agent("A001")}
    clock(file(received="2026-05-30", categories="sales", **whole), ON)
    return space


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("report", REPORTS)
def test_a_way_from_a_report_takes_along_what_was_asked_for(
    visit: Visit, lived: Workspace, report: str, way: str
) -> None:
    said = SAID | REPORTS[report]
    query = "&".join(f"{name}={value}" for name, value in said.items())
    page = visit("admin").get(f"/cases/reports/{report}?{query}").text
    found = addresses(page, WAYS[way])
    assert found
    for address in found:
        there = asked(address)
        assert {name: there.get(name) for name in SAID} == SAID, address
        if f"/{report}" in address:
            assert there.get("by") == said.get("by"), address


@pytest.mark.parametrize("way", LIST_WAYS)
@pytest.mark.parametrize("report", REPORTS)
def test_so_does_a_way_from_the_list_of_a_number(
    visit: Visit, lived: Workspace, report: str, way: str
) -> None:
    figure = {"daily": "near_due", "complained-of": "complaints", "callbacks": "issued"}
    said = SAID | REPORTS[report]
    query = "&".join(f"{name}={value}" for name, value in said.items())
    at = f"/cases/reports/{report}/{figure.get(report, 'received')}"
    found = addresses(visit("admin").get(f"{at}?{query}").text, LIST_WAYS[way])
    assert found
    for address in found:
        assert {name: asked(address).get(name) for name in SAID} == SAID, address


@pytest.mark.parametrize("report", REPORTS)
def test_another_day_keeps_them_in_the_form(visit: Visit, lived: Workspace, report: str) -> None:
    said = SAID | REPORTS[report]
    query = "&".join(f"{name}={value}" for name, value in said.items())
    page = visit("admin").get(f"/cases/reports/{report}?{query}").text
    form = re.findall(r'<form class="asking".*?</form>', page, re.DOTALL)[0]
    for name, value in said.items():
        is_kept = f'value="{value}" selected' if name == "by" else f'value="{value}"'
        assert f'name="{name}"' in form and is_kept in form


KEPT = {"agent": "A001", "from": "2026-05-01", "to": "2026-05-31"}


@pytest.mark.parametrize("view", ["open", "done", "red"])
def test_views_of_spot_checks_keep_agent_and_days(
    visit: Visit, lived: Workspace, view: str
) -> None:
    query = "&".join(f"{name}={value}" for name, value in KEPT.items())
    page = visit("admin").get(f"/checks?view={view}&{query}").text
    found = addresses(page, r'<nav class="filters".*?</nav>')
    assert len(found) == 3
    for address in found:
        assert {name: asked(address).get(name) for name in KEPT} == KEPT


def test_the_part_with_the_policies_that_were_said_is_that_of_the_command(
    visit: Visit, lived: Workspace
) -> None:
    address = f"/cases/reports/complained-of?on={ON}&policies=10000&as=csv"
    rows = visit("admin").get(address).data.decode("utf-8-sig").splitlines()
    assert rows[-1].split(",")[1:4] == ["1", "10000", "1"]
