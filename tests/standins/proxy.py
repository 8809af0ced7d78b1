"""A proxy on this machine: tunnels to wherever it leads to, whatever host it is asked for."""

import select
import socket
from dataclasses import dataclass, field
from threading import Event

from tests.standins import sockets
from tests.standins.sockets import Serve

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class Proxy:
    """Serves one connection after another, as `sockets.listening` wants it."""

    port: int
    """Where its tunnels lead to, on this machine."""
    script: list[Serve] = field(default_factory=list)
    """What becomes of the next connections that asked for a tunnel, instead of one."""
    breaks: Event = field(default_factory=Event)
    """Once it is set, all tunnels break."""
    asked: list[str] = field(default_factory=list)
    """What it was asked for, with all headers."""

    def __call__(self, client: socket.socket) -> None:
        if request := sockets.request_of(client):
            self.asked.append(request.decode())
            serve = self.script.pop(0) if self.script else self.tunnel
            serve(client)

    def tunnel(self, client: socket.socket) -> None:
        """What a proxy is for; how the far side ends, its client is told as well."""
        with socket.create_connection(("127.0.0.1", self.port)) as server:
            client.sendall(ESTABLISHED)
            try:
                self._carry({client: server, server: client})
            except ConnectionResetError:
                sockets.resetting(client)

    def _carry(self, other: dict[socket.socket, socket.socket]) -> None:
        while not self.breaks.is_set():
            for each in select.select(list(other), [], [], 0.01)[0]:
                if not (data := each.recv(65_536)):
                    return
                other[each].sendall(data)
        raise ConnectionResetError


def refusing(status: int) -> Serve:
    """No tunnel, for a reason."""
    return sockets.saying(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
