"""Placeholders that a template may ask for, and the words that stand in for each in a letter."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from policies.status import COVERED, SUSPENDED
from policies.survey import Question
from servicing.core import i18n
from servicing.core.context import TouchpointContext
from servicing.core.event_facts import EventFacts
from servicing.core.settings import General
from servicing.messages import asking
from servicing.messages.asking import Asking

if TYPE_CHECKING:
    from babel import Locale


@dataclass(frozen=True, slots=True)
class Occasion:
    """Whose text it is, and when it is read."""

    general: General
    on: datetime.date
    asking: Asking | None = None
    event: EventFacts | None = None
    """The client event of which it tells; None: of none."""


def salutation(name: str, gender: str, locale: str) -> str:
    """How a letter addresses a client."""
    return i18n.say("letter", f"to_{gender}", locale, name=name)


@lru_cache(maxsize=8)
def _known(locale: str) -> "Locale":
    """The locale, parsed once: Babel looks through all of its files for a name."""
    from babel import Locale

    return Locale.parse(locale)


@lru_cache(maxsize=1 << 12)
def long_date(day: datetime.date, locale: str) -> str:
    """A date as people of the locale write it."""
    from babel.dates import format_date

    return str(format_date(day, "long", locale=_known(locale)))


@lru_cache(maxsize=1 << 12)
def money(hundredths: int, currency: str, locale: str) -> str:
    """An amount as people of the locale write it; plain spaces, since others make an SMS cost more."""
    from babel.numbers import format_currency

    from policies.models import amount

    text = format_currency(amount(hundredths), currency, locale=_known(locale))
    return str(text).replace("\u00a0", " ").replace("\u202f", " ")


@lru_cache(maxsize=8)
def currency_of(country: str) -> str:
    """The currency of a policy that names none."""
    from babel.numbers import get_territory_currencies

    return next(iter(get_territory_currencies(country)), "CNY")


def _product(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    return context.product or i18n.say("letter", "product", locale)


def _agent_name(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    return context.agent_name or i18n.say("letter", "agent", locale)


def _premium(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    currency = context.currency or currency_of(occasion.general.country)
    return money(context.premium or 0, currency, locale)


def _grace_until(context: TouchpointContext, occasion: Occasion) -> datetime.date:
    return occasion.general.grace.until(context.anchor_on, context.product)


def _grace_end(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    return long_date(_grace_until(context, occasion), locale)


def cover(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    """Something while cover continues although the premium is unpaid; else nothing (domain.md §5.5)."""
    is_covered = context.status in COVERED and occasion.on <= _grace_until(context, occasion)
    return "continues" if is_covered else ""


def _event(occasion: Occasion) -> EventFacts:
    """The event; raises LookupError where there is none any more."""
    if occasion.event is None:
        raise LookupError("event")
    return occasion.event


def _event_day(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    starts = _event(occasion).starts_at.astimezone(occasion.general.zone)
    return long_date(starts.date(), locale)


def _event_time(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    return f"{_event(occasion).starts_at.astimezone(occasion.general.zone):%H:%M}"


def _question(context: TouchpointContext, occasion: Occasion) -> Question | None:
    return occasion.asking.question_of(context.key) if occasion.asking else None


def _survey_question(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    asked = _question(context, occasion)
    return asking.question(asked, locale) if asked else ""


def _survey_digits(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    asked = _question(context, occasion)
    return asking.digits(asked) if asked else ""


def _survey_ends(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    asked = _question(context, occasion)
    return asking.ends(asked, locale) if asked else ""


def _survey_link(context: TouchpointContext, locale: str, occasion: Occasion) -> str:
    is_asked = _question(context, occasion) is not None
    return occasion.asking.link_of(context) if occasion.asking and is_asked else ""


PLACEHOLDERS: dict[str, Callable[[TouchpointContext, str, Occasion], str]] = {
    "company": lambda context, locale, occasion: occasion.general.company,
    "hotline": lambda context, locale, occasion: occasion.general.hotline,
    "client_name": lambda context, locale, occasion: context.client_name,
    "salutation": lambda context, locale, occasion: salutation(
        context.client_name, context.gender, locale
    ),
    "agent_name": _agent_name,
    "agent_phone": lambda context, locale, occasion: context.agent_phone,
    "product": _product,
    "policy_no": lambda context, locale, occasion: context.policy_no,
    "policy_tail": lambda context, locale, occasion: context.policy_no[-4:],
    "issue_date": lambda context, locale, occasion: long_date(context.issue_date, locale),
    "due_date": lambda context, locale, occasion: long_date(context.due_on, locale),
    "premium": _premium,
    "premium_due_date": lambda context, locale, occasion: long_date(context.anchor_on, locale),
    "grace_end_date": _grace_end,
    "cover": cover,
    "event_title": lambda context, locale, occasion: _event(occasion).title,
    "event_place": lambda context, locale, occasion: _event(occasion).place,
    "event_day": _event_day,
    "event_time": _event_time,
    "survey_question": _survey_question,
    "survey_digits": _survey_digits,
    "survey_ends": _survey_ends,
    "survey_link": _survey_link,
}
OF_A_SURVEY = frozenset(["survey_question", "survey_digits", "survey_ends", "survey_link"])
"""Known only where a survey asks something."""

OF_A_PREMIUM = frozenset(["premium", "premium_due_date", "grace_end_date", "cover"])
"""Known only where a premium is due."""

OF_AN_EVENT = frozenset(["event_title", "event_place", "event_day", "event_time"])
"""Known only where a client event is counted from."""

COVER = "cover"
"""Asked for by texts and not printed: what follows it is said only while cover continues."""

IN_SMS = {name: words for name, words in PLACEHOLDERS.items() if name != "policy_no"}
"""No full policy number in an SMS (domain.md §6.8)."""

_DAY = datetime.date(2026, 5, 4)

SPECIMEN_KEY = "specimen"

SPECIMEN = TouchpointContext(
    touchpoint_id=0,
    key=SPECIMEN_KEY,
    occurrence="once",
    anchor_on=_DAY,
    due_on=_DAY,
    policy_id=0,
    policy_no="P0000000000",
    product="",
    issue_date=_DAY,
    currency="",
    status="in_force",
    ended_on=None,
    left_out_times=0,
    holder_id=0,
    client_id=0,
    client_no="C000000",
    client_name="Specimen",
    birthday=None,
    issued_on=_DAY,
    delivered_on=None,
    suspended_on=None,
    reassigned_to=None,
    gender="",
    language="",
    timezone="",
    phone="",
    email="",
    channel="",
    consent=None,
    agent_id=0,
    agent_name="",
    agent_phone="",
    sms_suppressed=None,
    email_suppressed=None,
    marketing_suppressed=None,
    complains=False,
    premium=100,
    paid_on=None,
)
"""A touchpoint of nobody, of whom little is known: what a template is rehearsed with."""

UNCOVERED = replace(SPECIMEN, status=SUSPENDED)
"""The same of a policy that is suspended."""
