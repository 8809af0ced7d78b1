"""What the database holds, in a form that two states can be compared in."""

import threading
import time
from collections.abc import Callable
from typing import Any

from policies import database
from policies.models import BOOK, BaseModel, Reassignment
from servicing.core import account_models, models
from servicing.core.models import CardEntry, DayWalk, Forecast, Halt, Message, TrailSeal, WalkedDay

SERVICE = tuple(
    each
    for module in (models, account_models)
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == module.__name__
)
"""Every table of the service."""

WHEN_IT_HAPPENED = {
    CardEntry: ("at",),
    Message: ("made_at",),
    WalkedDay: ("walked_at", "seconds"),
    DayWalk: ("walked_at",),
    TrailSeal: ("sealed_at",),
    Forecast: ("made_at",),
    Halt: ("halted_at", "resumed_at"),
    Reassignment: ("at",),
}
"""Columns that tell the hour of a walk, and how long it took: two walks may differ in them."""


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but not when and how long a walk was made."""
    return {
        model.__name__: [
            {
                name: value
                for name, value in row.items()
                if name not in WHEN_IT_HAPPENED.get(model, ())
            }
            for row in model.select().order_by(*model._meta.get_primary_keys()).dicts()
        ]
        for model in (*BOOK, *SERVICE)
    }


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same time, each on a connection of its own; answers with the answers."""
    answers: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def do(place: int, work: Callable[[], Any]) -> None:
        database.database.connect(reuse_if_open=True)
        try:
            start.wait()
            answers[place] = work()
        except Exception as error:
            answers[place] = error
        finally:
            database.database.close()

    threads = [threading.Thread(target=do, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def in_a_thread(work: Callable[[], object]) -> threading.Thread:
    """Begin it, on a connection of its own."""

    def do() -> None:
        database.database.connect(reuse_if_open=True)
        try:
            work()
        finally:
            database.database.close()

    thread = threading.Thread(target=do)
    thread.start()
    return thread


def until_it_waits_for_us(thread: threading.Thread) -> None:
    """Until the other one stands before something that we hold, or has passed.

    SQLite has one writer: there, whoever writes holds everything.
    """
    waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted"
    while thread.is_alive() and not database.is_sqlite():
        if database.execute(waiting).fetchone()[0]:
            return
        time.sleep(0.005)
