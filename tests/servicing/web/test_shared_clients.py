"""A client whom two agents serve: each is shown her own part, and that there is another agent."""

import json
import re
from typing import get_args

import pytest
from flask import Flask
from msgspec.structs import replace

from policies import database
from policies.models import Client, Relation
from policies.trail import ChangeKind
from servicing.core import accounts, trail
from servicing.core.models import Message, Task, Touchpoint
from servicing.desk import search_keys
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing import looked_up
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import (
    MOST_STATEMENTS,
    NOW,
    Visitor,
    account,
    give_account,
    statements,
    text_of,
)

HERS, OTHERS = "P001", "P003"
TOLD = "该客户另有保单由其他服务人员负责"
ELSEWHERE = "由其他服务人员的保单一并服务"


@pytest.fixture
def shared(space: Workspace) -> Client:
    """Lin Wei, whose policies P001 and P002 Chen Yan serves; of P003, the oldest, Sun Li does."""
    given = cast.change(cast.policy(OTHERS), agent=cast.agent("A900"), product="他人的保险")
    cast.change(given, annual_premium="98765", sum_assured="765432")
    cast.change(cast.lin_wei(), birthday=cast.day("1984-06-02"))
    cast.walk_only("2026-06-02", space)
    return cast.lin_wei()


def write(kind: str, client: Client, policy_no: str = "", **facts: object) -> str:
    """A line of the trail; answers with words that no other line has."""
    mark = f"{kind} of {policy_no or 'the client'}"
    policy_id = cast.policy(policy_no).id if policy_no else None
    told = trail.facts(note=mark, **facts)
    trail.write([trail.Entry(client.id, policy_id, None, kind, told)], NOW)
    return mark


BY_POLICY = [
    *("status.changed", "agent.changed", "client.changed", "policy.changed", "policy.left_out"),
    *("policy.named_again", "premium.added", "premium.changed", "premium.paid", "premium.voided"),
    *("message.queued", "message.accepted", "message.answered", "message.suppressed"),
    *("task.open", "task.done", "task.postponed", "task.skipped", "task.cancelled"),
    "task.reopened",
    "touchpoint.changed",
]
OF_THE_CLIENT = [
    *("contact.changed", "contact.refused", "consent.given", "consent.withdrawn", "client.changed"),
    *("death.asked", "death.written", "death.withdrawn", "family.written", "family.changed"),
    "cover.income",
]


def test_every_change_of_the_book_has_its_place() -> None:
    assert set(get_args(ChangeKind)) <= {*BY_POLICY, *OF_THE_CLIENT}


@pytest.mark.parametrize("kind", BY_POLICY)
def test_a_line_of_a_policy_is_read_by_its_agent_alone(
    visit: Visit, shared: Client, kind: str
) -> None:
    lines = {"chenyan": write(kind, shared, HERS), "sunli": write(kind, shared, OTHERS)}
    for login in lines:
        page = text_of(visit(login).get("/clients/C001?all=1"))
        assert {each for each in lines if lines[each] in page} == {login}
    for login in ("team", "ops", "admin"):
        page = text_of(visit(login).get("/clients/C001?all=1"))
        assert all(each in page for each in lines.values())


@pytest.mark.parametrize("kind", OF_THE_CLIENT)
def test_a_line_of_the_client_is_read_by_all(visit: Visit, shared: Client, kind: str) -> None:
    line = write(kind, shared)
    for login in ("chenyan", "sunli", "team", "ops"):
        assert line in text_of(visit(login).get("/clients/C001?all=1"))


def test_a_question_of_death_is_read_by_all_without_the_number_of_the_policy(
    visit: Visit, shared: Client
) -> None:
    write("death.asked", shared, OTHERS)
    for login, is_told in (("chenyan", False), ("sunli", True)):
        page = text_of(visit(login).get("/clients/C001?all=1"))
        asked = page.split("death.asked of P003")[0][-40:]
        assert "身故" in asked and ("P003" in asked) is is_told


WRITERS = [
    # who writes a note -> whether Chen Yan reads it
    ("chenyan", True),
    ("sunli", False),
    ("team", True),
    ("shanghai", True),
    ("beijing", False),
    ("ops", True),
]


@pytest.mark.parametrize("kind", ["note", "complaint"])
@pytest.mark.parametrize(("login", "is_read"), WRITERS)
def test_a_remark_is_read_by_who_serves_the_same_policies(
    visit: Visit, shared: Client, login: str, is_read: bool, kind: str
) -> None:
    visit(login).post("/clients/C001/remarks", kind=kind, text="很重要的话")
    assert ("很重要的话" in text_of(visit("chenyan").get("/clients/C001"))) is is_read
    assert "很重要的话" in text_of(visit("team").get("/clients/C001"))


def test_who_takes_a_policy_over_reads_what_her_predecessor_has_written(
    visit: Visit, shared: Client
) -> None:
    give_account("hejing", "agent", agent_no="A000")
    visit("chenyan").post("/clients/C001/remarks", kind="note", text="喜欢早上来电")
    policy = cast.policy(HERS)
    policy.past_agents.model.create(policy=policy, agent=policy.agent, until=cast.day("2026-06-01"))
    cast.change(policy, agent=cast.agent("A000"))
    visitor = visit("hejing")
    assert "喜欢早上来电" in text_of(visitor.get("/clients/C001"))


def test_the_card_has_her_policies_and_says_that_there_is_another_agent(
    visit: Visit, shared: Client
) -> None:
    page = text_of(visit("chenyan").get("/clients/C001?all=1"))
    for told in ("林伟", "+12025550111", "P001", "P002", "12,000", TOLD):
        assert told in page
    for kept in ("P003", "他人的保险", "98,765", "765,432", "孙丽", "A900"):
        assert kept not in page
    other = text_of(visit("sunli").get("/clients/C001?all=1"))
    assert ("98,765" in other, "12,000" in other, "陈燕" in other) == (True, False, False)


def test_tasks_and_waiting_messages_of_the_other_policy_are_not_hers(
    visit: Visit, shared: Client
) -> None:
    touchpoint = Touchpoint.get(Touchpoint.policy == cast.policy(OTHERS))
    days = {each: cast.day("2026-06-01") for each in ("due_on", "show_on", "closes_on")}
    known = {"client": shared, "state": "open", "reason": "condolence"}
    task = Task.create(policy=cast.policy(OTHERS), **known, **days)
    assert Message.select().where(Message.touchpoint == touchpoint).exists()
    visitor = visit("chenyan")
    page = text_of(visitor.get("/clients/C001"))
    reminders = page.split("保单")[0]
    assert "慰问家属" not in page and OTHERS not in reminders
    assert visitor.post("/day", task=str(task.id), do="done spoke").status_code == 404
    assert OTHERS not in text_of(visitor.get("/day"))
    assert OTHERS not in text_of(visitor.get("/day/C001"))
    assert "慰问家属" in text_of(visit("sunli").get("/clients/C001"))


def test_what_the_client_has_had_by_the_other_policy_is_told_and_no_more(
    visit: Visit, shared: Client
) -> None:
    assert cast.touchpoint("birthday", OTHERS)
    visitor = visit("chenyan")
    page = text_of(visitor.get("/clients/C001"))
    assert f"2026-06-02 生日祝福 {ELSEWHERE}" in page
    ask = "/clients/C001/why?policy=P001&touchpoint=birthday"
    assert visitor.get(ask).status_code == 404
    assert "P003" in text_of(visit("team").get(ask))
    to_come = visitor.get(f"{ask}&on=2027-06-02")
    assert to_come.status_code == 200
    assert "P003" not in text_of(to_come) and "其他服务人员" in text_of(to_come)


ASKED = [
    # the policy and the touchpoint that an agent asks about -> the answer
    ("P001", "month_1", 200),
    ("P003", "month_1", 404),
    ("P003", "made-up", 404),
    ("P900", "month_1", 404),
    ("P900", "made-up", 404),
    ("P404", "month_1", 404),
    ("P404", "made-up", 404),
]


@pytest.mark.parametrize(("policy_no", "key", "status"), ASKED)
def test_why_tells_nothing_of_a_policy_that_is_not_hers_not_even_that_it_is_there(
    visit: Visit, shared: Client, policy_no: str, key: str, status: int
) -> None:
    answer = visit("chenyan").get(f"/clients/C001/why?policy={policy_no}&touchpoint={key}")
    assert answer.status_code == status


def test_the_search_counts_and_finds_her_policies_only(visit: Visit, shared: Client) -> None:
    search_keys.bring_up_to_date(lambda: False)
    visitor = visit("chenyan")
    for text in ("C001", "林", "lw", "0111", ""):
        assert "有效保单 2" in in_book(visitor, text) and "24,000" in in_book(visitor, text)
        assert "有效保单 1" in in_book(visit("sunli"), text)
    assert "有效保单 3" in in_book(visit("ops"), "C001")
    assert "/clients/C001" not in visitor.get("/clients?q=P003").text


def in_book(visitor: Visitor, text: str) -> str:
    """The line of Lin Wei in the client book, each cell behind the name of its column."""
    page = visitor.get(f"/clients?q={text}").text
    row = page.partition('href="/clients/C001"')[2].partition("</tr>")[0]
    return " ".join(
        f"{name} {re.sub('<[^>]+>', '', cell)}"
        for name, cell in re.findall(r'data-name="([^"]+)"[^>]*>(.*?)</td>', row, re.DOTALL)
    )


AT_A_GLANCE = [
    # who reads -> policies in force, premium a year, and whether the other's instalment is told
    ("chenyan", "有效保单 2", "24,000", False),
    ("sunli", "有效保单 1", "98,765", True),
    ("team", "有效保单 3", "122,765", True),
    ("ops", "有效保单 3", "122,765", True),
]


@pytest.mark.parametrize(("login", "count", "premium", "is_told"), AT_A_GLANCE)
def test_summary_and_premiums_are_of_her_own_policies(
    visit: Visit, shared: Client, login: str, count: str, premium: str, is_told: bool
) -> None:
    cast.give_premium(cast.policy(OTHERS), "2026-06-20", amount="31415")
    page = text_of(visit(login).get("/clients/C001"))
    assert count in page and premium in page
    assert ("31,415" in page) is is_told


def test_a_contact_is_hers_where_the_policy_is(visit: Visit, shared: Client) -> None:
    """When another agent has spoken to the client is not told."""
    days = {each: cast.day("2026-05-20") for each in ("due_on", "show_on", "closes_on")}
    known = {"client": shared, "state": "done", "reason": "agent", "ended_at": NOW}
    Task.create(policy=cast.policy(OTHERS), **known, **days)
    for login, is_told in (("chenyan", False), ("sunli", True), ("team", True)):
        assert ("最近联系 2026-06-01" in in_book(visit(login), "C001")) is is_told


def test_who_another_agent_is_is_not_told_by_what_she_has_written(
    visit: Visit, shared: Client
) -> None:
    visit("sunli").post("/clients/C001/family", kin="spouse", name="王芳")
    for login, is_told in (("chenyan", False), ("team", True)):
        page = text_of(visit(login).get("/clients/C001")).partition("服务轨迹")[2]
        assert ("孙丽" in page or "sunli" in page) is is_told
        assert ("其他服务人员 记录" in page) is not is_told


def test_the_household_has_what_she_serves(visit: Visit, shared: Client) -> None:
    """The wife is a client of both agents, each with a policy of their own."""
    wife = Client.get(client_no="C900")
    cast.give_policy(wife, "P901", agent=cast.agent(), annual_premium="700")
    Relation.create(client=shared, kind="spouse", name="周明", client_no="C900")
    told = {"chenyan": "有效保单 1 张 · 700", "sunli": "有效保单 1 张 · 12,000"}
    for login, sums in told.items():
        assert sums in text_of(visit(login).get("/clients/C001"))


def test_the_calendar_holds_her_policies_only(visit: Visit, app: Flask, shared: Client) -> None:
    secret = accounts.new_feed(account("chenyan"))
    entries = visit().get(f"/calendar/{secret}.ics").text
    assert "-P001-" in entries.replace("\r\n ", "") and "P003" not in entries


OWNERS = [
    # who serves a policy that is another client's by now -> does Chen Yan read what it has brought?
    ("A001", True),
    ("A900", False),
]


@pytest.mark.parametrize(("agent_no", "is_read"), OWNERS)
def test_what_a_policy_has_brought_that_is_another_clients_by_now_is_its_agents(
    visit: Visit, space: Workspace, agent_no: str, is_read: bool
) -> None:
    cast.change(cast.lin_wei(), birthday=cast.day("1984-06-02"))
    cast.walk_only("2026-06-02", space)
    line = write("status.changed", cast.lin_wei(), "P003")
    sold = cast.change(cast.policy("P003"), client=Client.get(client_no="C900"))
    cast.change(sold, agent=cast.agent(agent_no))
    visitor = visit("chenyan")
    page = text_of(visitor.get("/clients/C001?all=1"))
    assert (line in page, ELSEWHERE in page) == (is_read, not is_read)
    asked = visitor.get("/clients/C001/why?policy=P001&touchpoint=birthday")
    assert asked.status_code == (200 if is_read else 404)


def test_a_company_may_show_all_of_a_shared_client(
    visit: Visit, space: Workspace, shared: Client
) -> None:
    all_of_it = replace(space.settings.web, shared_clients="all")
    space.settings = replace(space.settings, web=all_of_it)
    page = text_of(visit("chenyan").get("/clients/C001?all=1"))
    assert "98,765" in page and "孙丽" in page and TOLD not in page


def test_an_agent_who_serves_all_policies_has_the_whole_card(visit: Visit) -> None:
    page = text_of(visit("chenyan").get("/clients/C001?all=1"))
    assert all(each in page for each in ("P001", "P002", "P003")) and TOLD not in page


def test_a_policy_of_another_agent_that_has_ended_is_not_hers_either(
    visit: Visit, shared: Client
) -> None:
    cast.change(cast.policy(OTHERS), status="surrendered", ended_on=cast.day("2026-05-01"))
    Task.update(state="cancelled").where(Task.policy == cast.policy(OTHERS)).execute()
    page = text_of(visit("chenyan").get("/clients/C001?all=1"))
    assert "98,765" not in page and TOLD not in page
    assert visit("sunli").get("/clients/C001").status_code == 404


def test_a_shared_card_is_found_by_indexes_in_a_dozen_statements(
    visit: Visit, shared: Client
) -> None:
    for login in ("chenyan", "sunli", "team", "ops"):
        visit(login).post("/clients/C001/remarks", kind="note", text="一条备注")
    visitor = visit("chenyan")
    with statements() as told:
        visitor.get("/clients/C001")
    assert len(told) <= MOST_STATEMENTS, "\n".join(told)


@pytest.mark.only_sqlite("PostgreSQL plans by what a book holds: tests/drills/test_plans.py")
def test_a_shared_card_reads_no_whole_table(visit: Visit, shared: Client) -> None:
    visit("sunli").post("/clients/C001/remarks", kind="note", text="一条备注")
    with looked_up.listening(database.database.obj) as heard:
        for path in ("", "/why?policy=P001&touchpoint=birthday&on=2027-06-02"):
            assert visit("chenyan").get(f"/clients/C001{path}").status_code == 200
        assert heard.faults() == []


def test_a_relative_who_is_not_her_client_has_neither_name_nor_birthday(
    visit: Visit, shared: Client
) -> None:
    kin = {"kind": "spouse", "name": "周明", "client_no": "C900"}
    Relation.create(client=shared, birthday=cast.day("1990-11-05"), **kin)
    told = trail.facts(kin="spouse", name="周明", by="ops", client_no="C900")
    trail.write([trail.Entry(shared.id, None, None, "family.written", told)], NOW)
    page = text_of(visit("chenyan").get("/clients/C001?all=1"))
    assert "C900" in page and "周明" not in page and "1990-11-05" not in page
    both = text_of(visit("ops").get("/clients/C001?all=1"))
    assert "周明" in both and "1990-11-05" in both
    assert json.loads(told)["name"] == "周明"
