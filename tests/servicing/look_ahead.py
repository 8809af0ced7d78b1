"""The coming days of a book: as the look ahead sees them, and as the walks that then come record them."""

import csv
import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from policies import database
from policies.models import Client, Policy
from policies.sample import book as sample
from servicing.core.models import Message, Task, Touchpoint
from servicing.messages import suppressions
from servicing.messages.waiting import previews
from servicing.projections import simulate
from servicing.schedule.materialize import Walker
from tests import cast
from tests.servicing import owed
from tests.servicing.cases import opened

TODAY = datetime.date(2026, 5, 25)
LAST = TODAY + datetime.timedelta(days=29)
WALKER = cast.walker(owed.THREE_YEARS)
Row = tuple[Any, ...]


@contextmanager
def a_copy() -> Iterator[None]:
    """The book, in which whatever is written is not there afterwards."""
    with database.database.atomic() as transaction:
        yield
        transaction.rollback()


def foreseen(walker: Walker, today: datetime.date, last: datetime.date) -> list[Row]:
    """What the look ahead says of each touchpoint."""
    with database.snapshot():
        return sorted(
            (
                *(each.touchpoint, each.client_no, each.policy_no, each.due_on, each.channel),
                *(each.message, each.parts, each.task, each.show_on, each.why),
            )
            for each in simulate.listed(walker, today, today, last)
        )


def walked(walker: Walker, today: datetime.date, last: datetime.date) -> list[Row]:
    """What stands in the tables when the walks of these days have come."""
    with a_copy():
        day = today
        while day <= last:
            cast.walk_on(day, walker)
            day += datetime.timedelta(days=1)
        return sorted(_recorded(walker, today))


def _recorded(walker: Walker, since: datetime.date) -> Iterator[Row]:
    messages = {each.touchpoint_id: each for each in Message.select()}
    texts = previews(walker.writer, messages.values())
    tasks = {each.touchpoint_id: each for each in Task.select()}
    query = Touchpoint.select(Touchpoint, Policy, Client).join(Policy).switch(Touchpoint)
    for each in query.join(Client).where(Touchpoint.found_on >= since):
        message, task = messages.get(each.id), tasks.get(each.id)
        is_sms = message and message.channel == "sms" and message.id in texts
        parts = texts[message.id].text.parts if message and is_sms else 0
        yield (
            *(each.key, each.client.client_no, each.policy.policy_no, each.due_on),
            message.channel if message else "",
            *((message.state, parts) if message else ("", 0)),
            *((task.state, task.show_on) if task else ("", None)),
            (message or task).reason,
        )


def a_messy_book(room: Path, policies: int = 120) -> None:
    """A sample book with what real ones have: clients who opted out, complain, have a landline."""
    book, ledger = room / "book.csv", room / "ledger.csv"
    sample.write(policies, book, premiums=ledger, as_of=TODAY, seed=7)
    rows = list(csv.DictReader(book.open(encoding="utf-8")))
    for number, row in enumerate(rows):
        client = int(row["client_no"].removeprefix("C"))
        row["language"] = "en" if client % 5 == 0 else "zh_CN"
        row["channel"] = ("sms", "email", "none", "", "sms")[client % 5]
        row["marketing_consent"] = ("yes", "no", "", "yes")[client % 4]
        row["client_name"] += "·Ólafsdóttir" if client % 11 == 0 else ""
        row["agent_phone"] = row["agent_phone"] if number % 3 else ""
        if client % 7 == 0:
            row["phone"] = f"010-1234{client:04}"
            row["email"] = row["email"] if client % 2 else ""
    with book.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    cast.import_book(book, joined=TODAY - datetime.timedelta(days=4))
    cast.import_book(ledger, joined=TODAY, kind="premiums")
    for number, client in enumerate(Client.select().order_by(Client.id).limit(60)):
        if number % 3 == 0 and client.phone:
            suppressions.suppress("sms", client.phone, "opted_out", "test", cast.at(TODAY))
        if number % 3 == 1:
            suppressions.suppress(
                "marketing", client.client_no, "opted_out", "test", cast.at(TODAY)
            )
        if number % 6 == 2:
            opened.complaint("2026-05-20", client_no=client.client_no)
