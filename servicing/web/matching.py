"""The step at which a person matches the columns of another system's file: its form, and back."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from policies.drafting import choices, draft
from policies.drafting.choices import AS_SAID, UNSAID, Choices
from policies.drafting.look import Look
from policies.importing.kinds import Kind, needed
from servicing.web.rendering import word

Options = list[tuple[str, str]]
"""Of a select: what is sent, and what is shown."""

AN_EXAMPLE = datetime.date(2026, 12, 31)
"""A day that is written differently in each format."""

APART = "|"
"""Between several formats of days."""


class OfOurs(NamedTuple):
    """One of our columns, and what is chosen for it."""

    name: str
    is_needed: bool
    chosen: str
    options: Options
    constant: str

    @property
    def is_used(self) -> bool:
        """Whether it is shown at once: the others are many."""
        return bool(self.is_needed or self.chosen or self.constant)


class OfCode(NamedTuple):
    """A cell of theirs, and which of our codes it is."""

    cell: str
    chosen: str
    options: Options


class Matching(NamedTuple):
    """What the page asks."""

    ours: list[OfOurs]
    dates: Options
    date: str
    numbers: Options
    number: str
    premium_per: str
    year: str
    """What is sent for a premium of a year: nothing where the draft leaves no doubt of it."""
    end_only_when_ended: bool
    codes: dict[str, list[OfCode]]


def asked(look: Look, tables: Mapping[str, Any], keys: tuple[str, ...]) -> Matching:
    """The questions of the page, answered as the mapping says; `keys`: what a person has to say."""
    said = choices.told(dict(tables), keys)
    date = APART.join(said.dates)
    return Matching(
        list(_ours(look, tables, said)),
        [*_first("dates_ours", "date_formats" in keys), *_dates(look, date)],
        date,
        [*_first("numbers_ours", "numbers" in keys), *_numbers(look, said.numbers)],
        said.numbers,
        said.premium_per,
        "year" if "premium_per" in keys else "",
        said.end_only_when_ended,
        {
            name: [OfCode(cell, ours, _codes(name, ours)) for cell, ours in table.items()]
            for name, table in choices.coded(look, said).items()
        },
    )


def chosen(form: "MultiDict[str, str]", kind: Kind) -> Choices:
    """What a person has chosen in the form."""
    names = choices.kind_columns(kind)
    return Choices(
        columns={name: form.get(f"column.{name}", "") for name in names},
        constants={
            name: said for name in names if (said := form.get(f"constant.{name}", "").strip())
        },
        dates=[each for each in form.get("dates", "").split(APART) if each],
        numbers=form.get("numbers", ""),
        premium_per=form.get("premium_per", ""),
        end_only_when_ended="end_only_when_ended" in form,
        codes={
            name: dict(
                zip(form.getlist(f"theirs.{name}"), form.getlist(f"code.{name}"), strict=False)
            )
            for name in draft.CODED
        },
    )


def _ours(look: Look, tables: Mapping[str, Any], said: Choices) -> Iterator[OfOurs]:
    for name in choices.kind_columns(look.kind):
        made = tables.get("columns", {}).get(name)
        options = [("", word("operations", "not_in_file"))]
        if isinstance(made, dict):
            options.append((AS_SAID, " + ".join(_headers(made))))
        options += [(each.header, each.header) for each in look.columns if each.header]
        yield OfOurs(
            name,
            name in needed(look.kind),
            said.columns.get(name, ""),
            options,
            said.constants.get(name, ""),
        )


def _headers(made: Mapping[str, Any]) -> Iterator[str]:
    """The headers of which a column is made."""
    for key in ("of", "join", "first"):
        said = made.get(key, [])
        yield from [said] if isinstance(said, str) else said


def _first(key: str, is_asked: bool) -> Options:
    """The option that stands first: to be chosen, or what needs no word."""
    if is_asked:
        return [(UNSAID, word("operations", "to_be_chosen"))]
    return [("", word("operations", key))]


def _dates(look: Look, chosen: str) -> Options:
    formats = dict.fromkeys(APART.join(each) for each in choices.date_formats(look))
    also = [chosen] if chosen not in [*formats, "", UNSAID] else []
    return [(each, " / ".join(map(_written, each.split(APART)))) for each in [*also, *formats]]


def _written(form: str) -> str:
    """An example of a format of days, and the format."""
    example = AN_EXAMPLE.strftime(form)
    return form if example == form else f"{example} ({form})"


def _numbers(look: Look, chosen: str) -> Options:
    styles = choices.number_styles(look)
    also = [chosen] if chosen not in [*styles, "", UNSAID] else []
    return [(each, each) for each in [*also, *styles]]


def _codes(column: str, chosen: str) -> Options:
    """Our codes of a column; theirs stays unnamed only as long as nobody has chosen."""
    ours = [
        (each, word("status" if column == "status" else "code", each))
        for each in sorted(draft.CODED[column])
    ]
    unnamed = [(UNSAID, word("operations", "to_be_chosen"))] if chosen == UNSAID else []
    return [*unnamed, *ours, ("", word("operations", "left_empty"))]


def meant(text: str, column: str) -> str:
    """A value as people read it: the word for one of our codes, else the value."""
    if text not in draft.CODED.get(column, ()):
        return text
    return word("status" if column == "status" else "code", text)


def to_be_said(unsaid: Iterable[str]) -> str:
    """What is still to be chosen, in one sentence."""
    names = [word("matching", each) for each in unsaid]
    return word("operations", "still_to_choose", names=", ".join(names))
