"""Words of the terminal in the reader's language, and moments by the book's clock."""

import datetime
from typing import Any

from servicing.core import i18n


def word(key: str, locale: str, **values: Any) -> str:
    """A word of the terminal in a language."""
    return i18n.say("terminal", key, locale, **values)


def moment(at: datetime.datetime, zone: datetime.tzinfo) -> str:
    """A moment by a clock, to the minute."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
