"""The file in which the call-back desk writes down what a client has answered."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from policies import toml
from policies.errors import BadSetting
from policies.interview import ANSWERS, Answer, Interview
from policies.notices import Notice, notice
from policies.plan import text
from servicing.core import i18n

SPELLINGS: Mapping[str, Answer] = {
    **{each: each for each in ANSWERS},
    "n/a": "na",
    "n.a.": "na",
    "是": "yes",
    "否": "no",
    "不清楚": "unclear",
    "不适用": "na",
}
"""How an answer may be written, in letters of either size."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answers: dict[str, str | bool]
    policies: dict[str, dict[str, str | bool]] = {}
    note: str = ""
    channel: str = "phone"
    questions: str = ""


class Answered(msgspec.Struct, frozen=True):
    """What a client has answered in one call."""

    answers: dict[str, Answer]
    """Of the contract of the case, by the id of the question."""
    others: dict[str, dict[str, Answer]] = {}
    """The same of other contracts of which was spoken, by policy number."""
    note: str = ""
    channel: str = "phone"


def read(path: Path, interview: Interview) -> Answered:
    """Read the answers of a call.

    Raises `UnreadableFile`, or `BadSetting`, which names the file, the key and what was expected.
    """
    file = toml.convert(toml.read(path), _File, str(path))
    if file.questions and file.questions != interview.edition:
        why = notice("other_questions", given=file.questions, asked=interview.edition)
        raise BadSetting(str(path), notice("at_key", key="questions", why=why))
    for key, why in _mistakes(file, interview):
        raise BadSetting(str(path), notice("at_key", key=key, why=why))
    answers = _read(file.answers)
    missing = [each.id for each in interview.questions if each.id not in answers]
    if missing:
        raise BadSetting(str(path), notice("items_missing", missing=missing))
    others = {policy_no: answers | _read(said) for policy_no, said in file.policies.items()}
    return Answered(answers, others, file.note.strip(), file.channel)


def _read(said: Mapping[str, str | bool]) -> dict[str, Answer]:
    found = {name: _answer(each) for name, each in said.items()}
    return {name: each for name, each in found.items() if each is not None}


def _answer(said: str | bool) -> Answer | None:
    """The answer that was meant; None: it is none, as `true` is not, which may mean this or that."""
    return SPELLINGS.get(said.strip().lower()) if isinstance(said, str) else None


def _mistakes(file: _File, interview: Interview) -> Iterator[tuple[str, Notice]]:
    tables = {"answers": file.answers}
    tables |= {f"policies.{policy_no}": said for policy_no, said in file.policies.items()}
    asked = {each.id: each for each in interview.questions}
    for table, answers in tables.items():
        for name, said in answers.items():
            key, answer = f"{table}.{name}", _answer(said)
            if name not in asked:
                yield key, notice("no_such_question", known=list(asked))
            elif answer is None:
                yield key, notice("no_answer", value=said, known=list(ANSWERS))
            elif answer == "na" and not asked[name].may_be_na:
                yield key, notice("not_na")


def sheet(interview: Interview, locale: str) -> Iterator[str]:
    """The lines of such a file, whose answers are to be filled in."""
    yield f"# {text(interview.title, locale)}"
    yield f'questions = "{interview.edition}"'
    yield f'channel = "phone"  # {i18n.say("callback", "sheet_channel", locale)}'
    yield 'note = ""'
    yield ""
    yield f"[answers]  # {i18n.say('callback', 'sheet_answers', locale)}"
    for each in interview.questions:
        yield f"# {text(each.ask, locale)}"
        yield f'{each.id} = ""'
    yield ""
    yield f"# {i18n.say('callback', 'sheet_others', locale)}"
    yield '# [policies."P000002"]'
