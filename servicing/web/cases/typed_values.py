"""What the forms of cases say in digits: what cannot be read is refused in a sentence."""

import datetime

from flask import request

from servicing.core import errors
from servicing.web import paging

LONGEST_NUMBER = 6
"""Digits of how many people have come."""

LONGEST_TOLD = 40
"""Letters of a wrong value that the sentence repeats."""


def day(name: str) -> datetime.date:
    """The day of a field; raises `CaseRefused` for what is no day, and where it is empty."""
    text = request.form.get(name, "").strip()
    found = paging.day_or_none(text)
    if found is None:
        raise errors.CaseRefused("case_not_a_day", value=text[:LONGEST_TOLD])
    return found


def people(name: str) -> int:
    """How many: one where the field is empty; raises `CaseRefused` for what is no number of people."""
    text = request.form.get(name, "").strip()
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER):
        raise errors.CaseRefused("case_not_a_count", value=text[:LONGEST_TOLD])
    return int(text)
