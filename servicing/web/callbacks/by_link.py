"""The page to which a client's link leads: no login, the questions in both languages, once.

To open it changes nothing, since mail scanners follow every link; and a link that is none of ours asks
the database nothing.
"""

from typing import Any

from flask import Blueprint, render_template, request

from servicing.callbacks.links import answering, signed
from servicing.callbacks.links.answering import Opened
from servicing.core import errors, i18n
from servicing.web import refusal, throttle
from servicing.web.access import impatiently
from servicing.web.callbacks import forms
from servicing.web.current import count, now, tally, today, workspace
from servicing.web.rendering import in_all_languages

blueprint = Blueprint("callback_link", __name__)

HOOK = "callback_link"
"""As requests to it are counted."""

OWN = "callback_link"
"""The section of its words."""

LONGEST_TAIL = 40

STATUSES = {"not_ours": 404, "wrong_tail": 403, "too_many": 429}


@blueprint.get(f"{signed.PATH}<token>")
def ask(token: str) -> Any:
    """Ask who it is."""
    what, opened = _opened(token)
    return _page(what or "who", opened)


@blueprint.post(f"{signed.PATH}<token>")
@impatiently()
def answer(token: str) -> Any:
    """Show the questions to who knows how the policy number ends; take the answers."""
    what, opened = _opened(token)
    if opened is None:
        return _page(what, None)
    tail = request.form.get("tail", "")[:LONGEST_TAIL]
    try:
        is_theirs = throttle.guess_tail(opened.link.id, lambda: answering.is_theirs(opened, tail))
    except errors.TooManyGuesses:
        tally(HOOK, "throttled")
        return _page("too_many", opened)
    if not is_theirs:
        tally(HOOK, "wrong")
        return _page("wrong_tail", opened)
    if request.form.get("do") != "answer":
        return _page("answer", opened, tail)
    return _taken(opened, tail)


def _taken(opened: Opened, tail: str) -> Any:
    house = workspace().house
    try:
        said = forms.of_client(house.interview, [each.policy_no for each in opened.others])
        done = answering.answer(house, opened, said, now())
    except errors.ServicingError as error:
        return _page("answer", opened, tail, error)
    count(HOOK, "answered")
    return _page("we_call" if any(each.problem for each in done) else "done", None)


def _opened(token: str) -> tuple[str, Opened | None]:
    """What a link leads to, or the key of the sentence that says why it leads nowhere."""
    link = signed.read(token, workspace().keys.callback_keys(today()))
    if link is None:
        tally(HOOK, "forged")
        return "not_ours", None
    state, opened = answering.opened(link, today())
    return ("", opened) if opened else (state, None)


def _page(
    what: str,
    opened: Opened | None,
    tail: str = "",
    error: errors.ServicingError | None = None,
) -> tuple[str, int]:
    asked = workspace().house.interview
    page = render_template(
        "callback_link.html",
        what=what,
        opened=opened,
        is_asked_who=what in ("who", "wrong_tail"),
        tail=tail,
        tail_length=answering.TAIL,
        questions=asked.questions,
        edition=asked.edition,
        texts={each.id: in_all_languages(each.ask) for each in asked.questions},
        same=forms.SAME,
        typed=request.form,
        problem=refusal.sentence(error) if error else "",
        in_all=_in_all,
        joined=lambda key: _joined(OWN, key),
        said=lambda key, **facts: _joined("callback_page", key, **facts),
    )
    return page, refusal.status(error) if error else STATUSES.get(what, 200)


def _in_all(key: str) -> list[tuple[str, str]]:
    """A sentence of the page in all languages, the reader's first."""
    facts = {"count": answering.TAIL}
    told = {each: i18n.say(OWN, key, each, **facts) for each in i18n.locales()}
    return in_all_languages(told)


def _joined(section: str, key: str, **facts: Any) -> str:
    """A few words in all languages, on one line."""
    told = {each: i18n.say(section, key, each, **facts) for each in i18n.locales()}
    return " · ".join(text for _, text in in_all_languages(told))
