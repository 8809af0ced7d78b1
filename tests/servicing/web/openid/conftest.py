"""The pages of a workspace whose people come in by a provider that says what a test wants."""

from collections.abc import Iterator

import pytest
from flask import Flask

from servicing.operations.workspace import Workspace
from tests.servicing.web.by_provider import OPS, pages_of
from tests.servicing.web.visits import NOW, Visitor
from tests.standins.openid import OpenIdStandIn


@pytest.fixture
def provider() -> Iterator[OpenIdStandIn]:
    """It knows Li Wen as s-1, who is in a group of operations."""
    with OpenIdStandIn(NOW) as provider:
        provider.claims |= {"groups": OPS, "name": "李雯"}
        yield provider


@pytest.fixture
def app(space: Workspace, provider: OpenIdStandIn) -> Flask:
    return pages_of(space, provider.issuer)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)
