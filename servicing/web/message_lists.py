"""Messages as operations list them: what was due on a day, what waits, what is to be decided."""

import datetime
from collections.abc import Iterable
from typing import Any

from flask import abort, url_for

from servicing.core import states
from servicing.core.reasons import Reason
from servicing.messages import history
from servicing.messages.queries import MessageLine, Wanted
from servicing.web import paging
from servicing.web.current import workspace
from servicing.web.listing import Column, Listing
from servicing.web.paging import Page
from servicing.web.rendering import reasons_of, states_of, title_of, word

LONGEST = 200

A_PAGE = 50
"""Messages of a page; on a phone each stands in a few lines."""

TONES = {
    **dict.fromkeys(states.SENT, "good"),
    **dict.fromkeys(states.FAILED, "bad"),
    **dict.fromkeys(states.WAITING, "wait"),
}
"""How a state looks."""


def wanted(given: Any, state: str, on: datetime.date | None) -> Wanted:
    """The messages that an address or a form means by reason, provider, touchpoint and channel."""
    named = {
        name: given.get(name, "")[:LONGEST] or None
        for name in ("reason", "provider", "touchpoint", "channel")
    }
    return Wanted(on, state or None, **named)


def day_of(state: str, given: Any) -> datetime.date | None:
    """The day that is named; none where what waits is meant on every day, else today."""
    text = given.get("on", "")
    return None if state in states.WAITING and not text else paging.day(text)


def state_of(given: Any, usual: str, known: Iterable[str]) -> str:
    """The state that is named; 404 for one that there is not."""
    state: str = given.get("state", usual)
    return state if not state or state in known else abort(404)


def page(of: Wanted) -> Page[MessageLine]:
    """The page of a list that the address names."""
    return paging.page(lambda limit, offset: history.found(of, limit, offset), A_PAGE)


def told(of: Wanted) -> dict[str, Any]:
    """What the audit log keeps of a filter: a day and codes of ours, never what somebody typed."""
    plan, providers = workspace().plan, ("sms", "email")
    return {
        "on": of.on,
        "state": of.state or "",
        "reason": of.reason if of.reason in set(Reason) else "",
        "touchpoint": of.touchpoint if of.touchpoint and plan.touchpoint(of.touchpoint) else "",
        "channel": of.channel if of.channel in providers else "",
    }


def arguments(of: Wanted) -> dict[str, Any]:
    """The arguments of an address that mean the same messages."""
    named = {
        "on": of.on,
        "state": of.state,
        "reason": of.reason,
        "provider": of.provider,
        "touchpoint": of.touchpoint,
        "channel": of.channel,
    }
    return {name: value for name, value in named.items() if value}


def listing(lines: Iterable[MessageLine], about: str) -> Listing[MessageLine]:
    """The list of some messages: it names clients by number only."""

    def heading(name: str) -> str:
        return word("heading", name)

    def message(line: MessageLine) -> str:
        return url_for("dispatch.message", message_id=line.id)

    def card(line: MessageLine) -> str:
        return url_for("cards.card", client_no=line.client_no)

    def channel(line: MessageLine) -> str:
        return word("channel", line.channel) if line.channel else ""

    columns = [
        Column[MessageLine](heading("id"), lambda line: line.id, to=message),
        Column(heading("due_on"), lambda line: line.due_on, "day"),
        Column(heading("title"), lambda line: title_of(line.touchpoint)),
        Column(heading("client_no"), lambda line: line.client_no, to=card),
        Column(
            heading("state"),
            lambda line: states_of(line.state),
            tone=lambda line: TONES.get(line.state, ""),
        ),
        Column(heading("reason"), lambda line: reasons_of(line.reason)),
        Column(word("operations", "channel"), channel),
        Column(word("operations", "provider"), lambda line: line.provider),
    ]
    return Listing("messages", columns, lines, key=lambda line: line.id, about=about)


def about(of: Wanted) -> str:
    """A filter in words."""
    said = [
        str(of.on or word("operations", "every_day")),
        states_of(of.state) if of.state else "",
        reasons_of(of.reason) if of.reason else "",
        title_of(of.touchpoint) if of.touchpoint else "",
        word("channel", of.channel) if of.channel else "",
        of.provider or "",
    ]
    return " · ".join(each for each in said if each)
