"""SMS in mainland China by Aliyun: approved templates with parameters, never free text.

Aliyun knows no idempotency key, so nothing is ever sent a second time in here. What may or may not
have arrived is asked for by our own reference, which travels as OutId.
"""

import datetime
import email.utils
import json
import re
import ssl
import zoneinfo
from collections.abc import Iterator
from typing import Any

import urllib3.exceptions

from policies.notices import notice
from servicing.channels import (
    Accepted,
    Answer,
    Capabilities,
    Lookup,
    Meaning,
    Outgoing,
    Rejected,
    RejectKind,
    Throttled,
    Unknown,
    quiet,
)
from servicing.core import errors, references
from servicing.core.settings import Aliyun, AliyunTemplate, missing

_PLACE = "channels.aliyun"

_NEEDED = ("access_key_id", "access_key_secret", "signature")

_ENDPOINT = re.compile(r"(https?://)?[^\s/:?#@]+(:\d{1,5})?/?")

LOOKUP = datetime.timedelta(days=30)
"""How long Aliyun remembers what it was given."""

_HOUR = datetime.timedelta(hours=1)
"""When to try again after a limit: they are counted by the minute, the hour, the day and the month."""

_CLOCKS = datetime.timedelta(minutes=5)
"""How far our clock and theirs may be apart."""

_THEIR_DAYS = zoneinfo.ZoneInfo("Asia/Shanghai")
_PAGE = 50
_MOST_PAGES = 40

_KINDS: dict[str, RejectKind] = {
    "isv.MOBILE_NUMBER_ILLEGAL": "number",
    "isv.MOBILE_COUNT_OVER_LIMIT": "number",
    "isv.CUSTOMER_REFUSED": "opted_out",
    **dict.fromkeys(
        (
            "isv.ACCOUNT_ABNORMAL",
            "isv.ACCOUNT_NOT_EXISTS",
            "isv.AMOUNT_NOT_ENOUGH",
            "isv.DENY_IP_RANGE",
            "isv.EXTEND_CODE_ERROR",
            "isv.OUT_OF_SERVICE",
            "isv.PRODUCT_UNSUBSCRIBE",
            "isv.PRODUCT_UN_SUBSCRIPT",
            "isv.SIGN_STATE_ILLEGAL",
            "isv.SMS_SIGNATURE_ILLEGAL",
            "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
            "isv.SMS_SIGN_ILLEGAL",
            "isv.SMS_TEMPLATE_ILLEGAL",
            "isv.SMS_TEST_SIGN_TEMPLATE_LIMIT",
            "isp.RAM_PERMISSION_DENY",
        ),
        "configuration",
    ),
}
"""What Aliyun refuses for another reason than the text; every other isv code is about the text."""

_LIMITS = {
    "isv.BUSINESS_LIMIT_CONTROL": False,
    "isv.DAY_LIMIT_CONTROL": True,
    "isv.MONTH_LIMIT_CONTROL": True,
}
"""Limits that were reached, and whether they are those of the whole account."""

_RECEIPTS: dict[str, Meaning] = {
    "isv.MOBILE_NUMBER_ILLEGAL": "wrong",
    "isv.CUSTOMER_REFUSED": "opted_out",
    "MOBILE_IN_BLACK": "opted_out",
    "USER_REJECT": "opted_out",
    "IS_CLOSE": "later",
    "MOBILE_NOT_ON_SERVICE": "later",
    "MOBILE_SEND_LIMIT": "later",
    "MOBLLE_TERMINAL_ERROR": "later",
}
"""A phone that is switched off and a number that does not exist have the same code at Aliyun: so no
number is taken for wrong because of it."""

_OUR_FAULT = re.compile(
    r"SignatureDoesNotMatch|IncompleteSignature|SignatureNonceUsed|InvalidAccessKeyId|"
    r"InvalidSecurityToken|InvalidTimeStamp|IllegalTimestamp|Forbidden|Forbedden|NoPermission|"
    r"InvalidAction|InvalidVersion|NoSuchVersion|ActionUnauthorized|UnsupportedOperation|"
    r"InsufficientBalance"
)
"""How the codes begin with which the gateway turns away whoever is not set up as it wants."""


_TALKATIVE = ("urllib3.connectionpool", "urllib3.util.retry", "darabonba-core")
"""Loggers that write the request's address, which holds the number, and its signature."""


class AliyunSms:
    """Sends by the account of [channels.aliyun]."""

    name = "aliyun"

    def __init__(self, settings: Aliyun) -> None:
        for key in _NEEDED:
            if not getattr(settings, key):
                raise missing(_PLACE, key)
        if not _ENDPOINT.fullmatch(settings.endpoint):
            raise errors.BadSetting(_PLACE, notice("not_an_endpoint"))
        self._settings = settings
        self._sdk = _sdk()
        self._client = _client(settings)
        self._options = _options(settings)
        self.capabilities = Capabilities(
            messages_per_second=settings.messages_per_second,
            concurrency=settings.concurrency,
            is_asked_by_address=True,
        )

    def prepare(self) -> None:
        """The library was loaded with the settings."""

    def send(self, message: Outgoing) -> Answer:
        """Hand the template's parameters over; accepted under Aliyun's BizId."""
        template = self._settings.templates.get(f"{message.locale}/{message.template}")
        if template is None:
            return Rejected("content", "no approved template")
        number = _number(message.address)
        if not number:
            return Rejected("number", "address")
        params = _params(template, message.params)
        for fact in params.values():
            if fact not in message.params:
                return Rejected("content", f"missing parameter {fact}")
        values = {theirs: message.params[ours] for theirs, ours in params.items()}
        request = self._sdk.SendSmsRequest(
            phone_numbers=number,
            sign_name=template.signature or self._settings.signature,
            template_code=template.code,
            template_param=json.dumps(values, ensure_ascii=False),
            out_id=message.reference,
        )
        try:
            with quiet.meanwhile(*_TALKATIVE):
                response = self._client.send_sms_with_options(request, self._options)
        except Exception as error:  # the SDK has many kinds, and wraps everybody else's
            return _answer_to_failure(error)
        body = response.body
        code = getattr(body, "code", None)
        if code == "OK":
            return Accepted(str(body.biz_id or message.reference))
        return _answer_to(code)

    def close(self) -> None:
        """Nothing is held open: the library makes a connection for each request."""

    def find(self, message: Outgoing) -> Lookup:
        """Look through what Aliyun has for this number on the days it can have been sent.

        Its list does not name the BizId, so what is found is known by our own reference.
        """
        maybe: list[str] = []
        try:
            for day in _days(message):
                listed, answered_at = self._listed(message, day)
                if ours := [each.out_id for each in listed if _is_it(each, message)]:
                    return Lookup("found", (ours[0],))
                if answered_at - message.handed_over_at > LOOKUP:
                    return Lookup("undecided")  # forgotten is not absent
                maybe += (str(each.out_id) for each in listed if self._may_be_it(each, message))
                if answered_at.astimezone(_THEIR_DAYS).date() <= day:
                    break  # the next day has not begun
        except Exception:  # whatever it is: they did not say that they do not have it
            return Lookup("undecided")
        return Lookup("absent", maybe=tuple(maybe))

    def _may_be_it(self, row: Any, message: Outgoing) -> bool:
        """Whether an entry of a lost book that wrote no marks yet has the message's template."""
        if not message.doubt or _mark_in(row.out_id):
            return False
        codes = {
            each.code
            for name, each in self._settings.templates.items()
            if name.rpartition("/")[2] == message.template
        }
        return row.template_code in codes

    def _listed(self, message: Outgoing, day: datetime.date) -> tuple[list[Any], datetime.datetime]:
        """That day's list for the number, and when Aliyun said so, by its own clock."""
        found: list[Any] = []
        for page in range(1, _MOST_PAGES + 1):
            request = self._sdk.QuerySendDetailsRequest(
                phone_number=_number(message.address),
                send_date=f"{day:%Y%m%d}",
                page_size=_PAGE,
                current_page=page,
            )
            with quiet.meanwhile(*_TALKATIVE):
                response = self._client.query_send_details_with_options(request, self._options)
            body = response.body
            if body.code != "OK":
                raise _NotSaid
            rows = body.sms_send_detail_dtos.sms_send_detail_dto or []
            found += rows
            if len(found) >= int(body.total_count):
                return found, email.utils.parsedate_to_datetime(response.headers["date"])
            if not rows:
                raise _NotSaid
        raise _NotSaid


def meaning_of(code: str) -> Meaning:
    """The meaning of a receipt's code: for the number, or that another attempt may succeed."""
    return _RECEIPTS.get(code, "")


class _NotSaid(Exception):
    """Aliyun was asked, and did not say all it knows."""


# ------------------------------------------------------------------------------- what is handed over


def _number(address: str) -> str:
    """As Aliyun writes numbers: 11 digits in mainland China, elsewhere the country code first."""
    return re.sub(r"\D", "", address.removeprefix("+86"))


def _params(template: AliyunTemplate, known: dict[str, str]) -> dict[str, str]:
    """The provider's name of every parameter, and ours; where none was given they are the same."""
    return template.params or {name: name for name in known}


def _days(message: Outgoing) -> Iterator[datetime.date]:
    """The days, as Aliyun counts them, on which a message handed over can have arrived.

    It may have left until the end of its window, but whoever claimed it is taken for dead much
    earlier than a day after; a book that is lost, on any day until then.
    """
    at = message.handed_over_at
    last = min(max(message.not_after, at), at + datetime.timedelta(days=1))
    last = (max(last, message.doubt.until) if message.doubt else last) + _CLOCKS
    day = (at - _CLOCKS).astimezone(_THEIR_DAYS).date()
    while day <= last.astimezone(_THEIR_DAYS).date():
        yield day
        day += datetime.timedelta(days=1)


def _is_it(row: Any, message: Outgoing) -> bool:
    """Whether an entry of Aliyun's list is this attempt: an earlier one has the same reference."""
    if row.out_id != message.reference and _mark_in(row.out_id) not in message.marks:
        return False
    try:
        at = datetime.datetime.strptime(row.send_date, "%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError):  # it does not say when; ours it is
        return True
    return at.replace(tzinfo=_THEIR_DAYS) >= message.handed_over_at - _CLOCKS


def _mark_in(out_id: object) -> str:
    """The mark of the touchpoint in a reference that Aliyun echoes; empty: it is none of ours."""
    found = references.parse(out_id) if isinstance(out_id, str) else None
    return found.mark if found else ""


# ---------------------------------------------------------------------------- what the answer means


def _answer_to(code: object, status: int = 200) -> Answer:
    """The answer that a code of Aliyun's stands for."""
    known = code if isinstance(code, str) and code != "None" else ""
    detail = _detail(known) or f"HTTP {status}"
    if known in _LIMITS:
        return Throttled(_HOUR, known, whole_sender=_LIMITS[known])
    if known.startswith("Throttling") or status == 429:
        return Throttled(None, detail, whole_sender=True)
    if status >= 500 or status == 408:
        return Unknown(detail)
    if known in _KINDS:
        return Rejected(_KINDS[known], known)
    if status in (401, 403) or _OUR_FAULT.match(known):
        return Rejected("configuration", detail)
    if known.startswith("isv.") or status >= 400:
        return Rejected("content", detail)
    return Unknown(detail if known else "no answer")


def _detail(code: str) -> str:
    """The code, if it is one: what others wrote may hold anything."""
    return code if re.fullmatch(r"[A-Za-z][A-Za-z_.]{2,63}", code) else ""


def _answer_to_failure(error: Exception) -> Answer:
    """The answer that an exception of the SDK stands for."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _answer_to(getattr(error, "code", None), status)
    match _why_no_answer(error):
        case urllib3.exceptions.NewConnectionError() | urllib3.exceptions.ConnectTimeoutError():
            return Throttled(None, "unreachable")
        case urllib3.exceptions.SSLError(args=(ssl.SSLCertVerificationError(), *_)):
            return Rejected("configuration", "certificate")
        case None:
            return Unknown("no answer")
        case _:
            return Unknown("disconnected")


def _why_no_answer(error: Exception) -> BaseException | None:
    """Why the request came to nothing, if it came to nothing on its way; None: the answer was odd.

    The SDK raises its own error, with another one of its own inside, while it handles one of
    requests, which holds one of urllib3, which knows the reason. Only this last one can tell a
    request that never left from one that may have arrived.
    """
    inner = getattr(error, "inner_exception", None)
    if not isinstance(inner, Exception) or not isinstance(inner.__context__, OSError):
        return None
    failed = inner.__context__.args[0] if inner.__context__.args else None
    reason = getattr(failed, "reason", failed)
    if isinstance(reason, urllib3.exceptions.ProxyError):
        reason = reason.original_error
    return reason if isinstance(reason, BaseException) else inner


# -------------------------------------------------------------------------------------------- the SDK


def _sdk() -> Any:
    """The SDK's requests; raises `BadSetting` where it is not installed."""
    try:
        from alibabacloud_dysmsapi20170525 import models
    except ImportError:
        raise errors.BadSetting(_PLACE, notice("library_missing", extra="aliyun")) from None
    return models


def _client(settings: Aliyun) -> Any:
    from alibabacloud_dysmsapi20170525.client import Client
    from alibabacloud_tea_openapi.utils_models import Config

    scheme, _, host = settings.endpoint.rpartition("://")
    return Client(
        Config(
            access_key_id=settings.access_key_id,
            access_key_secret=settings.access_key_secret,
            endpoint=host.rstrip("/"),
            protocol=(scheme or "https").upper(),
        )
    )


def _options(settings: Aliyun) -> Any:
    """Without retries: what the SDK tries again may arrive twice."""
    from darabonba.runtime import RuntimeOptions

    milliseconds = int(settings.timeout_seconds * 1_000)
    return RuntimeOptions(
        autoretry=False,
        max_attempts=1,
        connect_timeout=milliseconds,
        read_timeout=milliseconds,
    )
