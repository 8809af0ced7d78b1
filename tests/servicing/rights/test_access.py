"""The answer to a client who asks what is known of them: all of it, and nothing of others."""

import datetime
import json
import zoneinfo

import peewee
import pytest

from policies.models import Client, Relation
from servicing.card import notes
from servicing.card.notes import Relative
from servicing.channels.memory import Memory
from servicing.core import audit_log, card_views, errors, trail
from servicing.core.account_models import User
from servicing.core.trail import Entry
from servicing.desk import tasks
from servicing.explain.evidence import Pack
from servicing.messages import suppressions
from servicing.rights import access
from servicing.rights.access import Request
from tests import cast
from tests.refusals import refuses
from tests.servicing import owed
from tests.servicing.dispatched import TEN, by, dispatch

Book = peewee.Database

pytestmark = cast.on_one

WALKER = cast.walker(owed.THREE_YEARS)
DAY = datetime.date(2025, 9, 30)
EVENING = cast.at(DAY, "20:00")
ASKED = Request("安心保险", "en", zoneinfo.ZoneInfo("Asia/Shanghai"), EVENING)

OTHERS = ["C900", "周明", "王芳", "李雷", "C500", "jing", "sun_li_login", "+12025550119", "调动"]
"""Whoever else stands on his card: family, referrer, referred, and people of the company."""


def user(login: str, role: str) -> User:
    known = {"password": "x", "session_key": login, "made_at": TEN}
    return User.create(login=login, name=f"{login} name", role=role, **known)


@pytest.fixture
def known(book: Book) -> Client:
    """Lin Wei after a day's work, with a family, a referrer and one he referred."""
    cast.everybody()
    zhou = Client.get(Client.client_no == "C900")
    cast.change(cast.lin_wei(), referred_by="C900")
    Client.create(client_no="C500", name="李雷", referred_by="C001")
    cast.walk_only(DAY, WALKER)
    dispatch(by(Memory()))
    tasks.done(cast.task("month_1").id, TEN, "周明也在 (C900)")
    lin = cast.lin_wei()
    jing, sun = user("jing", "manager"), user("sun_li_login", "agent")
    spouse = Relative("spouse", "王芳", datetime.date(1985, 5, 5), "教师")
    notes.add_relative(lin, spouse, "jing", TEN)
    notes.add_relative(lin, Relative("sibling", zhou.name, client_no="C900"), "jing", TEN)
    notes.remark(lin, "note", "王芳接的电话，号码 +12025550119", "sun_li_login", TEN)
    notes.consent(lin, False, "jing", TEN)
    suppressions.suppress("sms", lin.phone, "opted_out", "reply", TEN)
    moved = trail.facts(agent_no=["A000", "A001"], why="调动", by="jing", handed_on="2025-09-30")
    trail.write([Entry(lin.id, 1, None, "agent.changed", moved)], TEN)
    for who, at in ((jing, "09:00"), (jing, "23:30"), (sun, "10:00")):
        card_views.looked_at(who, lin.id, cast.at(DAY, at), DAY)
    card_views.looked_at(jing, lin.id, cast.at("2025-10-01", "00:30"), cast.day("2025-10-01"))
    for _ in range(2):
        card_views.saw(sun, ["C001", "C900"], "my_day", TEN, DAY, None)
    card_views.looked_at(sun, zhou.id, TEN, DAY)
    for whose in (lin, zhou):
        audit_log.record("card.seen", TEN, client_id=whose.id)
    audit_log.record("list.seen", TEN, clients=2)
    return lin


def told(pack: Pack) -> dict[str, str]:
    return {name: held.decode() for name, held in pack.items()}


def test_nobody_else_stands_in_it(known: Client) -> None:
    held = told(access.pack(WALKER, "C001", ASKED))
    found = {(name, other) for name, text in held.items() for other in OTHERS if other in text}
    assert found == set()


def test_all_of_the_client_stands_in_it(known: Client) -> None:
    held = told(access.pack(WALKER, "C001", ASKED))
    whole = "".join(held.values())
    for own in ("林伟", "+12025550111", "1984-02-29", "P001", "P003", "[…]也在", "陈燕"):
        assert own in whole
    card = json.loads(held["card.json"])
    assert card["family"] == [{"kin": "spouse"}, {"kin": "sibling"}]
    assert (card["referrals"], card["referred_by"]) == (1, True)
    assert sum(name.startswith("messages/") for name in held) == 3


def test_who_looked_is_told_by_role_place_and_day(known: Client) -> None:
    held = told(access.pack(WALKER, "C001", ASKED))
    assert json.loads(held["looks.json"]) == [
        {"on": "2025-09-30", "role": "agent", "place": "card", "times": 1},
        {"on": "2025-09-30", "role": "agent", "place": "my_day", "times": 1},
        {"on": "2025-09-30", "role": "manager", "place": "card", "times": 2},
        {"on": "2025-09-30", "role": "staff", "place": "command", "times": 1},
        {"on": "2025-10-01", "role": "manager", "place": "card", "times": 1},
    ]
    lines = json.loads(held["card.json"])["trail"]
    assert {line["facts"]["by"] for line in lines if "by" in line["facts"]} == {"manager", "agent"}


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ["article 45", "client C001", ": 6."]),
        ("zh_CN", ["第四十五条", "客户 C001", "：6。"]),
    ],
)
def test_it_says_what_it_is_in_each_language(known: Client, locale: str, words: list[str]) -> None:
    about = told(access.pack(WALKER, "C001", ASKED))[f"about.{locale}.txt"]
    assert all(word in about for word in [*words, "安心保险", "memory"]), about


def test_what_a_family_shares_is_the_clients_own(known: Client) -> None:
    Client.update(phone="+12025550111", name="林伟").where(Client.client_no == "C900").execute()
    Relation.update(name="林伟").where(Relation.name == "周明").execute()
    card = json.loads(access.pack(WALKER, "C001", ASKED)["card.json"])
    assert (card["name"], card["phone"]) == ("林伟", "+12025550111")


def test_nobody_is_told_of_nobody(known: Client) -> None:
    with refuses(errors.ClientNotFound, match="C404"):
        access.pack(WALKER, "C404", ASKED)
