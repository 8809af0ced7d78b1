"""A dispatch as tests carry it out: by whom, at which moment, and what the card then tells of it."""

import datetime
import json
import time
from collections import Counter
from dataclasses import replace

from servicing.channels import Channel, Directory, Lookup, Outgoing, Routes
from servicing.channels.memory import Memory
from servicing.core import trail as core_trail
from servicing.core.models import Message
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch.claims import Dispatcher
from tests import cast
from tests.servicing import owed

WALKER = replace(cast.walker(owed.THREE_YEARS), routes=Routes("memory", "memory"))
ON = "2025-09-30"
MINUTE = datetime.timedelta(minutes=1)
TEN = cast.at(ON, "10:00")


def by(*channels: Channel, **routes: str) -> Dispatcher:
    """A dispatcher whose messages are carried by the first of these channels."""
    names = {channel.name: channel for channel in channels}
    first = channels[0].name
    directory = Directory(names, Routes(first, first, routes))
    return Dispatcher(owed.STANDARD, WALKER.composer, WALKER.rules, directory, time.time)


def dispatch(
    worker: Dispatcher, now: datetime.datetime = TEN, limit: int | None = None
) -> dict[str, int]:
    return dict(dispatching.dispatch(worker, lambda: now, limit))


def states() -> dict[str, int]:
    return dict(Counter(state for (state,) in Message.select(Message.state).tuples()))


def trail(policy_no: str = "P001", key: str = "month_1") -> list[tuple[str, str]]:
    """What the card tells of a message: kind and reason, the oldest first."""
    row = cast.touchpoint(key, policy_no)
    lines = core_trail.of_touchpoint(row.client_id, row.id)
    return [
        (each.kind.removeprefix("message."), json.loads(each.facts)["reason"])
        for each in lines
        if each.kind.startswith("message.")
    ]


class Threaded(Memory):
    """The double with threads of its own, as a provider over a network has."""

    capabilities = replace(Memory.capabilities, concurrency=4)


class Undecided(Memory):
    """A provider that cannot say yet: its list may be empty while a message is on its way."""

    def find(self, message: Outgoing) -> Lookup:
        return Lookup("undecided")
