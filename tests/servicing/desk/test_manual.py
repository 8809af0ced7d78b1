"""The service manual: the plan as agents read it."""

import pytest

from policies.plan import Step, Touchpoint
from servicing.desk import manual
from servicing.desk.manual import ManualEntry
from tests.servicing import owed

WHEN = [
    ("delivery", "承保后3天", "issue +3 days"),
    ("month_1", "承保后1个月", "issue +1 month"),
    ("month_10", "承保后10个月", "issue +10 months"),
    ("news", "承保后13个月起每月", "issue +13 months, then monthly"),
    ("event", "承保后15个月起每季", "issue +15 months, then quarterly"),
    ("visit", "承保后18个月起每半年", "issue +18 months, then half-yearly"),
    (
        *("renewal", "应缴日前30天、前7天、当日、后15天、后45天"),
        "premium due -30 days, -7 days, +0 days, +15 days, +45 days",
    ),
    ("birthday", "生日", "birthday"),
    ("introduction", "保单移交后1天", "handover +1 day"),
]


@pytest.mark.parametrize(("key", "chinese", "english"), WHEN)
def test_it_says_when_in_words(key: str, chinese: str, english: str) -> None:
    touchpoint = owed.touchpoint(key)
    assert manual.when(touchpoint, "zh_CN") == chinese
    assert manual.when(touchpoint, "en") == english


OWNERS = [
    ("delivery", "消息+任务", "message + task"),
    ("news", "消息", "message"),
    ("visit", "任务", "task"),
    ("renewal", "消息；后15天起另有任务", "message; from +15 days a task, too"),
]


@pytest.mark.parametrize(("key", "chinese", "english"), OWNERS)
def test_it_says_who_acts(key: str, chinese: str, english: str) -> None:
    touchpoint = owed.touchpoint(key)
    assert manual.owner(touchpoint, "zh_CN") == chinese
    assert manual.owner(touchpoint, "en") == english


def of_steps(*steps: Step) -> Touchpoint:
    return Touchpoint(
        id="ours", title={"en": "Ours"}, due=steps, kind="basic", owner="task", template="ours"
    )


STEPS = [
    (Step(days=0), "承保当日", "issue +0 days"),
    (Step(days=1), "承保后1天", "issue +1 day"),
    (
        Step(months=0, every_months=12),
        "承保当日起每12个月",
        "issue +0 months, then every 12 months",
    ),
    (
        Step(months=24, every_months=2),
        "承保后24个月起每2个月",
        "issue +24 months, then every 2 months",
    ),
]


@pytest.mark.parametrize(("step", "chinese", "english"), STEPS)
def test_a_plan_of_our_own_is_put_in_words_too(step: Step, chinese: str, english: str) -> None:
    assert manual.when(of_steps(step), "zh_CN") == chinese
    assert manual.when(of_steps(step), "en") == english


def test_who_acts_where_the_task_comes_first() -> None:
    mixed = of_steps(Step(days=1), Step(days=9, owner="message"))
    assert manual.owner(mixed, "en") != manual.owner(of_steps(Step(days=1, owner="message")), "en")
    assert "from +1 day a task" not in manual.owner(mixed, "en"), "the first step is a task alone"


def test_it_has_every_touchpoint_of_the_domain_in_order() -> None:
    keys = [entry.touchpoint for entry in manual.entries(owed.STANDARD, "zh_CN")]
    assert keys == [
        *("delivery", "month_1", "month_4", "month_7", "month_10"),
        *("news", "event", "visit", "renewal", "birthday", "introduction"),
    ]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_touchpoint_says_its_purpose_action_tool_and_script(locale: str) -> None:
    for entry in manual.entries(owed.STANDARD, locale):
        assert all([entry.title, entry.purpose, entry.action, entry.tool, entry.script])


def test_its_two_languages_are_kept_apart() -> None:
    for entry in manual.entries(owed.STANDARD, "en"):
        assert vars(entry).items() and "".join(map(str, vars(entry).values())).isascii(), entry


KINDS = [
    ("month_10", "首年服务（考核）", "服务", "每张保单", 7, 30),
    ("news", "基础服务（抽查）", "营销", "每位客户", 7, 30),
    ("visit", "增值服务（倡导）", "服务", "每位客户", 7, 30),
    ("renewal", "基础服务（抽查）", "服务", "每张保单", 5, 30),
    ("birthday", "基础服务（抽查）", "服务", "每位客户", 1, 30),
    ("introduction", "基础服务（抽查）", "服务", "每位客户", 30, 30),
]


@pytest.mark.parametrize(("key", "kind", "of_class", "scope", "message_days", "task_days"), KINDS)
def test_it_says_how_each_is_managed(
    key: str, kind: str, of_class: str, scope: str, message_days: int, task_days: int
) -> None:
    found: dict[str, ManualEntry] = {
        entry.touchpoint: entry for entry in manual.entries(owed.STANDARD, "zh_CN")
    }
    entry = found[key]
    assert (entry.kind, entry.message_class, entry.scope) == (kind, of_class, scope)
    assert (entry.message_window_days, entry.task_window_days) == (message_days, task_days)
    assert entry.send_window == "09:00-20:00"
