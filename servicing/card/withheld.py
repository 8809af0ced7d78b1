"""A card without what its reader is not told: of cases (domain.md §12.11), of desks' tasks (§4.19)."""

import dataclasses
import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec.structs import replace

from policies.plan import Plan
from servicing.card.policy_timeline import TimelineLine
from servicing.cases.discretion import Kept
from servicing.core import trail
from servicing.core.models import Touchpoint
from servicing.core.trail import Line

REMARKS = ("note.written", "complaint.written")
"""Lines that are somebody's own words, and nothing else."""

WORDS = ("note", "note_was")
"""Words that stand in a line with other facts, as those of a client's reply: only they are left out."""


BOTH = " + "
"""Stands between the state of a message and that of its task."""


def of_desks(kept: Kept, recorded: Iterable[Touchpoint]) -> frozenset[int]:
    """The touchpoints, by id, of whose task a reader is not told, since it is a desk's."""
    if not kept.desk_tasks:
        return frozenset()
    tasks = ((each.id, getattr(each, "task", None)) for each in recorded)
    return frozenset(number for number, task in tasks if task and task.desk)


def timeline(kept: Kept, plan: Plan, lines: Iterable[TimelineLine]) -> list[TimelineLine]:
    """The lines of a timeline that a reader is told; of a desk's task with a message, the message."""
    return list(_timeline(plan, lines)) if kept.desk_tasks else list(lines)


def _timeline(plan: Plan, lines: Iterable[TimelineLine]) -> Iterator[TimelineLine]:
    for each in lines:
        if not each.desk:
            yield each
            continue
        touchpoint = plan.touchpoint(each.touchpoint)
        is_written_to = touchpoint and any(map(touchpoint.has_message, touchpoint.due))
        if BOTH in each.state or (each.state == "planned" and is_written_to):
            state, reason = (it.split(BOTH)[0] for it in (each.state, each.reason))
            yield dataclasses.replace(each, state=state, reason=reason, task_on=None, desk="")


def told(kept: Kept, lines: Sequence[Line], of_desks: Collection[int] = ()) -> list[Line]:
    """The lines that a reader is told; `of_desks`: touchpoints of whose task they are not."""
    heard = (line for line in lines if not (kept.desk_tasks and _is_of_desk(line, of_desks)))
    return [each for line in heard if (each := _told(line, kept)) is not None]


def _is_of_desk(line: Line, of_desks: Collection[int]) -> bool:
    if not line.kind.startswith("task."):
        return False
    return line.touchpoint_id in of_desks or "desk" in json.loads(line.facts)


def _told(line: Line, kept: Kept) -> Line | None:
    if line.kind.startswith("case."):
        return None if kept.has_case(json.loads(line.facts).get("case")) else line
    if not kept.words:
        return line
    facts = json.loads(line.facts)
    if line.kind in REMARKS:
        is_kept = kept.has_words(facts.get("text") or "", facts.get("by") or "")
        return None if is_kept else line
    left_out = {each: "" for each in WORDS if kept.has_words(str(facts.get(each) or ""))}
    return replace(line, facts=trail.facts(**{**facts, **left_out})) if left_out else line
