"""A provider of OpenID Connect on this machine that says whatever a test wants, right or wrong.

with OpenIdStandIn(NOW) as provider:
    provider.claims |= {"groups": ["staff"]}
    ...  # talk to provider.issuer

It has no login of its own: a test takes `state` and `nonce` out of the address that people are sent to,
and comes back with any code. How a whole provider behaves is tested with one: `identity`.
"""

import base64
import datetime
import hashlib
import hmac
import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key
from joserfc.jws import JWSRegistry

CLIENT_ID = "servicing"
CLIENT_SECRET = "a secret that no log has"  # noqa: S105
LIVES = 300
"""Seconds of an ID token."""

ANY = ("RS256", "ES256", "HS256", "none")
"""With what it can sign, which is more than anybody should believe."""


class Said(NamedTuple):
    """An answer."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


Answer = Callable[[], Said]


def as_json(value: Any) -> Said:
    return Said(json.dumps(value).encode())


class OpenIdStandIn:
    """The provider; what it says next is set from outside."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.key: Key = new_key("first")
        self.published: list[dict[str, Any]] = [public(self.key)]
        self.header: dict[str, Any] = {}
        """Of the next tokens, beside what is usual; None: left out."""
        self.claims: dict[str, Any] = {"sub": "s-1", "preferred_username": "liwen"}
        """Of the next tokens, beside what is usual; None: left out."""
        self.userinfo: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        """Of itself, beside what is usual; None: left out."""
        self.answers: dict[str, Answer] = {}
        """By path, in place of what it would answer."""
        self.nonce = ""
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""
        self.forms: list[dict[str, str]] = []
        """What came to the token's address, each with the head that proves who asks."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "OpenIdStandIn":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sends(self, address: str) -> str:
        """Somebody is sent there by us; the state that they come back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        self.nonce = query["nonce"]
        return query["state"]

    def token(self, **more: Any) -> str:
        """An ID token, signed with the key of today."""
        at = int(self.now.timestamp())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "iat": at, "exp": at + LIVES}
        said = {**usual, "nonce": self.nonce, **self.claims, **more}
        head = {"alg": "ES256", "kid": self.key.kid, **self.header}
        header = {name: value for name, value in head.items() if value is not None}
        claims = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(header, claims, self.key, registry=JWSRegistry(algorithms=ANY))

    def _tokens(self) -> Said:
        return as_json(
            {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self.token()}
        )

    def _announced(self) -> Said:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": ["ES256"],
            **self.metadata,
        }
        return as_json({name: value for name, value in said.items() if value is not None})

    def _answer(self, path: str) -> Said:
        self.asked[path] += 1
        usual: dict[str, Answer] = {
            "/.well-known/openid-configuration": self._announced,
            "/jwks": lambda: as_json({"keys": self.published}),
            "/token": self._tokens,
            "/userinfo": lambda: as_json({"sub": self.claims.get("sub"), **self.userinfo}),
        }
        found = self.answers.get(path) or usual.get(path)
        return found() if found else Said(b"{}", 404)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                self._tell(provider._answer(urlsplit(self.path).path))

            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                provider.forms.append(form | {"": self.headers.get("Authorization", "")})
                self._tell(provider._answer(urlsplit(self.path).path))

            def _tell(self, said: Said) -> None:
                try:
                    self.send_response(said.status)
                    self.send_header("Content-Type", said.kind)
                    self.send_header("Content-Length", str(len(said.body)))
                    for name, value in said.headers:
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(said.body)
                except OSError:
                    pass  # nobody wants to hear the rest

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler


def new_key(kid: str) -> Key:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def public(key: Key) -> dict[str, Any]:
    """As it is published."""
    return dict(key.as_dict(private=False))


def by_public_key(token: str, key: Key) -> str:
    """The same token, signed (HS256) with what is published of a key, as if that were a secret."""
    header = _plain(json.dumps({"alg": "HS256", "typ": "JWT", "kid": key.kid}).encode())
    told = f"{header}.{token.split('.')[1]}"
    secret = key.as_pem(private=False)  # type: ignore[union-attr]
    return f"{told}.{_plain(hmac.digest(secret, told.encode(), 'sha256'))}"


def unsigned(token: str) -> str:
    """The same token, which says that it is not signed."""
    header = _plain(b'{"alg":"none","typ":"JWT"}')
    return f"{header}.{token.split('.')[1]}."


def challenge(verifier: str) -> str:
    """The digest of PKCE."""
    return _plain(hashlib.sha256(verifier.encode()).digest())


def _plain(value: bytes) -> str:
    """As tokens write it."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
