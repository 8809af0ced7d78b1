"""The assessment (考核) of service: weighted factors, each capped, and gates (domain.md §14.6).

Its weights are the company's file; what that says wrongly is refused with the file, the factor and
the sentence. Points are exact decimals.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from policies import errors, toml
from policies.notices import Notice, notice

Texts = dict[str, str]
"""One text in several locales."""

WHOLE = 100
"""What the weights add up to."""

SHIPPED = Path(__file__).parent / "assessments"


class Factor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that is measured, and what it is worth."""

    id: str
    title: Texts
    weight: Decimal
    target: Decimal | None = None
    """What earns the whole weight."""
    lost_each: Decimal | None = None
    """Points that each case costs; of a factor that has it, fewer is better."""


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that makes the whole assessment 0."""

    id: str
    title: Texts
    category: str = ""
    """Of complaints: it is shut by one that has ended settled as this. Empty: none shuts it."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file as it stands there; factors and gates are read one by one, so that each has a name."""

    title: Texts = {}
    factor: list[Any] = []
    gate: list[Any] = []


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """How service is assessed."""

    title: Texts
    factors: tuple[Factor, ...]
    gates: tuple[Gate, ...]


# ------------------------------------------------------------------------------------------ the file


def find(name: str, home: Path) -> Path:
    """Where the assessment called `name` is: the workspace's own first, then the shipped ones."""
    own = home / "assessments" / f"{name}.toml"
    return own if own.exists() else SHIPPED / f"{name}.toml"


def load(path: Path) -> Assessment:
    """Read and check an assessment.

    Raises `UnreadableFile`, or `BadAssessment`, which names the file, the factor and the mistake.
    """
    try:
        file = msgspec.convert(toml.read(path), _File)
    except msgspec.ValidationError as error:
        raise errors.BadAssessment(path, None, toml.invalid(str(error))) from None
    factors = tuple(_read(path, number, raw, Factor) for number, raw in enumerate(file.factor, 1))
    gates = tuple(_read(path, number, raw, Gate) for number, raw in enumerate(file.gate, 1))
    ids = [each.id for each in factors] + [each.id for each in gates]
    for name, count in Counter(ids).items():
        if count > 1:
            raise errors.BadAssessment(path, name, notice("id_twice", count=count))
    for each in factors:
        for why in mistakes(each):
            raise errors.BadAssessment(path, each.id, why)
    total = sum((each.weight for each in factors), Decimal())
    if total != WHOLE:
        why = notice("weights_do_not_add_up", total=f"{total}", whole=WHOLE)
        raise errors.BadAssessment(path, None, why)
    return Assessment(title=file.title, factors=factors, gates=gates)


Part = TypeVar("Part", Factor, Gate)


def _read(path: Path, number: int, raw: object, shape: type[Part]) -> Part:
    label = str(raw.get("id", f"#{number}")) if isinstance(raw, dict) else f"#{number}"
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise errors.BadAssessment(path, label, toml.invalid(str(error))) from None


def mistakes(factor: Factor) -> Iterator[Notice]:
    """The rules beyond the types."""
    if not factor.id.isidentifier():
        yield notice("bad_id")
    if (factor.target is None) == (factor.lost_each is None):
        yield notice("target_or_lost_each")
    for name in ("weight", "target", "lost_each"):
        value: Decimal | None = getattr(factor, name)
        if value is not None and not (value.is_finite() and value > 0):
            yield notice("at_key", key=name, why=notice("not_above_zero", value=f"{value}"))


# ------------------------------------------------------------------------------------------ the points


class Line(NamedTuple):
    """What a factor has come to."""

    id: str
    weight: Decimal
    value: Fraction | None
    """As it was measured; None: there was nothing to measure."""
    points: Decimal | None
    """To the hundredth, half up, never above the weight nor below 0."""


class Assessed(NamedTuple):
    """An assessment with its points."""

    lines: tuple[Line, ...]
    points: Decimal
    """The sum of the lines as they are shown; 0 where a gate is shut."""
    possible: Decimal
    """The weights of what could be measured."""
    shut: tuple[str, ...]
    """The gates that are shut, by id."""


def assess(
    by: Assessment, measured: Mapping[str, Decimal | Fraction | None], shut: Collection[str] = ()
) -> Assessed:
    """The points of what was measured, by the id of the factor; `shut`: what was proven, by gate."""
    lines = tuple(_line(each, measured[each.id]) for each in by.factors)
    closed = tuple(each.id for each in by.gates if each.id in shut)
    known = [each for each in lines if each.points is not None]
    points = sum((each.points for each in known if each.points is not None), Decimal())
    possible = sum((each.weight for each in known), Decimal())
    return Assessed(lines, Decimal() if closed else points, possible, closed)


def _line(of: Factor, measured: Decimal | Fraction | None) -> Line:
    value = None if measured is None else Fraction(measured)
    return Line(of.id, of.weight, value, None if value is None else _points(of, value))


def _points(of: Factor, value: Fraction) -> Decimal:
    """In fractions, so that 20 × 2 ÷ 3 is rounded once."""
    weight = Fraction(of.weight)
    if of.target is not None:
        earned = weight * value / Fraction(of.target)
    else:
        earned = weight - Fraction(of.lost_each or 0) * value
    return rounded(min(weight, max(Fraction(), earned)))


def rounded(exact: Fraction) -> Decimal:
    """To the hundredth, half up."""
    return Decimal((exact * 200 + 1) // 2).scaleb(-2)
