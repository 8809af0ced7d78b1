"""The way out to Twilio as the environment names it: proxies, and whose certificates are trusted."""

import base64
import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from servicing.channels import Answer, Lookup
from tests.servicing import letters
from tests.servicing.ways import (
    CREATED,
    HERE,
    NAME,
    NO_PATIENCE,
    NO_PROXY,
    NO_TLS,
    PATIENCE,
    TAKEN,
    UNREACHABLE,
    answer_of,
    reaching,
    row,
)
from tests.standins import sockets
from tests.standins.proxy import Proxy, refusing
from tests.standins.sockets import (
    Serve,
    answering,
    closing,
    listening,
    resetting,
    saying,
    secured,
    silent,
)
from tests.standins.twilio import ACCOUNT, TOKEN

pytestmark = pytest.mark.usefixtures("environment")

BUNDLES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"]
"""The first that is set decides."""


# a proxy that makes no tunnel

NO_TUNNELS = [
    row("it closes", closing, UNREACHABLE),
    row("it resets", resetting, UNREACHABLE),
    row("it says nothing", silent, UNREACHABLE, NO_PATIENCE),
    row("it speaks no HTTP", saying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), UNREACHABLE),
    row("it breaks off", saying(b"HTTP/1.1 200 Conn"), UNREACHABLE),
    *(row(f"it says {number}", refusing(number), NO_PROXY) for number in (302, 400, 403, 404)),
    *(row(f"it says {number}", refusing(number), NO_PROXY) for number in (407, 429, 500)),
    *(row(f"it says {number}", refusing(number), NO_PROXY) for number in (502, 503, 504)),
]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("instead", "answer", "seconds"), NO_TUNNELS)
def test_without_a_tunnel_nothing_was_sent(
    scheme: str,
    instead: Serve,
    answer: Answer,
    seconds: float,
    certificate: Path,
    environment: pytest.MonkeyPatch,
) -> None:
    proxy = Proxy(0, [instead])
    with listening(proxy if scheme == "http" else secured(certificate, proxy)) as at:
        environment.setenv("HTTPS_PROXY", f"{scheme}://{HERE}:{at}")
        assert answer_of(f"https://{NAME}", seconds) == answer
    assert [each.split(" HTTP")[0] for each in proxy.asked] == [f"CONNECT {NAME}:443"]


def test_the_next_message_asks_for_a_tunnel_anew_and_those_after_it_share_it(
    certificate: Path, environment: pytest.MonkeyPatch
) -> None:
    def there(connection: socket.socket) -> None:
        while sockets.request_of(connection):
            connection.sendall(CREATED)

    proxy = Proxy(0, [closing, refusing(503)])
    with listening(secured(certificate, there)) as proxy.port, listening(proxy) as at:
        environment.setenv("HTTPS_PROXY", f"http://{HERE}:{at}")
        with reaching(f"https://{NAME}") as channel:
            answers = [channel.send(letters.to_lin_wei()) for _ in range(5)]
    assert answers == [UNREACHABLE, NO_PROXY, TAKEN, TAKEN, TAKEN]
    assert len(proxy.asked) == 3


def test_what_cannot_be_asked_for_through_a_proxy_is_undecided(
    environment: pytest.MonkeyPatch,
) -> None:
    with listening(Proxy(0, [refusing(502), closing])) as at:
        environment.setenv("HTTPS_PROXY", f"http://{HERE}:{at}")
        with reaching(f"https://{NAME}") as channel:
            for _ in range(2):
                assert channel.find(letters.to_lin_wei()) == Lookup("undecided")


# a proxy that is not there


@pytest.fixture
def full() -> Iterator[int]:
    """A port where nobody is let in, nor turned away."""
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(socket.socket())
        door.bind((HERE, 0))
        door.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(door.getsockname())
        yield door.getsockname()[1]


UNREACHED = [
    pytest.param(f"http://{HERE}:9", id="nobody listens"),
    pytest.param(f"https://{HERE}:9", id="nobody listens, with TLS"),
    pytest.param("http://proxy.invalid:3128", id="no such name"),
    pytest.param(f"http://{HERE}:{{full}}", id="no room"),
    pytest.param(f"https://{HERE}:{{plain}}", id="no TLS"),
    pytest.param(f"https://{HERE}:{{untrusted}}", id="nobody vouches for it"),
]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("proxy", UNREACHED)
def test_a_proxy_that_cannot_be_reached_is_our_configuration(
    scheme: str, proxy: str, full: int, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    another = sockets.certificate_for(tmp_path / "another.pem", HERE)
    with (
        listening(saying(b"HTTP/1.1 400 No\r\n\r\n")) as plain,
        listening(secured(another, Proxy(0))) as untrusted,
    ):
        address = proxy.format(full=full, plain=plain, untrusted=untrusted)
        environment.setenv(f"{scheme.upper()}_PROXY", address)
        seconds = NO_PATIENCE if "full" in proxy else PATIENCE
        assert answer_of(f"{scheme}://{NAME}", seconds) == NO_PROXY


@pytest.mark.parametrize(
    "proxy",
    [
        *("http://", "http://[::", "http://a..b", f"http://{HERE}:port", f"http://{HERE}:99999"),
        *(f"ftp://{HERE}:21", f"socks4://{HERE}:1080", f"socks5://{HERE}:1080"),
    ],
)
def test_an_address_of_a_proxy_that_cannot_be_meant_is_our_configuration(
    proxy: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HTTPS_PROXY", proxy)
    assert answer_of(f"https://{NAME}") == NO_PROXY


# which one it is


@pytest.mark.parametrize(
    ("variables", "is_proxied"),
    [
        ({"HTTPS_PROXY": "http://{proxy}"}, True),
        ({"https_proxy": "http://{proxy}"}, True),
        ({"HTTPS_PROXY": "{proxy}"}, True),
        ({"HTTPS_PROXY": ""}, False),
        ({"HTTP_PROXY": "http://{proxy}"}, False),
        ({"ALL_PROXY": "http://{proxy}"}, True),
        ({"all_proxy": "http://{proxy}"}, True),
        ({"HTTPS_PROXY": "http://{proxy}", "ALL_PROXY": f"http://{HERE}:9"}, True),
        ({"HTTPS_PROXY": "http://{proxy}", "NO_PROXY": "localhost"}, False),
        ({"HTTPS_PROXY": "http://{proxy}", "no_proxy": "example.com, localhost"}, False),
        ({"HTTPS_PROXY": "http://{proxy}", "NO_PROXY": "*"}, False),
        ({"HTTPS_PROXY": "http://{proxy}", "NO_PROXY": "example.com"}, True),
        ({"HTTPS_PROXY": "http://{proxy}", "NO_PROXY": "fe80::/10"}, True),
    ],
)
def test_the_proxy_is_the_one_of_the_environment(
    variables: dict[str, str], is_proxied: bool, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    local = sockets.certificate_for(tmp_path / "local.pem", "localhost")
    environment.setenv("REQUESTS_CA_BUNDLE", str(local))
    proxy = Proxy(0)
    with listening(secured(local, answering(CREATED))) as proxy.port, listening(proxy) as at:
        for name, value in variables.items():
            environment.setenv(name, value.format(proxy=f"{HERE}:{at}"))
        assert answer_of(f"https://localhost:{proxy.port}") == TAKEN
    assert len(proxy.asked) == is_proxied


@pytest.mark.parametrize(
    ("no_proxy", "is_proxied"),
    [(NAME, False), ("twilio.test", False), (".twilio.test", False), ("io.test.example", True)],
)
def test_no_proxy_names_a_host_or_what_it_ends_with(
    no_proxy: str, is_proxied: bool, environment: pytest.MonkeyPatch
) -> None:
    """There is no such host: who goes there straight does not reach it."""
    with listening(Proxy(0, [refusing(403)])) as at:
        environment.setenv("HTTPS_PROXY", f"http://{HERE}:{at}")
        environment.setenv("NO_PROXY", no_proxy)
        assert answer_of(f"https://{NAME}") == (NO_PROXY if is_proxied else UNREACHABLE)


def test_a_proxy_is_told_its_own_password_and_twilio_is_told_twilios_and_nobody_else(
    certificate: Path, environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asked: list[str] = []

    def there(connection: socket.socket) -> None:
        asked.append(sockets.request_of(connection).decode())
        connection.sendall(CREATED)

    with listening(secured(certificate, there)) as port, listening(proxy := Proxy(port)) as at:
        environment.setenv("HTTPS_PROXY", f"http://me:s%40cret@{HERE}:{at}")
        assert answer_of(f"https://{NAME}") == TAKEN
    for request, name, pair in (
        (proxy.asked[0], "Proxy-Authorization", "me:s@cret"),
        (asked[0], "Authorization", f"{ACCOUNT}:{TOKEN}"),
    ):
        told = [line for line in request.splitlines() if "authorization:" in line.lower()]
        assert told == [f"{name}: Basic {base64.b64encode(pair.encode()).decode()}"]
    assert caplog.records == []


# whom it trusts


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize(
    ("value", "answer"),
    [("good.pem", TAKEN), ("folder", TAKEN), ("nonsense", NO_TLS), ("missing", NO_TLS)],
)
def test_whom_to_trust_is_said_by_the_environment(
    name: str,
    value: str,
    answer: Answer,
    certificate: Path,
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    path = tmp_path / value
    if value == "good.pem":
        path.symlink_to(certificate)
    elif value == "folder":
        path.mkdir()
        (path / sockets.name_in_a_folder(certificate)).symlink_to(certificate)
    elif value == "nonsense":
        path.write_text(value)
    environment.delenv("REQUESTS_CA_BUNDLE")
    environment.setenv(name, str(path))
    with listening(secured(certificate, answering(CREATED))) as port:
        assert answer_of(f"https://{HERE}:{port}") == answer


def test_the_first_variable_that_is_set_says_whom_to_trust(
    certificate: Path, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    another = sockets.certificate_for(tmp_path / "another.pem", HERE)
    with listening(secured(certificate, answering(CREATED))) as port:
        for number, name in enumerate(BUNDLES):
            for later in BUNDLES[number:]:
                environment.setenv(later, str(another))
            environment.setenv(name, str(certificate))
            assert answer_of(f"https://{HERE}:{port}") == TAKEN
            environment.setenv(name, "")


def test_certificates_that_were_written_anew_are_read_anew(
    certificate: Path, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trusted = sockets.certificate_for(tmp_path / "trusted.pem", HERE)
    environment.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    with (
        listening(secured(certificate, answering(CREATED))) as port,
        reaching(f"https://{HERE}:{port}") as channel,
    ):
        assert channel.send(letters.to_lin_wei()) == NO_TLS
        trusted.write_bytes(certificate.read_bytes())
        channel.close()
        assert channel.send(letters.to_lin_wei()) == TAKEN


def test_what_is_wrong_with_the_environment_is_said_by_the_first_message_and_not_before(
    environment: pytest.MonkeyPatch,
) -> None:
    for name, value, answer in (
        ("HTTPS_PROXY", "ftp://127.0.0.1", NO_PROXY),
        ("REQUESTS_CA_BUNDLE", "/no/such/file", NO_TLS),
    ):
        environment.setenv(name, value)
        with reaching(f"https://{NAME}") as channel:
            channel.prepare()
            assert channel.send(letters.to_lin_wei()) == answer
            assert channel.find(letters.to_lin_wei()) == Lookup("undecided")
        environment.delenv(name)


def test_the_environment_is_read_once_and_anew_when_it_was_closed(
    certificate: Path, environment: pytest.MonkeyPatch
) -> None:
    with (
        listening(secured(certificate, answering(CREATED))) as port,
        listening(Proxy(0, [refusing(403)])) as at,
        reaching(f"https://{HERE}:{port}") as channel,
    ):
        channel.prepare()
        environment.setenv("HTTPS_PROXY", f"http://{HERE}:{at}")
        assert channel.send(letters.to_lin_wei()) == TAKEN
        channel.close()
        assert channel.send(letters.to_lin_wei()) == NO_PROXY


def test_by_default_a_certificate_of_ones_own_making_is_not_trusted(
    certificate: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.delenv("REQUESTS_CA_BUNDLE")
    with listening(secured(certificate, answering(CREATED))) as port:
        assert answer_of(f"https://{HERE}:{port}") == NO_TLS
