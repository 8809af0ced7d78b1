"""The facts of a text as it is spelled, in both languages."""

import calendar
import datetime
from collections.abc import Iterator

from tests.drills.plainly import world
from tests.drills.plainly.rows import Owed
from tests.drills.plainly.shelf import Shelf


def spelled(owed: Owed, shelf: Shelf, version: int) -> Iterator[str]:
    """Fact by fact, by the book of now."""
    client, policy = shelf.clients[owed.client_no], shelf.policies[owed.carrier]
    locale, agent = client["language"], shelf.agents[policy.row["agent_no"]]
    yield f"{owed.template} v{version} {locale}"
    yield from (client["client_name"], policy.number[-4:], policy.row["product"])
    yield from (agent["agent_name"], agent["agent_phone"])
    yield long_date(owed.due.due_on, locale)
    if owed.template in world.OF_A_PREMIUM:
        due = owed.due.anchor
        yield money(shelf.ledger[policy.number][due].amount, locale)
        yield long_date(due, locale)
        days = world.PRODUCT_GRACE_DAYS.get(policy.row["product"], world.GRACE_DAYS)
        yield long_date(due + datetime.timedelta(days=days), locale)


def long_date(day: datetime.date, locale: str) -> str:
    if locale == "zh_CN":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{calendar.month_name[day.month]} {day.day}, {day.year}"


def money(amount: int, locale: str) -> str:
    return f"¥{amount:,}.00" if locale == "zh_CN" else f"CN¥{amount:,}.00"
