"""References from the code to the documents point to sections that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("policies", "servicing", "tests", "templates", "benchmarks", "docs")
KINDS = (".py", ".po", ".toml", ".md", ".html")
FILES = [
    *(path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in KINDS),
    *(ROOT / name for name in ("cli.py", "README.md", "README.zh-CN.md", "CONTRIBUTING.md")),
]
SECTIONS = set(
    re.findall(
        r"^#{2,3} (\d+(?:\.\d+)?)\.? ", (ROOT / "docs/domain.md").read_text("utf-8"), flags=re.M
    )
)


def references(pattern: str) -> list[tuple[str, str]]:
    """Where a reference stands, and what it names."""
    return [
        (str(path.relative_to(ROOT)), name)
        for path in FILES
        if path != Path(__file__)
        for name in re.findall(pattern, path.read_text("utf-8"))
    ]


IMPLIED = {"__init__", "queries"}
"""Modules that every room may have."""

ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")


def test_an_idea_that_is_named_is_told() -> None:
    named = references(r"architecture\.md, (idea \d)")
    assert len(named) > 3
    assert [each for each in named if f"\n## {each[1].capitalize()}: " not in ARCHITECTURE] == []


def test_the_architecture_names_every_room_and_each_of_its_modules() -> None:
    rows = re.findall(
        r"^\| `((?:policies|servicing)(?:/\w+)*)` \| (.*) \|$", ARCHITECTURE, flags=re.M
    )
    named = {room: set(re.findall(r"`(\w+)`", text)) - IMPLIED for room, text in rows}
    there = {
        str(face.parent.relative_to(ROOT)): {
            path.stem for path in face.parent.glob("*.py") if path.stem not in IMPLIED
        }
        for package in ("policies", "servicing")
        for face in (ROOT / package).rglob("__init__.py")
    }
    assert named == {room: modules for room, modules in there.items() if modules}


def test_a_section_of_the_domain_that_is_named_is_there() -> None:
    named = references(r"domain\.md §(\d+(?:\.\d+)?)")
    assert len(named) > 80
    assert [each for each in named if each[1] not in SECTIONS] == []


def test_a_section_that_the_domain_names_itself_is_there() -> None:
    text = (ROOT / "docs/domain.md").read_text("utf-8")
    assert set(re.findall(r"§(\d+(?:\.\d+)?)", text)) <= SECTIONS


def test_no_document_is_named_that_is_not_here() -> None:
    assert references(r"\b(DOMAIN|DESIGN|CARE|PROVIDERS|EXAMPLES)(?:\.md\b| §| idea)") == []
    links = [
        (path, name)
        for path, name in references(r"(?<![\w.])((?:docs/)?[\w/.-]+\.md)\b")
        if not any((ROOT / place / name).exists() for place in ("", "docs", Path(path).parent))
    ]
    assert links == []
