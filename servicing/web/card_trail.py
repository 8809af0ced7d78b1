"""The trail of a card as its page tells it: filtered, the latest first, and by whom each line is."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from servicing.card import telling
from servicing.card.card import Card, TrailLine
from servicing.card.telling import Told
from servicing.web.rendering import locale, say, word

RECENT = 60
"""Lines of the trail that are shown before all of them are asked for."""

FILTERS = {
    "messages": ("message",),
    "tasks": ("task", "note", "complaint", "case", "check"),
    "policies": ("policy", "status", "premium", "agent"),
    "consent": ("consent", "contact", "client", "family", "death", "cover"),
}
"""The filters of the trail, and the subjects of the lines that each shows."""


SAID = {"note.written": "text", "complaint.written": "text", "message.answered": "note"}
"""Lines with somebody's own words, and the fact that has them."""


@dataclass(frozen=True)
class Shown:
    """A line with how it is told."""

    line: TrailLine
    told: Told

    @property
    def words(self) -> str:
        """What somebody said in their own words, which a complaint may begin with; empty: nothing."""
        return str(self.line.facts.get(SAID.get(self.line.kind, ""), ""))

    @property
    def channel(self) -> str:
        """By which channel of a complaint these words came; empty: nobody knows."""
        return "message" if self.line.kind == "message.answered" else ""


def shown(card: Card, asked: str, is_whole: bool, known: Collection[str]) -> Iterator[Shown]:
    """The lines of a filter; `known`: related clients whom the reader may see."""
    lines = [_unnamed(each, known) for each in _lines(card, asked, is_whole)]
    names = _names(card)
    for each in lines:
        yield Shown(each, telling.told(each, locale(), names))


def _lines(card: Card, asked: str, is_whole: bool) -> list[TrailLine]:
    subjects = FILTERS.get(asked)
    lines = [
        line
        for line in reversed(card.trail)
        if subjects is None or line.kind.partition(".")[0] in subjects
    ]
    return lines if is_whole else lines[:RECENT]


def _unnamed(line: TrailLine, known: Collection[str]) -> TrailLine:
    """The line without the name of a relative who is a client that the reader may not see."""
    number = line.facts.get("client_no")
    if line.kind != "family.written" or not number or number in known:
        return line
    return replace(line, facts={**line.facts, "name": say("other_unit")})


def _names(card: Card) -> dict[str, str]:
    """How logins and agents are called; who another agent of a shared client is, is not told."""
    agents = {each.agent_no: f"{each.agent_name} {each.agent_no}" for each in card.policies}
    hidden = word("told", "other_agent")
    return agents | {login: name or hidden for login, name in card.writers.items()}
