"""ID tokens, checked as OpenID Connect Core 3.1.3.7 says: by whom, for whom, for which login, until when.

Signatures with a shared secret (HS256) and none at all are not accepted, whatever the provider announces.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import JWSRegistry

from servicing.core import errors
from servicing.core.openid import LONGEST_SUBJECT

ALGORITHMS = frozenset(
    [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
        "Ed25519",
    ]
)
"""Of signatures that only the provider can make: of a public key they cannot be made."""

USUAL = "RS256"
"""What a provider signs with that does not say it."""

LEEWAY_SECONDS = 60
"""So much the provider's clock may differ from ours."""

OLDEST = datetime.timedelta(minutes=10)
"""A token is of the login that has just been; an older one was kept by somebody."""

KEY_TYPES = frozenset(["RSA", "EC", "OKP"])
"""Public keys; a provider that publishes a secret (`oct`) is not believed by it."""


class UnknownKey(Exception):
    """The token names a key that is not among these: the provider may have another one by now."""


@dataclass(frozen=True)
class Expected:
    """What a token has to say."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    """That came with it: its digest may stand in the token."""


def keys_of(published: Iterable[Any]) -> KeySet:
    """The keys of a provider that signatures are checked with; what is no such key is left out."""
    return KeySet([key for each in published if (key := _key(each)) is not None])


def _key(said: Any) -> Key | None:
    if not isinstance(said, dict) or said.get("kty") not in KEY_TYPES:
        return None
    if said.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(said)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def claims(
    token: str,
    keys: KeySet,
    announced: Collection[str],
    expected: Expected,
    now: datetime.datetime,
) -> Mapping[str, Any]:
    """What a right token says.

    Raises `BadSignIn` for one that is wrong in any way, `UnknownKey` where its key is not known.
    """
    allowed = [each for each in announced or [USUAL] if each in ALGORITHMS]
    if not allowed:
        raise errors.BadSignIn("openid_token_wrong")
    registry = JWSRegistry(algorithms=allowed, strict_check_header=False)
    try:
        found = jwt.decode(token, keys, registry=registry)
        said = CodeIDToken(found.claims, found.header, _wanted(expected), _params(expected))
        said.validate(int(now.timestamp()), LEEWAY_SECONDS)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise errors.BadSignIn("openid_token_wrong") from None
    subject, age = said["sub"], now.timestamp() - said["iat"]
    is_named = bool(subject) and len(subject) <= LONGEST_SUBJECT and "\0" not in subject
    if not is_named or age > OLDEST.total_seconds() + LEEWAY_SECONDS:
        raise errors.BadSignIn("openid_token_wrong")
    return dict(said)


def _wanted(expected: Expected) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "sub": {"essential": True},
        "nonce": {"essential": True, "value": expected.nonce},
    }


def _params(expected: Expected) -> dict[str, str]:
    return {
        "client_id": expected.client_id,
        "nonce": expected.nonce,
        "access_token": expected.access_token,
    }
