"""Whether premiums, modes and instalments fit together; what is odd only where it is frequent."""

import datetime
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from policies.importing.book.queries import Owned
from policies.importing.book.rows import PolicyRow
from policies.importing.findings import MANY, Findings, Place

TIMES = {"semiannual": 2, "quarterly": 4, "monthly": 12}
"""How often a year a premium is paid, by mode."""

LEAST = 20
"""Of fewer policies nothing is concluded from how large their premiums are."""

NEARLY = (0.8, 1.2)
"""A year's premium of one mode, as a share of that of another, where both are much the same."""

_Row = tuple[int, str, Any, int]
"""Line and number of a policy, its payment mode and its premium."""

_A_YEAR = datetime.timedelta(days=300)


class _Some:
    """Places, counted, the first of them kept."""

    def __init__(self) -> None:
        self.count = 0
        self.places: list[Place] = []

    def add(self, line: int, number: str) -> None:
        self.count += 1
        if len(self.places) < MANY:
            self.places.append(Place(line, number))


class BookProportions:
    """The premiums of a book's rows, where they are new."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._premiums: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        self._of_mode: defaultdict[str, _Some] = defaultdict(_Some)
        self._of_one_year = _Some()
        self._terms = 0

    def look(
        self,
        lines: Sequence[int],
        values: Mapping[str, Sequence[Any]],
        stored: Mapping[str, PolicyRow],
    ) -> None:
        """Remember what a batch says of modes and terms."""
        if "payment_mode" in values:
            self._look_at_modes(lines, values, stored)
        elif "premium_term_years" in values:
            numbers, terms = values["policy_no"], values["premium_term_years"]
            for line, number, term in zip(lines, numbers, terms, strict=True):
                if number not in stored and term is not None:
                    self._terms += 1
                    if term == 1:
                        self._of_one_year.add(line, number)

    def _look_at_modes(
        self,
        lines: Sequence[int],
        values: Mapping[str, Sequence[Any]],
        stored: Mapping[str, PolicyRow],
    ) -> None:
        numbers, modes, premiums = (
            values[name] for name in ("policy_no", "payment_mode", "annual_premium")
        )
        rows: Iterator[_Row] = zip(lines, numbers, modes, premiums, strict=True)
        if stored:
            rows = _changed(rows, stored)
        add = {mode: self._premiums[mode or "annual"].append for mode in set(modes)}
        for line, number, mode, premium in rows:
            add[mode](premium)
            if mode in TIMES:
                self._of_mode[mode].add(line, number)

    def close(self) -> None:
        """Tell what is odd in the whole file."""
        annual = _median(self._premiums["annual"])
        for mode, found in self._of_mode.items():
            year = TIMES[mode] * _median(self._premiums[mode])
            if annual and NEARLY[0] * annual <= year <= NEARLY[1] * annual:
                _tell(self._findings, "premium_is_instalment", found)
        if self._terms >= LEAST and 2 * self._of_one_year.count >= self._terms:
            _tell(self._findings, "premium_is_single", self._of_one_year)


class NewInstalment(NamedTuple):
    """A new instalment as a ledger states it."""

    line: int
    policy: Owned
    due_date: datetime.date
    amount: int


class LedgerProportions:
    """The instalments of a ledger's rows, against the premiums and modes of the book."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._policies: set[int] = set()
        self._found = _Some()
        self._due: dict[int, datetime.date] = {}
        self._of_single: set[int] = set()

    def look(self, fresh: Iterable[NewInstalment]) -> None:
        """Remember what the new instalments of a batch say."""
        for each in fresh:
            if each.policy.payment_mode in TIMES and each.amount:
                self._look_at_amount(each)
            elif each.policy.payment_mode == "single":
                self._look_at_single(each)

    def _look_at_amount(self, each: NewInstalment) -> None:
        """One instalment of a policy decides."""
        if each.policy.id not in self._policies:
            self._policies.add(each.policy.id)
            if abs(each.amount - each.policy.annual_premium) <= 1:
                self._found.add(each.line, each.policy.policy_no)

    def _look_at_single(self, each: NewInstalment) -> None:
        number = each.policy.id
        first = self._due.setdefault(number, each.due_date)
        if number not in self._of_single and abs(each.due_date - first) >= _A_YEAR:
            self._of_single.add(number)
            place = Place(each.line, each.policy.policy_no)
            self._findings.add("single_in_instalments", [place], "due_date")

    def close(self) -> None:
        """Tell what is odd in the whole file."""
        if 2 * self._found.count >= len(self._policies):
            _tell(self._findings, "premium_is_instalment", self._found)


def _changed(rows: Iterable[_Row], stored: Mapping[str, PolicyRow]) -> Iterator[_Row]:
    """The rows of which the book says something else."""
    for row in rows:
        _, number, mode, premium = row
        was = stored.get(number)
        if not was or (was.annual_premium, was.payment_mode) != (premium, mode):
            yield row


def _tell(findings: Findings, code: str, found: _Some) -> None:
    findings.add(code, found.places, "annual_premium", more=found.count - len(found.places))


def _median(premiums: Sequence[int]) -> float:
    """Nothing where there are few."""
    import statistics  # it takes a while to load

    return statistics.median(premiums) if len(premiums) >= LEAST else 0
