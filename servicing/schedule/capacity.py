"""Visits and calls spread over the days on which they are worth doing, to what an agent can do in a day.

A touchpoint of the plan that says `level = true` shows its task on the first working day, from its own
on, that has room for the agent; where none has, on the one with the fewest tasks. The order is that in
which the walk finds them, so the same book gives the same days.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from policies import database, dates, dialect, records
from policies.dates import WorkCalendar
from policies.records import Record
from servicing.core.settings import Capacity


class _AgentTasks(Record, frozen=True):
    """The open tasks of an agent that are shown from a day on."""

    agent_id: int
    show_on: datetime.date
    tasks: int


@dataclass(frozen=True, slots=True)
class Placed:
    """The day that was found for a task, and what the days before it were."""

    on: datetime.date
    full: int
    """Working days before it that had no room."""
    capacity: int
    """Tasks that a day of this agent holds."""


class AgentDays:
    """The tasks of agents by day, those that stand there and those that are given out here."""

    def __init__(self, calendar: WorkCalendar, capacity: Capacity, since: datetime.date) -> None:
        """Days before `since` are over: nothing is given to them."""
        self._calendar, self._capacity, self._since = calendar, capacity, since
        self._tasks: defaultdict[int, Counter[datetime.date]] = defaultdict(Counter)
        self._known: set[int] = set()
        self._others: dict[int, int] | None = None

    def look_up(self, agents: Collection[int]) -> None:
        """Count what stands on the lists of agents who have not been asked about yet."""
        unknown = set(agents) - self._known
        self._known |= unknown
        for some in database.chunks(sorted(unknown)):
            sql = (
                "SELECT p.agent_id, x.show_on, COUNT(*) FROM policy p"
                " JOIN task x ON x.policy_id = p.id AND x.state = 'open'"
                f" WHERE p.agent_id IN ({dialect.marks(some)})"
                f" AND x.show_on >= '{self._since}' GROUP BY p.agent_id, x.show_on"
            )
            for each in records.listed(_AgentTasks, sql, some):
                self._tasks[each.agent_id][each.show_on] += each.tasks

    def put(self, agent_id: int, day: datetime.date) -> None:
        """One more task, on a day that is not chosen here."""
        self._tasks[agent_id][day] += 1

    def place(self, agent_id: int, first: datetime.date, last: datetime.date) -> Placed:
        """The day of [first, last] for one more task of an agent who was looked up."""
        tasks, room = self._tasks[agent_id], self._room(agent_id)
        days = [day for day in dates.days_between(first, last) if self._calendar.is_workday(day)]
        free = (day for day in days if tasks[day] < room)
        on = next(free, None) or min(days, key=lambda day: (tasks[day], day), default=first)
        tasks[on] += 1
        return Placed(on, sum(day < on for day in days), room)

    def _room(self, agent_id: int) -> int:
        if self._others is None:
            self._others = self._look_up_others()
        return self._others.get(agent_id, self._capacity.tasks_a_day)

    def _look_up_others(self) -> dict[int, int]:
        """Who can do more or less than the rest, by id."""
        found: dict[int, int] = {}
        for some in database.chunks(self._capacity.agents):
            sql = f"SELECT id, agent_no FROM agent WHERE agent_no IN ({dialect.marks(some)})"
            for agent_id, agent_no in database.execute(sql, some):
                found[agent_id] = self._capacity.agents[agent_no]
        return found
