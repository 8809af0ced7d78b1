"""What both readings are asked for after a day, and how they differ."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Told(NamedTuple):
    """A touchpoint: whose (policy or client), its key, occurrence and day."""

    whose: str
    key: str
    occurrence: str
    due_on: datetime.date


class Stood(NamedTuple):
    """The states of its message and of its task; empty where there is none."""

    message: str
    task: str


class Sent(NamedTuple):
    """A text that has left, fact by fact, and where to."""

    client_no: str
    channel: str
    address: str
    facts: tuple[str, ...]


@dataclass
class Seen:
    """All that is compared."""

    touchpoints: dict[Told, list[Stood]] = field(default_factory=dict)
    texts: list[Sent] = field(default_factory=list)
    lists: dict[str, list[Told]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Open tasks about a death: agent, client, and what it is about."""


def differences(product: Seen, reading: Seen) -> list[str]:
    """What one has and the other has not, in words."""
    return [
        *_of_keys("touchpoint", product.touchpoints, reading.touchpoints),
        *_of_lists("text", product.texts, reading.texts),
        *_of_keys("list", product.lists, reading.lists),
        *_of_lists("task", product.asked, reading.asked),
    ]


def _of_keys(what: str, product: dict[Any, Any], reading: dict[Any, Any]) -> Iterator[str]:
    for key in sorted({*product, *reading}):
        ours, theirs = product.get(key), reading.get(key)
        if ours != theirs:
            yield f"{what} {_short(key)}: product {_short(ours)}, reading {_short(theirs)}"


def _of_lists(what: str, product: Sequence[Any], reading: Sequence[Any]) -> Iterator[str]:
    for each in sorted({*product, *reading}):
        ours, theirs = product.count(each), reading.count(each)
        if ours != theirs:
            yield f"{what} {_short(each)}: product {ours} times, reading {theirs} times"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    if isinstance(value, tuple):
        return " ".join(map(_short, value)) or "–"
    return str(value) or "–"
