"""Referrals on the pages: the card, the day, the list, and a lead from its name to its end."""

from policies.models import Policy
from servicing.core.lead_models import Lead, ReferralAsk
from servicing.core.models import Task
from servicing.desk import tasks
from tests import cast
from tests.servicing.leads.named import ask, named
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, text_of

TODAY = NOW.date()
PHONE = "+12025550142"


def test_a_client_is_asked_on_the_card_and_names_a_friend(visit: Visit) -> None:
    agent = visit("chenyan")
    assert "犹豫期内，至 2026-06-30" in text_of(agent.get("/leads/of/C001"))
    Policy.update(delivered_on="2026-05-02").execute()
    assert "愿意推荐" in text_of(agent.get("/leads/of/C001"))
    agent.post("/leads/of/C001/ask", answer="yes")
    asked = ReferralAsk.get()
    assert (asked.asked_by, asked.agent_id) == ("chenyan", cast.agent().id)
    page = text_of(agent.get("/leads/of/C001"))
    assert "2026-11-28 之后才可再次询问" in page and "愿意推荐" not in page
    agent.post("/leads/of/C001/names", name="Ada Example", reach=PHONE)
    lead = Lead.get()
    assert (lead.ask_id, lead.reach, lead.state) == (asked.id, PHONE, "new")
    assert "Ada Example" in text_of(agent.get("/leads/of/C001"))
    trail = [line for line in cast.trail_of(cast.lin_wei()) if line.startswith("lead.")]
    assert trail == ["lead.asked_for", "lead.named"]


def test_a_lead_goes_its_way_on_its_page(visit: Visit) -> None:
    agent, lead = visit("chenyan"), named(cast.lin_wei(), given_on=TODAY, until="2026-07-01")
    at = f"/leads/{lead.id}"
    page = agent.get(at).text
    assert f"tel:{PHONE}" not in page and "请勿联系" in page
    assert agent.post(at, do="contact").status_code == 400
    agent.post(at, do="consent", how="call", birthday="1990-05-06")
    assert f"tel:{PHONE}" in agent.get(at).text
    agent.post(at, do="meet")
    assert Lead.get().state == "met"
    assert agent.post(at, do="win", client="C900").status_code == 404  # another agent's client
    assert agent.post(at, do="lose", reason="").status_code == 400
    agent.post(at, do="forget")
    found = Lead.get()
    assert (found.state, found.name, found.reach, found.birthday) == ("no_consent", "", "", None)
    assert "Ada Example" not in agent.get(at).text


def test_the_day_leads_to_the_friends_whose_time_is_short(visit: Visit) -> None:
    named(cast.lin_wei(), given_on=TODAY, until="2026-06-03")
    for login, sees in (("chenyan", True), ("sunli", False)):
        page = text_of(visit(login).get("/leads"))
        assert ("Ada Example" in page, "还剩 2 天" in page) == (sees, sees)
        assert 'href="/leads"' in visit(login).get("/day").text


def test_a_manager_reads_the_funnel_of_the_unit(visit: Visit) -> None:
    people = cast.agent(), cast.agent("A900")
    for each in people:
        named(cast.lin_wei(), "won", ask=ask(cast.lin_wei(), TODAY, each))
    for login, sees in (("shanghai", ("陈燕", "100.0 %")), ("beijing", ("孙丽", "100.0 %"))):
        page = text_of(visit(login).get("/leads"))
        assert all(each in page for each in sees)
        assert ("陈燕" in page, "孙丽" in page) == (login == "shanghai", login == "beijing")
    empty = text_of(visit("shanghai").get("/leads?from=2025-01-01&to=2025-02-01"))
    assert "没有询问记录" in empty
    assert visit("shanghai").get("/leads?from=2026-02-01&to=2026-01-01").status_code == 303


def test_whoever_was_called_lately_may_be_asked(visit: Visit) -> None:
    Policy.update(delivered_on="2026-05-02").execute()
    agent = visit("chenyan")
    assert "近期服务过" in text_of(agent.get("/leads")) and "林伟" not in agent.get("/leads").text
    task = Task.select().where(Task.client == cast.lin_wei()).first()
    tasks.done(task.id, NOW, "", "spoke")
    assert 'href="/leads/of/C001"' in agent.get("/leads").text
    ask(cast.lin_wei(), TODAY)
    assert 'href="/leads/of/C001"' not in agent.get("/leads").text


def test_operations_see_no_friend(visit: Visit) -> None:
    named(cast.lin_wei(), given_on=TODAY, until="2026-07-01")
    for login in ("ops", "admin"):
        assert "Ada Example" not in visit(login).get("/clients/C001").text
        assert visit(login).get("/leads/of/C001").status_code == 404


def test_whoever_may_see_the_client_and_friends_at_all_sees_a_lead(visit: Visit) -> None:
    lead = named(cast.lin_wei(), given_on=TODAY, until="2026-07-01")
    may = {
        login: visit(login).get(f"/leads/{lead.id}").status_code
        for login in ("chenyan", "sunli", "team", "shanghai", "beijing", "ops", "admin")
    }
    assert may == {
        **{"chenyan": 200, "team": 200, "shanghai": 200},
        **{"sunli": 404, "beijing": 404, "ops": 404, "admin": 404},
    }
    assert visit("sunli").post(f"/leads/{lead.id}", do="forget").status_code == 404
    assert Lead.get().is_open
