"""How a policy stands after a row of a file: its status, its end, since when it is served."""

import datetime
from collections.abc import Collection
from typing import NamedTuple

from policies import inforce, status
from policies.importing.book.rows import PolicyRow, StandingRow
from policies.importing.findings import Refusal
from policies.notices import notice
from policies.status import ENDED

Said = tuple[str | None, datetime.date | None, datetime.date]
"""What a row states: a status and an end, None where it says nothing of them, and the day of issue."""


class Judged(NamedTuple):
    """What a row makes of a policy."""

    standing: StandingRow
    refusal: Refusal | None
    """Why the row cannot be taken in, if so."""
    undoes_end: bool = False
    """Whether it takes an end back: it states a status of service, and that there is no end."""


class Standings:
    """Judges the rows of one file."""

    def __init__(self, joined: datetime.date, stated: Collection[str]) -> None:
        """`joined`: the day of the file; `stated`: the columns that it has."""
        self._joined = joined
        self._has_status, self._has_end = "status" in stated, "ended_on" in stated
        self._in_service: dict[str | None, Judged] = {}
        """By what they state, what rows make of new policies that have not ended: nearly all do."""

    def of(self, was: PolicyRow | None, said: Said) -> Judged:
        """What a row makes of the policy that it names; None: the book does not know it."""
        stated, ended_on, _ = said
        if was is not None or ended_on is not None or stated in ENDED:
            return self._judged(was, said)
        if stated not in self._in_service:
            self._in_service[stated] = self._judged(None, said)
        return self._in_service[stated]

    def _judged(self, was: PolicyRow | None, said: Said) -> Judged:
        stated, ended_on, issued = said
        standing = self._standing(was, stated or "", ended_on, issued)
        if was is not None and self._undoes_end(was, stated, ended_on):
            return Judged(standing, _refusal(None, standing, issued), undoes_end=True)
        return Judged(standing, _refusal(was, standing, issued))

    def _standing(
        self,
        was: PolicyRow | None,
        stated: str,
        ended_on: datetime.date | None,
        issued: datetime.date,
    ) -> StandingRow:
        """Status, end and start of service, where the row or its file leave them open."""
        meant, served_from = status.stated(stated, ended_on), self._joined
        if was is not None:
            ends = ended_on is not None and ended_on <= self._joined
            keeps_status = not self._has_status and (was.status in ENDED or not ends)
            if keeps_status or (not stated and ended_on and was.status in ENDED):
                meant = was.status
            if not self._has_end or (meant in ENDED and not ended_on):
                ended_on = was.ended_on
            is_back = inforce.is_left_out(was.left_out_times)
            is_resumed = is_back or status.is_reinstated(was.status, meant)
            served_from = max(was.served_from, self._joined) if is_resumed else was.served_from
        if meant in ENDED and not ended_on:
            ended_on = max(self._joined, issued)
        return StandingRow(meant, ended_on, served_from)

    def _undoes_end(
        self, was: PolicyRow, stated: str | None, ended_on: datetime.date | None
    ) -> bool:
        is_stated = bool(stated) and ended_on is None and self._has_end
        return is_stated and status.undoes_end(was.status, stated or "")


def _refusal(was: PolicyRow | None, standing: StandingRow, issued: datetime.date) -> Refusal | None:
    """Why a row that reads well cannot be taken in, if so."""
    ended_on = standing.ended_on
    if ended_on and ended_on < issued:
        why = notice("ended_before_issue", issue_date=str(issued))
        return Refusal("ended_on", str(ended_on), why)
    if was is not None and not status.may_become(was.status, standing.status):
        why = notice("cannot_become", before=was.status, after=standing.status)
        return Refusal("status", standing.status, why)
    return None
