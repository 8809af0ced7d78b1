"""The scorecard by which a client's service gets attention: factors, bands, tiers (domain.md §18).

A scorecard is the company's file, as a plan is: what it says wrongly is refused with the file, the line,
the factor and the sentence. Points are exact decimals.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from policies import errors, tier_bands, tier_labels, toml
from policies.notices import Notice, notice
from policies.tier_bands import Band, inexact, is_exact

Texts = dict[str, str]
"""One text in several locales."""

SHIPPED = Path(__file__).parent / "tiers"

BASIC = "basic"
"""The scorecard by which a workspace scores its clients."""


class Factor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that earns points: by bands, or held against another value."""

    id: str
    title: Texts
    bands: tuple[Band, ...] = ()
    against: str = ""
    """The fact that it is held against."""
    better: Literal["", "lower", "higher"] = ""
    step: Decimal | None = None
    each: Decimal | None = None
    """What a full step earns."""
    most: Decimal | None = None


class Tier(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"start": "from"}
):
    """How much attention from so many points on."""

    id: str
    title: Texts
    start: Decimal


class Down(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How patiently a tier is lost: where points lack for so many months, or by more than so many."""

    periods: int = 2
    points: Decimal = Decimal(5)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file as it stands there; factors and tiers are read one by one, so that each has a name."""

    title: Texts = {}
    factor: list[Any] = []
    tier: list[Any] = []
    down: Down = Down()


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """A checked scorecard."""

    title: Texts
    factors: tuple[Factor, ...]
    tiers: tuple[Tier, ...]
    """By the points from which they begin."""
    down: Down = Down()
    digest: str = ""
    """Twelve hex digits that change whenever the file does."""


# ------------------------------------------------------------------------------------------ the file


def of_workspace(home: Path) -> Path:
    """Where the scorecard of a workspace is: its own tiers/basic.toml, else the shipped one."""
    own = home / "tiers" / f"{BASIC}.toml"
    return own if own.exists() else SHIPPED / f"{BASIC}.toml"


def find(named: Path) -> Path:
    """A file, or the shipped scorecard of that name."""
    shipped = SHIPPED / f"{named}.toml"
    is_name = len(named.parts) == 1 and not named.suffix
    return shipped if is_name and not named.exists() and shipped.is_file() else named


def load(path: Path) -> Scorecard:
    """Read and check a scorecard.

    Raises `UnreadableFile`, or `BadScorecard`, which names the file, the line, the factor or tier, and
    the mistake.
    """
    raw, text = toml.read(path, Decimal), path.read_text("utf-8-sig")
    try:
        file = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        raise errors.BadScorecard(path, "", 0, toml.invalid(str(error))) from None
    factors = tuple(_read(path, text, "factor", raw, Factor) for raw in enumerate(file.factor))
    tiers = tuple(_read(path, text, "tier", raw, Tier) for raw in enumerate(file.tier))
    if not factors:
        raise errors.BadScorecard(path, "", 0, notice("no_factors"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    card = Scorecard(title=file.title, factors=factors, tiers=tiers, down=file.down, digest=digest)
    for place, line, why in _mistakes(card, text):
        raise errors.BadScorecard(path, place, line, why)
    return card


Part = TypeVar("Part", Factor, Tier)


def _read(
    path: Path, text: str, table: str, numbered: tuple[int, object], shape: type[Part]
) -> Part:
    number, raw = numbered
    key = str(raw.get("id", f"#{number + 1}")) if isinstance(raw, dict) else f"#{number + 1}"
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        line = tier_bands.line_of_table(text, table, number)
        why = toml.invalid(str(error))
        raise errors.BadScorecard(path, f"{table} {key}", line, why) from None


Mistake = tuple[str, int, Notice]
"""What is wrong, such as `factor members`, in which line (0: nobody knows), and why."""


def _mistakes(card: Scorecard, text: str) -> Iterator[Mistake]:
    """The rules beyond the types."""
    for title in card.title.values():
        yield from (("", 0, why) for why in tier_labels.refused(title))
    for key, value in (("periods", Decimal(card.down.periods)), ("points", card.down.points)):
        if not is_exact(value) or value < 0:
            why = notice("at_key", key=key, why=notice("not_zero_or_above", value=f"{value}"))
            yield "down", tier_bands.line_of_single(text, "down"), why
    yield from _badly_named("factor", card.factors, text)
    yield from _badly_named("tier", card.tiers, text)
    for number, factor in enumerate(card.factors):
        place, line = f"factor {factor.id}", tier_bands.line_of_table(text, "factor", number)
        yield from ((place, line, why) for why in _badly_made(factor))
        for band, why in tier_bands.mistakes(factor.bands):
            at = tier_bands.line_of_band(text, number, band) or line
            yield place, at, why
    yield from _badly_ordered(card.tiers, text)


def _badly_named(table: str, parts: Sequence[Factor | Tier], text: str) -> Iterator[Mistake]:
    ids = Counter(each.id for each in parts)
    for number, each in enumerate(parts):
        place, line = f"{table} {each.id}", tier_bands.line_of_table(text, table, number)
        if not each.id.isidentifier():
            yield place, line, notice("bad_id")
        if ids[each.id] > 1:
            yield place, line, notice("id_twice", count=ids[each.id])
        for label in [each.id.replace("_", " "), *each.title.values()]:
            yield from ((place, line, why) for why in tier_labels.refused(label))


def _badly_made(factor: Factor) -> Iterator[Notice]:
    """Bands, or what holds it against another value: one of them, and that whole."""
    steps = {"step": factor.step, "each": factor.each, "most": factor.most}
    is_held = bool(
        factor.against or factor.better or any(each is not None for each in steps.values())
    )
    if is_held == bool(factor.bands):
        yield notice("bands_or_against")
    if not is_held:
        return
    for key, said in {"against": factor.against, "better": factor.better, **steps}.items():
        if said in (None, ""):
            yield notice("missing_key", key=key)
    for key, value in steps.items():
        if value is not None and not is_exact(value):
            yield notice("at_key", key=key, why=inexact(value))
        elif value is not None and value <= 0:
            yield notice("at_key", key=key, why=notice("not_above_zero", value=f"{value}"))


def _badly_ordered(tiers: tuple[Tier, ...], text: str) -> Iterator[Mistake]:
    """Tiers begin at 0 and go up, each from more points than the one before."""
    before: Decimal | None = None
    for number, each in enumerate(tiers):
        place, line = f"tier {each.id}", tier_bands.line_of_table(text, "tier", number)
        if not is_exact(each.start):
            yield place, line, notice("at_key", key="from", why=inexact(each.start))
        elif before is None and each.start != 0:
            yield place, line, notice("first_tier_not_at_zero", value=f"{each.start}")
        elif before is not None and each.start <= before:
            yield place, line, notice("tier_not_above", value=f"{each.start}", before=f"{before}")
        before = each.start


# ------------------------------------------------------------------------------------------ the points


class FactorPoints(NamedTuple):
    """What a factor has earned."""

    factor: str
    value: Decimal | None
    """None: nobody knows it, and it has earned nothing."""
    points: Decimal


class Scored(NamedTuple):
    """What a client's facts have earned."""

    points: Decimal
    factors: tuple[FactorPoints, ...]
    tier: str
    """The id of the tier; empty: the scorecard has none."""


def needed(card: Scorecard) -> list[str]:
    """The facts that a scorecard asks for, each once, in its order."""
    named = (name for each in card.factors for name in (each.id, each.against) if name)
    return list(dict.fromkeys(named))


def read_facts(path: Path, card: Scorecard) -> dict[str, Decimal]:
    """The facts of a client, exactly as they are written, by name.

    Raises `UnreadableFile`, or `BadSetting`, which names the file, the fact and what was expected.
    """
    said, names = toml.read(path, Decimal), needed(card)
    if missing := [each for each in names if each not in said]:
        raise errors.BadSetting(str(path), notice("missing_facts", missing=missing))
    if unknown := [each for each in said if each not in names]:
        raise errors.BadSetting(str(path), notice("unknown_facts", unknown=unknown, known=names))
    facts = {name: _number(path, name, value) for name, value in said.items()}
    for factor in card.factors:
        if factor.bands and tier_bands.band_of(factor.bands, facts[factor.id]) is None:
            why = notice("below_the_bands", value=f"{facts[factor.id]:f}")
            raise errors.BadSetting(str(path), notice("at_key", key=factor.id, why=why))
    return facts


def _number(path: Path, name: str, value: object) -> Decimal:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not is_number or not is_exact(Decimal(str(value))):
        raise errors.BadSetting(str(path), notice("at_key", key=name, why=inexact(f"{value}")))
    return Decimal(f"{Decimal(str(value)):f}")


def score(card: Scorecard, facts: Mapping[str, Decimal | None]) -> Scored:
    """The points of a client's facts, factor by factor, and the tier of their sum.

    A fact that is not there, or None, is not known: what asks for it earns nothing.
    """
    lines = tuple(_scored(each, facts) for each in card.factors)
    total = sum((each.points for each in lines), Decimal())
    reached = [each.id for each in card.tiers if each.start <= total]
    return Scored(total, lines, reached[-1] if reached else "")


def _scored(factor: Factor, facts: Mapping[str, Decimal | None]) -> FactorPoints:
    value = facts.get(factor.id)
    if value is None:
        return FactorPoints(factor.id, None, Decimal())
    if factor.bands:
        band = tier_bands.band_of(factor.bands, value)
        assert band is not None, f"{factor.id}: {value} is in no band"
        return FactorPoints(factor.id, value, band.points)
    other = facts.get(factor.against)
    if other is None:
        return FactorPoints(factor.id, None, Decimal())
    return FactorPoints(factor.id, value, _held_against(factor, value, other))


def _held_against(factor: Factor, value: Decimal, other: Decimal) -> Decimal:
    """So many full steps, in fractions: (0.020 − 0.014) ÷ 0.002 are 3."""
    assert factor.step is not None and factor.each is not None and factor.most is not None
    better = other - value if factor.better == "lower" else value - other
    steps = max(0, Fraction(better) // Fraction(factor.step))
    return min(factor.most, factor.each * steps) if steps else Decimal()
