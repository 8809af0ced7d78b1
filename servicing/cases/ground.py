"""What cases stand on: their kinds, the rules of their clocks, the calendar by which these run."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policies import case_kind, clock
from policies.case_kind import Clock, Kind
from policies.clock import Counted, Extension, Rules
from policies.dates import WorkCalendar
from servicing.core import errors


@dataclass(frozen=True)
class Ground:
    """The files and the calendar of a workspace."""

    home: Path
    country: str
    rules: Rules
    calendar: WorkCalendar
    _kinds: dict[str, Kind] = field(default_factory=dict)

    def kind(self, name: str) -> Kind:
        """The kind of that name; raises `CaseKindNotFound`, or what its file is refused for."""
        if name not in self._kinds:
            path = case_kind.find(name, self.home)
            if path is None:
                raise errors.CaseKindNotFound(name, case_kind.names(self.home))
            self._kinds[name] = case_kind.load(path, self.rules.names, self.country)
        return self._kinds[name]

    def counted(
        self,
        of: Clock,
        categories: Collection[str],
        received_on: datetime.date,
        extensions: Sequence[Extension] = (),
    ) -> Counted:
        """Until when a clock runs for a case of these categories, from the day of receipt."""
        rule = self.rules.at(case_kind.rule_of(of, categories), received_on)
        return clock.due(rule, received_on, self.calendar, extensions)
