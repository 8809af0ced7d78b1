"""Rows of a premium ledger become instalments of policies."""

from collections.abc import Sequence
from typing import Any

from policies import database, dialect, models
from policies.importing.columns import Reject, RowBatch
from policies.importing.upsert import SeenIds
from policies.notices import Notice, notice
from policies.trail import Change, Trail

Key = tuple[int, str]
"""An instalment: the policy's id and the due date."""

Stated = tuple[int, str | None]
"""What a ledger says of it: the amount in hundredths, and when it was paid."""


class Ledger:
    """Takes in the rows of one ledger file, a batch at a time."""

    def __init__(self, trail: Trail) -> None:
        self.added = self.changed = 0
        self._trail = trail
        self._seen = SeenIds()

    def take_in(self, batch: RowBatch) -> list[Reject]:
        """Adds and changes what the batch says; answers with the rows it refuses."""
        numbers, dues = batch.values["policy_no"], batch.values["due_date"]
        paid = batch.values.get("paid_on")
        policies = _policies(set(numbers))
        stored = _stored([number for number, _ in policies.values()], set(dues))
        accepted: dict[Key, Stated] = {}
        rejects: list[Reject] = []
        for place, row in enumerate(batch.rows):
            policy = policies.get(numbers[place])
            if policy is None:
                why = notice("no_such_policy")
                rejects.append(Reject(row.line, "policy_no", numbers[place], why, row.cells))
                continue
            key = (policy[0], dues[place])
            if key in accepted or (key in stored and stored[key][0] in self._seen):
                why = notice("instalment_twice")
                rejects.append(Reject(row.line, "due_date", dues[place], why, row.cells))
                continue
            paid_on = paid[place] if paid else stored[key][2] if key in stored else None
            accepted[key] = (batch.values["amount"][place], paid_on)
        self._upsert(accepted, stored, dict(policies.values()))
        return rejects

    def warnings(self) -> list[Notice]:
        """What a person should know of the file as a whole: nothing beyond its rejects."""
        return []

    def _upsert(
        self,
        accepted: dict[Key, Stated],
        stored: dict[Key, tuple[int, int, str | None]],
        owners: dict[int, int],
    ) -> None:
        fresh = [key for key in accepted if key not in stored]
        ids = list(database.reserve_ids(models.Premium, len(fresh)))
        database.insert_rows(
            models.Premium,
            ("id", "policy_id", "due_date", "amount", "paid_on"),
            [(number, *key, *accepted[key]) for number, key in zip(ids, fresh, strict=True)],
        )
        known = {key: stored[key] for key in accepted if key in stored}
        changed = {key: each for key, each in known.items() if each[1:] != accepted[key]}
        updates = [(*accepted[key], number) for key, (number, *_) in changed.items()]
        database.update_rows(models.Premium, ("amount", "paid_on"), updates)
        self._seen.update([*ids, *(number for number, *_ in known.values())])
        self.added, self.changed = len(fresh), len(changed)
        if changed:
            self._trail(
                [
                    _change(key, owners[key[0]], before, accepted[key])
                    for key, (_, *before) in changed.items()
                ]
            )


def _change(key: Key, client_id: int, before: Sequence[Any], after: Stated) -> Change:
    facts: dict[str, Any] = {"due_date": key[1], "amount": str(models.amount(after[0]))}
    if before[0] != after[0]:
        facts["amount_was"] = str(models.amount(before[0]))
    if before[1] != after[1]:
        facts["paid_on"] = [before[1], after[1]]
    is_paid = after[1] is not None and before[1] is None
    return Change("premium.paid" if is_paid else "premium.changed", client_id, key[0], facts)


def _policies(numbers: set[str]) -> dict[str, tuple[int, int]]:
    """By policy number: the policy's id and its client's."""
    found: dict[str, tuple[int, int]] = {}
    for some in database.chunks(numbers):
        marks = dialect.marks(some)
        sql = f"SELECT policy_no, id, client_id FROM policy WHERE policy_no IN ({marks})"
        found.update(
            (number, (policy, client)) for number, policy, client in database.execute(sql, some)
        )
    return found


def _stored(policy_ids: list[int], due_dates: set[str]) -> dict[Key, tuple[int, int, str | None]]:
    """By instalment: id, amount, paid on."""
    found: dict[Key, tuple[int, int, str | None]] = {}
    dates = sorted(due_dates)
    for some in database.chunks(policy_ids):
        for days in database.chunks(dates):
            sql = (
                "SELECT policy_id, CAST(due_date AS TEXT), id, amount, CAST(paid_on AS TEXT) FROM premium"
                f" WHERE policy_id IN ({dialect.marks(some)})"
                f" AND due_date IN ({dialect.marks(days)})"
            )
            for policy_id, due, number, amount, paid_on in database.execute(sql, [*some, *days]):
                found[policy_id, due] = (number, amount, paid_on)
    return found
