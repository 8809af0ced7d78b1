"""The service plan: the touchpoints a policy is owed, read from TOML, checked, frozen (domain.md §3.3).

A plan is the company's file. Whatever it says wrongly is refused with the file, the touchpoint and
the sentence; nothing is guessed.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from policies import attention, counting, errors, fatigue, file_names, occasions, satisfaction, toml
from policies.dates import Window
from policies.desks import Desk
from policies.fatigue import Spared
from policies.notices import Invalid, Notice, notice

Anchor = Literal[
    "issue",
    "delivered",
    "birthday",
    "premium_due",
    "handover",
    "suspended",
    "ended",
    "case_closed",
    "task_done",
    "festival",
    "relation_birthday",
    "client_event",
]
EventDay = Literal["", "coming", "attended", "called_off"]
"""What a client event is to a client on the day that is counted from (domain.md §20.5)."""

Condition = Literal["open_complaint", "bereaved", "other_policy"]
"""Where one of them holds, a touchpoint that names it is not owed (domain.md §4.18)."""

Held = Condition | Spared
"""What a touchpoint may not be owed for: what its plan names, and whom a survey spares (§16.6)."""

Kind = Literal["first-year", "basic", "value-added"]
MessageClass = Literal["service", "marketing"]
Scope = Literal["policy", "client"]
Owner = Literal["message", "task", "both"]
Texts = dict[str, str]
"""One text in several locales: `{"zh_CN": ..., "en": ...}`."""

SCOPES: dict[Anchor, Scope] = {
    "birthday": "client",
    "premium_due": "policy",
    "handover": "client",
    "suspended": "policy",
    "ended": "policy",
    "case_closed": "client",
    "festival": "client",
    "relation_birthday": "client",
    "client_event": "client",
}
"""Anchors that leave no choice."""

AFTER_THE_END = frozenset[Anchor](["ended"])
"""Anchors whose touchpoints are owed because the policy has ended."""

ASKED_OF: dict[Condition, Anchor] = {"other_policy": "ended"}
"""Conditions that are asked only of what is counted from such a date."""

MAY_BE_BEFORE = frozenset[Anchor](["premium_due", "festival", "relation_birthday"])
"""Anchors of days that are known before they come."""

MAX_MONTHS = 1200
"""A touchpoint recurs for at most a hundred years."""

MAX_DAYS = 3660
"""Ten years: an offset in days beyond it is a slip of the pen."""

SHIPPED = Path(__file__).parent / "plans"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When, counted from the anchor: so many days or months, perhaps again and again."""

    days: int | None = None
    months: int | None = None
    every_months: int | None = None
    until_months: int = MAX_MONTHS
    owner: Owner | None = None
    """Overrides the touchpoint's owner for this step."""
    template: str | None = None
    """Overrides the touchpoint's template for this step."""

    def month_counts(self) -> range:
        """The numbers of months after the anchor at which this step falls due; empty for days."""
        if self.months is None:
            return range(0)
        if self.every_months is None:
            return range(self.months, self.months + 1)
        return range(self.months, self.until_months + 1, self.every_months)


class Touchpoint(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    rename={"message_class": "class"},
):
    """One thing owed at one time: a message, a task, or both."""

    id: str
    title: Texts
    anchor: Anchor = "issue"
    case: str = ""
    """Of what kind the case is that it is counted from, once closed."""
    outcome: str | tuple[str, ...] = ()
    """The ends of such a case that are meant; none: all of them."""
    task: str = ""
    """The touchpoint whose task it is counted from, once done."""
    festival: str = ""
    """The festival that it is counted from, by its id in `policies.festivals`."""
    event: EventDay = ""
    """Which day of a client event it is counted from."""
    due: tuple[Step, ...]
    kind: Kind
    message_class: MessageClass = "service"
    scope: Scope = "policy"
    owner: Owner
    template: str | None = None
    invitation: str | None = None
    """The template in its place while there is a client event to invite to (domain.md §20.7)."""
    message_window_days: int = 7
    """A late message still goes out up to this many days after its day (domain.md §4.6)."""
    task_window_days: int = 30
    """A late task is still worth doing up to this many days after its day (domain.md §4.6)."""
    task_working_days: int = 0
    """So many working days a task is worth doing, its first one counted; 0: the window counts."""
    desk: Desk | None = None
    """Whose its tasks are; None: the agent's of their policy (domain.md §4.19)."""
    level: bool = False
    """Its tasks are spread over their window, by the capacity of each agent in a day."""
    send_window: str = "09:00-20:00"
    """Time of day in the client's zone (domain.md §6.5)."""
    festive: bool | None = None
    """Whether a family in mourning is spared it; None: a greeting and marketing are (domain.md §4.16)."""
    soliciting: bool | None = None
    """Whether a client who complains is spared it; None: greeting and marketing are (domain.md §12.6)."""
    greeting: bool | None = None
    """Whether it counts against the caps of greetings; None: by its anchor (domain.md §17.6)."""
    unless: Condition | tuple[Condition, ...] = ()
    """Where one of these holds it is not owed."""
    survey: satisfaction.Name | None = None
    """What its message asks, answered by a digit or a link; None: it asks nothing (domain.md §16.5)."""
    free_look_days: int | None = None
    """Of a survey: so long after a receipt the client is not asked."""
    tiers: tuple[str, ...] = ()
    """Only clients of these tiers are owed it; none: all are (domain.md §18.6)."""
    purpose: Texts = {}
    action: Texts = {}
    tool: Texts = {}
    script: Texts = {}

    @property
    def is_festive(self) -> bool:
        """Whether a family in mourning is spared it: as the plan says, else a greeting or marketing."""
        if self.festive is not None and not self.survey:
            return self.festive
        return self.is_greeting or self.message_class == "marketing" or self.survey is not None

    @property
    def is_greeting(self) -> bool:
        """Whether it greets: as the plan says, else by its anchor, a birthday or a festival."""
        return occasions.greets(self.anchor) if self.greeting is None else self.greeting

    @property
    def is_soliciting(self) -> bool:
        """Whether it sells, asks or greets: as the plan says, else all of these do, and a survey."""
        if self.soliciting is not None and not self.survey:
            return self.soliciting
        return self.is_greeting or self.message_class == "marketing" or self.survey is not None

    @property
    def conditions(self) -> tuple[Held, ...]:
        """Where one of these holds it is not owed."""
        named = (self.unless,) if isinstance(self.unless, str) else self.unless
        return named + fatigue.spared(self.survey, self.case)

    @property
    def free_look(self) -> int:
        """Of a survey: so many days after a receipt the client is not asked."""
        return fatigue.FREE_LOOK_DAYS if self.free_look_days is None else self.free_look_days

    @property
    def happenings(self) -> tuple[str, ...]:
        """By which names that happens which it is counted from; an empty one: it is a date."""
        if self.anchor in occasions.EVERY_YEAR:
            return occasions.names(self.anchor, self.festival)
        return counting.names(self.case, self.outcomes, self.task, self.event)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The ends of a case that are meant; none: all of them."""
        return (self.outcome,) if isinstance(self.outcome, str) else self.outcome

    @property
    def outlives_policy(self) -> bool:
        """Whether it is owed after the end of its policy (domain.md §4.17)."""
        return self.anchor in AFTER_THE_END

    def owner_of(self, step: Step) -> Owner:
        """Who acts at this step: a message, an agent's task, or both."""
        return step.owner or self.owner

    def has_message(self, step: Step) -> bool:
        """Whether the client is written to at this step."""
        return self.owner_of(step) != "task"

    def has_task(self, step: Step) -> bool:
        """Whether somebody has something to do at this step: the agent, or a desk."""
        return self.owner_of(step) != "message"

    def is_of_agent(self, step: Step) -> bool:
        """Whether the agent has something to do at this step."""
        return self.desk is None and self.has_task(step)

    def dated(self, step: Step) -> str:
        """All that the day of a step and the name of its occurrence depend on."""
        counted = f"{step.days}d {step.months}m every {step.every_months} until {step.until_months}"
        is_alone, acts = len(self.due) == 1, self.owner_of(step)
        of = "".join(f" {each}" for each in self.happenings if each)
        return f"{self.id} {self.anchor} {self.scope} {counted} {acts} alone {is_alone}{of}"

    def template_of(self, step: Step) -> str:
        """The template's key; a checked plan always has one where there is a message."""
        return step.template or self.template or ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A plan file as it stands there; its touchpoints are read one by one, so that each has a name."""

    name: str = ""
    title: Texts = {}
    defaults: Any = {}
    touchpoint: Any = []


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A checked service plan."""

    name: str
    title: Texts
    touchpoints: tuple[Touchpoint, ...]
    digest: str
    """Twelve hex digits that change whenever the file does; every walk records them."""

    def __hash__(self) -> int:
        return hash((self.name, self.digest))

    @property
    def anchors(self) -> frozenset[Anchor]:
        """The dates that something of it is counted from."""
        return frozenset(each.anchor for each in self.touchpoints)

    @property
    def edition(self) -> str:
        """The name by which a walked day remembers its plan: edited, it has another one."""
        return f"{self.name}@{self.digest}"

    def steps(self) -> frozenset[str]:
        """What can fall due, and when: the same in each edition that has not changed its dates."""
        return frozenset(
            touchpoint.dated(step) for touchpoint in self.touchpoints for step in touchpoint.due
        )

    def touchpoint(self, key: str) -> Touchpoint | None:
        """The touchpoint of that id, if the plan (still) has it."""
        return next((each for each in self.touchpoints if each.id == key), None)

    def templates(self) -> list[str]:
        """Every template key that some step may send, in plan order, each once."""
        keys = (
            touchpoint.template_of(step)
            for touchpoint in self.touchpoints
            for step in touchpoint.due
            if touchpoint.has_message(step)
        )
        return list(dict.fromkeys(keys))


def text(texts: Texts, locale: str) -> str:
    """The text for a locale; the same language next, then whatever there is."""
    if locale in texts:
        return texts[locale]
    language = locale.split("_")[0]
    for other, value in texts.items():
        if other.split("_")[0] == language:
            return value
    return next(iter(texts.values()), "")


def find(name: str, home: Path) -> Path:
    """Where the plan called `name` is: the workspace's own first, then the shipped ones."""
    own = home / "plans" / f"{name}.toml"
    return own if own.exists() else SHIPPED / f"{name}.toml"


def load(path: Path) -> Plan:
    """Read and check a plan file.

    Raises `UnreadableFile` or `BadPlan`, which names the file, the touchpoint and the mistake.
    """
    try:
        file = msgspec.convert(toml.read(path), _File)
    except msgspec.ValidationError as error:
        raise errors.BadPlan(path, None, toml.invalid(str(error))) from None
    if not isinstance(file.touchpoint, list) or not file.touchpoint:
        raise errors.BadPlan(path, None, notice("no_touchpoints"))
    if not isinstance(file.defaults, dict):
        raise errors.BadPlan(path, None, notice("not_a_table", key="[defaults]"))
    touchpoints = tuple(
        _touchpoint(path, number, file.defaults, each)
        for number, each in enumerate(file.touchpoint, 1)
    )
    for key, count in Counter(each.id for each in touchpoints).items():
        if count > 1:
            raise errors.BadPlan(path, key, notice("id_twice", count=count))
    for key, why in counting.chain_mistakes(map(_counted, touchpoints)):
        raise errors.BadPlan(path, key, why)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return Plan(
        name=file.name or path.stem, title=file.title, touchpoints=touchpoints, digest=digest
    )


def _touchpoint(path: Path, number: int, defaults: dict[str, Any], raw: object) -> Touchpoint:
    label = str(raw.get("id", f"#{number}")) if isinstance(raw, dict) else f"#{number}"
    if not isinstance(raw, dict):
        raise errors.BadPlan(path, label, notice("not_a_table", key="[[touchpoint]]"))
    try:
        touchpoint = msgspec.convert({**defaults, **raw}, Touchpoint)
    except msgspec.ValidationError as error:
        raise errors.BadPlan(path, label, toml.invalid(str(error))) from None
    for why in mistakes(touchpoint):
        raise errors.BadPlan(path, label, why)
    return touchpoint


def _counted(touchpoint: Touchpoint) -> counting.Counted:
    has_task = any(touchpoint.has_task(step) for step in touchpoint.due)
    return counting.Counted(touchpoint.id, touchpoint.scope, has_task, touchpoint.task)


def mistakes(touchpoint: Touchpoint) -> Iterator[Notice]:
    """The rules beyond the types."""
    if not touchpoint.id.isidentifier():
        yield notice("bad_id")
    elif not file_names.is_plain(touchpoint.id):  # a message of the outbox has it in its name
        yield notice("id_too_long", most=file_names.LONGEST)
    if not touchpoint.title:
        yield notice("no_title")
    if not touchpoint.due:
        yield notice("no_steps")
    if touchpoint.message_window_days < 0 or touchpoint.task_window_days < 0:
        yield notice("negative_window")
    needed = SCOPES.get(touchpoint.anchor, touchpoint.scope)
    if touchpoint.scope != needed:
        yield notice("wrong_scope", anchor=touchpoint.anchor, scope=needed)
    given = {"case": touchpoint.case, "outcome": touchpoint.outcome, "task": touchpoint.task}
    given["event"] = touchpoint.event
    yield from counting.key_mistakes(touchpoint.anchor, {key for key in given if given[key]})
    greets = touchpoint.is_greeting
    yield from occasions.mistakes(touchpoint.anchor, touchpoint.festival, is_greeting=greets)
    yield from _condition_mistakes(touchpoint)
    yield from attention.mistakes(touchpoint.anchor, touchpoint.tiers)
    yield from _task_mistakes(touchpoint)
    yield from fatigue.mistakes(
        touchpoint.survey,
        touchpoint.anchor,
        touchpoint.free_look_days,
        writes=all(touchpoint.has_message(step) for step in touchpoint.due),
        has_task=any(touchpoint.has_task(step) for step in touchpoint.due),
    )
    try:
        Window.parse(touchpoint.send_window)
    except Invalid as error:
        yield notice("at_key", key="send_window", why=error.notice)
    for step in touchpoint.due:
        yield from _step_mistakes(touchpoint, step)
    yield from _overlaps(touchpoint)


def _task_mistakes(touchpoint: Touchpoint) -> Iterator[Notice]:
    has_tasks = any(touchpoint.has_task(step) for step in touchpoint.due)
    if touchpoint.level and not has_tasks:
        yield notice("no_tasks_to_level")
    if touchpoint.task_working_days < 0:
        yield notice("no_working_days")
    if touchpoint.desk and not has_tasks:
        yield notice("no_tasks_for_desk", name=touchpoint.desk)
    elif touchpoint.desk and touchpoint.level:
        yield notice("desk_is_not_levelled", name=touchpoint.desk)


def _condition_mistakes(touchpoint: Touchpoint) -> Iterator[Notice]:
    named = (touchpoint.unless,) if isinstance(touchpoint.unless, str) else touchpoint.unless
    for condition in named:
        anchor = ASKED_OF.get(condition, touchpoint.anchor)
        if touchpoint.anchor != anchor:
            yield notice("condition_of_anchor", condition=condition, anchor=anchor)


def _overlaps(touchpoint: Touchpoint) -> Iterator[Notice]:
    """Two steps of one touchpoint at the same offset would be one and the same occurrence."""
    days = [step.days for step in touchpoint.due if step.days is not None]
    months = [number for step in touchpoint.due for number in step.month_counts()]
    for unit, offsets in (("days", days), ("months", months)):
        if twice := [offset for offset, times in Counter(offsets).items() if times > 1]:
            yield notice("step_twice", unit=unit, offset=min(twice))


def _step_mistakes(touchpoint: Touchpoint, step: Step) -> Iterator[Notice]:
    if (step.days is None) == (step.months is None):
        yield notice("days_or_months")
        return
    offset = step.months if step.months is not None else step.days or 0
    limit, unit = (MAX_MONTHS, "months") if step.months is not None else (MAX_DAYS, "days")
    if offset < 0 and touchpoint.anchor not in MAY_BE_BEFORE and touchpoint.event != "coming":
        yield notice("before_anchor", unit=unit, offset=offset, anchor=touchpoint.anchor)
    elif offset == 0 and touchpoint.anchor == "handover":
        yield notice("on_day_of_handover")
    if abs(offset) > limit:
        yield notice("out_of_range", key=unit, value=offset, limit=limit)
    if touchpoint.has_message(step):
        yield from _template_mistakes(touchpoint.template_of(step))
        yield from _template_mistakes(touchpoint.invitation or touchpoint.template_of(step))
    if touchpoint.anchor in occasions.EVERY_YEAR and step.days is None:
        yield notice("comes_every_year", anchor=touchpoint.anchor)
    yield from _recurrence_mistakes(touchpoint, step)


def _template_mistakes(template: str) -> Iterator[Notice]:
    if not template:
        yield notice("no_template")
    elif not file_names.is_plain(template):
        yield notice("at_key", key="template", why=notice("not_a_file_name", name=template))


def _recurrence_mistakes(touchpoint: Touchpoint, step: Step) -> Iterator[Notice]:
    if step.every_months is None:
        return
    if step.months is None:
        yield notice("recurs_by_months")
    elif step.every_months < 1:
        yield notice("recurs_too_often", every=step.every_months)
    elif step.until_months < step.months:
        yield notice("ends_before_start", until=step.until_months, months=step.months)
    if step.until_months > MAX_MONTHS:
        yield notice("out_of_range", key="until_months", value=step.until_months, limit=MAX_MONTHS)
    if touchpoint.anchor == "premium_due":
        yield notice("premiums_recur")
    if touchpoint.anchor == "handover":
        yield notice("handover_recurs")
    if touchpoint.anchor in counting.KEYS:
        yield notice("happening_recurs", anchor=touchpoint.anchor)
    if touchpoint.anchor == "birthday" and step.every_months % 12:
        yield notice("birthday_recurs")
