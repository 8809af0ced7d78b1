"""Whom a survey spares (domain.md §16.6): conditions that hold for each, whatever its plan says.

Nobody is asked too often, in the middle of something, or while it would hurt.
"""

from collections.abc import Iterator
from typing import Literal

from policies.notices import Notice, notice
from policies.satisfaction import Name

Spared = Literal[
    "open_complaint", "bereaved", "claim", "free_look", "surveyed_lately", "surveyed_often"
]

LATELY_DAYS = 90
"""A client who was asked is not asked again within so many days, whatever the question."""

YEAR_DAYS = 365
"""Within so many days a client is asked twice at the most."""

CLAIM_DAYS = 90
"""After a policy has ended by a claim its client is not asked for so long."""

FREE_LOOK_DAYS = 15
"""After a receipt, unless the plan says otherwise."""

AGAIN_AFTER = "detractor"
"""The kind of case after which a client is asked once more, although they were asked lately."""

ANCHORS = ("task_done", "case_closed")
"""What a survey is counted from."""


def is_again(case: str) -> bool:
    """Whether a survey that is counted from a case of this kind asks once more."""
    return case == AGAIN_AFTER


def spared(survey: Name | None, case: str) -> tuple[Spared, ...]:
    """Where one of these holds nobody is asked; none of what is no survey."""
    if survey is None:
        return ()
    always: tuple[Spared, ...] = ("open_complaint", "bereaved", "claim", "free_look")
    lately: tuple[Spared, ...] = () if is_again(case) else ("surveyed_lately",)
    often: tuple[Spared, ...] = ("surveyed_often",)
    return always + lately + often


def mistakes(
    survey: Name | None, anchor: str, free_look_days: int | None, *, writes: bool, has_task: bool
) -> Iterator[Notice]:
    """What a survey cannot be: counted from a date of the book, without a message, a task."""
    if survey is None:
        if free_look_days is not None:
            yield notice("free_look_of_survey")
        return
    if anchor not in ANCHORS:
        yield notice("survey_of_anchor", known=list(ANCHORS))
    if not writes or has_task:
        yield notice("survey_is_written")
    if free_look_days is not None and free_look_days < 0:
        yield notice("negative_window")
