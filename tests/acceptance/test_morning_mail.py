"""`servicing tasks mail`: by hand or by cron, once a day, and it says who has no email."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.models import Agent
from servicing.operations import workspace
from tests.acceptance.frontdoor import DAY, call
from tests.homes import close
from tests.servicing.web.visits import give_account


@pytest.fixture
def desk(office: Path) -> Iterator[Path]:
    """The workspace; two agents have an account, and one of them an email."""
    space = workspace.at(office, {})
    space.open()
    Agent.update(email="").execute()
    Agent.update(email="a1@example.com").where(Agent.agent_no == "A00001").execute()
    for number in ("A00001", "A00002"):
        give_account(number.lower(), "agent", agent_no=number)
    close()
    yield office


def told(home: Path, *args: object) -> list[int]:
    """How many were written to, had nothing to do, had no email, could not be written to."""
    lines = call("tasks", "mail", *args, cwd=home).done().out.split("\n")
    return [int(line.rpartition("：")[2].rpartition(": ")[2]) for line in lines if line]


def test_it_goes_once_and_counts_who_has_no_email(desk: Path) -> None:
    first = told(desk, "--on", DAY)
    sent, nothing, no_email, failed = first
    assert (sent + nothing, no_email, failed) == (1, 1, 0)
    assert told(desk, "--on", DAY) == [0, 0, 0, 0]
    letters = list((desk / "outbox").rglob("*-morning_mail.txt"))
    assert len(letters) == sent


def test_nobody_is_written_to_on_a_day_off(desk: Path) -> None:
    answer = call("tasks", "mail", "--on", "2026-10-01", cwd=desk).done()
    assert "is a day off" in answer.out
    assert not list((desk / "outbox").rglob("*-morning_mail.txt"))
