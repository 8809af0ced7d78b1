"""How near clients have come, as a terminal shows it."""

from collections.abc import Sequence

from policies.plan import text
from policies.stage import BEFORE
from servicing.core import i18n, output
from servicing.tiers.stages import Funnels, StagedClient, Stages


def titles(of: Stages, locale: str) -> dict[str, str]:
    """The stages by name, what comes before the first among them."""
    named = {each.id: text(each.title, locale) or each.id for each in of.each}
    return {BEFORE: _say(BEFORE, locale), **named}


def show(found: Funnels, of: Stages, locale: str) -> None:
    """A row a unit: how many clients are in each stage, and all of them below."""
    headings = [(_say("unit", locale), False), (_say("clients", locale), True)]
    headings += [(each, True) for each in titles(of, locale).values()]
    rows = [(each.key or "—", each) for each in found.rows]
    rows.append((_say("total", locale), found.total))
    cells = [
        [name, str(each.clients), *(str(count) for count in each.at.values())]
        for name, each in rows
    ]
    output.emit_cells(headings, cells)


def show_clients(found: Sequence[StagedClient], of: Stages, locale: str) -> None:
    """A row a client."""
    named = list(titles(of, locale).values())
    headings = [(_say(each, locale), False) for each in ("client_no", "name", "stage")]
    headings.append((_say("policies", locale), True))
    rows = ([each.client_no, each.name, named[each.rank], str(each.policies)] for each in found)
    output.emit_cells(headings, rows)


def _say(key: str, locale: str) -> str:
    return i18n.say("stages", key, locale)
