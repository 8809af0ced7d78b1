"""Every text is written for everybody before anybody is sent one: three of three thousand are found."""

import datetime
from pathlib import Path

import msgspec
import pytest

from policies.models import Agent, Client, Policy
from policies.plan import Step
from servicing.core.models import CardEntry, Message, Touchpoint
from servicing.operations.workspace import Workspace
from servicing.projections import template_check
from servicing.projections.template_check import Preflight, TextFlaw
from tests import cast
from tests.refusals import english
from tests.servicing import owed

pytestmark = cast.on_one

DAY = datetime.date(2025, 9, 30)
MANY = 300


def texts(space: Workspace, name: str, text: str) -> None:
    """A text of the company's own."""
    path = space.home / "templates" / "messages" / "zh_CN" / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def check(space: Workspace) -> Preflight:
    return template_check.check(space.walker(), space.settings, DAY)


def complaints(space: Workspace, name: str = "month_1.sms") -> dict[tuple[str, str], TextFlaw]:
    found = check(space).complaints
    return {(each.code, each.what): each for each in found if each.template == f"zh_CN/{name}"}


def crowd(clients: int = MANY) -> None:
    """So many clients of one agent, a policy each, issued a month ago."""
    agent = Agent.create(agent_no="A001", name="陈燕", phone="+12025550101")
    for number in range(clients):
        client = Client.create(
            client_no=f"C{number:05}",
            name=f"客户{number}",
            phone=f"+1202555{100 + number % 100:04}",
        )
        Policy.create(
            policy_no=f"P{number:05}",
            client=client,
            agent=agent,
            issue_date=DAY - datetime.timedelta(days=20),
            served_from=DAY - datetime.timedelta(days=20),
            annual_premium=1200,
        )


def test_the_shipped_texts_are_in_order(workspace: Workspace) -> None:
    cast.everybody()
    found = check(workspace)
    assert found.complaints == []
    reach = {each.template: each for each in found.reached}
    assert reach["zh_CN/month_1.sms"].clients == 4
    assert sum(reach["zh_CN/month_1.sms"].parts.values()) == 4
    assert found.texts == sum(each.clients for each in found.reached)


def test_a_fact_that_three_clients_lack_is_found_and_names_the_three(workspace: Workspace) -> None:
    crowd()
    quiet = Agent.create(agent_no="A002", name="孙丽", phone="")
    Policy.update(agent=quiet).where(Policy.policy_no << ["P00007", "P00123", "P00288"]).execute()
    texts(workspace, "month_1.sms", "【示例人寿】{{ salutation }}，请打 {{ agent_phone }}。")
    (found,) = complaints(workspace).values()
    assert (found.code, found.what, found.clients) == ("blank", "agent_phone", 3)
    assert found.examples == ["C00007", "C00123", "C00288"]


def test_a_text_that_asks_first_prints_no_blank(workspace: Workspace) -> None:
    crowd(3)
    Agent.update(phone="").execute()
    guarded = (
        "【示例人寿】{{ salutation }}{% if agent_phone %}，请打 {{ agent_phone }}{% endif %}。"
    )
    texts(workspace, "month_1.sms", guarded)
    assert complaints(workspace) == {}


def test_what_cannot_be_worked_out_for_some_is_told_by_its_kind_and_line(
    workspace: Workspace,
) -> None:
    crowd(5)
    Client.update(name="").where(Client.client_no == "C00003").execute()
    text = "【示例人寿】{{ client_name }}：\n{{ 1 // (client_name | length) }}"
    texts(workspace, "month_1.sms", text)
    (found,) = [each for each in check(workspace).complaints if each.code == "broken"]
    assert found.examples == ["C00003"]
    assert "for some clients: ZeroDivisionError in line 2" in english(found.what)


def test_what_an_error_says_of_a_client_is_not_told(workspace: Workspace) -> None:
    """The client is named by number, the fact that the words have failed on not at all."""
    crowd(5)
    Client.update(name="Ilse Brandt").where(Client.client_no == "C00003").execute()
    known = "{% set known = {'Ilse Brandt': {}} %}"
    text = f"【示例人寿】{known}{{{{ known[client_name].x if client_name in known }}}}"
    texts(workspace, "month_1.sms", text)
    (found,) = [each for each in check(workspace).complaints if each.code == "broken"]
    assert found.examples == ["C00003"] and "Ilse" not in english(found.what)


FAULTS = [
    ("month_1.sms", "{{ salutation }}，您好。", ("no_signature", "")),
    ("month_1.sms", "【示例人寿】本产品保证收益。", ("forbidden", "保证收益")),
    ("month_1.sms", "【示例人寿】见 http://x.example/a", ("insecure_link", "http://x.example/a")),
    ("month_1.sms", "【示例人寿】" + "长" * 400, ("long", "7")),
    ("news.sms", "【示例人寿】好消息。", ("no_opt_out", "")),
]


@pytest.mark.parametrize(("name", "text", "fault"), FAULTS)
def test_what_a_text_must_not_say_or_leave_out(
    workspace: Workspace, name: str, text: str, fault: tuple[str, str]
) -> None:
    people = cast.everybody(issued=["2025-09-15", "2023-09-15", "2022-09-15"])
    cast.change(people.lin_wei, marketing_consent=True)
    texts(workspace, name, text)
    assert fault in complaints(workspace, name)


def test_nothing_is_written_and_nobody_is_asked_twice(workspace: Workspace) -> None:
    people = cast.everybody(issued=["2023-09-15", "2023-09-15", "2022-09-15"])
    cast.change(people.lin_wei, marketing_consent=True)
    reach = {each.template: each.clients for each in check(workspace).reached}
    assert reach["zh_CN/news.sms"] == 1, "three policies, one client"
    assert "zh_CN/month_1.sms" not in reach, "theirs was years ago"
    for model in (Touchpoint, Message, CardEntry):
        assert model.select().count() == 0


ISSUED = [
    # month_1 of a policy issued on that day falls due on 29 or 30 September, or is over
    ("2025-08-28", False),
    ("2025-08-29", True),
    ("2025-08-30", True),
    ("2025-09-30", True),
]


@pytest.mark.parametrize(("issued", "is_reached"), ISSUED)
def test_who_had_it_yesterday_is_looked_at_last_and_who_had_it_before_is_not(
    workspace: Workspace, issued: str, is_reached: bool
) -> None:
    cast.everybody(issued=issued)
    reach = {each.template: each.clients for each in check(workspace).reached}
    assert reach.get("zh_CN/month_1.sms") == (4 if is_reached else None)


@pytest.mark.parametrize(("issued", "is_reached"), [("2025-08-29", False), ("2025-08-30", True)])
def test_of_several_steps_the_longest_keeps_a_policy_in_reach(
    workspace: Workspace, issued: str, is_reached: bool
) -> None:
    cast.everybody(issued=issued)
    steps = (Step(days=3), Step(days=30))
    delivery = msgspec.structs.replace(owed.touchpoint("month_1"), due=steps)
    since = template_check.counted_since(delivery, DAY)
    assert (cast.day(issued) >= since) is is_reached


PAID = [
    # the day on which the next premium was paid, and whether it is still to be reminded of
    (None, True),
    ("2025-10-01", True),
    ("2025-09-30", False),
]


@pytest.mark.parametrize(("paid_on", "is_reached"), PAID)
def test_a_premium_that_is_paid_today_is_reminded_of_no_more(
    workspace: Workspace, paid_on: str | None, is_reached: bool
) -> None:
    people = cast.everybody()
    cast.give_premium(people.policies[0], "2025-10-15", paid_on=paid_on)
    reach = {each.template: each.clients for each in check(workspace).reached}
    assert reach.get("zh_CN/renewal_due.sms") == (1 if is_reached else None)


def test_a_list_of_the_company_is_its_own(workspace: Workspace, tmp_path: Path) -> None:
    cast.everybody()
    settings = workspace.home / "servicing.toml"
    settings.write_text(
        settings.read_text("utf-8") + '\n[texts]\nforbidden = ["合同"]\nmost_parts = 1\n', "utf-8"
    )
    from servicing.operations import workspace as workspaces

    space = workspaces.at(workspace.home, {})
    codes = {each.code for each in check(space).complaints}
    assert codes == {"forbidden", "long"}
