"""The main job, end to end, as a user runs it: demo, import, walk, dispatch, tasks, card."""

import csv
import datetime
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

import cli
from policies import commission
from tests import homes
from tests.acceptance import frontdoor, tables
from tests.acceptance.frontdoor import DAY, NOON, call, commands_of, servicing, width
from tests.acceptance.own_plan import PLAN
from tests.acceptance.tier_facts import TIER_FACTS

WALK_KEYS = {"on", "touchpoints", "messages", "tasks", "skipped", "by_touchpoint"}
IMPORT_KEYS = {"rows", "added", "changed", "unchanged", "rejected"}

NewOffice = Callable[[], Path]


def walked(office: Path, on: datetime.date = DAY) -> dict:
    return call("walk", "--on", on, "--format", "json", cwd=office).done().document()


def imported(office: Path, *args: object) -> dict:
    return call("book", "import", *args, "--format", "json", cwd=office).done().document()


def letters(office: Path) -> list[Path]:
    """The messages that became files."""
    return sorted((office / "outbox").rglob("*.txt"))


# ------------------------------------------------------------------------------------------- demo


@pytest.mark.parametrize("first", [300, pytest.param(2_000, marks=pytest.mark.drilled)])
def test_the_demo_in_an_empty_folder_tells_the_main_job_twice(first: int, tmp_path: Path) -> None:
    size = () if first == 2_000 else ("--policies", first)
    once = servicing("demo", *size, cwd=tmp_path).done()
    second = servicing("demo", "--policies", 200, cwd=tmp_path).done()
    for told, policies in ((once, first), (second, 200)):
        chapters = [
            f"{policies} 张保单",
            "的服务已排程",
            "到期触点",
            "条消息已受理",
            "Touchpoint: ",
            "示例人寿",
            "的任务",
            "服务轨迹",
            "servicing-demo tasks list",
        ]
        places = [told.out.find(chapter) for chapter in chapters]
        assert -1 not in places, dict(zip(chapters, places, strict=True))
        assert places == sorted(places)
        assert told.err == ""
    assert [path.name for path in tmp_path.iterdir()] == ["servicing-demo"]
    accepted = int(re.search(r"(\d+) 条消息已受理", second.out)[1])
    assert len(letters(tmp_path / "servicing-demo")) == accepted > 0


def test_the_demo_leaves_a_folder_alone_that_it_did_not_make(tmp_path: Path) -> None:
    own = tmp_path / "servicing-demo"
    own.mkdir()
    (own / "thesis.txt").write_text("mine")
    assert "servicing-demo" in call("demo", cwd=tmp_path).refused()
    assert (own / "thesis.txt").read_text() == "mine"


# ---------------------------------------------------------------------------------------- by hand


def test_the_installed_command_makes_a_day_and_sends_it(new_office: NewOffice) -> None:
    office = new_office()
    imported(office, "book.csv", "--joined", DAY)
    day = servicing("walk", "--on", DAY, "--format", "json", cwd=office).done().document()
    assert sum(day["by_touchpoint"].values()) == day["touchpoints"] > 0
    sent = servicing("dispatch", "--now", NOON, "--format", "json", cwd=office).done().document()
    assert len(letters(office)) == sent["accepted"] > 0


@pytest.mark.drilled
def test_a_day_by_hand_with_the_installed_command(tmp_path: Path) -> None:
    def run(*args: object) -> frontdoor.Answer:
        return servicing("--home", "office", *args, cwd=tmp_path).done()

    made = ("book", "sample", "--policies", 500, "--as-of", DAY, "--out", "book.csv")
    run(*made, "--premiums", "premiums.csv")
    run("init")
    book = run("book", "import", "book.csv", "--joined", DAY, "--format", "json").document()
    assert book == {"rows": 500, "added": 500, "changed": 0, "unchanged": 0, "rejected": 0}
    run("book", "import", "premiums.csv", "--premiums")
    day = run("walk", "--on", DAY, "--format", "json").document()
    assert day.keys() >= WALK_KEYS
    assert day["on"] == str(DAY)
    assert sum(day["by_touchpoint"].values()) == day["touchpoints"] > 0
    sent = run("dispatch", "--now", NOON, "--format", "json").document()
    assert len(letters(tmp_path / "office")) == sent["accepted"] > 0
    todo = run("tasks", "list", "--on", DAY, "--format", "json").document()
    assert len(todo) == day["tasks"] > 0
    run("tasks", "done", todo[0]["id"], "--note", "合同已送达")
    card = run("card", todo[0]["client_no"], "--format", "json").document()
    assert "合同已送达" in [line["facts"].get("note") for line in card["trail"]]


def test_a_day_by_hand_on_either_database(
    sample_files: Path, tmp_path: Path, empty_database_url: str
) -> None:
    office = shutil.copytree(sample_files, tmp_path / "office")
    call("init", "--database", empty_database_url, cwd=office).done()
    assert imported(office, "book.csv", "--joined", DAY)["added"] == 500
    assert imported(office, "premiums.csv", "--premiums")["rejected"] == 0
    day = walked(office)
    sent = call("dispatch", "--now", NOON, "--format", "json", cwd=office).done().document()
    assert len(letters(office)) == sent["accepted"] > 0
    todo = call("tasks", "list", "--on", DAY, "--format", "json", cwd=office).done().document()
    assert len(todo) == day["tasks"] > 0
    call("tasks", "done", todo[0]["id"], cwd=office).done()
    call("tasks", "skip", todo[1]["id"], "--note", "出国", cwd=office).done()
    call("tasks", "postpone", todo[2]["id"], "--to", "2026-05-20", cwd=office).done()
    left = call("tasks", "list", "--on", DAY, "--format", "json", cwd=office).done().document()
    assert [task["id"] for task in left] == [task["id"] for task in todo[3:]]
    later = call("tasks", "list", "--on", "2026-05-20", "--format", "json", cwd=office).done()
    assert todo[2]["id"] in [task["id"] for task in later.document()]
    assert walked(office)["touchpoints"] == 0
    assert imported(office, "book.csv", "--joined", DAY)["unchanged"] == 500


def test_a_workspace_is_found_by_home_by_environment_or_under_the_feet(office: Path) -> None:
    elsewhere = office.parent
    told = [
        call("tasks", "list", "--format", "json", cwd=office),
        call("--home", "office", "tasks", "list", "--format", "json", cwd=elsewhere),
        call("tasks", "list", "--format", "json", cwd=elsewhere, env={"SERVICING_HOME": "office"}),
    ]
    assert len({answer.done().out for answer in told}) == 1


def test_every_message_is_a_readable_file_with_its_particulars(office: Path) -> None:
    for path in letters(office):
        head, _, body = path.read_text("utf-8").partition("\n\n")
        facts = dict(line.split(": ", 1) for line in head.splitlines())
        assert facts.keys() >= {"To", "Channel", "Class", "Touchpoint", "Client", "For", "Size"}
        assert facts["For"] == str(DAY)
        assert "示例人寿" in body
    assert not list((office / "outbox").rglob("*.part"))


def test_a_book_that_joins_today_owes_nothing_of_the_past(office: Path) -> None:
    with (office / "book.csv").open(encoding="utf-8") as file:
        oldest = min(csv.DictReader(file), key=lambda row: row["issue_date"])
    told = call("book", "timeline", oldest["policy_no"], "--format", "json", cwd=office).done()
    days = [line["due_on"] for line in told.document()]
    assert oldest["issue_date"] < "2013"
    assert all(day >= str(DAY) for day in days)


# -------------------------------------------------------------------------------------- listings


EVENT = (
    *("events", "add", "品茗会", "--place", "花园厅"),
    *("--at", "2026-06-20T14:00", "--capacity", "2"),
)

LISTINGS: dict[str, tuple[str, ...]] = {
    "book import": ("book", "import", "book.csv", "--joined", str(DAY)),
    "book look": ("book", "look", "book.csv"),
    "book timeline": ("book", "timeline", "{policy_no}", "--from", "2000-01-01"),
    "walk": ("walk", "--on", str(DAY)),
    "dispatch": ("dispatch", "--now", NOON),
    "plan show": ("plan", "show"),
    "plan diff": ("plan", "diff", "plans/ours.toml"),
    "tasks list": ("tasks", "list", "--on", str(DAY)),
    "cases open": ("cases", "open", "complaint", "--received", str(DAY), "--text", "无人回电"),
    "cases step": ("cases", "step", "1", "accept", "--text", "属我司职责"),
    "cases show": ("cases", "show", "1"),
    "cases list": ("cases", "list"),
    "cases escalate": ("cases", "escalate"),
    "leads list": ("leads", "list"),
    "leads ask": ("leads", "ask", "{client_no}"),
    "leads give": (
        *("leads", "give", "{client_no}", "--name", "Ada Example"),
        *("--phone", "+12025550142"),
    ),
    "leads step": ("leads", "step", "1", "consent", "--how", "call"),
    "leads report": ("leads", "report", "--from", str(DAY), "--to", str(DAY)),
    "leads expire": ("leads", "expire"),
    "retention open": ("retention", "open", "--policy", "{policy_no}", "--text", "late"),
    "retention step": ("retention", "step", "1", "record", "--text", "called"),
    "retention signals": ("retention", "signals"),
    "retention list": ("retention", "list"),
    "retention report": ("retention", "report", "--from", str(DAY), "--to", str(DAY)),
    "cases report": ("cases", "report", "weekly", "--on", str(DAY)),
    "callbacks open": ("callbacks", "open"),
    "callbacks answer": (
        "callbacks",
        "answer",
        "1",
        "--attempt",
        "busy",
        "--at",
        "2026-05-08T10:00",
    ),
    "callbacks due": ("callbacks", "due"),
    "callbacks letters": ("callbacks", "letters"),
    "callbacks rate": ("callbacks", "rate", "--from", "2026-01-01", "--to", str(DAY)),
    "checks draw": ("checks", "draw", "--share", "0.1", "--seed", "2026-05"),
    "checks draws": ("checks", "draws"),
    "checks list": ("checks", "list"),
    "checks show": ("checks", "show", "1"),
    "checks result": ("checks", "result", "1", "--file", "result.toml"),
    "checks report": ("checks", "report"),
    "events add": EVENT,
    "events approve": ("events", "approve", "1", "--by", "office"),
    "events open": ("events", "open", "1"),
    "events invite": ("events", "invite", "1", "{client_no}"),
    "events register": ("events", "register", "1", "{client_no}"),
    "events decline": ("events", "decline", "1", "{client_no}"),
    "events confirm": ("events", "confirm", "1", "{client_no}"),
    "events withdraw": ("events", "withdraw", "1", "{client_no}"),
    "events attend": ("events", "attend", "1", "--guest", "--at", "2026-06-20T14:00"),
    "events hold": ("events", "hold", "1", "--at", "2026-06-20T17:00"),
    "events cancel": ("events", "cancel", "1", "--why", "大雨"),
    "events list": ("events", "list"),
    "events show": ("events", "show", "1"),
    "events report": ("events", "report"),
    "tiers score": ("tiers", "score", "basic", "--facts", "facts.toml"),
    "tiers run": ("tiers", "run"),
    "tiers show": ("tiers", "show", "{client_no}"),
    "stages report": ("stages", "report"),
    "stages list": ("stages", "list", "met"),
    "satisfaction figure": ("satisfaction", "figure", "csat", "--counts", "96,68,20,10,6"),
    "satisfaction gap": ("satisfaction", "gap", "--gaps", "-0.4,-0.6,0.1,-0.2,0.3"),
    "satisfaction report": (
        *("satisfaction", "report", "--from", "2026-01-01", "--to", "2026-06-30", "--by", "team"),
    ),
    "satisfaction need": ("satisfaction", "need", "--margin", "0.10", "--of", "2000"),
    "clock": ("clock", "complaint_simple", "--from", str(DAY)),
    "festivals": ("festivals", "--year", "2026"),
    "lunar": ("lunar", "--born", "2025-07-30", "--year", "2026"),
    "messages": ("messages", "--on", str(DAY)),
    "messages show": ("messages", "show", "1"),
    "messages account": ("messages", "account", "--on", str(DAY)),
    "consent list": ("consent", "list"),
    "simulate": ("simulate", "--from", str(DAY), "--to", str(DAY)),
    "status": ("status",),
    "halts": ("halts", "--all"),
    "templates check": ("templates", "check"),
    "templates diff": ("templates", "diff", "new"),
    "audit verify": ("audit", "verify"),
    "audit log": ("audit", "log"),
    "audit unusual": ("audit", "unusual"),
    "client erase": ("client", "erase", "C000006", "--ground", "PIPL 47(1)(3)"),
    "handover": ("handover", "--from", "A00001", "--rule", "balanced"),
    "orphans": ("orphans",),
    "why": ("why", "{policy_no}", "month_1"),
    "card": ("card", "{client_no}"),
    "persistency": ("persistency", "--as-of", str(DAY)),
    "atrisk": ("atrisk", "--as-of", str(DAY)),
    "collection": ("collection", "--from", str(DAY.replace(day=1)), "--to", str(DAY)),
    "review show": ("review", "show", "{client_no}"),
    "review gap": ("review", "gap", "--income", "200000", "--cover", "500000"),
    "earnings report": ("earnings", "report", "--as-of", str(DAY), "--by", "team"),
    "reinstatement report": ("reinstatement", "report", "--from", str(DAY), "--to", str(DAY)),
    "losses": ("losses", "--as-of", str(DAY), "--rolling"),
    "scorecard": ("scorecard", "--as-of", str(DAY), "--by", "team"),
    "assessment": ("assessment", "--as-of", str(DAY), "--by", "team"),
    "influence": ("influence", "--top", "5"),
    "user list": ("user", "list"),
    "user second-factor": ("user", "second-factor", "chenyan"),
    "keys list": ("keys", "list"),
    "user views": ("user", "views"),
    "years list": ("years", "list"),
}
"""A listing command that is missing here fails a test below."""

EMPTY = (
    "audit unusual",
    "dispatch",
    "callbacks letters",
    "halts",
    "consent list",
    "audit verify",
    "user list",
    "user second-factor",
    "user views",
    "keys list",
    "orphans",
    "retention list",
    "years list",
)


@pytest.fixture(scope="session")
def somebody(served_office: Path) -> dict[str, str]:
    """The first task of the day: its client's card has something on it."""
    told = call("tasks", "list", "--on", DAY, "--format", "json", cwd=served_office).done()
    return told.document()[0]


Listing = Callable[..., frontdoor.Answer]


@pytest.fixture
def listing(office: Path, somebody: dict[str, str]) -> Listing:
    (office / "plans").mkdir()
    (office / "plans" / "ours.toml").write_text(PLAN, "utf-8")
    (office / "new" / "zh_CN").mkdir(parents=True)
    (office / "new" / "zh_CN" / "news.sms.txt").write_text(
        "【{{ company }}】新。拒收请回复R", "utf-8"
    )

    def listing(words: str, *args: str, **how: dict[str, str]) -> frontdoor.Answer:
        if words == "user second-factor":
            adding = ("user", "add", "chenyan", "--role", "operations", "--password-stdin")
            call(*adding, cwd=office, typed="four odd words here").done()
        if words == "retention step":
            of_hers = (each.format(**somebody) for each in LISTINGS["retention open"])
            call(*of_hers, cwd=office).done()
        if words in ("leads step", "leads list"):
            call(*(each.format(**somebody) for each in LISTINGS["leads give"]), cwd=office).done()
        if words in ("cases step", "cases show", "cases list"):
            call(*LISTINGS["cases open"], "--client", somebody["client_no"], cwd=office).done()
        prepare_other_rooms(words, office)
        if words.startswith("events ") and words != "events add":
            prepare_event(words.split()[1], office, somebody["client_no"])
        told = (each.format(**somebody) for each in LISTINGS[words])
        return call(*told, *args, cwd=office, **how).done()

    return listing


def prepare_event(step: str, office: Path, client_no: str) -> None:
    """An event is planned, and as far as the step takes for granted."""
    call(*EVENT, cwd=office).done()
    adding = ("user", "add", "office", "--role", "operations", "--password-stdin")
    call(*adding, cwd=office, typed="four odd words here").done()
    if step != "approve":
        call(*LISTINGS["events approve"], cwd=office).done()
    if step not in ("approve", "open"):
        call(*LISTINGS["events open"], cwd=office).done()
    if step in ("decline", "confirm", "withdraw", "show"):
        call("events", "register", "1", client_no, cwd=office).done()


def prepare_other_rooms(words: str, office: Path) -> None:
    """Call-backs are open, and clients are drawn with a result that can be written down."""
    if words in ("callbacks answer", "callbacks due"):
        call(*LISTINGS["callbacks open"], cwd=office).done()
    if words in ("checks draws", "checks list", "checks show", "checks result", "checks report"):
        call(*LISTINGS["checks draw"], cwd=office).done()
        sheet = call("checks", "show", "1", "--sheet", cwd=office).done().out
        (office / "result.toml").write_text(sheet.replace('= ""', '= "pass"'), "utf-8")
    if words == "earnings report":
        (office / "commissions").mkdir()
        shutil.copy(commission.SHIPPED / "example.toml", office / "commissions" / "standard.toml")
    if words == "tiers show":
        call("tiers", "run", cwd=office).done()
    if words == "tiers score":
        shutil.copy(TIER_FACTS, office / "facts.toml")


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, with its words."""
    for name, command in commands_of(group).items():
        words = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            yield from commands(command, words)
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield words, command


def test_every_command_with_a_format_is_listed_here() -> None:
    listing = {
        words
        for words, command in commands(cli.cli)
        if any("--format" in each.opts for each in command.params)
    }
    assert listing - LISTINGS.keys() == {"callbacks link"}, (
        "for a contract of today: test_callbacks"
    )
    assert not LISTINGS.keys() - listing


@pytest.mark.parametrize("words", LISTINGS)
def test_json_is_one_document_on_standard_output_and_nothing_else(
    words: str, listing: Listing
) -> None:
    assert listing(words, "--format", "json").document() is not None


@pytest.mark.parametrize("words", LISTINGS)
def test_csv_has_a_header_and_rows_of_its_width(words: str, listing: Listing) -> None:
    rows = list(csv.reader(listing(words, "--format", "csv").lines()))
    is_empty = words in EMPTY
    assert len(rows) > 1 or is_empty  # everything has left already, and nobody has an account
    assert {len(row) for row in rows} <= {len(rows[0])}


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("words", LISTINGS)
def test_a_table_fits_eighty_columns(words: str, locale: str, listing: Listing) -> None:
    told = listing(words, env={"SERVICING_SERVICING_LOCALE": locale})
    assert told.out.strip()
    assert max(width(line) for line in told.lines()) <= frontdoor.COLUMNS


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("words", ["book timeline", "tasks list"])
def test_the_columns_of_a_table_stand_under_their_headings_chinese_or_not(
    words: str, locale: str, listing: Listing
) -> None:
    told = listing(words, env={"SERVICING_SERVICING_LOCALE": locale})
    heading, rule, *rows = told.lines()
    assert set(rule.strip()) == {"─"}
    gaps = [place for place in range(1, width(heading)) if begins_a_word(heading, place)]
    assert len(gaps) > 2
    for row in filter(str.strip, rows):
        for place in gaps[1:]:
            assert cells_of(row)[place - 1] == " ", (place, row)


def begins_a_word(line: str, place: int) -> bool:
    cells = cells_of(line)
    return cells[place - 2 : place] == "  " and cells[place] != " "


def cells_of(line: str) -> str:
    """The line with one character a terminal column."""
    return "".join(each + "…" * (width(each) - 1) for each in line).ljust(frontdoor.COLUMNS)


def test_a_listing_of_nothing_is_still_a_document_and_a_header(new_office: NewOffice) -> None:
    office = new_office()
    assert call("tasks", "list", "--format", "json", cwd=office).done().document() == []
    header = call("tasks", "list", "--format", "csv", cwd=office).done().out
    assert header.startswith("id,"), "CSV without rows still says which columns it has"


# -------------------------------------------------------------------------------- twice is nothing


def test_importing_and_walking_again_changes_nothing(new_office: NewOffice) -> None:
    office = new_office()
    first = imported(office, "book.csv", "--joined", DAY)
    assert first.keys() == IMPORT_KEYS
    ledger = imported(office, "premiums.csv", "--premiums")
    day = walked(office)
    before = tables.without_moments(homes.held(office))
    assert imported(office, "book.csv", "--joined", DAY) == {
        **{"rows": 500, "added": 0, "changed": 0, "unchanged": 500, "rejected": 0}
    }
    again = imported(office, "premiums.csv", "--premiums")
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, ledger["added"])
    second = walked(office)
    counts = ("touchpoints", "messages", "tasks", "skipped")
    assert min(day[name] for name in counts[:3]) > 0
    assert [second[name] for name in counts] == [0] * 4
    assert second["by_touchpoint"] == {}
    assert tables.without_moments(homes.held(office)) == before


def test_a_dry_run_says_what_would_change_and_writes_nothing(new_office: NewOffice) -> None:
    office = new_office()
    before = homes.held(office)
    assert imported(office, "book.csv", "--dry-run")["added"] == 500
    assert homes.held(office) == before


def test_a_changed_row_changes_what_it_says_and_leaves_a_trail(office: Path) -> None:
    with (office / "book.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = next(row for row in rows if row["status"] == "in_force" and row["phone"])
    told |= {"status": "surrendered", "ended_on": str(DAY), "phone": "+12025550199"}
    told |= {"agent_no": "A-NEW", "agent_name": "新人"}
    with (office / "later.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerow(told)
    counts = imported(office, "later.csv", "--joined", DAY)
    assert (counts["changed"], counts["added"], counts["unchanged"]) == (1, 0, 0)
    card = call("card", told["client_no"], "--format", "json", cwd=office).done().document()
    kinds = {line["kind"]: line["facts"] for line in card["trail"]}
    assert kinds["status.changed"]["status"] == ["in_force", "surrendered"]
    assert kinds["agent.changed"]["agent_no"][1] == "A-NEW"
    assert kinds["contact.changed"]["phone"][1] == "+12025550199"


def test_xlsx_says_the_same_as_csv(new_office: NewOffice) -> None:
    import openpyxl

    office = new_office()
    imported(office, "book.csv", "--joined", DAY)
    workbook = openpyxl.Workbook()
    with (office / "book.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            workbook.active.append(row)
    workbook.save(office / "book.xlsx")
    assert imported(office, "book.xlsx", "--joined", DAY)["unchanged"] == 500


def test_the_manual_is_printed_without_a_workspace(tmp_path: Path) -> None:
    for locale, title in (("zh_CN", "保单送达"), ("en", "Contract delivery")):
        told = call("plan", "show", "--locale", locale, "--format", "json", cwd=tmp_path)
        assert title in [entry["title"] for entry in told.done().document()]
    assert not list(tmp_path.iterdir())


def test_a_plan_of_ones_own_is_checked_and_walked(new_office: NewOffice) -> None:
    office = new_office()
    (office / "plans").mkdir()
    (office / "plans" / "ours.toml").write_text(
        'name = "ours"\n[[touchpoint]]\nid = "tea"\ntitle = { en = "Tea" }\n'
        'kind = "basic"\nowner = "task"\ndue = [{ months = 1, every_months = 1 }]\n',
        "utf-8",
    )
    assert "1 touchpoint" in call("plan", "check", "plans/ours.toml", cwd=office).done().out
    imported(office, "book.csv", "--joined", DAY)
    env = {"SERVICING_SERVICING_PLAN": "ours"}
    told = call("walk", "--on", DAY, "--format", "json", cwd=office, env=env).done().document()
    assert set(told["by_touchpoint"]) == {"tea"}
    assert json.loads(json.dumps(told)) == told
