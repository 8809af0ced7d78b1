"""Another plan, or other texts: their effect on the coming days, and how they are put in place."""

import dataclasses
import datetime
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import msgspec

from policies import database, dates, plan, whole
from policies.notices import of_system
from policies.plan import Plan
from servicing.breaker import forecast
from servicing.core import errors
from servicing.messages import templates, text_files
from servicing.messages.templates import Composer, Text
from servicing.operations.workspace import Workspace
from servicing.projections import compare, queries, simulate
from servicing.projections.compare import Difference
from servicing.schedule.materialize import Walker


def with_plan(space: Workspace, file: Path, now: datetime.datetime) -> Difference:
    """The effect of the plan in `file`; raises `BadPlan` where it, or a text it sends, is wrong."""
    return against(space, proposed(space, file, None), now)


def with_templates(space: Workspace, folder: Path, now: datetime.datetime) -> Difference:
    """The effect of the texts in `folder`.

    Raises `BadPlan` where one is wrong, or its provider would not carry it.
    """
    return against(space, proposed(space, None, folder), now)


def proposed(space: Workspace, file: Path | None, folder: Path | None) -> Walker:
    """A walker by the plan in `file` and the texts in `folder`, where they are given.

    Raises `BadPlan` where the plan or a text is wrong, or its provider would not carry it.
    """
    chosen, named = plan.load(file) if file else space.plan, file or folder or space.home
    composer = space.composer_for(lambda: chosen, folder) if file or folder else space.composer
    space.check(chosen, composer, named)
    space.check_ways_out(chosen, composer, named)
    return dataclasses.replace(space.walker(), plan=chosen, composer=composer)


# -------------------------------------------------------------------- a large book, only counted

LARGE = 20_000
"""Policies above which nobody who waits before a page has the time for a whole projection."""

SEARCHED = 3_000_000
"""Policies times days in which what falls due is counted while somebody waits."""


@dataclass(frozen=True)
class TouchpointCount:
    """How many of a touchpoint fall due as things stand, and with the change."""

    touchpoint: str
    before: int
    after: int


@dataclass(frozen=True)
class Counts:
    """What falls due on some of the coming days."""

    first: datetime.date
    last: datetime.date
    days: int
    """On how many of them it was counted, evenly spread."""
    rows: list[TouchpointCount]


def is_large() -> bool:
    """Whether a page only counts what falls due, instead of projecting it."""
    return queries.policies() > LARGE


def counted(space: Workspace, after: Walker, now: datetime.datetime) -> Counts:
    """What falls due in the coming days of each touchpoint that another plan has otherwise.

    Of a very large book some of the days are counted.
    """
    first, last = simulate.span(space.today(now))
    days = spread(first, last, SEARCHED // max(queries.policies(), 1))
    sides: list[Counter[str]] = []
    with database.explained(), database.snapshot():
        for each in (_without(space.plan, after.plan), _without(after.plan, space.plan)):
            total: Counter[str] = Counter()
            for day in days:
                total.update(forecast.count(each, space.calendar, day, day)[day])
            sides.append(total)
    before, then = sides
    touchpoints = [*space.plan.touchpoints, *after.plan.touchpoints]
    keys = dict.fromkeys(each.id for each in touchpoints)  # in the order of the plan
    rows = [TouchpointCount(key, before[key], then[key]) for key in keys]
    return Counts(first, last, len(days), [each for each in rows if each.before or each.after])


def _without(one: Plan, other: Plan) -> Plan:
    """A plan without the touchpoints that another one has just so: they fall due as they did."""
    own = tuple(each for each in one.touchpoints if other.touchpoint(each.id) != each)
    return msgspec.structs.replace(one, touchpoints=own)


def spread(first: datetime.date, last: datetime.date, most: int) -> list[datetime.date]:
    """At most so many of the days from `first` to `last`, but one at least, evenly spread."""
    days = list(dates.days_between(first, last))
    return days[:: -(-len(days) // max(min(most, len(days)), 1))]


@dataclass(frozen=True)
class ChangedText:
    """A text that is not the same with the change, as it is written to nobody."""

    name: str
    """Language, template and channel."""
    before: Text | None
    """None: there is none yet."""
    after: Text


def changed_texts(space: Workspace, after: Walker) -> list[ChangedText]:
    """The texts of a plan that read otherwise, in each language; raises `BadTemplate`."""
    found = []
    for template in sorted(after.plan.templates()):
        for channel in text_files.CHANNELS:
            was = {each.locale: each for each in _samples(space.composer, template, channel)}
            for text in after.composer.samples(template, channel):
                old = was.get(text.locale)
                if old is None or (old.subject, old.body) != (text.subject, text.body):
                    name = text_files.name_of(text.locale, template, channel)
                    found.append(ChangedText(name, old, text))
    return found


def _samples(composer: Composer, template: str, channel: str) -> list[Text]:
    """The texts as they stand; none of a template that there is not yet."""
    try:
        return list(composer.samples(template, channel))
    except errors.BadTemplate:
        return []


def against(space: Workspace, after: Walker, now: datetime.datetime) -> Difference:
    """What another walker would do otherwise in the coming days."""
    first, last = simulate.span(space.today(now))
    price = space.settings.channels.sms.price_per_part
    return compare.of_walkers(space.walker(), after, first, last, price)


def use_plan(space: Workspace, file: Path) -> Path:
    """Put the plan in the place of the workspace's; the old one is kept, by its digest.

    Answers with where it is. Raises `UnwritableFile`.
    """
    name = space.settings.servicing.plan
    own = space.home / "plans" / f"{name}.toml"
    _put(own, file.read_bytes(), own.parent / "past" / f"{name}@{space.plan.digest}.toml")
    return own


def use_templates(space: Workspace, folder: Path) -> int:
    """Put the texts of a folder into the workspace; those they replace are kept, by their edition.

    Answers with how many. Raises `UnwritableFile`.
    """
    own = space.home / "templates" / "messages"
    texts = sorted(each for each in folder.glob("*/*.txt") if each.is_file())
    for text in texts:
        target, content = own / text.relative_to(folder), text.read_bytes()
        if not target.exists() or target.read_bytes() != content:
            _put(target, content, own.parent / "past" / text.parent.name / _past_name(target))
    return len(texts)


def _past_name(path: Path) -> str:
    """The name that the text which stands there gets once it is replaced."""
    edition = templates.edition(path.read_text("utf-8")) if path.exists() else ""
    return f"{path.name}@{edition}"


def _put(path: Path, content: bytes, past: Path) -> None:
    """Write a file whole or not at all; what stood there is kept at `past`. Raises `UnwritableFile`."""
    try:
        if path.exists():
            whole.folder(past.parent)
            with whole.drafted(past) as draft:
                draft.write_bytes(path.read_bytes())
        whole.folder(path.parent)
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None
    with whole.written(path) as draft:
        draft.write_bytes(content)
