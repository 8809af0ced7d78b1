"""servicing.toml and the environment, read once, frozen.

Any key can be set by the environment as SERVICING_<SECTION>_<KEY>, for example
SERVICING_SERVICING_DATABASE or SERVICING_CHANNELS_SMTP_PORT. Unknown keys are refused by name.
"""

import ipaddress
import re
import tomllib
import zoneinfo
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

import msgspec
from msgspec import Meta

from policies import dates, toml
from policies.importing import phones
from policies.notices import Notice, notice, of_system
from servicing.core import errors, i18n

FILE = "servicing.toml"
ENVIRONMENT_PREFIX = "SERVICING"

WELL_KNOWN = {
    "channels.twilio.account_sid": "TWILIO_ACCOUNT_SID",
    "channels.twilio.auth_token": "TWILIO_AUTH_TOKEN",
    "channels.aliyun.access_key_id": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "channels.aliyun.access_key_secret": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
}
"""Variables that the providers' own tools read; they come before everything else."""


Count = Annotated[int, Meta(ge=0)]
"""0 or more."""

AtLeastOne = Annotated[int, Meta(ge=1)]
Amount = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
"""From 0 to 1, such as 0.88."""

Seconds = Annotated[float, Meta(gt=0)]


class General(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[servicing]: whose book this is."""

    database: str = "sqlite:///servicing.db"
    country: str = "CN"
    """Whose working days and phone numbers are meant."""
    timezone: str = "Asia/Shanghai"
    """Of clients who have none of their own, and of the day that is walked."""
    locale: str = "zh_CN"
    company: str = "示例人寿"
    hotline: str = ""
    """The service number that texts may name; empty: they leave it out."""
    plan: str = "standard"
    grace_days: Count = 60
    """Days after a premium's due date in which cover continues (domain.md §5.5)."""
    product_grace_days: dict[str, Count] = {}
    """The same of the products that have another grace."""


class Permission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[permission]: how much marketing a client has to bear (domain.md §6.6)."""

    marketing_per_day: Count = 1
    marketing_per_month: Count = 4


class Breaker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[breaker]: what stops a touchpoint or a channel until a person resumes it."""

    enabled: bool = True
    """False: nothing is judged; what a person has halted stays halted."""
    factor: Annotated[float, Meta(ge=1)] = 3.0
    """A day of more than so many times what was expected of it is stopped,"""
    at_least: AtLeastOne = 100
    """where it is at least so many touchpoints more."""
    rejected_share: Share = 0.05
    """A channel is stopped that refuses more than this share"""
    rejected_of: AtLeastOne = 200
    """of so many messages, the last ones."""
    repeated_within_hours: AtLeastOne = 24
    """The same text is not sent twice to one address within so many hours."""


class NotCounted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[persistency.not_counted]: what stays out of persistency, each a switch (domain.md §8.5)."""

    single_premium: bool = True
    term_over: bool = True
    """All premiums were paid before: none falls due at that month."""
    free_look: bool = True
    transferred_out: bool = True
    claim: bool = True
    suspended: bool = False
    """False: a suspended policy is lost."""


class Persistency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[persistency]: how the share of business that is kept is counted (domain.md §8.2)."""

    definition: Literal["auto", "paid", "in-force"] = "auto"
    """auto: `paid` where the book has a premium ledger."""
    basis: Literal["premium", "count"] = "premium"
    agent: Literal["serving", "writing"] = "serving"
    """Whose figure a policy is: of the agent who serves it on the judging date, or of the first."""
    not_counted: NotCounted = NotCounted()


class Targets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[targets]: what a unit is measured against (domain.md §8.1)."""

    persistency: Share = 0.88
    referrals: Count = 3
    """New clients by referral, per agent and year."""
    add_on: Share = 0.10
    """Of the clients with one policy, the share who buy another within a year."""
    in_time_days: Count = 7
    """Days after it stood on the list within which a task counts as done in time."""


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[texts]: what `templates check` looks for in every text."""

    forbidden: tuple[str, ...] = (
        *("保证收益", "稳赚", "零风险", "保本", "最高收益", "限时抢购"),
        *("guaranteed return", "risk-free", "risk free", "last chance"),
    )
    """Words that service staff must not use."""
    opt_out: tuple[str, ...] = ("拒收", "退订", "STOP", "unsubscribe")
    """A marketing SMS has one of them."""
    most_parts: int = 5
    """An SMS of more parts is named."""


class Capacity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[capacity]: how much an agent can do in a day."""

    tasks_a_day: AtLeastOne = 12
    """Visits and calls."""
    agents: dict[str, AtLeastOne] = {}
    """The same of agents, by number, who can do more or less."""


class Ahead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[ahead]: when a change is asked about before it is made."""

    ask_above: Count = 100
    """Touchpoints of the next 30 days that it may move without being asked about."""


class Sms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[channels.sms]: which provider carries SMS."""

    default: str = "outbox"
    routes: dict[str, str] = {}
    """By country calling code, such as "+86"."""
    price_per_part: Amount = 0
    """What a part costs, in the currency of the book's country; 0: costs are not shown."""


class Email(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[channels.email]: which provider carries email."""

    default: str = "outbox"


class Twilio(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """[channels.twilio]: SMS outside mainland China."""

    account_sid: str = ""
    auth_token: str = ""
    sender: str = ""
    """A number in E.164, or the id of a messaging service (MG...)."""
    base_url: str = ""
    """Another address for the API: a proxy or a stand-in."""
    messages_per_second: AtLeastOne = 10
    concurrency: AtLeastOne = 8
    timeout_seconds: Seconds = 15


class AliyunTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[channels.aliyun.templates."zh_CN/month_1"]: what was approved for one of our templates."""

    code: str
    params: dict[str, str] = {}
    """The provider's name of a parameter = the name of a fact of ours."""
    signature: str = ""
    """Where it is another one than the channel's."""


class Aliyun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[channels.aliyun]: SMS in mainland China, by approved templates."""

    access_key_id: str = ""
    access_key_secret: str = ""
    signature: str = ""
    """The approved signature, without brackets."""
    endpoint: str = "dysmsapi.aliyuncs.com"
    """Host, or http://host:port of a stand-in."""
    messages_per_second: AtLeastOne = 50
    concurrency: AtLeastOne = 8
    timeout_seconds: Seconds = 10
    hook_secret: str = ""
    """Part of the address that receipts are pushed to; empty: none are taken."""
    templates: dict[str, AliyunTemplate] = {}


class Smtp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[channels.smtp]: email."""

    host: str = "localhost"
    port: int = 25
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = ""
    sender: str = ""
    """An address, or `Name <address>`."""
    messages_per_second: AtLeastOne = 10
    concurrency: AtLeastOne = 1
    """Connections kept open at a time."""
    timeout_seconds: Seconds = 30


class Channels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[channels]: how messages leave the house."""

    sms: Sms = Sms()
    email: Email = Email()
    twilio: Twilio = Twilio()
    aliyun: Aliyun = Aliyun()
    smtp: Smtp = Smtp()


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[web]: where providers and clients reach us."""

    public_url: str = ""
    """How the world reaches us, such as https://service.example.com; empty: not at all."""
    host: str = "127.0.0.1"
    port: int = 8080
    threads: AtLeastOne = 8
    """Requests that are served at the same time."""
    trusted_proxy: str = ""
    """The address of the proxy before us, whose word we take for where a request comes from."""
    session_hours: AtLeastOne = 12
    """After so long a person has to log in again."""
    largest_upload_mb: AtLeastOne = 64
    """Of a book file, in MiB; what is larger is imported on the command line."""
    metrics_from: str = "127.0.0.0/8 ::1/128"
    """The networks that may read /metrics, with blanks between; empty: nobody."""


class Logs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[logs]: what the commands that never end say of their work."""

    format: Literal["text", "json"] = "text"
    """json: an object a line, for who collects them."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """What is less is not told."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of servicing.toml."""

    servicing: General = General()
    permission: Permission = Permission()
    breaker: Breaker = Breaker()
    persistency: Persistency = Persistency()
    targets: Targets = Targets()
    texts: Texts = Texts()
    capacity: Capacity = Capacity()
    ahead: Ahead = Ahead()
    channels: Channels = Channels()
    web: Web = Web()
    logs: Logs = Logs()


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


def missing(section: str, key: str) -> errors.BadSetting:
    """The refusal of a section that lacks a key which its provider needs."""
    variable = WELL_KNOWN.get(f"{section}.{key}")
    if variable is None:
        return errors.BadSetting(section, notice("key_missing", key=key))
    why = notice("key_or_variable_missing", key=key, variable=variable)
    return errors.BadSetting(section, why)


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


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """The keys that the environment sets: section, key, value."""
    for place, field in _keys(Settings):
        own = "_".join([ENVIRONMENT_PREFIX, *place, field.encode_name]).upper()
        for variable in (own, WELL_KNOWN.get(".".join([*place, field.encode_name]), "")):
            if variable in environment:
                yield place, field.encode_name, _typed(variable, environment[variable], field.type)


def _keys(
    section: type[msgspec.Struct], place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], msgspec.structs.FieldInfo]]:
    for field in msgspec.structs.fields(section):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _keys(field.type, (*place, field.encode_name))
        else:
            yield place, field


def _typed(variable: str, text: str, kind: Any) -> Any:
    try:
        if get_origin(kind) is not dict:
            return msgspec.convert(text, kind, strict=False)
        return tomllib.loads(f"value = {text}")["value"]
    except msgspec.ValidationError as error:
        raise errors.BadSetting(variable, toml.invalid(str(error))) from None
    except tomllib.TOMLDecodeError:
        raise errors.BadSetting(variable, notice("not_toml_value")) from None


def _put(tables: dict[str, Any], place: tuple[str, ...], name: str, value: Any, path: Path) -> None:
    for section in place:
        tables = tables.setdefault(section, {})
        if not isinstance(tables, dict):
            raise errors.BadSetting(str(path), notice("not_a_table", key=section))
    tables[name] = value


def mistakes(settings: Settings) -> Iterator[tuple[str, Notice]]:
    """What the types cannot say: the key, and what is wrong with it."""
    general = settings.servicing
    if not phones.is_country(general.country):
        yield "country", notice("not_a_country", country=general.country)
    elif not dates.has_calendar(general.country):
        yield "country", notice("no_holidays_known", country=general.country)
    if general.timezone not in zoneinfo.available_timezones():
        yield "timezone", notice("no_such_timezone", value=general.timezone)
    for code in settings.channels.sms.routes:
        if not re.fullmatch(r"\+[1-9]\d{0,6}", code):
            yield "channels.sms.routes", notice("not_a_calling_code", value=code)
    yield from _web_mistakes(settings.web)


def _web_mistakes(web: Web) -> Iterator[tuple[str, Notice]]:
    for each in web.metrics_from.split():
        try:
            ipaddress.ip_network(each)
        except ValueError:
            yield "web.metrics_from", notice("not_a_network", value=each)
    url = web.public_url
    if url and not re.fullmatch(r"https?://[^\s/]+[^\s]*", url):
        yield "web.public_url", notice("not_a_web_address")


TEMPLATE = """\
# The workspace of servicing. Every key can also be set by the environment: SERVICING_<SECTION>_<KEY>.

[servicing]
database = "{database}"     # or postgresql://user@host/name
country = "CN"                           # working days and phone numbers
timezone = "Asia/Shanghai"
locale = "{locale}"
company = "示例人寿"
hotline = ""                             # your service number, named in texts where it is set
plan = "standard"                        # the shipped plan, or plans/NAME.toml in this folder
grace_days = 60

[permission]
marketing_per_day = 1                    # per client
marketing_per_month = 4

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


def create(home: Path, database: str, locale: str = "zh_CN") -> Path:
    """Write a new servicing.toml; raises `BadSetting` where there is one already."""
    path = home / FILE
    if path.exists():
        raise errors.BadSetting(str(path), notice("workspace_already"))
    try:
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(TEMPLATE.format(database=database, locale=locale), "utf-8")
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None
    return path
