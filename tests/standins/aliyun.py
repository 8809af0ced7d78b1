"""A local Aliyun: what its SMS endpoint takes and answers, and everything it can do wrong.

It understands `SendSms` and `QuerySendDetails` as the SDK puts them on the wire: a POST whose query
holds the parameters, the action and the signature in headers. What it accepted is remembered, and
can be asked for, unless a test makes it forget.
"""

import contextlib
import datetime
import email.utils
import itertools
import json
import socket
import struct
import threading
import time
import zoneinfo
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")


@dataclass
class Fault:
    """What it does to a request instead of answering it as it should."""

    code: str = ""
    """Answers with this code."""
    status: int = 200
    accepts: bool = False
    """Takes the message before it goes wrong."""
    raw: bytes | None = None
    """Answers with these bytes for a body."""
    resets: bool = False
    hangs: float = 0
    """Seconds in which nothing comes."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Taken:
    """A message it has accepted."""

    phone: str
    sign: str
    template: str
    param: dict[str, str]
    out_id: str
    biz_id: str
    at: datetime.datetime
    status: int = 1
    err_code: str = ""


@dataclass
class Aliyun:
    """What the stand-in has seen, and what it is to do next."""

    url: str = ""
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC)
    """Its clock: it dates messages and answers."""
    taken: list[Taken] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Every request: the action and its parameters."""
    headers: list[dict[str, str]] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    """By action, for the next requests, in order."""
    numbers: Iterator[int] = field(default_factory=itertools.count)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def will(self, action: str, *faults: Fault) -> None:
        """What goes wrong with the next requests of that kind, one after the other."""
        self.faults.setdefault(action, deque()).extend(faults)

    def forget(self) -> None:
        """All it took, saw and was told to do."""
        for each in (self.taken, self.requests, self.headers, self.faults):
            each.clear()

    def actions(self) -> list[str]:
        return [action for action, _ in self.requests]

    def receipts(self, delivered: bool = True, err_code: str = "") -> list[dict[str, Any]]:
        """What it pushes to tell what became of everything it has taken."""
        return [
            {
                "phone_number": each.phone,
                "success": delivered,
                "err_code": err_code or ("DELIVERED" if delivered else "UNDELIV"),
                "err_msg": "用户接收成功" if delivered else "用户接收失败",
                "biz_id": each.biz_id,
                "out_id": each.out_id,
                "send_time": _local(each.at),
                "report_time": _local(each.at + datetime.timedelta(seconds=3)),
                "sms_size": "1",
            }
            for each in self.taken
        ]

    def reply(self, phone: str, content: str, sign: str = "示例人寿") -> list[dict[str, Any]]:
        """What it pushes when a client has written back."""
        return [
            {
                "phone_number": phone,
                "content": content,
                "send_time": _local(self.now()),
                "dest_code": "1069",
                "sequence_id": 1_000_000 + next(self.numbers),
                "sign_name": sign,
            }
        ]

    def answer(self, action: str, params: dict[str, str]) -> dict[str, Any]:
        """As it should be."""
        if action == "SendSms":
            return self._send(params)
        if action == "QuerySendDetails":
            return self._details(params)
        return {"Code": "InvalidAction.NotFound", "Message": "no such action"}

    def _send(self, params: dict[str, str]) -> dict[str, Any]:
        now = self.now()
        biz_id = f"{int(now.timestamp())}{next(self.numbers):04}^0"
        self.taken.append(
            Taken(
                params["PhoneNumbers"],
                params["SignName"],
                params["TemplateCode"],
                json.loads(params["TemplateParam"]),
                params.get("OutId", ""),
                biz_id,
                now,
            )
        )
        return {"Code": "OK", "Message": "OK", "BizId": biz_id}

    def _details(self, params: dict[str, str]) -> dict[str, Any]:
        page, size = int(params["CurrentPage"]), int(params["PageSize"])
        if not 1 <= size <= 50:
            return {"Code": "isv.INVALID_PARAMETERS", "Message": "page size"}
        found = [
            each
            for each in reversed(self.taken)
            if each.phone == params["PhoneNumber"]
            and f"{each.at.astimezone(SHANGHAI):%Y%m%d}" == params["SendDate"]
        ]
        rows = [_row(each) for each in found[(page - 1) * size : page * size]]
        return {
            "Code": "OK",
            "Message": "OK",
            "TotalCount": str(len(found)),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows},
        }


def _row(taken: Taken) -> dict[str, Any]:
    row = {
        "PhoneNum": taken.phone,
        "SendStatus": taken.status,
        "ErrCode": taken.err_code,
        "TemplateCode": taken.template,
        "Content": f"【{taken.sign}】" + "".join(taken.param.values()),
        "SendDate": _local(taken.at),
    }
    return {**row, "OutId": taken.out_id} if taken.out_id else row


def _local(at: datetime.datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves as one piece
    disable_nagle_algorithm = True
    aliyun: Aliyun

    def do_POST(self) -> None:
        aliyun = self.aliyun
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        params |= dict(parse_qsl(body, keep_blank_values=True))
        action = self.headers.get("x-acs-action", "")
        with aliyun.lock:
            aliyun.requests.append((action, params))
            aliyun.headers.append(dict(self.headers))
            planned = aliyun.faults.get(action)
            fault = planned.popleft() if planned else None
        if not self._is_signed():
            self._say({"Code": "SignatureDoesNotMatch", "Message": "sign it"}, 403)
        elif fault is None:
            with aliyun.lock:
                told = aliyun.answer(action, params)
            self._say(told, 404 if told["Code"].startswith("InvalidAction") else 200)
        else:
            self._fail(fault, action, params)

    def _is_signed(self) -> bool:
        authorization = self.headers.get("Authorization", "")
        wanted = ("ACS3-HMAC-SHA256 ", "Credential=", "SignedHeaders=", "Signature=")
        version = self.headers.get("x-acs-version")
        return version == "2017-05-25" and all(each in authorization for each in wanted)

    def _fail(self, fault: Fault, action: str, params: dict[str, str]) -> None:
        told: dict[str, Any] = {"Code": fault.code, "Message": f"of {params}"}
        if fault.accepts:
            with self.aliyun.lock:
                told |= {"BizId": self.aliyun.answer(action, params).get("BizId")}
        if fault.hangs:
            time.sleep(fault.hangs)
        if fault.resets:
            # no lingering: the other side sees a reset, not an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RD)
            self.connection.close()
            return
        self._say(fault.raw if fault.raw is not None else told, fault.status, fault.headers)

    def _say(
        self, told: dict[str, Any] | bytes, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        if not isinstance(told, bytes):
            told = json.dumps({"RequestId": "0-0", **told}, ensure_ascii=False).encode()
        with contextlib.suppress(OSError):  # who asked has given up
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=utf-8")
            self.send_header("Content-Length", str(len(told)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return email.utils.format_datetime(self.aliyun.now().astimezone(datetime.UTC), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that a fault broke off is no news."""


@contextlib.contextmanager
def running() -> Iterator[Aliyun]:
    """An Aliyun at `url`, of which nobody else knows."""
    aliyun = Aliyun()
    handler = type("Handler", (_Handler,), {"aliyun": aliyun})
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    aliyun.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield aliyun
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
