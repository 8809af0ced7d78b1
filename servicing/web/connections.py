"""Connections are bounded: how many there are, how long a request may take to arrive, how large it is.

waitress bounds the time in which nothing at all comes. Whoever sends a byte now and then could hold
its connections for ever; here a head has some seconds, a body a least pace, and of too many
connections those go first that have not asked for anything, of whoever holds the most.
"""

import copy
import time
from collections import Counter
from typing import Any

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import MultiSocketServer, TcpWSGIServer
from waitress.task import WSGITask

from servicing.web import afterwards, gate
from servicing.web.current import PASSED_ON, WAS_PASSED_ON
from servicing.web.gate import STRANGE, Passage

MOST = 500
"""Connections; a browser opens six."""
HEAD_SECONDS = 15
"""In which a request's head has to be there from its first byte on, or the first byte itself."""
BODY_SECONDS, BODY_PACE = 15, 2_000
"""A body may take so many seconds, and one more for so many bytes."""
IDLE_SECONDS = 60
"""A browser may keep a connection for so long in which it asks for nothing."""
ANSWER_SECONDS = 60
"""So long an answer may wait for somebody who reads none of it."""

BOUNDS = {
    "channel_timeout": ANSWER_SECONDS,
    "cleanup_interval": 2,
    "connection_limit": MOST + 100,  # never reached: room is made before
    "max_request_header_size": 32 * 1024,
    "asyncore_use_poll": True,  # select() knows no more than 1,024 files
}
"""As waitress names them."""


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """A request as it arrives; once its head is there, it is known how large its body may be."""

    passage: Passage = STRANGE

    def __init__(self, app: Flask, adj: Any) -> None:
        super().__init__(adj)
        self.adj: Any = adj
        self._app = app

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, and judge it."""
        super().parse_header(header_plus)
        head = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": self.path,
            "HTTP_COOKIE": self.headers.get("COOKIE", ""),
        }
        size = float("inf") if self.chunked else self.content_length
        self.passage = gate.passage(self._app, head, size)
        self.adj = copy.copy(self.adj)
        self.adj.max_request_body_size = self.passage.largest + 1  # waitress refuses from there on

    def received(self, data: bytes) -> int:
        """Take in what has arrived; whoever asks whether to go on is told no by the refusal itself."""
        taken: int = super().received(data)
        if self.error:
            self.expect_continue = False
        return taken


class Task(WSGITask):  # type: ignore[misc]
    """A request as the application is handed it."""

    def get_environment(self) -> dict[str, Any]:
        """The same, and whether it came through a proxy: waitress clears what nobody vouches for."""
        environ: dict[str, Any] = super().get_environment()
        told = {each.upper().replace("-", "_") for each in PASSED_ON}
        environ[WAS_PASSED_ON] = bool(told & self.request.headers.keys())
        return environ


class Connection(HTTPChannel):  # type: ignore[misc]
    """A connection that remembers when its request began to arrive."""

    task_class = Task

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:
        self.began = time.time()
        self.has_asked = False
        super().__init__(server, sock, addr, adj, map=map)
        self.parser_class = lambda adj: Parser(server.app, adj)

    def received(self, data: bytes) -> bool:
        """Take in some bytes: the first ones of a request begin its time."""
        if self.request is None:
            self.began = time.time()
        taken: bool = super().received(data)
        self.has_asked = self.has_asked or bool(self.requests)
        return taken

    def is_waiting(self) -> bool:
        """Whether nothing is asked of us, and nothing is on its way to whoever asked."""
        return not (self.requests or self.total_outbufs_len)

    def worth(self) -> int:
        """What would be lost with it: nothing, a kept connection, an answer, or a request."""
        if self.requests:
            return 3
        return 2 if self.total_outbufs_len else int(self.has_asked)

    def is_late(self, now: float) -> bool:
        """Whether it has taken longer than it may, to ask us or to ask again."""
        if not self.is_waiting():
            return False  # waitress looks after whoever reads nothing
        arriving: Any = self.request
        took = now - self.began
        if arriving is None:
            idle: float = now - self.last_activity
            return idle > (IDLE_SECONDS if self.has_asked else HEAD_SECONDS)
        if not arriving.headers_finished:
            return took > HEAD_SECONDS
        allowed: float = BODY_SECONDS + arriving.body_bytes_received / BODY_PACE
        return took > allowed


class Listening(TcpWSGIServer):  # type: ignore[misc]
    """A server of which nobody holds all connections."""

    channel_class = Connection

    def __init__(self, app: Flask, *args: Any, **kwargs: Any) -> None:
        self.app = app
        super().__init__(app, *args, **kwargs)

    def run(self) -> None:
        """Serve until somebody stops the process."""
        with afterwards.at_work(self.app):
            super().run()

    def maintenance(self, now: float) -> None:
        """Close what is idle or late."""
        super().maintenance(now)
        for each in list(self.active_channels.values()):
            if each.is_late(now):
                each.will_close = True

    def handle_accept(self) -> None:
        """Take a connection; if there are too many, another one has to go."""
        super().handle_accept()
        if len(self.active_channels) > MOST:
            self._make_room()

    def _make_room(self) -> None:
        """Close the oldest connection that has asked for nothing, of whoever holds the most of them."""
        open_ones = [each for each in self.active_channels.values() if not each.will_close]
        held = Counter(each.addr[0] for each in open_ones)
        if open_ones:
            first = min(
                open_ones, key=lambda each: order_of(each.worth(), held[each.addr[0]], each.began)
            )
            first.will_close = True


def order_of(worth: int, held: int, began: float) -> tuple[int, int, float]:
    """In which order connections go where there are too many; `held`: by their address together."""
    return worth, -held, began


def listening(app: Flask, queues: Any, **how: Any) -> Any:
    """A server at an address, which may be several sockets; raises what waitress raises."""
    adj, sockets = Adjustments(**BOUNDS, **how), dict[int, Any]()
    servers = [
        Listening(app, sockets, dispatcher=queues, adj=adj, sockinfo=each) for each in adj.listen
    ]
    if len(servers) == 1:
        return servers[0]
    addresses = [(each.effective_host, each.effective_port) for each in servers]
    return Several(servers, sockets, adj, addresses, queues, servers[0].log_info)


class Several(MultiSocketServer):  # type: ignore[misc]
    """One server at several addresses, such as those of `localhost`."""

    def __init__(self, servers: list[Listening], *args: Any) -> None:
        super().__init__(*args)
        self.app, self.effective_port = servers[0].app, servers[0].effective_port

    def run(self) -> None:
        """Serve until somebody stops the process."""
        with afterwards.at_work(self.app):
            super().run()
