"""Many cases at once, as the database keeps them: counting them is what is tested."""

import datetime
from typing import Any

from servicing.core.case_models import Case, CaseClock, CaseEntry
from tests import cast

NOW = cast.at("2026-06-01")

DAY = datetime.timedelta(days=1)


def file(kind: str = "complaint", *, received: cast.Day, **facts: Any) -> Case:
    """A case of which nothing but its row is said."""
    on = cast.day(received)
    usual = {
        "recorded_at": NOW,
        "moved_on": on,
        "desk": "complaint" if kind == "complaint" else "callback",
        "state": "received" if kind == "complaint" else "open",
    }
    made: Case = Case.create(kind=kind, received_on=on, **{**usual, **facts})
    return made


def files(count: int, kind: str = "complaint", **facts: Any) -> list[Case]:
    """So many of them."""
    return [file(kind, **facts) for _ in range(count)]


def ended(on: cast.Day, state: str, kind: str = "callback", **facts: Any) -> Case:
    """One that has ended on a day, received on it as well."""
    day = cast.day(on)
    said = {"received": day, "state": state, "ended_on": day, "is_open": False}
    return file(kind, **{**said, **facts})


def clock(case: Case, due: cast.Day, stopped: cast.Day | None = None) -> CaseClock:
    """A clock of a case, from its receipt."""
    made: CaseClock = CaseClock.create(
        case=case,
        clock=f"clock{CaseClock.select().where(CaseClock.case == case).count()}",
        rule="complaint_simple",
        started_on=case.received_on,
        due_on=cast.day(due),
        stopped_on=cast.day(stopped) if stopped else None,
    )
    running = [
        each.due_on
        for each in CaseClock.select().where(
            (CaseClock.case == case) & CaseClock.stopped_on.is_null()
        )
    ]
    Case.update(due_on=min(running, default=None)).where(Case.id == case.id).execute()
    return made


def entry(case: Case, step: str, text: str, on: cast.Day) -> None:
    """An entry of a case."""
    CaseEntry.create(
        case=case,
        at=NOW,
        done_on=cast.day(on),
        step=step,
        from_state=case.state,
        to_state=case.state,
        done_by="root",
        text=text,
    )
