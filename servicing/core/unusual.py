"""Days on which somebody did what is unusual, by the rules of `[audit]`: shown to the administrator.

A rule accuses nobody: it says on which day somebody should look.
"""

import datetime
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from policies import dialect, models, records
from policies.records import Moment, Record
from servicing.core.settings import Audit

Rule = Literal["clients_seen", "export", "refused", "night", "new_device"]
RULES: tuple[Rule, ...] = get_args(Rule)

USUAL_DAYS = 20
"""What is usual is the middle of so many days on which somebody saw any client."""
LOOKED_BACK = datetime.timedelta(days=60)
"""They are looked for in so many days before."""

SHOWN_DAYS = 14
"""The administrator is shown so many days."""


@dataclass(frozen=True)
class UnusualDay:
    """Somebody's day that is unusual by one rule."""

    on: datetime.date
    who: str
    rule: Rule
    count: int
    """Clients seen, lines taken out, passwords and codes refused, times that they came in."""
    usual: float | None = None
    """Clients that they see on a usual day; None: the rule asks for nothing usual."""


def days(
    first: datetime.date, last: datetime.date, rules: Audit, zone: datetime.tzinfo
) -> list[UnusualDay]:
    """The unusual days of a stretch, the latest first."""
    found = [*_clients_seen(first, last, rules), *_deeds(first, last, rules, zone)]
    return sorted(found, key=lambda each: (-each.on.toordinal(), each.who, each.rule))


# -------------------------------------------------------------------------------- clients seen


class _Seen(Record, frozen=True):
    user_id: int
    login: str
    seen_on: datetime.date
    clients: int


def _clients_seen(first: datetime.date, last: datetime.date, rules: Audit) -> Iterator[UnusualDay]:
    if not rules.clients_a_day:
        return
    sql = """
        SELECT v.user_id, (SELECT u.login FROM user_account u WHERE u.id = v.user_id),
            v.seen_on, COUNT(DISTINCT v.client_id)
        FROM card_view v WHERE v.seen_on BETWEEN ? AND ? GROUP BY v.seen_on, v.user_id
        HAVING COUNT(DISTINCT v.client_id) > ?
    """
    span = (first.isoformat(), last.isoformat())
    many = records.listed(_Seen, sql, [*span, rules.clients_a_day])
    before = _days_of({each.user_id for each in many}, first, last)
    for each in many:
        usual = usual_of(before[each.user_id], each.seen_on)
        if each.clients > rules.times_usual * usual:
            yield UnusualDay(each.seen_on, each.login, "clients_seen", each.clients, usual)


class _Day(Record, frozen=True):
    user_id: int
    seen_on: datetime.date
    clients: int


ByDay = dict[datetime.date, int]


def _days_of(
    user_ids: Collection[int], first: datetime.date, last: datetime.date
) -> defaultdict[int, ByDay]:
    """By user, how many clients they saw on each day."""
    found: defaultdict[int, ByDay] = defaultdict(dict)
    if not user_ids:
        return found
    theirs, values = dialect.among("user_id", user_ids)
    sql = f"""
        SELECT user_id, seen_on, COUNT(DISTINCT client_id) FROM card_view
        WHERE {theirs} AND seen_on BETWEEN ? AND ? GROUP BY user_id, seen_on
    """
    span = ((first - LOOKED_BACK).isoformat(), last.isoformat())
    for each in records.listed(_Day, sql, [*values, *span]):
        found[each.user_id][each.seen_on] = each.clients
    return found


def usual_of(seen: ByDay, on: datetime.date) -> float:
    """What is usual before a day: the middle of the last days; 0 for whoever has begun."""
    before = sorted((day for day in seen if on - LOOKED_BACK <= day < on), reverse=True)
    return float(statistics.median([seen[day] for day in before[:USUAL_DAYS]] or [0]))


# ------------------------------------------------------------------------------ lines of the log

_KINDS = (
    "export.written",
    "login.refused",
    "login.throttled",
    "factor.refused",
    "factor.throttled",
    "session.begun",
    "device.remembered",
)


class _Deed(Record, frozen=True):
    at: Moment
    kind: str
    who: str
    facts: str


def _deeds(
    first: datetime.date, last: datetime.date, rules: Audit, zone: datetime.tzinfo
) -> Iterator[UnusualDay]:
    """What lines of the log say."""
    sql = f"""
        SELECT {dialect.moment("at")}, kind, who, facts FROM audit_entry
        WHERE kind IN ({dialect.quoted(_KINDS)}) AND at >= ? AND at < ?
    """
    span = [_midnight(first, zone), _midnight(last + datetime.timedelta(days=1), zone)]
    counts: Counter[tuple[datetime.date, str, Rule]] = Counter()
    for each in records.listed(_Deed, sql, span):
        if told := _told(each, rules, zone):
            rule, count = told
            on = each.at.astimezone(zone).date()
            if rule == "export":
                counts[on, each.who, rule] = max(count, counts[on, each.who, rule])
            else:
                counts[on, each.who, rule] += count
    for (on, who, rule), count in counts.items():
        if rule != "refused" or count > rules.refused_logins:
            yield UnusualDay(on, who, rule, count)


def _midnight(on: datetime.date, zone: datetime.tzinfo) -> str | None:
    return models.stored(datetime.datetime.combine(on, datetime.time.min, zone))


def _told(deed: _Deed, rules: Audit, zone: datetime.tzinfo) -> tuple[Rule, int] | None:
    """By which rule a deed counts, and how much."""
    facts = json.loads(deed.facts)
    match deed.kind:
        case "export.written":
            rows = int(facts.get("rows", 0))
            return ("export", rows) if 0 < rules.export_rows < rows else None
        case "login.refused" | "login.throttled" | "factor.refused" | "factor.throttled":
            return ("refused", int(facts.get("count", 1))) if rules.refused_logins else None
        case "device.remembered":
            return ("new_device", 1) if facts.get("role") == "administrator" else None
        case _:
            return ("night", 1) if is_night(deed.at.astimezone(zone).hour, rules) else None


def is_night(hour: int, rules: Audit) -> bool:
    """Whether an hour is at night; the night may go over midnight."""
    if rules.night_from <= rules.night_until:
        return rules.night_from <= hour < rules.night_until
    return hour >= rules.night_from or hour < rules.night_until
