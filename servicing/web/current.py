"""Every request has a workspace, a moment and a person; requests to hooks are counted."""

import datetime
from dataclasses import dataclass

from flask import abort, current_app, g
from flask_login import current_user

from policies import database
from policies.models import Agent
from servicing.core.account_models import User
from servicing.core.models import HookCount
from servicing.dispatch.provider_pool import Clock
from servicing.operations.workspace import Workspace

SETTINGS = "servicing"
"""The application keeps its workspace and clock under this name."""


@dataclass(frozen=True)
class Served:
    """The workspace that an application serves, and its clock."""

    space: Workspace
    clock: Clock


def _served() -> Served:
    served = current_app.extensions[SETTINGS]
    assert isinstance(served, Served)
    return served


def workspace() -> Workspace:
    """The workspace that this request is for: the same one from its beginning to its end."""
    if "workspace" not in g:
        g.workspace = _served().space.current()
    return g.workspace  # type: ignore[no-any-return]


def now() -> datetime.datetime:
    """The moment of this request."""
    if "now" not in g:
        g.now = _served().clock()
    return g.now  # type: ignore[no-any-return]


def today() -> datetime.date:
    """The book's calendar day of this request."""
    return workspace().today(now())


def me() -> User:
    """The reader of a page that is shown only after a login."""
    return current_user.user  # type: ignore[no-any-return]


def my_agent() -> Agent:
    """The agent who reads a page for agents; the page does not exist for anybody else."""
    agent = me().agent
    if agent is None:
        abort(404)
    return agent


def count(hook: str, outcome: str) -> None:
    """One more request to a hook that came to this: kept by day in `hook_count`."""
    with database.writing():
        row = {"day": workspace().today(now()), "hook": hook, "outcome": outcome}
        columns = [HookCount.day, HookCount.hook, HookCount.outcome]
        HookCount.insert(**row, count=1).on_conflict(
            conflict_target=columns, update={HookCount.count: HookCount.count + 1}
        ).execute()
