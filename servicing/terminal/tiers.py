"""What a scorecard makes of a client's facts, as a terminal shows it."""

from policies.plan import text
from policies.tier import Scorecard, Scored
from servicing.core import i18n, output
from servicing.terminal.lines import line


def show_score(found: Scored, card: Scorecard, locale: str) -> None:
    """A row a factor with its value and points, then their sum and the tier."""
    titles = {each.id: text(each.title, locale) or each.id for each in card.factors}
    headings = [(_say("factor", locale), False)]
    headings += [(_say(each, locale), True) for each in ("value", "points")]
    rows = ([titles[each.factor], f"{each.value:f}", f"{each.points:f}"] for each in found.factors)
    output.emit_cells(headings, rows)
    line()
    names = {each.id: text(each.title, locale) or each.id for each in card.tiers}
    key = "scored" if found.tier else "scored_without_tier"
    told = _say(key, locale, points=f"{found.points:f}", tier=names.get(found.tier, ""))
    line(told, "bold")


def _say(key: str, locale: str, **facts: object) -> str:
    return i18n.say("tiers", key, locale, **facts)
