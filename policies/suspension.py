"""What follows from a suspension 效力中止: from when the contract may be rescinded (domain.md §5.4)."""

from datetime import date

from policies import clock, errors
from policies.clock import Rules
from policies.dates import WorkCalendar

RESCISSION = "rescission"
"""The rule of a country by which a suspended policy may be rescinded; where there is none, none is."""


def rescindable_from(
    rules: Rules, calendar: WorkCalendar, suspended_on: date | None
) -> date | None:
    """The day from which a policy that was suspended on a day, and still is, may be rescinded.

    None: it is not suspended, nobody knows since when, or the country has no rule of it for that day.
    """
    if suspended_on is None or RESCISSION not in rules.names:
        return None
    try:
        rule = rules.at(RESCISSION, suspended_on)
    except errors.RuleNotYetValid:
        return None
    return clock.due(rule, suspended_on, calendar).due
