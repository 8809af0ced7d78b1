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
    send_window: str
    message_window_days: int
    task_window_days: int


def entries(plan: Plan, locale: str) -> Iterator[ManualEntry]:
    """The manual, touchpoint by touchpoint."""
    for each in plan.touchpoints:
        yield ManualEntry(
            touchpoint=each.id,
            title=text(each.title, locale),
            when=when(each, locale),
            kind=i18n.say("kind", each.kind, locale),
            owner=owner(each, locale),
            message_class=i18n.say("class", each.message_class, locale),
            scope=i18n.say("scope", each.scope, locale),
            purpose=text(each.purpose, locale),
            action=text(each.action, locale),
            tool=text(each.tool, locale),
            script=text(each.script, locale),
            send_window=each.send_window,
            message_window_days=each.message_window_days,
            task_window_days=each.task_window_days,
        )


def owner(touchpoint: Touchpoint, locale: str) -> str:
    """Who acts; where steps differ, from which step on it is the agent's task, too."""
    owners = [touchpoint.owner_of(step) for step in touchpoint.due]
    if len(set(owners)) == 1:
        return i18n.say("owner", owners[0], locale)
    if owners[0] != "message":
        steps = zip(touchpoint.due, owners, strict=True)
        told = [
            f"{_offset(step, locale)}: {i18n.say('owner', each, locale)}" for step, each in steps
        ]
        return ", ".join(told)
    first_task = next(step for step in touchpoint.due if touchpoint.has_task(step))
    since = _offset(first_task, locale)
    if locale.startswith("zh"):
        return f"消息；{since}起另有任务"
    return f"message; from {since} a task, too"


def when(touchpoint: Touchpoint, locale: str) -> str:
    """When it falls due, in words."""
    anchor = i18n.say("anchor", touchpoint.anchor, locale)
    if touchpoint.anchor == "birthday":
        return anchor
    steps = "、" if locale.startswith("zh") else ", "
    offsets = steps.join(_offset(step, locale) for step in touchpoint.due)
    return f"{anchor}{offsets}" if locale.startswith("zh") else f"{anchor} {offsets}"


def _offset(step: Step, locale: str) -> str:
    number, unit = (step.days, "day") if step.days is not None else (step.months or 0, "month")
    if locale.startswith("zh"):
        words = "当日" if number == 0 else f"{'后' if number > 0 else '前'}{abs(number)}"
        words += "" if number == 0 else {"day": "天", "month": "个月"}[unit]
        return words + _EVERY_ZH.get(step.every_months, f"起每{step.every_months}个月")
    words = f"{'+' if number >= 0 else '-'}{abs(number)} {unit}{'' if abs(number) == 1 else 's'}"
    return words + _EVERY.get(step.every_months, f", then every {step.every_months} months")


_EVERY = {None: "", 1: ", then monthly", 3: ", then quarterly", 6: ", then half-yearly"}
_EVERY_ZH = {None: "", 1: "起每月", 3: "起每季", 6: "起每半年"}
