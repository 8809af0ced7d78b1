"""The assessment as pages: the worked card, what each number of it opens, and to whom.

It is July 2026 in the book of the worked card; Chen Yan's team is 一部 in 上海, Sun Li is in 北京.
"""

import csv
import html
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from policies.models import Client
from servicing.core.account_models import User
from servicing.core.settings import General
from servicing.operations import workspace
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from tests import cast
from tests.homes import close
from tests.servicing import worked_card
from tests.servicing.case_reports.filed import ended, file
from tests.servicing.web.visits import (
    ACCOUNTS,
    MOST_STATEMENTS,
    Visitor,
    account,
    statements,
    text_of,
)
from tests.servicing.worked_card import NOW

Visit = Callable[[str], Visitor]
JUNE = "period=2026-06"
FACTORS = ("persistency", "referrals", "add_on", "coverage", "complaints")


@pytest.fixture
def space(own_url: str, tmp_path: Path) -> Iterator[Workspace]:
    workspace.create(tmp_path / "home", own_url, General(locale="en"))
    opened = workspace.at(tmp_path / "home", {})
    opened.open()
    worked_card.live()
    for login in ACCOUNTS:
        account(login)
    yield opened
    close()


@pytest.fixture
def visit(space: Workspace) -> Visit:
    assert space.walker()
    app = pages.create(space, lambda: NOW)
    return lambda login: Visitor(app, login, NOW)


def card(visitor: Visitor, asked: str = "") -> str:
    """What the first card of the page says."""
    answer = visitor.get(f"/assessment?{JUNE}{asked}")
    assert answer.status_code == 200
    answer.text = re.findall(r"<article.*?</article>", answer.text, re.S)[0]
    return text_of(answer)


def test_the_worked_card_stands_on_the_page(visit: Visit) -> None:
    for login, asked in (("chenyan", ""), ("shanghai", "&agent=A001"), ("admin", "&agent=A001")):
        told = card(visit(login), asked)
        assert "91.23 of 100 points" in told
        for value, points in WORKED:
            assert f"{value} {points}" in told, told


WORKED = [
    ("90.2 %", "40.00 / 40"),
    ("2", "13.33 / 20"),
    ("9.0 %", "13.50 / 15"),
    ("96.0 %", "14.40 / 15"),
    ("0", "10.00 / 10"),
]


@pytest.mark.parametrize(
    ("period", "shut"), [("2026-06", True), ("2026-Q2", True), ("2026", True), ("2026-05", False)]
)
def test_a_mis_selling_that_was_proven_makes_it_nothing(
    visit: Visit, period: str, shut: bool
) -> None:
    cause = {"about": cast.agent("A001"), "categories": "cause_mis_selling"}
    case = ended("2026-06-20", "closed", "complaint", **cause)
    answer = visit("shanghai").get(f"/assessment?agent=A001&period={period}")
    assert (f'href="/cases/{case.id}"' in answer.text) == shut
    assert ("A proven mis-selling 0 points by complaint" in text_of(answer)) == shut
    own = visit("chenyan").get(f"/assessment?period={period}")
    assert ("A proven mis-selling" in text_of(own)) == shut, "the agent is told that it is shut"
    assert f"/cases/{case.id}" not in own.text and "/assessment/complaints" not in own.text
    branch = visit("shanghai").get(f"/assessment?period={period}&by=team")
    assert "A proven mis-selling" not in text_of(branch), "units keep their points"


def test_who_is_complained_of_does_not_see_the_complaint(visit: Visit) -> None:
    manager = User.get(User.login == "team")
    manager.agent = cast.agent("A000")
    manager.save()
    about = {"about": None, "about_login": "team", "received": "2026-06-02"}
    theirs = file(**about)
    file(about=cast.agent("A001"), received="2026-06-03")
    page = visit("team").get(f"/assessment/complaints?{JUNE}")
    assert "1 more complaint counts here and is kept from you" in text_of(page)
    assert f'"/cases/{theirs.id}"' not in page.text and page.text.count("<tr>") == 2
    page = visit("shanghai").get(f"/assessment/complaints?{JUNE}")
    assert f'"/cases/{theirs.id}"' in page.text and page.text.count("<tr>") == 3
    assert "kept from you" not in page.text


def test_each_number_opens_as_many_lines_as_it_says(visit: Visit) -> None:
    file(about=cast.agent("A001"), received="2026-06-03")
    visitor = visit("admin")
    page = visitor.get(f"/assessment?{JUNE}&by=agent")
    addresses = re.findall(r'<a class="reach" href="(/assessment/[^"]+)">([\d,]+) ', page.text)
    assert len(addresses) > 2 * len(FACTORS)
    for address, count in addresses:
        assert len(lines(visitor, html.unescape(address))) == int(count), address


def lines(visitor: Visitor, address: str) -> list[dict[str, str]]:
    """Those of the file of a list."""
    answer = visitor.get(f"{address}&as=csv")
    assert answer.status_code == 200, address
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


def test_a_list_says_what_it_is_of(visit: Visit) -> None:
    visitor = visit("chenyan")
    referred = lines(visitor, f"/assessment/referrals?{JUNE}")
    assert {(each["New client"], each["Referred by"]) for each in referred} == {
        ("C21 周明", "C100 林伟"),
        ("C22 周明", "C100 林伟"),
    }
    bought = lines(visitor, f"/assessment/add_on?{JUNE}")
    assert [each["client"] for each in bought] == [f"C10{number} 林伟" for number in range(9)]
    assert [each["Policies bought"] for each in bought] == ["3"] * 5 + ["2"] * 4
    for state, count in (("", 25), ("in_time", 24), ("late", 0), ("missed", 1)):
        found = lines(visitor, f"/assessment/coverage?{JUNE}&state={state}")
        assert len(found) == count, state
    (missed,) = lines(visitor, f"/assessment/coverage?{JUNE}&state=missed")
    assert (missed["due"], missed["Served"]) == ("2026-06-10", "Missed")
    kept = lines(visitor, f"/assessment/persistency?{JUNE}")
    assert len(kept) == 100


def test_a_client_of_another_unit_has_no_name(visit: Visit) -> None:
    friend = Client.create(client_no="C77", name="王五", referred_by="C100")
    worked_card.Holder(cast.agent("A900"))(friend, "2026-02-11")
    found = visit("team").get(f"/assessment/referrals?{JUNE}")
    assert "王五" not in found.text and "C77" not in found.text
    assert "client of another unit" in found.text and found.text.count("<tr>") == 4
    assert "王五" in visit("admin").get(f"/assessment/referrals?{JUNE}").text


@pytest.mark.parametrize("factor", ["", *(f"/{each}" for each in FACTORS)])
def test_nobody_sees_another_part_of_the_force(visit: Visit, factor: str) -> None:
    for login, asked in (
        ("chenyan", "agent=A900"),
        ("chenyan", "agent=A000"),
        ("team", "agent=A900"),
        ("team", f"branch={quote('北京')}"),
        ("beijing", "agent=A001"),
        ("ops", "agent=A001"),
    ):
        assert visit(login).get(f"/assessment{factor}?{JUNE}&{asked}").status_code == 404, login


def test_an_agent_asks_for_units_and_sees_the_own_card_alone(visit: Visit) -> None:
    for asked in ("&by=branch", "&by=team", "&branch=" + quote("上海")):
        assert "91.23 of 100 points" in card(visit("chenyan"), asked)
    assert "Everybody" not in visit("chenyan").get("/assessment").text


def test_agents_and_their_managers_are_counted_once(visit: Visit, space: Workspace) -> None:
    def asked(login: str, page: str) -> list[str]:
        visitor = visit(login)
        with statements() as told:
            assert visitor.get(f"{page}?{JUNE}").status_code == 200
        return told

    first, again = asked("chenyan", "/assessment"), asked("sunli", "/assessment")
    assert len(again) < len(first) <= MOST_STATEMENTS
    assert len(asked("beijing", "/assessment")) <= MOST_STATEMENTS
    assert any("touchpoint" in each for each in asked("shanghai", "/scorecard"))
    assert not any("touchpoint" in each for each in asked("shanghai", "/assessment"))


def test_a_card_says_what_could_not_be_measured(visit: Visit) -> None:
    own = visit("chenyan").get("/assessment?period=2026-04")
    assert "23.33 of 30 points" in text_of(own), "of referrals and complaints"
    assert "0 touchpoints — — / 15" in text_of(own)


@pytest.mark.parametrize("asked", ["period=soon", "period=2026-13"])
def test_a_period_that_is_none_is_refused(visit: Visit, asked: str) -> None:
    for page in ("/assessment", "/assessment/coverage"):
        assert visit("admin").get(f"{page}?{asked}").status_code == 400
    assert visit("admin").get(f"/assessment/coverage?{JUNE}&state=soon").status_code == 400
    told = text_of(visit("admin").get("/assessment?period=2027"))
    assert "This figure is not available" in told


def test_a_file_of_the_company_that_is_wrong_is_told(visit: Visit, space: Workspace) -> None:
    own = space.home / "assessments" / "standard.toml"
    own.parent.mkdir()
    own.write_text("[[factor]]\nid = 'smiles'\ntitle = {en = 'Smiles'}\nweight = 100\ntarget = 1\n")
    answer = visit("admin").get("/assessment")
    assert answer.status_code == 400 and "smiles" in answer.text
    own.write_text(own.read_text().replace("smiles", "coverage"))
    told = card(visit("chenyan"))
    assert "Smiles" in told and "96.00 of 100 points" in told
    assert visit("chenyan").get(f"/assessment/referrals?{JUNE}").status_code == 404


def test_both_languages(visit: Visit) -> None:
    User.update(locale="zh_CN").execute()
    told = card(visit("chenyan"))
    assert "91.23 分，满分 100" in told and "转介绍" in told and "2 位新客户" in told
