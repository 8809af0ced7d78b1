"""The product lives a week: the events of one, through its own doors."""

import csv
import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import singledispatchmethod
from pathlib import Path

import msgspec

from policies import database, plan
from policies.case_moves import Given
from policies.importing.importer import BookFile
from policies.models import Agent, Client, Policy
from servicing.breaker import breaker
from servicing.card import card as cards
from servicing.card import notes
from servicing.card.notes import Relative
from servicing.cases import opening, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.channels import Directory, Routes
from servicing.core import context, references
from servicing.core.case_models import Case
from servicing.core.models import Message, Task, Touchpoint
from servicing.core.settings import Breaker, General, Settings
from servicing.desk import tasks
from servicing.dispatch import dispatcher, receipts, replies
from servicing.dispatch.claims import Dispatcher
from servicing.dispatch.rate_limit import Wall
from servicing.dispatch.replies import Incoming
from servicing.messages import history, suppressions
from servicing.operations import backups, imports
from servicing.operations.imports import ImportRequest
from servicing.operations.workspace import Workspace
from servicing.schedule import deaths, giving_back, walk
from servicing.schedule.deaths import Report
from servicing.schedule.materialize import Walker
from tests.drills.plainly import world
from tests.drills.plainly.events import (
    Booked,
    Complained,
    Copied,
    Did,
    Died,
    Dispatched,
    Edited,
    Event,
    Halted,
    Imported,
    Lives,
    Mended,
    Receipted,
    Related,
    Restored,
    Resumed,
    Said,
    Settled,
    Stopped,
    Walked,
)
from tests.drills.plainly.provider import Provider
from tests.drills.plainly.seen import Seen, Sent, Stood, Told
from tests.drills.plainly.world import Row

ROUTES = Routes("memory", "memory")
PLAN = plan.load(world.PLAN)
"""Loaded once: to check it against the words of every mended text takes most of a week's time."""


class Rehearsed(Workspace):
    """A workspace whose messages go to a provider in memory."""

    def __init__(self, home: Path, url: str, provider: Provider, edition: int) -> None:
        general = General(
            database=url,
            company=world.COMPANY,
            plan="plainly",
            grace_days=world.GRACE_DAYS,
            product_grace_days=world.PRODUCT_GRACE_DAYS,
        )
        super().__init__(home, Settings(servicing=general, breaker=Breaker(enabled=False)))
        self._provider = provider
        self.plan = msgspec.structs.replace(PLAN, digest=f"{edition:012}")

    def walker(self) -> Walker:
        return replace(super().walker(), routes=ROUTES)

    def dispatcher(self, wall: Wall) -> Dispatcher:
        directory = Directory({"memory": self._provider}, ROUTES)
        return replace(super().dispatcher(wall), directory=directory)


class Living:
    """The product, told one event after another."""

    def __init__(self, home: Path, url: str, another: Callable[[], str]) -> None:
        """`another`: the address of another book with nobody in it, on the same kind of database."""
        self._home, self._url, self._another = home, url, another
        self._versions = dict.fromkeys((*world.TEMPLATES.values(), *world.OTHERS), 1)
        self._replies = self._edition = 0
        self._provider = Provider()
        self._tell_words()
        (home / "plans").mkdir()
        (home / "plans" / "plainly.toml").write_bytes(world.PLAN.read_bytes())
        self._space.open()

    def _tell_words(self) -> None:
        world.write_templates(self._home, self._versions)
        self._space = Rehearsed(self._home, self._url, self._provider, self._edition)

    def happens(self, event: Event, now: datetime.datetime) -> None:
        """Let one thing happen."""
        self._happens(event, now)

    @singledispatchmethod
    def _happens(self, event: Event, now: datetime.datetime) -> None:
        raise NotImplementedError(event)

    @_happens.register
    def _(self, event: Imported, now: datetime.datetime) -> None:
        path = self._file("book", world.BOOK_COLUMNS, event.rows)
        self._takes_in(BookFile(path, complete=event.is_complete), event.joined, now)

    @_happens.register
    def _(self, event: Booked, now: datetime.datetime) -> None:
        path = self._file("ledger", world.LEDGER_COLUMNS, event.rows)
        self._takes_in(BookFile(path, kind="premiums", complete=event.is_complete), None, now)

    def _takes_in(
        self, file: BookFile, joined: datetime.date | None, now: datetime.datetime
    ) -> None:
        result = imports.take_in(self._space, ImportRequest(file, joined, drops_much=True), now)
        assert not result.refused, result.refused

    @_happens.register
    def _(self, event: Said, now: datetime.datetime) -> None:
        self._replies += 1
        incoming = Incoming("memory", f"in-{self._replies}", event.phone, event.word)
        replies.take(incoming, self._space.today(now), now)

    @_happens.register
    def _(self, event: Stopped, now: datetime.datetime) -> None:
        kind, subject = suppressions.whom(event.spelled, self._space.country)
        if event.is_lifted:
            suppressions.lift(kind, subject, "operator", now)
        else:
            suppressions.suppress(kind, subject, "opted_out", "operator", now)

    @_happens.register
    def _(self, event: Complained, now: datetime.datetime) -> None:
        today, ground = self._space.today(now), self._space.ground
        if not event.is_over:
            asked = Request("complaint", today, "as it was said", "operations", event.client_no)
            opening.open_case(ground, asked, today, now)
            return
        theirs = Case.client == cards.client_of(event.client_no)
        for each in Case.select().where(Case.is_open & theirs):
            order = Order(each.id, "withdraw", "operations", today, Given("has withdrawn it"))
            stepping.step(ground, order, today, now)

    @_happens.register
    def _(self, event: Died, now: datetime.datetime) -> None:
        client = cards.client_of(event.client_no)
        deaths.deceased(self._space.walker(), client, event.on, self._report(now))

    @_happens.register
    def _(self, event: Lives, now: datetime.datetime) -> None:
        deaths.alive(self._space.walker(), cards.client_of(event.client_no), self._report(now))

    @_happens.register
    def _(self, event: Related, now: datetime.datetime) -> None:
        client = cards.client_of(event.client_no)
        relative = Relative("child", event.other_no, client_no=event.other_no)
        notes.add_relative(client, relative, "operations", now)
        deaths.joined(self._space.walker(), client, self._report(now))

    def _report(self, now: datetime.datetime) -> Report:
        return Report("operations", self._space.today(now), now)

    @_happens.register
    def _(self, event: Halted, now: datetime.datetime) -> None:
        breaker.halt(event.key, self._space.plan, "to be mended", "operations", now)

    @_happens.register
    def _(self, event: Resumed, now: datetime.datetime) -> None:
        breaker.resume(event.key, "it is mended", "operations", now)

    @_happens.register
    def _(self, event: Mended, now: datetime.datetime) -> None:
        self._versions[event.template] += 1
        self._tell_words()

    @_happens.register
    def _(self, event: Edited, now: datetime.datetime) -> None:
        self._edition += 1
        self._tell_words()

    @_happens.register
    def _(self, event: Did, now: datetime.datetime) -> None:
        listed = sorted(self._listed(self._space.today(now)))
        mine = [number for _, number, agent_no in listed if agent_no == event.agent_no]
        if mine:
            today = self._space.today(now)
            tasks.done(mine[event.place % len(mine)], now, on=today)

    @_happens.register
    def _(self, event: Walked, now: datetime.datetime) -> None:
        giving_back.bring_up_to_date(self._space.walker(), event.on, now)
        walk.walk(self._space.walker(), event.on, now)

    @_happens.register
    def _(self, event: Dispatched, now: datetime.datetime) -> None:
        giving_back.bring_up_to_date(self._space.walker(), self._space.today(now), now)
        dispatcher.dispatch(self._space.dispatcher(time.time), lambda: now)

    @_happens.register
    def _(self, event: Copied, now: datetime.datetime) -> None:
        backups.save(self._space, self._backup)

    @_happens.register
    def _(self, event: Restored, now: datetime.datetime) -> None:
        database.database.close()
        self._url = self._another()
        self._tell_words()
        self._space.open()
        backups.restore(self._space, self._backup, now, event.lost_at)

    @property
    def _backup(self) -> Path:
        return self._home / "book.backup"

    @_happens.register
    def _(self, event: Receipted, now: datetime.datetime) -> None:
        for each in self._provider.late_receipts(event.since):
            receipts.apply(each, now)

    @_happens.register
    def _(self, event: Settled, now: datetime.datetime) -> None:
        come = {each.message.mark for each in self._provider.taken}
        unknown = {
            each.touchpoint_id: each.id for each in Message.select() if each.state == "unknown"
        }
        for each in context.of_touchpoints(unknown):
            has_come = references.mark_of(each) in come
            history.settle(unknown[each.touchpoint_id], "sent" if has_come else "resend", now)

    def _file(self, name: str, columns: tuple[str, ...], rows: tuple[Row, ...]) -> Path:
        path = self._home / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        return path

    # ---------------------------------------------------------------------------- what it has done

    def seen(self, today: datetime.date) -> Seen:
        """What stands in its tables and at its provider after a day."""
        return Seen(self._touchpoints(), self._texts(), self._lists(today), self._asked())

    def _asked(self) -> list[tuple[str, str, str]]:
        told = (Agent.agent_no, Client.client_no, Task.reason)
        rows = Task.select(*told).join(Policy).join(Agent).switch(Task).join(Client)
        is_one = (Task.state == "open") & Task.reason.in_(["condolence", "claim_asks"])
        return sorted(rows.where(is_one).tuples())

    def _touchpoints(self) -> dict[Told, list[Stood]]:
        found: dict[Told, list[Stood]] = {}
        messages = {each.touchpoint_id: each.state for each in Message.select()}
        pending = {each.touchpoint_id: each.state for each in Task.select()}
        whose = (Touchpoint.id, Touchpoint.scope, Policy.policy_no, Client.client_no)
        named = (Touchpoint.key, Touchpoint.occurrence, Touchpoint.due_on)
        rows = Touchpoint.select(*whose, *named).join(Policy).switch(Touchpoint).join(Client)
        for number, scope, policy_no, client_no, *name in rows.tuples():
            told = Told(policy_no if scope == "policy" else client_no, *name)
            stood = Stood(messages.get(number, ""), pending.get(number, ""))
            found.setdefault(told, []).append(stood)
        return {told: sorted(stood) for told, stood in found.items()}

    def _texts(self) -> list[Sent]:
        return sorted(
            Sent(each.client_no, each.channel, each.address, tuple(each.body.strip().split("|")))
            for each in (taken.message for taken in self._provider.taken)
        )

    def _lists(self, today: datetime.date) -> dict[str, list[Told]]:
        shown: dict[str, list[Told]] = {each: [] for each in world.AGENTS}
        for told, _, agent_no in self._listed(today):
            shown[agent_no].append(told)
        return {each: sorted(listed) for each, listed in shown.items()}

    def _listed(self, today: datetime.date) -> Iterator[tuple[Told, int, str]]:
        """What stands on the lists, but for tasks of which nothing was due: with its id and agent."""
        lines = {line.id: line.agent_no for line in tasks.open_tasks(today)}
        told = (Task.id, Touchpoint.scope, Policy.policy_no, Client.client_no)
        named = (Touchpoint.key, Touchpoint.occurrence, Touchpoint.due_on)
        rows = Task.select(*told, *named).join(Touchpoint).join(Policy).switch(Touchpoint)
        for number, scope, policy_no, client_no, *name in rows.join(Client).tuples():
            if number in lines:
                whose = policy_no if scope == "policy" else client_no
                yield Told(whose, *name), number, lines[number]
