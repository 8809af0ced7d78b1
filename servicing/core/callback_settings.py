"""[callbacks] of servicing.toml, as `servicing.core.settings` has it."""

from typing import Annotated

import msgspec
from msgspec import Meta

AtLeastOne = Annotated[int, Meta(ge=1)]
Hour = Annotated[int, Meta(ge=0, le=23)]


class Callbacks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[callbacks]: which new contracts owe a call-back, and when clients are called (domain.md §15)."""

    enabled: bool = True
    """False: none is opened by itself."""
    look_back_days: AtLeastOne = 90
    """A contract that was issued longer ago owes none, if it has none yet."""
    short_term_products: tuple[str, ...] = ()
    """Products of a year or less, which owe none."""
    attempts_a_day: AtLeastOne = 3
    hours_between: Annotated[int, Meta(ge=0)] = 2
    call_from: Hour = 9
    call_until: Hour = 20
    """Nobody is called before the one and from the other on, by the book's clock."""
    letter_after: AtLeastOne = 3
    """Who was called in vain so often is written a letter."""
    parts_from: tuple[Hour, ...] = (12, 18)
    """At these hours another part of the day begins; in each a client is called once."""
