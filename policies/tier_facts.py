"""The facts of a book that clients are scored by, and when they change by themselves (§18.4)."""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal

from policies import dates
from policies.tier import Factor, Scorecard

BOOK = ("annual_premium", "policies", "years", "referrals", "contact_days")
"""What the book knows of every client."""

Known = Mapping[str, Decimal | None]
"""By fact its value; None: the book does not know it of this client."""

ROUND_DAYS = 28
"""Nobody waits longer for being scored again: what no line of a card tells of is found then."""


def unknown(card: Scorecard) -> list[str]:
    """The factors that no book knows: in the night they earn nothing."""
    return [each.id for each in card.factors if not is_known(each)]


def is_known(factor: Factor) -> bool:
    """Whether a book knows all that a factor asks for."""
    return {each for each in (factor.id, factor.against) if each} <= set(BOOK)


def whole_years(since: datetime.date | None, on: datetime.date) -> Decimal:
    """The whole years since a day; 0 where there is none."""
    if since is None or since > on:
        return Decimal()
    years = on.year - since.year
    return Decimal(years if dates.months_after(since, 12 * years) <= on else years - 1)


def next_on(
    card: Scorecard,
    client_id: int,
    known: Known,
    client_since: datetime.date | None,
    turns: Iterable[datetime.date | None],
    on: datetime.date,
) -> datetime.date:
    """The day on which a client is to be scored again though the book does not change.

    An anniversary, the day on which a policy begins or ends (`turns`), the day on which a contact is too
    long ago for its band; and the round, which is spread over the days by the client's number.
    """
    latest = on + datetime.timedelta(
        days=1 + (ROUND_DAYS - 1 - (on.toordinal() + client_id)) % ROUND_DAYS
    )
    days = [latest, *(each for each in turns if each is not None and each > on)]
    if client_since is not None:
        years = int(whole_years(client_since, on)) + (client_since <= on)
        days.append(dates.months_after(client_since, 12 * years))
    days += (on + datetime.timedelta(days=left) for left in _days_left(card, known))
    return min(each for each in days if each > on)


def _days_left(card: Scorecard, known: Known) -> Iterable[int]:
    """After how many days a contact lies in another band."""
    value = known.get("contact_days")
    factor = next((each for each in card.factors if each.id == "contact_days"), None)
    if value is None or factor is None:
        return
    for band in factor.bands:
        for edge, behind in ((band.start, 0), (band.to, 0), (band.above, 1), (band.up_to, 1)):
            if edge is not None and (left := int(edge - value) + behind) > 0:
                yield left
