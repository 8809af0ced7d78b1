"""The calendar that an agent's phone subscribes to: its secret address, its language, its events."""

import datetime
import re

import icalendar
import pytest

from policies.models import Policy
from servicing.core import accounts, card_views
from servicing.core.account_models import User
from servicing.core.case_models import Case
from servicing.core.models import Task
from servicing.desk import tasks
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.cases.opened import complaint, done
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, Visitor, account, made_feed, text_of


def events(visit: Visit, secret: str, language: str = "") -> dict[str, tuple[str, str]]:
    """By UID: what is to be done, and when."""
    headers = {"Accept-Language": language} if language else {}
    answer = visit().get(f"/calendar/{secret}.ics", headers=headers)
    assert answer.status_code == 200
    found = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    told = {str(each["uid"]): (str(each["summary"]), str(each["dtstart"].dt)) for each in found}
    assert len(told) == len(found), "no two events have the same name"
    return told


def test_it_has_a_secret_address_that_can_be_ended(visit: Visit) -> None:
    visitor = visit("chenyan")
    path = made_feed(visitor)
    feed = icalendar.Calendar.from_ical(visit().get(path).data)
    told = {(str(each["summary"]), str(each["dtstart"].dt)) for each in feed.walk("VEVENT")}
    assert ("林伟 · 首月关怀", "2026-06-01") in told
    another = made_feed(visitor)
    assert visit().get(path).status_code == 404, "a new address ends the old one"
    visitor.post("/account/feed", end="1")
    assert visit().get(another).status_code == 404
    assert User.get(login="chenyan").feed_digest == ""


def test_a_new_address_is_shown_once_and_a_reload_ends_nothing(visit: Visit) -> None:
    visitor = visit("chenyan")
    answer = visitor.post("/account/feed")
    assert (answer.status_code, answer.location) == (303, "/account?shown=feed#feed-new")
    page = visitor.get("/account?shown=feed").text
    path = re.findall('readonly value="https://localhost([^"]+)"', page)[0]
    assert f'href="webcal://localhost{path}"' in page, "a phone subscribes by one tap"
    for _ in range(2):
        assert "readonly value" not in visitor.get("/account?shown=feed").text
        assert visit().get(path).status_code == 200


def test_the_answer_that_shows_it_is_not_compressed(visit: Visit) -> None:
    visitor = visit("chenyan")
    where = visitor.post("/account/feed").location
    assert "readonly value" not in visitor.get("/account").text, "that page may be compressed"
    page = visitor.get(where, headers={"Accept-Encoding": "gzip"})
    assert "readonly value" in page.text and "Content-Encoding" not in page.headers


def test_the_calendar_of_somebody_disabled_is_empty_of_everything(visit: Visit) -> None:
    secret = accounts.new_feed(visit("chenyan") and User.get(login="chenyan"))
    accounts.set_disabled(User.get(login="chenyan"), True, NOW)
    assert visit().get(f"/calendar/{secret}.ics").status_code == 404
    assert NOW.utcoffset()


@pytest.mark.parametrize(
    ("own", "asked", "told"),
    [
        ("en", "", "First-month care"),
        ("en", "zh-CN", "First-month care"),
        ("zh_CN", "en", "首月关怀"),
        ("", "en", "首月关怀"),
    ],
)
def test_it_speaks_the_language_of_the_account(
    visit: Visit, space: Workspace, own: str, asked: str, told: str
) -> None:
    """A calendar app is no browser, and the book's language is that of clients."""
    user = account("chenyan")
    accounts.set_locale(user, own)
    title = cast_title(space, own or "zh_CN")
    summaries = [summary for summary, _ in events(visit, accounts.new_feed(user), asked).values()]
    assert f"林伟 · {title}" in summaries


def cast_title(space: Workspace, locale: str) -> str:
    return tasks.title(space.plan, "month_1", locale)


def test_who_never_chose_a_language_has_that_of_the_page_on_which_it_was_made(
    visit: Visit,
) -> None:
    visitor = visit("chenyan")
    token = visitor.token()
    headers = {"Referer": "https://localhost", "Accept-Language": "en"}
    visitor.client.post(
        "/account/feed", base_url="https://localhost", headers=headers, data={"csrf_token": token}
    )
    visitor.get("/account")
    assert User.get(login="chenyan").locale == "en"


def test_an_event_keeps_its_name_from_the_plan_to_the_task_and_later(
    visit: Visit, space: Workspace
) -> None:
    """Planned, on the list, postponed, with another agent: a calendar moves it and makes no second."""
    cast.give_policy(cast.lin_wei(), "P006", "2026-05-05")
    secret = accounts.new_feed(account("chenyan"))
    planned = events(visit, secret)
    name = next(uid for uid in planned if "month_1-P006" in uid)
    for day in ("2026-06-02", "2026-06-03", "2026-06-04", "2026-06-05"):
        cast.walk_only(day, space)
    assert set(planned) == set(events(visit, secret)), "they are tasks now"
    task = cast.task("month_1", "P006")
    tasks.postpone(
        task.id, datetime.date(2026, 6, 8), datetime.date(2026, 6, 1), NOW, windows=cast.windows()
    )
    assert events(visit, secret)[name][1] == "2026-06-08"
    other = cast.agent("A900")
    Policy.update(agent=other).where(Policy.policy_no == "P006").execute()
    assert name not in events(visit, secret)
    assert events(visit, accounts.new_feed(account("sunli")))[name][1] == "2026-06-08"


def test_two_replies_of_a_day_are_two_events(visit: Visit) -> None:
    first = cast.task("month_1", "P001")
    kept = {name: getattr(first, name) for name in ("policy", "client", "due_on", "show_on")}
    for words in ("call me", "tomorrow"):
        Task.create(
            **kept,
            touchpoint=None,
            closes_on=first.closes_on,
            state="open",
            reason="reply",
            note=words,
        )
    told = events(visit, accounts.new_feed(account("chenyan")))
    assert len([uid for uid in told if uid.startswith("reply-")]) == 2


def test_its_page_says_what_the_address_is(visit: Visit) -> None:
    visitor: Visitor = visit("chenyan")
    assert "保密地址" in text_of(visitor.get("/account"))


# --- Cases ----------------------------------------------------------------------------------------


@pytest.fixture
def case(space: Workspace) -> Case:
    """A complaint of Lin Wei's that operations has taken; it is due on 10 June."""
    made = complaint("2026-05-26", on=space.ground)
    Case.update(owner="ops").where(Case.id == made.id).execute()
    return made


def test_a_case_stands_on_its_due_day_for_whoever_has_it(visit: Visit, case: Case) -> None:
    secret = accounts.new_feed(account("ops"))
    assert events(visit, secret) == {f"case-{case.id}@servicing": ("林伟 · 投诉", "2026-06-10")}
    tasks_of = events(visit, accounts.new_feed(account("chenyan")))
    assert not [uid for uid in tasks_of if uid.startswith("case-")]


def test_it_stands_beside_the_tasks_of_an_agent_who_has_it(visit: Visit, case: Case) -> None:
    before = events(visit, accounts.new_feed(account("chenyan")))
    Case.update(owner="chenyan").execute()
    found = events(visit, accounts.new_feed(account("chenyan")))
    assert before and set(found) - set(before) == {f"case-{case.id}@servicing"}


def test_another_day_moves_the_event_of_a_case_and_its_end_takes_it_away(
    visit: Visit, case: Case
) -> None:
    secret = accounts.new_feed(account("ops"))
    Case.update(due_on=datetime.date(2026, 7, 10)).execute()
    assert [on for _, on in events(visit, secret).values()] == ["2026-07-10"]
    Case.update(due_on=datetime.date(2026, 5, 28)).execute()
    assert [on for _, on in events(visit, secret).values()] == ["2026-06-01"], "what is overdue"
    done(case, "withdraw", on="2026-05-30")
    assert events(visit, secret) == {}


def test_a_case_that_went_up_stands_with_whom_it_went_to(visit: Visit, case: Case) -> None:
    Case.update(escalated_to="team").execute()
    for login in ("team", "ops"):
        assert list(events(visit, accounts.new_feed(account(login)))) == [
            f"case-{case.id}@servicing"
        ]


def test_no_calendar_has_a_case_about_its_reader_or_a_superior(visit: Visit, case: Case) -> None:
    Case.update(owner="chenyan", about=cast.agent()).execute()
    assert f"case-{case.id}@servicing" not in events(visit, accounts.new_feed(account("chenyan")))
    Case.update(owner="team", about=None, about_login="team").execute()
    assert events(visit, accounts.new_feed(account("team"))) == {}
    Case.update(owner="chenyan").execute()
    assert f"case-{case.id}@servicing" not in events(visit, accounts.new_feed(account("chenyan")))


def test_a_case_is_named_in_the_readers_language_and_one_of_nobody_by_its_number(
    visit: Visit, case: Case
) -> None:
    user = account("ops")
    accounts.set_locale(user, "en")
    secret = accounts.new_feed(user)
    assert [told for told, _ in events(visit, secret).values()] == ["林伟 · Complaint"]
    Case.update(client=None).execute()
    assert [told for told, _ in events(visit, secret).values()] == [f"Complaint {case.id}"]
    Case.update(kind="of_before").execute()
    assert [told for told, _ in events(visit, secret).values()] == [f"of_before {case.id}"]


def test_the_log_tells_that_a_case_was_read_in_a_calendar(visit: Visit, case: Case) -> None:
    events(visit, accounts.new_feed(account("ops")))
    found = {(each.login, each.place) for each in card_views.views(client_no="C001")}
    assert ("ops", "calendar") in found


def test_everybody_may_have_one(visit: Visit) -> None:
    for login in ("chenyan", "team", "ops", "admin"):
        assert visit().get(made_feed(visit(login))).status_code == 200
