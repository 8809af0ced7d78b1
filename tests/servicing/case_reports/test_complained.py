"""Who is complained of: by branch, team, agent and product, each against the policies it has."""

import datetime

import peewee
import pytest

from policies.persistency import units
from servicing.case_reports import complained, figures
from servicing.case_reports.complained import UnitLine
from servicing.case_reports.part import Part
from servicing.core.case_models import Case
from tests import cast
from tests.servicing.case_reports.filed import file, files
from tests.servicing.checks.drawn import clients

ON = cast.day("2026-05-11")


def rows(by: complained.By, on: datetime.date = ON) -> dict[str, UnitLine]:
    return {each.key: each for each in complained.complained_of("complaint", on, by).rows}


def test_who_caused_it_owns_it_whoever_serves_the_client_now(book: peewee.Database) -> None:
    people = cast.everybody(issued="2025-01-01")
    policy = cast.policy()
    assert policy.agent_id != people.sun_li.id
    file(received="2026-05-02", client=policy.client, policy=policy, about=people.sun_li)
    found = rows("agent")
    assert {key: each.complaints for key, each in found.items()} == {"A001": 0, "A900": 1}
    assert {key: each.complaints for key, each in rows("branch").items()} == {"上海": 0, "北京": 1}
    assert found["A900"].name == "孙丽"


def test_what_is_about_nobody_stands_in_a_line_of_its_own(book: peewee.Database) -> None:
    people = cast.everybody(issued="2025-01-01")
    file(received="2026-05-02", about_login="wang")
    file(received="2026-05-02")
    file(received="2026-05-02", about=people.chen_yan)
    found = complained.complained_of("complaint", ON, "branch")
    assert [(each.key, each.complaints) for each in found.rows][-1] == ("", 2)
    assert found.total.complaints == 3
    assert found.rows[-1].verdict == "counted"


def test_by_product_it_is_that_of_the_policy(book: peewee.Database) -> None:
    cast.everybody(issued="2025-01-01")
    policy = cast.policy()
    file(received="2026-05-02", client=policy.client, policy=policy)
    file(received="2026-05-02")
    found = rows("product")
    assert (found[policy.product].complaints, found[""].complaints) == (1, 1)
    assert found[policy.product].policies == 4


MONTH = [("2026-04-30", 0), ("2026-05-01", 1), ("2026-05-11", 1), ("2026-05-12", 0)]


@pytest.mark.parametrize(("received", "count"), MONTH)
def test_it_is_the_month_of_the_day_up_to_it(
    book: peewee.Database, received: str, count: int
) -> None:
    file(received=received)
    assert complained.complained_of("complaint", ON, "branch").total.complaints == count


LIMIT = [(16, "normal"), (17, "abnormal")]


@pytest.mark.parametrize(("complaints", "verdict"), LIMIT)
def test_a_unit_stands_out_against_all_units(
    book: peewee.Database, complaints: int, verdict: str
) -> None:
    """Of 800 policies in two branches 2 % are complained of; the limit of 400 is 4.1 %."""
    one, other = clients("上海", 400), clients("北京", 400 * (complaints - 8) // 8)
    files(complaints, received="2026-05-04", about=one)
    assert other.id
    found = complained.complained_of("complaint", ON, "branch")
    line = next(each for each in found.rows if each.key == "上海")
    assert (line.complaints, line.policies) == (complaints, 400)
    assert line.expected == 0.02 and line.limit is not None
    assert (f"{line.limit:.1%}", line.verdict) == ("4.1%", verdict)
    theirs = [each.id for each in units.force() if each.branch == "上海"]
    part = Part(Case.about.in_(theirs), theirs)
    alone = complained.complained_of("complaint", ON, "branch", None, part)
    assert alone.rows == [line], "whoever sees one branch alone sees it held against all"


def test_what_no_unit_has_is_in_no_share(book: peewee.Database) -> None:
    """Policies of nobody make no unit look worse, and complaints about nobody no better."""
    one = clients("上海", 400)
    clients("", 400)
    files(8, received="2026-05-04", about=one)
    files(8, received="2026-05-04")
    found = complained.complained_of("complaint", ON, "branch")
    line = next(each for each in found.rows if each.key == "上海")
    assert (line.complaints, line.policies, line.expected) == (8, 400, 0.02)


def test_the_total_is_set_against_the_policies_that_were_said(book: peewee.Database) -> None:
    cast.everybody(issued="2025-01-01")
    files(18, received="2026-05-04")
    found = complained.complained_of("complaint", ON, "branch", 360_000)
    assert (found.total.policies, found.total.per_wan) == (360_000, 0.5)
    assert complained.complained_of("complaint", ON, "branch").total.policies == 4


@pytest.mark.parametrize("by", complained.UNITS)
def test_the_list_of_a_number_has_the_cases_that_it_counts(
    book: peewee.Database, by: complained.By
) -> None:
    people = cast.everybody(issued="2025-01-01")
    policy = cast.policy()
    for about in (people.chen_yan, people.sun_li, people.sun_li, None):
        file(received="2026-05-02", about=about, client=policy.client, policy=policy)
    file(received="2026-05-02", about_login="wang")
    found = complained.complained_of("complaint", ON, by)
    for line in found.rows:
        query = figures.rows(complained.listed("complaint", ON, by, line.key))
        assert len(query) == line.complaints
    assert sum(each.complaints for each in found.rows) == Case.select().count()
