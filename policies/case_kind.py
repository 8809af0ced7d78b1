"""The kinds of case: states, steps and clocks as a table, frozen (domain.md §12).

A kind is read from its file and checked in `policies.case_file`. What may be done with a case of a kind
is decided in `policies.case_moves`.
"""

from collections.abc import Collection
from typing import Annotated, Literal

import msgspec

from policies.desks import DESKS, Desk
from policies.plan import Texts

ROLES = ("agent", "manager", "operations", "administrator")
"""The roles of accounts that a step may name beside desks."""

ACTORS = frozenset(DESKS) | frozenset(ROLES)
"""Whom a step may name."""

Need = Literal["text", "decision", "notice", "date", "reason", "owner", "approver"]
"""What a step needs: words, which may be the decision or say how the client was told; a day; one of its
reasons; to whom the case goes; who has approved it."""

WORDS = frozenset(("text", "decision", "notice"))
"""What is given as words."""

SETTLED = ("decision", "notice", "date")
"""What stands among the steps of a case before it is settled: none is closed without them."""

OPENED_BY = ("agent", "manager", "operations")
"""Who opens a case by hand where its kind does not say it, beside its desk."""

OPENED, ESCALATED = "opened", "escalated"
"""Entries that no kind names: a case is opened, and goes one up by itself."""


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a case of the kind stands."""

    id: str
    title: Texts
    is_open: bool = msgspec.field(default=True, name="open")
    """False: an end, which no step leads out of."""
    settled: bool = False
    """An end that only a decision, a notice and a follow-up date lead to."""


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By how much a step extends a clock."""

    clock: str
    length: int
    """In the unit of the clock's rule."""
    category: str = ""
    """Only of a case of this category; empty: of any."""


CLOCK = "clock"
"""What takes steps when a clock has run out."""

SIGNALS = "signals"
"""What opens cases by themselves, and notes on an open one why it would have opened it."""

PAYMENTS = "payments"
"""What notes on an open case that a premium of its policy has come in."""

ROOMS = ("callbacks", CLOCK, SIGNALS, PAYMENTS)
"""What records steps of its own, with what belongs to them."""

CASE_OPENED, SURRENDER_AHEAD = "case_opened", "surrender_ahead"

Signal = Literal[
    "",
    "premium_unpaid",
    "payment_bounced",
    "surrender_ahead",
    "agent_left",
    "no_contact",
    "case_opened",
]
"""What of the book opens a case by itself (domain.md §12.13). Empty: nothing.

A premium that is not paid so many days after it fell due; a payment that has not come after all; a
surrender on a day to come; an agent who has left; a client to whom nobody has spoken for so many days;
an open case of another kind.
"""


class Step(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"from_states": "from"},
):
    """What may be done with a case: it moves it to another state, or is an entry where it stands."""

    id: str
    title: Texts
    from_states: tuple[str, ...]
    to: str = ""
    """Empty: the case stays where it is."""
    by: tuple[str, ...]
    """Desks and roles."""
    needs: tuple[Need, ...] = ()
    reasons: tuple[str, ...] = ()
    """Codes, of which one is given."""
    approved_by: tuple[str, ...] = ("manager", "administrator")
    """Desks and roles of whoever may approve it, where it needs an approver."""
    requires: tuple[str, ...] = ()
    """Steps that were done before."""
    unless: tuple[str, ...] = ()
    """Steps of which none was done before."""
    once: bool = False
    sorts: bool | tuple[str, ...] = False
    """The categories of the case may be said anew with it: those of these facets; true: of all facets
    but these, which are found out later."""
    names: bool = False
    """Whom the case is about may be said with it."""
    restricted: bool = False
    """Its words stand in the restricted trail alone: neither on the card nor among the evidence."""
    extends: Extension | None = None
    ahead: bool = False
    """Its day is one on which something is to be done: it is not past when it is set."""
    room: str = ""
    """What alone records it, with what belongs to it, such as a call; neither the page of the case nor
    `cases step` takes it."""
    opens: str = ""
    """The kind of a case that comes of it, with the same words, of the same client and policy.

    Where its day is ahead, the clocks of that case run from then on. It is one case: said again, the step
    moves it to the new day, as long as it is open.
    """
    source: str = ""
    """What that case has come from, where its kind knows it."""


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Until when something must have happened, from the day of receipt."""

    id: str
    title: Texts
    country: str = ""
    """Where it runs; empty: everywhere."""
    rule: str = ""
    """The name of a rule of `policies.clock`; empty: it is due on the day itself from which it runs."""
    by_category: dict[str, str] = {}
    """The rules of cases of a category."""
    starts: tuple[str, ...] = ()
    """Steps whose date begins it, each time anew; until then it runs from the day of receipt."""
    stops: tuple[str, ...]
    """States at which it stands still for good; any end stops it, too."""
    takes: str = ""
    """The step that takes itself on the day after it has run out, of the room `clock`; empty: none."""


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a case is about. Categories of one facet exclude each other."""

    id: str
    facet: str
    title: Texts


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A source or a channel."""

    id: str
    title: Texts
    once: bool = False
    """Of a source: of each policy it brings one case, and no second one."""
    waits: bool = False
    """Of a source: what a step begins does not run before, not even from the day of receipt."""
    signal: Signal = ""
    """Of a source: what opens a case by itself, of a policy, once for each cause."""
    days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 0
    """How many days after its cause the signal opens it."""
    case: str = ""
    """Of the signal `case_opened`: the kind of that case."""


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A checked kind of case."""

    id: str
    title: Texts
    desk: Desk
    """Whose cases they are until somebody takes one."""
    client: Literal["required", "optional"] = "required"
    policy: Literal["required", "optional"] = "optional"
    about: Literal["said", "serving"] = "said"
    """Whom it is about where nobody says it: nobody, or the agent who serves its policy."""
    owner: Literal["desk", "serving"] = "desk"
    """Who has one from the beginning: its desk, or the agent who serves its policy, else one up."""
    opened_by: tuple[str, ...] | None = None
    """Desks and roles of whoever opens one by hand; None: its desk, agents, managers and operations."""
    one_open: bool = False
    """Of a policy one is open at a time."""
    brought: bool = True
    """Somebody comes with it, and many may come together: their words begin one, wherever they stand."""
    register: Texts = {}
    """What the button says that leads to its form; empty: that one is registered."""
    asks: Texts = {}
    """What its form asks for; empty: what it is about."""
    state: tuple[State, ...]
    """The first is the one in which a case is opened."""
    step: tuple[Step, ...]
    clock: tuple[Clock, ...] = ()
    category: tuple[Category, ...] = ()
    source: tuple[Option, ...] = ()
    channel: tuple[Option, ...] = ()
    quiet: bool = False
    """While one is open, its client is spared what sells and what asks (domain.md §12.6)."""
    repeat_days: int = 0
    """What comes again within so many days on the same subject names the case before; 0: never."""
    digest: str = ""
    """Twelve hex digits that change whenever the file does."""

    @property
    def concerns_staff(self) -> bool:
        """Whether its cases are about somebody of the house, though it may not be said yet of whom."""
        return self.about == "serving" or any(each.names for each in self.step)

    @property
    def openers(self) -> tuple[str, ...]:
        """Desks and roles of whoever opens one by hand; nobody does where a room of its own does it."""
        if self.opened_by is not None:
            return self.opened_by
        return () if any(each.room for each in self.step) else (self.desk,) + OPENED_BY

    @property
    def desks(self) -> list[Desk]:
        """Its desk, and others whose people take steps of it."""
        named = {name for each in self.step for name in each.by}
        return [each for each in DESKS if each == self.desk or each in named]

    def turns(self, step: Step) -> bool:
        """Whether a step makes a case of another kind of one with which somebody has come.

        Then their words go along.
        """
        target = self.state_of(step.to)
        return bool(self.brought and step.opens and target is not None and not target.is_open)

    @property
    def first(self) -> State:
        """The state in which a case is opened."""
        return self.state[0]

    def state_of(self, key: str) -> State | None:
        """The state of that id."""
        return next((each for each in self.state if each.id == key), None)

    def step_of(self, key: str) -> Step | None:
        """The step of that id."""
        return next((each for each in self.step if each.id == key), None)

    def category_of(self, key: str) -> Category | None:
        """The category of that id."""
        return next((each for each in self.category if each.id == key), None)

    def facets_of(self, step: Step) -> list[str]:
        """The facets whose categories a step may say, in the order of the file."""
        if isinstance(step.sorts, tuple):
            return [each for each in self._facets() if each in step.sorts]
        return self.subjects if step.sorts else []

    @property
    def subjects(self) -> list[str]:
        """The facets that are said of a case from its beginning on."""
        return [each for each in self._facets() if each not in self.findings]

    @property
    def findings(self) -> frozenset[str]:
        """The facets that are found out with the case, such as its cause, and are no subject of it."""
        found = (each.sorts for each in self.step if isinstance(each.sorts, tuple))
        return frozenset(facet for facets in found for facet in facets)

    def _facets(self) -> list[str]:
        return list(dict.fromkeys(each.facet for each in self.category))

    @property
    def signals(self) -> list[Option]:
        """The sources that open cases by themselves."""
        return [each for each in self.source if each.signal]

    @property
    def signal_step(self) -> Step | None:
        """The entry by which a case says which signal it has had; None: its kind has none."""
        return next((each for each in self.step if each.room == SIGNALS), None)

    @property
    def payment_step(self) -> Step | None:
        """The entry by which a case says that a premium has come in; None: its kind has none."""
        return next((each for each in self.step if each.room == PAYMENTS), None)

    @property
    def comes_of_cases(self) -> bool:
        """Whether open cases of other kinds open its cases."""
        return any(each.case for each in self.source)

    def clocks_in(self, country: str) -> list[Clock]:
        """The clocks that run in a country."""
        return [each for each in self.clock if each.country in ("", country)]

    def steps_from(self, state: str) -> list[Step]:
        """What may be done in a state."""
        return [each for each in self.step if state in each.from_states]


def rule_of(clock: Clock, categories: Collection[str]) -> str:
    """The rule by which a clock runs for a case of these categories."""
    return next(
        (rule for category, rule in clock.by_category.items() if category in categories), clock.rule
    )


def is_same_matter(kind: Kind, one: Collection[str], other: Collection[str]) -> bool | None:
    """Whether two cases are sorted as the same, facet by facet (domain.md §12.2).

    How long one may take is no matter, nor is what was found out. None: no facet says it of both.
    """
    mine, theirs = _matter(kind, one), _matter(kind, other)
    both = mine.keys() & theirs.keys()
    return all(mine[each] == theirs[each] for each in both) if both else None


def _matter(kind: Kind, categories: Collection[str]) -> dict[str, str]:
    """What a case is about by facet, but for those that say how long it may take, or what was found."""
    found = {of.facet: each for each in categories if (of := kind.category_of(each))}
    timed = {each for clock in kind.clock for each in clock.by_category}
    lengths = {of.facet for each in timed if (of := kind.category_of(each))}
    others = lengths | kind.findings
    return {facet: each for facet, each in found.items() if facet not in others}
