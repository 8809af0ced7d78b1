"""How satisfied clients are, and the five measures, over some days and by unit (domain.md §16.8).

Answers are counted by the day of their question, so that response and figures are of the same people.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from policies import satisfaction, survey
from policies.satisfaction import NAMES, Figure, Name
from servicing.core import errors
from servicing.surveys import queries
from servicing.surveys.queries import Closed, Complained, Part, Returned, Scored, Sent

MEASURES = ("praise", "known", "return", "complaint", "closing")
"""美誉度 知名度 回头率 抱怨率 销售力, as a document names them."""

FOR_AN_AGENT = 10
"""From so many answers on agents see their own figures."""


@dataclass(frozen=True)
class Satisfaction:
    """The figures of one unit, or of all."""

    key: str
    sent: int = 0
    undelivered: int = 0
    answered: int = 0
    late: int = 0
    second: int = 0
    figures: Mapping[Name, Figure] = field(default_factory=dict)
    again: Mapping[Name, Figure] = field(default_factory=dict)
    """Of whom was asked once more; it is in none of the others."""
    by_month: Mapping[str, Mapping[Name, Figure]] = field(default_factory=dict)
    """The figures by the month of the question, such as `2026-06`; left out is one without answers."""
    known: Fraction | None = None
    returned: Fraction | None = None
    complaint: Fraction | None = None
    closing: Fraction | None = None

    @property
    def response(self) -> Fraction | None:
        """The share of what arrived that was answered."""
        return satisfaction.responding(self.sent, self.undelivered, self.answered)

    @property
    def praise(self) -> Fraction | None:
        """美誉度: the two best of five among the answers."""
        return self.figures["csat"].value if "csat" in self.figures else None

    @property
    def measures(self) -> dict[str, Fraction | None]:
        """The five measures by their names in a document."""
        values = (self.praise, self.known, self.returned, self.complaint, self.closing)
        return dict(zip(MEASURES, values, strict=True))


def report(part: Part, first: datetime.date, last: datetime.date) -> list[Satisfaction]:
    """The figures of each unit of a part, by key; ask inside a snapshot.

    Raises `BadArgument` for a span that ends before it begins.
    """
    if last < first:
        raise errors.BadArgument("span_ends_first", first=first, last=last)
    sent = {each.key: each for each in queries.sent(part, first, last)}
    scores = _by_key(queries.scored(part, first, last))
    came: dict[str, Counter[str]] = defaultdict(Counter)
    for each in queries.came(part, first, last):
        came[each.key][each.source] += each.count
    returned = {each.key: each for each in queries.returned(part, first, last)}
    complained = {each.key: each for each in queries.complained(part, first, last)}
    closed = {each.key: each for each in queries.closed(part, first, last)}
    keys = {*sent, *scores, *came, *returned, *complained, *closed} or {""}
    return [
        replace(
            _of_answers(key, sent.get(key), scores[key]),
            known=_known(came[key]),
            returned=_returned(returned.get(key)),
            complaint=_complaint(complained.get(key)),
            closing=_closing(closed.get(key)),
        )
        for key in sorted(keys)
    ]


def total(agents: frozenset[int] | None, first: datetime.date, last: datetime.date) -> Satisfaction:
    """The figures of all of a part together: a person of several agents is one."""
    (found,) = report(Part(by="total", agents=agents), first, last)
    return found


def of_answers(part: Part, first: datetime.date, last: datetime.date) -> list[Satisfaction]:
    """The same without the measures of the book: what units answered, in two statements."""
    sent = {each.key: each for each in queries.sent(part, first, last)}
    scores = _by_key(queries.scored(part, first, last))
    return [_of_answers(key, sent.get(key), scores[key]) for key in sorted({*sent, *scores})]


def _by_key(rows: Iterable[Scored]) -> dict[str, list[Scored]]:
    found: dict[str, list[Scored]] = defaultdict(list)
    for each in rows:
        found[each.key].append(each)
    return found


def _by_month(rows: Iterable[Scored]) -> dict[str, list[Scored]]:
    found: dict[str, list[Scored]] = defaultdict(list)
    for each in rows:
        found[each.month].append(each)
    return found


def figures(rows: Iterable[Scored], *, is_again: bool) -> dict[Name, Figure]:
    """Each figure of some answers: of the first, or of those to a second asking."""
    counted: dict[str, Counter[int]] = defaultdict(Counter)
    for each in rows:
        if each.is_again == is_again:
            counted[each.figure][each.score] += each.count
    return {name: satisfaction.figure(name, survey.counts(name, counted[name])) for name in NAMES}


def _of_answers(key: str, sent: Sent | None, scores: Sequence[Scored]) -> Satisfaction:
    return Satisfaction(
        key=key,
        sent=sent.sent if sent else 0,
        undelivered=sent.undelivered if sent else 0,
        answered=sent.answered if sent else 0,
        late=sent.late if sent else 0,
        second=sent.second if sent else 0,
        figures=figures(scores, is_again=False),
        again=figures(scores, is_again=True),
        by_month={
            month: figures(some, is_again=False) for month, some in _by_month(scores).items()
        },
    )


def _known(came: Counter[str]) -> Fraction | None:
    by_name, known = came["company"] + came["agent"], came.total() - came[""]
    return satisfaction.known(by_name, came["referral"], known)


def _returned(of: Returned | None) -> Fraction | None:
    return satisfaction.returning(of.at_start, of.bought, of.introduced, of.both) if of else None


def _complaint(of: Complained | None) -> Fraction | None:
    return satisfaction.complaining(of.complainants, of.served) if of else None


def _closing(of: Closed | None) -> Fraction | None:
    return satisfaction.closing(of.won, of.closed) if of else None
