"""Every request has a workspace, a moment and a person; requests to hooks are counted."""

import datetime
from collections import Counter
from dataclasses import dataclass

from flask import abort, current_app, g, request
from flask_login import current_user

from policies.models import Agent
from servicing.core.account_models import User
from servicing.dispatch.provider_pool import Clock
from servicing.operations import queries
from servicing.operations.queries import HookRequests
from servicing.operations.workspace import Workspace
from servicing.web import tallies
from servicing.web.endings import Endings
from servicing.web.refused import Refusals
from servicing.web.tallies import Tallied, Tallies

SETTINGS = "servicing"
"""The application keeps its workspace and clock under this name."""

TALLIES = "servicing tallies"
"""The application keeps its `Tallies` under this name."""

ENDINGS = "servicing endings"
"""The application keeps its `Endings` under this name."""


REFUSALS = "servicing refusals"
"""The application keeps its `Refusals` under this name."""


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


PASSED_ON = (
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-Ip",
    "Forwarded",
    "Via",
)
"""Headers that a proxy adds."""
WAS_PASSED_ON = "servicing.was_passed_on"
"""The server says under this name that there were some, before it has dealt with them."""


def was_passed_on() -> bool:
    """Whether the request says that it comes through a proxy."""
    is_told = any(each in request.headers for each in PASSED_ON)
    return is_told or bool(request.environ.get(WAS_PASSED_ON))


def public_address(path: str) -> str:
    """A path as the world reaches it; whoever asks may have put any name into the request's `Host`."""
    public_url = workspace().settings.web.public_url
    return f"{(public_url or request.host_url).rstrip('/')}{path}"


def me() -> User:
    """The reader of a page that is shown only after a login."""
    return current_user.user  # type: ignore[no-any-return]


def my_agent() -> Agent:
    """The agent who reads a page for agents; the page does not exist for anybody else."""
    agent = me().agent
    if agent is None:
        abort(404)
    return agent


def count(hook: str, outcome: str, number: int = 1) -> None:
    """So many more requests to a hook that came to this: kept by day in `hook_count`."""
    tallies.write({Tallied(workspace().today(now()), hook, outcome): number})


def tally(hook: str, outcome: str) -> None:
    """The same for who has not proved anything, and must not write: counted in memory for now."""
    tallied().add(Tallied(workspace().today(now()), hook, outcome))


def tallied() -> Tallies:
    """What this process has counted and not written yet."""
    return current_app.extensions[TALLIES]  # type: ignore[no-any-return]


def endings() -> Endings:
    """What this process has ended and not written yet."""
    return current_app.extensions[ENDINGS]  # type: ignore[no-any-return]


def refusals() -> Refusals:
    """What this process has refused and the audit log does not tell yet."""
    return current_app.extensions[REFUSALS]  # type: ignore[no-any-return]


def hooks() -> list[HookRequests]:
    """The requests of today to hooks and links, those counted in memory among them."""
    on = today()
    counts = Counter(tallied().of(on))
    counts.update({(each.hook, each.outcome): each.requests for each in queries.hooks(on)})
    return [HookRequests(*which, number) for which, number in sorted(counts.items())]
