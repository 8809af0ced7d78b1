"""The register of complaints, with the columns that each jurisdiction keeps (domain.md §12.9)."""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from policies.case_kind import Kind, Option
from policies.plan import text
from servicing.case_reports import queries
from servicing.case_reports.queries import Registered, Steps
from servicing.cases.queries import UPGRADED
from servicing.core import errors, i18n

Country = Literal["CN", "GB", "US"]
COUNTRIES: tuple[Country, ...] = get_args(Country)

KIND = "complaint"


@dataclass(frozen=True)
class Told:
    """What a cell needs beside the complaint: the kind's titles, the reader's language, the day."""

    kind: Kind
    locale: str
    on: datetime.date

    def facet(self, line: Registered, facet: str) -> str:
        """The title of its category of a facet; empty: it has none."""
        found = (self.kind.category_of(each) for each in line.categories.split())
        return next((text(of.title, self.locale) for of in found if of and of.facet == facet), "")

    def option(self, of: tuple[Option, ...], key: str) -> str:
        """The title of a source or a channel; one that the kind does not have any more keeps its id."""
        return next((text(each.title, self.locale) for each in of if each.id == key), key)

    def state(self, line: Registered) -> str:
        """Where it stands, in words, and why it was refused."""
        found = self.kind.state_of(line.state)
        stands = text(found.title, self.locale) if found else line.state
        if not line.reason:
            return stands
        return f"{stands}: {self.word(f'reason_{line.reason}')}"

    def word(self, key: str) -> str:
        """A word of the register."""
        return i18n.say("case_register", key, self.locale)

    def in_time(self, due: datetime.date | None, stopped: datetime.date | None) -> str:
        """Whether a clock stood still when it was due; empty: it runs, or there is none."""
        if due is None or (stopped is None and due >= self.on):
            return ""
        return self.word("yes" if stopped is not None and stopped <= due else "no")


class Column(NamedTuple):
    """A column of a register."""

    key: str
    of: Callable[[Registered, Told], Any]
    kind: str = "text"


_EACH: Mapping[str, Column] = {
    each.key: each
    for each in (
        Column("number", lambda line, told: line.case, "number"),
        Column("received", lambda line, told: line.received_on, "day"),
        Column("closed", lambda line, told: line.ended_on, "day"),
        Column("source", lambda line, told: told.option(told.kind.source, line.source)),
        Column("channel", lambda line, told: told.option(told.kind.channel, line.channel)),
        Column("client_no", lambda line, told: line.client_no),
        Column("policy_no", lambda line, told: line.policy_no),
        Column("line", lambda line, told: line.product),
        Column("persons", lambda line, told: line.persons, "number"),
        Column("about", lambda line, told: line.about),
        Column("function", lambda line, told: told.facet(line, "function")),
        Column("reason", lambda line, told: told.facet(line, "matter")),
        Column("difficulty", lambda line, told: told.facet(line, "time")),
        Column("disposition", lambda line, told: told.state(line)),
        Column("accepted", lambda line, told: line.accepted_on, "day"),
        Column("extended", lambda line, told: line.extended or None, "number"),
        Column("due", lambda line, told: line.decision_due, "day"),
        Column("decided", lambda line, told: line.decided_on, "day"),
        Column("decision", lambda line, told: line.decision),
        Column(
            "in_time", lambda line, told: told.in_time(line.decision_due, line.decision_stopped)
        ),
        Column("informed", lambda line, told: line.informed_on, "day"),
        Column("repeat_of", lambda line, told: line.repeat_of, "number"),
        Column("upgraded", lambda line, told: line.upgraded_on, "day"),
        Column("summary_due", lambda line, told: line.summary_due, "day"),
        Column(
            "summary_in_time",
            lambda line, told: told.in_time(line.summary_due, line.summary_stopped),
        ),
        Column("final_due", lambda line, told: line.final_due, "day"),
        Column(
            "final_in_time", lambda line, told: told.in_time(line.final_due, line.final_stopped)
        ),
    )
}

_CN = "number received source channel client_no policy_no line persons about reason function"
_CN += " difficulty disposition accepted due extended decided in_time decision informed closed"
_CN += " repeat_of upgraded"
_GB = "number received source channel client_no policy_no line function reason summary_due"
_GB += " summary_in_time final_due decided final_in_time informed disposition decision closed"
_US = "number client_no policy_no line function reason disposition received closed source"

COLUMNS: Mapping[Country, list[Column]] = {
    country: [_EACH[key] for key in keys.split()]
    for country, keys in zip(COUNTRIES, (_CN, _GB, _US), strict=True)
}
"""What the register of a country has, from left to right."""


@dataclass(frozen=True)
class Register:
    """The complaints that were received over some days, as lines of a file."""

    titles: list[str]
    kinds: list[str]
    lines: Iterator[list[Any]]
    about: str


def register(
    kind: Kind,
    country: Country,
    first: datetime.date,
    last: datetime.date,
    on: datetime.date,
    locale: str,
) -> Register:
    """The register as it stands on a day. Read it inside a `snapshot`.

    Raises `BadArgument` for a span that ends before it begins.
    """
    if last < first:
        raise errors.BadArgument("span_ends_first", first=first, last=last)
    told, columns = Told(kind, locale, on), COLUMNS[country]
    found = queries.registered(KIND, _steps(kind), first, last)
    facts = {"country": country, "first": first, "last": last, "on": on}
    return Register(
        titles=[told.word(each.key) for each in columns],
        kinds=[each.kind for each in columns],
        lines=([each.of(line, told) for each in columns] for line in found),
        about=i18n.say("case_register", "about_file", locale, **facts),
    )


def _steps(kind: Kind) -> Steps:
    """The steps of the kind that a register dates: a company's own kind may call them otherwise."""
    leaving = [each for each in kind.step if kind.first.id in each.from_states and each.to]
    return Steps(
        accepted=[each.id for each in leaving if (to := kind.state_of(each.to)) and to.is_open],
        decided=[each.id for each in kind.step if "decision" in each.needs],
        informed=[
            each.id for each in kind.step if "notice" in each.needs and "approver" not in each.needs
        ],
        refused=[each.id for each in leaving if each.reasons],
        upgraded=[UPGRADED],
    )
