"""A question set (问卷) of a spot check: weighted items, red lines, their worth (domain.md §14.2).

A set is the company's file, as a plan is: what it says wrongly is refused with the file, the item and
the sentence. Its items come from the plan's touchpoints of kind `basic`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args

import msgspec

from policies import errors, file_names, toml
from policies.notices import Notice, notice
from policies.plan import Plan, Texts

Answer = Literal["pass", "fail", "na"]
"""`na`: it does not apply to this client."""
ANSWERS: tuple[Answer, ...] = get_args(Answer)

MOST_WEIGHT = 100
Weight = Annotated[int, msgspec.Meta(ge=0, le=MOST_WEIGHT)]

SHIPPED = Path(__file__).parent / "question_sets"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question, answered pass, fail or na."""

    id: str
    touchpoint: str = ""
    """The touchpoint of the plan that it asks about; empty: it is asked of everybody."""
    weight: Weight = 1
    red_line: bool = False
    """Where it fails, nothing of the check counts."""
    ask: Texts


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file as it stands there; its items are read one by one, so that each has a name."""

    title: Texts = {}
    default_weight: Weight = 1
    item: Any = []


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True):
    """The items that a plan's basic service is checked by."""

    name: str
    edition: str
    """Name and digest: it changes with the file and with the plan."""
    title: Texts
    items: tuple[Item, ...]


def find(name: str, home: Path) -> Path:
    """Where the set called `name` is: the workspace's own first, then the shipped ones."""
    own = home / "question_sets" / f"{name}.toml"
    return own if own.exists() else SHIPPED / f"{name}.toml"


def load(path: Path, plan: Plan) -> QuestionSet:
    """Read and check a set for a plan.

    An item about a touchpoint that the plan does not have as basic service is left out of a shipped
    set, and refused in a company's own. Raises `UnreadableFile`, or `BadQuestionSet`, which names the
    file, the item and the mistake.
    """
    try:
        file = msgspec.convert(toml.read(path), _File)
    except msgspec.ValidationError as error:
        raise errors.BadQuestionSet(path, None, toml.invalid(str(error))) from None
    if not isinstance(file.item, list):
        raise errors.BadQuestionSet(path, None, notice("not_a_table", key="[[item]]"))
    written = [_item(path, number, raw) for number, raw in enumerate(file.item, 1)]
    for name, count in Counter(each.id for each in written).items():
        if count > 1:
            raise errors.BadQuestionSet(path, name, notice("id_twice", count=count))
    asked = tuple(_asked(path, written, plan, file.default_weight))
    if not any(each.weight for each in asked):
        raise errors.BadQuestionSet(path, None, notice("no_items"))
    digest = hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:12]
    edition = f"{path.stem}@{digest}"
    return QuestionSet(name=path.stem, edition=edition, title=file.title, items=asked)


def _item(path: Path, number: int, raw: object) -> Item:
    label = str(raw.get("id", f"#{number}")) if isinstance(raw, dict) else f"#{number}"
    if not isinstance(raw, dict):
        raise errors.BadQuestionSet(path, label, notice("not_a_table", key="[[item]]"))
    try:
        item = msgspec.convert(raw, Item)
    except msgspec.ValidationError as error:
        raise errors.BadQuestionSet(path, label, toml.invalid(str(error))) from None
    for why in mistakes(item):
        raise errors.BadQuestionSet(path, label, why)
    return item


def mistakes(item: Item) -> Iterator[Notice]:
    """The rules beyond the types."""
    if not item.id.isidentifier():
        yield notice("bad_id")
    elif not file_names.is_plain(item.id):
        yield notice("id_too_long", most=file_names.LONGEST)
    if not item.ask:
        yield notice("no_question")
    if item.weight == 0 and not item.red_line:
        yield notice("weight_of_nothing", most=MOST_WEIGHT)


def _asked(path: Path, items: Sequence[Item], plan: Plan, default_weight: int) -> Iterator[Item]:
    """The items that fit the plan, then its other basic touchpoints by their titles."""
    basic = {each.id: each for each in plan.touchpoints if each.kind == "basic"}
    for item in items:
        if not item.touchpoint or item.touchpoint in basic:
            yield item
        elif path.parent != SHIPPED:
            why = notice("not_basic_service", touchpoint=item.touchpoint, plan=plan.name)
            raise errors.BadQuestionSet(path, item.id, why)
    named, ids = {each.touchpoint for each in items}, {each.id for each in items}
    for key, touchpoint in basic.items():
        if key not in named and default_weight:
            while key in ids:
                key += "_"
            ids.add(key)
            yield Item(
                id=key, touchpoint=touchpoint.id, weight=default_weight, ask=touchpoint.title
            )


# ----------------------------------------------------------------------------------- what it is worth


class Judged(NamedTuple):
    """What the answers of a check are worth."""

    earned: int
    """The weights of what passed; 0 where a red line failed."""
    possible: int
    """The weights of what passed or failed."""
    red_lines: tuple[str, ...]
    """The red lines that failed, by id."""

    @property
    def ratio(self) -> Fraction | None:
        """The share that passed, exactly; None where nothing applied."""
        return Fraction(self.earned, self.possible) if self.possible else None


def judge(items: Sequence[Item], answers: Mapping[str, Answer]) -> Judged:
    """What answers are worth: passed ÷ (passed + failed) by weight, and 0 beyond a red line."""
    passed = sum(each.weight for each in items if answers[each.id] == "pass")
    failed = sum(each.weight for each in items if answers[each.id] == "fail")
    crossed = tuple(each.id for each in items if each.red_line and answers[each.id] == "fail")
    return Judged(0 if crossed else passed, passed + failed, crossed)
