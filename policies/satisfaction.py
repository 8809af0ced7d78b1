"""Figures of satisfaction 满意度: CSAT, NPS, CES, the gap of SERVQUAL, five measures (domain.md §16).

Shares are exact fractions between 0 and 1, NPS between -1 and 1. Intervals are those of 95 %.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, isqrt
from typing import Literal, NamedTuple, get_args

from policies.notices import Invalid

Name = Literal["csat", "nps", "ces"]
NAMES: tuple[Name, ...] = get_args(Name)

COUNTED: Mapping[Name, int] = {"csat": 5, "nps": 3, "ces": 7}
"""Of how many counts a figure is made: the answers 5 to 1; promoters, passives, detractors; 7 to 1."""

TOP: Mapping[Name, int] = {"csat": 2, "ces": 3}
"""How many of them, from the best on, are satisfied."""

ENOUGH = 30
"""Fewer answers than these are too few to judge by."""

Z = Fraction("1.96")
"""Standard errors on either side that hold 95 %."""

MOST = 1_000_000_000
"""Of one count."""

_FINE = 10**30
"""To which fraction of 1 a root is taken that is none exactly."""


class Figure(NamedTuple):
    """A figure with its interval; None: there is none."""

    figure: Name
    value: Fraction | None
    low: Fraction | None
    high: Fraction | None
    margin: Fraction | None
    """Half of an interval that lies evenly around its value: that of NPS."""
    mean: Fraction | None
    """Of the answers as numbers; of NPS three groups are counted, so it has none."""
    n: int
    """Answers."""
    enough: bool
    """Whether these are enough to judge by."""


def read_counts(text: str) -> tuple[int, ...]:
    """Counts as a person writes them, `96,68,20,10,6`; raises `Invalid`."""
    cells = [each.strip() for each in text.split(",")]
    if not all(each.isascii() and each.isdigit() and len(each) <= len(str(MOST)) for each in cells):
        raise Invalid("not_counts", value=text, most=MOST)
    found = tuple(map(int, cells))
    if max(found) > MOST:
        raise Invalid("not_counts", value=text, most=MOST)
    return found


def figure(name: Name, counts: Sequence[int]) -> Figure:
    """A figure of answers, which are counted from the best to the worst.

    CSAT is the share of the two best of five, CES that of the three best of seven, each with its Wilson
    interval; NPS is the share of promoters less that of detractors. Raises `Invalid` for another number
    of counts.
    """
    if len(counts) != COUNTED[name]:
        raise Invalid(f"counts_of_{name}", given=len(counts))
    return _balance(counts) if name == "nps" else _share(name, counts)


def _share(name: Name, counts: Sequence[int]) -> Figure:
    n, satisfied = sum(counts), sum(counts[: TOP[name]])
    if not n:
        return Figure(name, None, None, None, None, None, 0, False)
    low, high = wilson(satisfied, n)
    answers = zip(range(len(counts), 0, -1), counts, strict=True)
    mean = Fraction(sum(answer * count for answer, count in answers), n)
    return Figure(name, Fraction(satisfied, n), low, high, None, mean, n, n >= ENOUGH)


def _balance(counts: Sequence[int]) -> Figure:
    promoters, _, detractors = counts
    n = sum(counts)
    if not n:
        return Figure("nps", None, None, None, None, None, 0, False)
    value = Fraction(promoters - detractors, n)
    margin = Z * root((Fraction(promoters + detractors, n) - value**2) / n)
    low, high = max(value - margin, Fraction(-1)), min(value + margin, Fraction(1))
    return Figure("nps", value, low, high, margin, None, n, n >= ENOUGH)


def wilson(count: int, n: int) -> tuple[Fraction, Fraction]:
    """The interval of 95 % of the share `count` of `n`, after Wilson: it never leaves 0 to 1."""
    share, extra = Fraction(count, n), Z**2 / n
    spread = Z * root(share * (1 - share) / n + extra / (4 * n))
    centre, whole = share + extra / 2, 1 + extra
    return (centre - spread) / whole, (centre + spread) / whole


def root(exact: Fraction) -> Fraction:
    """The square root, exact where it is a fraction, else cut off far behind what anybody reads."""
    below = exact.denominator
    return Fraction(isqrt(exact.numerator * below * _FINE**2), below * _FINE)


def needed(margin: Decimal | Fraction, of: int | None = None) -> int:
    """How many answers make a share exact to ± `margin`, whatever it is; `of` so many clients.

    Raises `Invalid` for a margin outside of 0 to 1.
    """
    if not 0 < margin <= 1:
        raise Invalid("not_a_share", value=f"{margin}")
    of_many = Z**2 / (4 * Fraction(margin) ** 2)
    return ceil(of_many if of is None else of_many / (1 + (of_many - 1) / of))


def rounded(exact: Fraction, places: int) -> Decimal:
    """To so many decimals, half away from 0."""
    digits = (abs(exact) * 2 * 10**places + 1) // 2
    return Decimal(digits if exact >= 0 else -digits).scaleb(-places)


# ------------------------------------------------------------------------------------------- SERVQUAL

Dimension = Literal["reliability", "responsiveness", "assurance", "empathy", "tangibles"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

_NUMBER = re.compile(r"[+-]?\d{1,6}(\.\d{1,9})?|[+-]?\.\d{1,9}", re.ASCII)


def read_dimensions(text: str) -> dict[Dimension, Decimal]:
    """A number for each dimension as a person writes them, `-0.4,-0.6,0.1,-0.2,0.3`; raises `Invalid`."""
    cells = [each.strip() for each in text.split(",")]
    if len(cells) != len(DIMENSIONS) or not all(map(_NUMBER.fullmatch, cells)):
        raise Invalid("not_of_dimensions", value=text, known=list(DIMENSIONS))
    return dict(zip(DIMENSIONS, map(Decimal, cells), strict=True))


def gap(weights: Mapping[Dimension, Decimal], gaps: Mapping[Dimension, Decimal]) -> Fraction:
    """The gap of SERVQUAL: Σ weight × (perceived − expected); below 0 service is less than expected.

    `gaps`: perceived − expected, by dimension. Raises `Invalid` where a weight is below 0 or they do
    not add up to 1.
    """
    total = sum(weights.values(), Decimal())
    if total != 1 or min(weights.values()) < 0:
        raise Invalid("weights_not_of_one", total=f"{total.normalize():f}")
    weighed = (Fraction(weights[each]) * Fraction(gaps[each]) for each in DIMENSIONS)
    return sum(weighed, Fraction())


# ----------------------------------------------------------------------------------- the five measures


def share(count: int, of: int) -> Fraction | None:
    """A part of a whole; None where there is nobody to be a part of."""
    return Fraction(count, of) if of else None


def praised(counts: Sequence[int]) -> Fraction | None:
    """美誉度: the two best of five among the answers."""
    return figure("csat", counts).value


def known(by_name: int, referred: int, sources_known: int) -> Fraction | None:
    """知名度: new clients who asked for us by name or were referred, of those whose source is known.

    A client who was referred and asked by name is counted in one of the two.
    """
    return share(by_name + referred, sources_known)


def returning(at_start: int, bought: int, introduced: int, both: int) -> Fraction | None:
    """回头率: clients of the period's start who bought again or introduced a buyer, each once."""
    return share(bought + introduced - both, at_start)


def complaining(complainants: int, served: int) -> Fraction | None:
    """抱怨率: clients with a complaint, each once however often they complained, of those served."""
    return share(complainants, served)


def closing(won: int, closed: int) -> Fraction | None:
    """销售力: leads that were won, of those that have ended."""
    return share(won, closed)


def responding(sent: int, undelivered: int, answered: int) -> Fraction | None:
    """The share of invitations that were answered, of those that arrived."""
    return share(answered, sent - undelivered)
