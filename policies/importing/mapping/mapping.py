"""How another system's file is to be read: its headers, dates and codes (domain.md §9.3)."""

from typing import Annotated, Literal

import msgspec

from policies.importing.cells.cells import Style
from policies.importing.kinds import Said

AMOUNTS = ("annual_premium", "sum_assured", "amount")
"""Canonical columns that may be summed up."""


class Made(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"between": "with"},
):
    """How the cells of a canonical column are made of that system's.

    They are taken out of one or several columns; then they lose what stands around them, are split,
    are searched, and are asked for a code, as far as the mapping says so.
    """

    of: str = ""
    """That system's header."""
    join: tuple[str, ...] = ()
    """Headers: their cells that are not empty, one behind the other."""
    between: str = " "
    """What stands between cells that are joined."""
    first: tuple[str, ...] = ()
    """Headers: the first of their cells that is not empty."""
    instalment: str = ""
    """The header of the number of an instalment, of which the policy knows the day."""
    strip: str = ""
    """Characters that stand around what is meant."""
    split: str = ""
    """What stands between the parts of a cell."""
    part: int = 1
    """Which part is meant; the last is -1."""
    match: str = ""
    """A pattern for what is meant of a cell."""
    when: tuple[str, ...] = ()
    """Codes of which `then` is the cell; of others it is empty."""
    then: str = ""
    """A canonical column, or a header."""
    date_formats: tuple[str, ...] = ()
    """Of this column alone, as the two below."""
    pivot: int = 0
    numbers: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of which its cells are made."""
        return tuple(filter(None, [self.of, *self.join, *self.first, self.instalment]))

    @property
    def is_plain(self) -> bool:
        """Whether its cells are those of a column as they stand."""
        words = (self.strip, self.split, self.match, self.when)
        return self.headers == (self.of,) and not any(words)


class Several(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How several rows speak of one policy, or of one instalment."""

    sum: tuple[str, ...] = ()
    """Canonical columns of which the rows state parts."""
    of: str = ""
    """The header that says which of the rows is the main one; empty: it is the first."""
    first: str = ""
    """What stands there."""
    latest: str = ""
    """The header of the days, or numbers, of which the latest row has the highest."""


class Joined(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another file of the same export: its rows tell more of the main one's, or are a ledger."""

    file: str
    """Its name beside the main file, or a pattern of it such as `clients*.csv`."""
    key: str = ""
    """Its header of the numbers by which its rows are known."""
    on: str = ""
    """The main file's header of these numbers."""
    kind: Literal["", "premiums"] = ""
    """Whether it is a ledger, which is taken in after the main file."""
    columns: dict[str, str | Made] = {}
    """Of a ledger, what its cells are made of; empty: of what the main file's are."""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How another system's file is to be read: its headers, dates, codes, and the columns it lacks."""

    columns: dict[str, str | Made] = {}
    """Canonical column = that system's header, or how its cells are made."""
    date_formats: tuple[str, ...] = ()
    """As Python's strptime has them; the year first is always understood."""
    pivot: int = 0
    """The last year that two digits mean; 0: the last in which the day can lie."""
    numbers: str = ""
    """An example of how amounts are spelled."""
    country: str = ""
    """The country of phone numbers that name none; empty: the book's."""
    encoding: str = ""
    """Of text files; empty: it is looked for."""
    delimiter: str | None = None
    """Likewise; None: it is looked for."""
    header_row: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    """The line of the header; 0: there is none, and the columns are A, B, C …"""
    sheet: str | list[str] = ""
    """Of a workbook, one or several; empty: the visible ones that have the header of the first."""
    codes: dict[str, dict[str, str]] = {}
    """Per canonical column: that system's code = ours."""
    constants: dict[str, str] = {}
    """Per canonical column: one value for every row."""
    complete: Said = False
    """Of what the file is complete."""
    own_headers: bool = True
    """Whether headers in our own words count that `columns` does not name."""
    totals: str | tuple[str, ...] = ()
    """Words with which the first cell of a row begins that adds others up."""
    skip: dict[str, str | tuple[str, ...]] = {}
    """Per header of that system: the cells of rows that are passed over."""
    only: dict[str, str | tuple[str, ...]] = {}
    """Likewise of rows that are read, and no others."""
    premium_per: Literal["year", "instalment"] = "year"
    """What a premium of a book is for."""
    end_only_when_ended: bool = False
    """Whether the end date of a policy that has not ended means nothing, such as its maturity."""
    rows_per_policy: Several | None = None
    """How several rows speak of one policy."""
    files: dict[str, Joined] = {}
    """By a name of its own: a file whose columns are joined to this one's, as `name.header`."""

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets of a workbook that are read; none: it does not say."""
        return (self.sheet,) if self.sheet and isinstance(self.sheet, str) else tuple(self.sheet)

    def made(self, column: str) -> Made | None:
        """How the cells of a canonical column are made; None: not by the mapping."""
        said = self.columns.get(column)
        return Made(of=said) if isinstance(said, str) else said

    @property
    def theirs(self) -> frozenset[str]:
        """The headers of that system that are used, those of files that are joined included."""
        made = [each for column in self.columns if (each := self.made(column))]
        several = self.rows_per_policy or Several()
        on = [each.on for each in self.files.values() if each.on]
        columns = [header for each in made for header in [*each.headers, each.then]]
        others = [*self.skip, *self.only, several.of, several.latest, *on]
        return frozenset(filter(None, [*columns, *others]))

    def of_ledger(self, name: str) -> "Mapping":
        """How a ledger is read that comes with the main file."""
        columns = self.files[name].columns or self.columns
        return msgspec.structs.replace(self, columns=columns, files={}, skip={}, only={})

    def follows(self, column: str) -> str:
        """The canonical column whose cells a column takes over; itself if it takes over none."""
        made = self.made(column)
        return made.then if made and made.then in self.columns and not made.date_formats else column

    def style(self, column: str, otherwise: Style) -> Style:
        """How the cells of a canonical column are read; `otherwise`: what it says nothing of."""
        made = self.made(self.follows(column)) or Made(of="")
        return msgspec.structs.replace(
            otherwise,
            country=self.country or otherwise.country,
            dates=made.date_formats or self.date_formats,
            pivot=made.pivot or self.pivot,
            numbers=made.numbers or self.numbers,
        )


class Settled(Mapping, frozen=True, kw_only=True):
    """A mapping of which a file has shown which of several orders of day and month it means."""

    orders: dict[str, tuple[str, ...]] = {}
    """By canonical column: the formats that are left."""

    def style(self, column: str, otherwise: Style) -> Style:
        """How the cells of a canonical column are read."""
        found = Mapping.style(self, column, otherwise)
        return msgspec.structs.replace(found, dates=self.orders.get(column, found.dates))
