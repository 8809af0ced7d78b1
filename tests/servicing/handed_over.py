"""Chen Yan's clients handed over to others, as operations do it."""

import datetime
from typing import Any

from servicing.channels import Routes
from servicing.reassignment import handing
from servicing.reassignment.handing import HandedOver
from servicing.reassignment.succession import Wish
from tests.servicing.dispatched import TEN, WALKER

TO_HE_JING = Wish("A001", to_no="A000")
NEXT_DAY = "2025-10-01"


def hand_over(wish: Wish = TO_HE_JING, now: datetime.datetime = TEN, **how: Any) -> HandedOver:
    """As operations do it, because Chen Yan retires."""
    routes = Routes("memory", "memory")
    told = {"why": "退休", "by": "operations", **how}
    return handing.hand_over(
        wish, on=now.date(), now=now, composer=WALKER.composer, routes=routes, **told
    )
