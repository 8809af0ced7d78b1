"""What is personal goes by itself when its time is over (`[retention]`, domain.md §11.6).

Messages and lines of cards have numbers that rise with the days, so each is walked from where the last
time ended to the first that is still to be kept: a night reads the lines of a day. Where it ended may be
forgotten; then all is walked once more, and what is gone already stays as it is.
"""

import contextlib
import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from policies import database
from servicing.core import (
    audit_cuts,
    audit_lines,
    audit_log,
    erased_lines,
    errors,
    sealed_lines,
    states,
)
from servicing.core.audit_models import AuditEntry
from servicing.core.erased_lines import Left, Said
from servicing.core.runtime import IsOver
from servicing.core.sealed_lines import SealedLine
from servicing.rights import erasing, left_facts, queries
from servicing.rights.erasing import Found, Order

T = TypeVar("T")

BATCH = 2_000
"""So many rows are changed at once, so that nobody waits long for it."""

MOST_CLIENTS = 200
"""Of a night: each is a transaction that looks through all cards."""


class Walked(NamedTuple):
    """How many rows have lost something, and the number behind which the next time begins."""

    expired: int
    mark: int


def messages(before: datetime.date, mark: int, is_over: IsOver) -> Walked:
    """Texts and addresses of messages that were meant for days before; none that is not at its end."""
    count, reached, holds = 0, mark, False
    while not is_over():
        found = queries.messages_after(reached, BATCH)
        old = _until(found, lambda each: each.planned_on >= before)
        if not old:
            break
        with database.explained(), database.writing():
            ended = [each.id for each in old if each.state not in states.WAITING]
            count += queries.expire_messages(ended)
        reached = old[-1].id
        holds = holds or len(ended) < len(old)
        mark = mark if holds else reached
        if len(old) < len(found):
            break
    return Walked(count, mark)


def lines(before: datetime.datetime, mark: int, order: Order, is_over: IsOver) -> Walked:
    """What persons wrote on cards before a moment, each card with a line that says so."""
    count, until = 0, f"{before.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S}"
    while not is_over():
        with database.explained(), database.writing():
            found = sealed_lines.after(mark, BATCH)
            old = _until(found, lambda each: str(each.at) >= until)
            if not old:
                break
            count += _without_texts(old, order)
        mark = old[-1].id
        if len(old) < len(found):
            break
    return Walked(count, mark)


def _without_texts(found: Iterable[SealedLine], order: Order) -> int:
    theirs: defaultdict[int, list[Left]] = defaultdict(list)
    for line in found:
        left = left_facts.without_texts(line.named, line.facts)
        if left != line.facts:
            theirs[line.client_id].append(Left(line, left))
    for client_id, changed in theirs.items():
        facts = {"by": order.by, "ground": order.ground}
        erased_lines.erase(changed, Said(client_id, sealed_lines.EXPIRED, order.now, facts))
    return sum(map(len, theirs.values()))


def audit(before: datetime.datetime, now: datetime.datetime) -> int:
    """Sealed lines of the audit log of before a moment, from its beginning; the log says so itself."""
    with database.explained(), database.exclusive("audit seal"):
        until = queries.audit_until(before)
        count = AuditEntry.select().where(AuditEntry.id <= until).count()
        if count:
            by = audit_log.actor()
            line = audit_log.line_of(audit_lines.EXPIRED, now, by, until=until, count=count)
            said = AuditEntry.create(**line)
            audit_cuts.let_go(until, said.id, now)
    return int(count)


class Gone(NamedTuple):
    """The clients who were erased, and the number behind which the next time begins."""

    found: list[Found]
    mark: int


def clients(before: datetime.date, mark: int, order: Order, is_over: IsOver) -> Gone:
    """Clients whose last policy had ended by a day; one of whom something stands against it stays.

    Who stays is asked again once all behind have had their turn: many who stay keep nobody waiting.
    """
    erased: list[Found] = []
    behind = queries.without_contract_since(before, mark, MOST_CLIENTS)
    former = behind or queries.without_contract_since(before, 0, MOST_CLIENTS)
    for each in former:
        if is_over():
            return Gone(erased, mark)
        mark = each.id
        with contextlib.suppress(errors.BadArgument, errors.ClientNotFound):
            # a message on its way, a year that is away; or the person went with another number
            erased.append(erasing.erase(each.client_no, order))
    return Gone(erased, mark if len(former) == MOST_CLIENTS else 0)


def _until(rows: list[T], is_kept: Callable[[T], bool]) -> list[T]:
    """The rows before the first that is still to be kept."""
    border = next((place for place, each in enumerate(rows) if is_kept(each)), len(rows))
    return rows[:border]
