"""Figures of satisfaction as a terminal shows them."""

from decimal import Decimal
from fractions import Fraction

from policies.satisfaction import ENOUGH, Figure, rounded
from servicing.core import i18n
from servicing.terminal.lines import line


def show_figure(found: Figure, locale: str) -> None:
    """The figure with its interval, of how many answers, and whether these are too few."""
    line(_told(found, locale), "bold")
    if not found.n:
        return
    if found.mean is not None:
        line(_say("mean", locale, mean=rounded(found.mean, 2)))
    line(_say("answers", locale, count=found.n))
    if not found.enough:
        line(_say("too_few", locale, enough=ENOUGH))


def show_need(answers: int, margin: Decimal, clients: int | None, locale: str) -> None:
    """How many answers a margin needs."""
    facts = {"margin": _trimmed(Fraction(margin) * 100), "count": answers}
    if clients is None:
        line(_say("needed", locale, **facts))
    else:
        line(_say("needed_of", locale, clients=clients, **facts))


def show_gap(gap: Fraction, locale: str) -> None:
    """The weighed gap, and what it means."""
    exact = rounded(gap, 2)
    key = "gap_below" if exact < 0 else "gap_above" if exact > 0 else "gap_none"
    line(_say(key, locale, gap=f"{exact:+}" if exact else "0"), "bold")


def _told(found: Figure, locale: str) -> str:
    name = found.figure.upper()
    if found.value is None or found.low is None or found.high is None:
        return _say("nothing", locale, name=name)
    if found.margin is None:
        low, high = points(found.low), points(found.high)
        return _say("share", locale, name=name, value=points(found.value), low=low, high=high)
    value = _trimmed(found.value * 100)
    signed = f"+{value}" if found.value > 0 else value
    return _say("balance", locale, name=name, value=signed, margin=points(found.margin))


def points(share: Fraction) -> Decimal:
    """A share in per cent, to the tenth."""
    return rounded(share * 100, 1)


def _trimmed(exact: Fraction) -> str:
    """To the tenth, which is left out where it is 0."""
    return f"{rounded(exact, 1)}".removesuffix(".0")


def _say(key: str, locale: str, **facts: object) -> str:
    return i18n.say("satisfaction", key, locale, **facts)
