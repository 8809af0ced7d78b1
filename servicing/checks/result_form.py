"""The result of a check as a form has it: each item has an answer, and none is made up."""

from collections.abc import Mapping, Sequence

from policies.question_set import ANSWERS, Answer, Item
from servicing.checks.result_file import Result
from servicing.core import errors


def read(items: Sequence[Item], said: Mapping[str, str], note: str) -> Result:
    """What a checker has found; raises `BadArgument` for what has no answer, or none that there is."""
    answers: dict[str, Answer] = {}
    missing = []
    for number, item in enumerate(items, 1):
        given = said.get(item.id, "")
        if not given:
            missing.append(number)
        elif given not in ANSWERS:
            known = list(ANSWERS)
            raise errors.BadArgument("answer_is_none", question=number, value=given, known=known)
        else:
            answers[item.id] = next(each for each in ANSWERS if each == given)
    if missing:
        raise errors.BadArgument("answers_missing", questions=missing)
    return Result(answers, note.strip())
