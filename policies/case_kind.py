"""The kinds of case: states, steps and clocks as a table in TOML, read, checked, frozen (domain.md §12).

A kind is the company's file, as a plan is. Whatever it says wrongly is refused with the file, the line
or the step, and the sentence; nothing is guessed. What may be done with a case of a kind is decided in
`policies.case_moves`.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from policies import errors, toml
from policies.notices import Notice, notice
from policies.plan import Texts

Desk = Literal["callback", "complaint", "conservation", "quality"]
DESKS: tuple[Desk, ...] = ("callback", "complaint", "conservation", "quality")
"""The desks 岗: call-backs, complaints, conservation, quality."""

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

OPENED, ESCALATED = "opened", "escalated"
"""Entries that no kind names: a case is opened, and goes one up by itself."""

SHIPPED = Path(__file__).parent / "cases"


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


ROOMS = ("callbacks",)
"""What records steps of its own, with what belongs to them."""


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
    requires: tuple[str, ...] = ()
    """Steps that were done before."""
    unless: tuple[str, ...] = ()
    """Steps of which none was done before."""
    once: bool = False
    sorts: bool = False
    """The categories of the case may be said anew with it."""
    names: bool = False
    """Whom the case is about may be said with it."""
    restricted: bool = False
    """Its words stand in the restricted trail alone: neither on the card nor among the evidence."""
    extends: Extension | None = None
    room: str = ""
    """What alone records it, with what belongs to it, such as a call; neither the page of the case nor
    `cases step` takes it."""
    opens: str = ""
    """The kind of a case that comes of it, with the same words, of the same client and policy."""


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Until when something must have happened, from the day of receipt."""

    id: str
    title: Texts
    country: str = ""
    """Where it runs; empty: everywhere."""
    rule: str
    """The name of a rule of `policies.clock`."""
    by_category: dict[str, str] = {}
    """The rules of cases of a category."""
    starts: tuple[str, ...] = ()
    """Steps whose date begins it, each time anew; until then it runs from the day of receipt."""
    stops: tuple[str, ...]
    """States at which it stands still for good; any end stops it, too."""


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

    How long one may take is no matter. None: no facet says it of both.
    """
    mine, theirs = _matter(kind, one), _matter(kind, other)
    both = mine.keys() & theirs.keys()
    return all(mine[each] == theirs[each] for each in both) if both else None


def _matter(kind: Kind, categories: Collection[str]) -> dict[str, str]:
    """What a case is about by facet, but for the facets that only say how long it may take."""
    found = {of.facet: each for each in categories if (of := kind.category_of(each))}
    timed = {each for clock in kind.clock for each in clock.by_category}
    lengths = {of.facet for each in timed if (of := kind.category_of(each))}
    return {facet: each for facet, each in found.items() if facet not in lengths}


def find(name: str, home: Path) -> Path | None:
    """Where the kind called `name` is: the workspace's own first, then the shipped ones."""
    both = (home / "cases" / f"{name}.toml", SHIPPED / f"{name}.toml")
    return next((path for path in both if path.is_file()), None)


def names(home: Path) -> list[str]:
    """The kinds that there are, by name."""
    folders = (SHIPPED, home / "cases")
    return sorted({path.stem for folder in folders for path in folder.glob("*.toml")})


def load(path: Path, rules: Collection[str], country: str = "CN") -> Kind:
    """Read and check a kind; `rules` are the names of the rules by which clocks can run in a country.

    Clocks of other countries do not run there. Raises `UnreadableFile` or `BadCaseKind`, which names the
    file, the line, the step or state, and the mistake.
    """
    raw = toml.read(path)
    try:
        kind = msgspec.convert({"id": path.stem, **raw}, Kind)
    except msgspec.ValidationError as error:
        raise errors.BadCaseKind(path, "", 0, toml.invalid(str(error))) from None
    text = path.read_bytes()
    for place, why in mistakes(kind, rules, country):
        line = _line_of(text.decode("utf-8-sig"), place)
        raise errors.BadCaseKind(path, place, line, why)
    if kind.id != path.stem:
        raise errors.BadCaseKind(path, "", 0, notice("case_other_name", id=kind.id))
    return msgspec.structs.replace(kind, digest=hashlib.sha256(text).hexdigest()[:12])


def _line_of(text: str, place: str) -> int:
    """The line in which the id of a place stands; 0: it is not said in one."""
    table, _, key = place.partition(" ")
    at = ""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.partition("#")[0].replace(" ", "").replace("'", '"').strip()
        at = bare.strip("[]") if bare.startswith("[") else at
        if at == table and bare == f'id="{key}"':
            return number
    return 0


# ----------------------------------------------------------------------------------- the checker

Mistake = tuple[str, Notice]
"""What is wrong, such as `step close`, and why; an empty place: the whole file."""


def mistakes(kind: Kind, rules: Collection[str], country: str) -> Iterator[Mistake]:
    """The rules beyond the types."""
    if not kind.state or not kind.step:
        yield "", notice("case_no_states")
        return
    yield from _named_badly(kind)
    unknown = [*_unknown_of_steps(kind), *_unknown_of_clocks(kind, rules, country)]
    yield from unknown
    if unknown:  # what follows walks along the names
        return
    yield from _unreachable(kind)
    for step in kind.step:
        for check in (_step_mistakes, _never_done, _unsettled):
            yield from ((f"step {step.id}", why) for why in check(kind, step))
    for clock in kind.clock:
        for name in clock.starts:
            begins = kind.step_of(name)
            if begins and "date" not in begins.needs:
                yield f"clock {clock.id}", notice("case_clock_undated", step=name)


def _named_badly(kind: Kind) -> Iterator[Mistake]:
    tables: Mapping[str, Sequence[State | Step | Clock | Category | Option]] = {
        "state": kind.state,
        "step": kind.step,
        "clock": kind.clock,
        "category": kind.category,
        "source": kind.source,
        "channel": kind.channel,
    }
    for table, each in tables.items():
        for key, count in Counter(one.id for one in each).items():
            if count > 1:
                yield f"{table} {key}", notice("id_twice", count=count)
        for one in each:
            if not one.id.isidentifier():
                yield f"{table} {one.id}", notice("bad_id")
            if table == "step" and one.id in (OPENED, ESCALATED):
                yield f"{table} {one.id}", notice("case_reserved_step")
            if not one.title:
                yield f"{table} {one.id}", notice("no_title")


def _unknown_of_steps(kind: Kind) -> Iterator[Mistake]:
    """Names of nothing."""
    states, steps = _ids(kind.state), _ids(kind.step)
    clocks, categories = _ids(kind.clock), _ids(kind.category)
    for step in kind.step:
        of = step.extends
        named: _Named = {
            "case_unknown_state": (states, [*step.from_states, *filter(None, [step.to])]),
            "case_unknown_step": (steps, [*step.requires, *step.unless]),
            "case_unknown_desk": (ACTORS, step.by),
            "case_unknown_clock": (clocks, [of.clock] if of else []),
            "case_unknown_room": (ROOMS, [step.room] if step.room else []),
            "case_unknown_category": (categories, [of.category] if of and of.category else []),
        }
        yield from ((f"step {step.id}", why) for why in _not_among(named))


def _unknown_of_clocks(kind: Kind, rules: Collection[str], country: str) -> Iterator[Mistake]:
    states, categories, steps = _ids(kind.state), _ids(kind.category), _ids(kind.step)
    here = kind.clocks_in(country)
    for clock in kind.clock:
        by_rule = [clock.rule, *clock.by_category.values()] if clock in here else []
        named: _Named = {
            "case_unknown_state": (states, clock.stops),
            "case_unknown_step": (steps, clock.starts),
            "case_unknown_category": (categories, clock.by_category),
            "case_unknown_rule": (rules, by_rule),
        }
        yield from ((f"clock {clock.id}", why) for why in _not_among(named))


def _ids(
    table: Sequence[State] | Sequence[Step] | Sequence[Clock] | Sequence[Category],
) -> set[str]:
    return {each.id for each in table}


_Named = Mapping[str, tuple[Collection[str], Collection[str]]]
"""By code: what is known, and what is said."""


def _not_among(named: _Named) -> Iterator[Notice]:
    for code, (known, said) in named.items():
        for name in said:
            if name not in known:
                yield notice(code, name=name, known=sorted(known))


def _unreachable(kind: Kind) -> Iterator[Mistake]:
    """States that no case gets into, and states that no case gets out of to an end."""
    reached, ends = reachable(kind, [kind.first.id]), {s.id for s in kind.state if not s.is_open}
    for state in kind.state:
        place = f"state {state.id}"
        if state.id not in reached:
            yield place, notice("case_unreachable", first=kind.first.id)
        if not reachable(kind, [state.id]) & ends:
            yield place, notice("case_no_end")
        if state.settled and state.is_open:
            yield place, notice("case_settled_open")
        if not state.is_open and (leaving := kind.steps_from(state.id)):
            yield f"step {leaving[0].id}", notice("case_reopens", at=state.id)


def reachable(kind: Kind, states: Collection[str]) -> set[str]:
    """The states that a case gets into from some states, these among them."""
    found: set[str] = set()
    more = set(states)
    while more:
        found |= more
        more = {s.to for s in kind.step if s.to and found & set(s.from_states)} - found
    return found


def _step_mistakes(kind: Kind, step: Step) -> Iterator[Notice]:
    if not step.from_states:
        yield notice("case_step_from_nowhere")
    if not step.by:
        yield notice("case_step_by_nobody")
    if step.to in step.from_states:
        yield notice("case_step_to_itself", at=step.to)
    if ("reason" in step.needs) != bool(step.reasons):
        yield notice("case_reasons_and_need")
    if step.restricted and step.to:
        yield notice("case_restricted_moves")
    if step.extends and (step.extends.length < 1 or "approver" not in step.needs):
        yield notice("case_extension_unapproved")


def _never_done(kind: Kind, step: Step) -> Iterator[Notice]:
    """Steps that it requires and that no case can have done before."""
    for each in step.requires:
        before = kind.step_of(each)
        assert before is not None  # names of nothing were told before
        after = reachable(kind, [before.to] if before.to else before.from_states)
        if each == step.id or each in step.unless or not after & set(step.from_states):
            yield notice("case_requires_never", name=each)


def _unsettled(kind: Kind, step: Step) -> Iterator[Notice]:
    """What does not stand before a step that settles a case."""
    target = kind.state_of(step.to)
    if target is None or not target.settled:
        return
    before = (kind.step_of(each) for each in step.requires)
    given = {need for each in before if each for need in each.needs}
    if missing := [need for need in SETTLED if need not in given]:
        yield notice("case_not_settled", at=target.id, missing=missing)
