"""What goes wrong is told, and nobody's name, number or address with it: on the terminal, in the log.

Standard output is the answer to whoever asks, and has what was asked for. Standard error is mailed by
cron and gathered with the log.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import homes
from tests.acceptance.frontdoor import servicing
from tests.acceptance.office import ENGLISH, ILSE, Office
from tests.acceptance.serving import Serving, serving
from tests.homes import Homes

NAME, PHONE, EMAIL = "Ilse Brandt", "+12125550101", "ilse.brandt@example.org"
TOLD_BY = ("Ilse", "Brandt", "2125550101", "ilse.brandt")
"""What nobody may find: each a part of one of hers."""

TODAY = datetime.datetime.now(datetime.UTC).date()
BOOK = {
    **ILSE,
    "issue_date": TODAY - datetime.timedelta(days=200),
    "email": EMAIL,
}
TEXT = '{% set known = {"Specimen": "a"} %}{{ company }}, {{ agent_name }}: {{ known[client_name] + "" }}'


def a_text_that_fails(home: Path) -> None:
    for locale in ("en", "zh_CN"):
        folder = home / "templates" / "messages" / locale
        folder.mkdir(parents=True, exist_ok=True)
        for shipped in (Path(__file__).parents[2] / "templates" / "messages" / locale).glob(
            "*.sms.txt"
        ):
            (folder / shipped.name).write_text(TEXT, "utf-8")


QUOTED = f"no place for \"{NAME}\", '{PHONE}'"
REFUSED = {
    True: "CREATE TRIGGER no_{table}_{what} BEFORE {what} ON {table}"
    " BEGIN SELECT RAISE(ABORT, '{quoted}'); END",
    False: "CREATE FUNCTION no_{table}_{what}() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '{quoted}' USING DETAIL = '{quoted}'; END $$;"
    " CREATE TRIGGER no_{table}_{what} BEFORE {what} ON {table} FOR EACH ROW"
    " EXECUTE FUNCTION no_{table}_{what}()",
}


def a_database_that_quotes_the_row(home: Path) -> None:
    is_sqlite = homes.url_of(home).startswith("sqlite")
    for table in ("touchpoint", "message", "task", "card_entry", "client", "policy", "walked_day"):
        for what in ("INSERT", "UPDATE"):
            quoted = QUOTED.replace("'", "''")
            homes.rows(home, REFUSED[is_sqlite].format(table=table, what=what, quoted=quoted))


def letters_that_are_none(home: Path) -> None:
    """SQLite takes any bytes, and Python says which they are."""
    for column, value in (("name", NAME), ("phone", PHONE), ("email", EMAIL)):
        spoilt = f"{value.encode().hex()}ff"
        homes.rows(home, f"UPDATE client SET {column} = CAST(x'{spoilt}' AS TEXT)")


def a_card_that_is_no_json(home: Path) -> None:
    columns = "client_id, at, kind, facts"
    values = f"1, '2027-01-01', 'task.done', '{NAME}'"
    homes.rows(home, f"INSERT INTO card_entry ({columns}) VALUES ({values})")


def values_that_are_none(home: Path) -> None:
    """SQLite takes a word for a day."""
    homes.rows(home, f"UPDATE client SET birthday = '{NAME}'")
    homes.rows(home, f"UPDATE policy SET annual_premium = '{PHONE} {NAME}', issue_date = '{NAME}'")


FAILURES: dict[str, Callable[[Path], None]] = {
    "a text that fails for her": a_text_that_fails,
    "a database that quotes the row": a_database_that_quotes_the_row,
    "letters that are none": letters_that_are_none,
    "a card that is no JSON": a_card_that_is_no_json,
    "values that are none": values_that_are_none,
}
ON_SQLITE = ("letters that are none", "values that are none")
"""PostgreSQL refuses them by itself."""

COMMANDS = [
    ("walk",),
    ("dispatch",),
    ("book", "import", "again.csv"),
    ("card", "C1"),
    ("tasks", "list"),
    ("simulate",),
    ("templates", "check"),
    ("influence",),
]


@pytest.fixture(scope="module")
def with_ilse(tmp_path_factory: pytest.TempPathFactory, homes: Homes) -> Path:
    """A workspace whose one client has something due every day."""
    office = Office(tmp_path_factory.mktemp("ilse") / "office")
    office.now = datetime.datetime.now(datetime.UTC)
    joined = str(TODAY - datetime.timedelta(days=190))
    office.book(BOOK, joined=joined)
    return office.home


@pytest.mark.parametrize("failure", FAILURES)
def test_a_command_that_fails_names_nobody(
    with_ilse: Path, tmp_path: Path, homes: Homes, failure: str, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("on") == "postgresql" and failure in ON_SQLITE:
        pytest.skip("PostgreSQL refuses them by itself")
    home = homes.copied(with_ilse, tmp_path / "office")
    FAILURES[failure](home)
    renamed = {**BOOK, "client_name": f"{NAME} the Second"}
    (home / "again.csv").write_text(
        ",".join(renamed) + "\n" + ",".join(map(str, renamed.values())) + "\n", "utf-8"
    )
    told = [servicing("--home", home, *each, cwd=home, env=ENGLISH) for each in COMMANDS]
    assert any(each.code for each in told), "nothing has failed"
    assert [each for each in told if any(part in each.err for part in TOLD_BY)] == []


@pytest.mark.parametrize("failure", FAILURES)
def test_a_process_that_never_ends_names_nobody_in_its_log(
    with_ilse: Path, tmp_path: Path, homes: Homes, failure: str, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("on") == "postgresql" and failure in ON_SQLITE:
        pytest.skip("PostgreSQL refuses them by itself")
    home = homes.copied(with_ilse, tmp_path / "office")
    FAILURES[failure](home)
    with serving(home, {**ENGLISH, "SERVICING_LOGS_LEVEL": "debug"}, "run") as server:
        said = "".join(until_both_jobs_have_ended(server))
        said += server.stop()[1]
    assert [part for part in TOLD_BY if part in said] == []


def until_both_jobs_have_ended(server: Serving) -> Iterator[str]:
    """The lines of the log up to there; each job has one at its end, whether it is done or has failed."""
    assert server.process.stderr is not None
    missing = {"walk", "dispatch"}
    for line in server.process.stderr:
        yield line
        missing -= {
            each for each in missing if re.search(rf"job={each}\b| {each}(:| failed)", line)
        }
        if not missing:
            return
