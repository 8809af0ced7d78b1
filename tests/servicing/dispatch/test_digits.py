"""What digits answer: what waits at the number, else what was asked last, else nothing."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.models import Client
from servicing.core.event_models import EventParty
from servicing.core.models import Reply, Suppression, Task
from servicing.core.reasons import Reason
from servicing.core.survey_models import SurveyAnswer, SurveyInvitation
from servicing.dispatch import replies
from servicing.dispatch.replies import Incoming
from servicing.operations.workspace import Workspace
from servicing.web import app as pages
from tests import cast
from tests.servicing.events import planned
from tests.servicing.events.planned import NOW, TODAY
from tests.servicing.surveys import asking
from tests.servicing.surveys.asking import DAY, Asked, answers

LATER = NOW + datetime.timedelta(hours=2)
NOBODY_S = "for a person"


@pytest.fixture
def space(database_url: str, tmp_path: Path) -> Iterator[Workspace]:
    yield from asking.live(tmp_path / "home", database_url)


def asked(figure: str = "csat", days_ago: int = 0, client: Client | None = None) -> None:
    """A client was asked how satisfied they are; open for 14 days."""
    of, on = client or cast.lin_wei(), TODAY - days_ago * DAY
    message = planned.sent(of, "how", NOW - days_ago * DAY)
    SurveyInvitation.create(
        message_id=message.id,
        touchpoint_id=message.touchpoint_id,
        client=of,
        policy=message.policy,
        agent=message.policy.agent,
        figure=figure,
        edition=f"{figure}@1",
        is_again=False,
        channel="sms",
        invited_on=on,
        open_until=on + 14 * DAY,
    )


def invited(days_ago: int = 0) -> None:
    """Lin Wei was invited to an event with three places."""
    planned.written_to(planned.event(3), cast.lin_wei(), NOW - days_ago * DAY)


def became_of(space: Workspace, body: str) -> str:
    """What a reply of Lin Wei's has done."""
    before = SurveyAnswer.select().count()
    party = EventParty.get_or_none()
    was = party.state if party else ""
    sender = cast.lin_wei().phone
    replies.take(Incoming("twilio", f"IN{body}", sender, body), TODAY, LATER, space.surveys)
    if Suppression.select().exists():
        assert Reply.get().meaning == "stop" and not Task.select().exists()
        return "stops"
    told = [f"survey {fate}" for _, _, fate in answers()[before:]]
    party = EventParty.get_or_none()
    told += [party.state] if party and party.state != was else []
    assert len(told) <= 1, "one reply answers one thing"
    is_handed = Task.select().where(Task.reason == Reason.REPLIED.value).exists()
    if not told or told == ["waitlisted"]:
        assert is_handed, "somebody reads it"
        return NOBODY_S if not told else "waitlisted"
    assert not is_handed and Reply.get().meaning == "answer"
    return told[0]


SITUATIONS = ("survey", "event", "both", "none")
DIGITS: dict[str, tuple[str, str, str, str]] = {
    "0": (NOBODY_S, "declined", NOBODY_S, NOBODY_S),
    "1": ("survey counted", "registered", NOBODY_S, NOBODY_S),
    "３。": ("survey counted", "registered", NOBODY_S, NOBODY_S),
    "5": ("survey counted", "waitlisted", NOBODY_S, NOBODY_S),
    "6": (NOBODY_S, "waitlisted", NOBODY_S, NOBODY_S),
    "10": (NOBODY_S, NOBODY_S, NOBODY_S, NOBODY_S),
    "555": (NOBODY_S, NOBODY_S, NOBODY_S, NOBODY_S),
    "好的": (NOBODY_S, NOBODY_S, NOBODY_S, NOBODY_S),
    "N": ("stops", "stops", "stops", "stops"),
    "退订": ("stops", "stops", "stops", "stops"),
}
"""By what is written, what it does where a survey, an event, both or nothing waits for digits."""


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("body", DIGITS)
def test_a_digit_is_for_what_waits_there(space: Workspace, body: str, situation: str) -> None:
    if situation in ("survey", "both"):
        asked()
    if situation in ("event", "both"):
        invited()
    assert became_of(space, body) == DIGITS[body][SITUATIONS.index(situation)]


def test_ten_is_an_answer_of_nps_alone(space: Workspace) -> None:
    asked("nps")
    assert became_of(space, "10") == "survey counted"


def test_of_two_surveys_and_an_event_none_is_guessed(space: Workspace) -> None:
    asked()
    asked()
    invited()
    assert became_of(space, "2") == NOBODY_S


def test_a_survey_that_is_over_stands_in_no_invitation_s_way(space: Workspace) -> None:
    asked(days_ago=20)
    invited()
    assert became_of(space, "2") == "registered"
    assert became_of(space, "1") == NOBODY_S, "the invitation was asked last"


def test_an_invitation_that_was_answered_stands_in_no_survey_s_way(space: Workspace) -> None:
    invited(days_ago=2)
    assert became_of(space, "2") == "registered"
    asked()
    assert became_of(space, "4") == "survey counted"
    assert became_of(space, "5") == "survey second"


@pytest.mark.parametrize(("days_ago", "fate"), [(14, "counted"), (15, "late"), (91, NOBODY_S)])
def test_what_was_asked_last_is_answered_late(space: Workspace, days_ago: int, fate: str) -> None:
    asked(days_ago=days_ago)
    assert became_of(space, "4").removeprefix("survey ") == fate


# ------------------------------------------------------------------------------ one is sent at a time


def test_a_survey_does_not_leave_while_an_invitation_waits(space: Workspace) -> None:
    asks = Asked(space, pages.create(space, lambda: LATER).test_client())
    invited()
    asks.visited(on=TODAY)
    asks.morning(TODAY + DAY)
    held = cast.message("how")
    assert (held.state, held.reason) == ("suppressed", "question_open")
    assert asking.invited() == 0


@pytest.mark.parametrize("is_asked", [True, False])
def test_an_invitation_leaves_without_its_event_while_a_survey_waits(
    space: Workspace, *, is_asked: bool
) -> None:
    """News goes first; the invitation leaves on the next day."""
    on = datetime.date(2026, 9, 1)
    cast.change(cast.lin_wei(), marketing_consent=True)
    asks = Asked(space, pages.create(space, lambda: LATER).test_client())
    planned.event(starts_at=cast.at("2026-09-20", "14:00"), held_on=cast.day("2026-09-20"))
    if is_asked:
        asks.visited(on=on - DAY)
    asks.morning(on)
    asks.morning(on + DAY)
    assert (asking.invited(), cast.message("event").state) == (int(is_asked), "accepted")
    assert EventParty.select().exists() != is_asked


def test_who_is_asked_by_one_claim_is_not_invited_by_the_same(space: Workspace) -> None:
    on = datetime.date(2026, 9, 2)
    cast.change(cast.lin_wei(), marketing_consent=True)
    asks = Asked(space, pages.create(space, lambda: LATER).test_client())
    planned.event(starts_at=cast.at("2026-09-20", "14:00"), held_on=cast.day("2026-09-20"))
    asks.morning(on - DAY)
    asks.visited(on=on - DAY)
    asks.morning(on)
    assert (asking.invited(), cast.message("event").state) == (1, "accepted")
    assert not EventParty.select().exists()
