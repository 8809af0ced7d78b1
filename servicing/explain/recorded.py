"""A touchpoint that was recorded, with its message and its task, and who had it."""

from typing import TypeVar

from policies.models import Client
from servicing.core.models import Message, Task, Touchpoint

T = TypeVar("T", Message, Task)


def message_of(row: Touchpoint | None) -> Message | None:
    """The message of a recorded touchpoint, if it has one."""
    return _there(getattr(row, "message", None))


def task_of(row: Touchpoint | None) -> Task | None:
    """The task of a recorded touchpoint, if it has one."""
    return _there(getattr(row, "task", None))


def _there(joined: T | None) -> T | None:
    """The row of a left join; without a state there is none."""
    return joined if joined is not None and joined.state else None


def had_as(row: Touchpoint) -> Client | None:
    """Who had it, where two numbers turned out to be one person; None: who has it today."""
    told = [each for each in (message_of(row), task_of(row)) if each]
    return next((each.client for each in told if each.client_id != row.client_id), None)
