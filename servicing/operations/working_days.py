"""The working days of the book's country, read from what was kept of them."""

from policies import dates, known_days
from policies.dates import WorkCalendar
from servicing.core import kept
from servicing.operations import installed


def of(country: str, subdivision: str = "") -> WorkCalendar:
    """The calendar of a country, or of a part of it; raises KeyError where there is none.

    It is written down once for each version of the library, where the database can be written to: to
    load the library takes as long as all else that a command needs.
    """
    name = f"days {country} {subdivision}".rstrip()
    if text := kept.value(name, installed.digest()):
        return known_days.read(country, text, subdivision)
    if kept.keep(name, installed.digest()):
        kept.keep(name, installed.digest(), known_days.written(country, subdivision))
    return dates.work_calendar(country, subdivision)
