"""What a change would do to the coming days: exactly what it then does, and nothing is written."""

import dataclasses
import datetime
from pathlib import Path
from typing import Any

import msgspec
import peewee
import pytest

from policies import database
from policies.importing.importer import BookFile
from policies.plan import Plan
from servicing.core import errors
from servicing.core.settings import Settings, Sms
from servicing.messages.templates import Composer
from servicing.operations import imports, rollout
from servicing.operations.imports import ImportRequest
from servicing.operations.workspace import Workspace
from servicing.projections import compare
from servicing.projections.compare import Difference, Example
from servicing.schedule.materialize import Walker
from tests import cast
from tests.refusals import refuses
from tests.servicing import books, owed
from tests.servicing.look_ahead import LAST, TODAY, WALKER, a_messy_book, foreseen

NOW = cast.at(TODAY)


def with_due(plan: Plan, key: str, **step: Any) -> Plan:
    """The plan with another offset for one touchpoint."""
    return msgspec.structs.replace(
        plan,
        digest="edited",
        touchpoints=tuple(
            msgspec.structs.replace(each, due=(msgspec.structs.replace(each.due[0], **step),))
            if each.id == key
            else each
            for each in plan.touchpoints
        ),
    )


def of_plans(after: Plan) -> Difference:
    return compare.of_walkers(WALKER, cast.walker(after), TODAY, LAST)


def counted(found: Difference) -> dict[str, dict[str, int]]:
    return {kind: dict(counts) for kind, counts in found.changed.items() if counts}


def done(walker: Walker) -> dict[tuple[str, str, str], datetime.date]:
    """By touchpoint, client and policy: the day on which something is done in the coming days."""
    found = {}
    for key, client, policy, due_on, _, message, _, task, show_on, _ in foreseen(
        walker, TODAY, LAST
    ):
        if message == "queued" or task == "open":
            found[key, client, policy] = due_on if message == "queued" else show_on
    return found


@cast.on_one
def test_no_change_is_no_difference(book: peewee.Database, tmp_path: Path) -> None:
    a_messy_book(tmp_path, 60)
    found = of_plans(owed.THREE_YEARS)
    assert (found.count, found.examples) == (0, [])
    assert found.before == found.after and found.before.messages > 20


@cast.on_one
def test_half_the_months_move_exactly_whom_they_move(book: peewee.Database, tmp_path: Path) -> None:
    """month_4 after 2 months: who is older is left out, who is younger gets it earlier."""
    a_messy_book(tmp_path, 200)
    halved = with_due(owed.THREE_YEARS, "month_4", months=2)
    before, after = done(WALKER), done(cast.walker(halved))
    found = of_plans(halved)
    assert counted(found) == {
        "fewer": {"month_4": len(before.keys() - after.keys())},
        "earlier": {"month_4": len(after.keys() - before.keys())},
    }
    assert found.too_late == len(before.keys() - after.keys())
    moved = {("month_4", each.client_no, each.policy_no) for each in found.examples}
    assert moved <= before.keys() ^ after.keys()
    for each in found.examples:
        if each.kind == "earlier":
            assert each.before_on and each.after_on and each.before_on > LAST >= each.after_on
            months = (each.before_on.year - each.after_on.year) * 12
            assert months + each.before_on.month - each.after_on.month in (2, 3)


CHANGES = [
    (
        {"months": 5},
        Example("later", "month_4", "C001", "P001", "2026-06-01", "2026-07-01", "sms+task", ""),
    ),
    (
        {"months": 3},
        Example("fewer", "month_4", "C001", "P001", "2026-06-01", None, "sms+task", ""),
    ),
    (
        {"months": None, "days": 127},
        Example(
            *("later", "month_4", "C001", "P001", "2026-06-01", "2026-06-08"),
            *("sms+task", "sms+task"),
        ),
    ),
    (
        {"months": None, "days": 116},
        Example(
            *("earlier", "month_4", "C001", "P001", "2026-06-01", "2026-05-28"),
            *("sms+task", "sms+task"),
        ),
    ),
    (
        {"owner": "message"},
        Example(
            *("otherwise", "month_4", "C001", "P001", "2026-06-01", "2026-06-01"),
            *("sms+task", "sms"),
        ),
    ),
]


@cast.on_one
@pytest.mark.parametrize(("step", "example"), CHANGES, ids=[str(step) for step, _ in CHANGES])
def test_each_kind_of_change_has_its_name(
    book: peewee.Database, step: dict[str, Any], example: Example
) -> None:
    cast.everybody(issued="2026-02-01", served_from=TODAY)
    found = of_plans(with_due(owed.THREE_YEARS, "month_4", **step))
    (first, *rest) = found.examples
    told = {
        name: str(day) if isinstance(day, datetime.date) else day
        for name, day in vars(first).items()
    }
    assert told == vars(example)
    assert [each.kind for each in rest] == [example.kind] * 3
    assert counted(found) == {example.kind: {"month_4": 4}}


EDGES: list[tuple[str, int, dict[str, Any], tuple[str, str | None, str | None, int]]] = [
    # issued, month_4 after so many days, the facts; the kind, before, after, and how many too late
    ("2026-02-01", 113, {}, ("earlier", "2026-06-01", "2026-05-25", 0)),
    ("2026-02-01", 142, {}, ("later", "2026-06-01", "2026-06-23", 0)),
    ("2026-02-01", 143, {}, ("later", "2026-06-01", "2026-06-24", 0)),
    ("2026-02-24", 91, {}, ("earlier", "2026-06-24", "2026-05-26", 0)),
    # on the last day nothing is done any more: the policy ends on it
    ("2026-02-01", 142, {"ended_on": "2026-06-23"}, ("fewer", "2026-06-01", None, 0)),
    ("2026-02-23", 92, {"ended_on": "2026-06-23"}, ("more", None, "2026-05-26", 0)),
    # today nothing is done yet: it is served from tomorrow on; yesterday is over
    ("2026-02-01", 113, {"served_from": "2026-05-26"}, ("fewer", "2026-06-01", None, 0)),
    ("2026-02-01", 112, {"served_from": "2026-05-26"}, ("fewer", "2026-06-01", None, 4)),
]


@cast.on_one
@pytest.mark.parametrize(("issued", "days", "facts", "moved"), EDGES)
def test_the_first_and_the_last_day_are_looked_at_and_what_lies_around_them_is_not(
    book: peewee.Database,
    issued: str,
    days: int,
    facts: dict[str, Any],
    moved: tuple[str, str | None, str | None, int],
) -> None:
    """The days are 25 May to 23 June."""
    cast.everybody(issued=issued, **{"served_from": TODAY, **facts})
    found = of_plans(with_due(owed.THREE_YEARS, "month_4", months=None, days=days))
    kind, before_on, after_on, too_late = moved
    told = {(each.kind, each.before_on, each.after_on) for each in found.examples}
    assert told == {(kind, cast.maybe_day(before_on), cast.maybe_day(after_on))}
    assert counted(found) == {kind: {"month_4": 4}}
    assert found.too_late == too_late


@cast.on_one
@pytest.mark.parametrize(("days", "kind"), [(119, "earlier"), (120, None), (121, "later")])
def test_a_message_that_moves_by_a_day_is_moved_either_way(
    book: peewee.Database, days: int, kind: str | None
) -> None:
    """There is no task that would move with it."""
    cast.everybody(issued="2026-02-01", served_from=TODAY)
    alone = with_due(owed.THREE_YEARS, "month_4", owner="message")
    after = with_due(alone, "month_4", months=None, days=days)
    found = compare.of_walkers(cast.walker(alone), cast.walker(after), TODAY, LAST)
    assert counted(found) == ({kind: {"month_4": 4}} if kind else {})


def test_a_touchpoint_that_is_dropped_is_had_no_longer(book: peewee.Database) -> None:
    cast.everybody(issued="2026-02-01", served_from=TODAY)
    plan = owed.THREE_YEARS
    without = tuple(each for each in plan.touchpoints if each.id != "month_4")
    found = of_plans(msgspec.structs.replace(plan, touchpoints=without, digest="edited"))
    assert counted(found) == {"fewer": {"month_4": 4}}
    assert (found.before.sms - found.after.sms, found.too_late) == (4, 0)


@cast.on_one
def test_other_words_change_the_texts_that_have_them(book: peewee.Database, tmp_path: Path) -> None:
    """English words are changed: of the two who are written to, one reads English."""
    everybody = cast.everybody(issued="2026-05-01", served_from=TODAY)
    cast.change(everybody.lin_wei, language="en")
    (tmp_path / "en").mkdir()
    text = "[{{ company }}] " + "Dear {{ salutation }}, how are you? " * 10
    (tmp_path / "en" / "month_1.sms.txt").write_text(text, "utf-8")
    composer = Composer(tmp_path, Settings().servicing, None, tmp_path)
    after = dataclasses.replace(WALKER, composer=composer)
    found = compare.of_walkers(WALKER, after, TODAY, LAST, price_per_part=0.05)
    assert counted(found) == {"otherwise": {"month_1": 3}}
    assert {each.client_no for each in found.examples} == {"C001"}
    assert found.after.parts > found.before.parts
    assert found.after.cost and found.before.cost and found.after.cost > found.before.cost


# --- An import ----------------------------------------------------------------------------------


TABLES = ("policy", "client", "agent", "premium", "book_import", "touchpoint", "card_entry")


def rows() -> dict[str, int]:
    return {each: database.execute(f"SELECT COUNT(*) FROM {each}").fetchone()[0] for each in TABLES}


def dry_run(space: Workspace, *some: dict[str, Any]) -> Difference:
    """The same file, looked at; then it is taken in."""
    path = space.home / "looked-at.csv"
    header = list(some[0])
    lines = [",".join(header), *(",".join(str(row[name]) for name in header) for row in some)]
    path.write_text("\n".join(lines), "utf-8")
    request = ImportRequest(BookFile(path), TODAY, dry_run=True, looks_ahead=True)
    taken = imports.take_in(space, request, NOW)
    assert not taken.refused and taken.difference
    return taken.difference


@cast.on_one
def test_an_import_is_looked_at_before_anything_is_written(workspace: Workspace) -> None:
    cast.everybody(issued="2026-05-01", served_from=TODAY)
    before = rows()
    new = books.row("P777", issue_date="2026-02-10", client_no="C777", client_name="新人")
    new = {**new, "phone": "+12025550177"}
    ended = {**books.row("P001", issue_date="2026-05-01"), "phone": "+12025550111"}
    found = dry_run(workspace, new, ended)
    assert rows() == before
    assert found.changed["more"] == {"month_4": 1}
    (example,) = [each for each in found.examples if each.kind == "more"]
    assert (example.client_no, example.policy_no, str(example.after_on)) == (
        *("C777", "P777"),
        "2026-06-10",
    )


@cast.on_one
def test_what_an_import_ends_is_had_no_longer(workspace: Workspace) -> None:
    cast.everybody(issued="2026-05-01", served_from=TODAY)
    ended = books.row("P001", issue_date="2026-05-01", status="surrendered", ended_on=TODAY)
    found = dry_run(workspace, ended)
    assert counted(found) == {"fewer": {"month_1": 1}}


# --- Putting it in place ------------------------------------------------------------------------


def test_a_plan_that_is_replaced_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    shipped = cast.STANDARD.read_text("utf-8")
    new.write_text(shipped.replace("{ months = 4 }", "{ months = 5 }"), "utf-8")
    own = rollout.use_plan(workspace, new)
    assert own.read_bytes() == new.read_bytes()
    (tmp_path / "newer.toml").write_text(shipped, "utf-8")
    again = Workspace(workspace.home, workspace.settings)
    digest = again.plan.digest
    rollout.use_plan(again, tmp_path / "newer.toml")
    assert (own.parent / "past" / f"standard@{digest}.toml").read_bytes() == new.read_bytes()


def test_texts_that_are_replaced_are_kept(workspace: Workspace, tmp_path: Path) -> None:
    for number in (1, 2):
        folder = tmp_path / str(number) / "zh_CN"
        folder.mkdir(parents=True)
        (folder / "month_1.sms.txt").write_text(f"【{{{{ company }}}}】{number}", "utf-8")
        assert rollout.use_templates(workspace, folder.parent) == 1
    templates = workspace.home / "templates"
    assert (templates / "messages" / "zh_CN" / "month_1.sms.txt").read_text("utf-8")[-1] == "2"
    (past,) = (templates / "past" / "zh_CN").iterdir()
    assert past.read_text("utf-8")[-1] == "1"


def test_texts_that_no_provider_would_carry_are_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Twilio takes 1,600 characters."""
    twilio = msgspec.structs.replace(
        workspace.settings,
        channels=msgspec.structs.replace(workspace.settings.channels, sms=Sms(default="twilio")),
    )
    (tmp_path / "new" / "zh_CN").mkdir(parents=True)
    text = "【{{ company }}】" + "很长的消息。" * 300
    (tmp_path / "new" / "zh_CN" / "month_1.sms.txt").write_text(text, "utf-8")
    with refuses(errors.BadPlan, match="twilio takes 1600 at most"):
        rollout.with_templates(Workspace(workspace.home, twilio), tmp_path / "new", NOW)
