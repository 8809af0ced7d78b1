"""Chen Yan's clients handed over to others, as operations do it."""

import datetime
from collections.abc import Callable

from servicing.reassignment import reassigning
from servicing.reassignment.reassigning import Order, Reassigned
from servicing.reassignment.succession import Request
from tests.servicing.dispatched import TEN

TO_HE_JING = Request("A001", to_no="A000")
NEXT_DAY = "2025-10-01"


def hand_over(
    request: Request = TO_HE_JING,
    now: datetime.datetime = TEN,
    left_on: datetime.date | None = None,
    waits: Callable[[int], None] = lambda count: None,
) -> Reassigned:
    """As operations do it, because Chen Yan retires."""
    order = Order(request, "退休", "operations", now.date(), now, left_on)
    return reassigning.reassign(order, waits)
