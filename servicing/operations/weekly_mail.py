"""The mail of the week: each manager reads how the complaints of the last week went.

It names no client and no policy: the names are behind the login. It goes once a week to each manager
whose account has an email, by the provider of email, on the first working day.
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import Any

import peewee

from policies import database
from policies.dates import ONE_DAY
from servicing.case_reports import figures, part
from servicing.case_reports.figures import Span
from servicing.cases import desks
from servicing.channels import Channel
from servicing.core import i18n, visibility
from servicing.core.account_models import User
from servicing.core.runtime import IsOver
from servicing.core.weekly_models import WeeklyMail
from servicing.operations import staff_letters
from servicing.operations.staff_letters import StaffLetter
from servicing.operations.workspace import Workspace

LASTS = datetime.timedelta(hours=12)
"""After the time that is set, on the first working day; later it is not sent any more."""

KEPT = datetime.timedelta(days=90)
"""So long is known who was written to."""

NAME = "weekly_mail"
OF_ITS_REFERENCE = "weekly"

KIND = "complaint"
WEEK = datetime.timedelta(days=7)


def is_time(space: Workspace, now: datetime.datetime) -> bool:
    """Whether the mails about the last week are to go now; never where no time is set."""
    said = space.settings.desk.weekly_mail
    if not said:
        return False
    today = space.today(now)
    begins = staff_letters.begins(space, said, today)
    return is_first_workday(space, today) and begins <= now < begins + LASTS


def is_first_workday(space: Workspace, on: datetime.date) -> bool:
    """Whether a day is the first of its week on which people work; the Monday where nobody does."""
    monday = on - on.weekday() * ONE_DAY
    week = [monday + day * ONE_DAY for day in range(WEEK.days)]
    return on == next((day for day in week if space.calendar.is_workday(day)), monday)


def last_week(on: datetime.date) -> Span:
    """The week before that of a day, from Monday to Sunday."""
    monday = on - on.weekday() * ONE_DAY - WEEK
    return Span(monday, monday + WEEK - ONE_DAY)


def send(
    space: Workspace,
    on: datetime.date,
    now: datetime.datetime,
    is_over: IsOver = lambda: False,
    channel: Channel | None = None,
) -> Counter[str]:
    """Write to every manager who was not written to about the week before; how many, and how it went.

    Ends early where the provider takes no more for now: the next time goes on. `channel`: who carries
    them; None: the workspace's provider of email. Raises `BadSetting` where it has none.
    """
    week = last_week(on)
    with database.writing():
        WeeklyMail.delete().where(WeeklyMail.week < on - KEPT).execute()
    readers = [(user, {"week": week.first, "user": user}) for user in _waiting(week)]

    def write(user: User, number: int) -> StaffLetter | str:
        return _letter(space, user, number, week)

    return staff_letters.go_round(space, WeeklyMail, readers, write, now, LASTS, is_over, channel)


def _waiting(week: Span) -> list[User]:
    """The managers who may log in, have an email, and were not written to about the week."""
    is_told = (WeeklyMail.user == User.id) & (WeeklyMail.week == week.first)
    query = (
        User.select()
        .join(WeeklyMail, peewee.JOIN.LEFT_OUTER, on=is_told)
        .where((User.role == "manager") & ~User.is_disabled & (User.email != ""))
        .where(WeeklyMail.id.is_null())
        .order_by(User.login)
    )
    return list(query)


def _letter(space: Workspace, user: User, number: int, week: Span) -> StaffLetter | str:
    """What a manager is written about the week; "nothing" where there is nothing to tell."""
    told = told_of(user, week)
    if not any(told.values()):
        return "nothing"
    locale = user.locale or space.settings.servicing.locale
    return StaffLetter(
        name=NAME,
        reference=OF_ITS_REFERENCE,
        number=number,
        of=week.first,
        address=user.email,
        who=user.name,
        locale=locale,
        subject=_say("subject", locale, count=told["received"], first=week.first, last=week.last),
        body="\n".join(_lines(space, user, told, week, locale)),
    )


def told_of(user: User, week: Span) -> dict[str, int]:
    """The numbers of a manager's week, by name: of the cases that they may see."""
    with database.snapshot():
        counted = figures.week(KIND, week)
        standing = figures.standing(week.last)
        conditions: list[Any] = [each.cases for each in counted]
        conditions += [each.faulty for each in standing]
        numbers = figures.counts(conditions, part.of(user, desks.of(user)).seen)
    names = [each.name for each in counted] + [each.name for each in standing]
    return dict(zip(names, numbers, strict=True))


def _lines(
    space: Workspace, user: User, told: dict[str, int], week: Span, locale: str
) -> Iterator[str]:
    """The letter, line by line."""
    account = {name: told[name] for name in ("open_at_start", "received", "closed", "open_at_end")}
    unit = visibility.unit_of(user)
    yield _say("account", locale, unit=unit, first=week.first, last=week.last, **account)
    for name in ("overdue", "near_due"):
        if told[name]:
            yield _say(name, locale, count=told[name])
    if address := space.settings.web.public_url:
        yield ""
        page = f"{address.rstrip('/')}/cases/reports?on={week.last}"
        yield _say("open", locale, address=page)


def _say(key: str, locale: str, **facts: object) -> str:
    return i18n.say("weekly_mail", key, locale, **facts)
