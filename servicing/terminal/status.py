"""How everything is, and what is halted, as a terminal shows it."""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from servicing.breaker.halts import HaltLine
from servicing.card import wording
from servicing.card.wording import reason_name, state_name
from servicing.core import output
from servicing.operations.health import Status
from servicing.terminal.lines import line
from servicing.terminal.words import moment, word


def show_status(found: Status, locale: str, zone: datetime.tzinfo) -> None:
    """Show the state of the workspace, a line each, the halts first."""
    for each in found.halts:
        line(wording.halted(each, each.name, locale, zone), "bold red")
    rows = [{"what": what, "value": value} for what, value in _status_lines(found, locale, zone)]
    output.emit_table(rows, ["what", "value"], locale)


def _status_lines(
    found: Status, locale: str, zone: datetime.tzinfo
) -> Iterator[tuple[str, str | int]]:
    def at(moment: datetime.datetime | None) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "–"

    yield word("clock", locale), found.clock or word("nobody", locale)
    if found.workers:
        yield word("workers", locale), found.workers
    walked = f"{found.last_walked} ({at(found.walked_at)})" if found.last_walked else "–"
    yield word("last_walked", locale), walked
    for state, count in found.waiting.items():
        yield state_name(state, locale), count
    yield word("ready", locale), found.ready
    if found.oldest_ready:
        yield word("oldest_ready", locale), at(found.oldest_ready)
    yield word("overdue_tasks", locale), found.overdue_tasks
    if found.retention:
        night = datetime.datetime.fromisoformat(found.retention["at"])
        gone = sum(found.retention["expired"].values())
        yield word("retention", locale), word("retention_last", locale, at=at(night), count=gone)
    for each in found.providers:
        told = [f"{word('last_success', locale)} {at(each.last_success)}"]
        if each.last_error:
            why = " ".join([reason_name(each.error_reason, locale), each.error_code]).strip()
            told.append(f"{word('last_error', locale)} {at(each.last_error)} {why}")
        yield each.provider, " · ".join(told)


def halt_rows(
    lines: Iterable[HaltLine], locale: str, zone: datetime.tzinfo
) -> Iterator[dict[str, Any]]:
    """Halts as their table shows them."""
    for each in lines:
        until = [moment(each.resumed_at, zone)] if each.resumed_at else []
        ended = ": ".join([*until, *filter(None, [each.resumed_by, each.resumed_why])])
        yield {
            "what": each.name,
            "why": each.sentence(locale),
            "since": moment(each.halted_at, zone),
            "waiting": each.waiting,
            "resumed": ended,
        }
