"""The stages of a client: 相识 → 相知 → 相信 → 相依, by conditions of a file (domain.md §18.7)."""

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from policies import errors, tier_labels, toml
from policies.notices import Notice, notice

Texts = dict[str, str]
"""One text in several locales."""

STANDARD = "standard"
SHIPPED = Path(__file__).parent / "stages"

BEFORE = "before"
"""What a client is in who is in no stage yet: no stage may be called so."""


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A stage, and what has to hold of a policy; all of it does."""

    id: str
    title: Texts
    delivered: bool = False
    done: tuple[str, ...] = ()
    """Touchpoints of the plan."""
    without: Literal["", "open_complaint"] = ""
    paid_year: Annotated[int, Meta(ge=1, le=100)] | None = None
    """The policy year of which a premium was paid: the first begins on the day of issue."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    stage: list[Any] = []


def path_of(home: Path) -> Path:
    """Where the stages are: the workspace's own file, else the shipped one."""
    own = home / "stages" / f"{STANDARD}.toml"
    return own if own.exists() else SHIPPED / f"{STANDARD}.toml"


def load(path: Path, touchpoints: Collection[str] | None = None) -> tuple[Stage, ...]:
    """The stages of a file, the first one first.

    `touchpoints`: those of the plan; None: they are not compared. Raises `UnreadableFile`, or
    `BadSetting`, which names the file, the stage and the mistake.
    """
    try:
        file = msgspec.convert(toml.read(path), _File)
    except msgspec.ValidationError as error:
        raise errors.BadSetting(str(path), toml.invalid(str(error))) from None
    if not file.stage:
        raise errors.BadSetting(str(path), notice("no_stages"))
    found = tuple(_read(path, number, raw) for number, raw in enumerate(file.stage, 1))
    for each in found:
        for why in _mistakes(each, found, touchpoints):
            raise _bad(path, each.id, why)
    return found


def _read(path: Path, number: int, raw: object) -> Stage:
    label = str(raw.get("id", f"#{number}")) if isinstance(raw, dict) else f"#{number}"
    try:
        return msgspec.convert(raw, Stage)
    except msgspec.ValidationError as error:
        raise _bad(path, label, toml.invalid(str(error))) from None


def _bad(path: Path, name: str, why: Notice) -> errors.BadSetting:
    return errors.BadSetting(str(path), notice("at_key", key=f"stage {name}", why=why))


def _mistakes(
    of: Stage, among: Collection[Stage], touchpoints: Collection[str] | None
) -> Iterator[Notice]:
    if not of.id.isidentifier() or of.id == BEFORE:
        yield notice("bad_id")
    if (count := Counter(each.id for each in among)[of.id]) > 1:
        yield notice("id_twice", count=count)
    for label in [of.id.replace("_", " "), *of.title.values()]:
        yield from tier_labels.refused(label)
    if not (of.delivered or of.done or of.paid_year):
        yield notice("stage_without_condition")
    for key in of.done:
        if touchpoints is not None and key not in touchpoints:
            yield notice("stage_not_in_plan", touchpoint=key)
