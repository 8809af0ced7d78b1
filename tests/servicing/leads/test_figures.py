"""What asking has brought: the worked figure, the funnel of each agent, and what is in no share."""

import peewee
import pytest

from policies.models import Agent
from servicing.core import errors
from servicing.leads import figures
from servicing.leads.figures import Brought
from tests import cast
from tests.refusals import refuses
from tests.servicing.leads.named import ask, named

SPAN = (cast.day("2026-01-01"), cast.day("2026-06-30"))


def test_the_worked_figure(book: peewee.Database) -> None:
    people = cast.everybody()
    asks = [ask(people.lin_wei, agent=people.chen_yan) for _ in range(300)]
    for n in range(150):
        state = "won" if n < 24 else "no_consent"
        named(people.lin_wei, state, ask=asks[n % 120], agent=people.chen_yan)
    found = figures.report(*SPAN)
    assert found == Brought(300, 120, 150, 24, 0.4, 0.16, 0.08)
    assert figures.report(*SPAN, [people.chen_yan.id]) == found
    assert figures.report(*SPAN, [people.sun_li.id]).asked == 0


@pytest.mark.parametrize(
    ("on", "asked"), [("2025-12-31", 0), ("2026-01-01", 1), ("2026-06-30", 1), ("2026-07-01", 0)]
)
def test_the_day_of_the_ask_decides(book: peewee.Database, on: str, asked: int) -> None:
    people = cast.everybody()
    named(people.lin_wei, "won", ask=ask(people.lin_wei, on))
    found = figures.report(*SPAN)
    assert (found.asked, found.won) == (asked, asked)


def test_a_funnel_narrows_and_the_total_is_the_report(book: peewee.Database) -> None:
    people = cast.everybody()
    for agent in (people.chen_yan, people.sun_li, None):
        made = ask(people.lin_wei, agent=agent)
        days = {"contacted_on": cast.day("2026-03-04"), "met_on": cast.day("2026-03-05")}
        named(people.lin_wei, "met", ask=made, **days)
        named(people.lin_wei, "consented", ask=made)
        named(people.lin_wei, ask=made)
    found = figures.funnels(*SPAN)
    assert [each.of.agent_no for each in found.rows] == ["", "A001", "A900"]
    for each in found.rows:
        of = each.of
        assert (of.asked, of.gave, of.names, of.consented) == (1, 1, 3, 2)
        assert (of.contacted, of.met, of.won, of.open) == (1, 1, 0, 3)
    assert found.total.shares == figures.report(*SPAN)
    assert Agent.select().count() > 2


def test_a_span_that_ends_before_it_begins_is_refused(book: peewee.Database) -> None:
    with refuses(errors.BadArgument, "before it begins"):
        figures.report(SPAN[1], SPAN[0])
