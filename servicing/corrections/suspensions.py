"""A suspension whose day is corrected is the same one: what was had of it is had (domain.md §4.17)."""

import datetime
from collections.abc import Collection, Iterable, Iterator

from policies import database, dialect
from policies.plan import Plan
from policies.trail import Change
from servicing.corrections.conditions import PART_HAD


def follow(plan: Plan, changes: Iterable[Change]) -> None:
    """Let what was had follow the corrected days, in the transaction that corrects them.

    A reinstatement ends a suspension, and the next one has all its steps before it.
    """
    keys = [each.id for each in plan.touchpoints if each.anchor == "suspended"]
    for each in changes if keys else ():
        was, now = _corrected(each)
        if each.policy_id and was and now:
            for statement in _renaming(keys, was, now):
                database.execute(statement, [each.policy_id])


def _corrected(change: Change) -> tuple[datetime.date | None, datetime.date | None]:
    """The day of a suspension before a correction, and the one after it; None where there is none."""
    if "status" in change.facts:
        return None, None
    was, now = change.facts.get("suspended_on", (None, None))
    return was, now


def _renaming(keys: Collection[str], was: datetime.date, now: datetime.date) -> Iterator[str]:
    """The statements by which each step that was had takes the name that it has by the new day.

    Its occurrence is named after the day of the suspension, and what happened is not made again. Of a
    year that is out of the book nobody knows more than that it had the step.
    """
    for statement in (_IN_THE_BOOK, _OUT_OF_IT):
        yield statement.format(keys=dialect.quoted(keys), was=was, now=now, had=PART_HAD)


_IN_THE_BOOK = """
    UPDATE touchpoint SET occurrence = '{now}' || SUBSTR(touchpoint.occurrence, 11)
    WHERE policy_id = ? AND scope = 'policy' AND key IN ({keys}) AND NOT released
        AND SUBSTR(touchpoint.occurrence, 1, 10) = '{was}' AND ({had})
        AND NOT EXISTS (SELECT 1 FROM touchpoint x WHERE x.policy_id = touchpoint.policy_id
            AND x.scope = 'policy' AND x.key = touchpoint.key AND NOT x.released
            AND x.occurrence = '{now}' || SUBSTR(touchpoint.occurrence, 11))
"""
_OUT_OF_IT = """
    UPDATE occurrence SET occurrence = '{now}' || SUBSTR(occurrence.occurrence, 11)
    WHERE subject_id = ? AND scope = 'policy' AND key IN ({keys})
        AND SUBSTR(occurrence.occurrence, 1, 10) = '{was}'
        AND NOT EXISTS (SELECT 1 FROM occurrence x WHERE x.subject_id = occurrence.subject_id
            AND x.scope = 'policy' AND x.key = occurrence.key
            AND x.occurrence = '{now}' || SUBSTR(occurrence.occurrence, 11))
"""
