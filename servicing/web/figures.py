"""The managers' pages share these: the part of the force that is asked for, its units, the arguments.

A manager sees figures of their own part only. Every figure is asked of the agents of that part, so a
branch, team or agent outside it is not there (404).
"""

import datetime
import functools
import itertools
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, get_args

from flask import Response, request, send_file, url_for

from policies import database, dates
from policies.persistency import units
from policies.persistency.selection import Selection, agents_of
from policies.persistency.units import Force, ForceAgent, UnitKind
from servicing.core import errors, visibility
from servicing.web import counted
from servicing.web.current import me, today

UNITS: tuple[UnitKind, ...] = get_args(UnitKind)
PLACES = ("branch", "team", "agent")
"""The arguments that name a unit, from the largest to the smallest."""

LONGEST_NAME = 200


@dataclass(frozen=True)
class Crumb:
    """A unit on the way down to the one that is shown: its name, and the arguments that lead there."""

    kind: str
    name: str
    place: dict[str, str]


@dataclass(frozen=True)
class ManagedPart:
    """The reader's part of the force, and the unit in it that was chosen."""

    selection: Selection
    force: Force
    """All agents of the book, who give the units their names."""
    agents: list[ForceAgent]
    """Of the unit that was chosen."""
    by: UnitKind
    """The units that its rows stand for: the next smaller ones of which there are several."""
    place: dict[str, str]
    """The arguments that name the unit."""

    @cached_property
    def _units(self) -> Counter[UnitKind]:
        """How many units there are of each kind."""
        return Counter({kind: len({each.key(kind) for each in self.agents}) for kind in UNITS})

    def kinds(self) -> list[UnitKind]:
        """The kinds of units that its rows can stand for."""
        return [kind for kind in UNITS if self._units[kind] > 1 or kind in ("agent", self.by)]

    def way(self) -> list[Crumb]:
        """From the whole part down to the unit."""
        found = [Crumb("", "", {})]
        for name in PLACES:
            if name in self.place:
                place = {each: self.place[each] for each in PLACES if each in self.place}
                place = dict(itertools.islice(place.items(), list(place).index(name) + 1))
                found.append(Crumb(name, self._shown(name), place))
        return found

    def _shown(self, kind: str) -> str:
        return self.agents[0].label(kind) if self.agents else self.place[kind]  # type: ignore[arg-type]

    def place_of(self, key: str) -> dict[str, str]:
        """The arguments that lead to a unit of a row; none where agents have no such unit."""
        agent = self._first.get(key)
        if agent is None or not key:
            return {}
        place = {"branch": agent.branch}
        if self.by != "branch":
            place["team"] = agent.team
        if self.by == "agent":
            place["agent"] = agent.agent_no
        return {name: value for name, value in place.items() if value}

    def name_of(self, key: str) -> str:
        """The name of the unit of a row."""
        agent = self._first.get(key)
        return agent.label(self.by) if agent else key

    @cached_property
    def _first(self) -> dict[str, ForceAgent]:
        """By unit, one of its agents."""
        return {each.key(self.by): each for each in self.agents}


View = TypeVar("View", bound=Callable[..., Any])


def one_reading(view: View) -> View:
    """All that the page says is of one moment, whatever is imported meanwhile."""

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with database.snapshot():
            return view(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


def part() -> ManagedPart:
    """The unit that the request names in the reader's part of the force.

    Raises `BranchNotFound`, `TeamNotFound` or `AgentNotFound` for a unit that is not in it.
    """
    place = {
        name: request.args[name] for name in PLACES if request.args.get(name, "")[:LONGEST_NAME]
    }
    selection = Selection(
        branch=place.get("branch"),
        team=place.get("team"),
        agent_no=place.get("agent"),
        part=visibility.agent_ids(me()),
    )
    force = counted.kept(("force",), units.force)
    agents = [force[each] for each in agents_of(selection, force)]
    return ManagedPart(selection, force, agents, _told_by(agents, place), place)


def _told_by(agents: Sequence[ForceAgent], place: Mapping[str, str]) -> UnitKind:
    """The kind of unit that the reader asks for, else the largest of which there are several below."""
    asked = request.args.get("by")
    for kind in UNITS:
        if kind == asked:
            return kind
    if "team" in place or "agent" in place:
        return "agent"
    is_of_many = {kind: len({each.key(kind) for each in agents}) > 1 for kind in UNITS}
    if is_of_many["branch"] and "branch" not in place:
        return "branch"
    return "team" if is_of_many["team"] else "agent"


# ---------------------------------------------------------------------------------------- arguments

Value = TypeVar("Value")


def chosen(name: str, offered: Sequence[str], default: str) -> str:
    """An argument that is one of some; raises `BadChoice`."""
    return read(name, lambda text: offered[offered.index(text)], default)


def day_chosen(name: str) -> datetime.date:
    """An argument that is a day, by default today; raises `BadChoice`."""
    return read(name, dates.parse_within_reach, today())


class BadChoice(errors.ServicingError):
    """An argument of a page is invalid."""

    def __init__(self, name: str) -> None:
        super().__init__("bad_choice", name=name)


def read(name: str, parse: Callable[[str], Value], default: Value) -> Value:
    """An argument that a function reads; raises `BadChoice` where the function refuses it."""
    text = request.args.get(name, "").strip()
    try:
        return parse(text) if text else default
    except ValueError:
        raise BadChoice(name) from None


# -------------------------------------------------------------------------------------------- files


def sent(name: str, write: Callable[[Path], None]) -> Response:
    """A file that `write` makes, to be saved under that name; nothing of it stays behind."""
    folder = tempfile.TemporaryDirectory(prefix="servicing-")
    try:
        path = Path(folder.name) / f"figure{Path(name).suffix}"
        write(path)
        kind = CONTENT[path.suffix]
        response = send_file(path, mimetype=kind, as_attachment=True, download_name=name)
    except BaseException:
        folder.cleanup()
        raise
    response.call_on_close(folder.cleanup)
    return response


CONTENT = {
    ".csv": "text/csv; charset=utf-8",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_name(*parts: Any, kind: str) -> str:
    """A name that says what is in the file; what no file name may hold is left out."""
    words = "-".join(str(each) for each in parts if each)
    return f"{''.join(each for each in words if each.isalnum() or each in '-_. ')}.{kind}"


@dataclass
class Counted:
    """How many lines went into a file."""

    rows: int = 0

    def of(self, lines: Iterable[Value]) -> Iterator[Value]:
        """The lines, counted as they pass."""
        for each in lines:
            self.rows += 1
            yield each


QUESTION = ["by", "month", "definition", "basis", "currency", "over", "as_of", "period", "fate"]
SPAN = ["from", "to", "ahead"]
LISTED = ["within", "stand", "state"]
"""The filters of the lists of a month."""
ARGUMENTS = [*PLACES, *QUESTION, *SPAN, *LISTED]
"""The arguments of these pages, which a link to another of them carries on."""


def arguments(**changed: Any) -> dict[str, Any]:
    """The arguments of this page with some others; None and "" leave one out."""
    given = request.args  # bound once: a page of lines asks a hundred times
    found: dict[str, Any] = {name: given[name] for name in ARGUMENTS if name in given}
    found.update(changed)
    return {name: value for name, value in found.items() if value not in (None, "")}


def here(**changed: Any) -> str:
    """The address of this page with some arguments changed."""
    return url_for(request.endpoint or "", **arguments(**changed))


_CODES = ["branch", "team", "agent", "cohort", "product", "premium", "count"]
_CODES += ["auto", "paid", "in-force", "lost", "kept", "open", "not_counted"]
_ASKED = re.compile(rf"\d{{1,2}}|\d{{4}}(-Q\d|(-\d\d){{0,2}})|{'|'.join(_CODES)}", re.ASCII)


def asked_for(of: ManagedPart) -> dict[str, Any]:
    """What the audit log keeps of the arguments: units of the reader's part, days, numbers and codes.

    An address may have anything else, a client's name for one.
    """
    known = {name: request.args.get(name, "") for name in [*QUESTION, *SPAN]}
    return {**of.place, **{name: each for name, each in known.items() if _ASKED.fullmatch(each)}}


def moved(place: Mapping[str, str], **changed: Any) -> dict[str, Any]:
    """The arguments of this page for another unit, by the units below that one."""
    return arguments(**{**dict.fromkeys([*PLACES, "by"]), **place, **changed})
