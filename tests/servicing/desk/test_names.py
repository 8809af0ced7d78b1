"""A name is found by what people type of it: parts, letters in pinyin, initials, digits of any width."""

import pytest

from servicing.desk import names
from servicing.desk.names import Named

MEANT = [
    # what somebody types -> whom it means
    ("晓燕", "陈晓燕"),
    ("燕", "陈晓燕"),
    ("陈 晓燕", "陈晓燕"),
    ("chenxiaoyan", "陈晓燕"),
    ("Chen Xiaoyan", "陈晓燕"),
    ("chen", "陈晓燕"),
    ("xiaoy", "陈晓燕"),
    ("cxy", "陈晓燕"),
    ("CXY", "陈晓燕"),
    ("ｃｘｙ", "陈晓燕"),
    ("shan", "单立"),
    ("shanli", "单立"),
    ("dan", "单立"),
    ("sl", "单立"),
    ("zeng", "曾国强"),
    ("zgq", "曾国强"),
    ("qiu", "仇乐行"),
    ("ouyang", "欧阳锋"),
    ("oyf", "欧阳锋"),
    ("lvbu", "吕布"),
    ("lubu", "吕布"),
    ("wright", "Joseph Wright"),
    ("joseph w", "Joseph Wright"),
    ("O'Neil", "Anna O’Neil"),
]
NOT_MEANT = [
    ("chenyan", "陈晓燕"),
    ("陈燕", "陈晓燕"),
    ("周", "陈晓燕"),
    ("", "陈晓燕"),
    ("%", "陈晓燕"),
    ("-", "陈晓燕"),
]


def is_meant(text: str, one: Named) -> bool:
    return names.is_meant(names.asked(text), one)


@pytest.mark.parametrize(("text", "name"), MEANT)
def test_somebody_is_meant_by_any_way_to_write_the_name(text: str, name: str) -> None:
    assert is_meant(text, Named(name, "", ()))


@pytest.mark.parametrize(("text", "name"), NOT_MEANT)
def test_nobody_is_meant_by_what_the_name_does_not_have(text: str, name: str) -> None:
    assert not is_meant(text, Named(name, "", ()))


@pytest.mark.parametrize(("text", "name"), MEANT)
def test_the_words_of_a_name_hold_what_one_types_of_it(text: str, name: str) -> None:
    """The same answer by the words that are kept of a million names."""
    asked = names.asked(text)
    has_word = any(each.startswith(asked.beginning) for each in names.words(name))
    assert has_word and names.is_named(asked, name)


NUMBERS = [
    ("0111", True),
    ("555 0111", True),
    ("+1 202-555-0111", True),
    ("５５５０１１１", True),
    ("1257", True),
    ("P0000001257", True),
    ("p 0000 001257", True),
    ("C000890", True),
    ("0112", False),
]


@pytest.mark.parametrize(("text", "is_it"), NUMBERS)
def test_a_number_is_found_by_its_digits_whatever_stands_between(text: str, is_it: bool) -> None:
    assert is_meant(text, Named("林伟", "+12025550111", ("C000890", "P0000001257"))) is is_it


TAILS = [
    ("0111", "1110"),
    ("０１１１", "1110"),
    ("01 11", "1110"),
    ("011", ""),
    ("林0111", ""),
    ("linwei", ""),
]


@pytest.mark.parametrize(("text", "tail"), TAILS)
def test_last_digits_are_four_at_the_least(text: str, tail: str) -> None:
    assert names.asked(text).tail == tail


def test_a_name_has_few_words_however_it_is_read() -> None:
    assert all(
        len(names.words(each)) <= names.MOST_WORDS for each in ("仇乐行", "单曾仇乐", "行" * 60)
    )
