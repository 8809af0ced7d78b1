"""What reads well and makes little sense: it is taken as it stands, counted, and told with its lines."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from policies.importing.book.rows import PolicyRow
from policies.importing.book.said import Conflict
from policies.importing.cells import addresses
from policies.importing.findings import Findings, Place, Said
from policies.importing.sense import masks
from policies.status import ENDED

Values = Mapping[str, Sequence[Any]]
"""A batch's values by canonical column."""

SWAPPED_AT_LEAST = 3
"""So many issue dates with day and month exchanged are no corrections."""

_DAY = datetime.timedelta(days=1)

CONSENT, CHANNEL = "marketing_consent", "channel"

STRICTER: dict[str, dict[Any, int]] = {CONSENT: {True: 1, False: 2}, CHANNEL: {"none": 1}}
"""A client who is asked twice: a no is stronger than a yes, and a yes than no answer."""


class Sense:
    """Looks at the rows of one file that have been accepted, a batch at a time."""

    def __init__(self, findings: Findings, joined: datetime.date) -> None:
        self._findings = findings
        self._joined = joined
        self._new_in_force = 0

    def look(
        self, lines: Sequence[int], values: Values, stored: Mapping[str, PolicyRow]
    ) -> set[int]:
        """Tell what is odd; the places of the rows of which that has to be told each time."""
        self._tell_swapped(lines, values, stored)
        told = self._tell_addresses("email", "client_no", lines, values)
        told |= self._tell_addresses("agent_email", "agent_no", lines, values)
        return told | self._tell_ends(lines, values, stored)

    def close(self) -> None:
        """The whole file has been read: what is odd only where it is frequent is told or dropped."""
        if 2 * self._findings.count("end_is_maturity", "ended_on") < self._new_in_force:
            self._findings.drop("end_is_maturity", "ended_on")
        if self._findings.count("issue_dates_swapped", "issue_date") < SWAPPED_AT_LEAST:
            self._findings.drop("issue_dates_swapped", "issue_date")

    # ------------------------------------------------------------------- status against end date

    def _tell_ends(
        self, lines: Sequence[int], values: Values, stored: Mapping[str, PolicyRow]
    ) -> set[int]:
        """Tell which ends and statuses contradict each other."""
        if "status" not in values and "ended_on" not in values:
            return set()
        told: set[int] = set()
        for place, code in self._odd_ends(values, stored):
            number = values["policy_no"][place]
            self._findings.add(code, [Place(lines[place], number)], "ended_on")
            if code in ("ended_ahead", "in_force_past_end"):
                told.add(place)
        return told

    def _odd_ends(
        self, values: Values, stored: Mapping[str, PolicyRow]
    ) -> Iterator[tuple[int, str]]:
        """The places of odd ends, and what is odd."""
        numbers, issued = values["policy_no"], values["issue_date"]
        statuses = values.get("status") or repeat("", len(numbers))
        ends = values.get("ended_on") or repeat(None, len(numbers))
        for place, (status, ended_on) in enumerate(zip(statuses, ends, strict=True)):
            if not (stored or ended_on or status in ENDED):
                self._new_in_force += 1
                continue
            was = stored.get(numbers[place])
            if status in ENDED:
                if ended_on and ended_on > self._joined:
                    yield place, "ended_ahead"
                elif not ended_on and (was is None or was.ended_on is None):
                    yield place, "ended_without_date"
            elif ended_on and ended_on <= self._joined:
                if status:
                    yield place, "in_force_past_end"
            elif was is None or was.ended_on != ended_on:
                self._new_in_force += 1
                if ended_on and _are_whole_years(issued[place], ended_on):
                    yield place, "end_is_maturity"

    # ------------------------------------------------------------------------------ cell by cell

    def _tell_swapped(
        self, lines: Sequence[int], values: Values, stored: Mapping[str, PolicyRow]
    ) -> None:
        """Tell which issue dates are those of the book with day and month exchanged."""
        if not stored:
            return
        both = zip(lines, values["policy_no"], values["issue_date"], strict=True)
        swapped = (
            Place(line, number, (Said("issue_date", str(issued), str(stored[number].issue_date)),))
            for line, number, issued in both
            if number in stored and _are_swapped(stored[number].issue_date, issued)
        )
        self._findings.add("issue_dates_swapped", swapped, "issue_date")

    def _tell_addresses(
        self, column: str, key: str, lines: Sequence[int], values: Values
    ) -> set[int]:
        """Tell which cells hold more than one address; no mail is sent to any of them."""
        cells = values.get(column, ())
        if not addresses.are_any_several(cells):
            return set()
        told = [place for place, cell in enumerate(cells) if addresses.are_several(cell)]
        places = (
            Place(
                lines[place],
                values[key][place],
                (Said(column, masks.shown(column, cells[place])),),
            )
            for place in told
        )
        self._findings.add("several_addresses", places, column)
        return set(told)


def tell_new(findings: Findings, code: str, column: str, lines: Mapping[str, int]) -> None:
    """Tell which agents or branches the book never had, by the line that names each first."""
    findings.add(code, (Place(line, number) for number, line in lines.items()), column)


def tell_conflicts(findings: Findings, prefix: str, conflicts: Iterable[Conflict]) -> None:
    """Tell which rows describe their client or agent otherwise than an earlier row of the file."""
    for each in conflicts:
        said = [
            _said(prefix, name, *values)
            for name, values in each.columns.items()
            if name not in _UNTOLD
        ]
        strict = [one for one in said if one.column in STRICTER and _is_decided(one)]
        others = tuple(one for one in said if one not in strict)
        for one in strict:
            place = Place(each.line, each.key, (one,))
            findings.add(f"{_SHORT[one.column]}_contradicts", [place], one.column)
        if others or not strict:
            findings.add(f"{prefix}_described_twice", [Place(each.line, each.key, others)])


_SHORT = {CONSENT: "consent", CHANNEL: "channel"}
_UNTOLD = frozenset(["team_id", "consent_on"])
"""Columns of the book whose values people do not know."""


def _said(prefix: str, name: str, was: Any, now: Any, line: int) -> Said:
    """What is said of a column of the book, as the column of the file is called."""
    column = _column(prefix, name)
    return Said(column, masks.shown(column, now), masks.shown(column, was), line)


def _column(prefix: str, name: str) -> str:
    if name == "phone_given":
        return "phone"
    return f"{prefix}_{name}" if name == "name" or prefix == "agent" else name


def _is_decided(said: Said) -> bool:
    """Whether two rows say of a permission what excludes each other, so that the stricter one decides."""
    both = {said.value, said.other}
    return both == {"yes", "no"} if said.column == CONSENT else "none" in both


def _are_whole_years(issued: datetime.date, ended_on: datetime.date) -> bool:
    """Whether an end is an anniversary, or the day before one."""
    return any(
        (each.month, each.day) == (issued.month, issued.day) and each.year > issued.year
        for each in (ended_on, ended_on + _DAY)
    )


def _are_swapped(was: datetime.date, now: datetime.date) -> bool:
    """Whether day and month have been exchanged."""
    return was != now and (was.year, was.month, was.day) == (now.year, now.day, now.month)
