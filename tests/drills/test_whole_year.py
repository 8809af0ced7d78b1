"""A year and a half with all of it on: the spared are spared, and all caps hold over all kinds together.

Greetings, surveys, marketing and visits of a book whose clients complain and die, day by day, also
between the morning on which a message is made and the hour at which it leaves. What holds is read from
what the provider was given and from what was told to the book, and not from what the book has recorded.
"""

import datetime
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies import database
from policies.case_moves import Given
from policies.models import Client
from policies.plan import Step, Touchpoint
from servicing.card import notes
from servicing.card.notes import Relative
from servicing.cases import opening, stepping
from servicing.cases.opening import Request
from servicing.cases.stepping import Order
from servicing.channels import Directory, Routes
from servicing.channels.memory import Memory
from servicing.core.case_models import Case
from servicing.core.models import Message, Task
from servicing.core.models import Touchpoint as TouchpointRow
from servicing.desk import tasks
from servicing.dispatch import dispatcher as dispatching
from servicing.dispatch.claims import Dispatcher
from servicing.messages.permission import PermissionRules
from servicing.operations import workspace
from servicing.schedule import deaths, giving_back
from servicing.schedule.deaths import Report
from tests import cast
from tests.drills.plainly.greeted import MOURNING_DAYS
from tests.servicing import owed
from tests.servicing.cases.opened import CHINA
from tests.servicing.look_ahead import TODAY, a_messy_book

Day = datetime.date
ONE_DAY = datetime.timedelta(days=1)
SAID = Given("is content")
LAST = Day(2027, 12, 31)
POLICIES = 100
MOURNED_FOR = datetime.timedelta(days=100)
ROUTES = Routes("memory", "memory")
FESTIVALS = (
    *("new_year", "new_years_eve", "spring_festival", "lantern", "dragon_boat"),
    *("mid_autumn", "double_ninth", "national_day"),
)


def like(key: str, **facts: Any) -> Touchpoint:
    """A touchpoint of the standard plan, but for some of its keys."""
    return msgspec.structs.replace(owed.touchpoint(key), **facts)


ON_THE_DAY = (Step(days=0),)
GREETS = (
    owed.touchpoint("birthday"),
    like("birthday", id="family", anchor="relation_birthday", due=ON_THE_DAY),
    *(
        like("birthday", id=each, anchor="festival", festival=each, due=ON_THE_DAY)
        for each in FESTIVALS
    ),
)
SELLS = (owed.touchpoint("news"), owed.touchpoint("event"))
ASKS = (
    like(
        "month_1",
        id="how",
        anchor="task_done",
        task="visit",
        due=(Step(days=1),),
        owner="message",
        scope="client",
        template="survey",
        survey="csat",
    ),
)
VISIT = like("visit", due=(Step(months=2, every_months=2),))
"""So often that both caps of surveys are reached."""

PLAN = owed.only(*GREETS, *SELLS, VISIT, *ASKS)
KIND = {
    **dict.fromkeys((each.id for each in GREETS), "greeted"),
    **dict.fromkeys((each.id for each in SELLS), "sold to"),
    **dict.fromkeys((each.id for each in ASKS), "surveyed"),
}


@dataclass
class Told:
    """What people have told the book, and what the provider was given."""

    complaining: dict[str, Case] = field(default_factory=dict)
    died: dict[str, Day] = field(default_factory=dict)
    kin: dict[str, str] = field(default_factory=dict)
    had: dict[str, dict[str, list[Day]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """By client and kind, the days on which something left."""

    def bereaved(self, client_no: str, on: Day) -> bool:
        died = self.died.get(self.kin.get(client_no, ""))
        return died is not None and on <= died + MOURNED_FOR


class Year:
    """A book, and what happens to it by dice."""

    def __init__(self, home: Path, url: str, seed: int) -> None:
        workspace.create(home, url)
        self._space = workspace.at(
            home, {"SERVICING_WEB_PUBLIC_URL": "https://service.example.com"}
        )
        self._space.open()
        self._space.plan = self._space.plan_alone = PLAN
        a_messy_book(home, POLICIES)
        self._dice, self._memory, self.told = random.Random(seed), Memory(), Told()
        self._walker = replace(self._space.walker(), routes=ROUTES)
        rules = PermissionRules.of(self._space.settings)
        directory = Directory({"memory": self._memory}, ROUTES)
        self._worker = Dispatcher(PLAN, self._space.composer, rules, directory, time.time)
        self._client_nos = [each.client_no for each in Client.select().order_by(Client.id)]
        self._looked: set[int] = set()
        for case in Case.select().where(Case.is_open):
            self.told.complaining[case.client.client_no] = case
        self._families()

    def _families(self) -> None:
        """Each client has two relatives, and every other one a relative who is a client, too."""
        now = cast.at(TODAY)
        for client_no, other in zip(self._client_nos, self._client_nos[1:], strict=False):
            client = Client.get(Client.client_no == client_no)
            for kin in ("child", "parent"):
                born = Day(1950, 1, 1) + datetime.timedelta(days=self._dice.randrange(27_000))
                is_lunar = self._dice.random() < 0.5
                notes.add_relative(client, Relative(kin, kin, born, is_lunar=is_lunar), "root", now)
            if int(client_no.removeprefix("C")) % 2:
                notes.add_relative(client, Relative("spouse", other, client_no=other), "root", now)
                self.told.kin |= {client_no: other, other: client_no}

    def live(self) -> None:
        day = TODAY
        while day <= LAST:
            self._happens(day, cast.at(day, "05:00"))
            giving_back.bring_up_to_date(self._walker, day, cast.at(day, "06:00"))
            cast.walk_on(day, self._walker)
            self._works(day)
            self._happens(day, cast.at(day, "08:00"))
            now = cast.at(day, "10:00")
            giving_back.bring_up_to_date(self._walker, day, now)
            dispatching.dispatch(self._worker, lambda now=now: now)  # type: ignore[misc]
            self._look(day)
            day += ONE_DAY

    def _happens(self, day: Day, now: datetime.datetime) -> None:
        """Somebody complains, or does no more; now and then somebody dies."""
        living = [each for each in self._client_nos if each not in self.told.died]
        if self._dice.random() < 0.15:
            client_no = self._dice.choice(living)
            if client_no not in self.told.complaining:
                asked = Request("complaint", day, "nobody answers", "root", client_no)
                self.told.complaining[client_no] = opening.open_case(CHINA, asked, day, now)
        if self.told.complaining and self._dice.random() < 0.12:
            client_no = self._dice.choice(sorted(self.told.complaining))
            case = self.told.complaining.pop(client_no)
            stepping.step(CHINA, Order(case.id, "withdraw", "root", day, SAID), day, now)
        if self._dice.random() < 0.015:
            client_no = self._dice.choice(living)
            client = Client.get(Client.client_no == client_no)
            deaths.deceased(self._walker, client, day, Report("operations", day, now))
            self.told.died[client_no] = day

    def _works(self, day: Day) -> None:
        """Agents visit half of those who are due, after the morning's walk."""
        for each in list(Task.select().where((Task.state == "open") & (Task.show_on <= day))):
            if self._dice.random() < 0.5:
                tasks.done(each.id, cast.at(day, "07:00"), on=day)

    def _look(self, day: Day) -> None:
        """What has left since somebody looked is of none who is spared."""
        new = [number for number in self._memory.sent if number not in self._looked]
        self._looked.update(new)
        for client_no, key in self._of(new):
            kind = KIND[key]
            assert client_no not in self.told.died, (day, client_no, key)
            assert client_no not in self.told.complaining, (day, client_no, key)
            assert not self.told.bereaved(client_no, day), (day, client_no, key)
            assert kind != "greeted" or day not in MOURNING_DAYS, (day, client_no, key)
            self.told.had[client_no][kind].append(day)

    def _of(self, numbers: list[int]) -> Iterator[tuple[str, str]]:
        rows = Message.select(Client.client_no, TouchpointRow.key).join(TouchpointRow)
        rows = rows.switch(Message).join(Client).where(Message.id.in_(numbers))
        yield from rows.tuples()


def left_out() -> Counter[tuple[str, str]]:
    """How often what would have been sent was not, by kind and reason."""
    rows = Message.select(TouchpointRow.key, Message.reason).join(TouchpointRow)
    gone = rows.where(Message.state.in_(["suppressed", "cancelled"]))
    return Counter((KIND[key], reason) for key, reason in gone.tuples())


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    database.database.close()


@cast.on_one
@pytest.mark.parametrize("seed", range(3))
def test_in_a_year_with_all_of_it_on_the_spared_are_spared_and_the_caps_hold(
    seed: int, tmp_path: Path
) -> None:
    year = Year(tmp_path, "sqlite:///book.db", seed)
    year.live()
    counts = Counter[str]()
    for had in year.told.had.values():
        counts.update({kind: len(days) for kind, days in had.items()})
        greeted, surveyed, sold = (had[each] for each in ("greeted", "surveyed", "sold to"))
        assert all((b - a).days >= 7 for a, b in pairwise(greeted))
        assert max(Counter(each.year for each in greeted).values(), default=0) <= 6
        assert all((b - a).days >= 90 for a, b in pairwise(surveyed))
        assert all((b - a).days >= 365 for a, b in zip(surveyed, surveyed[2:], strict=False))
        assert max(Counter(sold).values(), default=0) <= 1
        assert max(Counter((e.year, e.month) for e in sold).values(), default=0) <= 4
    assert counts["greeted"] > 200 and counts["sold to"] > 150 and counts["surveyed"] > 80, counts
    kinds = ("greeted", "sold to", "surveyed")
    spared = {(kind, why) for kind in kinds for why in ("bereaved", "complaint_open")}
    full = {("greeted", f"greeting_{why}") for why in ("merged", "cap_week", "cap_year")}
    full |= {("surveyed", "surveyed_lately"), ("surveyed", "surveyed_often")}
    assert set(left_out()) >= spared | full
