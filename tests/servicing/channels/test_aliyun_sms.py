"""Aliyun: approved templates, every answer understood, and nothing sent a second time."""

import dataclasses
import datetime
import io
import json
import logging
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from servicing.channels import (
    Accepted,
    Answer,
    Capabilities,
    Lookup,
    Outgoing,
    Rejected,
    Throttled,
    Unknown,
)
from servicing.channels.aliyun_sms import AliyunSms, meaning_of
from servicing.core import errors
from servicing.core.settings import Aliyun, AliyunTemplate
from tests.refusals import english, refuses
from tests.servicing import letters
from tests.standins import aliyun
from tests.standins.aliyun import SHANGHAI, Fault

PHONE = "+8613800138000"
HASTE = 2.0
"""Seconds the impatient wait: longer than a busy machine stands still."""
"""Seconds that are waited where nothing will come; elsewhere there is time."""
SECRET = "the-secret-that-nobody-may-see"
NOON = datetime.datetime(2025, 9, 30, 12, 0, tzinfo=SHANGHAI)
DAY = datetime.timedelta(days=1)


def settings(url: str, **known: Any) -> Aliyun:
    facts: dict[str, Any] = {
        "access_key_id": "an-access-key-id",
        "access_key_secret": SECRET,
        "signature": "示例人寿",
        "endpoint": url,
        "timeout_seconds": 10,
        "templates": {"zh_CN/month_1": AliyunTemplate("SMS_1", {"name": "salutation"})},
    }
    return Aliyun(**{**facts, **known})


def to_lin_wei(**known: Any) -> Outgoing:
    facts = {"address": PHONE, "handed_over_at": NOON, "not_after": NOON.replace(hour=20)}
    return letters.to_lin_wei(**{**facts, **known})


@pytest.fixture(autouse=True)
def without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[aliyun.Aliyun]:
    with aliyun.running() as stand_in:
        yield stand_in


@pytest.fixture
def provider(stand_in: aliyun.Aliyun) -> aliyun.Aliyun:
    stand_in.forget()
    stand_in.now = lambda: NOON
    return stand_in


@pytest.fixture
def channel(provider: aliyun.Aliyun) -> AliyunSms:
    return AliyunSms(settings(provider.url))


# ------------------------------------------------------------------------------------------ sending


def test_a_message_is_its_template_and_the_facts_it_names(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    answer = channel.send(to_lin_wei())
    assert answer == Accepted(provider.taken[0].biz_id)
    assert provider.requests == [
        (
            "SendSms",
            {
                "PhoneNumbers": "13800138000",
                "SignName": "示例人寿",
                "TemplateCode": "SMS_1",
                "TemplateParam": '{"name": "林伟先生"}',
                "OutId": "7",
            },
        )
    ]


def test_where_no_names_are_given_every_fact_goes_under_its_own(provider: aliyun.Aliyun) -> None:
    channel = AliyunSms(
        settings(provider.url, templates={"zh_CN/month_1": AliyunTemplate("SMS_2")})
    )
    channel.send(to_lin_wei(params={"salutation": "林伟先生", "agent": "陈燕"}))
    assert provider.taken[0].param == {"salutation": "林伟先生", "agent": "陈燕"}


def test_a_template_may_have_a_signature_of_its_own(provider: aliyun.Aliyun) -> None:
    template = AliyunTemplate("SMS_3", {}, "示例财富")
    AliyunSms(settings(provider.url, templates={"zh_CN/month_1": template})).send(to_lin_wei())
    assert provider.taken[0].sign == "示例财富"


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("+8613800138000", "13800138000"),
        ("+85251234567", "85251234567"),
        ("+12025550111", "12025550111"),
    ],
)
def test_numbers_are_written_as_aliyun_wants_them(
    provider: aliyun.Aliyun, channel: AliyunSms, address: str, number: str
) -> None:
    channel.send(to_lin_wei(address=address))
    assert provider.taken[0].phone == number


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({"template": "month_4"}, Rejected("content", "no approved template")),
        ({"locale": "en"}, Rejected("content", "no approved template")),
        ({"params": {"agent": "陈燕"}}, Rejected("content", "missing parameter salutation")),
        ({"address": "none"}, Rejected("number", "address")),
    ],
)
def test_what_cannot_be_sent_is_refused_before_aliyun_hears_of_it(
    provider: aliyun.Aliyun, channel: AliyunSms, known: dict[str, Any], answer: Answer
) -> None:
    assert channel.send(to_lin_wei(**known)) == answer
    assert provider.requests == []


def test_what_it_says_of_itself() -> None:
    able = AliyunSms(settings("http://127.0.0.1:1", messages_per_second=3, concurrency=4))
    assert able.capabilities == Capabilities(3, concurrency=4, is_asked_by_address=True)


def test_eight_threads_send_each_message_once(provider: aliyun.Aliyun) -> None:
    channel = AliyunSms(settings(provider.url))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: channel.send(to_lin_wei(id=n)), range(1, 41)))
    refs = {each.out_id: each.biz_id for each in provider.taken}
    assert len(provider.taken) == 40
    assert answers == [Accepted(refs[str(number)]) for number in range(1, 41)]


# ------------------------------------------------------------------------------------------ answers

HOUR = datetime.timedelta(hours=1)

CODES: list[tuple[str, int, Answer]] = [
    ("isv.MOBILE_NUMBER_ILLEGAL", 200, Rejected("number", "isv.MOBILE_NUMBER_ILLEGAL")),
    ("isv.MOBILE_COUNT_OVER_LIMIT", 200, Rejected("number", "isv.MOBILE_COUNT_OVER_LIMIT")),
    ("isv.CUSTOMER_REFUSED", 200, Rejected("opted_out", "isv.CUSTOMER_REFUSED")),
    *(
        (code, 200, Rejected("content", code))
        for code in (
            "isv.BLACK_KEY_CONTROL_LIMIT",
            "isv.PARAM_LENGTH_LIMIT",
            "isv.PARAM_NOT_SUPPORT_URL",
            "isv.TEMPLATE_PARAMS_ILLEGAL",
            "isv.TEMPLATE_MISSING_PARAMETERS",
            "isv.INVALID_JSON_PARAM",
            "isv.SMS_CONTENT_ILLEGAL",
            "isv.SOMETHING_NEW",
        )
    ),
    ("isv.BUSINESS_LIMIT_CONTROL", 200, Throttled(HOUR, "isv.BUSINESS_LIMIT_CONTROL")),
    ("isv.DAY_LIMIT_CONTROL", 200, Throttled(HOUR, "isv.DAY_LIMIT_CONTROL", True)),
    ("isv.MONTH_LIMIT_CONTROL", 200, Throttled(HOUR, "isv.MONTH_LIMIT_CONTROL", True)),
    ("Throttling.User", 400, Throttled(None, "Throttling.User", whole_sender=True)),
    ("Throttling", 503, Throttled(None, "Throttling", whole_sender=True)),
    ("", 429, Throttled(None, "HTTP 429", whole_sender=True)),
    *(
        (code, 200, Rejected("configuration", code))
        for code in (
            "isv.ACCOUNT_NOT_EXISTS",
            "isv.ACCOUNT_ABNORMAL",
            "isv.AMOUNT_NOT_ENOUGH",
            "isv.OUT_OF_SERVICE",
            "isv.PRODUCT_UN_SUBSCRIPT",
            "isv.SMS_TEMPLATE_ILLEGAL",
            "isv.SMS_SIGNATURE_ILLEGAL",
            "isp.RAM_PERMISSION_DENY",
        )
    ),
    ("SignatureDoesNotMatch", 400, Rejected("configuration", "SignatureDoesNotMatch")),
    ("InvalidAccessKeyId.NotFound", 404, Rejected("configuration", "InvalidAccessKeyId.NotFound")),
    ("InvalidTimeStamp.Expired", 400, Rejected("configuration", "InvalidTimeStamp.Expired")),
    ("", 401, Rejected("configuration", "HTTP 401")),
    ("NoPermission", 403, Rejected("configuration", "NoPermission")),
    ("MissingTemplateParam", 400, Rejected("content", "MissingTemplateParam")),
    ("isp.SYSTEM_ERROR", 200, Unknown("isp.SYSTEM_ERROR")),
    ("isp.GATEWAY_ERROR", 200, Unknown("isp.GATEWAY_ERROR")),
    ("InternalError", 500, Unknown("InternalError")),
    ("isv.MOBILE_NUMBER_ILLEGAL", 500, Unknown("isv.MOBILE_NUMBER_ILLEGAL")),
    ("ServiceUnavailable", 503, Unknown("ServiceUnavailable")),
    ("", 502, Unknown("HTTP 502")),
    ("", 200, Unknown("no answer")),
    ("13800138000", 400, Rejected("content", "HTTP 400")),
]


@pytest.mark.parametrize(("code", "status", "answer"), CODES)
def test_every_code_means_one_thing(
    provider: aliyun.Aliyun, channel: AliyunSms, code: str, status: int, answer: Answer
) -> None:
    provider.will("SendSms", Fault(code, status))
    assert channel.send(to_lin_wei()) == answer
    assert provider.actions() == ["SendSms"]


NOT_KNOWN = {
    "it breaks before it took the message": Fault("InternalError", 500),
    "it breaks after it took the message": Fault("InternalError", 500, accepts=True),
    "a reset before": Fault(resets=True),
    "a reset after": Fault(resets=True, accepts=True),
    "it hangs before": Fault(hangs=2 * HASTE),
    "it hangs after": Fault(hangs=2 * HASTE, accepts=True),
    "half an answer": Fault(raw=b'{"Code": "O', accepts=True),
    "no answer at all": Fault(raw=b"", accepts=True),
    "a list": Fault(raw=b'["OK"]', accepts=True),
    "a word": Fault(raw=b'"OK"', accepts=True),
    "a page of a proxy": Fault(raw=b"<html>Bad Gateway</html>", status=502),
    "bytes": Fault(raw=b"\xff\xfe\x00", accepts=True),
}


@pytest.mark.parametrize("fault", NOT_KNOWN.values(), ids=NOT_KNOWN)
def test_what_nobody_can_say_is_unknown_is_not_tried_again_and_can_be_asked_for(
    provider: aliyun.Aliyun, fault: Fault
) -> None:
    channel = AliyunSms(settings(provider.url, timeout_seconds=HASTE if fault.hangs else 10))
    provider.will("SendSms", fault)
    assert isinstance(channel.send(to_lin_wei()), Unknown)
    assert provider.actions() == ["SendSms"]
    assert channel.find(to_lin_wei()) == (
        Lookup("found", ("7",)) if fault.accepts else Lookup("absent")
    )


def test_an_answer_without_a_receipt_number_is_known_by_ours(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    provider.will("SendSms", Fault("OK"))
    assert channel.send(to_lin_wei()) == Accepted("7")


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "no-such-host.invalid:{port}"])
def test_who_was_never_reached_has_nothing(host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        url = "http://" + host.format(port=taken.getsockname()[1])
        answer = AliyunSms(settings(url, timeout_seconds=5)).send(to_lin_wei())
    assert answer == Throttled(None, "unreachable")


def test_who_does_not_answer_the_door_has_nothing() -> None:
    with socket.socket() as full, socket.socket() as waiting, socket.socket() as more:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for each in (waiting, more):  # its queue is full: the next one is never let in
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        answer = AliyunSms(settings(url, timeout_seconds=HASTE)).send(to_lin_wei())
    assert answer == Throttled(None, "unreachable")


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("", ""),
        ("DELIVERED", ""),
        ("UNKNOWN", ""),
        ("REQUEST_SUCCESS", ""),
        ("CONTENT_KEYWORD", ""),
        ("isv.MOBILE_NUMBER_ILLEGAL", "wrong"),
        ("MOBILE_IN_BLACK", "opted_out"),
        ("USER_REJECT", "opted_out"),
        ("IS_CLOSE", "later"),
        ("MOBILE_NOT_ON_SERVICE", "later"),
    ],
)
def test_a_receipt_says_more_of_the_number_than_that_it_failed(code: str, meaning: str) -> None:
    assert meaning_of(code) == meaning


# ------------------------------------------------------------------------------------------ look-ups


def test_a_message_that_was_accepted_and_never_heard_of_is_found(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    provider.will("SendSms", Fault(resets=True, accepts=True))
    channel.send(to_lin_wei())
    after_the_crash = AliyunSms(settings(provider.url))
    assert after_the_crash.find(to_lin_wei()) == Lookup("found", ("7",))


def test_another_message_to_the_same_number_is_not_this_one(channel: AliyunSms) -> None:
    channel.send(to_lin_wei(id=77))
    channel.send(to_lin_wei(id=8))
    assert channel.find(to_lin_wei(id=7)) == Lookup("absent")
    assert channel.find(to_lin_wei(id=8)) == Lookup("found", ("8",))


def test_an_earlier_attempt_is_not_this_one(provider: aliyun.Aliyun, channel: AliyunSms) -> None:
    provider.now = lambda: NOON - HOUR
    channel.send(to_lin_wei(handed_over_at=NOON - HOUR))  # which could not be delivered
    assert channel.find(to_lin_wei(handed_over_at=NOON - HOUR)) == Lookup("found", ("7",))
    provider.now = lambda: NOON
    assert channel.find(to_lin_wei()) == Lookup("absent")
    channel.send(to_lin_wei())
    assert channel.find(to_lin_wei()) == Lookup("found", ("7",))


def test_an_entry_that_does_not_say_when_is_ours(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    told = {
        "Code": "OK",
        "TotalCount": "1",
        "SmsSendDetailDTOs": {"SmsSendDetailDTO": [{"OutId": "7"}]},
    }
    provider.will("QuerySendDetails", Fault(raw=json.dumps(told).encode()))
    assert channel.find(to_lin_wei()) == Lookup("found", ("7",))


def test_it_is_asked_for_by_number_and_day_in_shanghai(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    channel.find(to_lin_wei())
    assert provider.requests == [
        (
            "QuerySendDetails",
            {
                "PhoneNumber": "13800138000",
                "SendDate": "20250930",
                "PageSize": "50",
                "CurrentPage": "1",
            },
        )
    ]


@pytest.mark.parametrize("place", [0, 49, 50, 119])
def test_every_page_is_read(provider: aliyun.Aliyun, channel: AliyunSms, place: int) -> None:
    channel.send(to_lin_wei())
    this = provider.taken.pop()
    others = [dataclasses.replace(this, out_id=str(1_000 + number)) for number in range(119)]
    provider.taken = [*others[:place], this, *others[place:]]
    assert channel.find(to_lin_wei()) == Lookup("found", ("7",))
    assert channel.find(to_lin_wei(id=9)) == Lookup("absent")
    pages = [params["CurrentPage"] for _, params in provider.requests[-3:]]
    assert pages == ["1", "2", "3"]


def test_a_message_that_left_around_midnight_is_found_on_either_day(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    midnight = NOON.replace(hour=0)
    claimed = midnight - datetime.timedelta(seconds=2)
    message = to_lin_wei(handed_over_at=claimed, not_after=midnight + HOUR)
    for number, seconds in enumerate((-1, 1), 1):
        provider.now = lambda seconds=seconds: midnight + datetime.timedelta(seconds=seconds)
        channel.send(to_lin_wei(id=number))
    provider.now = lambda: midnight + HOUR
    for number in (1, 2):
        assert channel.find(
            to_lin_wei(id=number, handed_over_at=claimed, not_after=message.not_after)
        ) == Lookup("found", (str(number),))
    assert channel.find(message) == Lookup("absent")


def test_a_clock_that_is_ahead_of_theirs_hides_nothing(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    midnight = NOON.replace(hour=0)
    provider.now = lambda: midnight - datetime.timedelta(seconds=30)
    channel.send(to_lin_wei())
    claimed = midnight + datetime.timedelta(seconds=30)
    assert channel.find(to_lin_wei(handed_over_at=claimed)) == Lookup("found", ("7",))


def test_a_window_of_many_days_is_not_searched_beyond_what_can_be(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    provider.now = lambda: NOON + 10 * DAY
    assert channel.find(to_lin_wei(not_after=NOON + 20 * DAY)) == Lookup("absent")
    days = [params["SendDate"] for _, params in provider.requests]
    assert days == ["20250930", "20251001"]


def test_what_aliyun_has_forgotten_is_not_called_absent(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    provider.now = lambda: NOON + 31 * DAY
    assert channel.find(to_lin_wei()) == Lookup("undecided")
    provider.now = lambda: NOON + 29 * DAY
    assert channel.find(to_lin_wei()) == Lookup("absent")


CANNOT_SAY = {
    "refused": Fault("isv.INVALID_PARAMETERS"),
    "throttled": Fault("Throttling.User", 400),
    "broken": Fault("InternalError", 500),
    "reset": Fault(resets=True),
    "hangs": Fault(hangs=2 * HASTE),
    "malformed": Fault(raw=b"{"),
    "without rows": Fault(raw=b'{"Code": "OK", "TotalCount": "3"}'),
    "fewer than it counted": Fault(
        raw=b'{"Code": "OK", "TotalCount": "3", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}'
    ),
    "without a count": Fault(raw=b'{"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}'),
}


@pytest.mark.parametrize("fault", CANNOT_SAY.values(), ids=CANNOT_SAY)
def test_an_answer_that_does_not_say_it_is_not_there_decides_nothing(
    provider: aliyun.Aliyun, fault: Fault
) -> None:
    channel = AliyunSms(settings(provider.url, timeout_seconds=HASTE if fault.hangs else 10))
    provider.will("QuerySendDetails", fault)
    assert channel.find(to_lin_wei()) == Lookup("undecided")


def test_a_later_page_that_fails_decides_nothing(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    first = {
        "Code": "OK",
        "TotalCount": "51",
        "SmsSendDetailDTOs": {"SmsSendDetailDTO": [{"OutId": "1"}] * 50},
    }
    provider.will(
        "QuerySendDetails", Fault(raw=json.dumps(first).encode()), Fault("InternalError", 500)
    )
    assert channel.find(to_lin_wei()) == Lookup("undecided")


def test_nobody_there_decides_nothing() -> None:
    channel = AliyunSms(settings("http://127.0.0.1:1"))
    assert channel.find(to_lin_wei()) == Lookup("undecided")


# ------------------------------------------------------------------------------------------ secrets


def test_numbers_and_secrets_stay_out_of_answers_and_logs(
    provider: aliyun.Aliyun,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEBUG", "sdk")  # the SDK then writes down all it sends
    caplog.set_level(logging.DEBUG)
    channel = AliyunSms(settings(provider.url, timeout_seconds=HASTE))
    told: list[object] = []
    for code, status, _ in CODES:
        provider.will("SendSms", Fault(code, status))
        told.append(channel.send(to_lin_wei()))
    for fault in (*NOT_KNOWN.values(), None):
        if fault:
            provider.will("SendSms", fault)
        told += [channel.send(to_lin_wei()), channel.find(to_lin_wei())]
    everything = repr(told) + caplog.text + "".join(capfd.readouterr())
    for secret in ("13800138000", SECRET, "an-access-key-id", "林伟"):
        assert secret not in everything


def test_other_records_of_the_libraries_are_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    AliyunSms(settings("http://127.0.0.1:1"))
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3.connectionpool").debug("a connection to %s", "somewhere else")
    assert "a connection to somewhere else" in caplog.text


# ----------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"access_key_id": ""}, "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ({"access_key_secret": ""}, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
        ({"signature": ""}, "signature is needed"),
        ({"endpoint": ""}, "endpoint is not"),
        ({"endpoint": "http://user:password@host"}, "endpoint is not"),
    ],
)
def test_what_is_missing_is_named_and_no_secret_is_shown(known: dict[str, Any], says: str) -> None:
    with refuses(errors.BadSetting, match=says) as caught:
        AliyunSms(settings(**{"url": "http://127.0.0.1:1", **known}))
    assert english(caught.value).startswith("channels.aliyun: ")
    for said in (english(caught.value), str(caught.value)):
        assert SECRET not in said
        assert "password" not in said


def test_where_the_library_is_missing_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_dysmsapi20170525", None)
    with refuses(errors.BadSetting, match=r"pip install servicing\[aliyun\]"):
        AliyunSms(settings("http://127.0.0.1:1"))


def test_without_a_scheme_the_endpoint_is_spoken_to_in_secret() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        channel = AliyunSms(settings(f"127.0.0.1:{door.getsockname()[1]}"))
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(channel.send, to_lin_wei())
            caller, _ = door.accept()
            with caller:
                hello = caller.recv(3)
            assert isinstance(answer.result(), Unknown)
    assert hello[:2] == b"\x16\x03"  # a TLS handshake


# --------------------------------------------------------------------------------------- the stand-in


def test_the_stand_in_tells_what_became_of_what_it_took(
    provider: aliyun.Aliyun, channel: AliyunSms
) -> None:
    channel.send(to_lin_wei())
    taken = provider.taken[0]
    assert provider.receipts() == [
        {
            "phone_number": "13800138000",
            "success": True,
            "err_code": "DELIVERED",
            "err_msg": "用户接收成功",
            "biz_id": taken.biz_id,
            "out_id": "7",
            "send_time": "2025-09-30 12:00:00",
            "report_time": "2025-09-30 12:00:03",
            "sms_size": "1",
        }
    ]
    assert provider.receipts(delivered=False, err_code="MK:0001")[0]["err_code"] == "MK:0001"
    assert provider.reply("13800138000", "退订")[0]["content"] == "退订"
    json.dump(provider.receipts() + provider.reply("13800138000", "T"), io.StringIO())


def test_the_stand_in_wants_a_signature(provider: aliyun.Aliyun) -> None:
    with socket.create_connection(("127.0.0.1", int(provider.url.rpartition(":")[2]))) as caller:
        caller.sendall(
            b"POST /?PhoneNumbers=1 HTTP/1.1\r\nHost: x\r\nx-acs-action: SendSms\r\n"
            b"Content-Length: 0\r\n\r\n"
        )
        assert b" 403 " in caller.recv(64)
    assert provider.taken == []
