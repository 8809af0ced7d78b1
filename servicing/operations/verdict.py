"""The verdict that a plan and its texts are right, kept as long as they, and all they are read by, stay.

Without it each command would parse, compile and rehearse every text. The digest has all that the check
reads: the plan, the texts, the words that letters are filled with, the settings, what is installed.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from policies.plan import Plan
from servicing.core import i18n, kept
from servicing.core.settings import Settings
from servicing.messages import text_files
from servicing.operations import installed

NAME = "plan"
Input = tuple[str, str]
"""Something that a check reads: what it is, and what is in it."""


def once(path: Path, plan: Plan, home: Path, settings: Settings, check: Callable[[], None]) -> None:
    """Check a plan, unless the same was found right before; `check` raises for a mistake."""
    digest = digest_of(path, plan, home, settings)
    if kept.value(NAME, digest) is None:
        check()
        if digest == digest_of(path, plan, home, settings):  # nobody has written meanwhile
            kept.keep(NAME, digest)


def digest_of(path: Path, plan: Plan, home: Path, settings: Settings) -> str:
    """The digest of all that a check of the plan at `path` reads."""
    read = [
        ("plan", _content(path)),
        *_texts(plan, home),
        *_cases(plan, home),
        *_surveys(plan, home),
        *_tiers(plan, home),
        *_words(),
        ("settings", _settings(settings)),
        ("installed", installed.digest()),
    ]
    return hashlib.sha256(msgspec.json.encode(read)).hexdigest()


def _texts(plan: Plan, home: Path) -> Iterator[Input]:
    folders = text_files.folders(home)
    yield "languages", " ".join(text_files.locales(folders))
    for folder, name in text_files.every(folders, plan.templates()):
        yield f"{folders.index(folder)} {name}", _content(folder / name)


def _cases(plan: Plan, home: Path) -> Iterator[Input]:
    """The kinds of case that something is counted from."""
    names = sorted({each.case for each in plan.touchpoints if each.case})
    if not names:
        return
    from policies import case_file  # for nothing else here

    for name in names:
        path = case_file.find(name, home)
        yield f"case {name}", _content(path) if path else ""


def _surveys(plan: Plan, home: Path) -> Iterator[Input]:
    """The questions that are asked, and the clocks that say how long a free look is."""
    figures = sorted({each.survey for each in plan.touchpoints if each.survey})
    if not figures:
        return
    from policies import clock, survey  # for nothing else here

    for figure in figures:
        yield f"survey {figure}", _content(survey.find(figure, home))
    for path in sorted((home / clock.FOLDER).glob("*.toml")):
        yield f"clock {path.name}", _content(path)


def _tiers(plan: Plan, home: Path) -> Iterator[Input]:
    """The scorecard, where something is for some tiers alone."""
    if any(each.tiers for each in plan.touchpoints):
        from policies import tier  # for nothing else here

        yield "tiers", _content(tier.of_workspace(home))


def _words() -> Iterator[Input]:
    """The catalogues that letters are filled from."""
    for path in sorted((i18n.shipped_templates() / "words").glob("*/clients.po")):
        yield path.parent.name, _content(path)


def _settings(settings: Settings) -> str:
    """Those that a text or a provider's refusal can depend on; none of them is a secret."""
    channels = settings.channels
    read = (
        msgspec.structs.replace(settings.servicing, database=""),
        (channels.sms.default, channels.sms.routes, channels.email.default),
        channels.aliyun.templates,
        settings.web.public_url,
    )
    return msgspec.json.encode(read).decode()


def _content(path: Path) -> str:
    """A digest of a file; nothing for one that cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
