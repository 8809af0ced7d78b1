"""What a complete file leaves out: policies are reported, then paused; instalments are void.

A file may say that it is complete: for the branches that it names or for the whole book, or for the
ledger of the policies in it (domain.md §9.6). The book is looked through page by page, so that its
length costs no memory.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal

from policies import database, inforce, models
from policies.importing.book import queries
from policies.importing.book.queries import OwnedInstalment, ServedPolicy
from policies.importing.book.upsert import SeenIds
from policies.notices import Notice
from policies.trail import Change, Trail

SHOWN = 5
"""Policies that are named; all of them have a line on their card."""

ASKED_ABOVE = 10
"""A file that would drop more than one in so many is asked about."""

POLICIES_AT_A_TIME = 200
"""Whose instalments are held at once."""


@dataclass
class LeftOut:
    """What a complete file leaves out, of what it could have named."""

    kind: Literal["policies", "instalments"]
    reported: int = 0
    """Policies that are missing for the first time, or instalments that were unpaid."""
    grave: int = 0
    """Policies that are paused now, or instalments that were paid."""
    dropped: int = 0
    """What counts against what could be dropped: an instalment that moves is not dropped."""
    of: int = 0
    first: list[str] = field(default_factory=list)
    """Policies, by number, of those that are reported; so are the others of the grave ones."""
    first_grave: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """All that is left out."""
        return self.reported + self.grave

    @property
    def is_much(self) -> bool:
        """Whether somebody has to agree first."""
        return self.dropped * ASKED_ABOVE > self.of

    @property
    def counts(self) -> dict[str, int]:
        """As scripts read them."""
        grave = "left_out_paused" if self.kind == "policies" else "left_out_paid"
        return {"left_out": self.count, grave: self.grave}

    def add(self, policy_no: str, *, is_grave: bool) -> None:
        """Count one more; the first of each kind are kept to be named."""
        shown = self.first_grave if is_grave else self.first
        if len(shown) < SHOWN and policy_no not in shown:
            shown.append(policy_no)
        self.grave += is_grave
        self.reported += not is_grave

    def warnings(self) -> Iterator[Notice]:
        """What people have to know of it."""
        reported, grave = _CODES[self.kind]
        if self.reported:
            yield Notice(reported, {"count": self.reported, "policies": self.first})
        if self.grave:
            yield Notice(grave, {"count": self.grave, "policies": self.first_grave})


_CODES = {
    "policies": ("policies_left_out", "policies_paused"),
    "instalments": ("instalments_void", "paid_instalments_void"),
}


# ------------------------------------------------------------------------------------- policies


def policies(
    named: Collection[SeenIds], pages: Iterable[list[ServedPolicy]], trail: Trail
) -> LeftOut:
    """Report the policies in service that the file does not name, and pause those of the last time.

    `named`: the policies of the file, by id; `pages`: those that it could have named.
    """
    found = LeftOut("policies")
    for page in pages:
        missing = [each for each in page if not any(each.id in some for some in named)]
        for each in missing:
            found.add(each.policy_no, is_grave=inforce.is_left_out(each.left_out_times + 1))
        found.of += len(page)
        found.dropped += len(missing)
        if missing:
            counted = [(each.left_out_times + 1, each.id) for each in missing]
            database.update_rows(models.Policy, ("left_out_times",), counted)
            trail([_reported(each) for each in missing])
    return found


def _reported(policy: ServedPolicy) -> Change:
    times = [policy.left_out_times, policy.left_out_times + 1]
    return Change("policy.left_out", policy.client_id, policy.id, {"left_out_times": times})


# ----------------------------------------------------------------------------------- instalments


def instalments(policy_ids: Iterable[int], seen: SeenIds, mark: int, trail: Trail) -> LeftOut:
    """Delete the instalments of these policies that the file does not have.

    `seen`: the instalments of the file, by id; those behind `mark` are its own.
    """
    found = LeftOut("instalments")
    for some in database.chunks(policy_ids, POLICIES_AT_A_TIME):
        ledgers = itertools.groupby(queries.ledgers(some), attrgetter("policy_id"))
        void = [each for _, ledger in ledgers for each in _void(list(ledger), seen, mark, found)]
        if void:
            queries.delete_instalments([each.id for each in void])
            trail([_voided(each) for each in void])
    return found


def _void(
    ledger: list[OwnedInstalment], seen: SeenIds, mark: int, found: LeftOut
) -> list[OwnedInstalment]:
    """Those of a policy's instalments that the file does not have; it may have others instead."""
    void = [each for each in ledger if each.id not in seen]
    for each in void:
        found.add(each.policy_no, is_grave=each.paid_on is not None)
    added = sum(each.id > mark for each in ledger)
    found.of += len(ledger) - added
    found.dropped += max(0, len(void) - added)
    return void


def _voided(each: OwnedInstalment) -> Change:
    facts: dict[str, object] = {
        "due_date": each.due_date,
        "amount": str(models.amount(each.amount)),
    }
    if each.paid_on is not None:
        facts["paid_on"] = [each.paid_on, None]
    return Change("premium.voided", each.client_id, each.policy_id, facts)
