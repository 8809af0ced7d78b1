"""What is not said to a client is found in texts, in both languages (domain.md §14.7)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import errors, not_said
from policies.not_said import CLASSES, Said
from servicing.core import i18n

LISTS = not_said.read(Path("no-such-home"))


def kinds(text: str) -> list[str]:
    return [each.kind for each in not_said.said(text, LISTS)]


FOUND = [
    ("你懂什么？按我说的办。", ["dignity"]),
    ("这份您买不起。", ["dignity"]),
    ("都怪你没看合同。", ["blaming"]),
    ("规定就是规定。", ["contradicting"]),
    ("闭嘴！", ["vulgar"]),
    ("爱买不买。", ["provoking"]),
    ("回访时就说都知道。", ["coaching", "coaching"]),
    ("规 定 就 是\n规定", ["contradicting"]),
    ("It is your own fault.", ["blaming"]),
    ("You wouldn\u2019t understand, so SHUT\nUP", ["dignity", "vulgar"]),
    ("ＲＵＬＥＳ are rules", ["contradicting"]),
    ("Take it or leave it.", ["provoking"]),
    ("When they call, just say yes.", ["coaching"]),
    ("他说 damn 了", ["vulgar"]),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_each_class_is_found(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


KIND = [
    "您好，您的保单快满一年了，第二年的保费想提前和您对一对。",
    "请告知既往有病史的情况，以免影响理赔。",
    "公司会打电话回访，您按实际情况回答就好。",
    "滚动续保，不服务于第三方。",
    "The damnum is assessed; scrapbook, shitake and idiotic-free wording.",
    "If something is unclear, please tell us. You are right to ask.",
    "",
]


@pytest.mark.parametrize("text", KIND)
def test_what_is_polite_is_left_alone(text: str) -> None:
    assert kinds(text) == []


def test_every_class_has_phrases_in_both_languages() -> None:
    for language in ("zh_CN", "en"):
        path = not_said.SHIPPED / f"{language}.toml"
        found = not_said._list(path)
        assert all(found[kind] for kind in CLASSES)


@given(st.sampled_from([(kind, each) for kind in CLASSES for each in LISTS[kind]]))
def test_every_phrase_of_a_list_is_found_where_it_stands(
    phrase: tuple[not_said.Class, str],
) -> None:
    assert Said(*phrase) in list(not_said.said(f"…… {phrase[1].upper()}，……", LISTS))


def test_a_company_s_own_list_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    folder = tmp_path / "manners"
    folder.mkdir()
    (folder / "zh_CN.toml").write_text('vulgar = ["哎哟"]\n', "utf-8")
    lists = not_said.read(tmp_path)
    found = {each.phrase for each in not_said.said("哎哟，你懂什么，shut up", lists)}
    assert found == {"哎哟", "shut up"}


REFUSED = [
    ('rude = ["x"]\n', "unknown key 'rude'"),
    ('vulgar = "x"\n', "vulgar"),
    ('vulgar = ["x", " "]\n', "vulgar: a phrase is empty"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_a_list_says_wrongly_is_refused_by_file_and_key(
    text: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "manners" / "fr.toml"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    with pytest.raises(errors.BadSetting) as refused:
        not_said.read(tmp_path)
    sentence = i18n.sentence(refused.value.notice, "en")
    assert str(path) in sentence and told in sentence
