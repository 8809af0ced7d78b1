"""What a provider says of a person, and what it means here: tables."""

from typing import Any

import pytest

from servicing.core import openid
from servicing.core.settings import OpenId

CLAIMS: dict[str, Any] = {
    "sub": "s-1",
    "preferred_username": " Li.Wen ",
    "name": "李雯",
    "groups": ["svc-ops", 7, None, "canteen"],
    "realm_access": {"roles": ["lead"], "deep": {"er": "A001"}},
    "https://example.com/groups": ["by-address"],
}


def said_by(name: str) -> object:
    return openid.found(CLAIMS, name)


FOUND = [
    ("sub", "s-1"),
    ("realm_access.roles", ["lead"]),
    ("realm_access.deep.er", "A001"),
    ("realm_access.none", None),
    ("sub.x", None),
    ("https://example.com/groups", ["by-address"]),
    ("nothing", None),
]


@pytest.mark.parametrize(("name", "said"), FOUND)
def test_a_dot_leads_into_a_claim_unless_a_claim_is_so_called(name: str, said: object) -> None:
    assert said_by(name) == said


ROLES = {"boss": "administrator", "svc-ops": "operations", "force": "agent"}
IN = [
    (["svc-ops"], "operations"),
    (["force", "svc-ops"], "operations"),
    (["svc-ops", "boss"], "administrator"),
    (["SVC-OPS"], ""),
    (["svc-ops "], ""),
    ([], ""),
]


@pytest.mark.parametrize(("groups", "role"), IN)
def test_the_first_line_whose_group_somebody_is_in_decides(groups: list[str], role: str) -> None:
    assert openid.role_of(groups, ROLES) == role


def test_a_person_is_who_the_provider_says() -> None:
    found = openid.person(
        CLAIMS, OpenId(issuer="https://l.example", agent_no_claim="realm_access.deep.er")
    )
    assert (found.issuer, found.subject, found.login) == ("https://l.example", "s-1", "li.wen")
    assert (found.name, found.agent_no, found.branch) == ("李雯", "A001", "")
    assert found.groups == {"svc-ops", "canteen"}


LACKS = [
    ({}, {}, True),
    ({"preferred_username": "x"}, {}, False),
    ({"preferred_username": "x"}, {"groups": {"a": "operations"}}, True),
    ({"preferred_username": "x", "groups": []}, {"groups": {"a": "operations"}}, False),
    ({"preferred_username": "x"}, {"agent_no_claim": "employee"}, True),
]


@pytest.mark.parametrize(("claims", "settings", "lacks"), LACKS)
def test_what_is_missing_is_asked_for_elsewhere(
    claims: dict[str, Any], settings: dict[str, Any], lacks: bool
) -> None:
    assert openid.lacks(claims, OpenId(**settings)) is lacks
