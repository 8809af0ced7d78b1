"""A book that is copied, goes on, is lost, and is made anew of its copy: one history for each seed.

In between the file of the core system changes: who serves, what a client is called, where he is
reached, when he was born, who is new. Both books write to the same provider, which tells in the end
what it has taken.
"""

import csv
import datetime
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policies import database
from policies.importing.importer import BookFile
from servicing.channels import Meaning
from servicing.core.context import of_touchpoints
from servicing.core.models import Message
from servicing.core.references import mark_of, parse
from servicing.dispatch import dispatcher, receipts
from servicing.dispatch.receipts import Outcome, Receipt
from servicing.operations import backups, imports, workspace
from servicing.operations.imports import ImportRequest
from servicing.operations.workspace import Workspace
from servicing.schedule import giving_back, walk
from tests import cast
from tests.standins.carriers import Carrier, Taken

FIRST = datetime.date(2026, 6, 1)
DAYS = 5
"""Of the lost book, at most."""
AFTER = (1, 2, 3, 4, 6, 8, 11)
"""Days behind the restore, until every window of what fell due before the loss is closed."""

Row = dict[str, str]


@dataclass
class History:
    """One book and its copy, by the dice of a seed."""

    seed: int
    folder: Path
    carrier: Carrier
    told: list[str] = field(default_factory=list)
    """What has happened, in its order: read it where a seed fails."""

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.rows = list(self._rows())
        self.now = cast.at(FIRST - datetime.timedelta(days=1), "18:00")
        self.moved: set[str] = set()

    # ------------------------------------------------------------------------------- the file

    def _rows(self) -> Iterator[Row]:
        for number in range(12):
            client = self.dice.randrange(8)
            yield self._row(number, client)

    def _row(self, number: int, client: int) -> Row:
        # anchors such that delivery, month_1 and month_4 fall into the days of the history
        back = self.dice.choice((3, 31, 30, 123))
        issued = FIRST + datetime.timedelta(days=self.dice.randrange(DAYS + 2) - back)
        born = FIRST + datetime.timedelta(days=client % (DAYS + 3))
        return {
            "policy_no": f"P{number:04}",
            "issue_date": str(issued),
            "annual_premium": "1000",
            "client_no": f"C{client:03}",
            "client_name": f"客户{client}",
            "agent_no": "A1",
            "agent_name": "陈燕",
            "phone": self.carrier.number(client),
            "birthday": str(born.replace(year=1980)),
        }

    def change(self) -> None:
        """The core system says something else than yesterday."""
        what = self.dice.choice(
            ("agent", "agent_name", "name", "phone", "birthday", "new", "issue", "client_no")
        )
        row = self.dice.choice(self.rows)
        mine = [each for each in self.rows if each["client_no"] == row["client_no"]]
        self.told.append(f"{self.now:%d %H:%M} changes {what} of {row['policy_no']}")
        if what == "agent":
            row.update(agent_no="A2", agent_name="孙丽")
        elif what == "agent_name":
            for each in self.rows:
                each["agent_name"] = f"{each['agent_name'][:2]}{self.dice.randrange(9)}"
        elif what == "name":
            self._all(mine, client_name=f"新名{self.dice.randrange(99)}")
        elif what == "phone" and row["client_no"] not in self.moved:
            self.moved.add(row["client_no"])  # where it was twice, nobody can know the one between
            self._all(mine, phone=self.carrier.number(100 + int(row["client_no"][1:])))
        elif what == "client_no":
            self._all(mine, client_no=f"D{row['client_no'][1:]}")
        elif what == "birthday":
            day = FIRST + datetime.timedelta(days=self.dice.randrange(DAYS + 3))
            self._all(mine, birthday=str(day.replace(year=1981)))
        elif what == "new":
            number = 100 + len(self.rows)
            self.rows.insert(0, self._row(number, 20 + number % 40))
        elif what == "issue":
            day = datetime.date.fromisoformat(row["issue_date"])
            row["issue_date"] = str(day + datetime.timedelta(days=self.dice.choice((-1, 1, 2))))

    def _all(self, rows: list[Row], **facts: str) -> None:
        for each in rows:
            each.update(facts)

    # ---------------------------------------------------------------------------- what a book does

    def open(self, name: str) -> Workspace:
        home = self.folder / name
        if not (home / "servicing.toml").exists():
            workspace.create(home, "sqlite:///servicing.db")
        space = workspace.at(home, self.carrier.environment)
        space.open()
        return space

    def at(self, day: datetime.date, clock: str) -> None:
        self.now = cast.at(day, clock)
        self.carrier.set_clock(self.now)

    def take_in(self, space: Workspace) -> None:
        path = self.folder / "book.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
        imports.take_in(space, ImportRequest(BookFile(path), joined=FIRST), self.now)
        self.told.append(f"{self.now:%d %H:%M} imports")

    def walk(self, space: Workspace) -> None:
        today = space.today(self.now)
        giving_back.bring_up_to_date(space.walker(), today, self.now)
        walk.walk(space.walker(), today, self.now)
        self.told.append(f"{self.now:%d %H:%M} walks")

    def dispatch(self, space: Workspace, limit: int | None = None) -> None:
        today = space.today(self.now)
        giving_back.bring_up_to_date(space.walker(), today, self.now)
        counts = dispatcher.dispatch(space.dispatcher(time.time), lambda: self.now, limit)
        self.told.append(f"{self.now:%d %H:%M} dispatches {dict(counts)}")

    # ----------------------------------------------------------------------------------- the story

    def run(self) -> None:
        """From the first import to the end of all windows."""
        lost_on = self._the_lost_book()
        self._the_restored_book(lost_on)

    def _the_lost_book(self) -> datetime.date:
        """It is copied after some step, and lost after a later one."""
        steps = list(self._steps())
        copied = self.dice.randrange(len(steps) - 1)
        lost = self.dice.randrange(copied + 1, len(steps))
        space = self.open("lost")
        self.at(FIRST - datetime.timedelta(days=1), "18:00")
        self.take_in(space)
        for number, (day, clock, what) in enumerate(steps):
            self.at(day, clock)
            what(space)
            if number == copied:
                backups.save(space, self.folder / "book.backup")
                self.told.append(f"{self.now:%d %H:%M} ---- is copied")
            if number == lost:
                break
        self.told.append(f"{self.now:%d %H:%M} ---- is lost")
        database.database.close()
        return self.now.astimezone(space.zone).date()

    def _steps(self) -> Iterator[tuple[datetime.date, str, Callable[[Workspace], None]]]:
        for number in range(self.dice.randint(2, DAYS)):
            day = FIRST + datetime.timedelta(days=number)
            yield day, "05:00", self._changes_and_import
            yield day, "06:00", self.walk
            yield day, "09:05", self._a_part
            yield day, "09:20", self.dispatch
            if self.dice.random() < 0.4:
                yield day, "12:00", self._changes_and_import
                yield day, "12:30", self.dispatch

    def _changes_and_import(self, space: Workspace) -> None:
        for _ in range(self.dice.randrange(3)):
            self.change()
        if self.dice.random() < 0.8:
            self.take_in(space)

    def _a_part(self, space: Workspace) -> None:
        self.dispatch(space, limit=self.dice.randint(1, 3))

    def _the_restored_book(self, lost_on: datetime.date) -> None:
        lost_at, hours = self.now, self.dice.choice((0, 1, 3, 20, 40))
        self.at(lost_on, "00:00")
        self.now = lost_at + datetime.timedelta(hours=hours, minutes=10)
        self.carrier.set_clock(self.now)
        space = self.open("again")
        said = lost_at if self.dice.random() < 0.4 else None
        done = backups.restore(space, self.folder / "book.backup", self.now, said)
        self.told.append(f"{self.now:%d %H:%M} ---- is restored, in doubt {done.in_doubt}")
        left = self.carrier.taken()
        imports_at = self.dice.randrange(4)
        for turn in range(4):  # of the day of the restore
            if turn == imports_at:
                self._import_again(space)
            if self.dice.random() < 0.5:
                self._late_receipts(left)
            self.dispatch(space)
            self.now += datetime.timedelta(minutes=16)
            self.carrier.set_clock(self.now)
        self._to_the_end(space)

    def _import_again(self, space: Workspace) -> None:
        if self.dice.random() < 0.5:
            self.change()
        self.take_in(space)
        self.walk(space)

    def _late_receipts(self, left: list[Taken]) -> None:
        """Of what the lost book has sent. Of what its copy knew as sent they hold, of nothing else."""
        for each in self.dice.sample(left, min(2, len(left))):
            ours = parse(each.reference)
            assert ours
            is_known = self._known(each.ref, ours.message_id)
            # one that did not arrive would be sent again, and rightly
            outcome: Outcome = "delivered" if is_known else "undelivered"
            means: Meaning = "" if is_known else "later"
            receipt = Receipt(
                ours.message_id, self.carrier.name, each.ref, outcome, "30003", means, ours.token
            )
            applied = receipts.apply(receipt, self.now)
            assert is_known or applied in ("of_another_book", "unknown_message"), applied

    def _known(self, ref: str, message_id: int) -> bool:
        message: Any = Message.get_or_none(Message.id == message_id)
        return message is not None and ref in (message.provider_ref, *message.past_refs.split())

    def _to_the_end(self, space: Workspace) -> None:
        today = self.now.astimezone(space.zone).date()
        for days in AFTER:
            day = today + datetime.timedelta(days=days)
            if days % 4 == 0:
                self.at(day, "05:00")
                self.take_in(space)
            self.at(day, "06:00")
            self.walk(space)
            self.at(day, "09:05")
            self.dispatch(space)

    # --------------------------------------------------------------------------------- what came out

    def assert_nothing_twice(self) -> None:
        """By the mark that the provider was handed, and by its words alone."""
        taken = self.carrier.taken()
        for name, counts in {
            "mark": Counter(each.mark for each in taken),
            "words": Counter(_whose(each) for each in taken if each.words),
        }.items():
            twice = [what for what, count in counts.items() if count > 1]
            assert not twice, self._account(f"twice by {name}: {twice}")

    def assert_nothing_lost(self) -> Counter[str]:
        """Whatever is said to have left has left; the rest ended with a reason, or is for a person."""
        taken = self.carrier.taken()
        marks = {each.mark for each in taken}
        names = {name for each in taken for name in (each.ref, each.reference)}
        states: Counter[str] = Counter()
        messages = list(Message.select())
        contexts = {e.touchpoint_id: e for e in of_touchpoints(m.touchpoint_id for m in messages)}
        for each in messages:
            states[each.state] += 1
            # by another mark, where the client has had another number since
            is_there = mark_of(contexts[each.touchpoint_id]) in marks or each.provider_ref in names
            if each.state in ("accepted", "delivered", "undelivered"):
                assert is_there, self._account(f"{each.id} is {each.state} and has not left")
            assert each.state not in ("queued", "sending"), self._account(f"{each.id} waits")
            assert each.reason, self._account(f"{each.id} has no reason")
        return states

    def _account(self, wrong: str) -> str:
        return "\n".join([f"seed {self.seed}, {self.carrier.name}: {wrong}", *self.told])


def _whose(taken: Taken) -> tuple[object, ...]:
    """What the words tell apart: of a greeting, the person, who may have had two numbers."""
    is_greeting = taken.words == ("birthday",)
    return (*taken.words, taken.to % 100) if is_greeting else taken.words
