"""What a death stops: everything to the client who has died, greetings to the family (domain.md §4.16).

Each rule stands here twice, as in `inforce`: for one touchpoint in hand, and as a condition on the
touchpoints of a statement. The two are each other's property test.
"""

import datetime
from collections.abc import Iterable
from typing import Protocol

from policies import dialect
from policies.plan import Touchpoint


class Mourned(Protocol):
    """What the book knows of a client's death, or of one in the family."""

    @property
    def deceased_on(self) -> datetime.date | None:
        """The day of the client's death."""

    @property
    def death_asked_on(self) -> datetime.date | None:
        """Since when nobody has answered whether the client has died."""

    @property
    def bereaved_until(self) -> datetime.date | None:
        """The last day on which the client is spared, because somebody of the family has died."""


def has_died(client: Mourned) -> bool:
    """Whether the client has died: then nothing is owed any more, whatever day is asked about."""
    return client.deceased_on is not None


def died(alias: str) -> str:
    """`has_died`, of the clients of a statement."""
    return f"{alias}.deceased_on IS NOT NULL"


def is_personal(touchpoint: Touchpoint) -> bool:
    """Whether it is meant for the person more than for a policy: it waits while a death is asked of."""
    return touchpoint.scope == "client" or touchpoint.message_class == "marketing"


def waits(touchpoint: Touchpoint, client: Mourned) -> bool:
    """Whether a touchpoint waits until somebody has answered whether the client has died."""
    return client.death_asked_on is not None and is_personal(touchpoint)


def waiting(alias: str, touchpoints: Iterable[Touchpoint]) -> str:
    """`waits`, of the touchpoints `t` of a statement that are among these, and of its clients."""
    return f"{alias}.death_asked_on IS NOT NULL AND {_among(filter(is_personal, touchpoints))}"


def is_spared(touchpoint: Touchpoint, client: Mourned, on: datetime.date) -> bool:
    """Whether a client in mourning is spared a touchpoint on a day."""
    until = client.bereaved_until
    return touchpoint.is_festive and until is not None and on <= until


def spared(alias: str, touchpoints: Iterable[Touchpoint], on: datetime.date) -> str:
    """`is_spared`, of the touchpoints `t` of a statement that are among these, and of its clients."""
    festive = (each for each in touchpoints if each.is_festive)
    return f"{alias}.bereaved_until >= '{on}' AND {_among(festive)}"


def _among(touchpoints: Iterable[Touchpoint]) -> str:
    return f"t.key IN ({dialect.quoted(each.id for each in touchpoints)})"
