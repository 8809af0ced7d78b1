"""The trail of a card without what its reader is not told of cases (domain.md §12.11)."""

import json
from collections.abc import Sequence

from msgspec.structs import replace

from servicing.cases.discretion import Kept
from servicing.core import trail
from servicing.core.trail import Line

REMARKS = ("note.written", "complaint.written")
"""Lines that are somebody's own words, and nothing else."""

WORDS = ("note", "note_was")
"""Words that stand in a line with other facts, as those of a client's reply: only they are left out."""


def told(kept: Kept, lines: Sequence[Line]) -> list[Line]:
    """The lines that a reader is told."""
    return [each for line in lines if (each := _told(line, kept)) is not None]


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
