"""servicing.toml and the environment: what is understood, and what is refused by name."""

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from servicing.core import accounts, errors, settings_file
from servicing.core.settings import OpenId, Settings
from tests.refusals import english, refuses

A_WHOLE_FILE = """\
[servicing]
database = "sqlite:///servicing.db"     # or postgresql://...
country = "CN"
timezone = "Asia/Shanghai"
locale = "zh_CN"
company = "示例人寿"
plan = "standard"

[channels.sms]
default = "outbox"                      # outbox | twilio | aliyun
routes = { "+1" = "twilio", "+86" = "aliyun" }

[channels.twilio]                       # TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN from the environment win
account_sid = ""
auth_token = ""
from = "+12025550100"
base_url = ""                           # another address for the API: a proxy or a stand-in
messages_per_second = 10

[channels.email]
default = "outbox"                      # outbox | smtp
[channels.smtp]
host = "localhost"
port = 25
sender = "service@example.com"
"""


def read(home: Path, toml: str, **environment: str) -> Settings:
    (home / settings_file.FILE).write_text(toml, "utf-8")
    return settings_file.load(home, environment)


def refusal(home: Path, toml: str, **environment: str) -> str:
    with pytest.raises(errors.BadSetting) as refusal:
        read(home, toml, **environment)
    return english(refusal.value)


def test_the_file_of_the_design_is_understood_whole(tmp_path: Path) -> None:
    found = read(tmp_path, A_WHOLE_FILE)
    assert found.channels.sms.routes == {"+1": "twilio", "+86": "aliyun"}
    assert found.channels.twilio.sender == "+12025550100"
    assert found.channels.twilio.messages_per_second == 10
    assert found.channels.smtp.sender == "service@example.com"
    assert found.servicing.company == "示例人寿"


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    found = read(tmp_path, "")
    assert found == Settings()
    general = found.servicing
    assert (general.country, general.timezone, general.locale) == ("CN", "Asia/Shanghai", "zh_CN")
    assert (general.plan, general.grace_days) == ("standard", 60)
    assert (found.permission.marketing_per_day, found.permission.marketing_per_month) == (1, 4)
    assert (found.channels.sms.default, found.channels.email.default) == ("outbox", "outbox")


def test_the_file_that_init_writes_says_the_defaults(tmp_path: Path) -> None:
    settings_file.create(tmp_path, Settings().servicing.database)
    assert settings_file.load(tmp_path, {}) == Settings()


def test_init_leaves_a_file_that_is_there_alone(tmp_path: Path) -> None:
    read(tmp_path, '[servicing]\ncompany = "别人"')
    with refuses(errors.BadSetting, match="is there already"):
        settings_file.create(tmp_path, "sqlite:///servicing.db")
    assert settings_file.load(tmp_path, {}).servicing.company == "别人"


def test_a_folder_without_the_file_is_no_workspace(tmp_path: Path) -> None:
    with refuses(errors.NoWorkspace, match="is not a workspace"):
        settings_file.load(tmp_path, {})


UNKNOWN = [
    ("[servicing]\ncompanny = 'x'", ["'companny'", "[servicing]"]),
    ("[permission]\nmarketing = 1", ["'marketing'", "[permission]"]),
    ("[channels.sms]\nrouts = {}", ["'routs'", "[channels.sms]"]),
    ("[channels.twilio]\nsender = 'x'", ["'sender'", "[channels.twilio]"]),
    ("[channels.smtp]\npasswort = 'geheim'", ["'passwort'", "[channels.smtp]"]),
    ("[web.openid]\nclient_sekret = 'geheim'", ["'client_sekret'", "[web.openid]"]),
    ("[chanels.sms]\ndefault = 'x'", ["'chanels'"]),
    ("company = 'x'", ["'company'"]),
]


@pytest.mark.parametrize(("toml", "named"), UNKNOWN)
def test_an_unknown_key_is_refused_by_name_and_section(
    tmp_path: Path, toml: str, named: list[str]
) -> None:
    sentence = refusal(tmp_path, toml)
    assert all(each in sentence for each in [*named, "unknown key", settings_file.FILE])
    assert "geheim" not in sentence


PROVIDED = """\
[web]
public_url = 'https://service.example.com'
[web.openid]
issuer = 'https://login.example.com/staff'
client_id = 'servicing'
"""

WRONG = [
    ("[servicing]\ncountry = 'XX'", ["country", "'XX'"]),
    ("[servicing]\ncountry = 'TA'", ["country", "'TA'"]),
    ("[servicing]\ncountry = ''", ["country"]),
    ("[servicing]\ncountry = 'China'", ["country", "'China'"]),
    ("[servicing]\nsubdivision = 'BJ'", ["subdivision", "CN"]),
    ("[servicing]\ncountry = 'GB'\nsubdivision = 'England'", ["subdivision", "'England'", "ENG"]),
    ("[servicing]\ncountry = 'DE'\nsubdivision = 'XX'", ["subdivision", "'XX'", "BY"]),
    ("[servicing]\ntimezone = 'Asia/Peking'", ["timezone", "'Asia/Peking'"]),
    ("[servicing]\ntimezone = ''", ["timezone"]),
    ("[servicing]\ntimezone = 'right/UTC'", ["timezone", "'right/UTC'"]),
    ("[servicing]\ntimezone = '../../etc/passwd'", ["timezone"]),
    ("[servicing]\ngrace_days = -1", ["grace_days"]),
    ("[servicing]\ngrace_days = '60'", ["servicing.grace_days", "a whole number"]),
    ("[servicing]\ncompany = 7", ["servicing.company", "text"]),
    ("[permission]\nmarketing_per_day = -1", ["permission.marketing_per_day", "0 or more"]),
    ("[breaker]\nfactor = 0.5", ["breaker.factor"]),
    ("[breaker]\nat_least = 0", ["breaker.at_least"]),
    ("[breaker]\nrejected_share = 5", ["breaker.rejected_share"]),
    ("[breaker]\nenabled = 'no'", ["breaker.enabled", "true or false"]),
    (
        "[permission]\nmarketing_per_month = 4.5",
        ["permission.marketing_per_month", "a whole number"],
    ),
    ("[channels.sms]\nroutes = 'twilio'", ["channels.sms.routes"]),
    ("[channels.smtp]\nport = 'smtp'", ["channels.smtp.port"]),
    ("channels = 3", ["channels"]),
    ("[logs]\nformat = 'yaml'", ["logs.format", "'yaml'"]),
    ("[logs]\nlevel = 'loud'", ["logs.level", "'loud'"]),
    ("servicing = []", ["servicing"]),
    (f"{PROVIDED}groups = {{ 'staff' = 'king' }}", ["web.openid.groups", "'king'"]),
    ("[retention]\naudit_days = 1", ["retention.audit_days", "180", "0"]),
    ("[retention]\naudit_days = 179", ["retention.audit_days", "180", "0"]),
    (f"{PROVIDED}groups = ['staff']", ["web.openid.groups"]),
    (f"{PROVIDED}client_secret = 7", ["web.openid.client_secret", "text"]),
    (f"{PROVIDED}scopes = 'profile email'", ["web.openid.scopes", "openid"]),
    ("[web]\npublic_url = 'https://s.example'\nopenid.issuer = 'https://l.example'", ["client_id"]),
    (
        "[web.openid]\nissuer = 'https://l.example'\nclient_id = 'x'",
        ["web.public_url", "[web.openid]"],
    ),
]


@pytest.mark.parametrize(("toml", "named"), WRONG)
def test_a_wrong_value_is_refused_with_its_key(tmp_path: Path, toml: str, named: list[str]) -> None:
    sentence = refusal(tmp_path, toml)
    assert all(each in sentence for each in [*named, settings_file.FILE])


@pytest.mark.parametrize("days", [0, 180, 1095])
def test_the_audit_log_is_kept_for_good_or_for_half_a_year(tmp_path: Path, days: int) -> None:
    found = read(tmp_path, f"[retention]\naudit_days = {days}")
    assert found.retention.audit_days == days


@pytest.mark.parametrize(
    "toml", ["[servicing", "company = 示例", "\x00", "[servicing]\n[servicing]"]
)
def test_a_file_that_is_not_toml_is_refused_with_its_name(tmp_path: Path, toml: str) -> None:
    with refuses(errors.UnreadableFile, match=r"servicing\.toml: is not TOML"):
        read(tmp_path, toml)


IN_THE_ENVIRONMENT = [
    (
        "SERVICING_SERVICING_DATABASE",
        "postgresql:///book",
        "servicing.database",
        "postgresql:///book",
    ),
    ("SERVICING_SERVICING_COMPANY", "7", "servicing.company", "7"),
    ("SERVICING_SERVICING_GRACE_DAYS", "31", "servicing.grace_days", 31),
    ("SERVICING_PERMISSION_MARKETING_PER_DAY", "0", "permission.marketing_per_day", 0),
    ("SERVICING_BREAKER_FACTOR", "5", "breaker.factor", 5.0),
    ("SERVICING_BREAKER_ENABLED", "false", "breaker.enabled", False),
    ("SERVICING_CHANNELS_SMTP_PORT", "2525", "channels.smtp.port", 2525),
    ("SERVICING_CHANNELS_TWILIO_FROM", "+12025550142", "channels.twilio.sender", "+12025550142"),
    ("SERVICING_WEB_OPENID_CLIENT_SECRET", "s", "web.openid.client_secret", "s"),
    (
        *("SERVICING_WEB_OPENID_GROUPS", '{ "staff" = "operations" }'),
        *("web.openid.groups", {"staff": "operations"}),
    ),
    (
        *("SERVICING_CHANNELS_SMS_ROUTES", '{ "+44" = "outbox" }'),
        *("channels.sms.routes", {"+44": "outbox"}),
    ),
]


def at_place(found: Settings, place: str) -> object:
    section: object = found
    for name in place.split("."):
        section = getattr(section, name)
    return section


@pytest.mark.parametrize(("variable", "text", "place", "value"), IN_THE_ENVIRONMENT)
@pytest.mark.parametrize("toml", ["", A_WHOLE_FILE])
def test_the_environment_wins_over_the_file(
    tmp_path: Path, toml: str, variable: str, text: str, place: str, value: object
) -> None:
    assert at_place(read(tmp_path, toml, **{variable: text}), place) == value


def test_the_environment_changes_nothing_else(tmp_path: Path) -> None:
    found = read(tmp_path, A_WHOLE_FILE, SERVICING_CHANNELS_SMTP_PORT="2525", SERVICING_HOME="/x")
    again = read(tmp_path, A_WHOLE_FILE.replace("port = 25", "port = 2525"))
    assert found == again


WRONG_IN_THE_ENVIRONMENT = [
    ("SERVICING_CHANNELS_SMTP_PORT", "many"),
    ("SERVICING_CHANNELS_SMTP_PORT", "2.5"),
    ("SERVICING_CHANNELS_SMTP_PORT", ""),
    ("SERVICING_CHANNELS_SMS_ROUTES", "twilio"),
    ("SERVICING_CHANNELS_SMS_ROUTES", ""),
]


@pytest.mark.parametrize(("variable", "text"), WRONG_IN_THE_ENVIRONMENT)
def test_a_wrong_variable_is_refused_by_its_name(tmp_path: Path, variable: str, text: str) -> None:
    assert variable in refusal(tmp_path, "", **{variable: text})


def test_what_the_environment_says_is_checked_like_the_file(tmp_path: Path) -> None:
    assert "'Mars/Olympus'" in refusal(tmp_path, "", SERVICING_SERVICING_TIMEZONE="Mars/Olympus")
    wrong_shape = refusal(tmp_path, "", SERVICING_CHANNELS_SMS_ROUTES='["twilio"]')
    assert "channels.sms.routes" in wrong_shape


def test_a_section_that_is_no_table_is_refused_where_the_environment_reaches_into_it(
    tmp_path: Path,
) -> None:
    assert "must be a table" in refusal(tmp_path, "channels = 3", SERVICING_CHANNELS_SMTP_PORT="25")


def test_settings_are_frozen(tmp_path: Path) -> None:
    found = read(tmp_path, "")
    with pytest.raises(AttributeError):
        found.servicing.company = "别人"  # type: ignore[misc]


SEALED = [
    ("https://login.example.com", True),
    ("https://login.example.com:8443/realms/staff", True),
    ("http://localhost:8080", True),
    ("http://127.0.0.1", True),
    ("http://[::1]:9000/x", True),
    ("http://login.example.com", False),
    ("http://localhost.example.com", False),
    ("http://127.0.0.1.example.com", False),
    ("ftp://login.example.com", False),
    ("https://", False),
    ("https://user:secret@login.example.com", False),
    ("https://login.example.com?x=1", False),
    ("https://login.example.com#x", False),
    ("https://login.example.com\\evil.example", False),
    ("https://login example.com", False),
    ("https://login.example.com:port", False),
    ("https://[::1", False),
    ("login.example.com", False),
    ("javascript:alert(1)", False),
]


@pytest.mark.parametrize(("address", "is_sealed"), SEALED)
def test_a_provider_is_reached_by_tls_or_on_this_machine(address: str, is_sealed: bool) -> None:
    assert settings_file.is_sealed_address(address) is is_sealed


def test_the_roles_of_groups_are_those_of_accounts() -> None:
    (kind,) = [each for each in msgspec.structs.fields(OpenId) if each.name == "groups"]
    assert get_args(get_args(kind.type)[1]) == accounts.ROLES
