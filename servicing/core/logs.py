"""The log of the commands that never end: a line a record, on standard error.

A line holds numbers, names of ours and kinds of mistakes, never what a database, a provider or a
client said: of an exception its type and where it was raised, of a library its sentence without the
values that it fills in. Errors of ours speak their own sentence; people are meant to read it.
"""

import datetime
import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

from structlog.processors import JSONRenderer, LogfmtRenderer
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, Processor

from policies import controls
from servicing.core import errors
from servicing.core.settings import Logs

OURS = "servicing."
"""What the names of our loggers begin with."""

SILENT = ("procrastinate",)
"""Libraries that log every failure, arguments included; whoever calls them logs it instead."""

log = logging.getLogger("servicing.core.logs")


class _Lines(logging.StreamHandler[Any]):
    """Standard error; a record that cannot be written is let go, not printed with all that it holds."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Nothing: logging itself would print the record's arguments."""


def begin(wanted: Logs, zone: datetime.tzinfo) -> None:
    """From now on every record is a line on standard error, with its time in `zone`.

    Our records are written from the wanted level on, those of libraries from a warning on. An
    exception that nobody catches is written in the same way. Done again, it begins anew.
    """
    lines = _Lines(sys.stderr)
    lines.setLevel(wanted.level.upper())
    lines.setFormatter(formatter(wanted.format, zone))
    root = logging.getLogger()
    for each in [each for each in root.handlers if isinstance(each, _Lines)]:
        root.removeHandler(each)
    root.addHandler(lines)
    logging.getLogger(OURS.rstrip(".")).setLevel(wanted.level.upper())
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def formatter(form: str, zone: datetime.tzinfo) -> logging.Formatter:
    """Makes `text` or `json` of a record."""
    renderer: Processor = _json if form == "json" else _text
    return ProcessorFormatter(
        foreign_pre_chain=[ExtraAdder()],
        processors=[_Discreet(zone), renderer],
        use_get_message=False,
        pass_foreign_args=True,
    )


class _Discreet:
    """Puts what may be logged of a record in order: time, level, logger, event, then its keys."""

    def __init__(self, zone: datetime.tzinfo) -> None:
        self._zone = zone

    def __call__(self, _: Any, __: str, found: EventDict) -> EventDict:
        record: logging.LogRecord = found.pop("_record")
        args, raised = found.pop("positional_args", ()), found.pop("exc_info", None)
        for name in ("_from_structlog", "stack_info", "message", "asctime"):
            found.pop(name, None)  # the last two are another handler's
        event = str(found.pop("event"))
        if record.name.startswith(OURS):
            event, more = _filled(event, args), {key: _plain(each) for key, each in found.items()}
        else:
            more = {}
        at = datetime.datetime.fromtimestamp(record.created, self._zone)
        return {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event,
            **more,
            **(_kind(raised) if raised else {}),
        }


def _filled(event: str, args: Any) -> str:
    if isinstance(args, tuple):
        return event % tuple(map(_plain, args)) if args else event
    return event % {key: _plain(each) for key, each in args.items()}


def _plain(value: Any) -> Any:
    """A value as it may be logged: of an exception that is not ours, its type alone."""
    if isinstance(value, BaseException) and not isinstance(value, errors.ServicingError):
        return type(value).__name__
    return str(value) if isinstance(value, BaseException) else value


def _kind(raised: tuple[Any, BaseException | None, TracebackType | None]) -> dict[str, str]:
    """An exception's type and place; not its words."""
    kind, _, trace = raised
    steps = list(traceback.walk_tb(trace))
    if not kind or not steps:
        return {"exception": kind.__name__} if kind else {}
    frame, line = steps[-1]
    return {"exception": kind.__name__, "at": f"{frame.f_globals.get('__name__')}:{line}"}


_JSON = JSONRenderer(ensure_ascii=False, default=str)
_PAIRS = LogfmtRenderer(bool_as_flag=False)


def _json(logger: Any, method: str, found: EventDict) -> str:
    return controls.escaped(str(_JSON(logger, method, found)))


def _text(logger: Any, method: str, found: EventDict) -> str:
    head = [found.pop(name) for name in ("time", "level", "logger", "event")]
    line = " ".join([*head, str(_PAIRS(logger, method, found))])
    return controls.inert(" ".join(line.split()))


def _uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """Python itself would print what the exception says."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        log.critical("ended by a mistake", exc_info=(kind, error, trace))  # type: ignore[arg-type]
