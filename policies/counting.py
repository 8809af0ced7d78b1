"""What a plan counts from that is no date of the book: a closed case, a task done, a client event.

The name of what happens stands before the day in the name of an occurrence (`timeline.occurrence`), so a
row says by itself what it was counted from (domain.md §4.20).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from policies.notices import Notice, notice

CASE, TASK, EVENT = "case:", "task:", "event:"
"""How the names of what happens begin."""

KEYS = {"case_closed": "case", "task_done": "task", "client_event": "event"}
"""By anchor the key of a touchpoint that says what is counted from."""

_ANCHOR_OF = {
    "case": "case_closed",
    "outcome": "case_closed",
    "task": "task_done",
    "event": "client_event",
}


def names(case: str, outcomes: Sequence[str], task: str, event: str) -> tuple[str, ...]:
    """The names of what is counted from; an empty one: it is a date."""
    if task or event:
        return (TASK + task if task else EVENT + event,)
    if case and outcomes:
        return tuple(f"{CASE}{case}:{each}" for each in outcomes)
    return (CASE + case,) if case else ("",)


def key_mistakes(anchor: str, given: Collection[str]) -> Iterator[Notice]:
    """A key without its anchor, an anchor without its key; `given`: which of the keys there are."""
    for key in sorted(given):
        if _ANCHOR_OF[key] != anchor:
            yield notice("key_of_anchor", key=key, anchor=_ANCHOR_OF[key])
    needed = KEYS.get(anchor)
    if needed and needed not in given:
        yield notice("anchor_needs_key", anchor=anchor, key=needed)


class Counted(NamedTuple):
    """A touchpoint, as what may count from its task sees it."""

    id: str
    scope: str
    has_task: bool
    counts_from: str
    """The touchpoint whose task it is counted from; empty: from none."""


def chain_mistakes(touchpoints: Iterable[Counted]) -> Iterator[tuple[str, Notice]]:
    """By touchpoint: it counts from a task that there is not, or, at last, from its own."""
    known = {each.id: each for each in touchpoints}
    for each in known.values():
        if each.counts_from:
            yield from ((each.id, why) for why in _of_task(each, known))


def _of_task(each: Counted, known: dict[str, Counted]) -> Iterator[Notice]:
    of = known.get(each.counts_from)
    if of is None:
        yield notice("task_of_unknown", name=each.counts_from)
        return
    if not of.has_task:
        yield notice("task_of_none", name=of.id)
    if of.scope == "client" and each.scope != "client":
        yield notice("task_of_client", name=of.id)
    chain = _chain(each, known)
    if chain[-1] == each.id:
        yield notice("task_of_itself", chain=" → ".join(chain))


def _chain(each: Counted, known: dict[str, Counted]) -> list[str]:
    """Whence one is counted, each from the task of the next, until one comes again."""
    chain, of = [each.id], known.get(each.counts_from)
    while of is not None and of.id not in chain:
        chain.append(of.id)
        of = known.get(of.counts_from)
    return chain if of is None else [*chain, of.id]
