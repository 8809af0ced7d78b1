"""A template becomes a text: in the client's language, with its length and parts.

Templates are words of the company: they are run in a sandbox, and a placeholder that does not exist
is an error, never a blank.
"""

import datetime
import hashlib
import re
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from policies.notices import Invalid, Notice, notice
from policies.plan import Plan
from servicing.core import errors, event_facts
from servicing.core.context import TouchpointContext
from servicing.core.event_facts import EventFacts
from servicing.core.settings import General
from servicing.messages import placeholder_mistakes, sms_parts, text_files
from servicing.messages.asking import Asking
from servicing.messages.placeholders import (
    COVER,
    IN_SMS,
    OF_AN_EVENT,
    PLACEHOLDERS,
    SPECIMEN,
    UNCOVERED,
    Occasion,
    cover,
)
from servicing.messages.text_files import CHANNELS, name_of

if TYPE_CHECKING:  # loaded where a text is read
    import jinja2

NEUTRAL = "renewal_due"
"""Its words say nothing of cover. Approved words cannot ask: where those of another template say that
cover continues and it does not, the provider is handed these."""

SUBJECT = "Subject:"

_CONSTANT = re.compile(r"\{\{\s*(company|hotline)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A message as the client will read it."""

    locale: str
    subject: str
    body: str
    parts: int
    encoding: str
    params: dict[str, str]
    """What stands in for its placeholders, for providers that are sent these instead of the text."""
    template: str
    """The one that it was written with."""
    base: str = ""
    """What all texts of its template share (`servicing.core.packed_texts`)."""
    event: int = 0
    """The client event to which it invites; 0: to none."""


@dataclass(frozen=True)
class _Words:
    """One compiled template."""

    locale: str
    subject: "jinja2.Template | None"
    body: "jinja2.Template"
    names: tuple[str, ...]
    """The placeholders it has."""
    edition: str
    """Changes when the file does."""
    base: str
    """What all its texts share."""


class _Blank(str):
    """A placeholder without words: it notes when it is printed; a text that asks first prints none."""

    __slots__ = ("_name", "_printed")

    def __new__(cls, name: str, printed: set[str]) -> "_Blank":
        return super().__new__(cls, "")

    def __init__(self, name: str, printed: set[str]) -> None:
        self._name, self._printed = name, printed

    def __str__(self) -> str:
        self._printed.add(self._name)
        return ""


class Composer:
    """Writes messages with the workspace's templates, or the shipped ones where it has none."""

    def __init__(
        self,
        home: Path,
        general: General,
        approved: Mapping[str, Collection[str]] | None = None,
        first: Path | None = None,
        asking: Asking | None = None,
    ) -> None:
        """`approved`: by provider that is handed codes, the "locale/template" it has a code for.

        `first`: a folder whose words come before the workspace's. `asking`: what surveys ask.
        """
        self._general, self.asking = general, asking
        self.grace = general.grace  # until when a premium may be paid: the same as the texts say
        self.zone = general.zone
        self._approved = approved or {}
        self._folders = [*([first] if first else []), *text_files.folders(home)]
        self._locales = text_files.locales(self._folders)
        self._words = lru_cache(maxsize=None)(self._load)
        self._locale_for = lru_cache(maxsize=None)(self._find_locale)
        self._home_locale = self._own_locale()

    def compose(
        self,
        context: TouchpointContext,
        template: str,
        channel: str,
        provider: str = "",
        on: datetime.date | None = None,
        event: EventFacts | None = None,
    ) -> Text:
        """The text of `template` for the client of this touchpoint, as it is read on a day.

        Where the provider has no approved code for the client's language, it is the book's. Without
        a day it is the one on which it is due. `event`: the one to which it invites. Raises
        `BadTemplate` where the template is missing or asks for what there is not.
        """
        occasion = Occasion(self._general, on or context.due_on, self.asking, event)
        words = self._words_for(context, template, channel, provider)
        if provider in self._approved and COVER in words.names:
            template = self._approved_for(context, template, provider, occasion)
            words = self._words_for(context, template, channel, provider)
        text = _written(
            words, template, channel, lambda: self._params(context, words, channel, occasion)
        )
        return replace(text, event=event.event) if event else text

    def may_be_sent(self, template: str, language: str, provider: str) -> bool:
        """Whether a provider that takes approved words only has a code for these."""
        name = f"{self._locale_of(language, template, provider)}/{template}"
        return provider not in self._approved or name in self._approved[provider]

    def _approved_for(
        self, context: TouchpointContext, template: str, provider: str, occasion: Occasion
    ) -> str:
        """The template whose approved words are true although they cannot ask whether cover continues."""
        if cover(context, "", occasion):
            return template
        name = f"{self._locale_of(context.language, NEUTRAL, provider)}/{NEUTRAL}"
        if name not in self._approved[provider]:
            raise errors.BadTemplate(name, notice("not_approved", provider=provider, name=name))
        return NEUTRAL

    def blanks(
        self, context: TouchpointContext, template: str, channel: str, provider: str = ""
    ) -> list[str]:
        """The placeholders that the text would print although there is nothing to print, by name."""
        words = self._words_for(context, template, channel, provider)
        occasion = Occasion(self._general, context.due_on, self.asking)
        params = self._params(context, words, channel, occasion)
        if all(params.values()):
            return []
        printed: set[str] = set()
        shown = {name: value or _Blank(name, printed) for name, value in params.items()}
        for each in filter(None, (words.subject, words.body)):
            each.render(shown)
        return sorted(printed)

    def _words_for(
        self, context: TouchpointContext, template: str, channel: str, provider: str
    ) -> _Words:
        """In the client's language; in the book's, where the provider has no code for that."""
        locale = self._locale_of(context.language, template, provider)
        return self._words(template, locale, channel)

    def _locale_of(self, language: str, template: str, provider: str) -> str:
        locale = self._locale_for(language)
        if provider in self._approved and f"{locale}/{template}" not in self._approved[provider]:
            return self._home_locale
        return locale

    def _params(
        self, context: TouchpointContext, words: _Words, channel: str, occasion: Occasion
    ) -> dict[str, str]:
        known = PLACEHOLDERS if channel == "email" else IN_SMS
        if occasion.event is None and not OF_AN_EVENT.isdisjoint(words.names):
            occasion = replace(occasion, event=event_facts.of(context))
        return {name: known[name](context, words.locale, occasion) for name in words.names}

    def asks_for(self, template: str, channel: str) -> set[str]:
        """The placeholders of the text, in whatever language it is written."""
        return {
            name
            for locale in self.locales()
            for name in self._words(template, locale, channel).names
        }

    def edition(self, template: str, language: str, channel: str, provider: str = "") -> str:
        """A few digits that change when these words do."""
        return self._words(template, self._locale_of(language, template, provider), channel).edition

    def mistakes(self, plan: Plan) -> Iterator[tuple[str, Notice]]:
        """The mistakes in the templates that a plan sends, by touchpoint."""
        for touchpoint in plan.touchpoints:
            for step in touchpoint.due:
                if touchpoint.has_message(step):
                    template = touchpoint.template_of(step)
                    for why in self._template_mistakes(
                        template, placeholder_mistakes.not_known(touchpoint)
                    ):
                        yield touchpoint.id, why
            if touchpoint.invitation:
                for why in self._template_mistakes(
                    touchpoint.invitation,
                    placeholder_mistakes.not_known(touchpoint) - OF_AN_EVENT,
                ):
                    yield touchpoint.id, why

    def samples(self, template: str, channel: str) -> Iterator[Text]:
        """The text in each language there are words in, written to nobody."""
        for locale in self.locales():
            if locale == self._home_locale or self._has(name_of(locale, template, channel)):
                yield self._sample(template, locale, channel)

    def _sample(
        self, template: str, locale: str, channel: str, of: TouchpointContext = SPECIMEN
    ) -> Text:
        words = self._words(template, locale, channel)
        occasion = Occasion(self._general, of.due_on, self.asking, event_facts.SPECIMEN)

        def params() -> dict[str, str]:
            return {name: PLACEHOLDERS[name](of, words.locale, occasion) for name in words.names}

        return _written(words, template, channel, params, is_of_nobody=True)

    def names(self, channel: str) -> set[str]:
        """The templates there are words of for a channel."""
        end = f".{channel}.txt"
        found = (path.name for folder in self._folders for path in folder.glob(f"*/*{end}"))
        return {each.removesuffix(end) for each in found}

    def sources(self, template: str, channel: str) -> Iterator[str]:
        """The words of a template, of every language and folder: any of them may have been sent."""
        for folder in self._folders:
            for path in sorted(folder.glob(f"*/{template}.{channel}.txt")):
                yield path.read_text("utf-8")

    @property
    def home_locale(self) -> str:
        """The book's language, as there are words in it."""
        return self._home_locale

    def _template_mistakes(self, template: str, not_known: Collection[str]) -> Iterator[Notice]:
        for locale in self.locales():
            for channel in CHANNELS:
                name = name_of(locale, template, channel)
                if locale != self._home_locale and not self._has(name):
                    continue
                try:
                    words = self._words(template, locale, channel)
                except errors.BadTemplate as error:
                    yield error.notice
                    continue
                found = [
                    why
                    for fact in words.names
                    for why in placeholder_mistakes.of(name, fact, channel, not_known)
                ]
                yield from found or self._rehearse(template, locale, channel)

    def _rehearse(self, template: str, locale: str, channel: str) -> Iterator[Notice]:
        """Write it once to nobody: what fails there would fail in the walk."""
        try:
            for of in (SPECIMEN, UNCOVERED):
                self._sample(template, locale, channel, of)
        except errors.BadTemplate as error:
            yield error.notice

    def _has(self, name: str) -> bool:
        return any((folder / name).is_file() for folder in self._folders)

    def _load(self, template: str, locale: str, channel: str) -> _Words:
        name = name_of(locale, template, channel)
        if not self._has(name):
            locale = self._home_locale
            name = name_of(locale, template, channel)
        try:
            source = self._source(name)
            base = _CONSTANT.sub(lambda found: getattr(self._general, found[1]), source)
            return _Words(locale, *_compiled(source, channel), edition(source), base)
        except Invalid as error:
            raise errors.BadTemplate(name, error.notice) from None

    def _source(self, name: str) -> str:
        """The words of the first folder that has them; raises `Invalid`."""
        for folder in self._folders:
            if (folder / name).is_file() and ".." not in Path(name).parts:
                return (folder / name).read_text("utf-8")
        raise Invalid("system_enoent")

    def locales(self) -> list[str]:
        """The languages there are words in."""
        return self._locales

    def read_all(self, plan: Plan) -> None:
        """Read every text that the plan may send, so that what is written later is not mixed in.

        Raises `BadTemplate`.
        """
        for template, locale, channel in product(plan.templates(), self.locales(), CHANNELS):
            self._words(template, locale, channel)

    def _own_locale(self) -> str:
        """The book's locale, or the same language; raises `BadSetting` where there are no words."""
        wanted, locales = self._general.locale, self.locales()
        same = [each for each in locales if each.split("_")[0] == wanted.split("_")[0]]
        if not same:
            raise errors.BadSetting("locale", notice("no_words_in", locale=wanted, known=locales))
        return wanted if wanted in same else same[0]

    def _find_locale(self, language: str) -> str:
        """The locale we have words in for a client's language; else the book's."""
        locales = self.locales()
        if language in locales:
            return language
        same = [
            each for each in locales if language and each.split("_")[0] == language.split("_")[0]
        ]
        return same[0] if same else self._home_locale


def _written(
    words: _Words,
    template: str,
    channel: str,
    params_of: Callable[[], dict[str, str]],
    *,
    is_of_nobody: bool = False,
) -> Text:
    """Words with what stands in for their placeholders; raises `BadTemplate`.

    What an error says may hold what it failed on, a name for one: it is told where the facts are of
    nobody, else its kind and line.
    """
    try:
        params = params_of()
        body = words.body.render(params).strip()
        subject = " ".join(words.subject.render(params).split()) if words.subject else ""
    except Exception as error:  # whatever words can do wrong
        name = name_of(words.locale, template, channel)
        if is_of_nobody:
            raise errors.BadTemplate(name, notice("template_fails", text=str(error))) from None
        kind, line = type(error).__name__, _line_of(error)
        why = notice("template_fails_for_somebody", kind=kind, line=line or "–")
        raise errors.BadTemplate(name, why) from None
    handed = {name: value for name, value in params.items() if name != COVER}
    parts, encoding = 1, "UTF-8"
    if channel != "email":
        size = sms_parts.measure(body)
        parts, encoding = size.parts, size.encoding
    return Text(words.locale, subject, body, parts, encoding, handed, template, words.base)


def _line_of(error: Exception) -> int:
    """The line of the words at which an error has come about; 0: not in them."""
    steps = traceback.extract_tb(error.__traceback__)
    return next((each.lineno or 0 for each in reversed(steps) if each.filename == "<template>"), 0)


@lru_cache(maxsize=1 << 10)
def _compiled(
    source: str, channel: str
) -> tuple["jinja2.Template | None", "jinja2.Template", tuple[str, ...]]:
    """Subject, body and their placeholders; to compile all words takes a tenth of a second."""
    from servicing.messages import sandbox

    subject, body = _split(source) if channel == "email" else ("", source)
    found, names = sandbox.compiled([subject, body] if subject else [body])
    return found[0] if subject else None, found[-1], names


def edition(source: str) -> str:
    """Twelve digits that change when the words do."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def _split(source: str) -> tuple[str, str]:
    """An email's subject and body: the subject is the first line; raises `Invalid` without one."""
    first, _, rest = source.partition("\n")
    if not first.startswith(SUBJECT):
        raise Invalid("no_subject")
    return first.removeprefix(
        SUBJECT
    ).strip(), f"\n{rest}"  # a mistake is named by its line in the file
