"""A unit's month says how its call-backs stand, and each number leads to as many lines."""

import re
from html import unescape

import pytest

from policies.models import Policy
from servicing.callbacks import opening as callbacks
from servicing.core.case_models import Case
from servicing.core.settings import Callbacks
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.cases import opened
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import MOST_STATEMENTS, NOW, statements

ENGLISH = {"Accept-Language": "en"}
BECAME = {
    "P501": ("2026-05-20", "done_clean", "2026-05-21"),
    "P502": ("2026-05-20", "done_problem", "2026-05-22"),
    "P503": ("2026-05-04", "done_clean", "2026-05-30"),
    "P504": ("2026-05-25", "", ""),
    "P505": ("2026-05-02", "", ""),
}
"""When each contract was issued and signed, and what became of its call-back, on which day."""


@pytest.fixture
def month(space: Workspace) -> Workspace:
    for policy in Policy.select():
        cast.change(policy, issue_date=cast.day("2024-05-02"))
    for policy_no, (signed, _, _) in BECAME.items():
        cast.give_policy(cast.lin_wei(), policy_no, signed, delivered_on=cast.day(signed))
    callbacks.bring_up_to_date(opened.CHINA, Callbacks(), cast.day("2026-05-31"), NOW)
    for policy_no, (_, state, on) in BECAME.items():
        if state:
            done = {"state": state, "ended_on": cast.day(on), "is_open": False, "due_on": None}
            Case.update(**done).where(Case.policy == cast.policy(policy_no)).execute()
    return space


LINE = re.compile(
    r'<li><a (?:class="under" )?href="([^"]+)">([^<]+)</a><span class="[^"]+">([^<]+)<'
)

TOLD = {
    "Call-backs of 2026-05 in time": ("40.0 %", 5),
    "not called yet": ("2", 2),
    "Open call-backs, unsigned receipts included": ("2", 2),
    "of these, free look over": ("1", 1),
}

WHERE = [
    ("shanghai", ""),
    ("shanghai", "?branch=上海"),
    ("shanghai", "?branch=上海&team=上海 · 一部"),
    ("shanghai", "?branch=上海&team=上海 · 一部&agent=A001"),
    ("team", ""),
    ("team", "?branch=上海"),
    ("team", "?branch=上海&team=上海 · 一部&agent=A001"),
]


@pytest.mark.parametrize(("reader", "where"), WHERE)
def test_the_month_tells_how_call_backs_stand_and_leads_to_them(
    visit: Visit, month: Workspace, reader: str, where: str
) -> None:
    page = visit(reader).get(f"/month{where}", headers=ENGLISH)
    assert page.status_code == 200
    found = {name: (told, unescape(to)) for to, name, told in LINE.findall(page.text)}
    for name, (number, lines) in TOLD.items():
        told, to = found[name]
        assert told == number, name
        joint = "&" if "?" in to else "?"
        listed = visit(reader).get(f"{to}{joint}as=csv").data.decode("utf-8-sig").splitlines()
        assert len(listed) - 1 == lines, to


def test_another_unit_has_others(visit: Visit, month: Workspace) -> None:
    page = visit("beijing").get("/month", headers=ENGLISH).text
    found = {name: told for _, name, told in LINE.findall(page)}
    assert found["Call-backs of 2026-05 in time"] == "—"
    assert found["Open call-backs, unsigned receipts included"] == "0"


def test_they_are_kept_until_something_is_done(visit: Visit, month: Workspace) -> None:
    visitor = visit("shanghai")
    with statements() as first:
        visitor.get("/month")
    with statements() as again:
        visitor.get("/month")
    assert len(again) <= MOST_STATEMENTS and len(again) < len(first)
    opened.complaint("2026-05-31", client_no="")
    cast.change(cast.policy("P501"), status="free_look_cancelled")
    number = Case.get(Case.policy == cast.policy("P504")).id
    done = {"state": "done_clean", "ended_on": cast.day("2026-06-01"), "is_open": False}
    Case.update(**done).where(Case.id == number).execute()
    opened.complaint("2026-05-31", client_no="")
    page = visitor.get("/month", headers=ENGLISH).text
    found = {name: told for _, name, told in LINE.findall(page)}
    assert found["Call-backs of 2026-05 in time"] == "60.0 %"
