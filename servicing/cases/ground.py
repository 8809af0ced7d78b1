"""What cases stand on: their kinds, the rules of their clocks, the calendar by which these run."""

import contextlib
import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policies import case_file, case_kind, clock, suspension
from policies.case_kind import Clock, Kind
from policies.clock import Counted, Extension, Rule, Rules, Unit
from policies.dates import WorkCalendar
from policies.models import Policy
from policies.notices import Notice, notice
from policies.plan import Plan, Touchpoint
from servicing.core import errors

FREE_LOOK = "free_look"
"""The rule of the free look, which a product may have another length of."""


_AT_MOST: Mapping[Unit, int] = {"calendar_days": 1, "working_days": 3, "weeks": 7, "months": 31}
"""How many days one of a unit takes: among holidays a working day takes three."""


@dataclass(frozen=True)
class Ground:
    """The files and the calendar of a workspace."""

    home: Path
    country: str
    rules: Rules
    calendar: WorkCalendar
    free_look: Mapping[str, int] = field(default_factory=dict)
    """How long the free look of a product is, where it is another one, in the unit of its rule."""
    zone: datetime.tzinfo = datetime.UTC
    """By whose clock days begin."""
    _kinds: dict[str, Kind] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """The names of all kinds."""
        return case_file.names(self.home)

    def usable_kinds(self) -> Iterator[Kind]:
        """All kinds but those whose files are refused, by the names of the files.

        A mistake in one file stops nothing of the others; whoever uses that kind is told of it.
        """
        for name in self.kinds:
            with contextlib.suppress(errors.BadCaseKind, errors.UnreadableFile):
                yield self.kind(name)

    def kind(self, name: str) -> Kind:
        """The kind of that name; raises `CaseKindNotFound`, or what its file is refused for."""
        if name not in self._kinds:
            path = case_file.find(name, self.home)
            if path is None:
                raise errors.CaseKindNotFound(name, case_file.names(self.home))
            self._kinds[name] = case_file.load(path, self.rules.names, self.country, self.kinds)
        return self._kinds[name]

    @property
    def longest_free_look(self) -> int:
        """The longest free look of any product, in days at the most; 0: the country has none."""
        if FREE_LOOK not in self.rules.names:
            return 0
        rule = self.rules.at(FREE_LOOK, datetime.date.max)
        return max([rule.length, *self.free_look.values()]) * _AT_MOST[rule.unit]

    def mistakes(self, plan: Plan) -> Iterator[tuple[str, Notice]]:
        """What a plan counts from cases that there cannot be: the touchpoint, and what is wrong."""
        for touchpoint in plan.touchpoints:
            if touchpoint.case:
                yield from ((touchpoint.id, why) for why in self._mistakes_of(touchpoint))

    def _mistakes_of(self, touchpoint: Touchpoint) -> Iterator[Notice]:
        known = case_file.names(self.home)
        if touchpoint.case not in known:
            yield notice("case_of_unknown", name=touchpoint.case, known=known)
            return
        ends = [each.id for each in self.kind(touchpoint.case).state if not each.is_open]
        for each in touchpoint.outcomes:
            if each not in ends:
                yield notice("case_of_no_end", name=each, case=touchpoint.case, known=ends)

    def rescindable_from(self, policy: Policy | None) -> datetime.date | None:
        """From when the company may rescind a policy, where it is suspended."""
        suspended_on = policy.suspended_on if policy else None
        return suspension.rescindable_from(self.rules, self.calendar, suspended_on)

    def counted(
        self,
        of: Clock,
        categories: Collection[str],
        start: datetime.date,
        extensions: Sequence[Extension] = (),
        product: str = "",
    ) -> Counted:
        """Until when a clock runs that began on `start`, for a case of these categories.

        `product`: that of the case's policy; empty: it has none.
        """
        name = case_kind.rule_of(of, categories)
        if not name:
            return Counted("", start, start, 0, "calendar_days")
        return clock.due(self._rule(name, start, product), start, self.calendar, extensions)

    def free_look_until(self, start: datetime.date, product: str) -> datetime.date | None:
        """The last day of the free look that began on `start`; None: the country has none."""
        if FREE_LOOK not in self.rules.names:
            return None
        return clock.due(self._rule(FREE_LOOK, start, product), start, self.calendar).due

    def _rule(self, name: str, start: datetime.date, product: str) -> Rule:
        rule = self.rules.at(name, start)
        if rule.name == FREE_LOOK and product in self.free_look:
            return rule._replace(length=self.free_look[product])
        return rule
