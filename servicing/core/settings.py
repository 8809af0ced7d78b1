"""The settings: a class for each section of servicing.toml, with its keys, their types and defaults.

`servicing.core.settings_file` reads them from the file and the environment.
"""

import zoneinfo
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from policies.notices import notice
from servicing.core import errors
from servicing.core.callback_settings import Callbacks as Callbacks

if TYPE_CHECKING:
    from policies.grace import Grace

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
Hour = Annotated[int, Meta(ge=0, le=23)]
Amount = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
"""From 0 to 1, such as 0.88."""

Seconds = Annotated[float, Meta(gt=0)]

MourningDay = Literal["qingming", "ghost", "winter_clothes", "memorial"]
"""A day on which nobody is greeted, as `policies.festivals` names it."""


class General(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[servicing]: whose book this is."""

    database: str = "sqlite:///servicing.db"
    owner_database: str = ""
    """The same of PostgreSQL, as the owner of its tables; empty: `database` is the owner's."""
    guarded_by_role: bool = False
    """True: it needs a person where the role of `database` could alter what is append-only."""
    country: str = "CN"
    """Whose working days and phone numbers are meant."""
    subdivision: str = ""
    """The part of the country whose holidays are meant, such as ENG; empty: those that all parts have."""
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
    product_free_look_days: dict[str, Count] = {}
    """The length of the free look of products that have another one (domain.md §15.1)."""
    readable_by_others: bool = False
    """True: every user of the machine may read the book; a service begins all the same."""

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """That of the book's days."""
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def grace(self) -> "Grace":
        """Until when a premium may be paid, by product."""
        from policies.grace import Grace  # which the database comes with

        return Grace(self.grace_days, self.product_grace_days)


class Permission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[permission]: how much marketing a client has to bear (domain.md §6.6)."""

    marketing_per_day: Count = 1
    marketing_per_month: Count = 4
    bereaved_days: Count = 100
    """After a death the family gets no greetings and no marketing for so long (domain.md §4.16)."""
    greetings_per_week: AtLeastOne = 1
    """In any seven days, of all kinds of greetings together (domain.md §17.6)."""
    greetings_per_year: Count = 6
    greetings_merged_within_days: Count = 3
    """Two greetings that are so many days apart, or fewer, become one."""
    mourning_days: tuple[MourningDay, ...] = ("qingming", "ghost", "winter_clothes", "memorial")
    """Days on which nobody is greeted; an empty list: there are none."""


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
    """The same text is not sent twice to one address within so many hours;"""
    repeated_at_least: AtLeastOne = 20
    """a touchpoint that does so this often in them is stopped as a whole."""


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


FORBIDDEN_IN_CHINESE = ("保证收益", "稳赚", "零风险", "保本", "最高收益", "限时抢购")
FORBIDDEN_IN_ENGLISH = ("guaranteed return", "risk-free", "risk free", "last chance")


class Leads(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[leads]: whom clients may be asked to introduce, and how long a lead lives (domain.md §19)."""

    ask_again_days: Count = 180
    """Nobody is asked twice within so many days."""
    detractor_days: Count = 180
    """Nor within so many days of having said that they are not content."""
    unsigned_days: Count = 60
    """A contract without a signed receipt counts as in free look for so long since its issue."""
    consent_days: AtLeastOne = 30
    """A friend who has not agreed after so many days is forgotten."""
    lead_days: AtLeastOne = 90
    """A lead expires so many days after the friend has agreed."""


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[texts]: what `templates check` looks for in every text."""

    forbidden: tuple[str, ...] = FORBIDDEN_IN_CHINESE + FORBIDDEN_IN_ENGLISH
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

    def of(self, agent_no: str) -> int:
        """What an agent can do in a day."""
        return self.agents.get(agent_no, self.tasks_a_day)


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


class OpenId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[web.openid]: the company's own logins, which people come in by (OpenID Connect)."""

    issuer: str = ""
    """How the provider calls itself, such as https://login.example.com/staff; empty: there is none."""
    client_id: str = ""
    client_secret: str = ""
    """Empty: the provider knows us by our addresses and by PKCE alone."""
    name: str = ""
    """What the button calls the provider."""
    scopes: str = "openid profile email groups"
    login_claim: str = "preferred_username"
    """Under this the provider says who somebody is here, at their first login."""
    groups_claim: str = "groups"
    """A dot leads into a claim: `realm_access.roles`."""
    agent_no_claim: str = ""
    """Of an agent; empty: the provider does not know it."""
    branch_claim: str = ""
    """Of a manager, likewise."""
    team_claim: str = ""
    groups: dict[str, Literal["agent", "manager", "operations", "administrator"]] = {}
    """The provider's groups, each with the role here; the first that somebody is in decides."""


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
    shared_clients: Literal["own", "all"] = "own"
    """What an agent's pages show of a client whom other agents serve, too: her own part, or all."""
    offline: bool = False
    """True: an agent's phone keeps the last copy of the day, to be read where there is no network."""
    second_factor: tuple[Literal["agent", "manager", "operations", "administrator"], ...] = ()
    """The roles that must have a second factor; everybody else may."""
    metrics_from: str = "127.0.0.0/8 ::1/128"
    """The networks that may read /metrics, with blanks between; empty: nobody."""
    metrics_token: str = ""
    """Whoever shows it may read /metrics from anywhere; empty: nobody can."""
    openid: OpenId = OpenId()


class Desk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[desk]: how an agent's day begins."""

    morning_mail: str = ""
    """When agents are told how much there is today, such as "07:30", in the book's time; empty: never."""
    weekly_mail: str = "08:00"
    """When managers are told of the last week, on the first working day of a week; empty: never."""


class Logs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[logs]: what the commands that never end say of their work."""

    format: Literal["text", "json"] = "text"
    """json: an object a line, for who collects them."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """Lines below this level are left out."""


AUDIT_FLOOR = 180
"""Days; the database itself lets no line of the audit log go that is a day younger than that."""


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[retention]: after how many days what is personal goes by itself; 0: it stays (domain.md §11.6)."""

    message_days: Count = 0
    """Texts and addresses of messages, since the day they were meant for."""
    note_days: Count = 0
    """Notes, complaints and answers on cards and tasks, since they were written."""
    reply_days: Count = 1095
    """What a provider's webhook has brought of a client: sender and words."""
    look_days: Count = 1095
    """Who looked at which card."""
    audit_days: Count = 1095
    """Lines of the audit log; not less than `AUDIT_FLOOR`."""
    upload_days: Count = 90
    """Results and refused rows of uploaded files, and the mappings made for them."""
    outbox_days: Count = 0
    """Files in the outbox, since the day they were meant for."""
    client_days: Count = 0
    """All of a client, as by `client erase`, since the end of the last policy."""


class Audit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[audit]: which days the administrator is shown as unusual; 0 as a number: never for that."""

    clients_a_day: Count = 100
    """So many clients may somebody see on a day, whatever is usual for them."""
    times_usual: AtLeastOne = 3
    """So many times as many as on a usual day of theirs: the middle of the last 20 with any."""
    export_rows: Count = 1000
    """Lines of one file that was taken out."""
    refused_logins: Count = 10
    """Wrong passwords of one account, or from nobody's account, on a day."""
    night_from: Hour = 22
    night_until: Hour = 6
    """Who comes in between these hours, by the book's clock, does so at night; the same hour: nobody."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of servicing.toml."""

    servicing: General = General()
    permission: Permission = Permission()
    callbacks: Callbacks = Callbacks()
    breaker: Breaker = Breaker()
    persistency: Persistency = Persistency()
    targets: Targets = Targets()
    leads: Leads = Leads()
    texts: Texts = Texts()
    capacity: Capacity = Capacity()
    ahead: Ahead = Ahead()
    channels: Channels = Channels()
    retention: Retention = Retention()
    audit: Audit = Audit()
    web: Web = Web()
    desk: Desk = Desk()
    logs: Logs = Logs()


def missing(section: str, key: str) -> errors.BadSetting:
    """The refusal of a section that lacks a key which its provider needs."""
    variable = WELL_KNOWN.get(f"{section}.{key}")
    if variable is None:
        return errors.BadSetting(section, notice("key_missing", key=key))
    why = notice("key_or_variable_missing", key=key, variable=variable)
    return errors.BadSetting(section, why)
