"""What a provider says of somebody: who is believed, and what."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from joserfc.jwk import OctKey

from servicing.core.account_models import User
from tests.servicing.web.by_provider import (
    NONSENSE,
    NOT_CONFIRMED,
    OPS,
    come_back,
    come_in,
    is_in,
    sent,
    told,
)
from tests.servicing.web.extremes import VALUES
from tests.servicing.web.visits import NOW, Visitor
from tests.standins.openid import (
    CLIENT_ID,
    CLIENT_SECRET,
    OpenIdStandIn,
    as_json,
    by_public_key,
    new_key,
    public,
    unsigned,
)

WRONG: dict[str, dict[str, Any]] = {
    "of another client": {"aud": "another"},
    "of another client, and made for us": {"aud": "another", "azp": CLIENT_ID},
    "of several, and not ours": {"aud": ["another", "a-third"]},
    "of several, without saying for whom": {"aud": [CLIENT_ID, "another"]},
    "made for another": {"azp": "another"},
    "of another issuer": {"iss": "https://elsewhere.example"},
    "of no issuer": {"iss": None},
    "over": {"exp": int(NOW.timestamp()) - 120},
    "without an end": {"exp": None},
    "of tomorrow": {"iat": int(NOW.timestamp()) + 3600},
    "of yesterday, and kept": {"iat": int(NOW.timestamp()) - 86_400},
    "not valid yet": {"nbf": int(NOW.timestamp()) + 3600},
    "of another login": {"nonce": "another"},
    "of no login": {"nonce": None},
    "of nobody": {"sub": None},
    "of nobody, in so many words": {"sub": ""},
    "of a number": {"sub": 1},
    "of a subject without end": {"sub": "x" * 256},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "with an end that is no number": {"exp": "tomorrow"},
}


@pytest.mark.parametrize("how", WRONG)
def test_a_token_that_is_wrong_lets_nobody_in(
    how: str, visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.claims |= WRONG[how]
    assert NOT_CONFIRMED in told(visitor, come_in(visitor, provider))
    assert not is_in(visitor)


def by_nobody(provider: OpenIdStandIn) -> str:
    return unsigned(provider.token())


def by_what_everybody_has(provider: OpenIdStandIn) -> str:
    return by_public_key(provider.token(), provider.key)


def by_the_secret_of_the_client(provider: OpenIdStandIn) -> str:
    provider.header = {"alg": "HS256"}
    provider.key = OctKey.import_key(CLIENT_SECRET, {"kid": "first"})
    return provider.token()


def by_another_key_of_that_name(provider: OpenIdStandIn) -> str:
    provider.key = new_key("first")
    return provider.token()


def by_a_key_that_it_brings_along(provider: OpenIdStandIn) -> str:
    provider.key = new_key("brought")
    provider.header = {"jwk": public(provider.key), "kid": None}
    return provider.token()


def with_a_changed_subject(provider: OpenIdStandIn) -> str:
    head, _, signature = provider.token().split(".")
    return f"{head}.{provider.token(sub='s-2').split('.')[1]}.{signature}"


def no_token_at_all(_: OpenIdStandIn) -> str:
    return "a.b.c"


FORGED = [
    *(by_nobody, by_what_everybody_has, by_the_secret_of_the_client, by_another_key_of_that_name),
    *(by_a_key_that_it_brings_along, with_a_changed_subject, no_token_at_all),
]


@pytest.mark.parametrize("forged", FORGED, ids=lambda each: each.__name__)
@pytest.mark.parametrize("announced", [["ES256"], ["ES256", "HS256", "none"]], ids=["one", "all"])
def test_a_token_that_nobody_has_signed_lets_nobody_in(
    forged: Callable[[OpenIdStandIn], str],
    announced: list[str],
    visitor: Visitor,
    provider: OpenIdStandIn,
) -> None:
    provider.metadata["id_token_signing_alg_values_supported"] = announced
    state = sent(visitor, provider)
    answer = {"access_token": "x", "token_type": "Bearer", "id_token": forged(provider)}
    provider.answers["/token"] = lambda: as_json(answer)
    assert NOT_CONFIRMED in told(visitor, come_back(visitor, state))
    assert not is_in(visitor)


def test_a_published_secret_is_no_key(visitor: Visitor, provider: OpenIdStandIn) -> None:
    secret = OctKey.import_key("everybody can read this secret", {"kid": "first"})
    provider.published, provider.key = [secret.as_dict()], secret
    provider.header = {"alg": "HS256"}
    provider.metadata["id_token_signing_alg_values_supported"] = ["HS256"]
    assert NONSENSE in told(visitor, come_in(visitor, provider))


def test_keys_that_nobody_understands_stand_in_nobodys_way(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    strange: list[Any] = [
        {"kty": "MLDSA", "kid": "new"},
        {"kty": "EC", "kid": "half"},
        "text",
        None,
    ]
    provider.published = [*strange, *provider.published]
    assert come_in(visitor, provider).location == "/"


def test_a_new_key_is_asked_for_when_it_is_used(app: Flask, provider: OpenIdStandIn) -> None:
    come_in(Visitor(app), provider)
    provider.key = new_key("second")
    provider.published.append(public(provider.key))
    (kept,) = app.extensions["servicing provider"]._kept.values()
    kept.keys_at -= 61  # a minute later
    assert come_in(Visitor(app), provider).location == "/"
    assert provider.asked["/jwks"] == 2


def test_keys_that_nobody_publishes_are_asked_for_once_a_minute(
    app: Flask, provider: OpenIdStandIn
) -> None:
    provider.key = new_key("nobody's")
    for _ in range(5):
        visitor = Visitor(app)
        assert NOT_CONFIRMED in told(visitor, come_in(visitor, provider))
    assert provider.asked["/jwks"] == 1


def test_what_the_token_does_not_say_is_asked_for_of_the_same_person(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.claims["groups"] = None
    provider.userinfo = {"sub": "s-1", "groups": OPS, "preferred_username": "somebody-else"}
    assert come_in(visitor, provider).location == "/"
    assert User.get(login="liwen").role == "operations", "and what the token says comes first"


def test_what_is_said_beside_the_token_of_somebody_else_lets_nobody_in(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    provider.claims["groups"] = None
    provider.userinfo = {"sub": "s-2", "groups": ["svc-admins"]}
    assert NOT_CONFIRMED in told(visitor, come_in(visitor, provider))
    assert not is_in(visitor)


def test_an_answer_that_names_another_issuer_is_not_taken(
    visitor: Visitor, provider: OpenIdStandIn
) -> None:
    """A mix-up: she was sent to one provider, and another one answers (RFC 9207)."""
    elsewhere = {"iss": "https://elsewhere.example"}
    answer = come_back(visitor, sent(visitor, provider), **elsewhere)
    assert NOT_CONFIRMED in told(visitor, answer)
    assert not provider.asked["/token"]
    answer = come_back(visitor, sent(visitor, provider), iss=provider.issuer)
    assert answer.location == "/"


BROUGHT = {"next": "", "code": "c", "state": "", "iss": "", "error": ""}
"""What somebody may come back with, and what they may begin with."""


@pytest.mark.parametrize("name", BROUGHT)
def test_whatever_somebody_brings_no_page_fails(
    name: str, visitor: Visitor, provider: OpenIdStandIn
) -> None:
    for value in VALUES:
        asked = (
            sent(visitor, provider, value if name == "next" else "") if "\0" not in value else ""
        )
        query = {**BROUGHT, "state": asked, name: value}
        answer = visitor.get(f"/login/openid/back?{urlencode(query)}")
        assert answer.status_code in (303, 400), (name, value[:30])
        visitor.client.delete_cookie("__Host-servicing", domain="localhost")


@pytest.mark.parametrize("claim", ["preferred_username", "name", "groups", "sub"])
def test_whatever_the_provider_says_no_page_fails(
    claim: str, app: Flask, provider: OpenIdStandIn
) -> None:
    for value in [*VALUES, [], {}, 7, [[]], [None], True]:
        provider.claims |= {"sub": "s-1", claim: value}
        visitor = Visitor(app)
        answer = come_in(visitor, provider)
        assert answer.status_code == 303
        assert visitor.get(answer.location).status_code < 400
