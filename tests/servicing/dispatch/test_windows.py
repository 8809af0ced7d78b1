"""Send windows by the client's own clock, over both changes of the clock: nothing leaves outside."""

import datetime
import zoneinfo
from typing import Any

import peewee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.models import Agent, Client
from servicing.channels.memory import Memory
from servicing.core.models import Message
from servicing.dispatch import dispatcher as dispatching
from servicing.messages import permission
from tests import cast
from tests.servicing.dispatched import WALKER, by

pytestmark = cast.on_one

ZONES = ["Asia/Shanghai", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
NINE_TO_EIGHT = permission.send_window("09:00-20:00")

# the moment (UTC), the client's zone, and the moment at which the message may leave
TABLE = [
    ("2026-03-07 14:00", "America/New_York", "2026-03-07 14:00"),  # Saturday 09:00 EST
    ("2026-03-08 00:59", "America/New_York", "2026-03-08 00:59"),  # 19:59 EST
    ("2026-03-08 01:00", "America/New_York", "2026-03-08 13:00"),  # 20:00 EST -> Sunday 09:00 EDT
    ("2026-03-08 12:59", "America/New_York", "2026-03-08 13:00"),  # 08:59 EDT, an hour is missing
    ("2026-03-08 23:59", "America/New_York", "2026-03-08 23:59"),  # 19:59 EDT
    ("2026-11-01 00:00", "America/New_York", "2026-11-01 14:00"),  # Saturday 20:00 EDT
    ("2026-11-01 13:59", "America/New_York", "2026-11-01 14:00"),  # 08:59 EST, an hour came twice
    ("2026-11-02 00:59", "America/New_York", "2026-11-02 00:59"),  # 19:59 EST
    ("2026-03-08 01:00", "Asia/Shanghai", "2026-03-08 01:00"),  # 09:00
    ("2026-03-08 12:00", "Asia/Shanghai", "2026-03-09 01:00"),  # 20:00
    ("2026-03-08 03:29", "Asia/Kolkata", "2026-03-08 03:30"),  # 08:59, half an hour off the hour
    ("2026-03-08 14:29", "Asia/Kolkata", "2026-03-08 14:29"),  # 19:59
    ("2026-03-08 14:30", "Asia/Kolkata", "2026-03-09 03:30"),
    ("2026-04-04 19:59", "Pacific/Auckland", "2026-04-04 21:00"),  # put back on 5 April: 08:59 NZDT
    ("2026-04-04 20:59", "Pacific/Auckland", "2026-04-04 21:00"),  # 08:59 NZST
    ("2026-04-05 08:00", "Pacific/Auckland", "2026-04-05 21:00"),  # 20:00 NZST
    ("2026-09-26 19:59", "Pacific/Auckland", "2026-09-26 20:00"),  # put forward on 27 September
    ("2026-09-27 07:00", "Pacific/Auckland", "2026-09-27 20:00"),  # 20:00 NZDT
]


def utc(moment: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.UTC)


@pytest.mark.parametrize(("now", "zone", "opening"), TABLE)
def test_the_window_is_that_of_the_clients_clock(now: str, zone: str, opening: str) -> None:
    assert permission.next_opening(utc(now), NINE_TO_EIGHT, zone) == utc(opening)


YEAR = st.datetimes(
    datetime.datetime(2026, 1, 1), datetime.datetime(2027, 1, 1), timezones=st.just(datetime.UTC)
)


@given(now=YEAR, zone=st.sampled_from(ZONES))
def test_whatever_the_moment_the_next_opening_is_inside_and_closes_later(
    now: datetime.datetime, zone: str
) -> None:
    opening = permission.next_opening(now, NINE_TO_EIGHT, zone)
    local = opening.astimezone(zoneinfo.ZoneInfo(zone))
    assert opening >= now and NINE_TO_EIGHT.opens <= local.time() < NINE_TO_EIGHT.closes
    assert opening - now <= datetime.timedelta(hours=14), (
        "a closed window is no longer than a night"
    )
    closing = permission.closing_after(opening, NINE_TO_EIGHT, zone)
    assert closing > opening
    assert closing.astimezone(zoneinfo.ZoneInfo(zone)).time() == NINE_TO_EIGHT.closes


DAYS = ["2026-03-08", "2026-11-01", "2026-04-05", "2026-09-27"]
"""On each of them the clock changes somewhere."""


@pytest.mark.parametrize("day", DAYS)
def test_round_the_clock_nothing_leaves_outside_and_nothing_is_lost(
    book: peewee.Database, day: str
) -> None:
    cast.people()
    left = []
    agent: Any = Agent.get(Agent.agent_no == "A001")
    issued = cast.day(day) - datetime.timedelta(days=3)
    for number, zone in enumerate(ZONES):
        client = Client.create(
            client_no=f"Z{number}", name=zone, phone="+12025550111", timezone=zone
        )
        cast.give_policy(client, f"Z{number}", issued, agent=agent)
    cast.walk_only(day, WALKER)
    assert Message.select().count() == len(ZONES)
    now = utc(f"{day} 00:00") - datetime.timedelta(hours=24)
    for _ in range(72 * 2):
        memory = Memory()
        dispatching.dispatch(by(memory), lambda at=now: at)  # type: ignore[misc]
        left += [(letter.client_no, now) for letter in memory.sent.values()]
        now += datetime.timedelta(minutes=30)
    assert sorted(client for client, _ in left) == [f"Z{number}" for number in range(len(ZONES))]
    for client, at in left:
        local = at.astimezone(zoneinfo.ZoneInfo(ZONES[int(client[1:])]))
        assert NINE_TO_EIGHT.opens <= local.time() < NINE_TO_EIGHT.closes, (client, local)
