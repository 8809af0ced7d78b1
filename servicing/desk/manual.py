"""The service plan as people read it: the service manual (标准化服务手册)."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.plan import Plan, Step, Touchpoint, text
from servicing.core import i18n


@dataclass(frozen=True)
class ManualEntry:
    """One touchpoint of the manual, in one language."""

    touchpoint: str
    title: str
    when: str
    kind: str
    owner: str
    message_class: str
    scope: str
    purpose: str
    action: str
    tool: str
    script: str
    desk: str
    """Whose its tasks are; empty: the agent's."""
    unless: str
    """Where it is not owed; empty: always is."""
    send_window: str
    message_window_days: int
    task_window_days: int


def entries(plan: Plan, locale: str) -> Iterator[ManualEntry]:
    """The manual, touchpoint by touchpoint."""
    for each in plan.touchpoints:
        yield ManualEntry(
            touchpoint=each.id,
            title=text(each.title, locale),
            when=when(each, locale, plan),
            kind=i18n.say("kind", each.kind, locale),
            owner=owner(each, locale),
            message_class=i18n.say("class", each.message_class, locale),
            scope=i18n.say("scope", each.scope, locale),
            purpose=text(each.purpose, locale),
            action=text(each.action, locale),
            tool=text(each.tool, locale),
            script=text(each.script, locale),
            desk=i18n.say("desk", each.desk, locale) if each.desk else "",
            unless=i18n.listed([i18n.say("unless", it, locale) for it in each.conditions], locale),
            send_window=each.send_window,
            message_window_days=each.message_window_days,
            task_window_days=each.task_window_days,
        )


def offsets(touchpoint: Touchpoint, template: str, locale: str) -> str:
    """When a touchpoint sends a template, counted from its anchor, in words."""
    steps = [each for each in touchpoint.due if touchpoint.has_message(each)]
    sends = [each for each in steps if touchpoint.template_of(each) == template]
    return i18n.listed([_offset(each, locale) for each in sends], locale)


def owner(touchpoint: Touchpoint, locale: str) -> str:
    """Who acts; where steps differ, from which step on it is the agent's task, too."""
    owners = [touchpoint.owner_of(step) for step in touchpoint.due]
    if len(set(owners)) == 1:
        return i18n.say("owner", owners[0], locale)
    if owners[0] == "message":
        first_task = next(step for step in touchpoint.due if touchpoint.has_task(step))
        return _said("task_from", locale, since=_offset(first_task, locale))
    steps = zip(touchpoint.due, owners, strict=True)
    return i18n.listed([_step_owner(step, each, locale) for step, each in steps], locale)


def _step_owner(step: Step, owner: str, locale: str) -> str:
    acts = i18n.say("owner", owner, locale)
    return _said("step_owner", locale, offset=_offset(step, locale), owner=acts)


def when(touchpoint: Touchpoint, locale: str, plan: Plan | None = None) -> str:
    """When it falls due, in words; `plan`: that which has the touchpoint whose task it counts from."""
    anchor = i18n.say("anchor", touchpoint.anchor, locale)
    if of := _counted_of(touchpoint, locale, plan):
        anchor = i18n.say("counted", "of_what", locale, anchor=anchor, of=of)
    if touchpoint.anchor == "birthday":
        return anchor
    offsets = i18n.listed([_offset(step, locale) for step in touchpoint.due], locale)
    return _said("at_anchor", locale, anchor=anchor, offsets=offsets)


def _counted_of(touchpoint: Touchpoint, locale: str, plan: Plan | None) -> str:
    """Which kind of case, whose task, which festival or day of an event it is counted from."""
    if touchpoint.festival:
        return i18n.say("festival", touchpoint.festival, locale)
    if touchpoint.event:
        return i18n.say("counted_event", touchpoint.event, locale)
    if touchpoint.case:
        return i18n.say("counted_case", touchpoint.case, locale)
    of = plan.touchpoint(touchpoint.task) if plan else None
    return text(of.title, locale) if of else touchpoint.task


_OFTEN = {1: "monthly", 3: "quarterly", 6: "half_yearly"}
"""Recurrences, in months, that have a name."""


def _offset(step: Step, locale: str) -> str:
    """The days or months from the anchor, and how often it recurs from then on."""
    number, unit = (step.months or 0, "months") if step.days is None else (step.days, "days")
    side = "after" if number > 0 else "before"
    offset = _said(f"{unit}_{side}" if number else f"same_{unit}", locale, count=abs(number))
    if step.every_months is None:
        return offset
    often = _OFTEN.get(step.every_months, "every")
    return _said(often, locale, offset=offset, count=step.every_months)


def _said(key: str, locale: str, **facts: object) -> str:
    return i18n.say("manual", key, locale, **facts)
