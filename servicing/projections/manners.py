"""What is not said to a client, looked for in texts of messages and in the scripts of a plan."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from policies import not_said
from policies.not_said import Lists
from policies.plan import Plan
from servicing.messages import text_files


class Rude(NamedTuple):
    """A phrase, and where it stands."""

    place: str
    """A text as its file, zh_CN/month_1.sms; a script as its touchpoint, key and language."""
    kind: not_said.Class
    phrase: str


def in_plan(plan: Plan, home: Path, lists: Lists) -> Iterator[Rude]:
    """In the texts that a plan sends, then in what it tells agents to do and say."""
    yield from _in_texts(plan, home, lists)
    for touchpoint in plan.touchpoints:
        told = {"purpose": touchpoint.purpose, "action": touchpoint.action}
        for key, texts in {**told, "script": touchpoint.script}.items():
            for locale, text in texts.items():
                for each in not_said.said(text, lists):
                    yield Rude(f"{touchpoint.id} {key} {locale}", each.kind, each.phrase)


def _in_texts(plan: Plan, home: Path, lists: Lists) -> Iterator[Rude]:
    """The workspace's own text of a name counts, where it has one; a shipped one elsewhere."""
    known: set[str] = set()
    for folder, name in text_files.every(text_files.folders(home), plan.templates()):
        path = folder / name
        if name not in known and path.is_file():
            known.add(name)
            for each in not_said.said(path.read_text("utf-8"), lists):
                yield Rude(name.removesuffix(".txt"), each.kind, each.phrase)
