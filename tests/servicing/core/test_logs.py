"""What the log says: a line a record, in order, and nothing of clients, whoever writes it."""

import datetime
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import peewee
import psycopg
import pytest

from policies import controls, database
from policies.models import Client
from policies.notices import notice
from servicing.core import errors, logs
from servicing.core.settings import Logs
from servicing.operations import timetable
from tests import cast

PHONE = "+12025550111"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
Lines = Callable[[], list[str]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What was written on standard error since it was last asked; logging is as before afterwards."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("servicing", *logs.SILENT)}
    handlers = list(root.handlers)
    yield lambda: capsys.readouterr().err.splitlines()
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def begin(form: Any = "text", level: Any = "info") -> None:
    logs.begin(Logs(form, level), SHANGHAI)


OURS = logging.getLogger("servicing.engine")
THEIRS = logging.getLogger("somebody.library")


def test_a_line_of_text_tells_time_level_logger_event_and_keys(lines: Lines) -> None:
    begin()
    OURS.info("done", extra={"job": "walk", "seconds": 0.25, "note": "a word\nand more"})
    (line,) = lines()
    time, _, rest = line.partition(" ")
    assert datetime.datetime.fromisoformat(time).utcoffset() == datetime.timedelta(hours=8)
    assert rest == 'info servicing.engine done job=walk seconds=0.25 note="a word\\nand more"'


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_somebody_wrote_steers_no_terminal(lines: Lines, form: str) -> None:
    begin(form)
    OURS.info("read", extra={"file": "\x1b[31m\x9b\u202ebook.csv"})
    (line,) = lines()
    assert "book.csv" in line
    assert controls.first(line) == ""


def test_a_line_of_json_is_one_object_in_that_order(lines: Lines) -> None:
    begin("json")
    OURS.warning("林伟\nwaits for %s", "dispatch", extra={"on": cast.day("2026-06-01"), "sent": 2})
    (line,) = lines()
    told = json.loads(line)
    assert list(told) == ["time", "level", "logger", "event", "on", "sent"]
    assert datetime.datetime.fromisoformat(told["time"]).tzinfo
    assert (told["level"], told["logger"]) == ("warning", "servicing.engine")
    assert told["event"] == "林伟\nwaits for dispatch"
    assert (told["on"], told["sent"]) == ("2026-06-01", 2)


def test_what_is_less_than_wanted_is_not_told(lines: Lines) -> None:
    begin(level="warning")
    OURS.info("done")
    OURS.warning("waiting")
    assert [line.split()[-1] for line in lines()] == ["waiting"]
    begin(level="debug")
    OURS.debug("looked")
    assert [line.split()[-1] for line in lines()] == ["looked"], "begun again, each is told once"


def test_libraries_are_told_from_a_warning_on_and_the_talkative_not_at_all(lines: Lines) -> None:
    begin(level="debug")
    for name in ("apscheduler.scheduler", "werkzeug", "waitress", "twilio.http_client", "urllib3"):
        logging.getLogger(name).info("to %s", PHONE)
    logging.getLogger("procrastinate.worker").error("job %s failed", PHONE)
    assert lines() == []
    logging.getLogger("waitress").warning("a socket is broken")
    assert len(lines()) == 1


# ------------------------------------------------------------------------------ nothing of clients


def broken_by_hand() -> None:
    raise RuntimeError(f"林伟 {PHONE}")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("logger", [OURS, THEIRS], ids=["ours", "theirs"])
def test_of_an_exception_its_type_and_where_it_was_raised_are_told(
    lines: Lines, form: str, logger: logging.Logger
) -> None:
    begin(form)
    try:
        broken_by_hand()
    except RuntimeError as error:
        logger.exception("it broke: %s", error, extra={"why": error}, stack_info=True)
    told = "\n".join(lines())
    assert len(told.splitlines()) == 1 and PHONE not in told and "林伟" not in told
    assert "RuntimeError" in told and f"{__name__}:" in told


@cast.on_postgresql
def test_of_an_error_of_the_database_no_row_is_told(book: peewee.Database, lines: Lines) -> None:
    begin()
    Client.create(client_no=PHONE, name="林伟")
    with pytest.raises(peewee.IntegrityError) as caught, book.atomic():
        Client.create(client_no=PHONE, name="林伟")
    with pytest.raises(errors.UnusableDatabase) as ours, database.explained(), book.atomic():
        Client.create(client_no=PHONE, name="林伟")
    cause = caught.value.__context__
    assert isinstance(cause, psycopg.Error) and PHONE in str(cause), "DETAIL: Key (client_no)=…"
    for error in (caught.value, cause):
        for logger in (OURS, THEIRS):
            logger.error("%s", error, exc_info=error)
            logger.error("refused", exc_info=error)
    told = lines()
    OURS.error("%s: %s", "walk", ours.value)
    (explained,) = lines()
    assert "walk: database_refused (text=duplicate key" in explained and PHONE not in explained
    assert len(told) == 8 and PHONE not in "".join(told)
    assert [line for line in told if "UniqueViolation" in line or "IntegrityError" in line] == told


def test_what_a_library_fills_in_is_left_out(lines: Lines) -> None:
    begin()
    THEIRS.warning("could not reach %s", PHONE, extra={"body": f"Dear {PHONE}"})
    assert lines()[0].endswith("warning somebody.library could not reach %s")


def test_an_error_of_ours_is_its_code_with_its_facts(lines: Lines) -> None:
    begin()
    OURS.error("%s: %s", "walk", errors.BadSetting("plan", notice("not_toml", text="line 3")))
    assert lines()[0].endswith("walk: bad_setting (where=plan, why=not_toml (text=line 3))")


def test_what_cannot_be_put_into_words_is_let_go(lines: Lines) -> None:
    begin()
    *_, handler = logging.getLogger().handlers
    handler.handle(logging.makeLogRecord({"name": OURS.name, "msg": "%d", "args": (PHONE,)}))
    assert lines() == []


def test_what_nobody_catches_is_told_by_its_type(lines: Lines) -> None:
    begin("json")
    thread = threading.Thread(target=broken_by_hand)
    thread.start()
    thread.join()
    sys.excepthook(RuntimeError, RuntimeError(PHONE), None)
    told = lines()
    assert [json.loads(line)["exception"] for line in told] == ["RuntimeError"] * 2
    assert PHONE not in "".join(told)


# -------------------------------------------------------------------------------- what a job did


def test_a_job_tells_what_it_counted(lines: Lines) -> None:
    begin()
    timetable.tell("dispatch", {"accepted": 3, "failed": 1}, 0.12345)
    timetable.tell("dispatch", {}, 0.1)
    timetable.tell("dispatch", {"accepted": 0}, 0.1)
    (line,) = lines()
    assert line.endswith("done job=dispatch seconds=0.123 accepted=3 failed=1")
