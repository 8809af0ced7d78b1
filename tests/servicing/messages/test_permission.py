"""May we write to Lin Wei, when, and if not, why not: tables of every answer."""

import datetime
import zoneinfo
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from policies import dates
from policies.dates import Window
from policies.plan import Touchpoint
from servicing.core.reasons import Reason
from servicing.core.settings import Permission, Settings
from servicing.messages import permission
from servicing.messages.permission import MessageVerdict, PermissionRules
from tests.servicing import owed

SHANGHAI = "Asia/Shanghai"
RULES = PermissionRules(SHANGHAI, marketing_per_day=1, marketing_per_month=4)
SERVICE, MARKETING, REMINDER = (owed.touchpoint(key) for key in ("month_1", "news", "renewal"))
ON = date(2026, 5, 4)


def at_making(
    touchpoint: Touchpoint = SERVICE, on: date = ON, booked: list[date] | None = None, **known: Any
) -> MessageVerdict:
    facts = owed.facts(**{"due_on": ON, **known})
    return permission.at_making(facts, touchpoint, RULES, on, booked or [])


def at_claim(
    touchpoint: Touchpoint = SERVICE, now: str = "2026-05-04T10:00+08:00", **known: Any
) -> MessageVerdict:
    facts = owed.facts(**{"due_on": ON, "consent": True, **known})
    moment = datetime.datetime.fromisoformat(now)
    return permission.at_claim(facts, touchpoint, RULES, moment, [])


def shown(verdict: MessageVerdict) -> tuple[str, str]:
    return verdict.state, verdict.reason.value


def test_the_rules_are_those_of_the_settings() -> None:
    busy = Settings(permission=Permission(marketing_per_day=2, marketing_per_month=9))
    assert PermissionRules.of(Settings()) == RULES
    assert PermissionRules.of(busy) == PermissionRules(SHANGHAI, 2, 9)


# ----------------------------------------------------------------------------- consent and channel

CONSENT = [
    (SERVICE, True, "queued", "due"),
    (SERVICE, None, "queued", "due"),
    (SERVICE, False, "queued", "due"),
    (REMINDER, False, "queued", "due"),
    (MARKETING, True, "queued", "due"),
    (MARKETING, None, "suppressed", "no_marketing_consent"),
    (MARKETING, False, "suppressed", "marketing_consent_withdrawn"),
]


@pytest.mark.parametrize(("touchpoint", "consent", "state", "reason"), CONSENT)
def test_marketing_needs_consent_and_service_does_not(
    touchpoint: Touchpoint, consent: bool | None, state: str, reason: str
) -> None:
    assert shown(at_making(touchpoint, consent=consent)) == (state, reason)


PHONE, LANDLINE, EMAIL = "+12025550111", "+442079460123", "lin.wei@example.com"
WAYS = [
    # channel, phone, email -> state, reason, channel, address
    ("sms", PHONE, EMAIL, "queued", "due", "sms", PHONE),
    ("sms", PHONE, "", "queued", "due", "sms", PHONE),
    ("sms", "", EMAIL, "suppressed", "no_phone", "sms", ""),
    ("sms", "", "", "suppressed", "no_phone", "sms", ""),
    ("email", PHONE, EMAIL, "queued", "due", "email", EMAIL),
    ("email", "", EMAIL, "queued", "due", "email", EMAIL),
    ("email", PHONE, "", "suppressed", "no_email", "email", ""),
    ("", PHONE, EMAIL, "queued", "due", "sms", PHONE),
    ("", PHONE, "", "queued", "due", "sms", PHONE),
    ("", "", EMAIL, "queued", "due", "email", EMAIL),
    ("", "", "", "suppressed", "no_phone", "sms", ""),
    ("sms", LANDLINE, EMAIL, "queued", "due", "email", EMAIL),
    ("sms", LANDLINE, "", "suppressed", "no_sms_number", "sms", ""),
    ("email", LANDLINE, EMAIL, "queued", "due", "email", EMAIL),
    ("email", LANDLINE, "", "suppressed", "no_email", "email", ""),
    ("", LANDLINE, EMAIL, "queued", "due", "email", EMAIL),
    ("", LANDLINE, "n/a", "suppressed", "no_email", "email", ""),
    ("", LANDLINE, "", "suppressed", "no_sms_number", "sms", ""),
    ("none", LANDLINE, EMAIL, "suppressed", "client_wants_none", "", ""),
    ("none", PHONE, EMAIL, "suppressed", "client_wants_none", "", ""),
    ("none", "", "", "suppressed", "client_wants_none", "", ""),
]


@pytest.mark.parametrize(("channel", "phone", "email", "state", "reason", "by", "address"), WAYS)
def test_a_client_is_written_to_on_the_channel_that_there_is(
    channel: str, phone: str, email: str, state: str, reason: str, by: str, address: str
) -> None:
    verdict = at_making(channel=channel, phone=phone, email=email)
    assert (*shown(verdict), verdict.channel) == (state, reason, by)
    assert verdict.address == address


NO_ADDRESSES = [
    *("lin.wei", "lin.wei@", "@example.com", "lin wei@example.com", "a@b@example.com"),
    *("lin.wei@example", "lin.wei@example.", "lin.wei@example.com\nBcc: x@example.com", "n/a"),
    *("lin.wei@example.com\n", " lin.wei@example.com"),
]


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_what_cannot_be_an_address_is_no_address(email: str) -> None:
    verdict = at_making(channel="email", email=email)
    assert shown(verdict) == ("suppressed", "no_email")


def test_what_may_not_be_sent_has_no_time_to_be_sent_at() -> None:
    for verdict in (at_making(channel="none"), at_making(on=ON + timedelta(days=8))):
        assert (verdict.planned_on, verdict.send_from, verdict.send_until) == (None, None, None)


GONE = [
    ({"ended_on": ON}, SERVICE, "policy_ended"),
    ({"ended_on": ON, "consent": False}, MARKETING, "policy_ended"),
    ({"paid_on": ON}, REMINDER, "premium_paid"),
    ({"status": "paid_up"}, REMINDER, "owes_no_premium"),
    ({"status": "paid_up", "paid_on": ON}, REMINDER, "owes_no_premium"),
    ({"premium": 0}, REMINDER, "nothing_due"),
    ({"holder_id": 2}, SERVICE, "policy_moved"),
]


@pytest.mark.parametrize(("known", "touchpoint", "reason"), GONE)
def test_what_is_owed_no_more_when_it_is_found_is_not_made(
    known: dict[str, Any], touchpoint: Touchpoint, reason: str
) -> None:
    assert shown(at_making(touchpoint, **known)) == ("cancelled", reason)
    assert shown(at_making(touchpoint, ON + timedelta(days=40), **known)) == ("cancelled", reason)


# -------------------------------------------------------------------------------------- lateness

LATENESS = [
    ("month_1", 0, "queued", "due"),
    ("month_1", 1, "queued", "found_late"),
    ("month_1", 7, "queued", "found_late"),
    ("month_1", 8, "skipped", "late"),
    ("month_1", 40, "skipped", "late"),
    ("renewal", 5, "queued", "found_late"),
    ("renewal", 6, "skipped", "late"),
    ("birthday", 0, "queued", "due"),
    ("birthday", 1, "queued", "found_late"),
    ("birthday", 2, "skipped", "late"),
]


@pytest.mark.parametrize(("key", "days", "state", "reason"), LATENESS)
def test_a_message_found_late_goes_out_late_inside_its_window_and_never_after_it(
    key: str, days: int, state: str, reason: str
) -> None:
    verdict = at_making(owed.touchpoint(key), ON + timedelta(days=days))
    assert shown(verdict) == (state, reason)


def test_lateness_is_told_before_permission() -> None:
    """Nobody asks whether a message that is too late might have been sent."""
    long_ago = at_making(MARKETING, ON + timedelta(days=8), consent=False)
    assert shown(long_ago) == ("skipped", "late")


# ----------------------------------------------------------------------------------------- windows

WINDOWS = [
    # zone, day -> from 09:00 of that day, until 20:00 seven days later; in UTC
    (SHANGHAI, "2026-05-04", "2026-05-04T01:00", "2026-05-11T12:00"),
    ("", "2026-05-04", "2026-05-04T01:00", "2026-05-11T12:00"),  # the book's
    ("Asia/Kolkata", "2026-05-04", "2026-05-04T03:30", "2026-05-11T14:30"),
    ("America/New_York", "2026-05-04", "2026-05-04T13:00", "2026-05-12T00:00"),
    (
        "America/New_York",
        "2026-03-07",
        "2026-03-07T14:00",
        "2026-03-15T00:00",
    ),  # the day before DST
    ("America/New_York", "2026-03-08", "2026-03-08T13:00", "2026-03-16T00:00"),  # its first day
    ("America/New_York", "2026-10-31", "2026-10-31T13:00", "2026-11-08T01:00"),
    ("America/New_York", "2026-11-01", "2026-11-01T14:00", "2026-11-09T01:00"),  # its end
    ("Pacific/Auckland", "2026-05-04", "2026-05-03T21:00", "2026-05-11T08:00"),
    (
        "Pacific/Auckland",
        "2026-04-04",
        "2026-04-03T20:00",
        "2026-04-11T08:00",
    ),  # DST ends on 5 April
    ("Pacific/Auckland", "2026-04-05", "2026-04-04T21:00", "2026-04-12T08:00"),
    ("Pacific/Auckland", "2026-09-27", "2026-09-26T20:00", "2026-10-04T07:00"),  # and begins
]


@pytest.mark.parametrize(("zone", "day", "send_from", "send_until"), WINDOWS)
def test_a_message_is_meant_for_its_day_in_the_clients_time_zone(
    zone: str, day: str, send_from: str, send_until: str
) -> None:
    on = date.fromisoformat(day)
    verdict = at_making(on=on, due_on=on, timezone=zone)
    assert verdict.planned_on == on
    assert verdict.send_from and verdict.send_until
    assert verdict.send_from.isoformat() == f"{send_from}:00+00:00"
    assert verdict.send_until.isoformat() == f"{send_until}:00+00:00"


OPENINGS = [
    # zone, now -> next opening of 09:00-20:00; local times with their offset
    (SHANGHAI, "2026-05-04T08:59:59+08:00", "2026-05-04T09:00+08:00"),
    (SHANGHAI, "2026-05-04T09:00+08:00", "2026-05-04T09:00+08:00"),
    (SHANGHAI, "2026-05-04T19:59:59+08:00", "2026-05-04T19:59:59+08:00"),
    (SHANGHAI, "2026-05-04T20:00+08:00", "2026-05-05T09:00+08:00"),
    (SHANGHAI, "2026-05-04T00:00+08:00", "2026-05-04T09:00+08:00"),
    (SHANGHAI, "2026-12-31T23:00+08:00", "2027-01-01T09:00+08:00"),
    ("Asia/Kolkata", "2026-05-04T09:00+08:00", "2026-05-04T09:00+05:30"),
    ("Asia/Kolkata", "2026-05-04T11:30+08:00", "2026-05-04T11:30+08:00"),
    ("Pacific/Auckland", "2026-05-04T16:00+08:00", "2026-05-05T09:00+12:00"),
    ("Pacific/Auckland", "2026-09-26T20:00+12:00", "2026-09-27T09:00+13:00"),
    ("Pacific/Auckland", "2026-04-04T20:00+13:00", "2026-04-05T09:00+12:00"),
    ("America/New_York", "2026-03-07T20:00-05:00", "2026-03-08T09:00-04:00"),
    ("America/New_York", "2026-03-08T01:59-05:00", "2026-03-08T09:00-04:00"),
    ("America/New_York", "2026-10-31T20:00-04:00", "2026-11-01T09:00-05:00"),
    ("America/New_York", "2026-11-01T01:30-04:00", "2026-11-01T09:00-05:00"),
    ("America/New_York", "2026-11-01T01:30-05:00", "2026-11-01T09:00-05:00"),
]


@pytest.mark.parametrize(("zone", "now", "opening"), OPENINGS)
def test_outside_its_window_a_message_waits_for_the_next_opening(
    zone: str, now: str, opening: str
) -> None:
    window = Window.parse("09:00-20:00")
    found = permission.next_opening(datetime.datetime.fromisoformat(now), window, zone)
    assert found == datetime.datetime.fromisoformat(opening)


ZONES = st.sampled_from(
    [
        *(SHANGHAI, "Asia/Kolkata", "Pacific/Auckland", "America/New_York", "America/St_Johns"),
        *("Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "UTC"),
    ]
)
MINUTES = st.integers(0, 24 * 60 - 1).map(lambda number: time(*divmod(number, 60)))
MOMENTS = st.datetimes(
    datetime.datetime(2024, 1, 1), datetime.datetime(2030, 1, 1), timezones=st.just(datetime.UTC)
)


@given(MOMENTS, st.tuples(MINUTES, MINUTES), ZONES)
@example(
    # 01:10 for the second time that night, and the window opens at 01:30
    datetime.datetime(2026, 11, 1, 6, 10, tzinfo=datetime.UTC),
    (time(1, 30), time(20)),
    "America/New_York",
)
@example(
    # at 02:30 of this night there is nothing: the clock goes from 02:00 to 03:00
    datetime.datetime(2026, 3, 8, 6, 0, tzinfo=datetime.UTC),
    (time(2, 15), time(2, 45)),
    "America/New_York",
)
def test_the_next_opening_is_inside_the_window_and_never_in_the_past(
    now: datetime.datetime, times: tuple[time, time], zone: str
) -> None:
    assume(times[0] != times[1])
    window = Window(min(times), max(times))
    opening = permission.next_opening(now, window, zone)
    assert opening >= now
    assert window.opens <= opening.astimezone(zoneinfo.ZoneInfo(zone)).time() < window.closes


# -------------------------------------------------------------------------------------------- caps

MAY = [date(2026, 5, day) for day in range(32) if day]
CAPS = [
    # booked -> planned on, state, reason
    ([], MAY[3], "queued", "due"),
    ([MAY[2]], MAY[3], "queued", "due"),
    ([MAY[3]], MAY[4], "queued", "cap_moved"),  # news and event on one day
    ([MAY[3], MAY[4]], MAY[5], "queued", "cap_moved"),
    ([MAY[0], MAY[1], MAY[2]], MAY[3], "queued", "due"),
    ([MAY[0], MAY[1], MAY[2], MAY[20]], None, "suppressed", "cap_month"),
    ([date(2026, 4, day) for day in (27, 28, 29, 30)], MAY[3], "queued", "due"),
    ([date(2026, 6, 4), date(2025, 5, 4)], MAY[3], "queued", "due"),
]


@pytest.mark.parametrize(("booked", "planned_on", "state", "reason"), CAPS)
def test_marketing_keeps_to_its_caps(
    booked: list[date], planned_on: date | None, state: str, reason: str
) -> None:
    verdict = at_making(MARKETING, consent=True, booked=booked)
    assert (verdict.planned_on, *shown(verdict)) == (planned_on, state, reason)


def test_a_full_month_is_waited_out_if_the_window_reaches_into_the_next() -> None:
    on = date(2026, 5, 29)
    verdict = at_making(MARKETING, on, MAY[:4], consent=True, due_on=on)
    assert (verdict.planned_on, verdict.reason) == (date(2026, 6, 1), Reason.CAP_MOVED)


def test_a_week_of_full_days_is_not_waited_out() -> None:
    rules = PermissionRules(SHANGHAI, marketing_per_day=1, marketing_per_month=31)
    facts = owed.facts(due_on=ON, consent=True)
    found = permission.at_making(facts, MARKETING, rules, ON, MAY[3:11])
    assert shown(found) == ("suppressed", "cap_day")
    found = permission.at_making(facts, MARKETING, rules, ON, MAY[3:10])
    assert (found.planned_on, found.reason) == (MAY[10], Reason.CAP_MOVED)


def test_caps_are_for_marketing_only() -> None:
    assert shown(at_making(SERVICE, booked=[MAY[3]] * 9)) == ("queued", "due")


@pytest.mark.parametrize(("a_day", "a_month", "reason"), [(0, 4, "cap_day"), (1, 0, "cap_month")])
def test_a_cap_of_none_means_no_marketing_at_all(a_day: int, a_month: int, reason: str) -> None:
    rules = PermissionRules(SHANGHAI, a_day, a_month)
    facts = owed.facts(due_on=ON, consent=True)
    verdict = permission.at_making(facts, MARKETING, rules, ON, [])
    assert shown(verdict) == ("suppressed", reason)


DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 31))


@given(
    due_on=DAYS,
    late=st.integers(0, 20),
    window=st.integers(0, 15),
    booked=st.lists(DAYS, max_size=12),
    caps=st.tuples(st.integers(0, 3), st.integers(0, 8)),
    zone=ZONES,
)
def test_nothing_is_planned_outside_its_window_or_beyond_the_caps(
    due_on: date, late: int, window: int, booked: list[date], caps: tuple[int, int], zone: str
) -> None:
    on = due_on + timedelta(days=late)
    touchpoint = msgspec.structs.replace(MARKETING, message_window_days=window)
    facts = owed.facts(due_on=due_on, consent=True, timezone=zone)
    rules = PermissionRules(SHANGHAI, *caps)
    verdict = permission.at_making(facts, touchpoint, rules, on, booked)
    if verdict.state != "queued":
        assert verdict.planned_on is None
        assert (verdict.state == "skipped") == (late > window)
        return
    planned = verdict.planned_on
    assert planned and on <= planned <= due_on + timedelta(days=window)
    assert booked.count(planned) < caps[0]
    assert sum(each.month == planned.month for each in booked) < caps[1]
    assert verdict.send_from and verdict.send_until and verdict.send_from < verdict.send_until
    assert verdict.send_from.astimezone(zoneinfo.ZoneInfo(zone)).date() == planned
    earlier = dates.days_between(on, planned - timedelta(days=1))
    assert all(
        booked.count(day) >= caps[0] or sum(each.month == day.month for each in booked) >= caps[1]
        for day in earlier
    ), "an earlier day was free"


# ------------------------------------------------------------------------------------- at sending

SENDING = [
    ({}, SERVICE, "queued", "handed_over"),
    # the window, and lateness
    ({"now": "2026-05-04T08:59+08:00"}, SERVICE, "queued", "waits_for_window"),
    ({"now": "2026-05-04T20:00+08:00"}, SERVICE, "queued", "waits_for_window"),
    ({"now": "2026-05-11T19:59+08:00"}, SERVICE, "queued", "handed_over"),
    ({"now": "2026-05-11T20:00+08:00"}, SERVICE, "skipped", "late"),
    ({"now": "2026-05-10T20:00+08:00"}, SERVICE, "queued", "waits_for_window"),
    ({"timezone": "America/New_York"}, SERVICE, "queued", "waits_for_window"),
    # permission, asked again
    ({"phone": ""}, SERVICE, "suppressed", "no_phone"),
    ({"phone": LANDLINE}, SERVICE, "suppressed", "no_sms_number"),
    ({"channel": "none"}, SERVICE, "suppressed", "client_wants_none"),
    ({"consent": None}, SERVICE, "queued", "handed_over"),
    ({"consent": None}, MARKETING, "suppressed", "no_marketing_consent"),
    ({"consent": False}, MARKETING, "suppressed", "marketing_consent_withdrawn"),
    # no longer owed
    ({"ended_on": date(2026, 5, 4)}, SERVICE, "cancelled", "policy_ended"),
    ({"ended_on": date(2026, 5, 5)}, SERVICE, "queued", "handed_over"),
    ({"ended_on": date(2026, 5, 4)}, REMINDER, "cancelled", "policy_ended"),
    ({"status": "suspended"}, SERVICE, "cancelled", "policy_paused"),
    ({"status": "suspended"}, MARKETING, "cancelled", "policy_paused"),
    ({"status": "suspended"}, REMINDER, "queued", "handed_over"),
    ({"status": "applied"}, REMINDER, "cancelled", "policy_paused"),
    ({"status": "grace"}, SERVICE, "queued", "handed_over"),
    ({"status": "paid_up"}, SERVICE, "queued", "handed_over"),
    ({"holder_id": 2}, SERVICE, "cancelled", "policy_moved"),
    ({"holder_id": 2}, REMINDER, "cancelled", "policy_moved"),
    ({"paid_on": date(2026, 5, 4)}, REMINDER, "cancelled", "premium_paid"),
    ({"paid_on": date(2026, 5, 5)}, REMINDER, "queued", "handed_over"),
    ({"paid_on": date(2026, 5, 1)}, SERVICE, "queued", "handed_over"),
    # what is owed no more is cancelled, whatever else holds
    (
        {"ended_on": date(2026, 5, 4), "now": "2026-05-12T10:00+08:00"},
        *(SERVICE, "cancelled", "policy_ended"),
    ),
]


@pytest.mark.parametrize(("known", "touchpoint", "state", "reason"), SENDING)
def test_permission_is_asked_again_at_the_moment_of_sending(
    known: dict[str, Any], touchpoint: Touchpoint, state: str, reason: str
) -> None:
    assert shown(at_claim(touchpoint, **known)) == (state, reason)


def test_the_end_of_a_policy_is_a_day_where_the_client_is() -> None:
    """Ended on the 4th: in Shanghai it is 22:00 of the 3rd, in Auckland the 4th has begun."""
    late = "2026-05-03T22:00+08:00"
    ended = {"now": late, "ended_on": ON}
    assert at_claim(**ended).reason is Reason.WAITS_FOR_WINDOW
    assert at_claim(**ended, timezone="Pacific/Auckland").reason is Reason.ENDED


def test_what_is_made_before_its_day_is_planned_for_its_day() -> None:
    """Found early for a client far to the east, taken back and given back on the day before."""
    verdict = at_making(on=ON - timedelta(days=1), timezone="Pacific/Auckland")
    assert (verdict.planned_on, verdict.reason) == (ON, Reason.DUE)
    assert verdict.send_from == datetime.datetime.fromisoformat("2026-05-04T09:00+12:00")


def test_no_message_leaves_before_its_day_where_the_client_is() -> None:
    """It waited for the morning in Shanghai; now the book says that the client lives in Los Angeles."""
    verdict = at_claim(now="2026-05-04T10:00+08:00", timezone="America/Los_Angeles")
    assert verdict.reason is Reason.WAITS_FOR_WINDOW
    assert verdict.send_from == datetime.datetime.fromisoformat("2026-05-04T09:00-07:00")


def test_a_message_that_waits_is_told_until_when() -> None:
    verdict = at_claim(now="2026-05-04T20:00+08:00")
    assert verdict.send_from == datetime.datetime.fromisoformat("2026-05-05T09:00+08:00")


LEFT = [
    # what has left for the client -> state, reason, and when it may leave
    ([], "queued", "handed_over", "2026-05-04T10:00"),
    ([3], "queued", "handed_over", "2026-05-04T10:00"),
    ([4], "queued", "cap_moved", "2026-05-05T09:00"),
    ([4, 5], "queued", "cap_moved", "2026-05-06T09:00"),
    ([1, 2, 3, 4], "suppressed", "cap_month", None),
]


@pytest.mark.parametrize(("left", "state", "reason", "send_from"), LEFT)
def test_the_caps_are_asked_again_at_the_moment_of_sending(
    left: list[int], state: str, reason: str, send_from: str | None
) -> None:
    facts = owed.facts(due_on=ON, consent=True)
    now = datetime.datetime.fromisoformat("2026-05-04T10:00+08:00")
    booked = [date(2026, 5, day) for day in left]
    verdict = permission.at_claim(facts, MARKETING, RULES, now, booked)
    assert shown(verdict) == (state, reason)
    expected = datetime.datetime.fromisoformat(f"{send_from}+08:00") if send_from else None
    assert verdict.send_from == expected
    service = permission.at_claim(facts, SERVICE, RULES, now, booked)
    assert service.reason is Reason.HANDED_OVER


def test_a_message_that_would_wait_beyond_its_lateness_is_skipped() -> None:
    of_the_day = msgspec.structs.replace(SERVICE, message_window_days=0)
    facts = owed.facts(due_on=ON, timezone="America/New_York")
    now = datetime.datetime.fromisoformat("2026-05-04T20:30-04:00")
    verdict = permission.at_claim(facts, of_the_day, RULES, now, [])
    assert shown(verdict) == ("skipped", "late")


def test_an_email_is_judged_as_an_email() -> None:
    facts = owed.facts(due_on=ON, email=EMAIL, phone="")
    now = datetime.datetime.fromisoformat("2026-05-04T10:00+08:00")
    verdict = permission.at_claim(facts, SERVICE, RULES, now, [])
    assert (verdict.reason, verdict.address) == (Reason.HANDED_OVER, EMAIL)


# ------------------------------------------------------------------------- alike, decided alike

PHONES, EMAILS = (
    ["", "+12025550111", "+12025550112", "+442079460123"],
    ["", "lin@example.com", "lin@", "zhou@example.com"],
)
ANYBODY = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["", "sms", "email", "none"]),
        "phone": st.sampled_from(PHONES),
        "email": st.sampled_from(EMAILS),
        "consent": st.sampled_from([None, True, False]),
        "timezone": st.sampled_from(["", "Pacific/Auckland"]),
        "due_on": st.sampled_from([ON - timedelta(days=9), ON - timedelta(days=1), ON]),
        "sms_suppressed": st.sampled_from([None, "wrong", "opted_out"]),
        "email_suppressed": st.sampled_from([None, "wrong"]),
        "marketing_suppressed": st.sampled_from([None, "opted_out"]),
        "complains": st.booleans(),
    }
)


@given(ANYBODY, ANYBODY, st.sampled_from([SERVICE, MARKETING, REMINDER]))
def test_who_is_alike_is_decided_alike(
    one: dict[str, Any], other: dict[str, Any], touchpoint: Touchpoint
) -> None:
    facts = [owed.facts(**{**one, **some}) for some in ({}, {"phone": other["phone"]}, other)]
    for each in facts:
        if permission.likeness(each) == permission.likeness(facts[0]):
            first, second = (
                permission.of_owed(any_of, touchpoint, RULES, ON, []) for any_of in (facts[0], each)
            )
            assert replace(second, address=first.address) == first
            if second.state == "queued":
                assert second.address == permission.address_of(each, second.channel)
            else:
                assert second.address == ""
