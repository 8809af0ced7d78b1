"""The service plan as people read it: the service manual (标准化服务手册)."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.plan import Plan, Step, Texts, Touchpoint, text

ANCHORS: dict[str, Texts] = {
    "issue": {"zh_CN": "签单", "en": "issue"},
    "delivered": {"zh_CN": "送达", "en": "delivery"},
    "birthday": {"zh_CN": "生日", "en": "birthday"},
    "premium_due": {"zh_CN": "应缴日", "en": "premium due"},
}
KINDS: dict[str, Texts] = {
    "first-year": {"zh_CN": "首年服务（考核）", "en": "first-year (assessed)"},
    "basic": {"zh_CN": "基础服务（抽查）", "en": "basic (spot-checked)"},
    "value-added": {"zh_CN": "增值服务（倡导）", "en": "value-added (encouraged)"},
}
OWNERS: dict[str, Texts] = {
    "message": {"zh_CN": "消息", "en": "message"},
    "task": {"zh_CN": "任务", "en": "task"},
    "both": {"zh_CN": "消息+任务", "en": "message + task"},
}
CLASSES: dict[str, Texts] = {
    "service": {"zh_CN": "服务", "en": "service"},
    "marketing": {"zh_CN": "营销", "en": "marketing"},
}
SCOPES: dict[str, Texts] = {
    "policy": {"zh_CN": "每张保单", "en": "per policy"},
    "client": {"zh_CN": "每位客户", "en": "per client"},
}


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
            kind=text(KINDS[each.kind], locale),
            owner=owner(each, locale),
            message_class=text(CLASSES[each.message_class], locale),
            scope=text(SCOPES[each.scope], locale),
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
        return text(OWNERS[owners[0]], locale)
    first_task = next(step for step in touchpoint.due if touchpoint.has_task(step))
    since = _offset(first_task, locale)
    if locale.startswith("zh"):
        return f"消息；{since}起另有任务"
    return f"message; from {since} a task, too"


def when(touchpoint: Touchpoint, locale: str) -> str:
    """When it falls due, in words."""
    anchor = text(ANCHORS[touchpoint.anchor], locale)
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
        return words + (f"起每{step.every_months}个月" if step.every_months else "")
    words = f"{'+' if number >= 0 else '-'}{abs(number)} {unit}{'' if abs(number) == 1 else 's'}"
    every = {None: "", 1: ", then monthly", 3: ", then quarterly", 6: ", then half-yearly"}
    return words + every.get(step.every_months, f", then every {step.every_months} months")
