"""Nothing of what a provider's library logs while it sends or asks: numbers and words stand there."""

import contextlib
import logging
import threading
from collections.abc import Iterator


class _Hush(logging.Filter):
    """Drops the records of this thread while it is to be silent; others may log what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.here = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(self.here, "is_silent", False)


_HUSH = _Hush()


@contextlib.contextmanager
def meanwhile(*loggers: str) -> Iterator[None]:
    """These loggers drop what this thread writes to them until this ends."""
    for name in loggers:
        logging.getLogger(name).addFilter(_HUSH)  # once, however often it is added
    _HUSH.here.is_silent = True
    try:
        yield
    finally:
        _HUSH.here.is_silent = False
