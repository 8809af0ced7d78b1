"""Chen Yan's clients handed over to others, as operations do it."""

import datetime
from typing import Any

from servicing.channels import Routes
from servicing.reassignment import reassigning
from servicing.reassignment.reassigning import Reassigned
from servicing.reassignment.succession import Request
from tests.servicing.dispatched import TEN, WALKER

TO_HE_JING = Request("A001", to_no="A000")
NEXT_DAY = "2025-10-01"


def hand_over(wish: Request = TO_HE_JING, now: datetime.datetime = TEN, **how: Any) -> Reassigned:
    """As operations do it, because Chen Yan retires."""
    routes = Routes("memory", "memory")
    told = {"why": "退休", "by": "operations", **how}
    return reassigning.reassign(
        wish, on=now.date(), now=now, composer=WALKER.composer, routes=routes, **told
    )
