"""Orphans and reassignments on the pages: the functions of the commands, shown before they are done."""

import re

import pytest

from policies.models import Agent, Policy
from servicing.core.audit_models import AuditEntry
from servicing.operations.workspace import Workspace
from servicing.reassignment import orphans, queries
from tests import cast
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, Visitor, text_of

TODAY = NOW.date()


@pytest.fixture
def ops(visit: Visit, space: Workspace) -> Visitor:
    return visit("ops")


def agent_of(policy_no: str) -> str:
    return str(Policy.get(Policy.policy_no == policy_no).agent.agent_no)


DAYS_GONE = [("2026-05-31", 29, "wait"), ("2026-05-02", 0, "wait"), ("2026-05-01", -1, "bad")]
"""Today is 1 June: the day on which the agent left, the days left of thirty, and how that looks."""


@pytest.mark.parametrize(("left_on", "days_left", "look"), DAYS_GONE)
def test_an_agent_who_has_left_stands_there_with_the_days_that_are_left(
    ops: Visitor, left_on: str, days_left: int, look: str
) -> None:
    assert "没有。" in text_of(ops.get("/orphans"))
    cast.change(cast.agent(), left_on=cast.day(left_on))
    page = ops.get("/orphans")
    assert f'<span class="tag {look}">{days_left}</span>' in page.text
    assert "/reassign?from=A001" in page.text and "陈燕" in page.text


def test_a_client_who_was_reassigned_and_not_told_leads_to_the_card(ops: Visitor) -> None:
    cast.give_handing(cast.policy("P900"), "2026-05-20", was=cast.agent())
    page = ops.get("/orphans?what=not_told").text
    assert "/clients/C900" in page and "2026-05-20" in page and "/clients/C001" not in page


def proposed(ops: Visitor, **asked: str) -> dict[str, str]:
    """The fields of the form that carries a proposal out."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    page = ops.get(f"/reassign?{query}").text
    form = re.search(r'<form method="post" action="/reassign".*?</form>', page, re.DOTALL)
    assert form, page
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


def test_what_would_move_is_shown_and_then_done_with_a_reason(ops: Visitor) -> None:
    page = text_of(ops.get("/reassign?from=A001&to=A900"))
    assert "将移交 3 张保单" in page and "A900 孙丽" in page
    assert agent_of("P001") == "A001", "nothing is done yet"
    form = proposed(ops, **{"from": "A001", "to": "A900"})
    assert ops.post("/reassign", **form, why=" ").status_code == 400
    assert agent_of("P001") == "A001"
    answer = ops.post("/reassign", **form, why="退休", left_on=str(TODAY))
    assert (answer.status_code, answer.location) == (303, "/orphans")
    assert {agent_of(each) for each in ("P001", "P002", "P003")} == {"A900"}
    assert Agent.get(Agent.agent_no == "A001").left_on == TODAY
    entry = cast.trail_of(cast.lin_wei())
    assert entry.count("agent.changed") == 3
    kinds = [each.kind for each in AuditEntry.select().where(AuditEntry.who == "ops")]
    assert {"clients.reassigned", "agent.changed"} <= set(kinds)
    assert ops.post("/reassign", **form, why="退休").status_code == 409, "pressed twice, done once"


def test_only_some_clients_go_where_they_are_named(ops: Visitor) -> None:
    form = proposed(ops, **{"from": "A001", "to": "A900", "clients": "C001"})
    assert form["shown"] and form["clients"] == "C001"
    told = ops.get("/reassign?from=A001&to=A900&clients=C900")
    assert told.status_code == 400 and "C900" in told.text
    assert ops.get("/reassign?from=nobody").status_code == 404


@pytest.mark.parametrize("clients", [",", " ， ", "C001 " * 201])
def test_no_clients_or_too_many_are_neither_everybody_nor_some_of_them(
    ops: Visitor, clients: str
) -> None:
    asked = {"from": "A001", "to": "A900", "clients": clients}
    answer = ops.post("/reassign", **asked, shown="x", why="退休")
    assert answer.status_code == 400 and agent_of("P001") == "A001"


def test_where_the_book_has_changed_it_is_shown_once_more(ops: Visitor) -> None:
    form = proposed(ops, **{"from": "A001", "to": "A900"})
    cast.give_policy(cast.lin_wei(), "P004", "2026-05-02")
    cast.change(
        cast.policy("P003"), agent=cast.agent("A900")
    )  # as many as before, and not the same
    answer = ops.post("/reassign", **form, why="退休")
    assert answer.status_code == 409 and "将移交 3 张保单" in text_of(answer)
    assert 'value="退休"' in answer.text and agent_of("P001") == "A001"


def test_the_page_does_not_wait_for_a_provider_for_ever(
    ops: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicing.web.reassignment.PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(queries, "messages_in_an_old_name", lambda now: 2)
    form = proposed(ops, **{"from": "A001", "to": "A900"})
    answer = ops.post("/reassign", **form, why="退休")
    assert answer.status_code == 303
    assert "2 条以原服务人员署名" in text_of(ops.get("/orphans"))


def test_the_page_lists_what_the_command_lists(ops: Visitor, space: Workspace) -> None:
    cast.change(cast.agent(), left_on=cast.day("2026-04-01"))
    (line,) = orphans.report(space.plan, TODAY)
    told = ops.get("/orphans?as=csv").data.decode("utf-8-sig").splitlines()
    assert len(told) == 2 and f"A001 陈燕,{line.since},{line.days}" in told[1]
