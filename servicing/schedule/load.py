"""How many tasks stand on the lists of agents, day by day, against what they can do in a day.

What is overdue stands on today. A day off holds nothing; what stands there all the same is counted.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from policies import dates
from policies.dates import WorkCalendar
from servicing.core.settings import Capacity
from servicing.schedule import queries


@dataclass(frozen=True)
class DayLoad:
    """A day of some agents."""

    day: datetime.date
    tasks: int
    capacity: int
    """0 on a day off, and on a day that is over."""
    is_workday: bool

    @property
    def is_over(self) -> bool:
        """Whether there is more to do than can be done."""
        return self.tasks > self.capacity


@dataclass(frozen=True)
class Span:
    """Some days in a row, read on one of them or before."""

    first: datetime.date
    last: datetime.date
    on: datetime.date
    """Today: what is overdue stands there."""

    def days(self) -> Iterable[datetime.date]:
        """All of them."""
        return dates.days_between(self.first, self.last)


class Load:
    """The open tasks of some agents, by agent and by the day that shows them."""

    def __init__(self, agents: Mapping[int, str], on: datetime.date) -> None:
        """`agents`: by id, their numbers."""
        self._agents = agents
        self._tasks: defaultdict[int, Counter[datetime.date]] = defaultdict(Counter)
        self._overdue: Counter[int] = Counter()
        for each in queries.open_tasks(sorted(agents), datetime.date.min):
            self._tasks[each.agent_id][max(each.show_on, on)] += each.tasks
            if each.show_on < on:
                self._overdue[each.agent_id] += each.tasks

    def tasks(self, agent_id: int, day: datetime.date) -> int:
        """Those that stand on a day of an agent."""
        return self._tasks[agent_id][day]

    def within(self, agent_id: int, span: Span) -> int:
        """Those that stand on the days of a span of an agent."""
        theirs = self._tasks[agent_id].items()
        return sum(tasks for day, tasks in theirs if span.first <= day <= span.last)

    def overdue(self, agent_id: int) -> int:
        """Those of an agent that have stood on the list since before today."""
        return self._overdue[agent_id]

    def by_day(
        self,
        span: Span,
        calendar: WorkCalendar,
        capacity: Capacity,
        agents: Collection[int] | None = None,
    ) -> list[DayLoad]:
        """Each day of a span; of some of the agents, by default of all."""
        some = self._agents if agents is None else agents
        room = sum(capacity.of(self._agents[each]) for each in some)
        return [
            DayLoad(
                day=day,
                tasks=sum(self._tasks[each][day] for each in some),
                capacity=room if calendar.is_workday(day) and day >= span.on else 0,
                is_workday=calendar.is_workday(day),
            )
            for day in span.days()
        ]
