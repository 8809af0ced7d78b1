"""A line to Twilio: its library's client, one connection, and what came back on it last.

The library keeps to itself what matters here: the headers of an answer, and whether a connection was
made at all before it broke.
"""

import contextlib
import datetime
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from servicing.channels import quiet
from servicing.core.settings import Twilio

if TYPE_CHECKING:
    import requests

LONGEST_PAUSE = datetime.timedelta(days=1)


class Line:
    """One thread's client, its connection, and what came back on it last.

    The library is loaded here, with the first message, and not with this module: it is large.
    """

    def __init__(self, settings: Twilio) -> None:
        from twilio.rest import Client

        self.heard = _post(settings.timeout_seconds)
        """What came back on it last: `status`, `pause`, and whether it was `unconnected`."""
        self.client = Client(settings.account_sid, settings.auth_token, http_client=self.heard)
        if settings.base_url:
            self.client.api.base_url = settings.base_url
            # TWILIO_EDGE and TWILIO_REGION of the environment would rewrite this address
            self.client.edge = self.client.region = None
        _read_the_environment_once(self.heard.session, self.client.api.base_url)

    def warm_up(self) -> None:
        """Walk the library's long way once, as far as it goes without a message."""
        import requests

        assert self.client.messages
        address = self.client.api.base_url
        with contextlib.suppress(ValueError):  # no address at all: the first message says so
            form = requests.Request("POST", address, data={"Body": ""}, auth=("", ""))
            self.heard.session.prepare_request(form)

    @contextlib.contextmanager
    def discreetly(self) -> Iterator[None]:
        """Nothing of what is asked for meanwhile is logged, and nothing of before is remembered."""
        self.heard.forget()
        with quiet.meanwhile("urllib3.connectionpool"):  # which says what address it asked
            yield


def _post(timeout: float) -> Any:
    """The library's way to the network, which also says what it keeps to itself.

    That is the headers of an answer, its status, and whether a connection was made: an error of TLS
    or of a proxy may come from connecting, before anything was sent, or from what broke later.
    """
    from requests.adapters import HTTPAdapter
    from twilio.http.http_client import TwilioHttpClient
    from urllib3 import PoolManager

    class Post(TwilioHttpClient):  # type: ignore[misc]
        def __init__(self) -> None:
            # a logger of its own, below no other, that says nothing
            quiet = logging.Logger("twilio", logging.CRITICAL + 1)
            super().__init__(timeout=timeout, logger=quiet, max_retries=0)
            for scheme in ("https://", "http://"):
                self.session.mount(scheme, Adapter(max_retries=0))
            self.forget()

        def forget(self) -> None:
            self.status: int | None = None
            self.pause: datetime.timedelta | None = None
            self.unconnected = False

        def request(self, *args: Any, **named: Any) -> Any:
            answer = super().request(*args, **named)
            self.status = answer.status_code
            self.pause = pause_of(answer.headers.get("Retry-After"))
            return answer

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **named: Any) -> None:
            super().init_poolmanager(*args, **named)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: str, **named: Any) -> PoolManager:
            manager: PoolManager = super().proxy_manager_for(proxy, **named)
            if not proxy.lower().startswith("socks"):  # which has pools of its own
                manager.pool_classes_by_scheme = pools
            return manager

    def failed() -> None:
        post.unconnected = True

    pools = _pools(failed)
    post = Post()
    return post


def _read_the_environment_once(session: "requests.Session", address: str) -> None:
    """Its proxies and certificates, which would else be read with every message."""
    try:
        found = session.merge_environment_settings(address, {}, None, None, None)
    except ValueError:
        return  # no address at all: the first message says so
    session.proxies, session.verify = found["proxies"], found["verify"]
    session.trust_env = False


def _pools(failed: Callable[[], None]) -> dict[str, Any]:
    """urllib3's connections by scheme, which say when one could not be made."""
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    @contextlib.contextmanager
    def watched() -> Iterator[None]:
        try:
            yield
        except BaseException:
            failed()
            raise

    class Plain(HTTPConnection):
        def connect(self) -> None:
            with watched():
                super().connect()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            with watched():
                super().connect()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def pause_of(header: str | None) -> datetime.timedelta | None:
    """What Retry-After asks for, in seconds; None for a date or for nonsense."""
    text = (header or "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    # by its length first: a number of any size can be written, not every one is a timedelta
    return min(LONGEST_PAUSE, datetime.timedelta(seconds=int(text[:9])))
