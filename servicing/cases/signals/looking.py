"""What of the book opens cases by itself: a signal, once for each cause (domain.md §12.13).

A policy of which a case of the kind is open gets no second one: the open one notes the signal. Whatever
was missed within two weeks is caught up. A case follows the service of its policy: where its owner has
left, or serves the policy no more, it goes to whoever does. What comes of an open complaint is kept from
whom that is about, and from whom it may be about.
"""

import contextlib
import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from policies import case_moves, database
from policies.case_kind import SIGNALS, Kind, Option
from policies.case_moves import Given
from policies.models import Policy
from policies.plan import text
from servicing.cases import ladder, opening, recusal, stepping, writing
from servicing.cases import queries as cases
from servicing.cases.ground import Ground
from servicing.cases.opening import Request
from servicing.cases.signals import payments, queries
from servicing.cases.signals.queries import Question, Sign
from servicing.cases.stepping import Order
from servicing.core import errors
from servicing.core.case_models import Case
from servicing.core.runtime import IsOver

Done = Literal["opened", "noted", "paid", "passed_on"]


def look(
    ground: Ground,
    locale: str,
    today: datetime.date,
    now: datetime.datetime,
    is_over: IsOver = lambda: False,
) -> Counter[Done]:
    """Open the cases that signals ask for, or note them on what is open. It may end early.

    `locale`: the language in which a case says what has opened it.
    """
    at, done = _Look(ground, locale, today, now), Counter[Done]()
    for kind in ground.usable_kinds():
        for number in cases.out_of_service(kind.id, today) if kind.signals else ():
            if is_over():
                return +done
            with contextlib.suppress(errors.CaseMovedMeanwhile):  # the next time looks again
                done["passed_on"] += at.pass_on(kind, number)
        for source in kind.signals:
            for each in queries.found(Question(kind.id, source, today, ground.zone)):
                if is_over():
                    return +done
                with contextlib.suppress(errors.CaseMovedMeanwhile):
                    done.update(at.tell(kind, source, each))
        done["paid"] += payments.note(ground, kind, locale, today, now, is_over)
    return +done


@dataclass(frozen=True)
class _Look:
    """A look at the book."""

    ground: Ground
    locale: str
    today: datetime.date
    now: datetime.datetime

    def tell(self, kind: Kind, source: Option, of: Sign) -> list[Done]:
        """What was done of a signal; nothing where somebody else was quicker."""
        step = kind.signal_step
        assert step is not None  # the file was checked
        with database.exclusive("signals of cases"):
            if queries.has_told(kind.id, source.id, of):
                return []
            known = opening.open_of(kind, Policy.get_by_id(of.policy_id))
            case = known or self._opened(kind, source, of)
            given = case_moves.NOTHING_GIVEN._replace(reason=source.id, date=of.cause)
            self._step(case, step.id, given, room=SIGNALS)
            if known is not None and of.case is not None:
                self._keep(kind, known.id, stepping.of_number(of.case))
        return ["opened" if known is None else "noted"]

    def pass_on(self, kind: Kind, number: int) -> bool:
        """Whether a case goes to whoever serves its policy now."""
        case = stepping.of_number(number)
        to = ladder.server(kind, case, self.today)
        steps = [each for each in kind.steps_from(case.state) if each.needs == ("owner",)]
        if not steps or to in ("", case.owner):
            return False
        self._step(case, steps[0].id, Given(person=to))
        return True

    def _keep(self, kind: Kind, number: int, cause: Case) -> None:
        """An open case comes of another one as well from now on: it is kept from whom that is kept."""
        case = stepping.of_number(number)
        stepping.tie(case, cause)
        owner = recusal.account(case.owner) if case.owner else None
        if owner is not None and recusal.is_kept(kind, owner, case):
            stepping.give_back(case)
        if not case.owner:
            self.pass_on(kind, number)

    def _opened(self, kind: Kind, source: Option, of: Sign) -> Case:
        """It was received on the day on which the signal held; its clocks run from today."""
        held_on = of.cause + datetime.timedelta(source.days)
        asked = Request(
            kind=kind.id,
            received_on=min(held_on, self.today),
            text=f"{text(source.title, self.locale)} {of.cause}",
            by=writing.ITSELF,
            client_no=of.client_no,
            policy_no=of.policy_no,
            source=source.id,
            about=opening.about(stepping.of_number(of.case)) if of.case else "",
            caused_by=of.case,
            runs_from=self.today,
        )
        return opening.open_case(self.ground, asked, self.today, self.now)

    def _step(self, case: Case, step: str, given: Given, room: str = "") -> None:
        order = Order(case.id, step, writing.ITSELF, self.today, given, case.moves, room)
        stepping.step(self.ground, order, self.today, self.now)
