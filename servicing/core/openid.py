"""What a provider of OpenID Connect says of a person, and what it means here; nothing is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from servicing.core.settings import OpenId

LONGEST_LOGIN = 100
LONGEST_SUBJECT = 255
"""Characters, as the standard has it."""

LONGEST = 200
"""Characters of a name, a number, a unit."""


@dataclass(frozen=True)
class Person:
    """Somebody whom the provider has recognised."""

    issuer: str
    subject: str
    """How the provider calls them, now and for ever."""
    login: str
    """How we might call them; empty where the provider does not say, or says what is no login."""
    name: str
    groups: frozenset[str]
    agent_no: str
    branch: str
    team: str


@dataclass(frozen=True)
class Round:
    """A login on its way to the provider and back: what only this browser, the provider and we know."""

    state: str
    nonce: str
    verifier: str
    """Of PKCE: the provider has its digest, and gives nothing for a code without it."""
    onward: str = ""
    """The page of ours that it leads to."""


def person(claims: Mapping[str, Any], asked: OpenId) -> Person:
    """The person of an ID token that was found to be right."""
    login = _text(claims, asked.login_claim).lower()
    is_login = len(login) <= LONGEST_LOGIN and login.isprintable() and len(login.split()) == 1
    return Person(
        issuer=asked.issuer,
        subject=str(claims["sub"]),
        login=login if is_login else "",
        name=_text(claims, "name"),
        groups=frozenset(_texts(claims, asked.groups_claim)),
        agent_no=_text(claims, asked.agent_no_claim),
        branch=_text(claims, asked.branch_claim),
        team=_text(claims, asked.team_claim),
    )


def lacks(claims: Mapping[str, Any], asked: OpenId) -> bool:
    """Whether something that we go by is not said there, and may be said elsewhere."""
    names = [asked.login_claim, asked.agent_no_claim, asked.branch_claim, asked.team_claim]
    if asked.groups:
        names.append(asked.groups_claim)
    return any(name and found(claims, name) is None for name in names)


def role_of(groups: Iterable[str], roles: Mapping[str, str]) -> str:
    """The role of the first line of the settings whose group somebody is in; empty: there is none."""
    mine = frozenset(groups)
    return next((role for group, role in roles.items() if group in mine), "")


def found(claims: Mapping[str, Any], name: str) -> Any:
    """What is said under a name; a dot in it leads into a claim, unless a claim is so called."""
    if name in claims:
        return claims[name]
    within: Any = claims
    for part in name.split("."):
        within = within.get(part) if isinstance(within, Mapping) else None
    return within


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    said = found(claims, name) if name else None
    if isinstance(said, str):
        return [said]
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def _text(claims: Mapping[str, Any], name: str) -> str:
    """A short text on one line; empty for what is none, or is a list of several."""
    said = _texts(claims, name)
    text = said[0].strip() if len(said) == 1 else ""
    return text if len(text) <= LONGEST and text.isprintable() else ""
