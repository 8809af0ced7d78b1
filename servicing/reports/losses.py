"""Service and loss side by side: whether the policies that were lost had been served (domain.md §8.13).

Served is a policy for which a first-year touchpoint was done before it was lost; where none was
ever owed here (the book joined later), nothing can be said, and it is counted apart. Human contact is
a task that an agent has done for the client.
"""

import datetime
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from policies import dates
from policies.ordering import by_name
from policies.persistency import cohorts, units, verdicts
from policies.persistency.selection import By, limits_of, span
from policies.persistency.units import Force
from policies.persistency.verdicts import Verdict
from servicing.core import errors
from servicing.reports import coverage, queries
from servicing.reports.queries import ContactDay, Recorded
from servicing.reports.questions import Question

CONTACT_DAYS = 120
"""Without human contact for so long before it was lost."""


@dataclass(frozen=True)
class Losses:
    """Counted policies of one cohort or unit: kept and lost, by whether they were served."""

    key: str
    kept_served: int
    kept_unserved: int
    kept_no_record: int
    """No first-year touchpoint was owed here."""
    lost_served: int
    lost_unserved: int
    lost_no_record: int
    lost_no_contact: int
    """Lost without human contact in the 120 days before: of all that were lost."""

    @property
    def lost(self) -> int:
        """All that were lost."""
        return self.lost_served + self.lost_unserved + self.lost_no_record

    def share_lost(self, kind: str) -> float | None:
        """Of the served, unserved or no_record ones, those that were lost."""
        lost, kept = getattr(self, f"lost_{kind}"), getattr(self, f"kept_{kind}")
        return lost / (lost + kept) if lost + kept else None


_NEEDED = ("id", "client_id", "agent_id", "cohort", "product", "ended_on", "bound_on")


def losses(question: Question, first_year: Sequence[str], zone: zoneinfo.ZoneInfo) -> list[Losses]:
    """A line for each cohort or unit of the question's complete cohorts, and their total.

    Raises what `persistency.audit` raises.
    """
    force, is_paid = units.force(), question.measure.definition == "paid"
    measure, selection = question.measure, question.selection
    asked = span(measure, selection)
    last = min(asked.last, measure.last_complete)
    first = max(asked.first, last - cohorts.ROLLING + 1) if selection.is_rolling else asked.first
    if last < first:
        raise errors.NotMeasurable("no_cohort_complete", as_of=measure.as_of)
    found: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    with verdicts.judging(measure, question.rules, first, last) as judge:
        judged, values = judge.source(
            limits_of(selection, force), *_NEEDED, *(["open_until"] if is_paid else [])
        )
        days = _contact_days(cohorts.first_day(first), measure.as_of, zone)
        for each in queries.fates(judged, values, first_year, days, selection.by, is_paid):
            of_unit = found.setdefault(_key(selection.by, force, each.unit), Counter())
            verdict = Verdict(each.verdict)
            for counted in (of_unit, total):
                counted[_kind(verdict, each.recorded)] += each.policies
                counted["lost_no_contact"] += (
                    0 if each.contact or verdict.is_kept else each.policies
                )
    if not found:
        raise errors.NotMeasurable("no_policy_selected")
    names = [field.name for field in fields(Losses) if field.name != "key"]
    return [
        Losses(key, **{name: counted[name] for name in names})
        for key, counted in [
            *((each, found[each]) for each in sorted(found, key=by_name)),
            ("total", total),
        ]
    ]


def document(question: Question, found: Sequence[Losses]) -> dict[str, Any]:
    """Losses as their JSON document."""
    *rows, total = found
    return {
        "month": question.measure.month,
        "definition": question.measure.definition,
        "as_of": question.measure.as_of,
        "no_contact_days": CONTACT_DAYS,
        "rows": rows,
        "total": total,
    }


_SERVICE = {Recorded.SERVED: "served", Recorded.OWED: "unserved", Recorded.NONE: "no_record"}


def _kind(verdict: Verdict, recorded: Recorded) -> str:
    return f"{'kept' if verdict.is_kept else 'lost'}_{_SERVICE[recorded]}"


def _key(by: By, force: Force, unit: Any) -> str:
    if by == "cohort":
        return cohorts.key(unit)
    return force[unit].key(by) if by in ("branch", "team", "agent") else str(unit)


def _contact_days(
    first: datetime.date, last: datetime.date, zone: zoneinfo.ZoneInfo
) -> Iterator[ContactDay]:
    """For each day: the moments between which a contact was one of its last 120 days."""
    for day in dates.days_between(first, last):
        since = coverage.day_begins(day - datetime.timedelta(CONTACT_DAYS), zone)
        yield ContactDay(day, since, coverage.day_begins(day + dates.ONE_DAY, zone))
