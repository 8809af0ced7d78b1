"""What a scorecard makes of a client's facts, as a terminal shows it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from policies import tier_moves
from policies.plan import text
from policies.tier import FactorPoints, Scorecard, Scored
from servicing.core import i18n, output
from servicing.terminal.lines import line
from servicing.tiers import scoring
from servicing.tiers.queries import Line, Standing


def show_score(found: Scored, card: Scorecard, locale: str) -> None:
    """A row a factor with its value and points, then their sum and the tier."""
    titles = {each.id: text(each.title, locale) or each.id for each in card.factors}
    headings = [(_say("factor", locale), False)]
    headings += [(_say(each, locale), True) for each in ("value", "points")]
    output.emit_cells(headings, (_cells(each, titles, locale) for each in found.factors))
    line()
    names = {each.id: text(each.title, locale) or each.id for each in card.tiers}
    key = "scored" if found.tier else "scored_without_tier"
    told = _say(key, locale, points=f"{found.points:f}", tier=names.get(found.tier, ""))
    line(told, "bold")


def _cells(of: FactorPoints, titles: Mapping[str, str], locale: str) -> list[str]:
    value = _say("unknown_value", locale) if of.value is None else f"{of.value:f}"
    return [titles.get(of.factor, of.factor), value, f"{of.points:f}"]


def show_standing(
    client_no: str, of: Standing | None, history: Sequence[Line], card: Scorecard, locale: str
) -> None:
    """The tier of a client with the points behind it, what is granted, and how it came to be so."""
    if of is None:
        line(_say("nobody_scored", locale, client_no=client_no))
        return
    names = {each.id: text(each.title, locale) or each.id for each in card.tiers}
    factors = tuple(scoring.factors_of(of.scored))
    show_score(Scored(Decimal(of.points), factors, of.by_points), card, locale)
    if of.granted is not None:
        line(
            _say(
                "stands",
                locale,
                client_no=client_no,
                tier=names.get(of.tier, of.tier),
                points=of.points,
            )
        )
        earned = names.get(of.by_points, of.by_points)
        line(_say("is_granted", locale, until=of.granted_until, tier=earned))
    if of.below_since is not None:
        falls = tier_moves.falls_on(card, of.below_since)
        line(_say("is_below", locale, since=of.below_since, falls=falls))
    line()
    line(_say("history", locale), "bold")
    for each in history:
        why = i18n.say("tier_line", each.kind, locale)
        until = f" → {each.until}" if each.until else ""
        told = f"{each.on_day}  {names.get(each.tier, each.tier)}{until}  {each.points}  {why}"
        line(f"{told}  {each.by} {each.reason}".rstrip())


def _say(key: str, locale: str, **facts: object) -> str:
    return i18n.say("tiers", key, locale, **facts)
