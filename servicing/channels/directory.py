"""Which providers a workspace has, as servicing.toml names them, and what each cannot carry.

A provider's library is loaded only where a workspace hands it messages.
"""

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from policies.notices import Notice, notice
from policies.plan import Plan
from servicing.channels import Channel, Directory, Routes, twilio_sms
from servicing.channels.memory import Memory
from servicing.channels.outbox import Outbox
from servicing.core import errors
from servicing.core.settings import Settings
from servicing.messages.templates import Composer
from servicing.messages.text_files import name_of


@dataclass(frozen=True, slots=True)
class Freight:
    """A template as a provider is to carry it, in one language, written to nobody."""

    template: str
    locale: str
    message_class: str
    length: int
    """Characters of its text."""
    facts: Collection[str]
    """The placeholders it names."""


@dataclass(frozen=True)
class Provider:
    """How a provider is reached, and what it will not take."""

    build: Callable[[Settings, Path], Channel]
    """Raises `BadSetting` where it lacks something it cannot do without."""
    refuses: Callable[[Settings, Freight], Notice | None] = lambda settings, freight: None
    """Why it cannot carry something; None if it can."""
    by_code: Callable[[Settings], Collection[str] | None] = lambda settings: None
    """The "locale/template" it has approved codes for; None: it takes any text."""


def _twilio(settings: Settings, home: Path) -> Channel:
    from servicing.channels.twilio_sms import TwilioSms

    return TwilioSms(settings.channels.twilio, settings.web.public_url)


def _aliyun(settings: Settings, home: Path) -> Channel:
    from servicing.channels.aliyun_sms import AliyunSms

    return AliyunSms(settings.channels.aliyun)


def _smtp(settings: Settings, home: Path) -> Channel:
    from servicing.channels.smtp_email import SmtpEmail

    return SmtpEmail(settings.channels.smtp)


def _too_long(settings: Settings, freight: Freight) -> Notice | None:
    if freight.length <= twilio_sms.MAX_LENGTH:
        return None
    most = twilio_sms.MAX_LENGTH
    return notice("text_too_long", length=freight.length, provider="twilio", most=most)


def _needs_approval(settings: Settings, freight: Freight) -> Notice | None:
    name = f"{freight.locale}/{freight.template}"
    approved = settings.channels.aliyun.templates.get(name)
    if approved is None:
        return notice("not_approved", provider="aliyun", name=name)
    if unknown := sorted(set(approved.params.values()) - set(freight.facts)):
        return notice("params_not_named", provider="aliyun", params=unknown)
    return None


def _needs_a_way_out(settings: Settings, freight: Freight) -> Notice | None:
    if freight.message_class != "marketing" or settings.web.public_url:
        return None
    return notice("no_unsubscribe_address")


PROVIDERS: dict[str, dict[str, Provider]] = {
    "sms": {
        "outbox": Provider(lambda settings, home: Outbox(home)),
        "memory": Provider(lambda settings, home: Memory()),
        "twilio": Provider(_twilio, _too_long),
        "aliyun": Provider(
            _aliyun, _needs_approval, lambda settings: settings.channels.aliyun.templates.keys()
        ),
    },
    "email": {
        "outbox": Provider(lambda settings, home: Outbox(home)),
        "memory": Provider(lambda settings, home: Memory()),
        "smtp": Provider(_smtp, _needs_a_way_out),
    },
}
"""By channel, and the name that servicing.toml uses: a new one is a module and a line here."""


def routes_of(settings: Settings) -> Routes:
    """Which provider carries what; raises `BadSetting` for one that this version does not have."""
    sms, email = settings.channels.sms, settings.channels.email
    routes = Routes(sms.default, email.default, sms.routes)
    for channel, name in _used(routes):
        if name not in PROVIDERS[channel]:
            why = notice("unknown_provider", provider=name, known=sorted(PROVIDERS[channel]))
            raise errors.BadSetting(f"channels.{channel}", why)
    return routes


def of(settings: Settings, home: Path) -> Directory:
    """The workspace's channels; raises `BadSetting` where one is unknown or lacks a setting."""
    routes = routes_of(settings)
    channels = {
        name: PROVIDERS[channel][name].build(settings, home) for channel, name in _used(routes)
    }
    return Directory(channels, routes)


def approved(settings: Settings) -> dict[str, Collection[str]]:
    """By provider that takes codes instead of texts: the "locale/template" it has codes for."""
    codes = {
        name: PROVIDERS[channel][name].by_code(settings)
        for channel, name in _used(routes_of(settings))
    }
    return {name: known for name, known in codes.items() if known is not None}


def mistakes(settings: Settings, plan: Plan, composer: Composer) -> Iterator[tuple[str, Notice]]:
    """By touchpoint, the templates that no provider on their route would carry.

    Other languages than the book's need no approved code: who speaks them is written to in the book's.
    """
    for touchpoint in plan.touchpoints:
        templates = {touchpoint.template_of(s) for s in touchpoint.due if touchpoint.has_message(s)}
        for template, (channel, name) in itertools.product(
            sorted(templates), _used(routes_of(settings))
        ):
            provider = PROVIDERS[channel][name]
            for text in composer.samples(template, channel):
                by_code = provider.by_code(settings)
                if by_code is not None and text.locale != composer.home_locale:
                    continue
                freight = Freight(
                    template=template,
                    locale=text.locale,
                    message_class=touchpoint.message_class,
                    length=len(text.body),
                    facts=text.params.keys(),
                )
                if why := provider.refuses(settings, freight):
                    name = name_of(text.locale, template, channel)
                    yield touchpoint.id, notice("bad_template", name=name, why=why)


def _used(routes: Routes) -> list[tuple[str, str]]:
    sms = sorted({routes.sms, *routes.by_code.values()})
    return [*(("sms", name) for name in sms), ("email", routes.email)]
