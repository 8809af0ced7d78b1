"""A year of a small book with all that happens to one; then it is asked why, five hundred times.

Policies end, pause, come back, change agents and clients; premiums are paid or not; clients opt out;
providers fail; the scheduler is away for days. For each of many policies, touchpoints and days the
chain has to agree with what the tables hold, all that did not happen included.
"""

import csv
import datetime
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies import clients, database, timeline
from policies.models import Agent, Client, Policy
from policies.sample import book as sample
from servicing.channels import Accepted, Answer, Outgoing, Rejected, Throttled, Unknown
from servicing.channels.memory import Memory
from servicing.core.models import ALL_MIGRATIONS, CardEntry, Message, Task, Touchpoint, WalkedDay
from servicing.corrections import sweep
from servicing.dispatch import dispatcher
from servicing.explain import grounds, why
from servicing.explain.chain import until_it_breaks
from servicing.messages import suppressions
from servicing.schedule import walk
from tests import cast
from tests.servicing.dispatched import by

BEGINS = datetime.date(2025, 6, 1)
DAYS, POLICIES, TRIPLES = 365, 90, 500
ENDS = BEGINS + datetime.timedelta(days=DAYS)
SEED = 5

WALKER = cast.walker()

STATUSES = ["in_force", "in_force", "suspended", "grace", "paid_up"]
LAST = {"surrendered", "claim", "matured"}


class Year:
    """The book's own file, changed a little every day, and imported again."""

    def __init__(self, room: Path, dice: random.Random) -> None:
        self._room, self._dice = room, dice
        self._file, self._ledger = room / "book.csv", room / "ledger.csv"
        sample.write(POLICIES, self._file, as_of=BEGINS, seed=SEED, premiums=self._ledger)
        self.rows = list(csv.DictReader(self._file.open(encoding="utf-8")))
        self.premiums = list(csv.DictReader(self._ledger.open(encoding="utf-8")))
        self.memory = Memory(self._answer)

    def begin(self) -> None:
        self._import(self.rows, BEGINS, "book")
        self._import(self.premiums, BEGINS, "premiums")

    def live(self) -> None:
        """Every day something happens, and on most days somebody is there to walk and dispatch."""
        away_until = BEGINS
        for number in range(DAYS):
            day = BEGINS + datetime.timedelta(days=number)
            self._happens(day)
            if self._dice.random() < 0.02:
                away_until = day + datetime.timedelta(days=self._dice.randint(1, 12))
            if day >= away_until:
                sweep.sweep(WALKER.plan, day, cast.at(day, "06:00"))
                cast.walk_on(day, WALKER)
                Message.update(provider="memory").where(Message.state == "queued").execute()
                for hour in ("10:00", "15:00"):
                    self._dispatch(cast.at(day, hour))

    def _dispatch(self, now: datetime.datetime) -> None:
        sweep.sweep(WALKER.plan, now.date(), now)
        dispatcher.dispatch(by(self.memory), lambda: now)

    def _answer(self, message: Outgoing) -> Answer:
        chance = self._dice.random()
        if chance < 0.03:
            return Unknown("timeout")
        if chance < 0.18:
            return Throttled(datetime.timedelta(hours=self._dice.randint(1, 150)))
        if chance < 0.20:
            return Rejected(self._dice.choice(["number", "content", "opted_out"]), "30003")
        return Accepted(f"memory-{message.id}")

    def _happens(self, day: datetime.date) -> None:
        """Before the walk of the day, or after it."""
        row = self._dice.choice(self.rows)
        what = self._dice.choice(
            [
                "status",
                "end",
                "end",
                "agent",
                "consent",
                "birthday",
                "client",
                "pay",
                "pay",
                "pay",
                "stop",
            ]
        )
        if what == "pay":
            self._pay(day)
            return
        if what == "stop":
            client = Client.get(Client.client_no == row["client_no"])
            if client.phone:
                suppressions.suppress("sms", client.phone, "opted_out", "reply", self._moment(day))
            return
        self._change(row, what, day)
        self._import([row], day, "book")

    def _change(self, row: dict[str, Any], what: str, day: datetime.date) -> None:
        if row["ended_on"]:
            return
        if what == "status":
            row["status"] = self._dice.choice(STATUSES)
        elif what == "end" and self._dice.random() < 0.4:
            row["status"], row["ended_on"] = self._dice.choice(sorted(LAST)), str(day)
        elif what == "agent":
            row["agent_no"] = self._dice.choice(self.rows)["agent_no"]
        elif what == "consent":
            self._of_client(row, marketing_consent=self._dice.choice(["yes", "no"]))
        elif what == "birthday":
            born = datetime.date(1980, 1, 1) + datetime.timedelta(days=self._dice.randrange(9_000))
            self._of_client(row, birthday=str(born))
        elif what == "client" and self._dice.random() < 0.3:
            new = self._dice.choice(self.rows)
            names = [name for name in row if name in CLIENT_COLUMNS]
            row.update({name: new[name] for name in names})

    def _of_client(self, row: dict[str, Any], **facts: str) -> None:
        for each in self.rows:
            if each["client_no"] == row["client_no"]:
                each.update(facts)

    def _pay(self, day: datetime.date) -> None:
        unpaid = [each for each in self.premiums if not each["paid_on"]]
        near = [each for each in unpaid if each["due_date"] <= str(day + MONTH)]
        if near:
            paid = self._dice.choice(near)
            paid["paid_on"] = str(day)
            self._import([paid], day, "premiums")

    def _moment(self, day: datetime.date) -> datetime.datetime:
        return cast.at(day, self._dice.choice(["05:00", "12:00"]))

    def _import(self, rows: list[dict[str, Any]], day: datetime.date, kind: str) -> None:
        path = self._room / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        cast.import_book(path, joined=day, now=self._moment(day), kind=kind)


MONTH = datetime.timedelta(days=31)
CLIENT_COLUMNS = {
    *("client_no", "client_name", "gender", "birthday", "phone", "email", "language", "timezone"),
    *("channel", "marketing_consent", "referred_by"),
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """The book after its year."""
    room = tmp_path_factory.mktemp("year")
    database.connect("sqlite:///year.db", room)
    database.migrate(ALL_MIGRATIONS)
    year = Year(room, random.Random(SEED))
    year.begin()
    year.live()
    yield year
    database.database.close()


def triples() -> Iterator[tuple[Policy, str, datetime.date]]:
    """Policies, touchpoints and days at random; half of them days on which something is recorded."""
    dice = random.Random(SEED)
    policies = list(Policy.select().order_by(Policy.id))
    rows = list(Touchpoint.select().order_by(Touchpoint.id))
    keys = [each.id for each in WALKER.plan.touchpoints]
    for number in range(TRIPLES):
        policy, key = dice.choice(policies), dice.choice(keys)
        if number % 5 < 2:
            row = dice.choice(rows)
            siblings = [each for each in policies if each.client_id == row.client_id]
            yield dice.choice(siblings or [row.policy]), row.key, row.due_on
        elif number % 5 < 4 and (days := named(policy, key)):
            yield policy, key, dice.choice(days)
        else:
            yield policy, key, BEGINS + datetime.timedelta(days=dice.randrange(-30, DAYS + 60))


def named(policy: Policy, key: str) -> list[datetime.date]:
    """The days of the year that the plan names, owed or not."""
    planned = WALKER.plan.touchpoint(key)
    stored = list(Policy.select().where(Policy.client == policy.client_id).order_by(Policy.id))
    client = clients.dates_of(policy.client, stored)
    own = next(each for each in client.policies if each.id == policy.id)
    assert planned
    span = (BEGINS - MONTH, ENDS + MONTH)
    dues = timeline.named(planned, WALKER.calendar, client, own, *span)
    return [due.due_on for due, _ in dues]


def recorded(policy: Policy, key: str, day: datetime.date) -> Touchpoint | None:
    """What the tables hold: of the policy, or of its client whoever carries it."""
    same = (Touchpoint.key == key) & (Touchpoint.due_on == day)
    own = Touchpoint.select().where(same & (Touchpoint.policy == policy)).first()
    is_clients = (Touchpoint.scope == "client") & (Touchpoint.client == policy.client_id)
    return own or Touchpoint.select().where(same & is_clients).first()


def test_what_it_says_agrees_with_what_the_tables_hold(lived: Year) -> None:
    outcomes: Counter[str] = Counter()
    for policy, key, day in triples():
        found = why.why(WALKER, policy.policy_no, key, day, ENDS)
        row = recorded(policy, key, day)
        outcomes[found.outcome] += 1
        assert (found.outcome == "recorded") == (row is not None), (policy.policy_no, key, day)
        if row is not None:
            message = Message.get_or_none(Message.touchpoint == row)
            task = Task.get_or_none(Task.touchpoint == row)
            assert (found.message, found.message_reason) == (
                (message.state, message.reason) if message else ("", "")
            )
            assert (found.task, found.task_reason) == (
                (task.state, task.reason) if task else ("", "")
            )
    assert len(outcomes) >= 8, outcomes


def was_carried_on(row: Touchpoint) -> bool:
    """Whether another policy of the client was its carrier when it was found."""
    changed = (CardEntry.touchpoint_id == row.id) & (CardEntry.kind == "touchpoint.changed")
    return CardEntry.select().where(changed).exists()


def judged(policy_no: str, key: str, day: datetime.date) -> str:
    """What the chain says of a day without a look at what was recorded for it."""
    inquiry = why.inquire(WALKER, policy_no, key)
    others = [row for row in inquiry.recorded if row.due_on != day]
    links = grounds.steps(WALKER, replace(inquiry, recorded=others), day, ENDS)
    return until_it_breaks(links)[-1].code


def test_judged_by_itself_every_day_comes_out_as_it_was_walked(lived: Year) -> None:
    """Without a look at the record: what fell due, and what did not, is said from what was known."""
    wrong = []
    for policy, key, day in triples():
        row = recorded(policy, key, day)
        said = judged(policy.policy_no, key, day)
        is_carrier = row is not None and row.policy_id == policy.id and not was_carried_on(row)
        if (is_carrier and said != "walked") or (row is None and said == "walked"):
            wrong.append((policy.policy_no, key, str(day), said, row and row.id))
    assert wrong == []


def test_every_link_is_a_sentence_in_both_languages(lived: Year) -> None:
    for policy, key, day in list(triples())[::5]:
        for link in why.why(WALKER, policy.policy_no, key, day, ENDS).chain:
            for locale in ("zh_CN", "en"):
                sentence = link.sentence(locale)
                assert sentence != link.code and "{" not in sentence, link


def test_the_year_had_something_of_everything(lived: Year) -> None:
    states = {each.state for each in Message.select(Message.state).distinct()}
    assert states >= {"accepted", "suppressed", "skipped", "cancelled", "failed"}
    assert WalkedDay.select().count() > DAYS - 14
    assert Touchpoint.select().where(Touchpoint.found_on > Touchpoint.due_on).exists()
    assert Agent.select().count() > 1 and walk.days_to_walk(ENDS) is not None
