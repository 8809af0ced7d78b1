"""A line to Twilio: its SDK over one connection, and what came back on it last.

The SDK keeps to itself what matters here: the status and the headers of an answer, and whether a
message may have left before its connection broke. httpx tells. Both are large, so that this module
is imported with the first message.
"""

import contextlib
import datetime
import functools
import os
import ssl
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from twilio.http.response import Response
from twilio.rest import Client

from servicing.channels import Answer, Rejected, Throttled, Unknown, quiet
from servicing.core.settings import Twilio

LONGEST_PAUSE = datetime.timedelta(days=1)

TALKATIVE = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.proxy",
    "httpcore.socks",
)
"""Loggers that write the address that was asked, which holds numbers, and the answer."""

UNREACHABLE = Throttled(None, "unreachable")

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where the environment names the certificates to trust; the first that is set decides."""


class Broken(Exception):
    """Nothing came back, which means `answer` for the message."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class TwilioLine:
    """One thread's client, its connection, and what came back on it last.

    To the SDK it is the network: whatever it asks goes through `request`.
    """

    def __init__(self, settings: Twilio) -> None:
        self.client = Client(settings.account_sid, settings.auth_token, http_client=self)
        if settings.base_url:
            self.client.api.base_url = settings.base_url
            # TWILIO_EDGE and TWILIO_REGION of the environment would rewrite this address
            self.client.edge = self.client.region = None
        self._timeout = settings.timeout_seconds
        self._http: httpx.Client | None = None
        self._proxy = ""
        self.forget()

    def forget(self) -> None:
        """Nothing of before is remembered."""
        self.status: int | None = None
        self.pause: datetime.timedelta | None = None
        self._asked = b""
        """The method of the request that is on its way; CONNECT asks a proxy for a tunnel."""

    def warm_up(self) -> None:
        """Load what the first message needs, as far as it goes without one."""
        assert self.client.messages
        with contextlib.suppress(Broken):  # the first message says so
            self._opened()

    def close(self) -> None:
        """Let go of the connection, and of what the environment said."""
        _trusting.cache_clear()
        if self._http:
            self._http.close()

    def request(self, method: str, uri: str, **given: Any) -> Response:
        """The response, as the SDK wants it; raises `Broken` where nothing is."""
        self.forget()
        http = self._opened()
        parts = {key: given[key] for key in ("params", "data", "headers", "auth") if given[key]}
        try:
            with quiet.meanwhile(*TALKATIVE):
                answer = http.request(method, uri, extensions={"trace": self._note}, **parts)
        except (httpx.RequestError, httpx.InvalidURL, OSError) as error:
            raise Broken(self._meaning_of(error)) from error
        self.status, self.pause = answer.status_code, pause_of(answer.headers.get("Retry-After"))
        return Response(answer.status_code, answer.text)

    def _opened(self) -> httpx.Client:
        """The client, for which the environment is read once; raises `Broken` if that is wrong."""
        if self._http:
            return self._http
        try:
            self._proxy = _proxy_for(_parts(self.client.api.base_url))
            trusted = _trusting(next(filter(None, map(os.environ.get, BUNDLES)), ""))
            self._http = httpx.Client(
                verify=trusted,
                proxy=_tunneller(self._proxy, trusted) if self._proxy else None,
                timeout=self._timeout,
                limits=httpx.Limits(keepalive_expiry=None),  # until it is closed
                trust_env=False,
            )
        except OSError as error:  # no certificates are in what was named
            raise Broken(Rejected("configuration", "TLS")) from error
        except (ImportError, ValueError, httpx.InvalidURL) as error:  # SOCKS needs another library
            wrong = "proxy" if self._proxy else "base_url"
            raise Broken(Rejected("configuration", wrong)) from error
        return self._http

    def _note(self, step: str, about: dict[str, Any]) -> None:
        """httpx calls this before each of its steps."""
        if "request" in about:
            self._asked = about["request"].method

    def _meaning_of(self, error: Exception) -> Answer:
        """The answer that a lost connection stands for.

        A proxy that makes no tunnel and Twilio itself break with the same errors: `_asked` says which.
        """
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
            return Rejected("configuration", "base_url")
        is_early = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError)
        if not is_early and self._asked != b"CONNECT":
            is_late = isinstance(error, httpx.TimeoutException)
            return Unknown("timeout" if is_late else "connection lost")
        if isinstance(error, httpx.ProxyError) or (self._proxy and not self._asked):
            return Rejected("configuration", "proxy")
        return Rejected("configuration", "TLS") if _is_of_tls(error) else UNREACHABLE


def _parts(address: str) -> SplitResult:
    """An address that can be looked up; raises `ValueError` for others."""
    parts = urlsplit(address)
    if not httpx.URL(address).host.encode("idna") or parts.port == 0:
        raise ValueError(address)
    return parts


def _proxy_for(address: SplitResult) -> str:
    """The proxy on the way there, as the environment says; empty: there is none."""
    named = urllib.request.getproxies()
    proxy = named.get(address.scheme) or named.get("all")
    if not proxy or urllib.request.proxy_bypass(address.netloc):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _tunneller(proxy: str, trusted: ssl.SSLContext) -> httpx.Proxy:
    """A proxy, which has to be trusted as well if it speaks TLS itself."""
    return httpx.Proxy(proxy, ssl_context=trusted if _parts(proxy).scheme == "https" else None)


@functools.lru_cache(maxsize=1)
def _trusting(named: str) -> ssl.SSLContext:
    """Certificates of a file or of folders, for all threads: to read them takes as long as messages."""
    if not named:
        return httpx.create_ssl_context(trust_env=False)
    if Path(named).is_dir() or os.pathsep in named:
        return ssl.create_default_context(capath=named)
    return ssl.create_default_context(cafile=named)


def _is_of_tls(error: BaseException | None) -> bool:
    """httpx has one error for all connections that were not made: its cause says which."""
    while error and not isinstance(error, ssl.SSLError):
        error = error.__context__
    return error is not None


def pause_of(header: str | None) -> datetime.timedelta | None:
    """The pause that Retry-After asks for in seconds; None for a date or for nonsense."""
    text = (header or "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    # by its length first: a number of any size can be written, not every one is a timedelta
    return min(LONGEST_PAUSE, datetime.timedelta(seconds=int(text[:9])))
