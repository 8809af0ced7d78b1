"""A draw: of the clients whom we serve on a day, some of each unit, by a seed (domain.md §14.1).

The frame is read from the book three times (counted, ordered, drawn) and never held: what is kept
meanwhile is the places of those that are drawn.
"""

import datetime
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import msgspec
import peewee

from policies import database, records, sampling
from policies.ordering import by_name
from policies.persistency import units
from policies.persistency.units import Force, UnitKind
from policies.question_set import QuestionSet
from policies.records import Record
from servicing.checks import queries
from servicing.core import audit_log, errors
from servicing.core.check_models import CheckDraw, SpotCheck

LONGEST_SEED = 100
"""Characters: it is a word that people say to each other."""


@dataclass(frozen=True)
class Order:
    """A draw as a person orders it."""

    seed: str
    share: Decimal
    min_each: int
    unit: UnitKind
    on: datetime.date
    """The day on which the policies are in force and served."""
    by: str


@dataclass(frozen=True)
class Drawn:
    """A draw as it stands."""

    draw: CheckDraw
    is_new: bool
    """False: the same was drawn before, and that draw stands."""


@dataclass
class StratumLine:
    """How many clients of a unit stood in the frame, and how many of them were drawn."""

    key: str
    frame: int
    drawn: int


def strata(of: CheckDraw) -> list[StratumLine]:
    """The units of a draw, in the order of their names."""
    return [StratumLine(key, *counts) for key, counts in json.loads(of.strata).items()]


class _Row(Record, frozen=True):
    """A check that is about to be stored."""

    draw_id: int
    client_id: int
    policy_id: int
    agent_id: int
    stratum: str


def draw(
    order: Order, questions: QuestionSet, today: datetime.date, now: datetime.datetime
) -> Drawn:
    """Draw, and keep who was drawn; the same order once more answers with the draw that stands.

    Raises `BadArgument` for a day to come, a seed that is no word, or a day on which nobody is served.
    """
    if order.on > today:
        raise errors.BadArgument("draw_in_future", day=order.on, on=today)
    if not order.seed.strip() or not order.seed.isprintable() or len(order.seed) > LONGEST_SEED:
        raise errors.BadArgument("no_seed", value=order.seed[:LONGEST_SEED], most=LONGEST_SEED)
    try:
        with (database.writing if database.is_sqlite() else database.snapshot)():
            if found := _same(order):
                return Drawn(found, is_new=False)
            return Drawn(_drawn(order, questions, now), is_new=True)
    except peewee.IntegrityError:  # two at once have drawn the same
        if found := _same(order):
            return Drawn(found, is_new=False)
        raise


def _same(order: Order) -> CheckDraw | None:
    found: CheckDraw | None = CheckDraw.get_or_none(
        seed=order.seed,
        share=_plain(order.share),
        min_each=order.min_each,
        unit=order.unit,
        drawn_on=order.on,
    )
    return found


def _plain(share: Decimal) -> str:
    """0.10 is 0.1: one share has one text."""
    return f"{share.normalize():f}"


def _drawn(order: Order, questions: QuestionSet, now: datetime.datetime) -> CheckDraw:
    force = units.force()
    frames = _frames(order, force)
    if not frames:
        raise errors.BadArgument("nobody_to_draw", on=order.on)
    wanted = sampling.sizes(frames, order.share, order.min_each)
    made: CheckDraw = CheckDraw.create(
        seed=order.seed,
        share=_plain(order.share),
        min_each=order.min_each,
        unit=order.unit,
        drawn_on=order.on,
        frame=sum(frames.values()),
        drawn=sum(wanted.values()),
        strata=json.dumps({key: [frames[key], wanted[key]] for key in sorted(frames, key=by_name)}),
        questions=msgspec.json.encode(questions.items).decode(),
        edition=questions.edition,
        drawn_by=order.by,
        drawn_at=now,
    )
    records.insert(SpotCheck, _rows(made.id, order, force, wanted))
    audit_log.record(
        "checks.drawn", now, draw=made.id, unit=order.unit, clients=made.drawn, on=order.on
    )
    return made


def _frames(order: Order, force: Force) -> Counter[str]:
    """How many clients of the frame belong to each unit."""
    frames: Counter[str] = Counter()
    for agent_id, count in queries.frame_by_agent(order.on).items():
        frames[force[agent_id].key(order.unit)] += count
    return frames


def _rows(draw_id: int, order: Order, force: Force, wanted: dict[str, int]) -> Iterator[_Row]:
    placed = (
        (force[each.agent_id].key(order.unit), sampling.place(order.seed, each.client_no))
        for each in queries.frame(order.on)
    )
    last = sampling.last_places(placed, wanted)
    for each in queries.frame(order.on):
        stratum = force[each.agent_id].key(order.unit)
        if sampling.place(order.seed, each.client_no) <= last.get(stratum, -1):
            yield _Row(draw_id, each.client_id, each.policy_id, each.agent_id, stratum)
