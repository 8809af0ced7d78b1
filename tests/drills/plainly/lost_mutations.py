"""Rules of a restored book made wrong, one at a time, as in `mutations`."""

import datetime
from collections.abc import Callable
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from servicing.core import doubts
from servicing.dispatch import claims, queries, questions, receipts, reconcile
from servicing.operations import backups

Mutation = Callable[[pytest.MonkeyPatch], None]


def _nothing_is_in_doubt(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "doubt", lambda span, timezone, now: 0)
    _later_imports_are_in_no_doubt(patch)


def _later_imports_are_in_no_doubt(patch: pytest.MonkeyPatch) -> None:
    undoubted = SimpleNamespace(of=lambda message, context: None)
    patch.setattr(claims, "Doubts", lambda contexts, zone: undoubted)


def _day_of_the_loss_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    def holds(self: doubts.Span, due_on: datetime.date, zone: str) -> bool:
        return due_on < self.until.astimezone(ZoneInfo(zone)).date()

    patch.setattr(doubts.Span, "holds", holds)


def _what_is_found_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(queries, "is_accounted_for", lambda *asked: True)


def _no_other_address_is_thought_of(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(questions, "_past_since", lambda messages, contexts, mark: {})


def _no_book_is_waited_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(questions.Questions, "_has_a_book_since", lambda self, span: True)


def _late_receipts_are_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(receipts, "_is_of_this_book", lambda receipt, message: True)


def _lost_days_are_not_walked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(backups, "walk", SimpleNamespace(walk=lambda walker, today, now: None))


RESTORES: dict[str, tuple[Mutation, int]] = {
    "a restored book doubts nothing": (_nothing_is_in_doubt, 2),
    "a restore forgets the day of the loss": (_day_of_the_loss_is_forgotten, 2),
    "what is imported after a restore is in no doubt": (_later_imports_are_in_no_doubt, 59),
    "what the provider has is sent again": (_what_is_found_is_sent_again, 2),
    "absent at one address counts as absent": (_no_other_address_is_thought_of, 39),
    "absent counts before the book is imported again": (_no_book_is_waited_for, 7),
    "a late receipt of the lost book is believed": (_late_receipts_are_believed, 2),
    "a restore does not walk the lost days": (_lost_days_are_not_walked, 2),
}
"""By name; each with a seed whose week has a loss that shows it."""
