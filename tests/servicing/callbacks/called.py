"""New contracts of the cast in mainland China, and calls about them."""

import datetime
import zoneinfo
from pathlib import Path
from typing import Any

from policies import clock, dates, interview, question_set
from policies.interview import Answer
from servicing.callbacks import calling, opening
from servicing.callbacks.answer_file import Answered
from servicing.callbacks.calling import Call, House, Outcome, Recorded
from servicing.callbacks.opening import Followed
from servicing.cases.ground import Ground
from servicing.core.case_models import Case
from servicing.core.settings import Callbacks
from tests import cast

NOWHERE = Path("/nowhere")
RULES = Callbacks()
INTERVIEW = interview.load(question_set.find("callback", NOWHERE))

NOW = cast.at("2026-03-20", "21:00")
"""After all that happens here."""


def ground(**free_look: int) -> Ground:
    rules = clock.of("CN", NOWHERE)
    return Ground(NOWHERE, "CN", rules, dates.work_calendar("CN"), free_look)


CHINA = ground()


def house(**rules: Any) -> House:
    zone = zoneinfo.ZoneInfo("Asia/Shanghai")
    return House(CHINA, Callbacks(**rules), zone, INTERVIEW, "en")


def follow(on: cast.Day, *, on_ground: Ground = CHINA, **rules: Any) -> Followed:
    """What the job of a day does."""
    return opening.bring_up_to_date(on_ground, Callbacks(**rules), cast.day(on), cast.at(on))


def case(policy_no: str = "P001") -> Case:
    """The call-back of a policy as it stands."""
    return next(iter(Case.select().where(Case.policy == cast.policy(policy_no)).order_by(Case.id)))


def due(policy_no: str = "P001") -> datetime.date | None:
    found: datetime.date | None = case(policy_no).due_on
    return found


def call(policy_no: str, when: str, by: str = "root") -> Call:
    """`2026-02-11 10:00` in Shanghai."""
    return Call(case(policy_no).id, cast.at(when[:10], when[11:]), by)


def attempt(
    policy_no: str, when: str, outcome: Outcome = "no_answer", *, by: str = "root", **rules: Any
) -> list[Recorded]:
    return calling.attempt(house(**rules), call(policy_no, when, by), outcome, NOW)


def said(**answers: Answer) -> dict[str, Answer]:
    """Yes to all, but for what is said."""
    yes: dict[str, Answer] = {each.id: "yes" for each in INTERVIEW.questions}
    return yes | answers


def answer(
    policy_no: str,
    when: str,
    *,
    by: str = "root",
    others: dict[str, dict[str, Answer]] | None = None,
    note: str = "",
    channel: str = "phone",
    **answers: Answer,
) -> list[Recorded]:
    answered = Answered(said(**answers), others or {}, note, channel)
    return calling.answer(house(), call(policy_no, when, by), answered, NOW)
