"""The line to Twilio: whatever breaks on it, the channel says whether the message may have left."""

import os
import socket
import ssl
from pathlib import Path

import pytest

from servicing.channels import Answer, Rejected, Throttled, Unknown
from tests.servicing import letters
from tests.servicing.ways import (
    CREATED,
    HASTE,
    HERE,
    LOST,
    NAME,
    NO_PATIENCE,
    NO_TLS,
    SLOW,
    TAKEN,
    UNREACHABLE,
    Way,
    answer_of,
    reaching,
    row,
    safe_tunnel,
    straight,
    tunnel,
)
from tests.standins import sockets
from tests.standins.proxy import Proxy
from tests.standins.sockets import (
    Serve,
    answering,
    closing,
    listening,
    once_asked,
    once_greeted,
    resetting,
    saying,
    secured,
    silent,
)

pytestmark = pytest.mark.usefixtures("environment")

every_way = pytest.mark.parametrize("way", [straight, tunnel, safe_tunnel])


# what breaks once the message is there


def unsecured(words: bytes) -> Serve:
    """Words outside of the TLS that was spoken so far."""

    def serve(connection: socket.socket) -> None:
        with socket.socket(fileno=os.dup(connection.fileno())) as raw:
            raw.sendall(words)

    return serve


def status(number: int, headers: bytes = b"") -> Serve:
    return answering(b"HTTP/1.1 %d No\r\n%sContent-Length: 0\r\n\r\n" % (number, headers))


ARRIVED = [
    row("it is taken", answering(CREATED), TAKEN),
    row("it closes", once_asked(closing), LOST),
    row("it resets", once_asked(resetting), LOST),
    row("it says nothing", once_asked(silent), SLOW, HASTE),
    row("it breaks off", answering(CREATED[:-4]), LOST),
    row("it breaks off in the head", answering(CREATED[:18]), LOST),
    row("it speaks no HTTP", answering(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), LOST),
    row("it speaks no TLS any more", once_asked(unsecured(CREATED)), LOST),
    row("it is broken", status(502), Unknown("502")),
    row("it has no time", status(429), Throttled(None, "429", whole_sender=True)),
    row("it is elsewhere", status(301, b"Location: /\r\n"), Rejected("configuration", "301")),
]


@every_way
@pytest.mark.parametrize(("there", "answer", "seconds"), ARRIVED)
def test_what_arrived_and_was_not_answered_is_unknown(
    way: Way,
    there: Serve,
    answer: Answer,
    seconds: float,
    certificate: Path,
    environment: pytest.MonkeyPatch,
) -> None:
    with way(secured(certificate, there), certificate, environment) as url:
        assert answer_of(url, seconds) == answer


@every_way
@pytest.mark.parametrize(
    ("newest", "answer"), [(ssl.TLSVersion.TLSv1_3, LOST), (ssl.TLSVersion.TLSv1_2, NO_TLS)]
)
def test_who_misses_a_certificate_of_ours_may_say_so_after_the_message_left(
    way: Way,
    newest: ssl.TLSVersion,
    answer: Answer,
    certificate: Path,
    environment: pytest.MonkeyPatch,
) -> None:
    """TLS 1.2 asks for it first."""
    context = sockets.asking_for_a_certificate(certificate, newest)
    with way(secured(certificate, once_asked(silent), context), certificate, environment) as url:
        assert answer_of(url) == answer


@pytest.mark.parametrize("is_kept_open", [False, True])
def test_a_tunnel_that_breaks_with_the_message_in_it_is_unknown(
    is_kept_open: bool, certificate: Path, environment: pytest.MonkeyPatch
) -> None:
    def there(connection: socket.socket) -> None:
        if is_kept_open:
            sockets.request_of(connection)
            connection.sendall(CREATED)
        sockets.request_of(connection)
        proxy.breaks.set()
        silent(connection)

    with listening(secured(certificate, there)) as port, listening(proxy := Proxy(port)) as at:
        environment.setenv("HTTPS_PROXY", f"http://{HERE}:{at}")
        with reaching(f"https://{NAME}") as channel:
            if is_kept_open:
                assert channel.send(letters.to_lin_wei()) == TAKEN
            assert channel.send(letters.to_lin_wei()) == LOST
    assert len(proxy.asked) == 1


# TLS that does not come about

HANDSHAKES = [
    row("it closes at once", closing, NO_TLS),
    row("it closes", once_greeted(closing), NO_TLS),
    row("it says nothing", silent, UNREACHABLE, NO_PATIENCE),
    row("it breaks off", once_greeted(saying(b"\x16\x03\x03\x00\x7a\x02")), NO_TLS),
    row("it speaks HTTP", once_greeted(saying(b"HTTP/1.1 400 No\r\n\r\n")), NO_TLS),
    row("it greets first", saying(b"220 mail.example.com ESMTP\r\n"), NO_TLS),
]


@every_way
@pytest.mark.parametrize(("there", "answer", "seconds"), HANDSHAKES)
def test_without_tls_nothing_was_sent(
    way: Way,
    there: Serve,
    answer: Answer,
    seconds: float,
    certificate: Path,
    environment: pytest.MonkeyPatch,
) -> None:
    with way(there, certificate, environment) as url:
        assert answer_of(url, seconds) == answer


@pytest.mark.parametrize(
    ("way", "answer"), [(straight, UNREACHABLE), (tunnel, UNREACHABLE), (safe_tunnel, NO_TLS)]
)
def test_a_reset_before_tls_is_unreachable(
    way: Way, answer: Answer, certificate: Path, environment: pytest.MonkeyPatch
) -> None:
    """Through other TLS a reset looks like an end."""
    with way(once_greeted(resetting), certificate, environment) as url:
        assert answer_of(url) == answer


@every_way
@pytest.mark.parametrize(
    ("names", "days", "is_trusted"),
    [
        pytest.param((HERE, NAME), 2, False, id="nobody vouches for it"),
        pytest.param(("elsewhere.test",), 2, True, id="it is another's"),
        pytest.param((HERE, NAME), -1, True, id="it has expired"),
    ],
)
def test_a_wrong_certificate_is_our_configuration(
    way: Way,
    names: tuple[str, ...],
    days: int,
    is_trusted: bool,
    certificate: Path,
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    wrong = sockets.certificate_for(tmp_path / "wrong.pem", *names, days=days)
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + (wrong.read_bytes() if is_trusted else b""))
    environment.setenv("REQUESTS_CA_BUNDLE", str(both))
    with way(secured(wrong, answering(CREATED)), certificate, environment) as url:
        assert answer_of(url) == NO_TLS
