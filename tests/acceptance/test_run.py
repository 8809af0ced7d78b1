"""`servicing run`: the pages, the walk and the dispatch in one process, and nothing else to start."""

import datetime
import hashlib
import http.client
import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from policies.plan import SHIPPED as PLANS
from tests import homes
from tests.acceptance.frontdoor import call, servicing
from tests.acceptance.serving import serving

SHIPPED = PLANS / "standard.toml"
TODAY = datetime.datetime.now(ZoneInfo("Asia/Shanghai")).date()


def until(is_so: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.1)


def one(home: Path, sql: str) -> int:
    ((number,),) = homes.rows(home, sql)
    return int(number)


def test_what_was_missed_is_done_at_once_and_the_pages_are_there(tmp_path: Path) -> None:
    """A policy whose month is over today: walked, and its day on the agent's list, unasked."""
    home, file = tmp_path / "office", tmp_path / "book.csv"
    issued = TODAY - datetime.timedelta(days=3)
    file.write_text(
        "policy_no,issue_date,annual_premium,client_no,client_name,agent_no,phone\n"
        f"P001,{issued},12000,C001,林伟,A001,+12025550111\n",
        "utf-8",
    )
    call("--home", home, "init", cwd=tmp_path).done()
    taking = ("book", "import", file, "--joined", issued)
    call("--home", home, *taking, cwd=tmp_path, now=datetime.datetime.now(datetime.UTC)).done()
    with serving(home, {}, "run") as server:
        until(lambda: one(home, "SELECT COUNT(*) FROM touchpoint WHERE key = 'delivery'"))
        with urllib.request.urlopen(f"{server.url}/login", timeout=60) as answer:
            assert answer.status == 200
        code, said = server.stop()
    assert code == 0, said
    assert one(home, "SELECT COUNT(*) FROM touchpoint WHERE key = 'delivery'") == 1


def test_a_process_that_never_ends_tells_in_lines_of_json_what_it_does(tmp_path: Path) -> None:
    home = tmp_path / "office"
    call("--home", home, "init", cwd=tmp_path).done()
    with serving(home, {"SERVICING_LOGS_FORMAT": "json"}, "run") as server:
        until(lambda: one(home, "SELECT COUNT(*) FROM walked_day"))
        with urllib.request.urlopen(f"{server.url}/login", timeout=60):
            pass
        code, said = server.stop()
    assert code == 0, said
    told = [json.loads(line) for line in said.splitlines()]
    assert all(list(line)[:4] == ["time", "level", "logger", "event"] for line in told)
    assert f"listening at {server.url}" in [line["event"] for line in told]
    (walked,) = [line for line in told if line.get("job") == "walk"]
    assert walked["event"] == "done" and walked["on"] == str(TODAY) and walked["touchpoints"] == 0
    assert not [line for line in told if "login" in str(line)], "who looked at what is no log"


def test_what_is_wrong_is_said_before_anything_is_begun(tmp_path: Path) -> None:
    home = tmp_path / "office"
    call("--home", home, "init", cwd=tmp_path).done()
    settings = home / "servicing.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('plan = "standard"', 'plan = "nobody"'), "utf-8")
    answer = servicing("--home", str(home), "run", "--port", "0", cwd=tmp_path)
    assert answer.code == 1 and "nobody" in answer.err and "listening" not in answer.err


def test_an_address_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "office"
    call("--home", home, "init", cwd=tmp_path).done()
    with serving(home, {}) as server:
        port = server.url.rsplit(":", 1)[1]
        for command in ("web", "run"):
            answer = call("--home", home, command, "--port", port, cwd=tmp_path)
            assert "cannot listen there" in answer.refused()


def test_a_hundred_megabytes_are_refused_before_they_are_sent(tmp_path: Path) -> None:
    home = tmp_path / "office"
    call("--home", home, "init", cwd=tmp_path).done()
    with serving(home, {}) as server:
        host = server.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=60)
        connection.putrequest("POST", "/book")
        connection.putheader("Content-Length", str(100 << 20))
        connection.endheaders(b"x" * 1000)
        assert connection.getresponse().status == 413
        connection.close()


def test_a_plan_that_is_edited_holds_without_a_restart(tmp_path: Path) -> None:
    """The log says so, with its edition; of a broken one it says that the old one stays."""
    home = tmp_path / "office"
    call("--home", home, "init", cwd=tmp_path).done()
    plan = home / "plans" / "standard.toml"
    plan.parent.mkdir()
    with serving(home, {"SERVICING_LOGS_FORMAT": "json"}, "run") as server:
        for text in (
            "[[touchpoint",
            SHIPPED.read_text("utf-8").replace("months = 4", "months = 5"),
        ):
            # whole at once: the engine reads, too, and would tell of a half of it
            draft = home / "edited.toml"
            draft.write_text(text, "utf-8")
            draft.replace(plan)
            with urllib.request.urlopen(f"{server.url}/login", timeout=60) as answer:
                assert answer.status == 200
        code, said = server.stop()
    assert code == 0, said
    told = [json.loads(line) for line in said.splitlines()]
    broken, anew = [line for line in told if "standard.toml" in line["event"]]
    assert broken["level"] == "error" and "the old stays" in broken["event"]
    digest = hashlib.sha256(plan.read_bytes()).hexdigest()[:12]
    assert anew["event"] == "read anew: plans/standard.toml"
    assert anew["plan"] == f"standard@{digest}"
