"""What is asked of the assessment: of which unit and period; and what is found."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import abort

from policies.assessment import Assessment
from policies.case_kind import Kind
from policies.persistency.periods import Period
from policies.persistency.policy_lines import PolicyLine
from servicing.case_reports import assessed
from servicing.case_reports import figures as cases
from servicing.case_reports.assessed import Complaint, UnitAssessed
from servicing.case_reports.figures import COMPLAINT, CaseRow
from servicing.cases import recusal
from servicing.reports import behind
from servicing.reports.behind import SERVED, AddOn, ReferredClient, Served, ServedLine
from servicing.reports.coverage import first_year
from servicing.reports.scorecard import ScoreCard, Scorecard
from servicing.web import figures, scored
from servicing.web.current import me, today, workspace
from servicing.web.figures import ManagedPart

STANDARD = "standard"


@dataclass(frozen=True)
class Asked:
    """The assessment of a unit over a period, as far as its reader may see it."""

    part: ManagedPart
    period: Period

    @property
    def is_own(self) -> bool:
        """Whether it is the reader's own card, and no other can be."""
        return me().role == "agent"

    @cached_property
    def kind(self) -> Kind:
        """That of complaints."""
        return workspace().ground.kind(COMPLAINT)

    @cached_property
    def by(self) -> Assessment:
        """The company's weights and gates."""
        return assessed.load(STANDARD, workspace().home, self.kind)

    @cached_property
    def seen(self) -> Any:
        """The condition of the cases that the reader may see."""
        return recusal.seen(me())

    @cached_property
    def whose(self) -> assessed.Asked:
        """Whose complaints they are."""
        agents = [each.id for each in self.part.agents]
        return assessed.Asked(self.part.by, self.period, today(), agents)

    @cached_property
    def found(self) -> Scorecard:
        """What its figures are."""
        if self.is_own:
            return scored.of_everybody(self.part, self.period)
        return scored.found(self.part, self.period)

    def cards(self) -> Iterable[ScoreCard]:
        """Of each unit."""
        return [self._own] if self.is_own else self.found.cards()

    @property
    def _own(self) -> ScoreCard:
        return self.found.of(self.part.agents[0].agent_no)

    @cached_property
    def complaints(self) -> list[Complaint]:
        """Those that its cards rest on."""
        return assessed.complaints(self.by, self.whose, self.kind, self.seen)

    def assessed(self, cards: Iterable[ScoreCard]) -> tuple[list[UnitAssessed], UnitAssessed]:
        """Some of the units, and all of them together."""
        total = self._own if self.is_own else self.found.total
        return assessed.assessed(self.by, cards, total, self.part.by, self.complaints)

    def proofs(self, unit: UnitAssessed, gate: str) -> list[int]:
        """The complaints that have shut a gate of an agent, as far as the reader may see them."""
        theirs = [each for each in self.complaints if each.about.agent_no == unit.key]
        return [each.case for each in theirs if gate in each.shuts and each.is_seen]


def of(part: ManagedPart) -> Asked:
    """What the address asks for; raises `BadChoice`."""
    if me().role == "agent":
        if not part.agents:
            abort(404)
        part = replace(part, by="agent")
    return Asked(part, scored.period())


# ------------------------------------------------------------------------------ what a number rests on


def persistency(asked: Asked) -> Iterator[PolicyLine]:
    """The policies that are counted."""
    return behind.persistency(_behind(asked))


def referrals(asked: Asked) -> Iterator[ReferredClient]:
    """The new clients who were referred."""
    return behind.referrals(_behind(asked))


def add_ons(asked: Asked) -> Iterator[AddOn]:
    """The clients who bought again."""
    return behind.add_ons(_behind(asked))


def how() -> str:
    """How the touchpoints of the list were served; empty: however. Raises `BadChoice`."""
    return figures.chosen("state", SERVED, "")


def coverage(asked: Asked, state: str) -> Iterator[ServedLine]:
    """The touchpoints that were served or missed, or those of them that were served so."""
    space = workspace()
    wanted: Sequence[Served] = [each for each in SERVED if state in ("", each)]
    rules = (first_year(space.plan), space.zone, space.settings.targets)
    return behind.served(_behind(asked), *rules, wanted)


def complaints(asked: Asked, limit: int | None = None, offset: int = 0) -> list[CaseRow]:
    """Those that count and that the reader may see."""
    return cases.rows(_complaints(asked), asked.seen, limit, offset)


def kept_back(asked: Asked) -> int:
    """How many complaints count and are kept from the reader."""
    return sum(each.counts and not each.is_seen for each in asked.complaints)


def _complaints(asked: Asked) -> Any:
    return assessed.complaints_of(asked.whose, asked.kind)


def _behind(asked: Asked) -> behind.Asked:
    return behind.Asked(scored.question(asked.part.selection), asked.period)
