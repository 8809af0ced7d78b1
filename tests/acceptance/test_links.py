"""What a document leads to is there: files, headings and pictures, in each language its own."""

import re
from pathlib import Path

import pytest

from docs.screenshots import HERE as PICTURES
from docs.screenshots import LOCALES
from docs.screenshots import PICTURES as DRAWN

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TWICE = [("README.md", "README.zh-CN.md"), ("docs/pages.md", "docs/pages.zh-CN.md")]
"""Documents that say the same in English and in Chinese."""

LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEAVIEST = 130_000
"""Of a picture, in bytes: a guide of thirteen is read over slow networks."""


def links(document: Path) -> list[str]:
    """Where a document leads, but for other places of the net."""
    text = FENCED.sub("", document.read_text("utf-8"))
    found = [first or second for first, second in LINK.findall(text)]
    return [each for each in found if "://" not in each and not each.startswith("mailto:")]


def anchors(document: Path) -> set[str]:
    """Of its headings, as GitHub makes them, and those that are given by hand."""
    text = FENCED.sub("", document.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
    return made | set(re.findall(r"<a id=\"([^\"]+)\">", text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    astray = []
    for link in links(document):
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        is_there = target.exists() and (
            not anchor or target.suffix != ".md" or anchor in anchors(target)
        )
        if not is_there:
            astray.append(link)
    assert not astray


def test_the_pictures_are_those_that_are_drawn_and_each_is_shown() -> None:
    shown = {
        (document.parent / link).resolve()
        for document in DOCUMENTS
        for link in links(document)
        if link.endswith(".png")
    }
    drawn = {
        PICTURES / f"{name}.{locale.replace('-', '_')}.png" for name in DRAWN for locale in LOCALES
    }
    assert shown == drawn == set(PICTURES.glob("*.png"))


def test_no_picture_is_heavy() -> None:
    assert [each.name for each in PICTURES.glob("*.png") if each.stat().st_size > HEAVIEST] == []


@pytest.mark.parametrize(("english", "chinese"), TWICE)
def test_a_document_has_the_same_sections_in_both_languages(english: str, chinese: str) -> None:
    ours, theirs = (
        re.findall(r"^#+ ", FENCED.sub("", (ROOT / each).read_text("utf-8")), re.MULTILINE)
        for each in (english, chinese)
    )
    assert ours == theirs


@pytest.mark.parametrize(("english", "chinese"), TWICE)
def test_a_document_shows_the_same_pictures_in_the_language_of_its_reader(
    english: str, chinese: str
) -> None:
    ours, theirs = (
        [link for link in links(ROOT / each) if link.endswith(".png")]
        for each in (english, chinese)
    )
    assert ours, english
    assert [each.replace(".en.", ".zh_CN.") for each in ours] == theirs
