"""A client's card: who may look, what it shows, what a person writes on it."""

import datetime
import json

import pytest

from policies.models import Client, Policy, Relation
from servicing.core import card_views
from servicing.core.models import CardEntry, Message
from servicing.messages import suppressions
from servicing.operations.workspace import Workspace
from servicing.rights import erasing
from servicing.rights.erasing import Order
from servicing.web import app as pages
from servicing.web import lifeline
from tests import cast
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import Clock, Visitor, text_of

HOSTILE = "<script>alert(1)</script>{{ 7 * 7 }}{% raw %}=HYPERLINK('x')"


@pytest.mark.parametrize("login", ["chenyan", "team", "shanghai", "ops", "admin"])
def test_whose_client_it_is_sees_the_card_and_that_is_noted(visit: Visit, login: str) -> None:
    page = visit(login).get("/clients/C001")
    assert page.status_code == 200
    for told in ("林伟", "P001", "安心终身寿险", "12,000", "服务轨迹", "首月关怀"):
        assert told in text_of(page)
    assert [(each.login, each.client_no) for each in card_views.views()] == [(login, "C001")]


def test_it_says_since_when_a_policy_is_suspended(visit: Visit) -> None:
    visitor = visit("chenyan")
    assert "效力中止日" not in text_of(visitor.get("/clients/C001"))
    cast.change(cast.policy(), status="suspended", suspended_on=cast.day("2026-04-03"))
    assert "效力中止日 2026-04-03" in text_of(visitor.get("/clients/C001"))


@pytest.mark.parametrize("login", ["sunli", "beijing"])
def test_whose_client_it_is_not_is_told_that_there_is_none(visit: Visit, login: str) -> None:
    visitor = visit(login)
    unknown = visitor.get("/clients/C404")
    for path in ("", "/remarks", "/consent", "/family"):
        answer = visitor.post if path else visitor.get
        found = answer(f"/clients/C001{path}")
        assert (found.status_code, text_of(found)) == (404, text_of(unknown))
    assert [*card_views.views()] == []


def test_a_new_agent_takes_the_client_over_and_the_old_one_sees_him_no_more(visit: Visit) -> None:
    for policy in cast.lin_wei().policies:
        cast.change(policy, agent=cast.agent("A900"))
    assert visit("chenyan").get("/clients/C001").status_code == 404
    assert visit("sunli").get("/clients/C001").status_code == 200


def test_a_referred_client_of_another_unit_has_no_name(visit: Visit) -> None:
    cast.change(Client.get(client_no="C900"), referred_by="C001")
    words = text_of(visit("chenyan").get("/clients/C001"))
    assert "其他单位的客户 C900" in words and "周明" not in words
    assert "周明" in text_of(visit("ops").get("/clients/C001"))


def test_the_card_of_one_who_was_erased_tells_what_was_done_and_of_whom_nothing(
    visit: Visit,
) -> None:
    visitor = visit("ops")
    visitor.post("/clients/C001/remarks", kind="note", text="林伟要求删除")
    ended = {"status": "surrendered", "ended_on": cast.day("2025-01-01")}
    Policy.update(**ended).where(Policy.client == cast.lin_wei()).execute()
    Message.update(state="delivered").where(Message.state.in_(("sending", "unknown"))).execute()
    order = Order("PIPL 47(1)(3)", "ops", cast.day("2026-05-11"), cast.at("2026-05-11"))
    number = erasing.erase("C001", order).traces.numbers["C001"]
    assert visitor.get("/clients/C001").status_code == 404
    words = text_of(visitor.get(f"/clients/{number}"))
    assert number in words and "PIPL 47(1)(3)" in words and "个人信息已删除" in words
    assert "林伟" not in words and "555" not in words


@pytest.mark.parametrize("kind", ["note", "complaint"])
def test_what_is_written_stands_on_the_card_with_who_wrote_it(visit: Visit, kind: str) -> None:
    visitor = visit("chenyan")
    visitor.post("/clients/C001/remarks", kind=kind, text="要求更正地址")
    entry = CardEntry.get(CardEntry.kind == f"{kind}.written")
    assert json.loads(entry.facts) == {"text": "要求更正地址", "by": "chenyan"}
    assert "要求更正地址" in text_of(visitor.get("/clients/C001"))


@pytest.mark.parametrize("form", [{"kind": "note", "text": " "}, {"kind": "order", "text": "x"}])
def test_nothing_is_written_where_something_is_missing(visit: Visit, form: dict[str, str]) -> None:
    visit("chenyan").post("/clients/C001/remarks", **form)
    assert not CardEntry.select().where(CardEntry.kind.endswith(".written")).exists()


def test_consent_is_given_and_withdrawn_and_both_are_kept(visit: Visit) -> None:
    visitor = visit("chenyan")
    for consent in ("given", "given", "withdrawn", "withdrawn", "given"):
        visitor.post("/clients/C001/consent", consent=consent)
    kinds = [each.kind for each in CardEntry.select().where(CardEntry.kind.startswith("consent"))]
    assert kinds == ["consent.given", "consent.withdrawn", "consent.given"]
    client = cast.lin_wei()
    assert (client.marketing_consent, str(client.consent_on)) == (True, "2026-06-01")


OPT_OUTS: list[tuple[suppressions.Kind, str, str]] = [
    ("marketing", "C001", "unsubscribe link"),
    ("marketing", "C001", "operator"),
    ("marketing", "C001", "sunli"),
]
EVIDENCE = {"evidence": "form", "reference": "F-2026-118", "dated": "2026-06-01"}
REFUSED = ("客户自 2026-05-31 起已明确拒绝", "早于客户 2026-05-31 的拒绝", "2026-06-02 尚未到来")
INCOMPLETE: list[dict[str, str]] = [
    {},
    {**EVIDENCE, "evidence": ""},
    {**EVIDENCE, "reference": " "},
    {**EVIDENCE, "dated": ""},
    {**EVIDENCE, "dated": "2026-05-30"},
    {**EVIDENCE, "dated": "2026-06-02"},
]


@pytest.mark.parametrize("login", ["chenyan", "team", "ops"])
@pytest.mark.parametrize(("kind", "subject", "source"), OPT_OUTS)
def test_nobody_undoes_a_clients_own_refusal_without_evidence(
    visit: Visit, kind: suppressions.Kind, subject: str, source: str, login: str
) -> None:
    suppressions.suppress(kind, subject, "opted_out", source, cast.at("2026-05-31"))
    visitor = visit(login)
    for form in INCOMPLETE:
        visitor.post("/clients/C001/consent", consent="given", **form)
        page = text_of(visitor.get("/clients/C001"))
        assert "已记入客户卡" not in page and any(each in page for each in REFUSED)
        assert [each.subject for each in suppressions.listed()] == [subject]
    visitor.post("/clients/C001/consent", consent="given", **EVIDENCE)
    assert [*suppressions.listed()] == []
    shown = text_of(visit("team").get("/clients/C001?show=consent")).split("服务轨迹")[1]
    for told in ("签字书面", "F-2026-118", "凭证日期 2026-06-01", login):
        assert told in shown


def test_an_agent_opens_no_number_that_said_stop(visit: Visit) -> None:
    suppressions.suppress("sms", "+12025550111", "opted_out", "reply", cast.at("2026-05-31"))
    visit("chenyan").post("/clients/C001/consent", consent="given", **EVIDENCE)
    assert [each.of for each in suppressions.listed()] == ["sms"]


SENT_AGAIN = [
    # the same words again: by whom, of which kind, minutes later -> how many stand on the card
    ("chenyan", "note", 0, 1),
    ("chenyan", "note", 9, 1),
    ("chenyan", "note", 11, 2),
    ("chenyan", "complaint", 0, 2),
    ("team", "note", 0, 2),
]


@pytest.mark.parametrize(("login", "kind", "minutes", "count"), SENT_AGAIN)
def test_a_note_that_is_sent_again_stands_on_the_card_once(
    space: Workspace, login: str, kind: str, minutes: int, count: int
) -> None:
    """A second press, or an answer that came late."""
    clock = Clock()
    app = pages.create(space, clock)
    Visitor(app, "chenyan").post("/clients/C001/remarks", kind="note", text="喜欢早上来电")
    clock.now += datetime.timedelta(minutes=minutes)
    again = Visitor(app, login)
    for _ in range(2):
        again.post("/clients/C001/remarks", kind=kind, text="喜欢早上来电")
    written = CardEntry.select().where(CardEntry.kind.endswith(".written"))
    assert written.count() == count
    assert "只记一次" in text_of(again.get("/clients/C001"))


def test_other_words_are_another_note(visit: Visit) -> None:
    for text in ("喜欢早上来电", "喜欢下午来电"):
        visit("chenyan").post("/clients/C001/remarks", kind="note", text=text)
    assert CardEntry.select().where(CardEntry.kind == "note.written").count() == 2


def test_family_is_written_down_once(visit: Visit) -> None:
    visitor = visit("chenyan")
    for _ in range(2):
        visitor.post("/clients/C001/family", kin="spouse", name="王芳", note="生日十月")
    assert [(each.kind, each.name) for each in Relation.select()] == [("spouse", "王芳")]
    page = text_of(visitor.get("/clients/C001"))
    assert "配偶 ：王芳 · 生日十月" in page and "已在客户卡上，内容没有变化" in page


SAID_LATER = [
    # what is given of the same person the second time -> what stands then
    ({}, ("1990-11-05", "同住")),
    ({"birthday": "1990-11-06"}, ("1990-11-06", "同住")),
    ({"note": "搬家了"}, ("1990-11-05", "搬家了")),
    ({"birthday": "1990-11-06", "note": "搬家了"}, ("1990-11-06", "搬家了")),
    ({"birthday": "nonsense"}, ("1990-11-05", "同住")),
]


@pytest.mark.parametrize(("given", "stands"), SAID_LATER)
def test_what_is_given_of_one_who_is_there_is_taken_and_said(
    visit: Visit, given: dict[str, str], stands: tuple[str, str]
) -> None:
    visitor, who = visit("chenyan"), {"kin": "spouse", "name": "王芳"}
    visitor.post("/clients/C001/family", **who, birthday="1990-11-05", note="同住")
    visitor.post("/clients/C001/family", **who, **given)
    (found,) = Relation.select()
    assert (str(found.birthday), found.note) == stands
    page = text_of(visitor.get("/clients/C001"))
    is_other = stands != ("1990-11-05", "同住")
    assert ("已按您填写的更新" in page, "内容没有变化" in page) == (is_other, not is_other)
    assert ("更新了：" in page) is is_other and stands[0] in page


CALENDARS = [
    ({"birthday": "2025-07-30", "calendar": "lunar"}, "2025-07-30（农历闰六月初六）"),
    ({"birthday": "2025-07-30", "calendar": "solar"}, "子女 ：林小雨 · 2025-07-30"),
    ({"birthday": "2025-07-30"}, "子女 ：林小雨 · 2025-07-30"),
    ({"birthday": "2018-06-01", "died": "2025-09-01"}, "2018-06-01 · 2025-09-01 去世"),
]
"""What is given of a child, and what the card then says."""


@pytest.mark.parametrize(("given", "said"), CALENDARS)
def test_a_birthday_in_the_family_is_kept_by_either_calendar(
    visit: Visit, given: dict[str, str], said: str
) -> None:
    visitor = visit("chenyan")
    visitor.post("/clients/C001/family", kin="child", name="林小雨", **given)
    assert said in text_of(visitor.get("/clients/C001"))
    is_in_mourning = Client.get(client_no="C001").bereaved_until is not None
    assert is_in_mourning is ("died" in given)


def test_a_birth_that_is_still_to_come_is_refused_and_nothing_is_written(visit: Visit) -> None:
    visitor = visit("chenyan")
    for name in ("birthday", "died"):
        visitor.post("/clients/C001/family", kin="child", name="林小雨", **{name: "2099-01-01"})
        assert "尚未到来" in text_of(visitor.get("/clients/C001"))
    assert not list(Relation.select())


REFUSALS: list[tuple[suppressions.Kind, str, str, str]] = [
    ("marketing", "C001", "unsubscribe link", "起拒绝接收（邮件中的退订链接）"),
    ("marketing", "C001", "reply", "起拒绝接收（客户短信回复）"),
    ("marketing", "C001", "chenyan", "起拒绝接收（chenyan）"),
    ("sms", "+12025550111", "reply", "起该号码不再接收短信（客户短信回复）"),
    ("sms", "+12025550111", "twilio 21610", "起该号码不再接收短信（twilio 回执（21610））"),
    ("email", "lin@example.com", "unsubscribe link", "起该邮箱不再接收邮件（邮件中的退订链接）"),
]


@pytest.mark.parametrize(("kind", "subject", "source", "told"), REFUSALS)
def test_a_card_says_what_stands_against_writing_whatever_the_book_says(
    visit: Visit, kind: suppressions.Kind, subject: str, source: str, told: str
) -> None:
    said = {"marketing_consent": True, "consent_on": cast.day("2025-08-31")}
    cast.change(cast.lin_wei(), **said, email="Lin@example.com")
    suppressions.suppress(kind, subject, "opted_out", source, cast.at("2026-05-31"))
    for login in ("chenyan", "team", "ops"):
        page = text_of(visit(login).get("/clients/C001"))
        assert f"自 2026-05-31 {told}" in page
        assert ("同意接收 · 2025-08-31" in page) is (kind != "marketing")


def test_complaints_have_a_place_of_their_own_where_there_are_any(visit: Visit) -> None:
    visitor = visit("chenyan")
    assert "投诉" not in text_of(visitor.get("/clients/C001")).partition("保费日历")[0]
    visitor.post("/clients/C001/remarks", kind="complaint", text="两次没有回电")
    assert "投诉 2026-06-01 · 两次没有回电" in text_of(visitor.get("/clients/C001"))


def test_why_says_the_answer_before_the_chain(visit: Visit) -> None:
    for asked in ("touchpoint=month_1", "touchpoint=birthday", "touchpoint=news&on=2026-05-04"):
        page = visit("chenyan").get(f"/clients/C001/why?policy=P001&{asked}")
        assert page.status_code == 200
        answer, _, chain = text_of(page).partition("经过")
        assert len(answer.split("。")) > 1 and chain


def test_the_trail_is_filtered(visit: Visit) -> None:
    visitor = visit("chenyan")
    visitor.post("/clients/C001/remarks", kind="note", text="一条备注")
    tasks = text_of(visitor.get("/clients/C001?show=tasks")).split("服务轨迹")[1]
    messages = text_of(visitor.get("/clients/C001?show=messages")).split("服务轨迹")[1]
    assert "一条备注" in tasks and "一条备注" not in messages
    assert "待发送" in messages and "待发送" not in tasks


def test_what_is_hostile_is_shown_as_text(visit: Visit) -> None:
    cast.change(cast.lin_wei(), name=HOSTILE, email=f'"{HOSTILE}"@x.example')
    visitor = visit("chenyan")
    visitor.post("/clients/C001/remarks", kind="note", text=HOSTILE)
    for path in ("/clients/C001", "/day", "/clients?q=script"):
        page = visitor.get(path)
        assert "<script" not in page.text.replace('<script src="/static/', "")
        assert "49" not in page.text.split("<h1>")[1][:200]
        assert HOSTILE in text_of(page) or HOSTILE.split(">")[0] in page.text.replace("&lt;", "<")


FOUND = [
    ("chenyan", "林", ["C001"]),
    ("chenyan", "P00", ["C001"]),
    ("chenyan", "5550111", ["C001"]),
    ("chenyan", "周明", []),
    ("chenyan", "%", []),
    ("team", "C001", ["C001"]),
    ("team", "P002", ["C001"]),
    ("team", "+12025550111", ["C001"]),
    ("team", "林", ["C001"]),
    ("team", "linwei", ["C001"]),
    ("team", "zhou", []),
    ("ops", "周", ["C900"]),
    ("ops", "0119", ["C900"]),
    ("team", "C900", []),
    ("beijing", "P900", ["C900"]),
    ("ops", "P900", ["C900"]),
    ("ops", "", ["C001", "C900"]),
]


@pytest.mark.parametrize(("login", "text", "found"), FOUND)
def test_a_client_is_found_within_ones_part(
    visit: Visit, login: str, text: str, found: list[str]
) -> None:
    page = visit(login).get("/clients", query_string={"q": text})
    assert [no for no in ("C001", "C900") if f"/clients/{no}" in page.text] == found


def test_a_life_is_drawn_in_words_as_well(visit: Visit) -> None:
    page = visit("chenyan").get("/clients/C001")
    assert "保单 P001 自 2026-05-01 起的服务：已完成 0 次" in page.text


FATES = [
    ("planned", "planned"),
    ("delivered + done", "done"),
    ("delivered + missed", "missed"),
    ("suppressed + open", "open"),
    ("accepted", "done"),
    ("suppressed", "left"),
    ("", "left"),
]


@pytest.mark.parametrize(("state", "fate"), FATES)
def test_a_touchpoint_is_what_became_of_its_task(state: str, fate: str) -> None:
    assert lifeline.fate_of(state) == fate


def test_a_death_on_the_card_stops_everything_and_can_be_taken_back(visit: Visit) -> None:
    visitor, born = visit("chenyan"), cast.lin_wei().birthday

    def say(**form: str) -> str:
        visitor.post("/clients/C001/death", **form)
        return text_of(visitor.get("/clients/C001"))

    assert "请填写身故日期" in say(do="deceased", on="")
    page = say(do="deceased", on=str(born))
    assert f"身故日期 {born}" in page and "慰问家属，协助理赔" in page
    assert cast.lin_wei().deceased_on == born
    is_theirs = Message.client == cast.lin_wei()
    assert not Message.select().where(is_theirs & (Message.state == "queued")).exists()
    assert f"{born} → —" in say(do="alive")
    assert cast.lin_wei().deceased_on is None


def test_a_claim_that_asks_stands_above_all_else_with_both_answers(visit: Visit) -> None:
    cast.change(cast.lin_wei(), death_asked_on=cast.day("2026-05-08"))
    page = visit("chenyan").get("/clients/C001")
    assert "自 2026-05-08 起待核实客户是否身故" in text_of(page)
    assert ("记录客户身故" in text_of(page), "客户健在" in text_of(page)) == (True, True)
    assert "客户健在" not in text_of(visit("admin").get("/clients/C001"))


def test_a_family_member_who_is_a_client_is_linked_and_only_whom_one_may_see(visit: Visit) -> None:
    visitor = visit("shanghai")
    said = {"kin": "spouse", "name": "周明", "note": ""}
    assert visitor.post("/clients/C001/family", **said, kin_client_no="C900").status_code == 404
    assert not Relation.select().exists()
    cast.change(cast.policy("P900"), agent=cast.agent("A001"))
    visitor.post("/clients/C001/family", **said, kin_client_no="C900")
    assert [each.client_no for each in Relation.select()] == ["C900"]
    assert 'href="/clients/C900"' in visitor.get("/clients/C001").get_data(as_text=True)
