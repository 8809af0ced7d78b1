"""Rows that name a client who was erased, without what they say of the person (`policies.erased`)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policies.erased import ErasedClients
from policies.importing.files.tables import FileRow
from policies.importing.findings import Place

_EMPTY: Mapping[str, Any] = {
    "gender": "",
    "birthday": None,
    "phone": ("", ""),
    "email": "",
    "language": "",
    "timezone": "",
    "channel": "none",
    "marketing_consent": None,
}
"""What is said of such a client in each column; a column that nobody has listed is not of the person."""


def bare(
    values: dict[str, list[Any]], erased: ErasedClients
) -> tuple[dict[str, list[Any]], list[int]]:
    """The values of some rows as they may be taken, and the places of the rows of erased clients."""
    if not erased.numbers:
        return values, []
    numbers = values["client_no"]
    renamed = erased.among({*numbers, *values.get("referred_by", ())})
    if not renamed:
        return values, []
    places = [place for place, number in enumerate(numbers) if number in renamed]
    bare = {**values, "client_no": [renamed.get(each, each) for each in numbers]}
    if "referred_by" in values:
        bare["referred_by"] = [renamed.get(each, each) for each in values["referred_by"]]
    for name, empty in _EMPTY.items():
        if name in values:
            bare[name] = _with(values[name], places, [empty] * len(places))
    if "client_name" in values:
        told = [bare["client_no"][place] for place in places]
        bare["client_name"] = _with(values["client_name"], places, told)
    return bare, places


def told(
    rows: Sequence[FileRow], values: Mapping[str, Sequence[Any]], places: Sequence[int]
) -> Iterator[Place]:
    """Where such rows stand, each with the number that stands in place of its client's."""
    for place in places:
        row = rows[place]
        yield Place(row.line, values["client_no"][place], sheet=row.sheet)


def _with(column: Sequence[Any], places: Sequence[int], instead: Sequence[Any]) -> list[Any]:
    changed = list(column)
    for place, value in zip(places, instead, strict=True):
        changed[place] = value
    return changed
