"""Cases as a terminal shows them: a list of them, and one."""

from collections.abc import Callable, Iterable

from policies.case_kind import ESCALATED, Kind
from policies.plan import text
from servicing.cases.opening import MAJOR_FROM
from servicing.cases.queries import CaseLine
from servicing.cases.telling import CaseFile, done_by, option_title, reason, stands
from servicing.core import i18n, output
from servicing.terminal.lines import line

HEAD = (
    "client_no",
    "policy_no",
    "about",
    "owner",
    "escalated_to",
    "source",
    "channel",
    "received_on",
    "ended_on",
    "suspended_on",
    "rescindable_from",
)


def show_list(lines: Iterable[CaseLine], kind_of: Callable[[str], Kind], locale: str) -> None:
    """Cases, a line each."""
    rows = (
        {
            "case": each.case,
            "kind": _titled(each, kind_of(each.kind), locale),
            "state": stands(kind_of(each.kind), each.state, locale),
            "due": each.due_on,
            "client_no": each.client_no,
            "with_whom": i18n.say("desk", each.owner, locale),
        }
        for each in lines
    )
    output.emit_table(rows, ["case", "kind", "state", "due", "client_no", "with_whom"], locale)


def _titled(line: CaseLine, kind: Kind, locale: str) -> str:
    """What the kind is called; of a major event, that it is one."""
    title = text(kind.title, locale)
    if line.persons < MAJOR_FROM:
        return title
    return i18n.say("case", "major_event", locale, title=title)


def show_case(found: CaseFile, kind: Kind, locale: str) -> None:
    """Its head, its clocks, its entries, and what may be done now."""
    where, title = stands(kind, found.state, locale), text(kind.title, locale)
    line(i18n.say("case", "head", locale, case=found.case, kind=title, stands=where))
    for name in HEAD:
        value = getattr(found, name)
        if name == "owner":
            value = i18n.say("desk", value, locale)
        if name in ("source", "channel"):
            options = kind.source if name == "source" else kind.channel
            value = option_title(options, value, locale)
        if value:
            line(i18n.say("case_fact", name, locale, value=value))
    titles = _categories(kind, locale)
    if found.categories:
        said = ", ".join(titles.get(each, each) for each in found.categories)
        line(i18n.say("case_fact", "categories", locale, value=said))
    for name in ("repeat_of", "caused_by"):
        if getattr(found, name):
            line(i18n.say("case_fact", name, locale, value=getattr(found, name)))
    _show_clocks(found, kind, locale)
    _show_entries(found, kind, locale)
    if found.next:
        said = _named([each.step for each in found.next], kind, locale)
        line(i18n.say("case", "next", locale, steps=said))
    if found.missing:
        line(i18n.say("case", "missing", locale, steps=_named(found.missing, kind, locale)))


def _named(steps: Iterable[str], kind: Kind, locale: str) -> str:
    """Steps as they are typed, each with its title."""
    titles = {each.id: text(each.title, locale) for each in kind.step}
    return ", ".join(
        i18n.say("case", "named_step", locale, step=each, title=titles.get(each, each))
        for each in steps
    )


def _show_clocks(found: CaseFile, kind: Kind, locale: str) -> None:
    titles = {each.id: text(each.title, locale) for each in kind.clock}
    for each in found.clocks:
        key = "clock_stopped" if each.stopped_on else "clock_runs"
        facts = {"title": titles.get(each.clock, each.clock), "due": each.due_on}
        line(i18n.say("case", key, locale, **facts, stopped=each.stopped_on))


def _by_itself(step: str, locale: str) -> str:
    """What every case has, of whatever kind."""
    if step == ESCALATED:
        return i18n.say("escalation", "title", locale)
    return i18n.say("case", step, locale)


def _categories(kind: Kind, locale: str) -> dict[str, str]:
    return {each.id: text(each.title, locale) for each in kind.category}


def _show_entries(found: CaseFile, kind: Kind, locale: str) -> None:
    titles = {each.id: text(each.title, locale) for each in kind.step}
    named = _categories(kind, locale)
    rows = [
        {
            "on": each.done_on,
            "step": titles.get(each.step) or _by_itself(each.step, locale),
            "who": done_by(each.done_by, locale),
            "text": " · ".join(
                str(said)
                for said in [
                    reason(each.reason, each.step, locale) if each.reason else "",
                    each.text,
                    each.set_on,
                    each.person,
                    ", ".join(named.get(one, one) for one in each.categories.split()),
                ]
                if said
            ),
        }
        for each in found.entries
    ]
    output.emit_table(rows, ["on", "step", "who", "text"], locale)
