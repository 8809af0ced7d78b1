"""Figures of satisfaction as a terminal shows them."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from policies.satisfaction import ENOUGH, Figure, rounded
from servicing.core import i18n, output
from servicing.core.output import percent
from servicing.surveys.figures import Satisfaction
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


def show_report(
    total: Satisfaction,
    rows: Sequence[Satisfaction],
    span: tuple[datetime.date, datetime.date],
    locale: str,
) -> None:
    """The five measures, the figures of the answers, what became of the invitations, and the units."""
    first, last = span
    line(_say("report", locale, first=first, last=last), "bold")
    for name, value in total.measures.items():
        line(f"{_say(name, locale)}  {_percent(value)}")
    for each in total.figures.values():
        few = "" if each.enough or not each.n else f" · {_say('few', locale, count=each.n)}"
        line(f"{_told(each, locale)}{few}")
    facts = {"sent": total.sent, "undelivered": total.undelivered, "answered": total.answered}
    line(_say("sent", locale, **facts, response=_percent(total.response)))
    if total.late or total.second:
        line(_say("beside", locale, late=total.late, second=total.second))
    for each in total.again.values():
        if each.n and each.mean is not None:
            name, mean = each.figure.upper(), rounded(each.mean, 2)
            line(_say("again", locale, name=name, answers=each.n, mean=mean))
    if rows:
        output.emit_table([_row(each) for each in rows], list(_row(rows[0])), locale)


def _row(of: Satisfaction) -> dict[str, object]:
    shares = {name: _percent(value) for name, value in of.measures.items()}
    scores: dict[str, object] = {name: _short(each) for name, each in of.figures.items()}
    counted = {"sent": of.sent, "answered": of.answered, "response": _percent(of.response)}
    return {"unit": of.key or "–", **shares, **scores, **counted}


def _percent(share: Fraction | None) -> str:
    return percent(None if share is None else float(share))


def _short(found: Figure) -> str:
    """A figure in a cell: with a star where it is of too few answers."""
    if found.value is None:
        return "–"
    value = rounded(found.value * 100, 1)
    told = f"{value:+}" if found.figure == "nps" else f"{value} %"
    return told if found.enough else f"{told} *"


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
