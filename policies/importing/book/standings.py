"""How a policy stands after a row of a file: its status, its end, its suspension, its service."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from policies import inforce, status
from policies.dates import ONE_DAY
from policies.grace import Grace
from policies.importing.book import queries
from policies.importing.book.rows import PolicyRow, StandingRow
from policies.importing.findings import Refusal
from policies.notices import notice
from policies.status import ENDED, SUSPENDED

SAID = ("status", "ended_on", "suspended_on")
"""The columns of a file that say how a policy stands."""


class Said(NamedTuple):
    """What a row states, None where it says nothing of it; and the day of issue."""

    status: str | None
    ended_on: datetime.date | None
    suspended_on: datetime.date | None
    issued: datetime.date


class Judged(NamedTuple):
    """What a row makes of a policy."""

    standing: StandingRow
    refusal: Refusal | None
    """Why the row cannot be taken in, if so."""
    undoes_end: bool = False
    """Whether it takes an end back: it states a status of service, and that there is no end."""


class Standings:
    """Judges the rows of one file."""

    def __init__(
        self, joined: datetime.date, stated: Collection[str], grace: Grace | None = None
    ) -> None:
        """`joined`: the day of the file; `stated`: the columns that it has."""
        self.joined = joined
        self._grace = grace or Grace()
        self._has_status, self._has_end = "status" in stated, "ended_on" in stated
        self._in_service: dict[str | None, Judged] = {}
        """By what they state, what rows make of new policies that have not ended: nearly all do."""
        self._unpaid: dict[int, datetime.date] = {}
        """Of policies, by id, that are suspended now: their first instalment that was not paid."""

    def look_up(self, stored: Mapping[str, PolicyRow], values: Mapping[str, Sequence[Any]]) -> None:
        """Ask the ledger of the policies that the rows of a batch suspend.

        `stored`: the policies as they were, by number; `values`: the columns of the batch.
        """
        stated = zip(values["policy_no"], values.get("status", ()), strict=False)
        named = [
            stored[number] for number, says in stated if says == SUSPENDED and number in stored
        ]
        falling = [each.id for each in named if each.status != SUSPENDED]
        self._unpaid = queries.first_unpaid(falling) if falling else {}

    def of(self, was: PolicyRow | None, said: tuple[Any, ...]) -> Judged:
        """What a row makes of the policy that it names; None: the book does not know it."""
        stated, ended_on, suspended_on, _ = said
        if was is not None or ended_on or suspended_on or stated in ENDED:
            return self._judged(was, Said(*said))
        if stated not in self._in_service:
            self._in_service[stated] = self._judged(None, Said(*said))
        return self._in_service[stated]

    def _judged(self, was: PolicyRow | None, said: Said) -> Judged:
        standing = self._standing(was, said)
        if was is not None and self._undoes_end(was, said.status, said.ended_on):
            return Judged(standing, _refusal(None, standing, said.issued), undoes_end=True)
        return Judged(standing, _refusal(was, standing, said.issued))

    def _standing(self, was: PolicyRow | None, said: Said) -> StandingRow:
        """Status, end, suspension and start of service, where the row or its file leave them open."""
        stated, ended_on = said.status or "", said.ended_on
        meant, served_from = status.stated(stated, ended_on), self.joined
        if was is not None:
            ends = ended_on is not None and ended_on <= self.joined
            keeps_status = not self._has_status and (was.status in ENDED or not ends)
            if keeps_status or (not stated and ended_on and was.status in ENDED):
                meant = was.status
            if not self._has_end or (meant in ENDED and not ended_on):
                ended_on = was.ended_on
            is_back = inforce.is_left_out(was.left_out_times)
            is_resumed = is_back or status.is_reinstated(was.status, meant)
            served_from = max(was.served_from, self.joined) if is_resumed else was.served_from
        if meant in ENDED and not ended_on:
            ended_on = max(self.joined, said.issued)
        suspended_on = self._suspended_on(was, said) if meant == SUSPENDED else None
        return StandingRow(meant, ended_on, suspended_on, served_from)

    def _suspended_on(self, was: PolicyRow | None, said: Said) -> datetime.date | None:
        """Since when a suspended policy is (domain.md §4.17): as the row says, else as the ledger does.

        Where neither does, it is the day of the first file that says so. Of a policy that the book
        had never in service it is not known.
        """
        if said.suspended_on or was is None:
            return said.suspended_on
        if was.status == SUSPENDED:
            return was.suspended_on and max(was.suspended_on, said.issued)
        unpaid = self._unpaid.get(was.id)
        lapsed = self._grace.until(unpaid, was.product) + ONE_DAY if unpaid else self.joined
        return max(min(lapsed, self.joined), said.issued)

    def _undoes_end(
        self, was: PolicyRow, stated: str | None, ended_on: datetime.date | None
    ) -> bool:
        is_stated = bool(stated) and ended_on is None and self._has_end
        return is_stated and status.undoes_end(was.status, stated or "")


def _refusal(was: PolicyRow | None, standing: StandingRow, issued: datetime.date) -> Refusal | None:
    """Why a row that reads well cannot be taken in, if so."""
    ended_on, suspended_on = standing.ended_on, standing.suspended_on
    if ended_on and ended_on < issued:
        why = notice("ended_before_issue", issue_date=str(issued))
        return Refusal("ended_on", str(ended_on), why)
    if suspended_on and suspended_on < issued:
        why = notice("suspended_before_issue", issue_date=str(issued))
        return Refusal("suspended_on", str(suspended_on), why)
    if was is not None and not status.may_become(was.status, standing.status):
        why = notice("cannot_become", before=was.status, after=standing.status)
        return Refusal("status", standing.status, why)
    return None
