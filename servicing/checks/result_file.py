"""The file in which a checker writes down what a check has found."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from policies import toml
from policies.errors import BadSetting
from policies.notices import notice
from policies.question_set import ANSWERS, Answer, Item

SPELLINGS: Mapping[str, Answer] = {
    **{each: each for each in ANSWERS},
    "n/a": "na",
    "n.a.": "na",
}
"""How an answer may be written, in letters of either size."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answers: dict[str, str]
    note: str = ""


class Result(msgspec.Struct, frozen=True):
    """What a checker has found."""

    answers: dict[str, Answer]
    """By the id of the item; each item has one."""
    note: str
    """In the checker's words; they go on the client's card."""


def read(path: Path, items: Sequence[Item]) -> Result:
    """Read a result.

    Raises `UnreadableFile`, or `BadSetting`, which names the file, the key and what was expected.
    """
    file = toml.convert(toml.read(path), _File, str(path))
    known = [each.id for each in items]
    answers: dict[str, Answer] = {}
    for name, said in file.answers.items():
        if name not in known:
            why = notice("no_such_item", known=known)
            raise BadSetting(str(path), notice("at_key", key=f"answers.{name}", why=why))
        answer = SPELLINGS.get(said.strip().lower())
        if answer is None:
            why = notice("no_answer", value=said, known=list(ANSWERS))
            raise BadSetting(str(path), notice("at_key", key=f"answers.{name}", why=why))
        answers[name] = answer
    if missing := [name for name in known if name not in answers]:
        raise BadSetting(str(path), notice("items_missing", missing=missing))
    return Result(answers, file.note.strip())
