"""A page of a figure, or of the sentence that says why there is none."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, render_template

from policies import errors as policies_errors
from servicing.core import errors
from servicing.reports.questions import Question
from servicing.web import figures, refusal
from servicing.web.figures import BadChoice, ManagedPart

Find = Callable[[ManagedPart], Mapping[str, Any] | Response]
"""Finds what a page shows of a part of the force, or the file that it sends."""


def as_asked(question: Question) -> tuple[object, ...]:
    """A question as something that can be looked up."""
    rules = question.rules
    ruled = (rules.excluded, rules.whose, tuple(sorted(rules.product_grace.items())))
    return (question.measure, question.basis, question.selection, ruled)


def answer(template: str, find: Find, form: Mapping[str, Any]) -> Any:
    """The page with what is found; `form` holds what its form shows in any case."""
    part = figures.part()
    found: Mapping[str, Any] | Response = {}
    problem, status = "", 200
    try:
        found = find(part)
    except errors.NotMeasurable as error:
        problem = refusal.sentence(error)
    except (BadChoice, policies_errors.BadAssessment, errors.UnreadableFile) as error:
        problem, status = refusal.sentence(error), refusal.status(error)
    if isinstance(found, Response):
        return found
    page = render_template(
        template,
        **{**form, **found},
        part=part,
        problem=problem,
        arguments=figures.arguments,
        moved=figures.moved,
        carried=figures.ARGUMENTS,
    )
    return page, status
