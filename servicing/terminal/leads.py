"""Leads, and what asking has brought, as a terminal shows it."""

from collections.abc import Mapping
from typing import Any

from policies import records
from servicing.core import i18n, output
from servicing.core.output import Format, percent
from servicing.leads.figures import Brought, Funnel
from servicing.leads.showing import Shown
from servicing.terminal.lines import line

LISTED = [
    *["lead", "state", "next", "days_left", "until", "client_no", "client_name", "name", "reach"],
    *["given_on", "ended_on", "reason", "friend_no", "agent_no"],
]
IN_TABLE = ["lead", "lead_state", "lead_next", "lead_days", "client_no", "client_name", "friend"]

COUNTS = ["asked", "gave", "names", "consented", "contacted", "met", "won"]
RATIOS = ["gave_ratio", "per_name", "per_ask"]
FUNNEL = ["key", "name", *COUNTS, "open", *RATIOS]
FUNNEL_TABLE = ["agent_no", *COUNTS]


def row(of: Shown, locale: str) -> dict[str, Any]:
    """A lead as a row, for scripts and for the eye."""
    told = {
        "lead_state": i18n.say("lead_state", of.line.state, locale),
        "lead_next": i18n.say("lead_step", of.next, locale) if of.next else "",
        "lead_days": of.days_left,
        "friend": " ".join(filter(None, (of.line.name, of.line.reach, of.line.friend_no))),
    }
    return {**records.named(of.line), "next": of.next, "days_left": of.days_left, **told}


def say(told: Mapping[str, Any], what: str, form: Format, locale: str) -> None:
    """What was recorded."""
    if form == "json":
        output.emit_json(told)
    elif form == "csv":
        output.emit_csv([told], list(told))
    else:
        line(i18n.say("lead", what, locale, **told))


def say_standing(client_no: str, why: str, locale: str) -> None:
    """Whether a client may be asked, or what stands against it."""
    key = "may_not_ask" if why else "may_ask"
    line(i18n.say("lead", key, locale, client_no=client_no, why=why))


def funnel_row(of: Funnel, locale: str) -> dict[str, Any]:
    """The funnel of an agent as a row; of all together without a key."""
    counts = records.named(of.of)
    ratios = {each: getattr(of.shares, each) for each in RATIOS}
    named = {"agent_no": of.of.agent_no or i18n.say("lead", "all_agents", locale)}
    return {"key": of.of.agent_no, "name": of.of.agent_name, **counts, **ratios, **named}


def show(found: Brought, locale: str) -> None:
    """What the asks have brought, in one row."""
    shares = {f"{each}_shown": percent(getattr(found, each)) for each in RATIOS}
    columns = ["asked", "gave", "names", "won", *shares]
    output.emit_table([{**records.named(found), **shares}], columns, locale)
