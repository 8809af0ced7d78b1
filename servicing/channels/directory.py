"""Which providers a workspace has, as servicing.toml names them, and what each cannot carry.

A provider's library is loaded only where a workspace hands it messages.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from policies import errors
from servicing.channels import Channel, Directory, Routes
from servicing.channels.memory import Memory
from servicing.channels.outbox import Outbox
from servicing.settings import Settings


@dataclass(frozen=True)
class Provider:
    """How a provider is reached, and what it will not take."""

    build: Callable[[Settings, Path], Channel]
    """Raises `BadSetting` where it lacks something it cannot do without."""
    refuses: Callable[[Settings, str, str, str], str] = lambda settings, template, locale, kind: ""
    """Why it cannot carry a template, in a locale, of a message class; empty if it can."""
    max_length: int | None = None
    """Characters of a text, at most."""


def _twilio(settings: Settings, home: Path) -> Channel:
    from servicing.channels.twilio_sms import TwilioSms

    return TwilioSms(settings.channels.twilio, settings.web.public_url)


def _aliyun(settings: Settings, home: Path) -> Channel:
    from servicing.channels.aliyun_sms import AliyunSms

    return AliyunSms(settings.channels.aliyun)


def _smtp(settings: Settings, home: Path) -> Channel:
    from servicing.channels.smtp_email import SmtpEmail

    return SmtpEmail(settings.channels.smtp)


def _needs_approval(settings: Settings, template: str, locale: str, message_class: str) -> str:
    if f"{locale}/{template}" in settings.channels.aliyun.templates:
        return ""
    return (
        f"aliyun has no approved code for the template {locale}/{template}:"
        f' add [channels.aliyun.templates."{locale}/{template}"]'
    )


def _needs_a_way_out(settings: Settings, template: str, locale: str, message_class: str) -> str:
    if message_class != "marketing" or settings.web.public_url:
        return ""
    return "marketing mail needs web.public_url: its one-click unsubscribe leads there"


PROVIDERS: dict[str, dict[str, Provider]] = {
    "sms": {
        "outbox": Provider(lambda settings, home: Outbox(home)),
        "memory": Provider(lambda settings, home: Memory()),
        "twilio": Provider(_twilio, max_length=1_600),
        "aliyun": Provider(_aliyun, _needs_approval),
    },
    "email": {
        "outbox": Provider(lambda settings, home: Outbox(home)),
        "memory": Provider(lambda settings, home: Memory()),
        "smtp": Provider(_smtp, _needs_a_way_out),
    },
}
"""By channel, and the name that servicing.toml uses; a new one is a module beside this and a line here."""


def routes_of(settings: Settings) -> Routes:
    """Which provider carries what; raises `BadSetting` for one that this version does not have."""
    sms, email = settings.channels.sms, settings.channels.email
    routes = Routes(sms.default, email.default, sms.routes)
    for channel, name in _used(routes):
        if name not in PROVIDERS[channel]:
            known = ", ".join(sorted(PROVIDERS[channel]))
            raise errors.BadSetting(
                f"channels.{channel}", f"provider {name!r} is not known, there is: {known}"
            )
    return routes


def of(settings: Settings, home: Path) -> Directory:
    """The workspace's channels; raises `BadSetting` where one is unknown or lacks a setting."""
    routes = routes_of(settings)
    channels = {
        name: PROVIDERS[channel][name].build(settings, home) for channel, name in _used(routes)
    }
    return Directory(channels, routes)


def carriers(settings: Settings, channel: str) -> Iterator[tuple[str, Provider]]:
    """The providers that messages on a channel may be handed to."""
    for each, name in _used(routes_of(settings)):
        if each == channel:
            yield name, PROVIDERS[channel][name]


def _used(routes: Routes) -> list[tuple[str, str]]:
    sms = sorted({routes.sms, *routes.by_code.values()})
    return [*(("sms", name) for name in sms), ("email", routes.email)]
