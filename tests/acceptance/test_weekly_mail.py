"""`servicing cases mail`: by hand or by cron, once a week, to managers whose account has an email."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.models import Agent
from servicing.operations import workspace
from tests.acceptance.frontdoor import call
from tests.homes import close
from tests.servicing.web.visits import give_account


@pytest.fixture
def desk(office: Path) -> Iterator[Path]:
    """The workspace, with a manager of a branch, and a complaint about one of its agents."""
    space = workspace.at(office, {})
    space.open()
    agent = Agent.get(Agent.agent_no == "A00001")
    give_account("wang", "manager", branch=agent.team.branch.name)
    close()
    said = ("--received", "2026-04-27", "--about", "A00001", "--text", "no answer")
    call("cases", "open", "complaint", *said, cwd=office).done()
    yield office


def told(home: Path) -> list[int]:
    """How many were written to, had nothing to read, could not be written to."""
    lines = call("cases", "mail", "--on", "2026-05-04", cwd=home).done().out.split("\n")
    return [int(line.rpartition(": ")[2]) for line in lines if line]


def test_it_goes_once_and_only_to_who_has_an_email(desk: Path) -> None:
    assert "no email" in call("user", "email", "wang", cwd=desk).done().out
    assert told(desk) == [0, 0, 0]
    call("user", "email", "wang", "wang@example.com", cwd=desk).done()
    assert "wang@example.com" in call("user", "email", "wang", cwd=desk).done().out
    assert told(desk) == [1, 0, 0]
    assert told(desk) == [0, 0, 0]
    (letter,) = (desk / "outbox").rglob("*-weekly_mail.txt")
    assert "收到 1 件，办结 0 件" in letter.read_text("utf-8")
    assert "no email" in call("user", "email", "wang", "--none", cwd=desk).done().out


def test_what_is_no_address_is_refused_with_what_was_expected(desk: Path) -> None:
    refused = call("user", "email", "wang", "wang at example", cwd=desk).refused()
    assert "'wang at example' is not an email address" in refused
