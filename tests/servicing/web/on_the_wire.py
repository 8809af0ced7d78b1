"""The pages, served by waitress as people reach them."""

import contextlib
import threading
from collections.abc import Iterator

from servicing.operations.workspace import Workspace
from servicing.web.server import server
from tests.servicing.web.visits import NOW


@contextlib.contextmanager
def served(space: Workspace) -> Iterator[int]:
    """The pages, served by a thread of ours; the port."""
    serving = server(space, lambda: NOW, "127.0.0.1", 0)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    try:
        yield int(serving.effective_port)
    finally:
        for each in list(serving.active_channels.values()):
            each.will_close = True
        serving.close()
        serving.task_dispatcher.shutdown()
        thread.join(20)
