"""Visits and calls spread over the days on which they are worth doing, to what an agent can do in a day.

A touchpoint of the plan that says `level = true` shows its task on the first working day, from its own
on, that has room for the agent; where none has, on the one with the fewest tasks. The order is that in
which the walk finds them, so the same book gives the same days.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from policies import dates
from policies.dates import WorkCalendar
from servicing.core.settings import Capacity
from servicing.schedule import queries


@dataclass(frozen=True, slots=True)
class Placed:
    """The day on which a task is placed, and the days before it that were full."""

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
        for each in queries.open_tasks(sorted(unknown), self._since):
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
        """By id, the agents who can do more or less than the rest, with their number of tasks."""
        capacity = self._capacity.agents
        return {each.id: capacity[each.agent_no] for each in queries.agents(capacity)}
