"""The words of the house: what the terminal, the tables and the reasons say, in each language.

They stand in `templates/words/<locale>.toml`, so that another language is another file.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

FALLBACK = "en"


def shipped_templates() -> Path:
    """The words that come with the program: inside the package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def say(section: str, key: str, locale: str, **values: object) -> str:
    """The word of a section in a language, its blanks filled; what has no word stands for itself."""
    found = _words(locale).get(section, {}).get(key, key)
    return str(found).format(**values) if values else str(found)


def locales() -> list[str]:
    """The languages there are words in."""
    return sorted(path.stem for path in (shipped_templates() / "words").glob("*.toml"))


@lru_cache(maxsize=16)
def _words(locale: str) -> dict[str, dict[str, Any]]:
    """The words of a locale; the same language next, then English."""
    same = [each for each in locales() if each.split("_")[0] == locale.split("_")[0]]
    name = locale if locale in same else next(iter(same), FALLBACK)
    return tomllib.loads((shipped_templates() / "words" / f"{name}.toml").read_text("utf-8"))
