"""The cast: the same people with the same roles in every test.

- **Chen Yan** (A001) is an agent of the team 一部 in the branch 上海; **He Jing** (A000) manages it.
- **Lin Wei** (C001) is her client, with the three policies P001, P002 and P003.
- **Zhou Ming** (C900) is the outsider: the client of **Sun Li** (A900) in another branch, with P900.

Nobody has said yes or no to marketing, everybody is written to by SMS, and every policy is served
from the day it was issued, unless a test says otherwise.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policies import dates, models, plan
from policies.grace import Grace
from policies.importing import importer
from policies.importing.importer import BookFile, ImportTerms, Listener, Outcome
from policies.models import Agent, Branch, Client, Policy, Premium, Reassignment, Team
from policies.plan import Plan
from servicing.channels import directory
from servicing.core import packed_texts, trail
from servicing.core.models import Message, Task, Touchpoint
from servicing.core.settings import Breaker, Settings
from servicing.desk.windows import Windows
from servicing.messages.permission import PermissionRules
from servicing.messages.templates import Composer
from servicing.operations.workspace import Workspace
from servicing.schedule import walk
from servicing.schedule.materialize import Walker
from servicing.schedule.walk import Walked

Day = datetime.date | str
"""A day of the calendar; tests write it as 2026-02-28."""

ISSUED = datetime.date(2025, 8, 31)
"""The day on which a policy is issued where a test does not care: a month's end, on purpose."""

STANDARD = plan.SHIPPED / "standard.toml"

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_one = pytest.mark.on_one
"""On SQLite alone, to be quick; on PostgreSQL with `--on postgresql`. A test, or a whole module."""


def day(when: Day) -> datetime.date:
    """`2026-02-28` as a date."""
    return datetime.date.fromisoformat(when) if isinstance(when, str) else when


def maybe_day(when: Day | None) -> datetime.date | None:
    return None if when is None else day(when)


def at(when: Day, time: str = "09:00", zone: str = "+08:00") -> datetime.datetime:
    """A moment in Shanghai, where the book is at home."""
    return datetime.datetime.fromisoformat(f"{day(when)}T{time}{zone}")


# ------------------------------------------------------------------------------------- the people


@dataclass(frozen=True)
class Cast:
    """Everybody, once they are in the book."""

    chen_yan: Agent
    he_jing: Agent
    sun_li: Agent
    lin_wei: Client
    zhou_ming: Client

    @property
    def policies(self) -> list[Policy]:
        """Lin Wei's three."""
        return list(self.lin_wei.policies.order_by(Policy.policy_no))


def everybody(
    *,
    issued: Day | Iterable[Day] = ISSUED,
    served_from: Day | None = None,
    **facts: Any,
) -> Cast:
    """Put the whole cast in the book.

    `issued` is the day of all policies, or one day for each of Lin Wei's three (Zhou Ming's is as
    the first); `facts` (status, ended_on, ...) hold for every policy.
    """
    days = [issued] * 3 if isinstance(issued, str | datetime.date) else list(issued)
    with models.database.atomic():
        cast = people()
        for number, each in enumerate(days, 1):
            give_policy(cast.lin_wei, f"P{number:03}", each, served_from=served_from, **facts)
        give_policy(cast.zhou_ming, "P900", days[0], served_from=served_from, **facts)
        joined(served_from or min(day(each) for each in days))
    return cast


def people() -> Cast:
    """The cast without any policies."""
    shanghai, beijing = Branch.create(name="上海"), Branch.create(name="北京")
    one, nine = (
        Team.create(branch=shanghai, name="一部"),
        Team.create(branch=beijing, name="九部"),
    )
    he_jing = Agent.create(agent_no="A000", name="何静", phone="+12025550100", team=one)
    chen_yan = Agent.create(agent_no="A001", name="陈燕", phone="+12025550101", team=one)
    sun_li = Agent.create(agent_no="A900", name="孙丽", phone="+12025550190", team=nine)
    return Cast(chen_yan, he_jing, sun_li, new_lin_wei(), new_zhou_ming())


def new_lin_wei(**facts: Any) -> Client:
    known = {"gender": "M", "birthday": datetime.date(1984, 2, 29), "phone": "+12025550111"}
    return Client.create(client_no="C001", name="林伟", **{**known, **facts})


def new_zhou_ming(**facts: Any) -> Client:
    known = {"gender": "F", "birthday": datetime.date(1990, 11, 5), "phone": "+12025550119"}
    return Client.create(client_no="C900", name="周明", **{**known, **facts})


def lin_wei() -> Client:
    """Lin Wei as the book has him now."""
    return Client.get(Client.client_no == "C001")


def agent(agent_no: str = "A001") -> Agent:
    """The agent as the book has her now."""
    return Agent.get(Agent.agent_no == agent_no)


def policy(policy_no: str = "P001") -> Policy:
    """The policy as the book has it now."""
    return Policy.get(Policy.policy_no == policy_no)


def change(row: Any, **facts: Any) -> Any:
    """Change what the book says of somebody or something, and save it."""
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()
    return row


# --------------------------------------------------------------------------- policies and ledgers


def give_policy(
    client: Client,
    policy_no: str,
    issued: Day = ISSUED,
    *,
    agent: Agent | None = None,
    served_from: Day | None = None,
    status: str = "in_force",
    ended_on: Day | None = None,
    delivered_on: Day | None = None,
    annual_premium: str = "12000",
    product: str = "安心终身寿险",
    **facts: Any,
) -> Policy:
    """A policy of this client; without an agent it is served where the client is at home."""
    home = "A900" if client.client_no == "C900" else "A001"
    return Policy.create(
        policy_no=policy_no,
        client=client,
        agent=agent or Agent.get(Agent.agent_no == home),
        issue_date=day(issued),
        served_from=day(served_from or issued),
        status=status,
        ended_on=maybe_day(ended_on),
        delivered_on=maybe_day(delivered_on),
        annual_premium=Decimal(annual_premium),
        product=product,
        **facts,
    )


def give_premium(
    of: Policy, due: Day, *, amount: str = "12000", paid_on: Day | None = None
) -> Premium:
    """One instalment in the ledger of a policy."""
    return Premium.create(
        policy=of, due_date=day(due), amount=Decimal(amount), paid_on=maybe_day(paid_on)
    )


def give_handing(of: Policy, on: Day, *, was: Agent | None = None) -> Reassignment:
    """The record that the policy's agent took it over on that day."""
    return Reassignment.create(
        policy=of,
        from_agent=was or of.agent,
        to_agent=of.agent,
        handed_on=day(on),
        at=at(on),
        why="调动",
        decided_by="operations",
    )


def give_message(of: Policy, due: Day, key: str = "month_1", **facts: Any) -> Message:
    """A message of a touchpoint that fell due on that day, as `facts` have it; its walk is not needed."""
    on = day(due)
    found = Touchpoint.create(
        key=key,
        scope="policy",
        occurrence=f"on {on}",
        policy=of,
        client=of.client,
        anchor_on=of.issue_date,
        due_on=on,
        found_on=on,
    )
    usual = {"channel": "sms", "address": of.client.phone, "message_class": "service"}
    usual |= {"template": key, "locale": "zh_CN", "state": "queued", "reason": "due"}
    texts = dict.fromkeys(("params", "subject", "body", "encoding"), "")
    return Message.create(
        touchpoint=found,
        policy=of,
        client=of.client,
        agent_id=of.agent_id,
        parts=1,
        planned_on=on,
        send_until=at(on + datetime.timedelta(days=7)),
        **{**usual, **texts, **facts},
    )


def joined(on: Day) -> models.BookImport:
    """The record of an import: the walk catches up from the first day that a book joined."""
    counts = {"rows": 1, "added": 1, "changed": 0, "unchanged": 0, "rejected": 0}
    return models.BookImport.create(
        imported_at=at(on), file="book.csv", kind="book", joined_on=day(on), **counts
    )


def import_book(
    path: Path,
    *,
    joined: Day = ISSUED,
    now: datetime.datetime | None = None,
    dry_run: bool = False,
    drops_much: bool = False,
    listener: Listener | None = None,
    read_by: str = "these tests",
    country: str = "CN",
    grace: Grace = Grace(),  # noqa: B008
    **how: Any,
) -> Outcome:
    """Import a book file (or with kind="premiums" its ledger), the changes going on the cards."""
    moment = now or at(joined, "08:00")
    terms = ImportTerms(day(joined), moment, country, dry_run, drops_much, read_by, grace)
    return importer.load(BookFile(path, **how), terms, trail.of_book(moment), listener)


# --------------------------------------------------------------------------------- walks and days


def walker(
    of: Plan | None = None,
    *,
    country: str = "CN",
    home: Path = Path("no-such-home"),
    breaks: bool = False,
) -> Walker:
    """What a walk needs, of default settings; the standard plan unless a test brings its own.

    Forecasts are made, and days judged by them, only where it `breaks`.
    """
    settings = Settings()
    return Walker(
        of or plan.load(STANDARD),
        dates.work_calendar(country),
        Composer(home, settings.servicing),
        PermissionRules.of(settings),
        directory.routes_of(settings),
        breaker=Breaker(enabled=breaks),
    )


def windows(of: Plan | None = None) -> Windows:
    """Until when tasks are worth doing, by the standard plan and the working days of China."""
    grace = Settings().servicing.grace
    return Windows(of or plan.load(STANDARD), dates.work_calendar("CN"), grace)


def walk_on(on: Day, by: Workspace | Walker | None = None) -> Walked:
    """Walk the day at six in the morning, catching up what was not walked before."""
    walker_of = by.walker() if isinstance(by, Workspace) else by or walker()
    return walk.walk(walker_of, day(on), at(on, "06:00"))


def walk_only(on: Day, by: Workspace | Walker | None = None) -> walk.DayWalked:
    """Walk this one day, whatever was or was not walked before."""
    walker_of = by.walker() if isinstance(by, Workspace) else by or walker()
    return walk_day(walker_of, day(on), day(on), at(on, "06:00"))


def walk_day(
    by: Walker, due_on: datetime.date, found_on: datetime.date, now: datetime.datetime
) -> walk.DayWalked:
    """Walk one day, by what the walks before it knew of the book."""
    return walk.walk_day(by, due_on, found_on, now, walk.known_policies())


def touchpoints_on(on: Day) -> list[str]:
    """What fell due on the day, such as `P001 month_1`, in order of policy and touchpoint."""
    rows = (
        Touchpoint.select(Policy.policy_no, Touchpoint.key)
        .join(Policy)
        .where(Touchpoint.due_on == day(on))
        .order_by(Policy.policy_no, Touchpoint.key)
    )
    return [f"{policy_no} {key}" for policy_no, key in rows.tuples()]


def touchpoint(key: str, policy_no: str = "P001") -> Touchpoint:
    """The one touchpoint of that key which the policy carries."""
    rows = Touchpoint.select().join(Policy)
    return rows.where(Touchpoint.key == key, Policy.policy_no == policy_no).get()


def messages_on(on: Day) -> list[Message]:
    """The messages whose touchpoint fell due on the day, client by client."""
    rows = Message.select().join(Touchpoint).where(Touchpoint.due_on == day(on))
    return list(rows.order_by(Message.client, Message.id))


def message(key: str, policy_no: str = "P001") -> Message:
    """The message of that touchpoint as it is now."""
    return Message.get(Message.touchpoint == touchpoint(key, policy_no))


def said(of: Message) -> str:
    """What a message says, once it was claimed."""
    return packed_texts.of([of])[of.id].body


def task(key: str, policy_no: str = "P001") -> Task:
    """The task of that touchpoint as it is now."""
    return Task.get(Task.touchpoint == touchpoint(key, policy_no))


def trail_of(client: Client) -> list[str]:
    """The kinds of the entries on the client's card, the oldest first."""
    return [line.kind for line in trail.of_client(client.id)]
