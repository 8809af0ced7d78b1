"""The tier and the stage of clients in the reader's words (domain.md §18)."""

import datetime
from dataclasses import dataclass

from policies.plan import text
from policies.stage import BEFORE
from servicing.card.card import Card
from servicing.web.current import workspace
from servicing.web.rendering import locale, word


@dataclass(frozen=True)
class Nearness:
    """How a card tells of a client's tier and stage; empty: there is none."""

    tier: str
    points: str
    granted_until: datetime.date | None
    """The last day of a tier that somebody has granted; None: the points decide."""
    stage: str


def tiers() -> dict[str, str]:
    """The tiers of the scorecard by name."""
    card = workspace().scorecard
    return {each.id: text(each.title, locale()) or each.id for each in card.tiers}


def stage_titles() -> dict[str, str]:
    """The stages by name, what comes before the first among them."""
    named = {each.id: text(each.title, locale()) or each.id for each in workspace().stages.each}
    return {BEFORE: word("stages", BEFORE), **named}


def of_card(card: Card) -> Nearness:
    """Of a client, as their card has it."""
    near = card.near
    if near is None:
        return Nearness("", "", None, "")
    stage = "" if near.id < 0 else list(stage_titles().values())[near.id]
    return Nearness(tiers().get(near.kind, near.kind), near.name, near.day, stage)
