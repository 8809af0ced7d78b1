"""Whose policies a figure is asked for, of which cohorts; and how far book and ledger reach."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from policies import dates, errors
from policies.persistency import cohorts
from policies.persistency.cohorts import Cohort, Measure
from policies.persistency.extent import extent
from policies.persistency.rules import Limits
from policies.persistency.units import Force

By = Literal["cohort", "branch", "team", "agent", "product"]


@dataclass(frozen=True)
class Selection:
    """Whose policies, of which cohorts, by which units."""

    by: By = "cohort"
    first: Cohort | None = None
    last: Cohort | None = None
    """Both included; None: as far as the book goes."""
    is_rolling: bool = False
    """Twelve cohorts together: those up to each cohort, or up to the last complete one."""
    branch: str | None = None
    team: str | None = None
    agent_no: str | None = None
    product: str | None = None
    currency: str | None = None
    part: frozenset[int] | None = None
    """The ids of the agents among whom all this is looked for; None: the whole force."""


class Span(NamedTuple):
    """Cohorts: the first and last that are shown, and the first that is read."""

    first: Cohort
    last: Cohort
    since: Cohort


def span(measure: Measure, selection: Selection) -> Span:
    """The cohorts of a selection, as far as the book, its ledger and the as-of date go.

    Raises `NotMeasurable` where there are none.
    """
    if measure.month not in cohorts.MONTHS:
        offered = list(cohorts.MONTHS)
        raise errors.NotMeasurable("no_such_month", month=measure.month, offered=offered)
    first = max(first_judgeable(measure), selection.first or 0)
    last = dates.month_index(measure.as_of)
    if selection.by != "cohort":
        last = measure.last_complete
    if selection.last is not None:
        last = min(last, selection.last)
    if selection.is_rolling and selection.by != "cohort":
        first = max(first, last - cohorts.ROLLING + 1)
    if first > last:
        raise _nothing_between(measure, selection, first)
    since = first
    if selection.is_rolling and selection.by == "cohort":
        since = max(first - cohorts.ROLLING + 1, _first_in_ledger(measure))
    return Span(first, last, since)


def first_judgeable(measure: Measure) -> Cohort:
    """The oldest cohort that book and ledger reach back to; raises `NotMeasurable` without any."""
    return max(first_cohort(measure), _first_in_ledger(measure))


def first_cohort(measure: Measure) -> Cohort:
    """The oldest cohort of the book; raises `NotMeasurable` where there is none by then."""
    issued = extent().first_issue
    if issued is None:
        raise errors.NotMeasurable("book_is_empty")
    if issued > measure.as_of:
        raise errors.NotMeasurable("nothing_issued", issued=issued, as_of=measure.as_of)
    return dates.month_index(issued)


def _first_in_ledger(measure: Measure) -> Cohort:
    """The first cohort whose instalments the premium ledger reaches back to."""
    if measure.definition == "in-force":
        return 0
    begins = extent().first_due
    if begins is None:
        raise errors.NotMeasurable("no_ledger")
    return dates.month_index(begins) - (measure.month - 1)


def _nothing_between(measure: Measure, selection: Selection, first: Cohort) -> errors.NotMeasurable:
    begins, ends = selection.first, selection.last
    if begins is not None and ends is not None and begins > ends:
        return errors.NotMeasurable(
            "cohorts_backwards", first=cohorts.key(begins), last=cohorts.key(ends)
        )
    if selection.by != "cohort" and not measure.is_complete(first):
        return errors.NotMeasurable(
            "no_cohort_complete_yet",
            as_of=measure.as_of,
            first=cohorts.key(first),
            judged_on=measure.judged_on(first),
        )
    return errors.NotMeasurable("no_cohort_judged", as_of=measure.as_of)


def limits_of(selection: Selection, force: Force) -> Limits:
    """The limits to which a selection keeps; raises as `agents_of` does."""
    chosen = (selection.branch, selection.team, selection.agent_no, selection.part)
    agent_ids = None if chosen == (None,) * 4 else agents_of(selection, force)
    return Limits(agent_ids, selection.product, selection.currency)


def agents_of(selection: Selection, force: Force) -> list[int]:
    """The ids of the agents whom a selection means.

    Raises `BranchNotFound`, `TeamNotFound` or `AgentNotFound`.
    """
    return force.limited(selection.part).within(
        branch=selection.branch, team=selection.team, agent_no=selection.agent_no
    )
