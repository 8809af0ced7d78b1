"""A book lives through a morning: it is walked, and what is due leaves to a provider in memory."""

import datetime

from servicing.channels import Directory, Outgoing, Routes
from servicing.channels.memory import Memory
from servicing.dispatch import dispatcher
from servicing.dispatch.claims import Dispatcher
from servicing.operations.workspace import Workspace
from servicing.schedule import walk
from tests import cast
from tests.acceptance import tables


def held(space: Workspace) -> tables.Tables:
    return tables.held(space.settings.servicing.database, space.home)


def carried_by(space: Workspace, memory: Memory, now: datetime.datetime) -> None:
    """A dispatch whose messages a provider in memory takes."""
    ours = space.dispatcher(now.timestamp)
    carriers = Directory({"outbox": memory}, Routes("outbox", "outbox"))
    worker = Dispatcher(ours.plan, ours.composer, ours.rules, carriers, ours.wall)
    dispatcher.dispatch(worker, lambda: now)


def a_morning(space: Workspace, day: str, memory: Memory | None) -> None:
    walk.walk(space.walker(), cast.day(day), cast.at(day, "06:00"))
    if memory:
        carried_by(space, memory, cast.at(day, "10:00"))


class Once(Memory):
    """Takes every message once; a second time would be a message too many."""

    name = "outbox"

    def __init__(self) -> None:
        super().__init__()
        self.words: list[tuple[str, str, str]] = []

    def send(self, message: Outgoing):  # type: ignore[no-untyped-def]
        self.words.append((message.client_no, message.touchpoint, message.body))
        return super().send(message)

    def assert_nothing_twice(self) -> None:
        assert len(self.words) == len(set(self.words)), self.words
