"""Whose a task is: the agent's who serves its policy today, or a desk's (domain.md §4.19).

What is counted for an agent, shown to one, or given to a new one, leaves a desk's tasks out. It stands
here twice, as a condition on rows and as one in a statement.
"""

from typing import Any

from servicing.core.models import Task


def is_of_agent() -> Any:
    """A condition on tasks: they are the agent's."""
    return Task.desk.is_null()


def of_agent(task: str = "x") -> str:
    """The same in a statement; `task` is the name of the table in it.

    A touchpoint that has no task, whose columns are null in an outer join, is the agent's as well.
    """
    return f"{task}.desk IS NULL"
