"""A list of a page as a file: what is shown there, line by line, with the titles that it has there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from policies.importing.inert import inert
from policies.notices import notice
from servicing.core import errors, output
from servicing.reports import sheets
from servicing.reports.sheets import Looking, Sheet


def write(
    path: Path,
    titles: Sequence[str],
    kinds: Sequence[str],
    lines: Iterable[Sequence[Any]],
    about: str,
) -> int:
    """Write the values as CSV or as a workbook, whichever the name of the file says; how many lines.

    Raises `UnwritableFile`, also for a name that says neither.
    """
    passed = 0

    def counted() -> Iterator[Sequence[Any]]:
        nonlocal passed
        for line in lines:
            passed += 1
            yield line

    match path.suffix.lower():
        case ".csv":
            cells = (
                [_told(value, kind) for value, kind in zip(line, kinds, strict=True)]
                for line in counted()
            )
            write_csv(path, titles, cells)
        case ".xlsx":
            write_workbook(path, titles, kinds, counted(), about)
        case _:
            raise errors.UnwritableFile(path, notice("not_csv_or_xlsx"))
    return passed


def _told(value: Any, kind: str) -> str:
    if value is None:
        return ""
    return output.percent(value) if kind == "percent" else str(value)


def write_csv(path: Path, titles: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Write the cells as they are shown, every one inert. Raises `UnwritableFile`."""
    with sheets.written(path) as draft:
        inert_lines = ([inert(cell) for cell in line] for line in lines)
        sheets.write_csv(draft, map(output.csv_line, _with_titles(titles, inert_lines)))


def _with_titles(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    yield titles
    yield from lines


def write_workbook(
    path: Path,
    titles: Sequence[str],
    kinds: Sequence[str],
    lines: Iterable[Sequence[Any]],
    about: str,
) -> None:
    """Write the values, each looking as it is shown; `about` stands on a sheet of its own.

    Raises `UnwritableFile`, also where a sheet cannot hold so many lines.
    """
    with (
        sheets.written(path) as draft,
        draft.open("wb") as file,
        sheets.workbook(file) as book,
    ):
        sheet = Sheet(book, "list", "")
        sheet.titles(titles)
        for line in lines:
            sheet.line([_looking(value, kind) for value, kind in zip(line, kinds, strict=True)])
        if about:
            Sheet(book, "about", "").line([about])


def _money(by_currency: Mapping[str, Decimal]) -> Any:
    """A number that looks as it is shown; what is in several currencies is no number."""
    if len(by_currency) != 1:
        return output.amounts(by_currency)
    [(currency, amount)] = by_currency.items()
    is_whole = amount == amount.to_integral_value()
    return Looking(amount, "whole money" if is_whole else "money", currency)


def _looking(value: Any, kind: str) -> Any:
    if value is None or value == "":
        return None
    match kind:
        case "money":
            return _money(value)
        case "percent":
            return Looking(value, "spaced percent")
        case "moment":
            return Looking(value, "moment")
    return value
