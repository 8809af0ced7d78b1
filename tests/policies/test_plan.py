"""The standard plan is the one of the manual, and a plan with a mistake is refused in a sentence."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies import errors, plan
from policies.plan import Plan, Step
from servicing.core.settings import General, Settings
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import english, refuses

GOOD = """
name = "ours"
[[touchpoint]]
id = "month_1"
title = { zh_CN = "首月关怀", en = "First care call" }
due = [{ months = 1 }]
kind = "first-year"
owner = "both"
template = "month_1"
"""


@pytest.fixture(scope="module")
def standard() -> Plan:
    return plan.load(cast.STANDARD)


def write(folder: Path, text: str) -> Path:
    path = folder / "ours.toml"
    path.write_text(text, "utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    """The sentence with which a plan file of this text is refused, the file's name before it."""
    with pytest.raises(errors.ServicingError) as refusal:
        plan.load(write(folder, text))
    file, _, sentence = english(refusal.value).partition(": ")
    assert file == str(folder / "ours.toml")
    return sentence


# --- The standard plan --------------------------------------------------------------------------


def months(*counts: int, every: int | None = None) -> tuple[Step, ...]:
    return tuple(Step(months=count, every_months=every) for count in counts)


@pytest.mark.parametrize(
    ("key", "due", "owner", "kind", "message_class", "scope"),
    [
        ("delivery", (Step(days=3),), "both", "first-year", "service", "policy"),
        ("month_1", months(1), "both", "first-year", "service", "policy"),
        ("month_4", months(4), "both", "first-year", "service", "policy"),
        ("month_7", months(7), "both", "first-year", "service", "policy"),
        ("month_10", months(10), "both", "first-year", "service", "policy"),
        ("news", months(13, every=1), "message", "basic", "marketing", "client"),
        ("event", months(15, every=3), "message", "value-added", "marketing", "client"),
        ("visit", months(18, every=6), "task", "value-added", "service", "client"),
        ("birthday", months(0, every=12), "message", "basic", "service", "client"),
    ],
)
def test_the_standard_plan_is_the_one_of_the_manual(
    standard: Plan,
    key: str,
    due: tuple[Step, ...],
    owner: str,
    kind: str,
    message_class: str,
    scope: str,
) -> None:
    touchpoint = standard.touchpoint(key)
    assert touchpoint
    assert touchpoint.due == due
    assert (touchpoint.owner, touchpoint.kind) == (owner, kind)
    assert (touchpoint.message_class, touchpoint.scope) == (message_class, scope)
    assert touchpoint.anchor == ("birthday" if key == "birthday" else "issue")


def test_renewal_reminders_stand_around_the_premium_and_become_a_call_in_grace(
    standard: Plan,
) -> None:
    renewal = standard.touchpoint("renewal")
    assert renewal
    assert (renewal.anchor, renewal.scope, renewal.message_class) == (
        *("premium_due", "policy", "service"),
    )
    assert [step.days for step in renewal.due] == [-30, -7, 0, 15, 45]
    assert [renewal.has_task(step) for step in renewal.due] == [False, False, False, True, True]
    assert all(renewal.has_message(step) for step in renewal.due)


def test_the_standard_plan_has_these_eleven_touchpoints_and_no_other(standard: Plan) -> None:
    assert {each.id for each in standard.touchpoints} == {
        *("delivery", "month_1", "month_4", "month_7", "month_10"),
        *("news", "event", "visit", "renewal", "birthday", "introduction"),
    }


def test_the_standard_plan_is_a_service_manual_in_both_languages(standard: Plan) -> None:
    for each in standard.touchpoints:
        for texts in (each.title, each.purpose, each.action, each.tool, each.script):
            assert set(texts) == {"zh_CN", "en"}, each.id
            assert all(text.strip() for text in texts.values()), each.id


def test_every_template_of_the_standard_plan_is_shipped(tmp_path: Path) -> None:
    for locale in ("zh_CN", "en"):
        space = Workspace(tmp_path, Settings(General(locale=locale)))
        assert space.checked(cast.STANDARD).touchpoints


def test_messages_wait_for_the_default_window(standard: Plan) -> None:
    assert {each.send_window for each in standard.touchpoints} == {"09:00-20:00"}
    month_1 = standard.touchpoint("month_1")
    assert month_1
    assert (month_1.message_window_days, month_1.task_window_days) == (7, 30)


# --- A plan of one's own ------------------------------------------------------------------------


def test_a_plan_says_only_what_differs(tmp_path: Path) -> None:
    ours = plan.load(write(tmp_path, GOOD))
    assert ours.name == "ours"
    (month_1,) = ours.touchpoints
    assert month_1.id == "month_1"
    assert (month_1.anchor, month_1.message_class, month_1.scope) == ("issue", "service", "policy")


def test_the_defaults_of_a_plan_hold_where_a_touchpoint_is_silent(tmp_path: Path) -> None:
    text = '[defaults]\nmessage_window_days = 2\ntask_window_days = 9\nkind = "basic"\n' + GOOD
    ours = plan.load(write(tmp_path, text.replace('name = "ours"', "")))
    (month_1,) = ours.touchpoints
    assert (month_1.message_window_days, month_1.task_window_days) == (2, 9)
    assert month_1.kind == "first-year"


def test_a_step_may_have_its_own_owner_and_template(tmp_path: Path) -> None:
    step = '{ months = 2, owner = "task" }, { days = 9, template = "other" }'
    (month_1,) = plan.load(write(tmp_path, GOOD.replace("{ months = 1 }", step))).touchpoints
    by_hand, by_letter = month_1.due
    assert (month_1.has_message(by_hand), month_1.has_task(by_hand)) == (False, True)
    assert month_1.template_of(by_letter) == "other"


def test_the_digest_changes_whenever_the_file_does(tmp_path: Path) -> None:
    before = plan.load(write(tmp_path, GOOD)).digest
    assert plan.load(write(tmp_path, GOOD)).digest == before
    assert plan.load(write(tmp_path, GOOD + "# a thought\n")).digest != before


def test_the_workspace_has_the_first_word(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    assert plan.find("standard", tmp_path) == cast.STANDARD
    own = tmp_path / "plans" / "standard.toml"
    own.write_text(GOOD, "utf-8")
    assert plan.find("standard", tmp_path) == own


def test_texts_are_given_in_the_nearest_language() -> None:
    texts = {"zh_CN": "保单送达", "en": "Contract delivery"}
    answers = {
        "zh_CN": "保单送达",
        "zh_TW": "保单送达",
        "en_GB": "Contract delivery",
        "fr": "保单送达",
    }
    assert {locale: plan.text(texts, locale) for locale in answers} == answers
    assert plan.text({}, "en") == ""


# --- Mistakes -----------------------------------------------------------------------------------


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


ONE_STEP = "due = [{ months = 1 }]"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (changed('kind = "first-year"', 'kind = "first-year"\nsend = 1'), "unknown key 'send'"),
        (changed("months = 1", "month = 1"), "unknown key 'month' in [due[0]]"),
        (changed("months = 1", "months = -1"), "months = -1 falls before the issue date"),
        (changed("months = 1", "days = -3"), "days = -3 falls before the issue date"),
        (changed("months = 1", "months = 1201"), "months = 1201 is out of range (at most 1200)"),
        (changed("months = 1", "days = 3661"), "days = 3661 is out of range (at most 3660)"),
        (
            changed("months = 1", 'months = "one"'),
            "due[0].months: expected a whole number, not text",
        ),
        (
            changed("months = 1", "months = 1.5"),
            "due[0].months: expected a whole number, not a decimal number",
        ),
        (
            changed("months = 1", "months = 1, days = 3"),
            "a step of due needs either days or months",
        ),
        (changed("{ months = 1 }", "{}"), "a step of due needs either days or months"),
        (
            changed(ONE_STEP, "due = []"),
            "due is empty: say at least one { days = n } or { months = n }",
        ),
        (changed(ONE_STEP, ""), "the key 'due' is missing"),
        (changed('template = "month_1"', ""), "sends a message and needs a template"),
        (changed('owner = "both"', 'owner = "robot"'), "owner: 'robot' is none of the choices"),
        (changed('kind = "first-year"', 'kind = "rare"'), "kind: 'rare' is none of the choices"),
        (
            changed('kind = "first-year"', 'kind = "basic"\nclass = "ad"'),
            "class: 'ad' is none of the choices",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\nanchor = "moon"'),
            "anchor: 'moon' is none of the choices",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\nscope = "town"'),
            "scope: 'town' is none of the choices",
        ),
        (
            changed('title = { zh_CN = "首月关怀", en = "First care call" }', "title = {}"),
            "needs a title",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\nmessage_window_days = -1'),
            "a window of days cannot be negative",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\ntask_window_days = -1'),
            "a window of days cannot be negative",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\nsend_window = "9 to 5"'),
            "send_window: '9 to 5' is not a window such as 09:00-20:00",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\nsend_window = "20:00-09:00"'),
            "send_window: the window '20:00-09:00' closes before it opens",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\nanchor = "birthday"'),
            'anchor "birthday" needs scope = "client"',
        ),
        (
            changed(
                'kind = "first-year"', 'kind = "basic"\nanchor = "premium_due"\nscope = "client"'
            ),
            'anchor "premium_due" needs scope = "policy"',
        ),
        (
            changed("months = 1", "months = 1, every_months = 0"),
            "every_months = 0 must be 1 or more",
        ),
        (
            changed("months = 1", "months = 1, every_months = -6"),
            "every_months = -6 must be 1 or more",
        ),
        (
            changed("months = 1", "days = 1, every_months = 1"),
            "every_months needs months, not days",
        ),
        (
            changed("months = 1", "months = 9, every_months = 1, until_months = 8"),
            "until_months = 8 ends before it begins (months = 9)",
        ),
        (
            changed("months = 1", "months = 9, every_months = 1, until_months = 1201"),
            "until_months = 1201 is out of range (at most 1200)",
        ),
        (
            changed("months = 1", "months = 1, every_months = 1").replace(
                'kind = "first-year"', 'kind = "basic"\nanchor = "premium_due"'
            ),
            "premiums recur by themselves: leave every_months away",
        ),
        (
            changed("months = 1", "months = 0, every_months = 6").replace(
                'kind = "first-year"', 'kind = "basic"\nanchor = "birthday"\nscope = "client"'
            ),
            "a birthday recurs in whole years: every_months = 12",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\nanchor = "handover"'),
            'anchor "handover" needs scope = "client"',
        ),
        (
            changed("months = 1", "days = 0").replace(
                'kind = "first-year"', 'kind = "basic"\nanchor = "handover"\nscope = "client"'
            ),
            "a handover is counted from its next day on: the walk of its own day is over",
        ),
        (
            changed("months = 1", "months = 1, every_months = 1").replace(
                'kind = "first-year"', 'kind = "basic"\nanchor = "handover"\nscope = "client"'
            ),
            "a handover does not recur: leave every_months away",
        ),
        *(
            (
                changed('kind = "first-year"', f'kind = "basic"\nanchor = "{anchor}"').replace(
                    'owner = "both"', 'owner = "both"\nscope = "client"'
                ),
                f'anchor "{anchor}" needs scope = "policy"',
            )
            for anchor in ("suspended", "ended")
        ),
        *(
            (changed('kind = "first-year"', f'kind = "basic"\nunless = {said}'), sentence)
            for said, sentence in (
                ('"rain"', "unless: 'rain' is none of the choices"),
                ('["bereaved", "rain"]', "unless[1]: 'rain' is none of the choices"),
                ('"other_policy"', 'unless = "other_policy" needs anchor = "ended"'),
                ('["bereaved", "other_policy"]', 'unless = "other_policy" needs anchor = "ended"'),
            )
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\ndesk = "sales"'),
            "desk: 'sales' is none of the choices",
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\ndesk = "callback"').replace(
                'owner = "both"', 'owner = "message"'
            ),
            'desk = "callback" gives tasks to a desk, and it has none',
        ),
        (
            changed('kind = "first-year"', 'kind = "basic"\ndesk = "quality"\nlevel = true'),
            'level = true spreads tasks by the room of an agent, and desk = "quality" gives them to a'
            " desk: leave one of them away",
        ),
        *(
            (
                changed("months = 1", "days = -7").replace(
                    'kind = "first-year"', f'kind = "basic"\nanchor = "{anchor}"'
                ),
                f"days = -7 falls before the {words}",
            )
            for anchor, words in (("suspended", "suspended date"), ("ended", "ended date"))
        ),
    ],
)
def test_a_mistake_is_refused_with_the_touchpoint_and_the_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    assert refusal(tmp_path, text) == f"touchpoint 'month_1': {sentence}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no [[touchpoint]]"),
        ('name = "ours"\n', "has no [[touchpoint]]"),
        ("touchpoint = []\n", "has no [[touchpoint]]"),
        ("touchpoint = 3\n", "has no [[touchpoint]]"),
        ("touchpoint = [3]\n", "touchpoint '#1': [[touchpoint]] must be a table"),
        ("colour = 3\n" + GOOD, "unknown key 'colour'"),
        ("[plan]\n" + GOOD, "unknown key 'plan'"),
        ("defaults = 3\n" + GOOD, "[defaults] must be a table"),
        (GOOD.replace('id = "month_1"', ""), "touchpoint '#1': the key 'id' is missing"),
        (
            GOOD.replace('id = "month_1"', "id = 1"),
            "touchpoint '1': id: expected text, not a whole number",
        ),
        (
            GOOD.replace('id = "month_1"', 'id = "month 1"'),
            "touchpoint 'month 1': the id must be letters, digits and _ only",
        ),
        (
            GOOD + GOOD.replace('name = "ours"', ""),
            "touchpoint 'month_1': stands 2 times; ids must differ",
        ),
    ],
)
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, text) == sentence


@pytest.mark.parametrize(
    ("where", "value"),
    [("name", "3"), ("title", "3"), ("title", '"ours"'), ("title", "{ en = 3 }"), ("name", "[]")],
)
def test_a_plan_is_named_in_words(tmp_path: Path, where: str, value: str) -> None:
    text = f"{where} = {value}\n" + GOOD.replace('name = "ours"', "")
    assert refusal(tmp_path, text).startswith(f"{where}")


def test_a_mistake_in_the_defaults_is_refused(tmp_path: Path) -> None:
    text = "[defaults]\nwindow = 3\n" + GOOD.replace('name = "ours"', "")
    assert "unknown key 'window'" in refusal(tmp_path, text)


def test_what_is_not_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, GOOD + "due = [{ months = 1 \n")
    assert sentence.startswith("is not TOML: ")
    assert "line 10" in sentence


def test_a_plan_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_bytes(GOOD.encode("gb18030"))
    with refuses(errors.UnreadableFile, match="is not UTF-8 text"):
        plan.load(path)


def test_a_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    with refuses(errors.UnreadableFile, match="plans/ours.toml: there is no such file"):
        plan.load(tmp_path / "plans" / "ours.toml")
    with refuses(errors.UnreadableFile, match="is a folder, not a file"):
        plan.load(tmp_path)


def test_a_template_that_nobody_wrote_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace('template = "month_1"', 'template = "poem"'))
    with refuses(errors.BadPlan, match="touchpoint 'month_1'.*zh_CN/poem.sms.txt") as refusal:
        Workspace(tmp_path, Settings()).checked(path)
    assert str(path) in english(refusal.value)


def test_every_field_of_a_touchpoint_is_checked_for_its_kind(tmp_path: Path) -> None:
    """A number where a text is meant, in each field: always a sentence, never a crash."""
    for field in msgspec.structs.fields(plan.Touchpoint):
        value: Any = '"x"' if field.type is int else "7"
        lines = [line for line in GOOD.splitlines() if not line.startswith(f"{field.encode_name} ")]
        sentence = refusal(tmp_path, "\n".join([*lines, f"{field.encode_name} = {value}"]))
        assert sentence.startswith("touchpoint "), field.name
        assert field.encode_name in sentence
