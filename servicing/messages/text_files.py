"""Where the texts of messages are: a file for each language, template and channel.

The workspace's own come before those that are shipped.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import product
from pathlib import Path

from servicing.core.i18n import shipped_templates

CHANNELS = ("sms", "email")


def folders(home: Path) -> list[Path]:
    """The folders that are looked through, in this order."""
    return [home / "templates" / "messages", shipped_templates() / "messages"]


def name_of(locale: str, template: str, channel: str) -> str:
    """The name of a text in each folder."""
    return f"{locale}/{template}.{channel}.txt"


def locales(of: Iterable[Path]) -> list[str]:
    """The languages there are words in."""
    return sorted({path.name for folder in of if folder.is_dir() for path in folder.iterdir()})


def every(of: Collection[Path], templates: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Each place in which a text of these templates can stand, whether one is there or not."""
    for folder, locale, template, channel in product(of, locales(of), templates, CHANNELS):
        yield folder, name_of(locale, template, channel)
