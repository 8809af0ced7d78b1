"""The page to which the link of a survey leads: no login, one question, one press.

To open it changes nothing, since mail scanners follow every link; and a link that is none of ours asks
the database nothing.
"""

from typing import Any

from flask import Blueprint, render_template, request

from policies.plan import Texts
from policies.satisfaction import Name
from policies.survey import SCALES, Question, is_detractor
from servicing.core import errors, i18n
from servicing.surveys import answering, signed
from servicing.surveys.answering import Opened
from servicing.web.access import impatiently
from servicing.web.current import count, now, tally, today, workspace
from servicing.web.rendering import in_all_languages

blueprint = Blueprint("survey_link", __name__)

HOOK = "survey_link"
"""As requests to it are counted."""

OWN = "survey_page"
"""The section of its words."""

STATUSES = {"not_ours": 404, "over": 410, "failed": 503}
_ASKS = frozenset(("open", "late"))


@blueprint.get(f"{signed.PATH}<token>")
def ask(token: str) -> Any:
    """Ask the question."""
    state, opened = _opened(token)
    return _page(state, opened)


@blueprint.post(f"{signed.PATH}<token>")
@impatiently()
def answer(token: str) -> Any:
    """Take the answer, or the complaint that is made of it."""
    state, opened = _opened(token)
    if opened is None:
        return _page(state, None)
    try:
        if request.form.get("do") == "complain" and state == "answered":
            answering.complain(workspace().surveys, opened, now())
            count(HOOK, "complained")
            return _page("complained", None)
        return _taken(opened, state)
    except errors.ServicingError:  # a file of the company's is wrong: nothing was kept
        tally(HOOK, "failed")
        return _page("failed", opened)


def _taken(opened: Opened, state: str) -> Any:
    figure: Name = opened.invitation.figure  # type: ignore[assignment]  # as the table holds it
    known = {str(each): each for each in SCALES[figure]}
    score = known.get(request.form.get("score", ""))
    if score is None:
        return _page(state, opened)
    fate = answering.answer(workspace().surveys, opened.invitation.id, score, "link", now())
    count(HOOK, fate)
    told = {"second": "kept", "late": "is_late"}.get(fate, "done")
    return _page(told, opened, is_sorry=fate == "counted" and is_detractor(figure, score))


def _opened(token: str) -> tuple[str, Opened | None]:
    """What a link leads to, or the key of the sentence that says why it leads nowhere."""
    link = signed.read(token, workspace().keys.survey_keys(today()))
    if link is None:
        tally(HOOK, "forged")
        return "not_ours", None
    return answering.opened(link, today())


def _page(what: str, opened: Opened | None, *, is_sorry: bool = False) -> tuple[str, int]:
    question = _question(opened) if opened else None
    asks = question is not None and what in _ASKS
    page = render_template(
        "survey_link.html",
        what=what,
        question=question,
        asks=asks,
        asked=_texts(question.ask) if question else [],
        worst=_joined(question.worst) if question else "",
        best=_joined(question.best) if question else "",
        scores=list(question.scale) if question else [],
        is_sorry=is_sorry,
        may_complain=opened is not None and not asks and what != "failed",
        in_all=_in_all,
        joined=lambda key: _line(_in_all(key)),
    )
    return page, STATUSES.get(what, 200)


def _question(opened: Opened) -> Question | None:
    figure: Name = opened.invitation.figure  # type: ignore[assignment]  # as the table holds it
    return workspace().surveys.question(figure)


def _texts(texts: Texts) -> list[tuple[str, str]]:
    """A text of a file in all languages that it has, the reader's first."""
    return in_all_languages(dict(texts))


def _joined(texts: Texts) -> str:
    return _line(_texts(texts))


def _in_all(key: str) -> list[tuple[str, str]]:
    """A sentence of the page in all languages, the reader's first."""
    return in_all_languages({each: i18n.say(OWN, key, each) for each in i18n.locales()})


def _line(told: list[tuple[str, str]]) -> str:
    return " · ".join(text for _, text in told)
