"""servicing.toml and the environment: read once into `Settings`, and written for a new workspace.

Any key can be set by the environment as SERVICING_<SECTION>_<KEY>, for example
SERVICING_SERVICING_DATABASE or SERVICING_CHANNELS_SMTP_PORT. Unknown keys are refused by name.
"""

import ipaddress
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_origin
from urllib.parse import urlsplit

import msgspec

from policies import countries, dates, file_names, toml, whole
from policies.importing.cells import phones
from policies.notices import Notice, notice, of_system
from servicing.core import errors, i18n
from servicing.core.settings import AUDIT_FLOOR, WELL_KNOWN, General, Settings, Web

FILE = "servicing.toml"
ENVIRONMENT_PREFIX = "SERVICING"

KEYS_FILE = "keys.toml"
"""Beside the settings; `servicing.operations.keyring` reads and writes it."""

KEYS_VARIABLE = "SERVICING_KEYS"
"""What signs cookies and links, the newest key first; it is no setting of a file."""

USUAL = General()
"""Whose book it is where nobody says it."""

TEMPLATE = """\
# The workspace of servicing. Every key can also be set by the environment: SERVICING_<SECTION>_<KEY>.

[servicing]
database = {database}     # or postgresql://user@host/name
country = {country}                           # working days and phone numbers
subdivision = {subdivision}                         # a part of it with holidays of its own, such as ENG
timezone = {timezone}
locale = {locale}
company = {company}
hotline = ""                             # your service number, named in texts where it is set
plan = "standard"                        # the shipped plan, or plans/NAME.toml in this folder
grace_days = 60

[permission]
marketing_per_day = 1                    # per client
marketing_per_month = 4
greetings_per_week = 1                   # per client, birthdays and festivals together
greetings_per_year = 6

[persistency]
definition = "auto"                      # paid where there is a premium ledger, else in-force
basis = "premium"                        # or count
agent = "serving"                        # whose figure: serving on the judging date, or writing

[targets]
persistency = 0.88
referrals = 3                            # per agent and year
add_on = 0.10
in_time_days = 7                         # a task done later than that is done late

# Nothing is sent to anybody: messages become files in outbox/.
[channels.sms]
default = "outbox"

[channels.email]
default = "outbox"
"""


def create(home: Path, database: str, said: General = USUAL) -> Path:
    """Write a new servicing.toml of a company in its country; raises what `check_new` raises."""
    path = check_new(home, said)
    texts = {"country": said.country, "timezone": said.timezone, "locale": said.locale}
    texts |= {"database": database, "company": said.company, "subdivision": said.subdivision}
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in texts.items()}
    try:
        whole.folder(home)
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None
    with whole.written(path) as draft:
        draft.write_text(TEMPLATE.format(**quoted), "utf-8")
    return path


def check_new(home: Path, said: General) -> Path:
    """The file of a workspace that is to be made, of which nothing is written.

    Raises `BadSetting` where there is one already, or for what is invalid of what is said.
    """
    path = home / FILE
    if path.exists():
        raise errors.BadSetting(str(path), notice("workspace_already"))
    for key, why in mistakes(Settings(servicing=said)):
        raise errors.BadSetting(key, why)
    if not i18n.is_spoken(said.locale):
        known = ", ".join(i18n.locales())
        raise errors.BadSetting("locale", notice("no_words_in", locale=said.locale, known=known))
    if not said.company.strip() or not said.company.isprintable():
        raise errors.BadSetting("company", notice("not_a_company_name"))
    return path


def load(home: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of the workspace at `home`, the environment's values before the file's.

    Raises `NoWorkspace` without a servicing.toml, `BadSetting` for a key that is unknown or wrong.
    """
    path = home / FILE
    if not path.is_file():
        raise errors.NoWorkspace(home)
    tables = toml.read(path)
    for place, name, value in _from_environment(environment):
        _put(tables, place, name, value, path)
    settings = toml.convert(tables, Settings, str(path))
    for key, why in mistakes(settings):
        raise errors.BadSetting(str(path), notice("at_key", key=key, why=why))
    return settings


def reader_locale(environment: Mapping[str, str]) -> str:
    """The language that a reader has chosen (`LANGUAGE`, as gettext has it), if there are words in it."""
    wanted = environment.get("LANGUAGE", "").split(":")
    return next((i18n.spoken(each) for each in wanted if i18n.is_spoken(each)), "")


def locale_of(home: Path | None, environment: Mapping[str, str]) -> str:
    """The language to speak in a workspace, as far as its file can be read; else empty."""
    if chosen := reader_locale(environment):
        return chosen
    if named := environment.get(f"{ENVIRONMENT_PREFIX}_SERVICING_LOCALE"):
        return named
    try:
        found = toml.read((home or Path()) / FILE)["servicing"]["locale"]
    except (errors.UnreadableFile, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""


def is_in_a_file(home: Path, environment: Mapping[str, str]) -> bool:
    """Whether the book is a SQLite file, as far as the settings can be read."""
    if named := environment.get(f"{ENVIRONMENT_PREFIX}_SERVICING_DATABASE"):
        return named.startswith("sqlite:")
    try:
        found = toml.read(home / FILE)["servicing"]["database"]
    except (errors.UnreadableFile, KeyError, TypeError):
        return False
    return str(found).startswith("sqlite:")


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[Sequence[str], str, Any]]:
    """The keys that the environment sets: section, key, value."""
    for place, field in _keys(Settings):
        own = "_".join([ENVIRONMENT_PREFIX, *place, field.encode_name]).upper()
        for variable in (own, WELL_KNOWN.get(".".join([*place, field.encode_name]), "")):
            if variable in environment:
                yield place, field.encode_name, _typed(variable, environment[variable], field.type)


def _keys(
    section: type[msgspec.Struct], place: Sequence[str] = ()
) -> Iterator[tuple[Sequence[str], msgspec.structs.FieldInfo]]:
    for field in msgspec.structs.fields(section):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _keys(field.type, [*place, field.encode_name])
        else:
            yield place, field


def _typed(variable: str, text: str, kind: Any) -> Any:
    try:
        if get_origin(kind) not in (dict, tuple):
            return msgspec.convert(text, kind, strict=False)
        return tomllib.loads(f"value = {text}")["value"]
    except msgspec.ValidationError as error:
        raise errors.BadSetting(variable, toml.invalid(str(error))) from None
    except tomllib.TOMLDecodeError:
        raise errors.BadSetting(variable, notice("not_toml_value")) from None


def _put(tables: dict[str, Any], place: Sequence[str], name: str, value: Any, path: Path) -> None:
    for section in place:
        tables = tables.setdefault(section, {})
        if not isinstance(tables, dict):
            raise errors.BadSetting(str(path), notice("not_a_table", key=section))
    tables[name] = value


def mistakes(settings: Settings) -> Iterator[tuple[str, Notice]]:
    """Mistakes that the types let pass: each key with what is wrong with it."""
    general = settings.servicing
    yield from _place_mistakes(general)
    for key in ("database", "owner_database"):
        if not getattr(general, key).isprintable():
            yield key, notice("not_printable")
    if not file_names.is_plain(general.plan):
        yield "plan", notice("not_a_file_name", name=general.plan)
    for code in settings.channels.sms.routes:
        if not re.fullmatch(r"\+[1-9]\d{0,6}", code):
            yield "channels.sms.routes", notice("not_a_calling_code", value=code)
    if 0 < settings.retention.audit_days < AUDIT_FLOOR:
        yield "retention.audit_days", notice("kept_too_short", days=AUDIT_FLOOR)
    for name in ("morning_mail", "weekly_mail"):
        said = getattr(settings.desk, name)
        if said and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", said):
            yield f"desk.{name}", notice("not_a_time_of_day", value=said)
    if settings.callbacks.call_from >= settings.callbacks.call_until:
        first = settings.callbacks.call_from
        yield "callbacks.call_until", notice("no_hours_to_call", first=first)
    yield from _web_mistakes(settings.web)


def _place_mistakes(general: General) -> Iterator[tuple[str, Notice]]:
    if why := country_mistake(general.country):
        yield "country", why
    elif why := subdivision_mistake(general.country, general.subdivision):
        yield "subdivision", why
    if not dates.is_timezone(general.timezone):
        yield "timezone", notice("no_such_timezone", value=general.timezone)


def country_mistake(country: str) -> Notice | None:
    """Why a country has no phone numbers or working days; None: it has."""
    if country in countries.KNOWN:
        return None
    if not phones.is_country(country):
        return notice("not_a_country", country=country)
    return None if dates.has_calendar(country) else notice("no_holidays_known", country=country)


def subdivision_mistake(country: str, subdivision: str) -> Notice | None:
    """Why it is no part of a country whose holidays are known; None: it is one, or empty."""
    if not subdivision or subdivision in countries.SUBDIVISIONS.get(country, ()):
        return None
    known = dates.subdivisions(country)
    if subdivision in known:
        return None
    if not known:
        return notice("no_subdivisions", country=country)
    return notice("not_a_subdivision", subdivision=subdivision, country=country, known=known)


def _web_mistakes(web: Web) -> Iterator[tuple[str, Notice]]:
    for each in web.metrics_from.split():
        try:
            ipaddress.ip_network(each)
        except ValueError:
            yield "web.metrics_from", notice("not_a_network", value=each)
    url = web.public_url
    if url and not re.fullmatch(r"https?://[^\s/]+[^\s]*", url):
        yield "web.public_url", notice("not_a_web_address")
    if web.openid.issuer:
        yield from _openid_mistakes(web)


def _openid_mistakes(web: Web) -> Iterator[tuple[str, Notice]]:
    """Of the logins by a provider, where there is one."""
    if not web.public_url:
        yield "web.public_url", notice("needed_by_openid")
    for key, said in (("openid.issuer", web.openid.issuer), ("public_url", web.public_url)):
        if said and not is_sealed_address(said):
            yield f"web.{key}", notice("not_a_sealed_address")
    if not web.openid.client_id:
        yield "web.openid", notice("key_missing", key="client_id")
    if "openid" not in web.openid.scopes.split():
        yield "web.openid.scopes", notice("scopes_lack_openid")


def is_sealed_address(url: str) -> bool:
    """Whether nobody on the way reads what is sent there: TLS, or this machine itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # a port that is none raises
    except ValueError:
        return False
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(" \\?#@")
    is_sealed = parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))
    return bool(host) and is_plain and is_sealed


def _is_here(host: str) -> bool:
    """Whether it is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
