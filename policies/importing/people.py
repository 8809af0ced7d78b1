"""Rows of files that speak of people alone: of clients, or of agents.

A client without a policy is owed nothing, so only clients are changed whom the book knows; an agent may
come before the first policy.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

import peewee

from policies import database, models
from policies.erased import NOBODY, ErasedClients
from policies.importing.book import card_changes, referrers, skeletons, teams
from policies.importing.book.changes import Changes
from policies.importing.book.left_out import LeftOut
from policies.importing.book.referrers import Referrers
from policies.importing.book.rows import AgentRow, ClientRow, RevisedRow
from policies.importing.book.teams import Teams
from policies.importing.book.upsert import Upsert
from policies.importing.files.tables import FileRow
from policies.importing.findings import Findings, Reject, Wrong
from policies.importing.kinds import Complete
from policies.importing.mapping.columns import RowBatch, refused
from policies.importing.sense.client_phones import ClientPhones
from policies.notices import Notice, notice
from policies.trail import Trail

R = TypeVar("R", bound=RevisedRow)

Values = Mapping[str, Sequence[Any]]
"""By canonical column the values of the rows."""


class _People(Generic[R]):
    """Takes in the rows of a file of people, a batch at a time."""

    def __init__(self, model: type[peewee.Model], kind: type[R], number: str) -> None:
        """`number`: the canonical column by which they are known."""
        self.added = self.changed = self.passed = 0
        self._people = Upsert(model, kind)
        self._number = number

    def to_read(self, rows: list[FileRow]) -> list[FileRow]:
        """The rows of a batch that have to be read: all of them."""
        return rows

    def refused(self, policy_nos: Iterable[str]) -> None:
        """Such a file speaks of no policy."""

    def settle(self) -> int:
        """Nothing waits for the last row: a number stands once in such a file."""
        return 0

    def leave_out(self, complete: Complete) -> LeftOut:
        """Such a file is never complete."""
        return LeftOut("policies")

    def warnings(self) -> list[Notice]:
        """The warnings about the file as a whole."""
        return []

    def take_in(self, batch: RowBatch) -> list[Reject]:
        """Adds and changes what the batch says; answers with the rows it refuses."""
        numbers = batch.values[self._number]
        stored = self._people.existing(numbers)
        accepted: dict[str, int] = {}
        rejects: list[Reject] = []
        for place, (row, number) in enumerate(zip(batch.rows, numbers, strict=True)):
            if why := self._why_not(number, stored.get(number), accepted):
                rejects.append(refused(row, [Wrong(self._number, number, why)]))
            else:
                accepted[number] = place
        rows = [batch.rows[place] for place in accepted.values()]
        values = {
            name: [column[place] for place in accepted.values()]
            for name, column in batch.values.items()
        }
        self._apply(self._looked_at(rows, values, stored), stored)
        return rejects

    def _looked_at(
        self, rows: Sequence[FileRow], values: Values, stored: Mapping[str, R]
    ) -> Values:
        """The values as they are taken, after what is odd about them has been told."""
        return values

    def _apply(self, values: Values, stored: Mapping[str, R]) -> None:
        numbers = values[self._number]
        applied = self._people.put(numbers, self._stated(values), stored)
        self.added, self.changed = applied.added, len(applied.changes)
        self._tell(applied.changes)

    def _why_not(self, number: str, known: R | None, accepted: Mapping[str, int]) -> Notice | None:
        """Why a row that reads well cannot be taken in, if so."""
        is_second = number in accepted or (known is not None and known.id in self._people.seen)
        return notice("policy_twice") if is_second else None

    def _stated(self, values: Values) -> dict[str, Sequence[Any]]:
        """What the rows say, by the columns of the table."""
        raise NotImplementedError

    def _tell(self, changes: Sequence[Changes]) -> None:
        """Put the changes where people see them."""


class Clients(_People[ClientRow]):
    """Takes in the rows of a file of clients."""

    def __init__(
        self,
        joined: datetime.date,
        trail: Trail,
        country: str,
        erased: ErasedClients = NOBODY,
        known_referrers: Referrers = referrers.of_nobody,
    ) -> None:
        """`joined`: the day of which changes of consent are dated; `country`: of bare phone numbers."""
        super().__init__(models.Client, ClientRow, "client_no")
        self._erased, self._referrers = erased, known_referrers
        self._joined, self._trail = joined, trail
        self._findings = Findings()
        self._phones = ClientPhones(self._findings, country)

    def warnings(self) -> list[Notice]:
        """The warnings about the file as a whole."""
        return self._findings.notices()

    def take_in(self, batch: RowBatch) -> list[Reject]:
        """Changes what the batch says; of clients who were erased nothing is taken."""
        values, places = skeletons.bare(batch.values, self._erased)
        self._findings.add("erased_clients", skeletons.told(batch.rows, values, places))
        return super().take_in(replace(batch, values=values))

    def _looked_at(
        self, rows: Sequence[FileRow], values: Values, stored: Mapping[str, ClientRow]
    ) -> Values:
        numbers = values[self._number]
        if "referred_by" in values:
            named = referrers.kept(numbers, values["referred_by"], stored, self._referrers)
            values = {**values, "referred_by": named}
        if "phone" not in values:
            return values
        said = values["phone"]
        taken = self._phones.take(rows, numbers, said, stored, self._people.seen)
        return {**values, "phone": taken}

    def _why_not(
        self, number: str, known: ClientRow | None, accepted: Mapping[str, int]
    ) -> Notice | None:
        return super()._why_not(number, known, accepted) if known else notice("no_such_client")

    def _stated(self, values: Values) -> dict[str, Sequence[Any]]:
        stated = {name: values[name] for name in self._people.columns if name in values}
        if "client_name" in values:
            stated["name"] = values["client_name"]
        if "phone" in values:
            stated["phone"] = [number for number, _ in values["phone"]]
            stated["phone_given"] = [given for _, given in values["phone"]]
        return stated

    def _tell(self, changes: Sequence[Changes]) -> None:
        day = self._joined.isoformat()
        dated = [(day, each.id) for each in changes if card_changes.CONSENT in each.columns]
        database.update_rows(models.Client, ("consent_on",), dated)
        if changes:
            self._trail([line for each in changes for line in card_changes.of_client(each)])


class Agents(_People[AgentRow]):
    """Takes in the rows of a file of agents."""

    def __init__(self) -> None:
        super().__init__(models.Agent, AgentRow, "agent_no")
        self._teams = Teams()

    def _stated(self, values: Values) -> dict[str, Sequence[Any]]:
        stated: dict[str, Sequence[Any]] = {
            name: values[f"agent_{name}"]
            for name in self._people.columns
            if f"agent_{name}" in values
        }
        if not {"team", "branch"}.isdisjoint(values):
            units = teams.units(values, values.keys())
            stated["team_id"] = list(map(self._teams.__getitem__, units))
        return stated
