"""A kind of case is read from its file and checked: a table in TOML, the company's own as a plan is.

Whatever it says wrongly is refused with the file, the line or the step, and the sentence; nothing is
guessed (domain.md §12.1).
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from policies import errors, toml
from policies.case_kind import (
    ACTORS,
    CASE_OPENED,
    CLOCK,
    ESCALATED,
    OPENED,
    PAYMENTS,
    ROOMS,
    SETTLED,
    SIGNALS,
    SURRENDER_AHEAD,
    WORDS,
    Category,
    Clock,
    Kind,
    Option,
    State,
    Step,
)
from policies.notices import Notice, notice

SHIPPED = Path(__file__).parent / "cases"


def find(name: str, home: Path) -> Path | None:
    """Where the kind called `name` is: the workspace's own first, then the shipped ones."""
    both = (home / "cases" / f"{name}.toml", SHIPPED / f"{name}.toml")
    return next((path for path in both if path.is_file()), None)


def names(home: Path) -> list[str]:
    """The kinds that there are, by name."""
    folders = (SHIPPED, home / "cases")
    return sorted({path.stem for folder in folders for path in folder.glob("*.toml")})


def load(
    path: Path,
    rules: Collection[str],
    country: str = "CN",
    kinds: Collection[str] | None = None,
) -> Kind:
    """Read and check a kind; `rules` are the names of the rules by which clocks can run in a country.

    Clocks of other countries do not run there. `kinds`: the names of all kinds, of which it may speak;
    None: nobody asks whether there are those that it names. Raises `UnreadableFile` or `BadCaseKind`,
    which names the file, the line, the step or state, and the mistake.
    """
    raw = toml.read(path)
    try:
        kind = msgspec.convert({"id": path.stem, **raw}, Kind)
    except msgspec.ValidationError as error:
        raise errors.BadCaseKind(path, "", 0, toml.invalid(str(error))) from None
    text = path.read_bytes()
    for place, why in mistakes(kind, rules, country, kinds):
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


def mistakes(
    kind: Kind, rules: Collection[str], country: str, kinds: Collection[str] | None = None
) -> Iterator[Mistake]:
    """The rules beyond the types."""
    if not kind.state or not kind.step:
        yield "", notice("case_no_states")
        return
    yield from _named_badly(kind)
    opens: _Named = {"case_unknown_desk": (ACTORS, kind.opened_by or ())}
    unknown = [
        *(("", why) for why in _not_among(opens)),
        *_unknown_of_steps(kind),
        *_unknown_of_clocks(kind, rules, country),
        *_unknown_kinds(kind, kinds),
    ]
    yield from unknown
    if unknown:  # what follows walks along the names
        return
    yield from _unreachable(kind)
    for step in kind.step:
        for check in (_step_mistakes, _not_restricted, _never_done, _unsettled, _turned):
            yield from ((f"step {step.id}", why) for why in check(kind, step))
    for clock in kind.clock:
        for name in clock.starts:
            begins = kind.step_of(name)
            if begins and "date" not in begins.needs:
                yield f"clock {clock.id}", notice("case_clock_undated", step=name)
    yield from _taking_themselves(kind)
    yield from _signals(kind)


def _signals(kind: Kind) -> Iterator[Mistake]:
    """A signal is about a policy, and an entry of the kind says which it was, and its day."""
    step = kind.signal_step
    for source in kind.source:
        if (source.signal == CASE_OPENED) != bool(source.case) or source.case == kind.id:
            yield f"source {source.id}", notice("case_signal_case")
        if source.days and source.signal in ("", SURRENDER_AHEAD):
            yield f"source {source.id}", notice("case_signal_days")
    for source in kind.signals:
        if kind.policy != "required":
            yield f"source {source.id}", notice("case_signal_of_no_policy")
        if source.once:
            yield f"source {source.id}", notice("case_signal_once")
        if step is None or source.id not in step.reasons:
            yield f"source {source.id}", notice("case_signal_unsaid")
    needed = {SIGNALS: {"reason", "date"}, PAYMENTS: {"date"}}
    for step in kind.step:
        is_noted = not step.to and set(step.from_states) == {s.id for s in kind.state if s.is_open}
        if step.room in needed and not (is_noted and set(step.needs) == needed[step.room]):
            is_signal = step.room == SIGNALS
            why = notice("case_signal_step") if is_signal else notice("case_payment_step")
            yield f"step {step.id}", why


def _taking_themselves(kind: Kind) -> Iterator[Mistake]:
    """Steps of the clock that need somebody, that move nothing, or that no clock takes; and others."""
    taken = {clock.takes for clock in kind.clock if clock.takes}
    for step in kind.step:
        if step.room == CLOCK and (step.needs or not step.to):
            yield f"step {step.id}", notice("case_clock_needs")
        if step.room == CLOCK and step.id not in taken:
            yield f"step {step.id}", notice("case_clock_never")
        if step.room != CLOCK and step.id in taken:
            yield f"step {step.id}", notice("case_clock_not_its")


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
    facets = {each.facet for each in kind.category}
    for step in kind.step:
        of = step.extends
        named: _Named = {
            "case_unknown_state": (states, [*step.from_states, *filter(None, [step.to])]),
            "case_unknown_step": (steps, [*step.requires, *step.unless]),
            "case_unknown_desk": (ACTORS, [*step.by, *step.approved_by]),
            "case_unknown_clock": (clocks, [of.clock] if of else []),
            "case_unknown_facet": (facets, step.sorts if isinstance(step.sorts, tuple) else ()),
            "case_unknown_room": (ROOMS, [step.room] if step.room else []),
            "case_unknown_category": (categories, [of.category] if of and of.category else []),
        }
        yield from ((f"step {step.id}", why) for why in _not_among(named))


def _unknown_of_clocks(kind: Kind, rules: Collection[str], country: str) -> Iterator[Mistake]:
    states, categories, steps = _ids(kind.state), _ids(kind.category), _ids(kind.step)
    here = kind.clocks_in(country)
    for clock in kind.clock:
        by_rule = (
            [*filter(None, [clock.rule]), *clock.by_category.values()] if clock in here else []
        )
        named: _Named = {
            "case_unknown_state": (states, clock.stops),
            "case_unknown_step": (steps, [*clock.starts, *filter(None, [clock.takes])]),
            "case_unknown_category": (categories, clock.by_category),
            "case_unknown_rule": (rules, by_rule),
        }
        yield from ((f"clock {clock.id}", why) for why in _not_among(named))


def _unknown_kinds(kind: Kind, kinds: Collection[str] | None) -> Iterator[Mistake]:
    """Names of kinds that there are not."""
    if kinds is None:
        return
    said = {f"step {each.id}": each.opens for each in kind.step}
    said |= {f"source {each.id}": each.case for each in kind.source}
    for place, name in said.items():
        named: _Named = {"case_unknown_kind": (kinds, [name] if name else [])}
        yield from ((place, why) for why in _not_among(named))


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
    if step.ahead and "date" not in step.needs:
        yield notice("case_ahead_undated")
    if step.opens and not (step.ahead or WORDS & set(step.needs)):
        yield notice("case_opens_without_words", kind=step.opens)
    if "approver" in step.needs and not step.approved_by:
        yield notice("case_approved_by_nobody")
    if step.extends and (step.extends.length < 1 or "approver" not in step.needs):
        yield notice("case_extension_unapproved")


def _not_restricted(kind: Kind, step: Step) -> Iterator[Notice]:
    """What a restricted step would show all the same."""
    if step.restricted and step.to:
        yield notice("case_restricted_moves")
    if step.restricted and step.opens:
        yield notice("case_restricted_opens", kind=step.opens)


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


def _turned(kind: Kind, step: Step) -> Iterator[Notice]:
    """A step by which what is to be settled ends as something else, and nobody is told."""
    target = kind.state_of(step.to)
    if not step.opens or target is None or target.is_open or target.settled:
        return
    is_settled = any(each.settled for each in kind.state)
    if is_settled and not {"reason", "notice"} <= set(step.needs):
        yield notice("case_turned_silently", kind=step.opens)
