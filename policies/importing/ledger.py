"""Rows of a premium ledger become instalments of policies."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from policies import database, models, records
from policies.importing.book import due_days, left_out, queries
from policies.importing.book.left_out import LeftOut
from policies.importing.book.queries import Key, Owned
from policies.importing.book.rows import InstalmentRow, PaidInstalment
from policies.importing.book.upsert import SeenIds
from policies.importing.cells.instalments import Nth
from policies.importing.files.tables import FileRow
from policies.importing.findings import Findings, Reject, Wrong
from policies.importing.kinds import Complete
from policies.importing.mapping.columns import RowBatch, refused
from policies.importing.sense.proportions import LedgerProportions, NewInstalment
from policies.notices import Notice, notice
from policies.trail import Change, ChangeKind, Trail


class Stated(NamedTuple):
    """An instalment as a ledger states it: its amount in hundredths, and the day of its payment."""

    amount: int
    paid_on: datetime.date | None


class Ledger:
    """Takes in the rows of one ledger file, a batch at a time."""

    def __init__(self, on: datetime.date, trail: Trail) -> None:
        """Changes are dated `on`."""
        self.added = self.changed = self.passed = 0
        self._trail, self._on = trail, on
        self._seen = SeenIds()
        self._policies, self._refused = SeenIds(), SeenIds()
        self._mark = database.last_id(models.Premium)
        self._findings = Findings()
        self._proportions = LedgerProportions(self._findings)

    def to_read(self, rows: list[FileRow]) -> list[FileRow]:
        """The rows of a batch that have to be read: all of them."""
        return rows

    def take_in(self, batch: RowBatch) -> list[Reject]:
        """Adds and changes what the batch says; answers with the rows it refuses."""
        numbers, dues = batch.values["policy_no"], batch.values["due_date"]
        paid = batch.values.get("paid_on")
        policies = queries.owned(set(numbers))
        if any(isinstance(each, Nth) for each in dues):
            dues, paid = _days(numbers, (dues, paid), policies)
        known_dues = [each for each in dues if isinstance(each, datetime.date)]
        stored = queries.instalments([each.id for each in policies.values()], known_dues)
        accepted: dict[Key, Stated] = {}
        fresh: list[NewInstalment] = []
        rejects: list[Reject] = []
        for place, (row, number, due_date) in enumerate(
            zip(batch.rows, numbers, dues, strict=True)
        ):
            policy = policies.get(number)
            if policy is None:
                why = notice("no_such_policy")
                rejects.append(refused(row, [Wrong("policy_no", number, why)]))
                continue
            if isinstance(due_date, Notice):
                rejects.append(refused(row, [Wrong("due_date", "", due_date)]))
                continue
            key = (policy.id, due_date)
            known = stored.get(key)
            if key in accepted or (known and known.id in self._seen):
                why = notice("instalment_twice")
                rejects.append(refused(row, [Wrong("due_date", str(due_date), why)]))
                continue
            paid_on = paid[place] if paid else known.paid_on if known else None
            amount = batch.values["amount"][place]
            accepted[key] = Stated(amount, paid_on)
            if known is None and policy.payment_mode != "annual":
                fresh.append(NewInstalment(row.line, policy, due_date, amount))
        self._proportions.look(fresh)
        self._upsert(accepted, stored, policies)
        return rejects

    def refused(self, policy_nos: Iterable[str]) -> None:
        """Rows of these policies were refused: nobody knows of which instalments they speak."""
        known = queries.owned(set(policy_nos))
        self._refused.update([each.id for each in known.values()])

    def settle(self) -> int:
        """Change what only the whole file decides: nothing."""
        return 0

    def leave_out(self, complete: Complete) -> LeftOut:
        """What the file leaves out of the ledger of its policies, now that all its rows are in: void."""
        whole = (each for each in self._policies if each not in self._refused)
        return left_out.instalments(whole, self._seen, self._mark, self._trail)

    def warnings(self) -> list[Notice]:
        """The warnings about the file as a whole."""
        self._proportions.close()
        return self._findings.notices()

    def _upsert(
        self,
        accepted: Mapping[Key, Stated],
        stored: Mapping[Key, InstalmentRow],
        policies: Mapping[str, Owned],
    ) -> None:
        fresh = [(key, stated) for key, stated in accepted.items() if key not in stored]
        ids = list(database.reserve_ids(models.Premium, len(fresh)))
        rows = [
            InstalmentRow(number, policy_id, due_date, stated.amount, stated.paid_on, None)
            for number, ((policy_id, due_date), stated) in zip(ids, fresh, strict=True)
        ]
        records.insert(models.Premium, rows)
        known = [(stored[key], stated) for key, stated in accepted.items() if key in stored]
        changed = [
            (was, now)
            for was, now in known
            if (was.amount, was.paid_on) != (now.amount, now.paid_on)
        ]
        records.update(models.Premium, (self._updated(was, now) for was, now in changed))
        self._seen.update([*ids, *(was.id for was, _ in known)])
        self._policies.update([policy_id for policy_id, _ in accepted])
        self.added, self.changed = len(fresh), len(changed)
        owners = {each.id: each.client_id for each in policies.values()}
        changes = [_change(was, now, owners[was.policy_id]) for was, now in changed]
        if changes := [*changes, *self._added(rows, owners)]:
            self._trail(changes)

    def _updated(self, was: InstalmentRow, now: Stated) -> PaidInstalment:
        """The instalment as it is from now on: a payment that is taken back has bounced."""
        has_bounced = now.paid_on is None and was.paid_on is not None and was.paid_on <= self._on
        bounced_on = self._on if has_bounced else was.bounced_on
        return PaidInstalment(now.amount, now.paid_on, bounced_on, was.id)

    def _added(self, rows: Sequence[InstalmentRow], owners: Mapping[int, int]) -> list[Change]:
        """The fresh instalments of policies that had a ledger before; a first ledger costs nothing."""
        if not self._mark or not rows:
            return []
        known = queries.with_ledger({each.policy_id for each in rows}, self._mark)
        return [
            Change(
                "premium.added", owners[each.policy_id], each.policy_id, {"due_date": each.due_date}
            )
            for each in rows
            if each.policy_id in known
        ]


def _days(
    numbers: Sequence[str],
    said: tuple[Sequence[Any], Sequence[Any] | None],
    policies: Mapping[str, Owned],
) -> tuple[list[Any], list[Any] | None]:
    """When instalments are due and were paid that the rows only count."""
    terms = queries.terms([each.id for each in policies.values()])
    of = [terms[policies[number].id] if number in policies else None for number in numbers]
    dues, paid = said
    return due_days.days(dues, of), due_days.days(paid, of) if paid else None


def _change(was: InstalmentRow, now: Stated, client_id: int) -> Change:
    facts: dict[str, Any] = {"due_date": was.due_date, "amount": str(models.amount(now.amount))}
    if was.amount != now.amount:
        facts["amount_was"] = str(models.amount(was.amount))
    if was.paid_on != now.paid_on:
        facts["paid_on"] = [was.paid_on, now.paid_on]
    is_paid = now.paid_on is not None and was.paid_on is None
    kind: ChangeKind = "premium.paid" if is_paid else "premium.changed"
    return Change(kind, client_id, was.policy_id, facts)
