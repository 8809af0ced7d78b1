"""The file of a checker: whatever it says wrongly is told by its place, value and what was expected."""

from pathlib import Path

import pytest

from policies import errors
from policies.question_set import Item
from servicing.checks import result_file
from servicing.core import i18n

ITEMS = [Item(id=name, ask={"en": name}) for name in ("birthday", "news")]


def read(text: str, folder: Path) -> result_file.Result:
    path = folder / "result.toml"
    path.write_text(text, "utf-8")
    return result_file.read(path, ITEMS)


SPELT = [("pass", "pass"), ("FAIL", "fail"), ("n.a.", "na"), ("N/A", "na"), (" na ", "na")]


@pytest.mark.parametrize(("said", "answer"), SPELT)
def test_an_answer_is_read_as_people_write_it(said: str, answer: str, tmp_path: Path) -> None:
    found = read(f'note = " 很好 "\n[answers]\nbirthday = "{said}"\nnews = "pass"\n', tmp_path)
    assert found.answers == {"birthday": answer, "news": "pass"}
    assert found.note == "很好"


REFUSED = [
    ("", "the key 'answers' is missing"),
    ('answers = "pass"\n', "answers: "),
    ("[answers]\nbirthday = 1\n", "answers[...]: "),
    (
        '[answers]\nbirthday = "yes"\nnews = "pass"\n',
        "answers.birthday: 'yes' is no answer; one of pass",
    ),
    ('[answers]\nbirthday = ""\nnews = "pass"\n', "answers.birthday: '' is no answer"),
    ('[answers]\nbirthday = "pass"\n', "answers are missing: news"),
    ('[answers]\nx = "pass"\n', "answers.x: the check has no such item; it has birthday, news"),
    ('score = 9\n[answers]\nbirthday = "pass"\nnews = "na"\n', "unknown key 'score'"),
    ("[answers\n", "line 1"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_is_wrong_is_told_by_its_place(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(errors.ServicingError) as refused:
        read(text, tmp_path)
    sentence = i18n.sentence(refused.value.notice, "en")
    assert str(tmp_path / "result.toml") in sentence
    assert told in sentence
