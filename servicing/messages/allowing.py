"""A client who wanted no messages is written to again: who may say so, and on what evidence.

A refusal is the client's own word. Only the client takes it back: by START, or by something that can be
shown. Who wrote a refusal down may take it back on the same day, as a slip (domain.md §6.2).
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from policies import database
from servicing.core import errors
from servicing.messages import suppressions
from servicing.messages.suppressions import LOCK, OWN_WORDS, Kind

EvidenceKind = Literal["form", "recording", "letter", "email"]
EVIDENCE: tuple[EvidenceKind, ...] = get_args(EvidenceKind)
"""What can be shown: a signed form, a recorded call, a letter, an email."""

LONGEST_REFERENCE = 200


@dataclass(frozen=True)
class Evidence:
    """That the client wants messages again: what shows it, where it is found, and of which day it is."""

    kind: EvidenceKind
    reference: str
    dated: datetime.date


@dataclass(frozen=True)
class Word:
    """Who says that a client wants messages again, when, and on what evidence."""

    by: str
    now: datetime.datetime
    """By the clock of the book: its day is today."""
    evidence: Evidence | None = None
    source: str = ""
    """As it is kept; empty: who says so."""

    @property
    def today(self) -> datetime.date:
        """The day on which it is said."""
        return self.now.date()

    @property
    def facts(self) -> dict[str, Any]:
        """The evidence, for the line on the card."""
        if self.evidence is None:
            return {}
        kind, reference, dated = self.evidence.kind, self.evidence.reference, self.evidence.dated
        return {"evidence": kind, "reference": reference, "dated": dated}


@dataclass(frozen=True)
class Refusal:
    """That the client wants none."""

    on: datetime.date | None
    """The book's day; None: it is not known."""
    source: str


def evidence_of(kind: str, reference: str, dated: datetime.date | None) -> Evidence | None:
    """The evidence that a person names; None where a part of it is missing."""
    found = next((each for each in EVIDENCE if each == kind), None)
    reference = reference.strip()[:LONGEST_REFERENCE]
    return Evidence(found, reference, dated) if found and reference and dated else None


def allow(kind: Kind, subject: str, word: Word) -> bool:
    """Lift a suppression; False if there was none. Raises as `prove` does."""
    with database.exclusive(LOCK):
        prove(refusals(kind, subject, word), word)
        return suppressions.lift(kind, subject, word.source or word.by, word.now, **word.facts)


def refusals(kind: Kind, subject: str, word: Word) -> list[Refusal]:
    """The refusals behind a suppression; a wrong address is none."""
    zone = word.now.tzinfo
    return [
        Refusal(each.since.astimezone(zone).date(), each.source)
        for each in suppressions.opted_out(kind, subject)
    ]


def prove(refused: Iterable[Refusal], word: Word) -> None:
    """Refuse a word that undoes refusals and shows nothing for it.

    Raises `Unproven`: there is no evidence, it is older than a refusal, or its day is still to come.
    """
    to_prove = [each for each in refused if not _is_slip(each, word)]
    if not to_prove:
        return
    since = max((each.on for each in to_prove if each.on), default=None)
    if word.evidence is None:
        raise errors.EvidenceNeeded(since)
    if word.evidence.dated > word.today:
        raise errors.EvidenceToCome(word.evidence.dated, word.today)
    if since and word.evidence.dated < since:
        raise errors.EvidenceTooOld(word.evidence.dated, since)


def _is_slip(refusal: Refusal, word: Word) -> bool:
    """Whether the same person has written it today."""
    if refusal.source in OWN_WORDS or refusal.on != word.today:
        return False
    return refusal.source == word.by or refusal.source.startswith(f"{word.by}: ")
