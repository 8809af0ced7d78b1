"""Clocks: until when something is due, by dated rules that a company may edit (domain.md §13).

A rule has versions, each from a day on; they stand in files by country, the shipped ones in
`policies/clocks`. What was counted says how: which days were left out, which made-up days counted.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import msgspec

from policies import countries, dates, errors, toml
from policies.dates import ONE_DAY, WorkCalendar
from policies.notices import Invalid, Notice, notice

Unit = Literal["calendar_days", "working_days", "weeks", "months"]

LONGEST: Mapping[str, int] = {
    "calendar_days": 3660,
    "working_days": 2600,
    "weeks": 520,
    "months": 120,
}
"""Ten years: what is longer is a slip of the pen."""

SHIPPED = Path(__file__).parent / "clocks"
FOLDER = "clocks"
"""Of a workspace: its own files, by country, come before the shipped ones."""


class Rule(NamedTuple):
    """One version of a rule: how long its clock runs."""

    name: str
    length: int
    unit: Unit
    valid_from: date = date.min


class Extension(NamedTuple):
    """More time, as a fact: so many more of the rule's unit, granted on a day (domain.md §13.2)."""

    length: int
    granted_on: date


class Pause(NamedTuple):
    """Days on which the clock stands still, both included (domain.md §13.3)."""

    from_on: date
    to_on: date


class Counted(NamedTuple):
    """Until when something is due, and how that was counted."""

    rule: str
    start: date
    due: date
    """The last day on which it is in time."""
    days: int
    """How many of the unit were counted, extensions included."""
    unit: Unit
    off: tuple[date, ...] = ()
    """Days off that working days left out."""
    made_up: tuple[date, ...] = ()
    """Days of a weekend on which offices work (调休), and which counted as working days."""
    paused: tuple[date, ...] = ()
    """Days that would have counted if the clock had not stood still."""
    late: tuple[Extension, ...] = ()
    """Extensions that were granted when the time was over, and which count for nothing."""
    unpublished: tuple[int, ...] = ()
    """Years of which working days were counted before their holidays were announced."""


# ---------------------------------------------------------------------- counting


def due(
    rule: Rule,
    start: date,
    calendar: WorkCalendar,
    extensions: Sequence[Extension] = (),
    pauses: Sequence[Pause] = (),
) -> Counted:
    """Until when something that began on `start` is due (domain.md §13.1).

    `start` itself is not counted. The calendar is asked for working days only. An extension counts that
    is granted while the clock still runs; one that comes later is told in `late`. Raises `Invalid` for
    an extension of less than nothing and a pause that ends before it begins.
    """
    _check(extensions, pauses)
    run = _Run(rule.unit, start, calendar, pauses)
    length, end = rule.length, run.end(rule.length)
    late = []
    for each in sorted(extensions, key=lambda extension: extension.granted_on):
        if each.granted_on > end:
            late.append(each)
            continue
        length += each.length
        end = run.end(length)
    return run.told(rule.name, length, end)._replace(late=tuple(late))


def working_days_left(calendar: WorkCalendar, on: date, until: date) -> list[date]:
    """The working days after `on`, up to `until` and with it."""
    return [day for day in dates.days_between(on + ONE_DAY, until) if calendar.is_workday(day)]


def unpublished(calendar: WorkCalendar, on: date, until: date) -> tuple[int, ...]:
    """The years of the days after `on`, up to `until`, whose holidays are not announced yet."""
    first = max((on + ONE_DAY).year, calendar.published_until + 1)
    return tuple(range(first, until.year + 1))


def _check(extensions: Iterable[Extension], pauses: Iterable[Pause]) -> None:
    for each in extensions:
        if each.length < 0:
            raise Invalid("negative_extension", length=each.length)
    for pause in pauses:
        if pause.to_on < pause.from_on:
            raise Invalid("pause_ends_first", first=pause.from_on, last=pause.to_on)


class _Run(NamedTuple):
    """A clock that began on a day."""

    unit: Unit
    start: date
    calendar: WorkCalendar
    pauses: Sequence[Pause]

    def end(self, length: int) -> date:
        """The last day of so many of the unit."""
        if self.unit == "working_days":
            return self._after(length, self.calendar.is_workday)
        if self.unit == "months":
            days = (dates.months_after(self.start, length) - self.start).days
        else:
            days = length * (7 if self.unit == "weeks" else 1)
        if not self.pauses:
            return self.start + timedelta(days=days)
        return self._after(days, lambda day: True)

    def _after(self, count: int, counts: Callable[[date], bool]) -> date:
        day = self.start
        while count:
            day += ONE_DAY
            count -= counts(day) and not self._stands_still(day)
        return day

    def _stands_still(self, day: date) -> bool:
        return any(each.from_on <= day <= each.to_on for each in self.pauses)

    def told(self, rule: str, length: int, end: date) -> Counted:
        """How the days until `end` were counted."""
        span = [*dates.days_between(self.start + ONE_DAY, end)]
        found = Counted(rule, self.start, end, length, self.unit)
        if self.unit != "working_days":
            return found._replace(paused=tuple(filter(self._stands_still, span)))
        work = [day for day in span if self.calendar.is_workday(day)]
        paused = tuple(filter(self._stands_still, work))
        return found._replace(
            off=tuple(sorted({*span}.difference(work))),
            made_up=tuple(
                day for day in work if self.calendar.is_weekend(day) and day not in paused
            ),
            paused=paused,
            unpublished=unpublished(self.calendar, self.start, end),
        )


# ---------------------------------------------------------------------- rules and their files


class Rules:
    """Rules with their versions, each version from a day on."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._versions: dict[str, list[Rule]] = {}
        for each in sorted(rules, key=lambda rule: rule.valid_from):
            self._versions.setdefault(each.name, []).append(each)

    @property
    def names(self) -> list[str]:
        """Of all rules, in order."""
        return sorted(self._versions)

    def at(self, name: str, on: date) -> Rule:
        """The version of a rule that is valid on a day; raises `RuleNotFound`."""
        versions = self._versions.get(name)
        if not versions:
            raise errors.RuleNotFound(name, self.names)
        place = bisect_right([each.valid_from for each in versions], on)
        if not place:
            raise errors.RuleNotYetValid(name, on, versions[0].valid_from)
        return versions[place - 1]

    def __or__(self, other: "Rules") -> "Rules":
        """These, and all versions of the rules that the other ones name in place of these."""
        both = {**self._versions, **other._versions}
        return Rules(chain.from_iterable(both.values()))


NO_RULES = Rules()
"""Those of a country of which nobody has written any."""


class _Version(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version of a rule as it stands in a file."""

    name: str
    length: int
    unit: str
    valid_from: date


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file; its rules are read one by one, so that a mistake names its rule."""

    rule: Any = ()


def shipped(country: str) -> Rules:
    """The rules that come with the program for a country: none for one that it has no file of."""
    path = SHIPPED / f"{country.lower()}.toml"
    return read(path) if path.is_file() else Rules()


def of(country: str, home: Path) -> Rules:
    """The rules of a country in a workspace: the shipped ones, but for those that it has itself.

    Raises what `read` raises, also for a file that is named after no country: nobody would read it.
    """
    folder = home / FOLDER
    for path in sorted(folder.glob("*.toml")):
        if path.stem != path.stem.lower() or path.stem.upper() not in countries.KNOWN:
            raise errors.BadRule(path, None, notice("not_named_after_country"))
    own = folder / f"{country.lower()}.toml"
    return shipped(country) | read(own) if own.exists() else shipped(country)


def read(*files: Path) -> Rules:
    """The rules of files: a rule that a later one names has the versions of that one alone.

    Raises `UnreadableFile` or `BadRule`, which names the file, the rule and the mistake.
    """
    found = Rules()
    for path in files:
        found |= Rules(_rules(path))
    return found


def _rules(path: Path) -> list[Rule]:
    try:
        file = msgspec.convert(toml.read(path), _File)
    except msgspec.ValidationError as error:
        raise errors.BadRule(path, None, toml.invalid(str(error))) from None
    if not isinstance(file.rule, list) or not file.rule:
        raise errors.BadRule(path, None, notice("no_rules"))
    found = [_rule(path, number, each) for number, each in enumerate(file.rule, 1)]
    for (name, day), count in Counter((each.name, each.valid_from) for each in found).items():
        if count > 1:
            raise errors.BadRule(path, name, notice("version_twice", day=day, count=count))
    return found


def _rule(path: Path, number: int, raw: object) -> Rule:
    if not isinstance(raw, dict):
        raise errors.BadRule(path, f"#{number}", notice("not_a_table", key="[[rule]]"))
    label = str(raw.get("name") or f"#{number}")
    try:
        version = msgspec.convert(raw, _Version, builtin_types=(date, datetime, time))
    except msgspec.ValidationError as error:
        raise errors.BadRule(path, label, toml.invalid(str(error))) from None
    for why in _mistakes(version):
        raise errors.BadRule(path, label, why)
    return Rule(version.name, version.length, cast(Unit, version.unit), version.valid_from)


def _mistakes(version: _Version) -> Iterator[Notice]:
    """The rules beyond the types."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", version.name):
        yield notice("bad_rule_name")
    longest = LONGEST.get(version.unit)
    if longest is None:
        yield notice("not_a_unit", value=version.unit, known=[*LONGEST])
    elif not 0 <= version.length <= longest:
        yield notice("length_out_of_range", length=version.length, unit=version.unit, most=longest)
