"""Days as files write them."""

import datetime
from collections.abc import Callable

from policies.importing.findings import BadCell
from policies.notices import joined

EARLIEST = datetime.date(1900, 1, 1)
LATEST = datetime.date(2199, 12, 31)


def parse_date(
    formats: tuple[str, ...] = (), *, needed: bool = False
) -> Callable[[str], datetime.date | None]:
    """Reads a date in one of the formats or in ISO; answers with None if empty."""

    def parse(cell: str) -> datetime.date | None:
        if not cell:
            if needed:
                raise BadCell("date_missing")
            return None
        day = _read_date(cell, formats)
        if not EARLIEST <= day <= LATEST:
            raise BadCell("date_out_of_range", first=EARLIEST.year, last=LATEST.year)
        return day

    return parse


def _read_date(cell: str, formats: tuple[str, ...]) -> datetime.date:
    for each in formats:
        try:
            return datetime.datetime.strptime(cell, each).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            continue
    try:
        return datetime.date.fromisoformat(cell)
    except ValueError:
        raise BadCell("not_a_date", formats=joined("or", formats or ("YYYY-MM-DD",))) from None
