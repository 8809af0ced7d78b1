"""Which providers a workspace has, as servicing.toml names them."""

from collections.abc import Callable
from pathlib import Path

from policies import errors
from servicing.channels import Channel, Directory
from servicing.channels.memory import Memory
from servicing.channels.outbox import Outbox
from servicing.settings import Channels

PROVIDERS: dict[str, Callable[[Path], Channel]] = {
    "outbox": Outbox,
    "memory": lambda home: Memory(),
}
"""By the name that servicing.toml uses; a new provider is a module beside this one and a line here."""


def of(settings: Channels, home: Path) -> Directory:
    """The workspace's channels; raises `BadSetting` for a provider that this version does not have."""
    wanted = {settings.sms.default, settings.email.default, *settings.sms.routes.values()}
    channels: dict[str, Channel] = {}
    for name in sorted(wanted):
        if name not in PROVIDERS:
            known = ", ".join(sorted(PROVIDERS))
            raise errors.BadSetting(
                "channels", f"provider {name!r} is not known, there is: {known}"
            )
        channels[name] = PROVIDERS[name](home)
    return Directory(channels, settings.sms.default, settings.email.default, settings.sms.routes)
