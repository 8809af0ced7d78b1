"""Numbers that look alike and are not: they differ by what nobody sees, by case or zeros only."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from policies.importing.book import queries
from policies.importing.findings import Findings, Place, Refusal, Said
from policies.models import Numbered
from policies.notices import notice


def seen_as(number: str) -> str:
    """A number as people see it: without invisible characters, all of one width."""
    if number.isascii():
        return number
    visible = "".join(each for each in number if not _is_unseen(each))
    return " ".join(unicodedata.normalize("NFKC", visible).split())


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cf"


def _meant_as(seen: str) -> str:
    """A number as people may mean it: in any case, without zeros that a program takes or adds."""
    return bare.lstrip("0") if _is_digits(bare := seen.removesuffix(".0")) else seen.lower()


def _is_digits(number: str) -> bool:
    return number.isascii() and number.isdecimal()


class Twin(NamedTuple):
    """A new number, and the one that it is mistaken for."""

    number: str
    line: int
    """0: it stands in the book."""


class Twins:
    """The new numbers of one column of a file, against each other and against the book."""

    def __init__(
        self, model: type[Numbered], column: str, findings: Findings, is_first: bool
    ) -> None:
        """`is_first`: the book was empty before, so that only what is written oddly is looked up."""
        self._model, self.column = model, column
        self._findings = findings
        self._is_first = is_first
        self._widths: list[int] | None = None
        """Of the book's numbers that begin with a zero; None: not yet asked."""
        self._odd: dict[str, Twin] = {}
        """By what people see, the numbers of earlier batches that are written otherwise."""

    def refusals(
        self, numbers: Sequence[str], lines: Sequence[int], stored: Collection[str]
    ) -> dict[int, Refusal]:
        """Which rows, by place, have a new number that nobody can tell from another one."""
        fresh = set(numbers).difference(stored)
        if self._are_plain(fresh):
            return {}
        first: dict[str, int] = {}
        for number, line in zip(numbers, lines, strict=True):
            if number in fresh:
                first.setdefault(number, line)
        twins = dict(self._twins(first))
        if not "".join(first).isascii():
            self._tell_unseen({key: line for key, line in first.items() if key not in twins})
        if not twins:
            return {}
        alike = {
            number for number, twin in twins.items() if seen_as(twin.number) == seen_as(number)
        }
        self._tell({key: twin for key, twin in twins.items() if key not in alike}, first)
        return {
            place: self._refusal(number, twins[number])
            for place, number in enumerate(numbers)
            if number in alike
        }

    def _are_plain(self, fresh: Collection[str]) -> bool:
        """Whether none of these numbers is mistaken for an earlier one, as is seen at a glance.

        Of one case, no two of them differ in that alone; without a zero before them, or .0 behind them,
        in that neither. Nearly all are such.
        """
        if self._odd or not self._is_first or not (joined := "".join(fresh)).isascii():
            return not fresh
        listed = "\n".join(["", *fresh, ""])
        if "\n0" in listed or ".0\n" in listed:
            return False
        is_of_one_case = joined in (joined.upper(), joined.lower())
        return is_of_one_case or len({each.lower() for each in fresh}) == len(fresh)

    def _twins(self, fresh: Mapping[str, int]) -> Iterator[tuple[str, Twin]]:
        """The new numbers that are mistaken for an earlier one."""
        known = self._known(fresh)
        is_plain = "".join(fresh).isascii() and not self._odd
        distinct = {each.lower().lstrip("0").removesuffix(".0") for each in fresh}
        if is_plain and not known and len(distinct) == len(fresh):
            return
        before: dict[str, Twin] = {}
        for number, line in fresh.items():
            seen = seen_as(number)
            twin = known.get(number) or self._odd.get(seen) or before.get(_meant_as(seen))
            if twin:
                yield number, twin
                continue
            before[_meant_as(seen)] = Twin(number, line)
            if seen != number:
                self._odd[seen] = Twin(number, line)

    def _known(self, fresh: Mapping[str, int]) -> dict[str, Twin]:
        """Of new numbers those that the book has in another spelling."""
        spellings = {number: self._spellings(number) for number in fresh}
        asked = {each for some in spellings.values() for each in some}
        if not asked:
            return {}
        found = queries.numbers_in(self._model, self.column, asked)
        return {
            number: Twin(min(had), 0)
            for number, some in spellings.items()
            if (had := found.intersection(some))
        }

    def _spellings(self, number: str) -> set[str]:
        """How else the number could stand in the book."""
        if self._is_first and number.isascii():
            return set()
        seen = seen_as(number)
        if _is_digits(whole := seen.removesuffix(".0")):
            bare = whole.lstrip("0")
            padded = (bare.zfill(width) for width in self._zeros())
            return {seen, whole, bare, f"{whole}.0", *padded} - {number, ""}
        return {seen, seen.lower(), seen.upper()} - {number}

    def _zeros(self) -> list[int]:
        """How long the book's numbers are that begin with a zero."""
        if self._widths is None:
            self._widths = queries.lengths_of_zeros(self._model, self.column)
        return self._widths

    def _refusal(self, number: str, twin: Twin) -> Refusal:
        shown = {"seen": seen_as(number), "codes": _codes(number) or _codes(twin.number)}
        if twin.line:
            why = notice("number_like_line", other_line=twin.line, **shown)
        else:
            why = notice("number_like_book", **shown)
        return Refusal(self.column, number, why)

    def _tell_unseen(self, lines: Mapping[str, int]) -> None:
        places = (
            Place(line, seen_as(number))
            for number, line in lines.items()
            if any(map(_is_unseen, number))
        )
        self._findings.add("numbers_with_unseen", places, self.column)

    def _tell(self, twins: Mapping[str, Twin], lines: Mapping[str, int]) -> None:
        for number, twin in twins.items():
            is_case = seen_as(number).lower() == seen_as(twin.number).lower()
            self._findings.add(
                "numbers_differ_in_case" if is_case else "numbers_differ_in_zeros",
                [Place(lines[number], number, (self._said(number, twin),))],
                self.column,
            )

    def _said(self, number: str, twin: Twin) -> Said:
        return Said(self.column, number, twin.number, twin.line)


def _codes(number: str) -> list[str]:
    """The characters of a number that mislead, as Unicode names them."""
    odd = (each for each in number if not each.isascii() and seen_as(each) != each)
    return [f"U+{ord(each):04X}" for each in dict.fromkeys(odd)]
