"""Some clients are scored by the book of a day: points, tier, and what has changed (domain.md §18.4).

A night that changes neither points nor tier writes no line of history.
"""

import datetime
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from policies import database, models, records, tier, tier_facts, tier_moves
from policies.tier import FactorPoints, Scorecard, Scored
from policies.tier_moves import Place
from servicing.core import touched
from servicing.core.tier_models import TierLine
from servicing.tiers import queries
from servicing.tiers.queries import Held, Line, Standing

SCORED, RAN_OUT = "scored", "ran_out"


@dataclass(frozen=True)
class Rules:
    """By what clients are scored."""

    card: Scorecard
    currency: str
    """Of the book; premiums in another one are in no sum."""
    is_asked_for: bool
    """The plan names tiers: who changes the tier may be owed something else."""


@dataclass
class Done:
    """How many clients were scored, and what came of it."""

    scored: int = 0
    changed: int = 0
    """Whose points or tier are others than before."""
    up: int = 0
    down: int = 0

    def __iadd__(self, other: "Done") -> "Done":
        self.scored += other.scored
        self.changed += other.changed
        self.up += other.up
        self.down += other.down
        return self


def known_of(held: Held, on: datetime.date) -> dict[str, Decimal | None]:
    """The facts of a client as a scorecard names them."""
    days = None if held.contact is None else Decimal((on - held.contact).days)
    return {
        "annual_premium": _plain(models.amount(held.premium)),
        "policies": Decimal(held.policies),
        "years": tier_facts.whole_years(held.since, on),
        "referrals": Decimal(held.referrals),
        "contact_days": days,
    }


def _plain(value: Decimal) -> Decimal:
    """Without zeros behind the point."""
    return Decimal(f"{value.normalize():f}")


def score(
    client_ids: Collection[int], rules: Rules, on: datetime.date, now: datetime.datetime
) -> Done:
    """Score some clients, in one transaction that nobody waits for long."""
    done = Done()
    with database.explained(), database.exclusive("tiers"):
        before = queries.standings(client_ids)
        rows, lines, moved = [], [], []
        for each in queries.held(client_ids, on, rules.currency):
            was = before.get(each.client_id)
            if each.has_died:
                if was and was.next_on:
                    rows.append(_at_rest(was))
                continue
            found, line = _scored(each, was, rules, on, now)
            done.scored += 1
            rows.append(found)
            if line is not None:
                lines.append(line)
                done.changed += 1
            if was is not None and was.tier != found.tier:
                moved.append(each.client_id)
                is_up = _rank(rules.card, found.tier) > _rank(rules.card, was.tier)
                done.up, done.down = done.up + is_up, done.down + (not is_up)
        write(rows, lines)
        if rules.is_asked_for:
            touched.note_clients(moved)
    return done


def write(rows: list[Standing], lines: list[Line]) -> None:
    """Keep standings and lines of the history; in the transaction that we are in."""
    queries.replace(rows)
    records.insert(TierLine, lines)


def _scored(
    held: Held, was: Standing | None, rules: Rules, on: datetime.date, now: datetime.datetime
) -> tuple[Standing, Line | None]:
    known = known_of(held, on)
    points = tier.score(rules.card, known)
    before = Place(was.by_points, was.below_since) if was else None
    place = tier_moves.moved(rules.card, before, points, on)
    granted, until = (was.granted, was.granted_until) if was else (None, None)
    has_run_out = until is not None and until < on
    if has_run_out or granted not in {each.id for each in rules.card.tiers}:
        granted, until = None, None
    turns = [held.begins, held.ends]
    if until is not None:
        turns.append(until + datetime.timedelta(days=1))
    if place.below_since is not None:
        turns.append(tier_moves.falls_on(rules.card, place.below_since))
    found = Standing(
        client_id=held.client_id,
        tier=granted or place.tier,
        by_points=place.tier,
        points=f"{points.points:f}",
        scored=as_json(points),
        below_since=place.below_since,
        next_on=tier_facts.next_on(rules.card, held.client_id, known, held.since, turns, on),
        granted=granted,
        granted_until=until,
    )
    if was is not None and not _is_changed(was, found):
        return found, None
    return found, line_of(found, RAN_OUT if has_run_out else SCORED, on, now)


def _is_changed(was: Standing, found: Standing) -> bool:
    """Whether the history says something new: a value that earns the same is nothing new."""
    return _said(was) != _said(found)


def _said(of: Standing) -> tuple[str, str, Mapping[str, str], str | None]:
    return of.tier, of.by_points, _points(of.scored), of.granted


def _points(scored: str) -> Mapping[str, str]:
    return {name: each[1] for name, each in json.loads(scored).items()}


def _at_rest(was: Standing) -> Standing:
    """Whoever has died keeps what they had and is scored no more."""
    return msgspec.structs.replace(was, next_on=None)


def _rank(card: Scorecard, name: str) -> int:
    ids = [each.id for each in card.tiers]
    return ids.index(name) if name in ids else -1


def as_json(points: Scored) -> str:
    """By factor its value, empty where nobody knows it, and its points."""
    found = {
        each.factor: ["" if each.value is None else f"{each.value:f}", f"{each.points:f}"]
        for each in points.factors
    }
    return json.dumps(found)


def factors_of(scored: str) -> list[FactorPoints]:
    """The factors behind some points, as they were kept."""
    kept = json.loads(scored).items()
    return [
        FactorPoints(name, Decimal(value) if value else None, Decimal(points))
        for name, (value, points) in kept
    ]


def line_of(
    of: Standing,
    kind: str,
    on: datetime.date,
    now: datetime.datetime,
    by: str = "",
    reason: str = "",
) -> Line:
    """The line of the history that says how a client stands from now on."""
    return Line(
        of.client_id, on, now, kind, of.tier, of.points, of.scored, of.granted_until, by, reason
    )
