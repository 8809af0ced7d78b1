"""What a person is covered for, and what is missing 保障缺口 (domain.md §7.6).

The company's file says which kind of cover a product gives, and what is needed of it by income. What is
wrong with it is refused with the file, the line and the sentence. Amounts are exact.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import msgspec

from policies import errors, toml
from policies.notices import Notice, notice
from policies.tier_bands import inexact, is_exact

CoverKind = Literal["life", "critical_illness", "medical", "accident", "pension"]
COVER_KINDS: tuple[CoverKind, ...] = get_args(CoverKind)

SHIPPED = Path(__file__).parent / "covers"
NAME = "standard"


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much of a kind of cover a person needs."""

    income_times: Decimal


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    need: dict[CoverKind, Need] = {}
    products: dict[CoverKind, list[str]] = {}


class Covers(msgspec.Struct, frozen=True, kw_only=True):
    """The company's file, checked."""

    need: Mapping[CoverKind, Need]
    kinds: Mapping[str, CoverKind]
    """By product."""


# ------------------------------------------------------------------------------------------ the file


def find(name: str, home: Path) -> Path:
    """Where the file called `name` is: the workspace's own first, then the shipped ones."""
    own = home / "covers" / f"{name}.toml"
    return own if own.exists() else SHIPPED / f"{name}.toml"


def load(path: Path) -> Covers:
    """Read and check a file.

    Raises `UnreadableFile`, or `BadCovers`, which names the file, the line, the kind and the mistake.
    """
    raw, text = toml.read(path, Decimal), path.read_text("utf-8-sig")
    try:
        file = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        raise errors.BadCovers(path, "", 0, toml.invalid(str(error))) from None
    for kind, needed in file.need.items():
        for why in _of_need(needed):
            raise errors.BadCovers(path, kind, _line_of(text, "need", kind), why)
    kinds: dict[str, CoverKind] = {}
    for kind, products in file.products.items():
        for product in products:
            if product in kinds:
                line = _line_of(text, "products", kind)
                why = notice("product_twice", name=product, kind=kinds[product])
                raise errors.BadCovers(path, kind, line, why)
            kinds[product] = kind
    return Covers(need=file.need, kinds=kinds)


def _of_need(needed: Need) -> Iterator[Notice]:
    if not is_exact(needed.income_times):
        yield inexact(needed.income_times)
    elif needed.income_times <= 0:
        yield notice("not_above_zero", value=f"{needed.income_times}")


def _line_of(text: str, table: str, key: str) -> int:
    """The line of a key of a table; 0: nobody can tell."""
    is_there = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("["):
            is_there = line.strip().startswith(f"[{table}]")
        elif is_there and re.match(rf"\s*\"?{key}\"?\s*=", line):
            return number
    return 0


# ------------------------------------------------------------------------------------ cover and gap


class Held(NamedTuple):
    """A policy in force, of this company or another, as far as it is known."""

    kind: CoverKind | None
    """None: nobody knows what it covers."""
    sum_assured: Decimal | None
    """None: nobody knows how much."""
    currency: str


class Income(NamedTuple):
    """What a person earns in a year."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class KindLine:
    """What a person has of a kind of cover, and what is missing."""

    kind: CoverKind
    policies: int
    cover: dict[str, Decimal]
    """By currency, each by itself."""
    unknown: int
    """Policies of which nobody knows how much they cover."""
    need: Decimal | None
    """In the currency of the income; None: the company asks for none, or the income is unknown."""
    gap: Decimal | None
    """What is missing of the need, never below 0; cover in other currencies is not subtracted."""
    is_at_most: bool
    """The gap may be smaller: something is unknown, or covered in another currency."""


def need_of(needed: Need, income: Decimal) -> Decimal:
    """What is needed by an income, to the hundredth."""
    return (needed.income_times * income).quantize(Decimal("0.01"), ROUND_HALF_UP)


def gap_of(need: Decimal, cover: Decimal) -> Decimal:
    """What is missing of a need."""
    return max(Decimal(), need - cover)


def review(covers: Covers, held: Sequence[Held], income: Income | None) -> list[KindLine]:
    """Kind by kind what somebody has and lacks; `held`: the policies that are in force."""
    return [_line(covers, kind, held, income) for kind in COVER_KINDS]


def _line(covers: Covers, kind: CoverKind, held: Sequence[Held], income: Income | None) -> KindLine:
    of_kind = [each for each in held if each.kind == kind]
    cover, unknown = summed(of_kind), sum(each.sum_assured is None for each in of_kind)
    needed = covers.need.get(kind)
    if needed is None or income is None:
        return KindLine(kind, len(of_kind), cover, unknown, None, None, False)
    need = need_of(needed, income.amount)
    gap = gap_of(need, cover.get(income.currency, Decimal()))
    others = any(currency != income.currency for currency in cover)
    is_uncertain = bool(unknown) or others or any(each.kind is None for each in held)
    return KindLine(kind, len(of_kind), cover, unknown, need, gap, bool(gap) and is_uncertain)


def summed(held: Iterable[Held]) -> dict[str, Decimal]:
    """What is known of the sums, by currency."""
    found: dict[str, Decimal] = {}
    for each in held:
        if each.sum_assured is not None:
            found[each.currency] = found.get(each.currency, Decimal()) + each.sum_assured
    return found
