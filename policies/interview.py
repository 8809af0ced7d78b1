"""What a call-back asks, and what its answers come to (domain.md §15.3).

The questions are the company's file, in editions: what it says wrongly is refused with the file, the
question and the sentence.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from policies import errors, file_names, toml
from policies.notices import notice
from policies.plan import Texts

Answer = Literal["yes", "no", "unclear", "na"]
"""`na`: it does not apply to this contract."""
ANSWERS: tuple[Answer, ...] = get_args(Answer)

PROBLEMS = frozenset(("no", "unclear"))
"""Answers that are a problem, to a question that matters."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question of a call-back."""

    id: str
    ask: Texts
    matters: bool = True
    """Whether no or unclear is a problem."""
    may_be_na: bool = True


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file as it stands there; its questions are read one by one, so that each has a name."""

    title: Texts = {}
    question: Any = []


class Interview(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of a call-back."""

    edition: str
    """Name and digest: it changes with whatever is asked."""
    title: Texts
    questions: tuple[Question, ...]

    def problems(self, answers: Mapping[str, Answer]) -> list[Question]:
        """The questions that matter and were answered no or unclear, in their order."""
        return [
            each for each in self.questions if each.matters and answers.get(each.id) in PROBLEMS
        ]


def load(path: Path) -> Interview:
    """Read and check the questions of a call-back.

    Raises `UnreadableFile`, or `BadQuestionSet`, which names the file, the question and the mistake.
    """
    try:
        file = msgspec.convert(toml.read(path), _File)
    except msgspec.ValidationError as error:
        raise errors.BadQuestionSet(path, None, toml.invalid(str(error))) from None
    if not isinstance(file.question, list):
        raise errors.BadQuestionSet(path, None, notice("not_a_table", key="[[question]]"))
    asked = tuple(_question(path, number, raw) for number, raw in enumerate(file.question, 1))
    for name, count in Counter(each.id for each in asked).items():
        if count > 1:
            raise errors.BadQuestionSet(path, name, notice("id_twice", count=count))
    if not any(each.matters for each in asked):
        raise errors.BadQuestionSet(path, None, notice("nothing_matters"))
    digest = hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:12]
    edition = f"{path.stem}@{digest}"
    return Interview(edition=edition, title=file.title, questions=asked)


def _question(path: Path, number: int, raw: object) -> Question:
    if not isinstance(raw, dict):
        raise errors.BadQuestionSet(path, f"#{number}", notice("not_a_table", key="[[question]]"))
    label = str(raw.get("id", f"#{number}"))
    try:
        asked = msgspec.convert(raw, Question)
    except msgspec.ValidationError as error:
        raise errors.BadQuestionSet(path, label, toml.invalid(str(error))) from None
    if not asked.id.isidentifier():
        raise errors.BadQuestionSet(path, label, notice("bad_id"))
    if not file_names.is_plain(asked.id):
        why = notice("id_too_long", most=file_names.LONGEST)
        raise errors.BadQuestionSet(path, label, why)
    if not asked.ask:
        raise errors.BadQuestionSet(path, label, notice("no_question"))
    return asked
