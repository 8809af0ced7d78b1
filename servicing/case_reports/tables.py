"""Reports on cases as tables: their columns, once, for a page, a workbook and a CSV."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from policies import records
from policies.case_kind import Kind
from policies.plan import text
from servicing.callbacks.rate import COUNTED, Rate, RateLine
from servicing.case_reports.assessed import UnitAssessed
from servicing.case_reports.complained import ComplainedOf, UnitLine
from servicing.case_reports.daily import Daily
from servicing.case_reports.figures import Span
from servicing.case_reports.weeks import Month, Week
from servicing.cases import telling
from servicing.core import i18n

CellKind = Literal["text", "number", "percent", "day"]

COUNTS = tuple(COUNTED)
RATIOS = ("in_time_ratio", "completed_ratio", "problem_ratio", "with_unsigned_ratio")


class TableColumn(NamedTuple):
    """A column of a table, by a name of ours and the title in the reader's language."""

    key: str
    title: str
    of: Callable[[Any], Any]
    kind: CellKind = "text"


@dataclass(frozen=True)
class Table:
    """A report as a table."""

    name: str
    columns: Sequence[TableColumn]
    lines: Sequence[Any]
    about: str
    """Of what it is, in a sentence."""

    @property
    def titles(self) -> list[str]:
        """Those of the columns."""
        return [each.title for each in self.columns]

    @property
    def kinds(self) -> list[str]:
        """What stands in the columns."""
        return [each.kind for each in self.columns]

    def values(self) -> Iterator[list[Any]]:
        """The cells, line by line."""
        return ([each.of(line) for each in self.columns] for line in self.lines)


@dataclass(frozen=True)
class CountLine:
    """A number of a week or a month."""

    figure: str
    """Its name; empty: it counts no cases."""
    title: str
    count: int | float
    share: float | None = None
    category: str = ""
    """It counts those of the figure that have this category."""
    unsorted: str = ""
    """It counts those that have no category of this facet."""


class Words(NamedTuple):
    """The words of a table in the reader's language."""

    locale: str

    def say(self, key: str, **facts: object) -> str:
        """A word of the reports."""
        return i18n.say("case_reports", key, self.locale, **facts)

    def column(self, key: str, of: Callable[[Any], Any], kind: CellKind = "text") -> TableColumn:
        """A column with its title."""
        return TableColumn(key, self.say(f"column_{key}"), of, kind)

    def fields(self, names: Iterable[str], kind: CellKind) -> list[TableColumn]:
        """Columns of fields that are called as they are."""
        return [self.column(name, _field(name), kind) for name in names]


def _field(name: str) -> Callable[[Any], Any]:
    return lambda line: getattr(line, name)


def weekly(found: Week, kind: Kind, locale: str) -> Table:
    """The account of a week, what was received by facet, and the enquiries beside it."""
    words = Words(locale)
    names = ("open_at_start", "received", "closed", "open_at_end")
    lines = [CountLine(name, words.say(name), getattr(found, name)) for name in names]
    for facet, counts in found.by_facet.items():
        lines += [_of_facet(words, kind, facet, *each) for each in counts.items()]
    if found.enquiries is not None:
        of_enquiries = {
            f"enquiries_{each}": n for each, n in records.named(found.enquiries).items()
        }
        lines += [CountLine(name, words.say(name), n) for name, n in of_enquiries.items()]
    about = words.say("about_weekly", first=found.since, last=found.until)
    return Table("weekly", _counts(words), lines, about)


def _of_facet(words: Words, kind: Kind, facet: str, category: str, count: int) -> CountLine:
    """How many were received of a category, under the name of its facet."""
    of = kind.category_of(category)
    title = text(of.title, words.locale) if of else category or words.say("unsorted")
    named = telling.facet(facet, words.locale) if facet else words.say("facet_gone")
    told = words.say("of_category", facet=named, category=title)
    return CountLine("received", told, count, category=category, unsorted="" if category else facet)


def monthly(found: Month, span: Span, locale: str) -> Table:
    """The figures of a month, each share beside its number."""
    words = Words(locale)
    about = words.say("about_monthly", first=span.first, last=span.last)
    shares = {
        "in_time": found.in_time_ratio,
        "repeats": found.repeats / found.received if found.received else None,
        "upgraded": found.upgraded / found.received if found.received else None,
    }
    names = ("received", "judged", "in_time", "repeats", "upgraded")
    lines = [
        CountLine(name, words.say(name), getattr(found, name), shares.get(name)) for name in names
    ]
    for name in ("per_yi", "per_wan"):
        value = getattr(found, name)
        if value is not None:
            lines.append(CountLine("", words.say(name), _rounded(value) or 0))
    share = words.column("share", _field("share"), "percent")
    return Table("monthly", [*_counts(words), share], lines, about)


def _counts(words: Words) -> list[TableColumn]:
    return [
        words.column("what", _field("title")),
        words.column("count", _field("count"), "number"),
    ]


def daily(found: Daily, locale: str) -> Table:
    """The abnormality list of a day."""
    words = Words(locale)
    columns = [
        words.column("what", lambda line: words.say(line.what)),
        words.column("verdict", lambda line: words.say(line.verdict)),
        *words.fields(("faulty", "of"), "number"),
        *words.fields(("ratio", "expected", "limit"), "percent"),
        words.column("case", _field("case"), "number"),
        *words.fields(("cause", "measure"), "text"),
        words.column(
            "owner", lambda line: i18n.say("desk", line.owner, locale) if line.owner else ""
        ),
        words.column("due", _field("due"), "day"),
    ]
    return Table("daily", columns, found.rows, words.say("about_daily", on=found.on))


def complained_of(found: ComplainedOf, locale: str) -> Table:
    """Whom complaints are about, the total last."""
    words = Words(locale)
    columns = [
        words.column("unit", lambda line: unit_name(line, locale)),
        *words.fields(("complaints", "policies"), "number"),
        words.column("per_wan", lambda line: _rounded(line.per_wan), "number"),
        *words.fields(("expected", "limit"), "percent"),
        words.column("verdict", lambda line: words.say(line.verdict)),
    ]
    about = words.say("about_complained", first=found.since, last=found.until)
    return Table("complained-of", columns, [*found.rows, found.total], about)


def callbacks(found: Rate, span: Span, on: datetime.date, locale: str) -> Table:
    """How the call-backs of contracts of some days were done, the total last."""
    words = Words(locale)
    about = words.say("about_callbacks", first=span.first, last=span.last, on=on)
    columns = [
        words.column("unit", lambda line: unit_name(line, locale)),
        *words.fields(COUNTS, "number"),
        *words.fields(RATIOS, "percent"),
    ]
    return Table("callbacks", columns, [*found.rows, found.total], about)


def unit_name(line: UnitLine | RateLine | UnitAssessed, locale: str) -> str:
    """What a unit is called; that it is the total, or that there is none."""
    if line.key in ("", "total"):
        none = "nobody" if isinstance(line, UnitLine) else "no_unit"
        return i18n.say("case_reports", line.key or none, locale)
    return f"{line.key} {line.name}".strip()


def _rounded(value: float | None) -> float | None:
    """To the hundredth; a whole number is told as one, on a page as in a workbook."""
    if value is None:
        return None
    told = round(value, 2)
    return int(told) if told.is_integer() else told
