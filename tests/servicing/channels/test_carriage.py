"""What no provider on its route would carry is refused by `plan check`, and before the day begins."""

from pathlib import Path

import pytest

from servicing.channels import directory
from servicing.core import errors, settings_file
from servicing.core.settings import Aliyun, AliyunTemplate, Channels, Email, Settings, Sms, Web
from servicing.messages.templates import Composer
from servicing.operations.workspace import Workspace
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed

CODES = [
    *("birthday", "delivery", "event", "introduction", "month_1", "month_10"),
    *("month_4", "month_7", "news"),
    *("renewal_due", "renewal_grace", "renewal_today"),
]


def aliyun(*codes: str, **params: str) -> Channels:
    """Everything to +86 through Aliyun, with codes for these templates in Chinese."""
    templates = {f"zh_CN/{code}": AliyunTemplate(f"SMS_{code}", dict(params)) for code in codes}
    return Channels(sms=Sms(routes={"+86": "aliyun"}), aliyun=Aliyun(templates=templates))


def check(home: Path, **known: object) -> None:
    Workspace(home, Settings(**known)).checked(cast.STANDARD)  # type: ignore[arg-type]


def test_a_template_without_an_approved_code_is_refused(tmp_path: Path) -> None:
    with refuses(errors.BadPlan, match=r"'month_7'.*zh_CN/month_7.sms.txt: aliyun has no"):
        check(tmp_path, channels=aliyun(*(set(CODES) - {"month_7"})))


def test_with_a_code_for_every_template_of_the_books_language_the_plan_is_good(
    tmp_path: Path,
) -> None:
    check(tmp_path, channels=aliyun(*CODES))


def test_a_parameter_that_the_template_does_not_name_is_refused(tmp_path: Path) -> None:
    with refuses(errors.BadPlan, match="handed hotline, which the template does not name"):
        check(tmp_path, channels=aliyun(*CODES, phone="hotline"))


def test_a_client_of_another_language_is_written_to_in_the_one_that_was_approved(
    tmp_path: Path,
) -> None:
    known = Settings(channels=aliyun(*CODES))
    composer = Composer(tmp_path, known.servicing, directory.approved(known))
    english = owed.facts(language="en")
    assert composer.compose(english, "month_1", "sms", "aliyun").locale == "zh_CN"
    assert composer.compose(english, "month_1", "sms", "outbox").locale == "en"


COVER = [
    ("renewal_today", "in_force", "2025-09-30", "renewal_today"),
    ("renewal_today", "suspended", "2025-09-30", "renewal_due"),
    ("renewal_grace", "suspended", "2025-09-30", "renewal_due"),
    ("renewal_grace", "in_force", "2025-10-30", "renewal_grace"),
    ("renewal_grace", "in_force", "2025-10-31", "renewal_due"),
    ("renewal_due", "suspended", "2025-09-30", "renewal_due"),
    ("month_1", "suspended", "2025-09-30", "month_1"),
]


@pytest.mark.parametrize(("template", "status", "on", "handed"), COVER)
def test_approved_words_that_promise_cover_are_not_handed_over_where_it_does_not_continue(
    tmp_path: Path, template: str, status: str, on: str, handed: str
) -> None:
    known = Settings(channels=aliyun(*CODES))
    composer = Composer(tmp_path, known.servicing, directory.approved(known))
    context = owed.facts(status=status)
    text = composer.compose(context, template, "sms", "aliyun", cast.day(on))
    assert text.template == handed
    assert "cover" not in text.params
    by_text = composer.compose(context, template, "sms", "outbox", cast.day(on))
    assert by_text.template == template


def test_without_a_code_for_words_that_promise_nothing_nothing_is_handed_over(
    tmp_path: Path,
) -> None:
    known = Settings(channels=aliyun("renewal_today"))
    composer = Composer(tmp_path, known.servicing, directory.approved(known))
    with refuses(errors.BadTemplate, match="renewal_due"):
        composer.compose(owed.facts(status="suspended"), "renewal_today", "sms", "aliyun")


def test_a_text_that_is_too_long_for_its_provider_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "templates" / "messages" / "en" / "month_4.sms.txt"
    path.parent.mkdir(parents=True)
    path.write_text("word " * 400, "utf-8")
    with refuses(errors.BadPlan, match=r"en/month_4.sms.txt: 1999 characters: twilio takes"):
        check(tmp_path, channels=Channels(sms=Sms(routes={"+1": "twilio"})))
    check(tmp_path)  # files may be as long as they like


def test_marketing_mail_needs_an_address_where_it_is_ended(tmp_path: Path) -> None:
    mail = Channels(email=Email(default="smtp"))
    with refuses(errors.BadPlan, match=r"'news'.*marketing mail needs web.public_url"):
        check(tmp_path, channels=mail)
    check(tmp_path, channels=mail, web=Web(public_url="https://service.example.com"))


LACKING = [
    (Channels(sms=Sms(default="twilio")), "account_sid"),
    (Channels(sms=Sms(default="aliyun")), "access_key_id"),
    (Channels(email=Email(default="smtp")), "sender"),
]


@pytest.mark.parametrize(("channels", "key"), LACKING)
def test_a_provider_that_lacks_a_setting_is_refused_before_anything_is_claimed(
    tmp_path: Path, channels: Channels, key: str
) -> None:
    with refuses(errors.BadSetting, match=key):
        directory.of(Settings(channels=channels), tmp_path)


SETTINGS = [
    # variable -> where it is found
    ("TWILIO_ACCOUNT_SID", "AC1", lambda found: found.channels.twilio.account_sid),
    ("TWILIO_AUTH_TOKEN", "secret", lambda found: found.channels.twilio.auth_token),
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LT1", lambda found: found.channels.aliyun.access_key_id),
    ("SERVICING_CHANNELS_SMTP_SECURITY", "tls", lambda found: found.channels.smtp.security),
    (
        "SERVICING_CHANNELS_TWILIO_TIMEOUT_SECONDS",
        "0.5",
        lambda f: str(f.channels.twilio.timeout_seconds),
    ),
]


@pytest.mark.parametrize(("variable", "value", "where"), SETTINGS)
def test_the_environment_wins(tmp_path: Path, variable: str, value: str, where: object) -> None:
    settings_file.create(tmp_path, "sqlite:///servicing.db")
    found = settings_file.load(tmp_path, {variable: value})
    assert where(found) == value  # type: ignore[operator]


WRONG = [
    ("SERVICING_CHANNELS_TWILIO_CONCURRENCY", "0", "must be 1 or more"),
    ("SERVICING_CHANNELS_SMTP_SECURITY", "maybe", "maybe"),
    ("SERVICING_CHANNELS_SMS_ROUTES", '{ "86" = "aliyun" }', "calling code"),
    ("SERVICING_WEB_PUBLIC_URL", "service.example.com", "https://"),
]


@pytest.mark.parametrize(("variable", "value", "why"), WRONG)
def test_a_setting_that_cannot_be_meant_is_refused(
    tmp_path: Path, variable: str, value: str, why: str
) -> None:
    settings_file.create(tmp_path, "sqlite:///servicing.db")
    with refuses(errors.BadSetting, match=why):
        settings_file.load(tmp_path, {variable: value})
