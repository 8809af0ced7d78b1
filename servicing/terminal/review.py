"""The review of a family's policies, as a terminal shows it."""

from collections.abc import Iterator

from policies.cover import KindLine
from servicing.card.review import Person, Review
from servicing.core import i18n, output
from servicing.core.output import amounts
from servicing.terminal.lines import line

COLUMNS = ["client_no", "name", "kin", "kind", "policies", "cover", "unknown", "need", "gap"]


def rows(found: Review) -> Iterator[dict[str, object]]:
    """A row a person and kind of cover."""
    for person in found.persons:
        for each in person.lines:
            cover = " ".join(f"{amount:f} {currency}" for currency, amount in each.cover.items())
            yield {
                "client_no": person.client_no,
                "name": person.name,
                "kin": person.kin,
                "kind": each.kind,
                "policies": each.policies,
                "cover": cover,
                "unknown": each.unknown,
                "need": each.need,
                "gap": each.gap,
            }


def show(found: Review, locale: str) -> None:
    """Each person with the kinds of cover, and what is not known."""
    line(_say("title", locale, on=found.on), "bold")
    for person in found.persons:
        line()
        kin = i18n.say("kin", person.kin, locale) if person.kin else ""
        line(f"{person.name} {person.client_no} {kin}".strip(), "bold")
        line(_income(person, locale))
        headings = [(_say("kind", locale), False), (_say("cover", locale), True)]
        headings += [(_say("need", locale), True), (_say("gap", locale), True)]
        output.emit_cells(headings, [_cells(each, person, locale) for each in person.lines])
        if person.unknown_kinds:
            line(_say("unknown_kinds", locale, count=person.unknown_kinds))
    if found.others:
        line(_say("others", locale, count=len(found.others)))
    line(_say("no_advice", locale))


def _income(person: Person, locale: str) -> str:
    if person.income is None:
        return _say("income_unknown", locale)
    return _say("income_is", locale, amount=output.money(person.income, person.income_currency))


def _cells(of: KindLine, person: Person, locale: str) -> list[str]:
    need = gap = "—"
    if of.need is not None and of.gap is not None:
        need = output.money(of.need, person.income_currency)
        gap = output.money(of.gap, person.income_currency)
        gap = _say("at_most", locale, amount=gap) if of.is_at_most else gap
    return [_say(of.kind, locale), told_cover(of, locale), need, gap]


def told_cover(of: KindLine, locale: str) -> str:
    """What is known of a kind of cover; what is not is said."""
    known = amounts(of.cover) if of.cover else ""
    if not of.unknown:
        return known or _say("none", locale)
    unknown = _say("sum_unknown", locale, count=of.unknown)
    return f"{known} + {unknown}" if known else unknown


def _say(key: str, locale: str, **facts: object) -> str:
    return i18n.say("review", key, locale, **facts)
