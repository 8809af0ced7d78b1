"""The company's table of commissions and bonuses (佣金与奖金): what a premium earns (domain.md §8.17).

The table is the company's file, as a plan is: what it says wrongly is refused with the file, the line,
the rate and the sentence. Shares are exact decimals; an amount is rounded to the hundredth, half up.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from policies import dates, errors, tier_bands, toml
from policies.notices import Notice, notice
from policies.tier_bands import inexact, is_exact

Texts = dict[str, str]
"""One text in several locales."""

SHIPPED = Path(__file__).parent / "commissions"
NAME = "standard"
"""The table of a workspace: `commissions/standard.toml`. There is none but the company's own."""

FIRST_RENEWAL = 2
"""The policy year from which premiums are renewals."""

LONGEST = 1000
"""Years; no payment term and no policy year is longer."""


class Terms(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"start": "from"}
):
    """Payment terms, in years, both included."""

    start: int
    up_to: int | None = None
    """None: however long."""


class YearBand(Terms, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Policy years, both included, and what a premium of theirs earns."""

    share: Decimal


class BonusBand(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"start": "from"}
):
    """13-month persistency from a share on, below another, and what second-year premiums earn by it."""

    start: Decimal
    to: Decimal | None = None
    share: Decimal


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the premiums of a product earn; without a product: of all that no other rate names."""

    product: str = ""
    terms: Terms | None = None
    """The payment terms that it is for; None: any."""
    first_year: Decimal
    renewal: tuple[YearBand, ...]
    bonus: tuple[BonusBand, ...] = ()

    @property
    def label(self) -> str:
        """How a person finds it in the file."""
        return self.product or "*"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: Texts = {}
    currency: str = ""
    rate: list[Any] = []


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A checked table."""

    title: Texts
    currency: str
    """Of the policies that it is for; those in another currency earn by no rate of it."""
    rates: tuple[Rate, ...]

    def rate_of(self, product: str, term: int | None, currency: str) -> Rate | None:
        """The rate of a policy; None: its term or currency is one that the table cannot judge."""
        if currency not in ("", self.currency):
            return None
        named = [each for each in self.rates if each.product == product]
        for each in named or [each for each in self.rates if not each.product]:
            if each.terms is None or (term is not None and _has(each.terms, term)):
                return each
        return None


def _has(terms: Terms, value: int) -> bool:
    return terms.start <= value and (terms.up_to is None or value <= terms.up_to)


# ------------------------------------------------------------------------------------------ the file


def find(named: Path) -> Path:
    """A file, or the shipped table of that name."""
    shipped = SHIPPED / f"{named}.toml"
    is_name = len(named.parts) == 1 and not named.suffix
    return shipped if is_name and not named.exists() and shipped.is_file() else named


def of_workspace(home: Path) -> Table | None:
    """The company's table; None where it has put none there.

    Raises what `load` raises.
    """
    path = home / "commissions" / f"{NAME}.toml"
    return load(path) if path.exists() else None


def load(path: Path, products: Collection[str] | None = None) -> Table:
    """Read and check a table; `products`: those of the book, of which the others are unknown.

    Raises `UnreadableFile`, or `BadCommissions`, which names the file, the line, the rate and the
    mistake.
    """
    raw, text = toml.read(path, Decimal), path.read_text("utf-8-sig")
    try:
        file = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        raise errors.BadCommissions(path, "", 0, toml.invalid(str(error))) from None
    rates = tuple(_read(path, text, number, said) for number, said in enumerate(file.rate))
    for place, line, why in _mistakes(file, rates, text, products):
        raise errors.BadCommissions(path, place and f"rate {place}", line, why)
    return Table(title=file.title, currency=file.currency, rates=rates)


def _read(path: Path, text: str, number: int, raw: object) -> Rate:
    try:
        return msgspec.convert(raw, Rate)
    except msgspec.ValidationError as error:
        named = f"{raw.get('product') or '*'}" if isinstance(raw, dict) else f"#{number + 1}"
        line = tier_bands.line_of_table(text, "rate", number)
        raise errors.BadCommissions(path, f"rate {named}", line, toml.invalid(str(error))) from None


Mistake = tuple[str, int, Notice]
"""The rate, its line (0: nobody knows), and what is wrong."""


def _mistakes(
    file: _File, rates: Sequence[Rate], text: str, products: Collection[str] | None
) -> Iterator[Mistake]:
    """The rules beyond the types."""
    if not re.fullmatch("[A-Z]{3}", file.currency):
        yield "", 0, notice("at_key", key="currency", why=notice("not_a_currency"))
    if not any(not each.product for each in rates):
        yield "", 0, notice("no_default_rate")
    for number, rate in enumerate(rates):
        line = tier_bands.line_of_table(text, "rate", number)
        if products is not None and rate.product and rate.product not in products:
            yield rate.label, line, notice("product_not_in_book", name=rate.product)
        for key, band, why in _of_rate(rate):
            yield rate.label, _line_of(text, line, key, band) or line, why
    yield from _terms(rates, text)


def _of_rate(rate: Rate) -> Iterator[tuple[str, int, Notice]]:
    """What is wrong with a rate: the key, the number of its band, and why."""
    yield from (("first_year", 0, why) for why in _share(rate.first_year))
    shares = {"renewal": [each.share for each in rate.renewal]}
    shares["bonus"] = [each.share for each in rate.bonus]
    for key, values in shares.items():
        for number, value in enumerate(values):
            yield from ((key, number, why) for why in _share(value))
    years = [_Span(Decimal(each.start), _after(each.up_to)) for each in rate.renewal]
    for number, why in _laid_side_by_side(years, Decimal(FIRST_RENEWAL)):
        yield "renewal", number, why
    if rate.bonus:
        bonus = [_Span(each.start, each.to) for each in rate.bonus]
        for number, why in _laid_side_by_side(bonus, Decimal(0), is_whole=False):
            yield "bonus", number, why


def _share(value: Decimal) -> Iterator[Notice]:
    if not is_exact(value):
        yield inexact(value)
    elif not 0 <= value <= 1:
        yield notice("not_from_0_to_1", value=f"{value}")


def _terms(rates: Sequence[Rate], text: str) -> Iterator[Mistake]:
    """The rates of one product leave no payment term out, and none is in two."""
    for product in dict.fromkeys(each.product for each in rates):
        some = [number for number, each in enumerate(rates) if each.product == product]
        spans = []
        for number in some:
            terms = rates[number].terms or Terms(start=1)
            spans.append(_Span(Decimal(terms.start), _after(terms.up_to)))
        for place, why in _laid_side_by_side(spans, Decimal(1)):
            yield product or "*", tier_bands.line_of_table(text, "rate", some[place]), why


class _Span(NamedTuple):
    """Values from one on, below another; None: without an end."""

    start: Decimal
    end: Decimal | None


def _after(last: int | None) -> Decimal | None:
    return None if last is None else Decimal(last + 1)


def _laid_side_by_side(
    spans: Sequence[_Span], begin: Decimal, *, is_whole: bool = True
) -> Iterator[tuple[int, Notice]]:
    """Spans begin at a value and have no end, no gap and no overlap: the number of one, and why not."""
    if not spans:
        yield 0, notice("spans_leave_out", values=_told(begin, None, is_whole))
        return
    order = sorted(range(len(spans)), key=lambda place: spans[place].start)
    reached: Decimal | None = begin
    for place in order:
        start, end = spans[place]
        if end is not None and end <= start:
            yield place, notice("span_is_empty", begin=f"{start:f}")
        elif reached is None or start < reached:
            both = end if reached is None else min(reached, end or reached)
            yield place, notice("spans_overlap", values=_told(start, both, is_whole))
        elif reached < start:
            yield place, notice("spans_leave_out", values=_told(reached, start, is_whole))
        reached = end if reached is not None else None
    if reached is not None:
        yield order[-1], notice("spans_leave_out", values=_told(reached, None, is_whole))


def _told(start: Decimal, end: Decimal | None, is_whole: bool) -> str:
    """Values as they are written: `4`, `4–6`, `≥ 4`, `0.8 ≤ x < 0.9`."""
    if end is None:
        return f"≥ {start:f}"
    if not is_whole:
        return f"{start:f} ≤ x < {end:f}"
    return f"{start:f}" if end - start == 1 else f"{start:f}–{end - 1:f}"


def _line_of(text: str, table: int, key: str, band: int) -> int:
    """The line of the share of that number behind a key of the `[[rate]]` in line `table`; 0: unknown."""
    found: list[int] = []
    is_there = False
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(r"\"[^\"]*\"|'[^']*'", '""', line).partition("#")[0]
        if not table or number <= table:
            continue
        if bare.strip().startswith("[[") or (is_there and re.match(r"\s*\w+\s*=", bare)):
            break
        if begun := re.match(rf"\s*{key}\s*=", bare):
            is_there, bare = True, f"{bare[begun.end() :]}"
            if key == "first_year":
                return number
        if is_there:
            found += [number] * len(re.findall(r"\bshare\s*=", bare))
    return found[band] if band < len(found) else 0


# --------------------------------------------------------------------------------------- what is earned


def policy_year(issued: date, due: date) -> int:
    """In which year of its policy an instalment falls due: the first one before the anniversary."""
    year = max(1, due.year - issued.year)
    while dates.months_after(issued, 12 * year) <= due:
        year += 1
    return year if year == 1 or dates.months_after(issued, 12 * (year - 1)) <= due else year - 1


def commission(rate: Rate, year: int, amount: int) -> int:
    """What an instalment earns in a policy year, in hundredths as the amount is."""
    if year < FIRST_RENEWAL:
        return rounded(rate.first_year * amount)
    return rounded(next(each.share for each in rate.renewal if _has(each, year)) * amount)


def bonus(rate: Rate, persistency: Fraction | None, amount: int) -> int:
    """What second-year premiums earn by a 13-month persistency, in hundredths; nothing without one."""
    if persistency is None:
        return 0
    for each in rate.bonus:
        if Fraction(each.start) <= persistency and (
            each.to is None or persistency < Fraction(each.to)
        ):
            return rounded(each.share * amount)
    return 0


def rounded(exact: Decimal) -> int:
    """To a whole number, half up."""
    return int((Fraction(exact) * 2 + 1) // 2)
