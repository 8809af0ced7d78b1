"""Whom the channels trust, and the way out to the network, as a test says and not the machine."""

from pathlib import Path

import pytest

from tests.servicing import ways
from tests.standins import sockets

VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
VARIABLES += ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With its key; nobody trusts it who is not told to."""
    path = tmp_path_factory.mktemp("tls") / "good.pem"
    return sockets.certificate_for(path, ways.HERE, ways.NAME)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> pytest.MonkeyPatch:
    """Without a proxy, and with one certificate that is trusted."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    return monkeypatch
