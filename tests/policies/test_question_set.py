"""What a spot check asks, and what its answers are worth (domain.md §14.2)."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import errors, plan, question_set
from policies.question_set import Item, QuestionSet
from servicing.core import i18n

STANDARD = plan.load(plan.SHIPPED / "standard.toml")


def item(name: str, weight: int = 1, *, red_line: bool = False) -> Item:
    return Item(id=name, weight=weight, red_line=red_line, ask={"en": f"Is {name} well?"})


FIVE = [item("a", 3), item("b", 2), item("c", 2), item("d", 2), item("e", 1)]
ALL_PASS = dict.fromkeys("abcde", "pass")


def test_seven_of_nine() -> None:
    """Weights 3, 2, 2, 2, 1; one of weight 2 fails, that of weight 1 does not apply."""
    judged = question_set.judge(FIVE, {**ALL_PASS, "b": "fail", "e": "na"})
    assert (judged.earned, judged.possible, judged.ratio) == (7, 9, Fraction(7, 9))
    assert f"{100 * float(judged.ratio or 0):.1f}" == "77.8"


WORTH = [
    ({}, 10, 10, ()),
    ({"a": "fail"}, 7, 10, ()),
    ({"a": "na"}, 7, 7, ()),
    ({"red": "fail"}, 0, 10, ("red",)),
    ({"red": "na"}, 10, 10, ()),
    ({"red": "fail", "a": "na"}, 0, 7, ("red",)),
]


@pytest.mark.parametrize(("said", "earned", "possible", "red_lines"), WORTH)
def test_a_red_line_that_fails_takes_everything(
    said: dict[str, question_set.Answer], earned: int, possible: int, red_lines: tuple[str, ...]
) -> None:
    items = [*FIVE, item("red", 0, red_line=True)]
    answers = {**ALL_PASS, "red": "pass", **said}
    assert question_set.judge(items, answers) == (earned, possible, red_lines)


def test_where_nothing_applies_there_is_no_score() -> None:
    assert question_set.judge(FIVE, dict.fromkeys("abcde", "na")).ratio is None


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from(question_set.ANSWERS))))
def test_a_score_is_a_share_and_one_more_pass_never_lowers_it(
    rows: list[tuple[int, bool, question_set.Answer]],
) -> None:
    items = [item(f"i{at}", weight, red_line=red) for at, (weight, red, _) in enumerate(rows)]
    answers = {f"i{at}": answer for at, (_, _, answer) in enumerate(rows)}
    ratio = question_set.judge(items, answers).ratio
    assert ratio is None or 0 <= ratio <= 1
    for name, answer in answers.items():
        if answer == "fail":
            better = question_set.judge(items, {**answers, name: "pass"}).ratio
            assert ratio is None or (better is not None and better >= ratio)


# -------------------------------------------------------------------------------------- what is asked


def asked(text: str, folder: Path, of: plan.Plan = STANDARD) -> QuestionSet:
    path = folder / "basic.toml"
    path.write_text(text, "utf-8")
    return question_set.load(path, of)


def test_the_shipped_set_asks_about_the_basic_service_of_the_standard_plan(tmp_path: Path) -> None:
    found = question_set.load(question_set.find("basic", tmp_path), STANDARD)
    basic = {each.id for each in STANDARD.touchpoints if each.kind == "basic"}
    assert {each.touchpoint for each in found.items} == basic | {""}
    assert [each.weight for each in found.items if not each.red_line] == [3, 2, 2, 2, 1]
    assert [each.id for each in found.items if each.red_line] == ["private_money"]
    assert all(each.ask.keys() == {"en", "zh_CN"} for each in found.items)


def test_a_shipped_item_about_what_the_plan_does_not_have_is_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "few.toml"
    text = (plan.SHIPPED / "standard.toml").read_text("utf-8")
    path.write_text(text.replace('id = "birthday"', 'id = "greeting"'), "utf-8")
    found = question_set.load(question_set.find("basic", tmp_path), plan.load(path))
    assert "birthday" not in {each.touchpoint for each in found.items}
    (greeting,) = (each for each in found.items if each.touchpoint == "greeting")
    assert (greeting.weight, greeting.ask["en"]) == (1, "Birthday greeting")


def test_a_company_s_own_set_goes_before_the_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "question_sets"
    own.mkdir()
    (own / "basic.toml").write_text(ONE, "utf-8")
    found = question_set.load(question_set.find("basic", tmp_path), STANDARD)
    assert found.items[0].id == "polite"


ONE = '[[item]]\nid = "polite"\nask = { en = "Polite?" }\n'


def test_an_edition_follows_the_questions(tmp_path: Path) -> None:
    one, same = asked(ONE, tmp_path), asked(f"# said again\n{ONE}", tmp_path)
    other = asked(f"{ONE}weight = 2\n", tmp_path)
    assert one.edition == same.edition != other.edition
    assert one.edition.startswith("basic@")


def test_every_basic_touchpoint_that_no_item_names_is_asked_by_its_title(tmp_path: Path) -> None:
    found = asked(f"default_weight = 4\n{ONE.replace('polite', 'news')}", tmp_path)
    assert [(each.id, each.weight) for each in found.items] == [
        ("news", 1),
        ("news_", 4),
        ("renewal", 4),
        ("birthday", 4),
        ("introduction", 4),
    ]


REFUSED = [
    ("x = 1\n", "unknown key 'x'"),
    ("item = 3\n", "[[item]] must be a table"),
    ("item = [3]\n", "item '#1': [[item]] must be a table"),
    (ONE + ONE, "item 'polite': stands 2 times; ids must differ"),
    (ONE.replace("polite", "so polite"), "item 'so polite': the id must be letters, digits"),
    (ONE + "weight = 0\n", "item 'polite': a weight of 0 is for red lines only"),
    (ONE + "weight = 101\n", "item 'polite': weight"),
    (ONE + "weight = -1\n", "item 'polite': weight"),
    (ONE + 'touchpoint = "month_1"\n', "plan 'standard' has no touchpoint 'month_1' of kind basic"),
    (ONE + 'touchpoint = "nws"\n', "plan 'standard' has no touchpoint 'nws' of kind basic"),
    ('[[item]]\nid = "polite"\nask = {}\n', "item 'polite': needs a question (ask)"),
    ("default_weight = 0\n", "nothing is asked"),
    (f"default_weight = 0\n{ONE}red_line = true\nweight = 0\n", "nothing is asked"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_a_set_says_wrongly_is_refused_by_file_and_item(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(errors.BadQuestionSet) as refused:
        asked(text, tmp_path)
    sentence = i18n.sentence(refused.value.notice, "en")
    assert sentence.startswith(str(tmp_path / "basic.toml"))
    assert told in sentence
