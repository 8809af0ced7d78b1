"""Many messages decided at once: those of which nobody knows whether they left, and those that failed.

Ticked ones are decided as soon as it is pressed; all of a filter after a page that says how many they
are. What comes in between is not decided with them: where there are more by then, it is asked again.
"""

import dataclasses
from typing import Any, get_args

from flask import abort, flash, redirect, render_template, request, url_for

from servicing.core import states
from servicing.messages import history, queries
from servicing.messages.history import Decision
from servicing.messages.queries import Alike, Wanted
from servicing.web import deeds, listing, message_lists, paging
from servicing.web.access import allow
from servicing.web.current import me, now
from servicing.web.dispatch import LONGEST_NOTE, blueprint, remembered
from servicing.web.rendering import word

STATES = ["unknown", *states.FAILED]
"""In which there is something for a person to decide."""

DECISIONS: tuple[Decision, ...] = get_args(Decision)
RETRY = "retry"
"""What is decided of one that has failed."""

MOST = 2_000
"""So many are decided by one press; what is left stands there for the next."""


@blueprint.get("/decide")
@allow("operations", "administrator")
def decide() -> Any:
    """What is to be decided, by reason, provider and touchpoint."""
    return _page(_wanted(request.args))


def _wanted(given: Any) -> Wanted:
    state = message_lists.state_of(given, "unknown", STATES) or "unknown"
    wanted = message_lists.wanted(given, state, message_lists.day_of(state, given))
    return dataclasses.replace(wanted, channel=None)


def _page(wanted: Wanted, problem: str = "") -> Any:
    told = message_lists.told(wanted)
    about = message_lists.about(wanted)
    if paging.file_asked_for():
        found = message_lists.listing(history.found(wanted), about)
        return listing.sent(found, **told)
    whole = Wanted(wanted.on, wanted.state)
    groups = remembered().of(whole, lambda: queries.alike(whole))
    page = message_lists.page(wanted)
    deeds.seen((each.client_no for each in page.lines), "dispatch", **told)
    return render_template(
        "decide.html",
        wanted=wanted,
        asked=message_lists.arguments(wanted),
        states=STATES,
        groups=groups,
        meant=[each for each in groups if _is_meant(each, wanted)],
        choices={name: _choices(groups, name) for name in ("reason", "provider", "touchpoint")},
        page=page,
        listing=message_lists.listing(page.lines, about),
        decisions=_decisions(wanted.state or ""),
        problem=problem,
        note=request.form.get("note", "")[:LONGEST_NOTE],
    )


def _is_meant(group: Alike, wanted: Wanted) -> bool:
    """Whether a group of messages is within the filter."""
    return (
        (wanted.reason or group.reason) == group.reason
        and (wanted.provider or group.provider) == group.provider
        and (wanted.touchpoint or group.touchpoint) == group.touchpoint
    )


def _choices(groups: list[Alike], name: str) -> list[str]:
    return sorted({getattr(each, name) for each in groups} - {""})


def _decisions(state: str) -> tuple[str, ...]:
    return DECISIONS if state == "unknown" else (RETRY,)


@blueprint.post("/decide")
@allow("operations", "administrator")
def decided() -> Any:
    """Decide what is ticked, or all of the filter once that is confirmed; then the next ones follow."""
    wanted, decision = _wanted(request.form), request.form.get("decision", "")
    if decision not in _decisions(wanted.state or ""):
        abort(400)
    numbers = [int(each) for each in request.form.getlist("message") if _is_number(each)]
    last = request.form.get("last", "")
    if not numbers and not _is_number(last):
        return _to_be_confirmed(wanted, decision)
    if not numbers:
        numbers = queries.numbers(wanted, int(last), MOST)
        if _is_more(numbers):
            return _to_be_confirmed(wanted, decision)
    count = len(_carried_out(numbers[:MOST], decision, wanted.state or ""))
    remembered().forget()
    if count:
        flash(word("cockpit", f"decided_{decision}", count=count), "success")
    else:
        flash(word("cockpit", "decided_before"), "danger")
    return redirect(_next(wanted), 303)


def _is_more(numbers: list[int]) -> bool:
    """Whether there are more than the page has said: an older message has become one of them since."""
    said = request.form.get("count", "")
    return _is_number(said) and len(numbers) > int(said)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _to_be_confirmed(wanted: Wanted, decision: str) -> Any:
    """The page that says how many all of them are; with none, the list as it is by now."""
    groups = queries.alike(wanted)
    if not groups:
        return _page(wanted, word("cockpit", "decided_before"))
    return render_template(
        "decide_all.html",
        wanted=wanted,
        about=message_lists.about(wanted),
        asked=message_lists.arguments(wanted),
        groups=groups,
        count=sum(each.count for each in groups),
        most=MOST,
        last=max(each.last for each in groups),
        decision=decision,
        note=request.form.get("note", "")[:LONGEST_NOTE],
    )


def _carried_out(numbers: list[int], decision: str, state: str) -> set[int]:
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    told = f"{me().login}: {note}" if note else me().login
    if decision == RETRY:
        return history.retry(numbers, now(), me().login)
    known = next(each for each in DECISIONS if each == decision)
    return history.settle_each(numbers, known, now(), told)


def _next(wanted: Wanted) -> str:
    """Where it goes on: the same filter while it has any, then the next group, then the account."""
    groups = queries.alike(Wanted(wanted.on, wanted.state))
    if any(_is_meant(each, wanted) for each in groups) and wanted.state == "unknown":
        return url_for("dispatch.decide", **message_lists.arguments(wanted))
    if wanted.state == "unknown" and groups:
        first = groups[0]
        narrowed = Wanted(wanted.on, wanted.state, first.touchpoint, first.reason, first.provider)
        return url_for("dispatch.decide", **message_lists.arguments(narrowed))
    return url_for("dispatch.account", on=wanted.on)
