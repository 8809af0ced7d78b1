"""A mistake of ours that nobody has caught: what it is and where, never what it says.

Python itself would print the words of the exception, and a database or a library puts the row into
them that it has failed on. The commands that keep a log write such a mistake there instead.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType


def say_nothing_of_data() -> None:
    """From now on, wherever an exception ends that nobody catches, and whatever a library logs."""
    sys.excepthook = _tell
    threading.excepthook = lambda args: _tell(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _tell(args.exc_type, args.exc_value, args.exc_traceback)
    if not logging.getLogger().handlers:
        logging.getLogger().addHandler(
            logging.NullHandler()
        )  # else Python prints what is a warning


def _tell(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    print("".join(lines(error)) if error else f"{kind.__name__}\n", end="", file=sys.stderr)


def lines(error: BaseException) -> Iterator[str]:
    """A traceback without words: the exceptions before it first, each with its places."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from lines(before)
        yield "\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__name__}\n"
