"""The call-back desk: whom to call by what is left of the time, and the call itself.

A call is recorded by the same functions as `servicing callbacks answer`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from policies import database, pressing
from policies.plan import text
from servicing.callbacks import calling, letters
from servicing.callbacks.calling import Call, House, Recorded
from servicing.callbacks.links import sending
from servicing.callbacks.queries import KIND
from servicing.callbacks.waiting import queries, waiting
from servicing.callbacks.waiting.queries import DeskLine, Given
from servicing.callbacks.waiting.waiting import CallPage, Line
from servicing.cases import telling
from servicing.core import errors, visibility
from servicing.core.callback_models import CallbackLink
from servicing.core.case_models import Case
from servicing.web import deeds, listing, paging, refusal
from servicing.web.access import allow, allow_desk
from servicing.web.callbacks import forms
from servicing.web.cases import names
from servicing.web.current import me, now, today, workspace
from servicing.web.listing import Column, Listing
from servicing.web.rendering import in_all_languages, locale, word

blueprint = Blueprint("callbacks", __name__, url_prefix="/callbacks")

VIEWS = ("to_call", "pressing", "unsigned")
CHUNK = 1_000
"""Lines of a file that are read at once."""

TONES = {"over": "bad", "working_day": "bad", "last_days": "wait", "days": "wait"}

BY_DESK = ("phone", "incoming", "visit", "letter")
"""The channels of a call that the desk records; who answers by a link does so alone."""


@blueprint.get("")
@allow("administrator")
@allow_desk("callback")
def due() -> Any:
    """Whom to call, one line a client: what can still be in time first, then what is over."""
    view = request.args.get("view", VIEWS[0])
    if view not in VIEWS:
        abort(400)
    if paging.file_asked_for():
        return listing.sent(_listing(view, _all(view)))
    with database.snapshot():
        page = paging.page(lambda most, skipped: _lines(view, most, skipped))
    deeds.seen((each.of.client_no for each in page.lines), "callbacks", lines=len(page.lines))
    house = workspace().house
    return render_template(
        "callbacks.html",
        view=view,
        views=VIEWS,
        page=page,
        listing=_listing(view, page.lines),
        hours=house.hours,
        on=today(),
    )


def _all(view: str) -> Iterator[Line]:
    """All lines of a view, for a file."""
    skipped = 0
    with database.snapshot():  # of one moment, whatever is recorded meanwhile
        while some := _lines(view, CHUNK, skipped):
            yield from some
            skipped += len(some)


def _lines(view: str, most: int, skipped: int) -> list[Line]:
    space, reader = workspace(), waiting.reader(me())
    until = pressing.spans(space.calendar, today())[-1].last if view == "pressing" else None
    found = (
        queries.unsigned(reader, most, skipped)
        if view == "unsigned"
        else queries.to_call(reader, today(), until, most, skipped)
    )
    return waiting.lines(found, space.house.hours, space.calendar, now(), space.zone)


def _listing(view: str, lines: Iterator[Line] | Sequence[Line]) -> Listing[Line]:
    def said(key: str) -> str:
        return word("callback_page", key)

    who = [
        Column[Line](
            word("heading", "client_name"),
            lambda line: line.of.client_name,
            to=lambda line: url_for("callbacks.call", case_id=line.of.case),
        ),
        Column(word("heading", "client_no"), lambda line: line.of.client_no),
        Column(
            word("heading", "phone"),
            lambda line: line.of.phone,
            to=lambda line: f"tel:{line.of.phone}" if line.of.phone else "",
        ),
        Column(word("heading", "policy_no"), lambda line: line.of.policy_no),
        Column(said("contracts"), lambda line: line.of.contracts, "number"),
        Column(word("heading", "agent_name"), lambda line: _agent(line.of)),
    ]
    if view == "unsigned":
        issued = Column[Line](word("heading", "issued"), lambda line: line.of.received_on, "day")
        return Listing("callbacks", [*who, issued], lines)
    return Listing(
        "callbacks",
        [
            *who,
            Column(said("due_on"), lambda line: line.of.due_on, "day"),
            Column(said("left"), _left, tone=lambda line: TONES.get(line.level or "", "")),
            Column(said("calls"), lambda line: line.of.calls, "number"),
            Column(said("last"), lambda line: outcome(line.of.last_outcome or "")),
            Column(said("call_from"), lambda line: line.call_from, "moment"),
        ],
        lines,
    )


def _agent(of: DeskLine) -> str:
    return of.agent_name or of.agent_no


def _left(line: Line) -> str:
    """What is left of the free look, in words."""
    left = line.days_left
    if left is None:
        return ""
    return word("callback_page", "days_left" if left >= 0 else "days_over", count=abs(left))


def outcome(code: str) -> str:
    """What came of a call, in words."""
    return word("callback", code) if code else ""


# ---------------------------------------------------------------------------------------- one call


@blueprint.get("/<int:case_id>")
@allow("administrator")
@allow_desk("callback")
def call(case_id: int) -> Any:
    """A call: what it is about, the words to say, and what can be recorded."""
    return _page(_known(case_id))


def _known(case_id: int) -> CallPage:
    """The call-back of that number; one that is kept from the reader is not there."""
    space = workspace()
    return waiting.of_case(case_id, me(), space.house.hours, now(), space.zone) or abort(404)


def may_call() -> bool:
    """Whether the reader is of the desk; an administrator only looks."""
    return "callback" in current_user.desks


@dataclass(frozen=True)
class Result:
    """What a call-back has come to."""

    answers: Sequence[Given]
    problem: int | None
    """The case of what was found."""


def _page(found: CallPage, problem: str = "") -> str:
    space, case = workspace(), found.case
    house, client, policy = space.house, case.client, case.policy
    assert client is not None and policy is not None  # as every call-back has them
    deeds.seen([client.client_no], "callbacks")
    is_known = bool(visibility.known(me(), [client.client_no], today()))
    links = sending.links_to(found.numbers)
    no_link = sending.why_not(house, space.settings.web.public_url, case, now(), links)
    no_letter = letters.why_not(case)
    return render_template(
        "callback.html",
        found=found,
        case=case,
        client=client,
        policy=policy,
        stands=telling.stands(house.ground.kind(case.kind), case.state, locale()),
        is_known=is_known,
        result=_result(case) if not case.is_open else None,
        questions=house.interview.questions,
        edition=house.interview.edition,
        texts={each.id: in_all_languages(each.ask) for each in house.interview.questions},
        hours=house.hours,
        parts=_parts(house),
        channels=BY_DESK,
        outcomes=calling.OUTCOMES,
        outcome=outcome,
        moment=now(),
        on=today(),
        left=(case.due_on - today()).days if case.due_on else None,
        level=pressing.level(space.calendar, today(), case.due_on) if case.due_on else None,
        tones=TONES,
        may_call=may_call() and bool(found.contracts),
        same=forms.SAME,
        links=links,
        people=_people(found, links),
        why_no_link=_sentence(no_link) if no_link else "",
        letter_on=letters.written_on(case.id),
        may_write=letters.is_due(house, case, found.in_vain),
        why_no_letter=_sentence(no_letter) if no_letter else "",
        typed=request.form,
        said=lambda key, **facts: word("callback_page", key, **facts),
        problem=problem,
    )


def _people(found: CallPage, links: Sequence[CallbackLink]) -> dict[str, str]:
    """What those are called who have called or sent a link, by their logins."""
    called = {each.done_by: each.name for each in found.calls}
    known = called | {each.made_by: each.name or "" for each in links}
    return {login: name or names.done_by(login) for login, name in known.items()}


def _sentence(error: errors.ServicingError) -> str:
    """A refusal as people read it: states and the like by their titles."""
    return names.sentence(error, names.kind_of(KIND))


def _result(case: Case) -> Result:
    found: Case | None = Case.get_or_none(Case.caused_by == case.id)
    return Result(queries.answers_of(case.id), found.id if found else None)


def _parts(house: House) -> str:
    """The parts of a day, as people say them."""
    edges = [house.hours.first, *house.hours.inner(), house.hours.end]
    spans = (f"{first:02}:00–{end:02}:00" for first, end in zip(edges, edges[1:], strict=False))
    return word("notice", "comma").join(spans)


@blueprint.post("/<int:case_id>/attempt")
@allow("administrator")
@allow_desk("callback")
def attempt(case_id: int) -> Any:
    """Record a call that nobody answered to, with each contract of the client that waits for one."""
    found, said = _known(case_id), request.form.get("outcome", "")
    chosen = [each for each in calling.OUTCOMES if each == said] or abort(400)
    try:
        by = Call(case_id, forms.moment(), me().login)
        done = calling.attempt(workspace().house, by, chosen[0], now())
    except errors.ServicingError as error:
        return _page(found, _sentence(error)), refusal.status(error)
    return _recorded(done)


@blueprint.post("/<int:case_id>/answers")
@allow("administrator")
@allow_desk("callback")
def answer(case_id: int) -> Any:
    """Record what the client has answered; no, or unclear, to what matters opens a problem item."""
    found, house = _known(case_id), workspace().house
    try:
        _refuse_channel(house)
        said = forms.answers(house.interview, [each.policy_no for each in found.others])
        done = calling.answer(house, Call(case_id, forms.moment(), me().login), said, now())
    except errors.ServicingError as error:
        return _page(found, _sentence(error)), refusal.status(error)
    return _recorded(done)


def _refuse_channel(house: House) -> None:
    """Whoever answers by a link does so alone, and nobody by a channel that there is not."""
    said = request.form.get("channel", "phone")
    if said not in BY_DESK:
        known = [each.title for each in house.ground.kind(KIND).channel if each.id in BY_DESK]
        raise errors.CaseRefused(
            "case_unknown_channel", name=said[:40], known=[text(each, locale()) for each in known]
        )


@blueprint.post("/<int:case_id>/link")
@allow("administrator")
@allow_desk("callback")
def link(case_id: int) -> Any:
    """Send the client a link by which they answer alone."""
    found = _known(case_id)
    try:
        sent = sending.send(workspace().post(), case_id, me().login, now())
    except errors.ServicingError as error:
        return _page(found, _sentence(error)), refusal.status(error)
    kind = "success" if sent.state == "sent" else "danger"
    flash(word("callback_page", f"link_{sent.state}"), kind)
    return redirect(url_for("callbacks.call", case_id=case_id), 303)


@blueprint.post("/<int:case_id>/letter")
@allow("administrator")
@allow_desk("callback")
def letter(case_id: int) -> Any:
    """Write the letter to a client whom no call has reached: a file to be printed."""
    found = _known(case_id)
    try:
        written = letters.write(workspace().printer(), case_id, me().login, now())
    except errors.ServicingError as error:
        return _page(found, _sentence(error)), refusal.status(error)
    flash(word("callback_page", "letter_written", file=f"outbox/{written.file}"), "success")
    return redirect(url_for("callbacks.call", case_id=case_id), 303)


def _recorded(done: Sequence[Recorded]) -> Any:
    kind = workspace().ground.kind(KIND)
    for each in done:
        facts = {
            "case": each.case,
            "policy_no": each.policy_no,
            "said": outcome(each.outcome),
            "stands": telling.stands(kind, each.state, locale()),
        }
        key = "called_until" if each.due else "called"
        flash(word("callback", key, **facts, due=each.due), "success")
        if each.in_time is False:
            flash(word("callback_page", "late", policy_no=each.policy_no), "warning")
        if each.problem:
            told = word("callback_page", "problem_opened", case=each.problem)
            flash(told, "warning")
    return redirect(url_for("callbacks.due"), 303)
