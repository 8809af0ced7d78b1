"""The application, served: how many at a time, how much they may send, through which proxy."""

import logging
import socket
from typing import Any

from policies.notices import notice, of_system
from servicing.core import accounts, errors
from servicing.dispatch.provider_pool import Clock
from servicing.operations.workspace import Workspace
from servicing.web import app, connections
from servicing.web.queues import Queues

FORWARDED = "x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-port"


def server(space: Workspace, clock: Clock, host: str, port: int) -> Any:
    """A server that listens already and serves once it is `run()`; port 0 takes any that is free.

    Raises `BadSetting` for an address that cannot be had.
    """
    # it would write a line for each request that waits, which anybody can send by the thousand
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    accounts.nobodys()  # or the first unknown login would take longer than a known one
    web = space.settings.web
    proxy: dict[str, Any] = {}
    if web.trusted_proxy:
        proxy = {
            "trusted_proxy": web.trusted_proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": FORWARDED,
        }
    try:
        return connections.listening(
            app.create(space, clock),
            Queues(web.threads, space.settings.servicing.locale),
            host=host,
            port=port,
            ident=None,
            clear_untrusted_proxy_headers=True,
            **proxy,
        )
    except OSError as error:
        is_unknown = isinstance(error, socket.gaierror)
        why = notice("system_no_host") if is_unknown else of_system(error)
        refused = notice("cannot_listen", why=why)
        raise errors.BadSetting(f"http://{host}:{port}", refused) from None
