"""Templates before the walk: every text written once for everybody it would reach, to nobody.

What goes wrong there would go wrong in the morning: a fact that is missing for three clients of a
hundred thousand, a text that cannot be worked out, one that grew too long, or says what it must not.
"""

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from policies import database, dates, records
from policies.notices import Notice
from policies.plan import Touchpoint
from servicing.core import context, errors, i18n
from servicing.core.context import TouchpointContext
from servicing.core.settings import Settings, Texts
from servicing.messages import permission, ways_out
from servicing.messages.templates import Text
from servicing.projections import preview
from servicing.schedule.materialize import Walker

Code = Literal[
    "broken",
    "blank",
    "long",
    "no_signature",
    "no_opt_out",
    "not_a_way_out",
    "forbidden",
    "insecure_link",
]

EXAMPLES = 10
"""Clients that are named for each flaw."""

_LINK = re.compile(r"http://\S+", re.I)
_SIGNATURE = re.compile(r"^【[^】]+】|【[^】]+】$")


@dataclass
class TextFlaw:
    """Something that is wrong with a template, for some clients or for all."""

    template: str
    """As its file: zh_CN/month_1.sms."""
    code: Code
    what: str | Notice
    """Which fact, which word, how many parts, or what was wrong with the template."""
    clients: int = 0
    examples: list[str] = field(default_factory=list)
    """Client numbers, the first few."""

    def document(self, locale: str) -> dict[str, Any]:
        """As scripts read it; what is wrong is text."""
        what = i18n.sentence(self.what, locale) if isinstance(self.what, Notice) else self.what
        return {**records.named(self), "what": what}


@dataclass
class TemplateReach:
    """The clients that a template would reach, and the length of its texts."""

    template: str
    clients: int = 0
    longest: int = 0
    """Characters."""
    parts: Counter[int] = field(default_factory=Counter)
    """How many texts have so many SMS parts."""


@dataclass
class Preflight:
    """The result of a look at all texts."""

    texts: int = 0
    complaints: list[TextFlaw] = field(default_factory=list)
    """Called so in JSON, which scripts read."""
    reached: list[TemplateReach] = field(default_factory=list)

    def document(self, locale: str) -> dict[str, Any]:
        """As scripts read it; what is wrong is text."""
        complaints = [each.document(locale) for each in self.complaints]
        return {**records.named(self), "complaints": complaints}


class _TextReview:
    """One look at all texts."""

    def __init__(self, walker: Walker, settings: Settings) -> None:
        self._walker, self._texts = walker, settings.texts
        self._is_china = settings.servicing.country == "CN"
        self._flaws: dict[tuple[str, str, str], TextFlaw] = {}
        self._reached: dict[str, TemplateReach] = {}
        self.count = 0

    def look(self, touchpoint: Touchpoint, template: str, each: TouchpointContext) -> None:
        """Write one text, and look at it."""
        channel, address, refusal = permission.way_to(each, touchpoint)
        if refusal or not channel:
            return
        self.count += 1
        provider = self._walker.routes.of(channel, address)
        composer = self._walker.composer
        try:
            text = composer.compose(each, template, channel, provider)
            blanks = composer.blanks(each, template, channel, provider)
        except errors.BadTemplate as error:
            self._complain(f"{template}.{channel}", "broken", error.notice, each)
            return
        name = f"{text.locale}/{template}.{channel}"
        self._measure(name, text)
        for blank in blanks:
            self._complain(name, "blank", blank, each)
        for code, what in self._faults(touchpoint, channel, text):
            self._complain(name, code, what, each)

    def _faults(
        self, touchpoint: Touchpoint, channel: str, text: Text
    ) -> Iterator[tuple[Code, str]]:
        whole = f"{text.subject}\n{text.body}"
        if link := _LINK.search(whole):
            yield "insecure_link", link.group()
        for word in self._texts.forbidden:
            if word.casefold() in whole.casefold():
                yield "forbidden", word
        if channel != "sms":
            return
        if text.parts > self._texts.most_parts:
            yield "long", str(text.parts)
        if self._is_china and text.locale.startswith("zh") and not _SIGNATURE.search(text.body):
            yield "no_signature", ""
        if touchpoint.message_class == "marketing" and not _has_one(text.body, self._texts):
            yield "no_opt_out", ""
        for word in ways_out.not_understood(text.body, self._texts.opt_out):
            yield "not_a_way_out", word

    def _measure(self, name: str, text: Text) -> None:
        reach = self._reached.setdefault(name, TemplateReach(name))
        reach.clients += 1
        reach.longest = max(reach.longest, len(text.body))
        reach.parts[text.parts] += 1

    def _complain(self, name: str, code: Code, what: str | Notice, each: TouchpointContext) -> None:
        flaw = self._flaws.setdefault((name, code, str(what)), TextFlaw(name, code, what))
        flaw.clients += 1
        if len(flaw.examples) < EXAMPLES:
            flaw.examples.append(each.client_no)

    def result(self) -> Preflight:
        """All flaws, the rarest last: a mistake for everybody comes first."""
        flaws = sorted(self._flaws.values(), key=lambda each: -each.clients)
        return Preflight(self.count, flaws, sorted(self._reached.values(), key=_name))


def _name(reach: TemplateReach) -> str:
    return reach.template


def _has_one(body: str, texts: Texts) -> bool:
    return any(word.casefold() in body.casefold() for word in texts.opt_out)


def check(
    walker: Walker,
    settings: Settings,
    on: datetime.date,
    progress: Callable[[int], None] = lambda texts: None,
) -> Preflight:
    """Look at every text that the plan would send to the book of a day; nothing is written.

    `progress` hears after each touchpoint how many texts were looked at. Memory stays flat.
    """
    review = _TextReview(walker, settings)
    for touchpoint in walker.plan.touchpoints:
        if templates := preview.templates(touchpoint):
            with database.explained(), database.snapshot():
                for each in _reached(touchpoint, on):
                    for template in templates:
                        review.look(touchpoint, template, each)
            progress(review.count)
    return review.result()


def _reached(touchpoint: Touchpoint, on: datetime.date) -> Iterator[TouchpointContext]:
    """Every policy that the touchpoint would reach; where it is the client's, one of each client."""
    reached = context.supposed_for_all(touchpoint, on, counted_since(touchpoint, on))
    return _once_a_client(reached) if touchpoint.scope == "client" else reached


def counted_since(touchpoint: Touchpoint, on: datetime.date) -> datetime.date:
    """From which day of issue, or of its end, on a policy still has it to come.

    The first day of all, if it returns or is counted from another date.
    """
    if touchpoint.anchor not in ("issue", "ended") or any(
        step.every_months for step in touchpoint.due
    ):
        return datetime.date.min
    offsets = [
        on - datetime.timedelta(days=step.days)
        if step.days is not None
        else dates.months_after(on, -max(step.month_counts()))
        for step in touchpoint.due
    ]
    return min(offsets) - dates.ONE_DAY


def _once_a_client(all_of_them: Iterator[TouchpointContext]) -> Iterator[TouchpointContext]:
    """The first of each client's: they get one message."""
    seen: set[int] = set()
    for each in all_of_them:
        if each.client_id not in seen:
            seen.add(each.client_id)
            yield each
