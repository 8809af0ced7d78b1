"""An agent works while strangers knock in every way they can and an import writes."""

import csv
import itertools
import json
import subprocess
import time
from pathlib import Path

import pytest

from tests import homes
from tests.acceptance.frontdoor import COMMAND, DAY, call, clean_environment, servicing
from tests.acceptance.serving import serving
from tests.drills import books, crowd

AT_MOST = 1.0
"""Seconds in which a card is there, on a machine that does nothing else."""
PASSWORD = "correct horse battery"
PATIENCE = 1_200


def office(home: Path, url: str) -> str:
    """A workspace with a small book, and an agent's account; one of the agent's clients."""
    home.mkdir()
    books.make_files(home, 300)
    servicing("init", "--database", url, cwd=home).done()
    servicing("book", "import", "book.csv", "--joined", DAY, cwd=home).done()
    with (home / "book.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["status"] == "in_force")
    account = ("user", "add", "agent", "--role", "agent", "--agent", row["agent_no"])
    call(*account, "--password-stdin", cwd=home, typed=f"{PASSWORD}\n").done()
    return row["client_no"]


def import_of(home: Path, policies: int) -> "subprocess.Popen[str]":
    """A large book of others is taken in."""
    large = home / "large.csv"
    servicing("book", "sample", "--policies", policies, "--out", "sample.csv", cwd=home).done()
    with (home / "sample.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        with large.open("w", encoding="utf-8", newline="") as others:
            writer = csv.DictWriter(others, list(rows.fieldnames or ()))
            writer.writeheader()
            for row in rows:
                numbers = {name: f"N{row[name]}" for name in ("policy_no", "client_no", "agent_no")}
                writer.writerow(row | numbers)
    command = [COMMAND, "--home", home, "book", "import", large]
    return subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("policies", [1_000_000])
def test_an_agents_card_is_there_within_a_second_whatever_strangers_do(
    database_url: str, tmp_path: Path, policies: int
) -> None:
    home = tmp_path / "office"
    client_no = office(home, database_url)
    with serving(home, {}) as server:
        cookie = crowd.come_in(server.url, "agent", PASSWORD)
        card = f"/clients/{client_no}"
        crowd.ask(server.url, card, Cookie=cookie)
        allowed = AT_MOST * crowd.busyness()
        importing = import_of(home, policies)
        knocking = crowd.begin(server.url)
        looks, healths = [], []
        deadline = time.monotonic() + PATIENCE
        while importing.poll() is None or knocking.poll() is None:
            assert time.monotonic() < deadline
            looks.append(crowd.ask(server.url, card, Cookie=cookie))
            healths.append(crowd.ask(server.url, "/healthz"))
            time.sleep(0.1)
        came = json.loads(knocking.communicate()[0])
        code, said = server.stop()
    slowest = [max(each.seconds for each in those) for those in (looks, healths)]
    print(f"{len(looks)} looks; the slowest, and of /healthz: {slowest}", came)
    assert {each.status for each in [*looks, *healths]} == {200}
    assert max(slowest) < allowed
    assert came["guessed"].keys() <= {"401", "429", "503"} and came["poured"].keys() <= {"413", "0"}
    assert came["forged"] == {"403": crowd.FORGED}
    assert (importing.returncode, code, said.count("Traceback")) == (0, 0, 0)
    held = homes.rows(home, "SELECT COUNT(*) FROM card_view")
    assert list(itertools.chain(*held)) == [len(looks) + 1], "each is kept, though it had to wait"
    counted = homes.rows(home, "SELECT SUM(count) FROM hook_count WHERE outcome = 'forged'")
    assert list(itertools.chain(*counted)) == [crowd.FORGED]
