"""What a call-back asks: the shipped questions, what is a problem, and files that are refused."""

from pathlib import Path

import pytest

from policies import errors, interview, question_set
from tests.refusals import refuses

SHIPPED = question_set.find("callback", Path("/nowhere"))
ASKED = [
    *("applicant", "bought", "documents", "cover", "surrender", "free_look", "payment"),
]


def test_seven_questions_are_asked_in_both_languages() -> None:
    found = interview.load(SHIPPED)
    assert [each.id for each in found.questions] == ASKED
    assert all({"zh_CN", "en"} <= set(each.ask) for each in found.questions)


ANSWERED = [("yes", False), ("no", True), ("unclear", True), ("na", False)]


@pytest.mark.parametrize(("answer", "is_problem"), ANSWERED)
def test_no_and_unclear_are_a_problem_where_it_matters(
    answer: interview.Answer, is_problem: bool, tmp_path: Path
) -> None:
    found = interview.load(SHIPPED)
    answers: dict[str, interview.Answer] = dict.fromkeys(ASKED, "yes")
    problems = found.problems(answers | {"surrender": answer})
    assert [each.id for each in problems] == (["surrender"] if is_problem else [])
    ours = tmp_path / "callback.toml"
    text = SHIPPED.read_text("utf-8").replace('"surrender"\n', '"surrender"\nmatters = false\n')
    ours.write_text(text, "utf-8")
    assert interview.load(ours).problems(answers | {"surrender": answer}) == []


def test_whatever_is_changed_is_another_edition(tmp_path: Path) -> None:
    ours = tmp_path / "callback.toml"
    text = SHIPPED.read_text("utf-8")
    ours.write_text(f"# ours\n{text}", "utf-8")
    assert interview.load(ours).edition == interview.load(SHIPPED).edition
    ours.write_text(text.replace("Did you buy", "Have you bought"), "utf-8")
    assert interview.load(ours).edition != interview.load(SHIPPED).edition


QUESTION = '[[question]]\nid = "{id}"\nask = {{ en = "Well?" }}\n{more}\n'
ONE = QUESTION.format(id="one", more="")

REFUSED = [
    ("question = 1", r"\[\[question\]\]"),
    ("question = [1]", "#1"),
    ("", "no question matters"),
    (ONE + ONE, "one"),
    (QUESTION.format(id="a b", more=""), "a b"),
    (QUESTION.format(id="x" * 300, more=""), "x" * 300),
    ('[[question]]\nid = "one"\nask = {}\n', "ask"),
    ('[[question]]\nid = "one"\n', "ask"),
    (QUESTION.format(id="one", more="weight = 2"), "weight"),
    (QUESTION.format(id="one", more="matters = false"), "no question matters"),
    ("colour = 1", "colour"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_a_file_that_says_it_wrongly_is_refused_by_name(
    text: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "callback.toml"
    path.write_text(text, "utf-8")
    with refuses(errors.BadQuestionSet, told):
        interview.load(path)
