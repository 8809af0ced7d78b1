"""Every page is told as what it is: who came in, who saw whom, who was refused; and its own page."""

import datetime
import json
import logging
from collections import Counter
from typing import Any

import msgspec
import pytest
from flask import Flask

from policies import database
from servicing.core import audit_listing, audit_log, card_views, recovery_codes, seals
from servicing.core.account_models import CardView, User
from servicing.core.audit_listing import Wanted
from servicing.core.audit_models import AuditEntry
from servicing.core.models import Message
from servicing.operations.workspace import Workspace
from servicing.web import afterwards, deeds, figures, refused, throttle
from servicing.web.current import REFUSALS
from tests import cast
from tests.servicing.web import registered, routes
from tests.servicing.web.conftest import Visit
from tests.servicing.web.factors import OWN, SECOND, code, give_app, halfway, set_up_app
from tests.servicing.web.visits import (
    BASE,
    NOW,
    PASSWORD,
    Clock,
    Visitor,
    account,
    log_in,
    statements,
    text_of,
)

Told = tuple[str, str, dict[str, object]]


@pytest.fixture(autouse=True)
def nothing_told(space: Workspace) -> int:
    """The last line of the log before the visit."""
    return database.last_id(AuditEntry)


def told(*, but: tuple[str, ...] = ("session.begun",)) -> list[Told]:
    """The lines of the visits, in order."""
    query = AuditEntry.select().where(AuditEntry.way == "page").order_by(AuditEntry.id)
    found = [(each.kind, each.who, json.loads(each.facts)) for each in query]
    return [each for each in found if each[0] not in but]


# ----------------------------------------------------------------------------- each page is told


def test_every_page_stands_in_the_table(app: Flask) -> None:
    assert deeds.PAGES.keys() == app.view_functions.keys()


def test_every_kind_of_the_table_has_words(app: Flask) -> None:
    kinds = {each for each in deeds.PAGES.values() if each and each != deeds.ITSELF}
    assert kinds <= set(audit_log.KINDS)


SHOWS_SOMETHING = {
    "cards.clients": "/clients?q=C001",
    "persistency.export": "/persistency/export?kind=csv&from=2020-01&to=2026-05",
}
"""Where the path in the table of pages finds nothing to show, another one."""


@pytest.mark.parametrize("login", ["chenyan", "shanghai", "ops", "admin"])
def test_every_list_and_every_file_is_told_with_its_page(
    app: Flask, visit: Visit, space: Workspace, login: str
) -> None:
    visitor, missing = visit(login), []
    message, case = Message.select().order_by(Message.id).first(), registered.case()
    for line in routes.lines():
        path = line.path.format(message=message.id, case=case.id)
        if line.method != "GET" or line.marks[login] != "+":
            continue
        endpoint = app.url_map.bind("localhost").match(path.partition("?")[0])[0]
        kind = deeds.PAGES[endpoint]
        if kind in (None, deeds.ITSELF):
            continue
        visitor.get(SHOWS_SOMETHING.get(endpoint, path))
        pages = [(of, facts.get("page")) for of, who, facts in told() if who == login]
        if (kind, endpoint) not in pages:
            missing.append(path)
    assert missing == []


SEEN = [
    ("chenyan", "/day", "my_day"),
    ("chenyan", "/day/C001", "my_day"),
    ("chenyan", "/clients?q=C001", "search"),
    ("chenyan", "/clients/C001", "card"),
    ("shanghai", "/persistency/policies?from=2025-01&to=2026-05", "figures"),
    ("ops", "/dispatch/messages", "dispatch"),
]


@pytest.mark.parametrize(("login", "path", "place"), SEEN)
def test_whoever_is_shown_a_client_has_seen_the_client(
    visit: Visit, login: str, path: str, place: str
) -> None:
    assert visit(login).get(path).status_code == 200
    found = [(each.login, each.client_no, each.place) for each in card_views.views()]
    assert (login, "C001", place) in found


def test_a_list_counts_once_a_day_and_a_card_each_time(visit: Visit) -> None:
    visitor = visit("chenyan")
    for path in ("/day", "/clients/C001") * 3:
        visitor.get(path)
    places = Counter(each.place for each in card_views.views(client_no="C001"))
    assert places == {"my_day": 1, "card": 3}
    days = {each.seen_on for each in CardView.select()}
    assert days == {NOW.date()}


def test_another_process_notes_nobody_twice(space: Workspace, app: Flask, visit: Visit) -> None:
    from servicing.web import app as pages

    visit("chenyan").get("/day")
    Visitor(pages.create(space, lambda: NOW), "chenyan").get("/day")
    assert len(list(card_views.views(client_no="C001"))) == 1


def test_a_list_that_is_opened_again_writes_nothing_within_the_hour(visit: Visit) -> None:
    visitor = visit("chenyan")
    visitor.get("/day")
    with statements() as said:
        visitor.get("/day")
    assert [each for each in said if each.startswith(("INSERT", "UPDATE"))] == []
    assert [kind for kind, _, _ in told()] == ["list.seen"]


def test_a_list_is_told_with_how_many_and_by_which_filter(visit: Visit) -> None:
    visit("shanghai").get("/persistency/policies?fate=lost&team=%E4%B8%80%E9%83%A8")
    ((kind, who, facts),) = told()
    assert (kind, who, facts["page"]) == ("list.seen", "shanghai", "persistency.policies")
    assert (facts["fate"], facts["team"]) == ("lost", "一部") and "clients" in facts


def test_a_file_that_is_taken_out_is_one_line_with_its_lines(visit: Visit) -> None:
    visit("shanghai").get("/persistency/export?kind=csv&from=2020-01&to=2026-05")
    ((kind, who, facts),) = told()
    assert (kind, who, facts["what"]) == ("export.written", "shanghai", "policies")
    assert facts["rows"] == 3 and not CardView.select().exists()


def test_what_was_searched_for_stands_nowhere(visit: Visit, space: Workspace) -> None:
    visitor = visit("ops")
    for path in (
        *("/clients?q=%E6%9E%97%E4%BC%9F", "/dispatch/barred?q=%2B12025550111"),
        "/dispatch/messages?state=queued&reason=%E6%9E%97%E4%BC%9F",
    ):
        visitor.get(path)
    for name in figures.ARGUMENTS:
        visit("shanghai").get(f"/persistency/policies?{name}=%E6%9E%97%E4%BC%9F")
    rows = [str(row) for row in database.execute("SELECT facts, who FROM audit_entry")]
    assert not [each for each in rows if "林伟" in each or "12025550111" in each]
    assert {"cards.clients", "dispatch.opted_out"} <= {facts["page"] for _, _, facts in told()}


ADDRESSES = [("+12025550111", "sms"), ("lin.wei@example.com", "email"), ("+12025550199", "sms")]
"""Lin Wei's number and address, and a number that nobody in the book has."""


@pytest.mark.parametrize(("address", "kind"), ADDRESSES)
def test_an_address_that_is_barred_and_lifted_stands_in_no_log(
    visit: Visit, space: Workspace, caplog: pytest.LogCaptureFixture, address: str, kind: str
) -> None:
    """Nor on a card: who did it, what was asked and shown are kept; the list alone has the address."""
    cast.change(cast.lin_wei(), email="lin.wei@example.com")
    caplog.set_level(logging.INFO)
    ops, shown = visit("ops"), {"evidence": "letter", "reference": "2026/118"}
    told = {"whom": address, "note": "am Telefon"}
    ops.post("/dispatch/barred", **told)
    assert database.value("SELECT COUNT(*) FROM barred WHERE kind = ?", [kind]) == 1
    ops.get("/dispatch/barred/lift", query_string={"whom": address})
    ops.get("/dispatch/barred", query_string={"q": address, "of": kind, "as": "csv"})
    ops.post("/dispatch/barred", do="lift", **told)
    ops.post("/dispatch/barred", do="lift", dated="2026-06-01", **shown, **told)
    assert database.value("SELECT COUNT(*) FROM barred WHERE kind = ?", [kind]) == 0
    kept = [*caplog.messages, *(str(vars_of(each)) for each in caplog.records)]
    for table in ("audit_entry", "card_entry", "card_view"):
        kept += [str(row) for row in database.execute(f"SELECT * FROM {table}")]
    assert [each for each in kept if address.strip("+") in each] == []


def vars_of(record: logging.LogRecord) -> dict[str, Any]:
    """A line of a log with everything that is written beside it."""
    return record.__dict__


def test_the_calendar_that_an_app_reads_has_shown_its_owner_the_clients(visit: Visit) -> None:
    from servicing.core import accounts

    secret = accounts.new_feed(account("chenyan"))
    assert visit().get(f"/calendar/{secret}.ics").status_code == 200
    assert {(each.login, each.place) for each in card_views.views(client_no="C001")} == {
        ("chenyan", "calendar")
    }


# ------------------------------------------------------------------------------- in, out, refused


def test_who_comes_in_and_goes_out_is_told_with_where_from(app: Flask, visit: Visit) -> None:
    account("chenyan")
    visitor = visit()
    visitor.client.environ_base["REMOTE_ADDR"] = "2001:db8:1:2:3:4:5:6"
    log_in(visitor.client, "chenyan")
    database.database.connect(reuse_if_open=True)
    visitor.post("/logout")
    kinds = [kind for kind, _, _ in told(but=())]
    assert kinds[-2:] == ["session.begun", "session.ended"]
    last = AuditEntry.select().order_by(AuditEntry.id.desc()).limit(2)
    assert {(each.who, each.source) for each in last} == {("chenyan", "2001:db8:1:2::/64")}


def new_devices() -> int:
    database.database.connect(reuse_if_open=True)
    return [kind for kind, _, _ in told()].count("device.remembered")


def test_an_administrators_own_browser_is_never_a_new_device(visit: Visit) -> None:
    """Not the first, and not after what makes the account forget all devices."""
    owner, elsewhere = visit(), visit()
    log_in(owner.client, "admin")
    owner.post("/account/password", old=PASSWORD, new="another horse battery")
    owner.post("/account/password", old="another horse battery", new=PASSWORD)
    set_up_app(owner)
    owner.post(f"{OWN}/codes", password=PASSWORD)
    owner.post(f"{OWN}/remove", password=PASSWORD, factor="app")
    owner.post("/logout")
    log_in(owner.client, "admin")
    kinds = [kind for kind, _, _ in told()]
    assert {"factor.set_up", "factor.codes_made", "factor.removed"} <= set(kinds)
    assert new_devices() == 0
    log_in(elsewhere.client, "admin")
    assert new_devices() == 1
    for _ in range(2):
        elsewhere.post("/logout")
        log_in(elsewhere.client, "admin")
    assert new_devices() == 1


def guess(visit: Visit, times: int, login: str) -> None:
    visitor = visit()
    form = {"csrf_token": visitor.token(), "login": login, "password": "my secret password"}
    for _ in range(times):
        visitor.client.post("/login", data=form, base_url=BASE, headers={"Referer": BASE})


def refusals(app: Flask, *, is_last: bool = False) -> list[Told]:
    afterwards.write(app, is_last=is_last)
    database.database.connect(reuse_if_open=True)
    return [each for each in told() if each[0].endswith((".refused", ".throttled"))]


def test_a_crowd_of_guesses_is_two_lines_a_quarter(app: Flask, visit: Visit) -> None:
    account("chenyan")
    guess(visit, 4, "chenyan")
    assert refusals(app) == [("login.refused", "chenyan", {"count": 4})]
    guess(visit, 20, "chenyan")
    assert refusals(app)[1:] == [("login.throttled", "chenyan", {"count": 14})]
    assert refusals(app, is_last=True)[2:] == [("login.refused", "chenyan", {"count": 6})]
    assert not app.extensions[REFUSALS]


def test_a_refusal_stands_at_the_moment_of_the_first(space: Workspace) -> None:
    """Before the login that followed it, however late the line was written."""
    from servicing.web import app as pages

    clock = Clock()
    app = pages.create(space, clock)
    visitor = Visitor(app)
    for password in ("wrong", "wrong too", PASSWORD):
        visitor.post("/login", login="chenyan", password=password)
        clock.now += datetime.timedelta(seconds=20)
    afterwards.write(app)
    database.database.connect(reuse_if_open=True)
    lines = {each.kind: each.at for each in audit_listing.lines(Wanted(who="chenyan"))}
    begun = NOW + datetime.timedelta(seconds=40)
    assert (lines["login.refused"], lines["session.begun"]) == (NOW, begun)


def test_wrong_codes_are_no_wrong_passwords(app: Flask, visit: Visit, space: Workspace) -> None:
    give_app(space, "chenyan")
    visitor = halfway(app, "chenyan")
    for _ in range(throttle.SECOND_OF_ONE_BY_ONE + 2):
        visitor.post(SECOND, code="000000")
    assert refusals(app) == [
        ("factor.refused", "chenyan", {"count": throttle.SECOND_OF_ONE_BY_ONE}),
        ("factor.throttled", "chenyan", {"count": 2}),
    ]


def test_who_comes_in_is_told_with_the_second_factor(
    app: Flask, visit: Visit, space: Workspace
) -> None:
    user = give_app(space, "chenyan")
    paper = recovery_codes.fresh()
    recovery_codes.put(user, paper, NOW)
    halfway(app, "chenyan").post(SECOND, code=code())
    halfway(app, "chenyan").post(SECOND, recovery=next(iter(paper)))
    visit().post("/login", login="sunli", password=PASSWORD)
    begun = [(who, facts) for kind, who, facts in told(but=()) if kind == "session.begun"]
    assert begun == [
        ("chenyan", {"factor": "app"}),
        ("chenyan", {"factor": "recovery"}),
        ("sunli", {}),
    ]


def test_a_login_that_nobody_has_stands_nowhere(app: Flask, visit: Visit) -> None:
    for login in ("my secret password", "another one"):
        guess(visit, 2, login)
    assert refusals(app) == [("login.refused", "", {"count": 4})]
    rows = [str(row) for row in database.execute("SELECT facts, who, source FROM audit_entry")]
    assert not [each for each in rows if "secret" in each or "another" in each]


def test_from_however_many_addresses_the_log_stays_short(
    app: Flask, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused, "MOST", 3)
    account("chenyan")
    for number in range(10):
        visitor = visit()
        visitor.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        visitor.post("/login", login="chenyan", password="x")
    counts = [facts["count"] for _, _, facts in refusals(app, is_last=True)]
    assert counts == [1, 1, 1, 7]


def test_a_new_quarter_has_a_line_of_its_own(space: Workspace) -> None:
    from servicing.web import app as pages

    clock = Clock()
    app = pages.create(space, clock)
    account("chenyan")
    guess(lambda: Visitor(app), 2, "chenyan")
    refusals(app)
    guess(lambda: Visitor(app), 3, "chenyan")
    clock.now += datetime.timedelta(minutes=16)
    guess(lambda: Visitor(app), 1, "chenyan")
    assert [facts["count"] for _, _, facts in refusals(app)] == [2, 3, 1]


def test_who_asks_for_what_is_not_there_for_them_is_counted(app: Flask, visit: Visit) -> None:
    visitor = visit("sunli")
    for path in ("/clients/C001", "/clients/C900", "/clients/nobody", "/people"):
        assert visitor.get(path).status_code in (200, 404)
    visit().get("/clients/C001")  # a stranger is led to the login
    afterwards.write(app)
    database.database.connect(reuse_if_open=True)
    found = sorted(
        (who, facts["page"], facts["count"])
        for kind, who, facts in told()
        if kind == "page.refused"
    )
    assert found == [("sunli", "accounts.people", 1), ("sunli", "cards.card", 2)]


def test_an_administrators_deeds_are_told_by_page(visit: Visit) -> None:
    visitor = visit("admin")
    visitor.post("/people/state", login="sunli", do="disable")
    visitor.post("/people/password", login="team", new="another horse battery")
    lines = [(kind, who, facts["login"]) for kind, who, facts in told()]
    assert lines == [
        ("account.disabled", "admin", "sunli"),
        ("account.password_given", "admin", "team"),
    ]


# --------------------------------------------------------------------------------------- its page


DAY = "页面：今日工作"


def test_the_page_shows_the_lines_by_who_kind_and_day(visit: Visit) -> None:
    visit("chenyan").get("/day")
    visitor = visit("admin")
    page = text_of(visitor.get("/audit?who=chenyan&kind=list.seen"))
    assert "chenyan" in page and DAY in page
    assert "没有符合条件的记录" in text_of(visitor.get("/audit?who=nobody"))
    assert "没有符合条件的记录" in text_of(visitor.get("/audit?on=2026-05-01"))
    assert DAY in text_of(visitor.get("/audit?on=2026-06-01&who=chenyan"))


def test_the_page_begins_with_the_unusual_days(visit: Visit) -> None:
    visitor = visit("admin")
    assert "没有异常" in text_of(visitor.get("/audit"))
    with audit_log.acting(audit_log.Actor("page", "shanghai")):
        audit_log.record("export.written", NOW, rows=1_500)
    page = text_of(visitor.get("/audit"))
    assert "shanghai 导出了 1,500 行的文件" in page


def test_whoever_reads_the_log_stands_in_it(visit: Visit) -> None:
    visitor = visit("admin")
    visitor.get("/audit")
    visitor.get("/views")
    assert [(kind, facts["page"]) for kind, _, facts in told()] == [
        ("audit.seen", "audit.log"),
        ("audit.seen", "accounts.views"),
    ]


READ_OR_TAKEN_OUT = [
    ("admin", "/audit"),
    ("admin", "/views"),
    ("shanghai", "/persistency/export?kind=csv"),
    ("shanghai", "/scorecard/export"),
]
NOT_SHOWN = ["temporary password", "missing factor", "another role", "only asked"]


@pytest.mark.parametrize(("login", "path"), READ_OR_TAKEN_OUT)
@pytest.mark.parametrize("why", NOT_SHOWN)
def test_who_is_not_shown_a_page_has_not_seen_it(
    visit: Visit, space: Workspace, login: str, path: str, why: str
) -> None:
    visitor = visit("ops" if why == "another role" else login)
    if why == "temporary password":
        User.update(is_temporary=True).where(User.login == login).execute()
    if why == "missing factor":
        wanted = msgspec.structs.replace(space.settings.web, second_factor=(account(login).role,))
        space.settings = msgspec.structs.replace(space.settings, web=wanted)
    method = "OPTIONS" if why == "only asked" else "GET"
    answer = visitor.client.open(path, method=method, base_url=BASE)
    database.database.connect(reuse_if_open=True)
    expected = {"another role": 404, "only asked": 200}
    assert (answer.status_code, told()) == (expected.get(why, 303), [])


def test_a_file_that_cannot_be_had_is_not_told(visit: Visit) -> None:
    assert visit("shanghai").get("/persistency/export?to=1990-01").mimetype == "text/html"
    assert told() == []


def test_the_listing_is_the_latest_first_and_names_clients_by_the_number_of_today(
    space: Workspace,
) -> None:
    lin = cast.lin_wei()
    hour = datetime.timedelta(hours=1)
    audit_log.record("evidence.packed", NOW + hour, client_id=lin.id)
    audit_log.record("backup.written", NOW + 2 * hour)
    cast.change(lin, client_no="C002")
    first, second = audit_listing.lines(Wanted(since=NOW + hour, who="service"), 2)
    assert (first.kind, second.kind, second.client_no) == (
        "backup.written",
        "evidence.packed",
        "C002",
    )
    assert seals.verify(seals.LOG).findings == []
    assert User.select().count()


# ---------------------------------------------------------------------------- while others write


@pytest.mark.only_sqlite("PostgreSQL has many writers")
def test_a_list_is_kept_beside_the_database_and_brought_in_later(
    app: Flask, visit: Visit, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import contextlib
    import sqlite3
    from urllib.parse import urlsplit

    visitor = visit("chenyan")
    path = space.home / urlsplit(space.settings.servicing.database).path.lstrip("/")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE client SET name = name")
        assert visitor.get("/day").status_code == 200
        assert told() == []
        (kept,) = (space.home / "looks").iterdir()
        other.execute("ROLLBACK")
    said = kept.read_text()
    for _ in range(2):  # as if the process had died before it could remove the file
        (view,) = card_views.views(client_no="C001")
        assert (view.login, view.place, view.at) == ("chenyan", "my_day", NOW)
        ((kind, who, facts),) = told()
        assert (kind, who, facts["page"]) == ("list.seen", "chenyan", "my_day.day")
        assert not kept.exists()
        kept.write_text(said)


def test_a_page_that_cannot_be_told_is_not_shown(
    app: Flask, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = visit("chenyan")
    database.execute("DROP TABLE audit_entry")
    answer = visitor.get("/day")
    assert answer.status_code == 500 and "林伟" not in answer.text
