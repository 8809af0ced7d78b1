"""Template and facts become a text: in the client's language, with its length and parts.

Templates are words of the company: they are run in a sandbox, and a fact they ask for that does not
exist is an error, never a blank.
"""

import datetime
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2
import jinja2.meta
import jinja2.sandbox

from policies.notices import Invalid, Notice, notice
from policies.plan import Plan
from servicing.core import errors, i18n
from servicing.core.context import Facts
from servicing.core.i18n import shipped_templates
from servicing.core.settings import General
from servicing.messages import sms_parts

CHANNELS = ("sms", "email")
SUBJECT = "Subject:"

SANDBOX = jinja2.sandbox.ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # text, not HTML
)
"""Where words are run: each file for itself, none can take in another."""


@dataclass(frozen=True, slots=True)
class Text:
    """A message as the client will read it."""

    locale: str
    subject: str
    body: str
    parts: int
    encoding: str
    params: dict[str, str]
    """The facts that the template used, for providers that are sent these instead of the text."""


@dataclass(frozen=True)
class _Words:
    """One compiled template."""

    locale: str
    subject: jinja2.Template | None
    body: jinja2.Template
    names: tuple[str, ...]
    """The facts it asks for."""
    edition: str
    """Changes when the file does."""


class _Blank(str):
    """A fact without a value: it tells when it is printed; a text that asks first does not print it."""

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
    ) -> None:
        """`approved`: by provider that is handed codes, the "locale/template" it has a code for.

        `first`: a folder whose words come before the workspace's.
        """
        self._general = general
        self._approved = approved or {}
        self._folders = [
            *([first] if first else []),
            home / "templates" / "messages",
            shipped_templates() / "messages",
        ]
        self._files = jinja2.FileSystemLoader(self._folders)
        self._words = lru_cache(maxsize=None)(self._load)
        self._locale_for = lru_cache(maxsize=None)(self._find_locale)
        self._home_locale = self._own_locale()

    def compose(self, facts: Facts, template: str, channel: str, provider: str = "") -> Text:
        """The text of `template` for the client of these facts.

        Where the provider has no approved code for the client's language, it is the book's. Raises
        `BadTemplate` where the template is missing or asks for what there is not.
        """
        words = self._words_for(facts, template, channel, provider)
        try:
            params = self._params(facts, words, channel)
            body = words.body.render(params).strip()
            subject = " ".join(words.subject.render(params).split()) if words.subject else ""
        except Exception as error:  # whatever words can do wrong
            name = f"{words.locale}/{template}.{channel}.txt"
            raise errors.BadTemplate(name, notice("template_fails", text=str(error))) from None
        if channel == "email":
            return Text(words.locale, subject, body, 1, "UTF-8", params)
        size = sms_parts.measure(body)
        return Text(words.locale, subject, body, size.parts, size.encoding, params)

    def blanks(self, facts: Facts, template: str, channel: str, provider: str = "") -> list[str]:
        """The facts that the text would print although there is nothing to print, by name."""
        words = self._words_for(facts, template, channel, provider)
        params = self._params(facts, words, channel)
        if all(params.values()):
            return []
        printed: set[str] = set()
        shown = {name: value or _Blank(name, printed) for name, value in params.items()}
        for each in filter(None, (words.subject, words.body)):
            each.render(shown)
        return sorted(printed)

    def _words_for(self, facts: Facts, template: str, channel: str, provider: str) -> _Words:
        """In the client's language; in the book's, where the provider has no code for that."""
        locale = self._locale_of(facts.language, template, provider)
        return self._words(template, locale, channel)

    def _locale_of(self, language: str, template: str, provider: str) -> str:
        locale = self._locale_for(language)
        if provider in self._approved and f"{locale}/{template}" not in self._approved[provider]:
            return self._home_locale
        return locale

    def _params(self, facts: Facts, words: _Words, channel: str) -> dict[str, str]:
        known = FACTS if channel == "email" else SMS_FACTS
        return {name: known[name](facts, words.locale, self._general) for name in words.names}

    def asks_for(self, template: str, channel: str) -> set[str]:
        """The facts that the text asks for, in whatever language it is written."""
        return {
            name
            for locale in self.locales()
            for name in self._words(template, locale, channel).names
        }

    def edition(self, template: str, language: str, channel: str, provider: str = "") -> str:
        """A few digits that change when these words do."""
        return self._words(template, self._locale_of(language, template, provider), channel).edition

    def mistakes(self, plan: Plan) -> Iterator[tuple[str, Notice]]:
        """What is wrong with the templates that a plan sends, by touchpoint."""
        for touchpoint in plan.touchpoints:
            for step in touchpoint.due:
                if touchpoint.has_message(step):
                    is_renewal = touchpoint.anchor == "premium_due"
                    for why in self._template_mistakes(touchpoint.template_of(step), is_renewal):
                        yield touchpoint.id, why

    def specimens(self, template: str, channel: str) -> Iterator[Text]:
        """The text in each language there are words in, written to nobody."""
        for locale in self.locales():
            if locale == self._home_locale or self._has(f"{locale}/{template}.{channel}.txt"):
                yield self.compose(SPECIMEN._replace(language=locale), template, channel)

    @property
    def home_locale(self) -> str:
        """The book's language, as there are words in it."""
        return self._home_locale

    def _template_mistakes(self, template: str, is_renewal: bool) -> Iterator[Notice]:
        for locale in self.locales():
            for channel in CHANNELS:
                name = f"{locale}/{template}.{channel}.txt"
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
                    for why in _fact_mistakes(name, fact, channel, is_renewal)
                ]
                yield from found or self._rehearse(template, locale, channel)

    def _rehearse(self, template: str, locale: str, channel: str) -> Iterator[Notice]:
        """Write it once to nobody: what fails there would fail in the walk."""
        try:
            self.compose(SPECIMEN._replace(language=locale), template, channel)
        except errors.BadTemplate as error:
            yield error.notice

    def _has(self, name: str) -> bool:
        return any((folder / name).is_file() for folder in self._folders)

    def _load(self, template: str, locale: str, channel: str) -> _Words:
        name = f"{locale}/{template}.{channel}.txt"
        if not self._has(name):
            locale = self._home_locale
            name = f"{locale}/{template}.{channel}.txt"
        try:
            source, *_ = self._files.get_source(SANDBOX, name)
            return _Words(locale, *_compiled(source, channel), edition(source))
        except jinja2.TemplateNotFound:
            raise errors.BadTemplate(name, notice("system_enoent")) from None
        except Invalid as error:
            raise errors.BadTemplate(name, error.notice) from None
        except jinja2.TemplateSyntaxError as error:
            why = notice("template_syntax", line=error.lineno, text=error.message or "")
            raise errors.BadTemplate(name, why) from None

    def locales(self) -> list[str]:
        """The languages there are words in."""
        found = {
            path.name for folder in self._folders if folder.is_dir() for path in folder.iterdir()
        }
        return sorted(found)

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


@lru_cache(maxsize=1 << 10)
def _compiled(
    source: str, channel: str
) -> tuple[jinja2.Template | None, jinja2.Template, tuple[str, ...]]:
    """Subject, body and the facts they ask for; to compile all words takes a tenth of a second."""
    subject, body = _split(source) if channel == "email" else ("", source)
    names = jinja2.meta.find_undeclared_variables(SANDBOX.parse(source))
    return (
        SANDBOX.from_string(subject) if subject else None,
        SANDBOX.from_string(body),
        tuple(sorted(names)),
    )


def edition(source: str) -> str:
    """Twelve digits that change when the words do."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def _split(source: str) -> tuple[str, str]:
    """An email's subject and body: the subject is the first line; raises `Invalid` without one."""
    first, _, rest = source.partition("\n")
    if not first.startswith(SUBJECT):
        raise Invalid("no_subject")
    return first.removeprefix(SUBJECT).strip(), rest


def _fact_mistakes(name: str, fact: str, channel: str, is_renewal: bool) -> Iterator[Notice]:
    if fact not in FACTS:
        yield notice("template_asks_for", name=name, fact=fact, known=sorted(FACTS))
    elif channel == "sms" and fact not in SMS_FACTS:
        yield notice("not_in_sms", name=name, fact=fact)
    elif fact in PREMIUM_FACTS and not is_renewal:
        yield notice("only_with_premium", name=name, fact=fact)


# ---------------------------------------------------------------------- the facts texts may name


def salutation(name: str, gender: str, locale: str) -> str:
    """How a letter addresses a client."""
    return i18n.say("letter", f"to_{gender}", locale, name=name)


@lru_cache(maxsize=1 << 12)
def long_date(day: datetime.date, locale: str) -> str:
    """A date as people of the locale write it."""
    from babel.dates import format_date

    return str(format_date(day, "long", locale=locale))


@lru_cache(maxsize=1 << 12)
def money(hundredths: int, currency: str, locale: str) -> str:
    """An amount as people of the locale write it; plain spaces, since others make an SMS cost more."""
    from babel.numbers import format_currency

    from policies.models import amount

    text = format_currency(amount(hundredths), currency, locale=locale)
    return str(text).replace("\u00a0", " ").replace("\u202f", " ")


@lru_cache(maxsize=8)
def currency_of(country: str) -> str:
    """What is paid in where a policy names no currency."""
    from babel.numbers import get_territory_currencies

    return next(iter(get_territory_currencies(country)), "CNY")


def _product(facts: Facts, locale: str, general: General) -> str:
    return facts.product or i18n.say("letter", "product", locale)


def _agent_name(facts: Facts, locale: str, general: General) -> str:
    return facts.agent_name or i18n.say("letter", "agent", locale)


def _premium(facts: Facts, locale: str, general: General) -> str:
    currency = facts.currency or currency_of(general.country)
    return money(facts.premium or 0, currency, locale)


def _grace_end(facts: Facts, locale: str, general: General) -> str:
    return long_date(facts.anchor_on + datetime.timedelta(days=general.grace_days), locale)


FACTS: dict[str, Callable[[Facts, str, General], str]] = {
    "company": lambda facts, locale, general: general.company,
    "hotline": lambda facts, locale, general: general.hotline,
    "client_name": lambda facts, locale, general: facts.client_name,
    "salutation": lambda facts, locale, general: salutation(
        facts.client_name, facts.gender, locale
    ),
    "agent_name": _agent_name,
    "agent_phone": lambda facts, locale, general: facts.agent_phone,
    "product": _product,
    "policy_no": lambda facts, locale, general: facts.policy_no,
    "policy_tail": lambda facts, locale, general: facts.policy_no[-4:],
    "issue_date": lambda facts, locale, general: long_date(facts.issue_date, locale),
    "due_date": lambda facts, locale, general: long_date(facts.due_on, locale),
    "premium": _premium,
    "premium_due_date": lambda facts, locale, general: long_date(facts.anchor_on, locale),
    "grace_end_date": _grace_end,
}
PREMIUM_FACTS = frozenset(["premium", "premium_due_date", "grace_end_date"])
SMS_FACTS = {name: fact for name, fact in FACTS.items() if name != "policy_no"}
"""No full policy number in an SMS (domain.md §6.8)."""

_DAY = datetime.date(2026, 5, 4)
SPECIMEN = Facts(
    touchpoint_id=1,
    key="specimen",
    occurrence="once",
    anchor_on=_DAY,
    due_on=_DAY,
    policy_id=1,
    policy_no="P0000000000",
    product="",
    issue_date=_DAY,
    currency="",
    status="in_force",
    ended_on=None,
    holder_id=1,
    client_id=1,
    client_no="C000000",
    client_name="Specimen",
    gender="",
    language="",
    timezone="",
    phone="",
    email="",
    channel="",
    consent=None,
    agent_id=1,
    agent_name="",
    agent_phone="",
    sms_barred=None,
    email_barred=None,
    marketing_barred=None,
    premium=100,
    paid_on=None,
)
"""Nobody's facts, sparse: what templates are rehearsed with."""
