"""A workspace in which people have worked for a while: what the browser and the pictures show."""

import datetime
from pathlib import Path

from policies import dates, sample
from policies.models import Agent, Policy, Team
from servicing import dispatch, intake, people, walk, workspace
from servicing.models import Task
from servicing.workspace import Workspace

PASSWORD = "correct horse battery"
POLICIES = 400
JOINED = datetime.date(2026, 5, 4)
NOW = datetime.datetime.fromisoformat("2026-06-10T09:30+08:00")
"""The morning on which the pages are looked at."""


def workspace_at(home: Path) -> Workspace:
    """A made-up book that joined five weeks ago, walked and dispatched every day since."""
    workspace.create(home, "sqlite:///servicing.db")
    space = workspace.at(home, {})
    space.open()
    files = {"book": home / "book.csv", "premiums": home / "premiums.csv"}
    sample.write(POLICIES, files["book"], premiums=files["premiums"], as_of=NOW.date())
    begin = _at(JOINED, 5)
    intake.take_in(space, files["book"], now=begin, joined=JOINED)
    intake.take_in(space, files["premiums"], kind="premiums", now=begin)
    for day in dates.days_between(JOINED, NOW.date()):
        walk.walk(space.walker(), day, _at(day, 6))
        if day < NOW.date():
            _work(space, _at(day, 10))
    _accounts()
    return space


def _at(day: datetime.date, hour: int) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour), NOW.tzinfo)


def _work(space: Workspace, now: datetime.datetime) -> None:
    """A day's messages leave."""
    dispatch.dispatch(space.dispatcher(now.timestamp), lambda: now)


def _accounts() -> None:
    """One of each: the agent with the most to do, and the managers above her."""
    busiest = _busiest()
    team = Team.get_by_id(busiest.team_id)
    branch = team.branch.name
    people.add("agent", "agent", PASSWORD, NOW, agent_no=busiest.agent_no)
    people.add("team", "manager", PASSWORD, NOW, branch=branch, team=team.name)
    people.add("branch", "manager", PASSWORD, NOW, branch=branch)
    people.add("ops", "operations", PASSWORD, NOW)
    people.add("admin", "administrator", PASSWORD, NOW)


def _busiest() -> Agent:
    """Some other agents have done their work; she has it before her."""
    counts: dict[int, int] = {}
    for task in Task.select(Task, Policy).join(Policy).where(Task.state == "open"):
        counts[task.policy.agent_id] = counts.get(task.policy.agent_id, 0) + 1
    return Agent.get_by_id(max(counts, key=lambda each: (counts[each], -each)))
