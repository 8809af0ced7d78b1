"""How satisfied clients are, on a page: who sees what, from how many answers on, and at what cost."""

import datetime

import pytest

from policies import database
from policies.models import Policy
from servicing.core.models import Message
from servicing.core.survey_models import SurveyAnswer, SurveyInvitation
from tests import cast
from tests.servicing.leads.named import named
from tests.servicing.web.conftest import Visit
from tests.servicing.web.desk_work import give, of_the_desk
from tests.servicing.web.visits import MOST_STATEMENTS, NOW, statements, text_of

ON = NOW.date() - datetime.timedelta(days=20)


def answered(policy_no: str, *scores: int) -> None:
    """The client of a policy was asked so often, and answered."""
    of = cast.policy(policy_no)
    message = Message.select().order_by(Message.id).first()
    Message.update(state="delivered").where(Message.id == message.id).execute()
    with database.database.atomic():
        for score in scores:
            number = 10_000 + SurveyInvitation.select().count()
            asked = SurveyInvitation.create(
                message_id=message.id,
                touchpoint_id=number,
                client=of.client,
                policy=of,
                agent=of.agent,
                figure="csat",
                edition="csat@1",
                is_again=False,
                channel="sms",
                invited_on=ON,
                open_until=ON + datetime.timedelta(days=14),
            )
            facts = {"score": score, "answered_at": NOW, "channel": "sms", "fate": "counted"}
            SurveyAnswer.create(invitation=asked, **facts)


@pytest.mark.parametrize(("count", "is_shown"), [(0, False), (9, False), (10, True)])
def test_an_agent_sees_her_figures_from_ten_answers_on(
    visit: Visit, count: int, is_shown: bool
) -> None:
    answered("P001", *[5] * count)
    text = text_of(visit("chenyan").get("/satisfaction"))
    assert ("100.0 %" in text) == is_shown
    assert (f"有 {count} 人作答" in text) != is_shown


def test_she_sees_nobody_else_s(visit: Visit) -> None:
    answered("P900", *[5] * 12)
    assert "100.0 %" not in text_of(visit("chenyan").get("/satisfaction"))
    assert visit("chenyan").get("/satisfaction?agent=A900").status_code == 404


def test_a_manager_sees_the_part_with_intervals_and_too_few(visit: Visit) -> None:
    answered("P001", 5, 5, 4, 1)
    answered("P900", *[1] * 40)
    text = text_of(visit("team").get("/satisfaction"))
    assert "75.0 %" in text and "30.1 – 95.4" in text and "样本不足" in text
    assert "A001" in text and "A900" not in text


def test_the_administrator_sees_all_in_english(visit: Visit) -> None:
    answered("P001", 5, 5, 4, 1)
    visitor = visit("admin")
    visitor.post("/language", locale="en", next="/satisfaction")
    text = text_of(visitor.get("/satisfaction?by=agent"))
    assert "The five measures" in text and "too few" in text


def test_closing_is_of_the_leads_of_the_reader_s_part(visit: Visit) -> None:
    chen, sun = (cast.policy(each).agent for each in ("P001", "P900"))
    for state, agent in (("won", chen), *[("lost", chen)] * 2, *[("won", sun)] * 2):
        named(cast.lin_wei(), state, agent=agent, ended_on=ON)
    answered("P001", *[3] * 10)
    assert [
        "33.3 %" in text_of(visit(each).get("/satisfaction")) for each in ("chenyan", "team")
    ] == [
        True,
        True,
    ]
    assert "60.0 %" in text_of(visit("admin").get("/satisfaction"))


def test_it_asks_the_database_little(visit: Visit) -> None:
    answered("P001", 5, 5, 4, 1)
    visitor = visit("shanghai")
    with statements() as told:
        visitor.get("/satisfaction")
    assert len(told) <= MOST_STATEMENTS


LAST = "最近一次满意度评价：CSAT {score} 分（满分 5 分）"


@pytest.mark.parametrize(
    ("scores", "told"),
    [((4,), 4), ((4, 3), 3), ((3,), 3), ((2,), None), ((5, 1), None), ((), None)],
)
def test_a_call_shows_the_last_answer_and_none_for_which_somebody_had_to_call(
    visit: Visit, scores: tuple[int, ...], told: int | None
) -> None:
    answered("P001", *scores)
    visitor = visit("chenyan")
    visitor.get("/day")
    with statements() as asked:
        page = text_of(visitor.get("/day/C001"))
    assert len(asked) <= MOST_STATEMENTS
    assert ("最近一次满意度评价" in page) == (told is not None)
    assert told is None or LAST.format(score=told) in page


def test_what_is_about_a_colleague_s_policy_she_is_not_told(visit: Visit) -> None:
    answered("P001", 5)
    sun = cast.policy("P900").agent_id
    Policy.update(agent=sun).where(Policy.policy_no == "P001").execute()
    assert "最近一次满意度评价" not in text_of(visit("chenyan").get("/day/C001"))


def test_a_desk_is_told_whatever_it_is(visit: Visit) -> None:
    task = give("P001")
    of_the_desk("mei")
    answered("P001", 5, 1)
    visitor = visit("mei")
    visitor.get("/desks/tasks")
    with statements() as asked:
        page = text_of(visitor.get(f"/desks/tasks/{task.id}"))
    assert LAST.format(score=1) in page and len(asked) <= MOST_STATEMENTS
