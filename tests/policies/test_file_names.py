"""File names made of what somebody has written: a table of what a name may not have."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import file_names

HOSTILE = [
    *("../escaped", "../../escaped", "/etc/passwd", "a/b", "..\\escaped", "C:\\x", "a\\b"),
    *("..", ".", "", " ", "...", " . ", "\0", "a\0b", "a\nb", "a\rb", "\x1b[31m", "\u202egpj"),
    *("con:x", "a*b", "a?b", 'a"b', "a<b", "a>b", "a|b", "a%2Fb"),
    *("x" * 300, "险" * 100, "𠮷" * 64, "\ud800"),
]
GOOD = ["C000001", "月份", "P-1_2", "ours", "a.b", "month_1", "Ilse Brandt", "x" * 200, ".hidden"]

TEXTS = st.text(max_size=300) | st.sampled_from([*HOSTILE, *GOOD])


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_leads_elsewhere_is_no_plain_name(text: str) -> None:
    assert not file_names.is_plain(text)


@pytest.mark.parametrize("text", GOOD, ids=ascii)
def test_what_is_a_name_stays_as_it_is(text: str) -> None:
    assert file_names.is_plain(text)
    assert file_names.of(text) == text


SPELLED = [
    ("../../escaped", "..%2F..%2Fescaped"),
    ("/etc/passwd", "%2Fetc%2Fpasswd"),
    ("a\\b", "a%5Cb"),
    ("..", "%2E%2E"),
    ("a%2Fb", "a%252Fb"),
    ("a\0b", "a%00b"),
]


@pytest.mark.parametrize(("text", "name"), SPELLED)
def test_what_a_name_may_not_have_is_written_as_in_a_web_address(text: str, name: str) -> None:
    assert file_names.of(text) == name


@given(TEXTS)
def test_a_file_of_any_text_stands_in_its_folder(text: str) -> None:
    for name in (file_names.of(text), f"evidence-{file_names.of(text)}.zip"):
        if name:
            assert Path("folder", name).resolve().parent == Path("folder").resolve()
            assert Path(name).name == name and name.isprintable()
            assert len(name.encode()) <= 255


@given(TEXTS, TEXTS)
def test_two_texts_are_never_one_file(one: str, other: str) -> None:
    assert (file_names.of(one) == file_names.of(other)) == (one == other)


def test_names_that_differ_in_capitals_are_two() -> None:
    assert len({file_names.of(each) for each in ("c1", "C1")}) == 2


@pytest.mark.parametrize("text", [each for each in HOSTILE if each], ids=ascii)
def test_it_can_be_made(tmp_path: Path, text: str) -> None:
    path = tmp_path / f"evidence-{file_names.of(text)}.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("card.json", "{}")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
