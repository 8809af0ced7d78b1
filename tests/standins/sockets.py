"""Servers of a few bytes, with TLS and without, for what a well-behaved stand-in does not do.

with listening(answering(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")) as port:
    ...  # talk to 127.0.0.1:port
"""

import contextlib
import datetime
import ipaddress
import re
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Serve = Callable[[socket.socket], None]
"""What becomes of a connection, which is closed afterwards."""

LONGEST_WAIT = 30
"""Seconds, so that nothing waits for ever."""


@contextlib.contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """Serve every connection in a thread of its own; the port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(LONGEST_WAIT)
            with contextlib.suppress(OSError):  # the other side is gone, or does not trust us
                serve(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def request_of(connection: socket.socket) -> bytes:
    """One whole request, its body included; empty if no more of them come."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (data := connection.recv(65_536)):
            return b""
        received += data
    head = received.partition(b"\r\n\r\n")[0]
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    whole = len(head) + 4 + (int(length[1]) if length else 0)
    while len(received) < whole:
        received += connection.recv(65_536)
    return received


# what becomes of a connection


def answering(words: bytes) -> Serve:
    """The same words to every request, until the first that is no GET was answered."""

    def serve(connection: socket.socket) -> None:
        while request := request_of(connection):
            connection.sendall(words)
            if not request.startswith(b"GET"):
                return

    return serve


def once_asked(then: Serve) -> Serve:
    """A whole request is read first."""

    def serve(connection: socket.socket) -> None:
        request_of(connection)
        then(connection)

    return serve


def once_greeted(then: Serve) -> Serve:
    """Whatever comes first is read first."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        then(connection)

    return serve


def saying(words: bytes) -> Serve:
    """Some words, and the end."""
    return lambda connection: connection.sendall(words)


def closing(connection: socket.socket) -> None:
    """An orderly end."""


def resetting(connection: socket.socket) -> None:
    """A RST, as of a machine that went down, and not an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def silent(connection: socket.socket) -> None:
    """Nothing, until the other side has had enough."""
    while connection.recv(65_536):
        pass


# TLS


def secured(certificate: Path, serve: Serve, context: ssl.SSLContext | None = None) -> Serve:
    """The same behind TLS."""
    context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve_safely(raw: socket.socket) -> None:
        with context.wrap_socket(raw, server_side=True) as safe:
            serve(safe)

    return serve_safely


def asking_for_a_certificate(trusted: Path, newest: ssl.TLSVersion) -> ssl.SSLContext:
    """A server that lets nobody in who has no certificate of his own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode, context.maximum_version = ssl.CERT_REQUIRED, newest
    context.load_verify_locations(trusted)
    return context


def certificate_for(path: Path, *names: str, days: int = 2) -> Path:
    """A certificate and its key in one file, valid for some days; only who is told to trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a stand-in")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=9))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(map(_subject, names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(pem))
    return path


def _subject(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def name_in_a_folder(certificate: Path) -> str:
    """How OpenSSL finds it in a folder of certificates."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to name a certificate in a folder")
    asked = [openssl, "x509", "-noout", "-subject_hash", "-in", str(certificate)]
    said = subprocess.run(asked, check=True, capture_output=True, text=True)
    return f"{said.stdout.strip()}.0"
