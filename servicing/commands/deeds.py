"""Which command is which deed of the audit log: every command stands in this table.

Reading is told here, once the command has done its work. A deed that changes the book writes its
line in its own transaction (`ITSELF`). What only works by the plan, or changes nothing but cards, is
none: cards tell it themselves.
"""

import datetime
import getpass
import os
from collections.abc import Mapping
from typing import Any, Literal

import click
import peewee

from policies import patience
from servicing.core import audit_log
from servicing.core.audit_log import Actor, Kind

ITSELF: Literal["itself"] = "itself"
"""What it does writes the line."""

ON_CARDS = None
"""What it does stands on the cards of the clients whom it concerns, with who did it; what concerns
nobody in the audit log (`suppressions`)."""

NOTHING = None
"""It uses no power over people's data: it works by the plan, counts, or looks at itself."""

COMMANDS: Mapping[str, Kind | Literal["itself"] | None] = {
    "walk": NOTHING,
    "dispatch": NOTHING,
    "tasks list": "list.seen",
    "tasks done": ON_CARDS,
    "tasks postpone": ON_CARDS,
    "tasks skip": ON_CARDS,
    "tasks undo": ON_CARDS,
    "tasks mail": NOTHING,
    "card": "card.seen",
    "cases open": ON_CARDS,
    "cases step": ON_CARDS,
    "cases show": "card.seen",
    "cases list": "list.seen",
    "cases escalate": ON_CARDS,
    "cases report": NOTHING,
    "cases register": "list.seen",
    "cases mail": NOTHING,
    "retention open": ON_CARDS,
    "retention step": ON_CARDS,
    "retention signals": ON_CARDS,
    "retention list": "list.seen",
    "retention report": NOTHING,
    "leads list": "list.seen",
    "leads ask": ON_CARDS,
    "leads give": ON_CARDS,
    "leads step": ON_CARDS,
    "leads report": NOTHING,
    "leads expire": ON_CARDS,
    "callbacks open": NOTHING,
    "callbacks answer": ON_CARDS,
    "callbacks link": ON_CARDS,
    "callbacks letters": ON_CARDS,
    "callbacks due": "list.seen",
    "callbacks sheet": NOTHING,
    "callbacks rate": NOTHING,
    "events add": NOTHING,
    "events approve": NOTHING,
    "events open": NOTHING,
    "events hold": ON_CARDS,
    "events cancel": ON_CARDS,
    "events list": NOTHING,
    "events show": "list.seen",
    "events invite": ON_CARDS,
    "events register": ON_CARDS,
    "events decline": ON_CARDS,
    "events confirm": ON_CARDS,
    "events withdraw": ON_CARDS,
    "events attend": ON_CARDS,
    "events report": NOTHING,
    "review show": "card.seen",
    "review gap": NOTHING,
    "review other": ON_CARDS,
    "review income": ON_CARDS,
    "review beneficiary": ON_CARDS,
    "review forget": ON_CARDS,
    "review check": NOTHING,
    "client deceased": ON_CARDS,
    "client alive": ON_CARDS,
    "client family": ON_CARDS,
    "client relative": ON_CARDS,
    "client erase": ITSELF,
    "client readmit": ON_CARDS,
    "book import": ITSELF,
    "book look": NOTHING,
    "book sample": NOTHING,
    "book timeline": "card.seen",
    "plan show": NOTHING,
    "plan copy": NOTHING,
    "plan check": NOTHING,
    "plan diff": "list.seen",
    "plan use": ITSELF,
    "clock": NOTHING,
    "festivals": NOTHING,
    "lunar": NOTHING,
    "persistency": "list.seen",
    "atrisk": "list.seen",
    "collection": "list.seen",
    "earnings check": NOTHING,
    "earnings report": "list.seen",
    "reinstatement report": NOTHING,
    "losses": NOTHING,
    "scorecard": NOTHING,
    "assessment": "list.seen",
    "influence": "list.seen",
    "checks draw": ITSELF,
    "checks draws": NOTHING,
    "checks list": "list.seen",
    "checks show": "card.seen",
    "checks result": ON_CARDS,
    "checks report": NOTHING,
    "satisfaction figure": NOTHING,
    "satisfaction need": NOTHING,
    "satisfaction gap": NOTHING,
    "satisfaction report": NOTHING,
    "tiers check": NOTHING,
    "tiers score": NOTHING,
    "tiers run": NOTHING,
    "tiers show": "card.seen",
    "tiers override": ON_CARDS,
    "tiers lift": ON_CARDS,
    "stages report": NOTHING,
    "stages list": "list.seen",
    "messages": "list.seen",
    "messages show": "card.seen",
    "messages account": NOTHING,
    "messages settle": ON_CARDS,
    "templates check": NOTHING,
    "templates preview": "card.seen",
    "templates diff": "list.seen",
    "templates use": ITSELF,
    "consent list": "list.seen",
    "consent stop": ON_CARDS,
    "consent allow": ON_CARDS,
    "why": "card.seen",
    "simulate": "list.seen",
    "halts": NOTHING,
    "halt": ITSELF,
    "resume": ITSELF,
    "audit seal": NOTHING,
    "audit verify": NOTHING,
    "audit log": "audit.seen",
    "audit unusual": "audit.seen",
    "evidence": "evidence.packed",
    "backup": "backup.written",
    "restore": "backup.restored",
    "database migrate": ITSELF,
    "database grant": ITSELF,
    "keys list": NOTHING,
    "keys rotate": ITSELF,
    "years list": NOTHING,
    "years close": "year.closed",
    "years detach": "year.detached",
    "years attach": "year.attached",
    "user add": ITSELF,
    "user list": NOTHING,
    "user disable": ITSELF,
    "user password": ITSELF,
    "user second-factor": ITSELF,
    "user openid": ITSELF,
    "user desks": ITSELF,
    "user email": ITSELF,
    "user views": "audit.seen",
    "agents left": ITSELF,
    "agents back": ITSELF,
    "handover": ITSELF,
    "orphans": "list.seen",
    "init": ITSELF,
    "demo": NOTHING,
    "run": NOTHING,
    "web": NOTHING,
    "worker": NOTHING,
    "status": NOTHING,
}
"""By the words of a command."""

READING: tuple[Kind, ...] = ("list.seen", "card.seen", "audit.seen")
"""What is shown while the command goes on."""

CHOICES = ("by", "state", "channel", "name", "kind", "unit", "country")
"""Options of these commands that are choices, or name a year."""


def actor() -> Actor:
    """Whoever the operating system says has called."""
    return Actor("command", f"os:{_name()}")


def _name() -> str:
    """By the number of the user, which no variable of the environment changes."""
    if not hasattr(os, "getuid"):
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container without accounts
        return str(os.getuid())


def words(ctx: click.Context) -> str:
    """The words by which a command was called, without the program's own."""
    found = []
    while ctx.parent is not None:
        found.append(ctx.info_name or "")
        ctx = ctx.parent
    return " ".join(reversed(found))


def record(ctx: click.Context, now: datetime.datetime) -> None:
    """Tell the audit log what a command has shown or written."""
    said = words(ctx)
    kind = COMMANDS.get(said)
    if kind is None or kind == ITSELF:
        return
    facts = dict(_facts(ctx))
    if kind == "list.seen" and facts.get("out"):
        kind = "export.written"
    try:
        audit_log.record(kind, now, client_id=_client_id(ctx.params), command=said, **facts)
    except peewee.DatabaseError as error:  # a standby has no log of its own
        if not patience.may_only_read(error):
            raise


def record_reading(ctx: click.Context, now: datetime.datetime) -> None:
    """The same of one that was interrupted, which may have shown all that it reads."""
    if COMMANDS.get(words(ctx)) in READING:
        record(ctx, now)


def _facts(ctx: click.Context) -> Mapping[str, Any]:
    """What was said on the command line, but for words that may name a client."""
    found: dict[str, Any] = {}
    for name, value in ctx.params.items():
        if (
            not value
            or ctx.get_parameter_source(name) is not click.core.ParameterSource.COMMANDLINE
        ):
            continue
        if name == "out":
            found["out"] = True
        elif isinstance(value, bool | int | datetime.date) or name in CHOICES:
            found[name] = value if isinstance(value, bool | int) else str(value)
    return found | _units(ctx.params)


def _units(asked: Mapping[str, Any]) -> dict[str, str]:
    """The agent, team or branch that was named, where the book has it."""
    from policies.models import Agent, Branch, Team

    known = {"agent_no": Agent.agent_no, "agent": Agent.agent_no}
    known |= {"team": Team.name, "branch": Branch.name}
    named = {name: str(asked[name]) for name in known if asked.get(name)}
    return {
        name: said
        for name, said in named.items()
        if known[name].model.select().where(known[name] == said).exists()
    }


def _client_id(asked: Mapping[str, Any]) -> int | None:
    """The one client whom a command was called for, by number, policy, message or case."""
    from policies.models import Client, Policy
    from servicing.core.case_models import Case
    from servicing.core.check_models import SpotCheck
    from servicing.core.models import Message

    if number := asked.get("client_no"):
        found: Any = Client.select(Client.id).where(Client.client_no == number)
    elif number := asked.get("policy_no"):
        found = Policy.select(Policy.client).where(Policy.policy_no == number)
    elif number := asked.get("message_id"):
        found = Message.select(Message.client).where(Message.id == number)
    elif number := asked.get("case_id"):
        found = Case.select(Case.client).where((Case.id == number) & Case.client.is_null(False))
    elif number := asked.get("check_id"):
        found = SpotCheck.select(SpotCheck.client).where(SpotCheck.id == number)
    else:
        return None
    return next((int(client_id) for (client_id,) in found.tuples()), None)
