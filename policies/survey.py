"""What a survey asks, and what its answers are: one question of satisfaction a file (domain.md §16.5).

A file is the company's: what it says wrongly is refused with the file and the sentence. Its scale is that
of its figure, so that a digit means the same in every company.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from policies import errors, toml
from policies.notices import notice
from policies.plan import Texts
from policies.satisfaction import Name

SCALES: Mapping[Name, range] = {"csat": range(1, 6), "nps": range(11), "ces": range(1, 8)}
"""What can be answered, the worst first."""

_DETRACTORS: Mapping[Name, range] = {"csat": range(1, 3), "nps": range(7), "ces": range(0)}
"""Who answers one of these has somebody call them. Of an effort nobody is called."""

PROMOTERS, PASSIVES = range(9, 11), range(7, 9)

LONGEST_DIGITS = 2

SHIPPED = Path(__file__).parent / "surveys"
FOLDER = "surveys"

MOST_DAYS = 90


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file as it stands there."""

    ask: Texts = {}
    worst: Texts = {}
    best: Texts = {}
    open_days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = 14


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question, and until when it can be answered."""

    figure: Name
    edition: str
    """Name and digest: it changes with the file, and an answer says to which one it was given."""
    ask: Texts
    worst: Texts
    """What the lowest answer means; so does the next of the highest."""
    best: Texts
    open_days: int
    """An answer that comes later is kept and not counted."""

    @property
    def scale(self) -> range:
        """What can be answered."""
        return SCALES[self.figure]


def find(figure: Name, home: Path) -> Path:
    """Where the question of a figure is: the workspace's own first, then the shipped one."""
    own = home / FOLDER / f"{figure}.toml"
    return own if own.exists() else SHIPPED / f"{figure}.toml"


def load(figure: Name, home: Path) -> Question:
    """Read and check the question of a figure.

    Raises `UnreadableFile`, or `BadQuestionSet`, which names the file and the mistake.
    """
    path = find(figure, home)
    try:
        file = msgspec.convert(toml.read(path), _File)
    except msgspec.ValidationError as error:
        raise errors.BadQuestionSet(path, None, toml.invalid(str(error))) from None
    for key, texts in (("ask", file.ask), ("worst", file.worst), ("best", file.best)):
        if not texts or not all(each.strip() for each in texts.values()):
            raise errors.BadQuestionSet(path, None, notice("survey_without_words", key=key))
    digest = hashlib.sha256(msgspec.json.encode(file)).hexdigest()[:12]
    return Question(
        figure=figure,
        edition=f"{figure}@{digest}",
        ask=file.ask,
        worst=file.worst,
        best=file.best,
        open_days=file.open_days,
    )


def digits(text: str) -> int | None:
    """The number that a message is, in whatever width it was typed; None: it is something else."""
    given = unicodedata.normalize("NFKC", text).strip().strip(".。!！").strip()
    is_number = given.isascii() and given.isdigit() and len(given) <= LONGEST_DIGITS
    return int(given) if is_number else None


def is_detractor(figure: Name, score: int) -> bool:
    """Whether whoever answers this is called: NPS 0 to 6, CSAT 1 and 2."""
    return score in _DETRACTORS[figure]


def counts(figure: Name, scores: Mapping[int, int]) -> tuple[int, ...]:
    """How often each answer was given, from the best on, as `satisfaction.figure` takes it.

    `scores`: by answer how often. Of NPS it is three groups.
    """
    if figure != "nps":
        return tuple(scores.get(each, 0) for each in reversed(SCALES[figure]))
    groups: Sequence[Iterable[int]] = (PROMOTERS, PASSIVES, range(7))
    known = Counter(scores)
    return tuple(sum(known[each] for each in group) for group in groups)
