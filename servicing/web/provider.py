"""The provider of OpenID Connect whom `[web.openid]` names: where it is reached, and what it says.

Its addresses and keys are kept for an hour. A key that nobody has seen is asked for once, at most every
minute, for a provider changes its keys when it likes. Nothing is asked while nobody logs in by it.
"""

import datetime
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
from authlib.oauth2 import OAuth2Client, OAuth2Error

from servicing.core import errors, id_tokens, openid
from servicing.core.id_tokens import Expected, UnknownKey
from servicing.core.openid import Round
from servicing.core.settings import OpenId
from servicing.core.settings_file import is_sealed_address
from servicing.web import asking
from servicing.web.asking import Asking

KEPT_SECONDS = 3600.0
ANEW_SECONDS = 60.0
DOWN_SECONDS = 2.0
"""So long a provider is not asked again who it is, and the log hears nothing of it."""

log = logging.getLogger(__name__)


class Announced(msgspec.Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    id_token_signing_alg_values_supported: tuple[str, ...] = (id_tokens.USUAL,)
    authorization_response_iss_parameter_supported: bool = False


@dataclass
class _Kept:
    """What was asked of a provider, and when (by the clock of the process)."""

    announced: Announced
    asked_at: float
    keys: Any = None
    keys_at: float = float("-inf")


class Provider:
    """The provider, as one process knows it."""

    def __init__(self) -> None:
        self._asking = Asking()
        self._turn = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._down_until = 0.0

    def address(self, asked: OpenId, back: str, begun: Round) -> str:
        """Where somebody logs in there; `back`: our address to come back to. Raises `BadSignIn`."""
        announced = self._asking.within(lambda: self._of(asked).announced)
        url, _ = _client(asked, announced, back).create_authorization_url(
            announced.authorization_endpoint,
            state=begun.state,
            nonce=begun.nonce,
            code_verifier=begun.verifier,
        )
        return str(url)

    def claims(
        self,
        asked: OpenId,
        back: str,
        begun: Round,
        said: Mapping[str, str],
        now: datetime.datetime,
    ) -> Mapping[str, Any]:
        """What the provider says of whoever came back with this; raises `BadSignIn`.

        `said`: the parameters of the address they came back with.
        """
        return self._asking.within(lambda: self._claims(asked, back, begun, said, now))

    def way_out(self, asked: OpenId, back: str) -> str:
        """Where somebody ends their session at the provider; empty where that is not known."""
        kept = self._kept.get(asked.issuer)
        if kept is None or not kept.announced.end_session_endpoint:
            return ""
        query = urlencode({"client_id": asked.client_id, "post_logout_redirect_uri": back})
        url = kept.announced.end_session_endpoint
        return f"{url}{'&' if '?' in url else '?'}{query}"

    def _of(self, asked: OpenId) -> _Kept:
        """What the provider says of itself."""
        kept = self._kept.get(asked.issuer)
        if kept and time.monotonic() - kept.asked_at < KEPT_SECONDS:
            return kept
        if time.monotonic() < self._down_until:
            raise errors.BadSignIn("openid_silent")
        try:
            fresh = _Kept(_asked_for(asked), time.monotonic())
        except errors.BadSignIn as error:
            self._down_until = time.monotonic() + DOWN_SECONDS
            log.warning("the provider of logins does not say who it is: %s", error.notice.code)
            raise
        with self._turn:
            self._kept = {asked.issuer: fresh}  # of the settings of today, and of no others
        return fresh

    def _keys(self, kept: _Kept, *, anew: bool = False) -> Any:
        """Its keys; `anew`: others than a minute ago. Raises `BadSignIn` where there are none."""
        age = time.monotonic() - kept.keys_at
        if not kept.keys or age > (ANEW_SECONDS if anew else KEPT_SECONDS):
            published = asking.told(asking.ask("GET", kept.announced.jwks_uri)).get("keys")
            kept.keys = id_tokens.keys_of(published if isinstance(published, list) else [])
            kept.keys_at = time.monotonic()
        elif anew:
            raise errors.BadSignIn("openid_token_wrong")
        if not kept.keys:
            raise errors.BadSignIn("openid_nonsense")
        return kept.keys

    def _claims(
        self,
        asked: OpenId,
        back: str,
        begun: Round,
        said: Mapping[str, str],
        now: datetime.datetime,
    ) -> Mapping[str, Any]:
        kept = self._of(asked)
        _check_issuer(said, kept.announced)
        token = _token(asked, kept.announced, back, begun, said.get("code", ""))
        access_token = str(token.get("access_token") or "")
        expected = Expected(asked.issuer, asked.client_id, begun.nonce, access_token)
        signed = str(token.get("id_token") or "")
        algorithms = kept.announced.id_token_signing_alg_values_supported
        try:
            found = id_tokens.claims(signed, self._keys(kept), algorithms, expected, now)
        except UnknownKey:
            try:
                keys = self._keys(kept, anew=True)
                found = id_tokens.claims(signed, keys, algorithms, expected, now)
            except UnknownKey:
                raise errors.BadSignIn("openid_token_wrong") from None
        if openid.lacks(found, asked) and access_token and kept.announced.userinfo_endpoint:
            return {**_userinfo(kept.announced, access_token, found["sub"]), **found}
        return found


def _asked_for(asked: OpenId) -> Announced:
    """What a provider says of itself, if it is the one that we mean and nobody reads along."""
    url = f"{asked.issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        said = asking.told(asking.ask("GET", url)).items()
        found = msgspec.convert({name: each for name, each in said if each is not None}, Announced)
    except msgspec.ValidationError:
        raise errors.BadSignIn("openid_nonsense") from None
    addresses = [found.token_endpoint, found.jwks_uri, found.userinfo_endpoint]
    addresses += [found.authorization_endpoint, found.end_session_endpoint]
    is_sealed = all(is_sealed_address(each.partition("?")[0]) for each in addresses if each)
    if found.issuer != asked.issuer or not is_sealed:
        raise errors.BadSignIn("openid_nonsense")
    return found


def _check_issuer(said: Mapping[str, str], announced: Announced) -> None:
    """An answer that says whose it is (RFC 9207) is this provider's; one that always says it has to."""
    whose = said.get("iss", "")
    is_told = announced.authorization_response_iss_parameter_supported
    if (whose or is_told) and whose != announced.issuer:
        raise errors.BadSignIn("openid_token_wrong")


class _Session:
    """Sends for Authlib what it has put together, within our bounds."""

    def post(
        self, url: str, data: dict[str, str], headers: dict[str, str], auth: Any
    ) -> httpx.Response:
        address, told, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return asking.ask("POST", address, told, body)


def _client(asked: OpenId, announced: Announced, back: str) -> OAuth2Client:
    methods = announced.token_endpoint_auth_methods_supported
    by_body = "client_secret_post" in methods and "client_secret_basic" not in methods
    way = "client_secret_post" if by_body else "client_secret_basic"
    return OAuth2Client(
        _Session(),
        client_id=asked.client_id,
        client_secret=asked.client_secret,
        token_endpoint_auth_method=way if asked.client_secret else "none",
        scope=asked.scopes,
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _token(
    asked: OpenId, announced: Announced, back: str, begun: Round, code: str
) -> Mapping[str, Any]:
    """What the provider gives for a code; raises `BadSignIn` where it gives nothing for it."""
    try:
        found = _client(asked, announced, back).fetch_token(
            announced.token_endpoint,
            grant_type="authorization_code",
            code=code,
            redirect_uri=back,
            code_verifier=begun.verifier,
        )
    except OAuth2Error:
        raise errors.BadSignIn("openid_code_refused") from None
    except (httpx.HTTPError, ValueError, TypeError, RecursionError):
        raise errors.BadSignIn("openid_nonsense") from None
    return dict(found)


def _userinfo(announced: Announced, access_token: str, subject: str) -> Mapping[str, Any]:
    """What a provider says beside the token, of the same person."""
    bearer = {"Authorization": f"Bearer {access_token}"}
    said = asking.told(asking.ask("GET", announced.userinfo_endpoint, bearer))
    if said.get("sub") != subject:
        raise errors.BadSignIn("openid_token_wrong")
    return dict(said)
