"""May we write to this client, and when: decided here alone, each time with a reason (domain.md §6.7).

Asked twice: when the message is made, and again when it is sent.
"""

import datetime
import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from policies.dates import ONE_DAY, Window
from policies.importing.cells import phones
from policies.plan import Touchpoint
from servicing.core.context import Addressee, TouchpointContext
from servicing.core.reasons import Reason
from servicing.core.settings import Settings
from servicing.messages import greetings, still_owed
from servicing.messages.greetings import GreetingRules

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Reached(Protocol):
    """Somebody with a preferred channel and two addresses, each of which may be empty."""

    @property
    def channel(self) -> str:
        """The preferred one."""

    @property
    def phone(self) -> str:
        """In E.164."""

    @property
    def email(self) -> str:
        """As the book has it."""


@dataclass(frozen=True)
class PermissionRules:
    """The caps, the days of mourning and the time zone of the workspace."""

    timezone: str
    marketing_per_day: int
    marketing_per_month: int
    bereaved_days: int = 100
    """How long the family of a client who has died is spared."""
    greetings: GreetingRules = GreetingRules()

    @classmethod
    def of(cls, settings: Settings) -> "PermissionRules":
        """The rules that servicing.toml sets."""
        said = settings.permission
        caps = said.marketing_per_day, said.marketing_per_month
        greets = GreetingRules.of(said)
        return cls(settings.servicing.timezone, *caps, said.bereaved_days, greets)


@dataclass(frozen=True, slots=True)
class MessageVerdict:
    """A decision on a message: its state, and the reason."""

    state: str
    """queued, suppressed (may not be sent), skipped (too late) or cancelled (no longer owed)."""
    reason: Reason
    channel: str = ""
    address: str = ""
    planned_on: datetime.date | None = None
    """The client's calendar day it is meant for."""
    send_from: datetime.datetime | None = None
    send_until: datetime.datetime | None = None
    not_after: datetime.datetime | None = None
    """Of one that may leave now: when its window closes."""


def at_making(
    context: TouchpointContext,
    touchpoint: Touchpoint,
    rules: PermissionRules,
    on: datetime.date,
    booked: Sequence[datetime.date],
    greeted: Sequence[datetime.date] = (),
) -> MessageVerdict:
    """Decide when the walk of day `on` makes the message.

    `booked` are the days of the marketing messages that the client has had, or is to have; `greeted`
    those of the greetings.
    """
    if gone := still_owed.no_longer_owed(context, touchpoint, on):  # found late, and over by now
        return MessageVerdict("cancelled", gone)
    return of_owed(context, touchpoint, rules, on, booked, greeted)


def of_owed(
    context: Addressee,
    touchpoint: Touchpoint,
    rules: PermissionRules,
    on: datetime.date,
    booked: Sequence[datetime.date],
    greeted: Sequence[datetime.date] = (),
) -> MessageVerdict:
    """The same of a message that is owed: may it be written, where to, and when."""
    if (on - context.due_on).days > touchpoint.message_window_days:
        return MessageVerdict("skipped", Reason.LATE)
    channel, address, refusal = way_to(context, touchpoint)
    if refusal:
        return MessageVerdict("suppressed", refusal, channel)
    last_day = context.due_on + datetime.timedelta(days=touchpoint.message_window_days)
    first = max(on, context.due_on)  # one that was found early and given back keeps its day
    planned_on, reason = first, Reason.DUE if first == context.due_on else Reason.FOUND_LATE
    free, why = room(touchpoint, (first, last_day), rules, booked, greeted)
    if free is None:
        return MessageVerdict("suppressed", why, channel)
    if free != first:
        planned_on, reason = free, why
    opening = opens_on(planned_on, context, touchpoint, rules)
    until = open_until(context, touchpoint, rules)
    return MessageVerdict("queued", reason, channel, address, planned_on, opening, until)


def likeness(context: Addressee) -> tuple[object, ...]:
    """What `of_owed` looks at, where nothing is booked: who is alike in it is decided alike.

    Only the address that is written to is each one's own.
    """
    return (
        context.due_on,
        context.timezone,
        context.channel,
        reach(context),
        context.consent,
        context.sms_suppressed,
        context.email_suppressed,
        context.marketing_suppressed,
        context.complains,
    )


def reach(client: Reached) -> tuple[bool, bool, str | bool]:
    """How a client can be written to: a number or none, whether it takes SMS, and the email address.

    The address itself where it is written to, since each is judged by itself; else whether there is one.
    """
    takes_sms = phones.takes_sms(client.phone)
    is_by_email = _channel_of(client, takes_sms) == "email"
    return bool(client.phone), takes_sms, client.email if is_by_email else bool(client.email)


def at_claim(
    context: TouchpointContext,
    touchpoint: Touchpoint,
    rules: PermissionRules,
    now: datetime.datetime,
    booked: Sequence[datetime.date],
    greeted: Sequence[datetime.date] = (),
) -> MessageVerdict:
    """Decide when the message is about to leave, by the book of this moment and nothing older.

    Is it owed still, where to, may it be written, in time, in the window? `booked` are the days of the
    marketing messages that have left for its client, `greeted` those of the greetings.
    """
    zone, send_until = (
        _zone(context.timezone or rules.timezone),
        open_until(context, touchpoint, rules),
    )
    today = now.astimezone(zone).date()
    if gone := still_owed.no_longer_owed(context, touchpoint, today):
        return MessageVerdict("cancelled", gone)
    if now >= send_until:
        return MessageVerdict("skipped", Reason.LATE)
    channel, address, refusal = way_to(context, touchpoint)
    if refusal:
        return MessageVerdict("suppressed", refusal, channel)
    window = send_window(touchpoint.send_window)
    begins = moment(context.due_on, datetime.time.min, zone.key)  # a corrected zone moves its day
    opening = next_opening(max(now, begins), window, zone.key)
    if opening >= send_until:
        return MessageVerdict("skipped", Reason.LATE)
    reason, day = Reason.HANDED_OVER, today
    if opening > now:
        reason = Reason.WAITS_FOR_WINDOW
    else:
        last_day = send_until.astimezone(zone).date()
        free, why = room(touchpoint, (today, last_day), rules, booked, greeted)
        if free is None:
            return MessageVerdict("suppressed", why, channel)
        if free != today:
            reason, day = why, free
            opening = moment(free, window.opens, zone.key)
    closing = None
    if reason is Reason.HANDED_OVER:
        closing = min(send_until, closing_after(now, window, zone.key))
    return MessageVerdict("queued", reason, channel, address, day, opening, send_until, closing)


def opens_on(
    day: datetime.date, context: Addressee, touchpoint: Touchpoint, rules: PermissionRules
) -> datetime.datetime:
    """When the send window of a day opens where the client is."""
    zone = context.timezone or rules.timezone
    return moment(day, send_window(touchpoint.send_window).opens, zone)


def open_until(
    context: Addressee, touchpoint: Touchpoint, rules: PermissionRules
) -> datetime.datetime:
    """The end of a message's lateness: later it is not worth sending (domain.md §4.6)."""
    last_day = context.due_on + datetime.timedelta(days=touchpoint.message_window_days)
    zone = context.timezone or rules.timezone
    return moment(last_day, send_window(touchpoint.send_window).closes, zone)


def way_to(context: Addressee, touchpoint: Touchpoint) -> tuple[str, str, Reason | None]:
    """The channel and address to write to, or why there is none.

    The channel the client prefers; one who states none is written to by SMS, else by email. Where the
    number takes no SMS, email serves those who prefer SMS, too.
    """
    if context.channel == "none":
        return "", "", Reason.NO_CHANNEL
    channel = channel_of(context)
    return channel, address_of(context, channel), refusal_of(context, touchpoint, channel)


def channel_of(client: Reached) -> str:
    """The channel of a client who may be written to."""
    return _channel_of(client, phones.takes_sms(client.phone))


def _channel_of(client: Reached, takes_sms: bool) -> str:
    if client.channel in ("", "sms") and client.email and client.phone and not takes_sms:
        return "email"
    return client.channel or ("sms" if client.phone or not client.email else "email")


def address_of(context: Addressee, channel: str) -> str:
    """Where a message on this channel goes."""
    return context.email if channel == "email" else context.phone


def refusal_of(context: Addressee, touchpoint: Touchpoint, channel: str) -> Reason | None:
    """Why the client may not be written to on this channel; None if they may."""
    if missing := no_address(context, channel):
        return missing
    if suppressed := suppressed_by(context, channel, touchpoint.message_class):
        return suppressed
    if touchpoint.is_soliciting and context.complains:
        return Reason.COMPLAINT_OPEN
    if touchpoint.message_class == "marketing" and not context.consent:
        return Reason.NO_CONSENT if context.consent is None else Reason.CONSENT_WITHDRAWN
    return None


def no_address(client: Reached, channel: str) -> Reason | None:
    """Why there is no address on a channel; None: there is one."""
    if client.channel == "none":
        return Reason.NO_CHANNEL
    if channel == "sms" and not client.phone:
        return Reason.NO_PHONE
    if channel == "sms" and not phones.takes_sms(client.phone):
        return Reason.NO_SMS_NUMBER
    if channel == "email" and not _EMAIL.fullmatch(client.email):
        return Reason.NO_EMAIL
    return None


def suppressed_by(context: Addressee, channel: str, message_class: str) -> Reason | None:
    """Whether the address of today may not be written to, or the client has ended marketing."""
    if why := context.email_suppressed if channel == "email" else context.sms_suppressed:
        return Reason.ADDRESS_WRONG if why == "wrong" else Reason.OPTED_OUT
    if message_class == "marketing" and context.marketing_suppressed:
        return Reason.MARKETING_STOPPED
    return None


def book_day(rules: PermissionRules, now: datetime.datetime) -> datetime.date:
    """The book's calendar day at that moment."""
    return now.astimezone(_zone(rules.timezone)).date()


def room(
    touchpoint: Touchpoint,
    span: tuple[datetime.date, datetime.date],
    rules: PermissionRules,
    booked: Sequence[datetime.date],
    greeted: Sequence[datetime.date],
) -> tuple[datetime.date | None, Reason]:
    """The first day of a span with room under all caps of a message; None, and the cap that is full.

    A day is greeted on that day: a greeting moves for a day of mourning, and for no cap.
    """
    (first, last), why = span, Reason.DUE
    if touchpoint.is_greeting:
        day, why = greetings.day_for(first, last, greeted, rules.greetings)
        if day is None:
            return None, why
        first = last = day
    if touchpoint.message_class == "marketing":
        free, cap = first_free_day(booked, first, last, rules)
        if free is None:
            return None, cap
        return (first, why) if free == first else (free, Reason.CAP_MOVED)
    return first, why


def first_free_day(
    booked: Sequence[datetime.date],
    first: datetime.date,
    last: datetime.date,
    rules: PermissionRules,
) -> tuple[datetime.date | None, Reason]:
    """The first day of [first, last] with room under both caps; else None and the cap that is full."""
    if not booked and rules.marketing_per_day and rules.marketing_per_month:
        return first, Reason.DUE
    day, full = first, Reason.CAP_MONTH
    while day <= last:
        in_month = sum(other.year == day.year and other.month == day.month for other in booked)
        on_day = sum(other == day for other in booked)
        if in_month < rules.marketing_per_month and on_day < rules.marketing_per_day:
            return day, Reason.DUE
        full = Reason.CAP_MONTH if in_month >= rules.marketing_per_month else Reason.CAP_DAY
        day += ONE_DAY
    return None, full


send_window = lru_cache(maxsize=64)(Window.parse)
_zone = lru_cache(maxsize=512)(zoneinfo.ZoneInfo)


@lru_cache(maxsize=1 << 12)
def moment(day: datetime.date, time: datetime.time, zone: str) -> datetime.datetime:
    """A local day and time as an aware moment in UTC."""
    return datetime.datetime.combine(day, time, _zone(zone)).astimezone(datetime.UTC)


def next_opening(now: datetime.datetime, window: Window, zone: str) -> datetime.datetime:
    """`now` if the window is open in that zone, else the next moment it opens."""
    local = now.astimezone(_zone(zone))
    if window.opens <= local.time() < window.closes:
        return now
    day = local.date() if local.time() < window.opens else local.date() + ONE_DAY
    opening = moment(day, window.opens, zone)
    while opening < now or not (
        window.opens <= opening.astimezone(_zone(zone)).time() < window.closes
    ):
        day += ONE_DAY  # that night the clock leaps over the window, or runs through it twice
        opening = moment(day, window.opens, zone)
    return opening


def closing_after(now: datetime.datetime, window: Window, zone: str) -> datetime.datetime:
    """When the window that is open at `now` in that zone closes."""
    day = now.astimezone(_zone(zone)).date()
    closing = moment(day, window.closes, zone)
    # in the night when the clock is put back a time of day comes twice: the second one is meant
    return closing if closing > now else moment(day, window.closes.replace(fold=1), zone)
