"""The morning mail: each agent reads how many clients there are today, and what is urgent among them.

It names no client and no policy: the names are behind the login. It goes once a day to each agent who
may log in, by the provider of email, and never on a day off.
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import peewee

from policies import database
from policies.models import Agent, Policy
from servicing.channels import Channel
from servicing.core import i18n
from servicing.core.account_models import User
from servicing.core.morning_models import MorningMail
from servicing.core.runtime import IsOver
from servicing.desk import agenda, stakes
from servicing.operations import staff_letters
from servicing.operations.staff_letters import StaffLetter
from servicing.operations.workspace import Workspace

SOON = 3
"""Days: a grace that ends within so many is named."""

OF_ITS_REFERENCE = "morning"
"""Stands where the book's token would: no client's message has it."""

LASTS = datetime.timedelta(hours=3)
"""After the time that is set; later it would be no morning mail."""

KEPT = datetime.timedelta(days=30)
"""So long is known who was written to."""

NAME = "morning_mail"


@dataclass(frozen=True)
class Reader:
    """Who is written to, and in which language."""

    agent: Agent
    locale: str


@dataclass(frozen=True)
class Morning:
    """What an agent is told."""

    calls: int
    """Clients of today, overdue ones included."""
    overdue: int
    ending: int
    """Policies whose grace ends within `SOON` days."""


def is_time(space: Workspace, now: datetime.datetime) -> bool:
    """Whether the mails of today are to go now; never where no time is set."""
    said = space.settings.desk.morning_mail
    if not said:
        return False
    here = now.astimezone(space.zone)
    begins = staff_letters.begins(space, said, here.date())
    return begins <= here < begins + LASTS


def send(
    space: Workspace,
    on: datetime.date,
    now: datetime.datetime,
    is_over: IsOver = lambda: False,
    channel: Channel | None = None,
) -> Counter[str]:
    """Write to every agent who was not written to on that day; answers with how many, and how it went.

    Ends early where the provider takes no more for now: the next time goes on. `channel`: who carries
    them; None: the workspace's provider of email. Raises `BadSetting` where it has none.
    """
    if not space.calendar.is_workday(on):
        return Counter()
    with database.writing():
        MorningMail.delete().where(MorningMail.day < on - KEPT).execute()
    readers = [(each, {"day": on, "agent": each.agent}) for each in _waiting(space, on)]

    def write(reader: Reader, number: int) -> StaffLetter | str:
        return _letter(space, reader, number, on)

    return staff_letters.go_round(space, MorningMail, readers, write, now, LASTS, is_over, channel)


def _waiting(space: Workspace, on: datetime.date) -> Iterator[Reader]:
    """Each agent who may log in and was not written to; of several accounts the oldest speaks."""
    query = (
        User.select(User, Agent)
        .join(Agent)
        .join(
            MorningMail,
            peewee.JOIN.LEFT_OUTER,
            on=(MorningMail.agent == Agent.id) & (MorningMail.day == on),
        )
        .where((User.role == "agent") & ~User.is_disabled & MorningMail.id.is_null())
        .where(Agent.left_on.is_null() | (Agent.left_on > on))
        .order_by(Agent.agent_no, User.id)
    )
    seen = set()
    for user in query:
        if user.agent and user.agent_id not in seen:
            seen.add(user.agent_id)
            yield Reader(user.agent, user.locale or space.settings.servicing.locale)


def _morning(space: Workspace, agent: Agent, on: datetime.date) -> Morning:
    found = agenda.agenda(space.plan, space.calendar, agent, on, days=0)
    policies = [each.id for each in Policy.select(Policy.id).where(Policy.agent == agent)]
    known = stakes.of_policies(policies, on, space.settings.servicing.grace).values()
    ending = sum(each.is_due and 0 <= each.days_left <= SOON for each in known)
    return Morning(len(found.overdue) + len(found.today), len(found.overdue), ending)


def _letter(space: Workspace, reader: Reader, number: int, on: datetime.date) -> StaffLetter | str:
    """What an agent is written in the morning, or why nothing is: no email, nothing to tell."""
    if not reader.agent.email:
        return "no_email"
    morning, locale = _morning(space, reader.agent, on), reader.locale
    if not (morning.calls or morning.ending):
        return "nothing"
    return StaffLetter(
        name=NAME,
        reference=OF_ITS_REFERENCE,
        number=number,
        of=on,
        address=reader.agent.email,
        who=reader.agent.name,
        locale=locale,
        subject=i18n.say("app", "mail_subject", locale, count=morning.calls, on=on),
        body="\n".join(_lines(space, morning, locale)),
    )


def _lines(space: Workspace, morning: Morning, locale: str) -> Iterator[str]:
    """The letter, line by line."""
    yield i18n.say("app", "mail_today", locale, count=morning.calls)
    if morning.overdue:
        yield i18n.say("app", "mail_overdue", locale, count=morning.overdue)
    if morning.ending:
        yield i18n.say("app", "mail_ending", locale, count=morning.ending, days=SOON)
    if address := space.settings.web.public_url:
        yield ""
        yield i18n.say("app", "mail_open", locale, address=f"{address.rstrip('/')}/day")
