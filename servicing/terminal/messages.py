"""Messages as a terminal shows them: lists, the account of a day, the life of one, texts tried out."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from policies import records
from policies.plan import Plan
from servicing.card.wording import particulars, reason_name, state_name
from servicing.core import i18n, output
from servicing.desk.tasks import title
from servicing.messages import history
from servicing.messages.history import Account, MessageLife
from servicing.messages.queries import MessageLine
from servicing.messages.suppressions import SuppressionLine
from servicing.terminal.lines import line
from servicing.terminal.words import moment, word

if TYPE_CHECKING:  # only what looks ahead has loaded them
    from servicing.projections.preview import Preview
    from servicing.projections.template_check import Preflight, TextFlaw

PREFLIGHT = ["template", "clients", "longest", "by_parts"]
"""Columns of what is found of each text before it is sent."""


def message_rows(lines: Iterable[MessageLine], plan: Plan, locale: str) -> Iterator[dict[str, Any]]:
    """Messages as their table shows them."""
    for each in lines:
        yield {
            **records.named(each),
            "title": title(plan, each.touchpoint, locale),
            "state": state_name(each.state, locale),
            "reason": reason_name(each.reason, locale),
        }


def suppression_rows(
    lines: Iterable[SuppressionLine], locale: str, zone: datetime.tzinfo
) -> Iterator[dict[str, Any]]:
    """Suppressions as their table shows them."""
    for each in lines:
        section = "class" if each.of == "marketing" else "channel"
        yield {
            **records.named(each),
            "of": i18n.say(section, each.of, locale),
            "why": i18n.say("operations", f"why_{each.why}", locale),
            "since": moment(each.since, zone),
        }


def show_account(account: Account, locale: str) -> None:
    """A day's messages: what was due, what became of them, and why."""
    parts = {name: getattr(account, name) for name in ["due", *history.PARTS]}
    shown = {name: value for name, value in parts.items() if value or name in ("due", "sent")}
    output.emit_counts(shown, "table", locale)
    if account.by_reason:
        rows = [
            {"reason": reason_name(code, locale), "count": count}
            for code, count in Counter(account.by_reason).most_common()
        ]
        line()
        output.emit_table(rows, ["reason", "count"], locale)


def show_message(life: MessageLife, plan: Plan, locale: str, zone: datetime.tzinfo) -> None:
    """One message: whose it is, its words, and its life."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from servicing.core.consoles import console

    head = f"#{life.id}  {title(plan, life.touchpoint, locale)}  {life.due_on}"
    to = " · ".join(each for each in (life.client_name, life.client_no, life.policy_no) if each)
    via = " · ".join(each for each in (life.channel, life.address, life.provider) if each)
    told = [Text(head, style="bold"), Text(to), Text(via, style="dim")]
    if life.body:
        told.append(Text(f"\n{life.subject}\n\n{life.body}" if life.subject else f"\n{life.body}"))
    if life.is_preview:
        told.append(Text(word("preview", locale), style="dim"))
    table = Table.grid(padding=(0, 2))
    for each in life.life:
        why = " · ".join([reason_name(each.reason, locale), *particulars(each.facts, locale)])
        table.add_row(moment(each.at, zone), state_name(each.state, locale), Text(why))
    console().print(Group(*told, Text(""), table))


def show_preflight(found: "Preflight", locale: str) -> None:
    """Show how many clients each text would reach, and how long it is."""
    output.emit_table(preflight_rows(found), PREFLIGHT, locale)


def preflight_rows(found: "Preflight") -> Iterator[dict[str, str | int]]:
    """A row a text: how many clients, how many characters at most, how many texts of so many parts."""
    for each in found.reached:
        parts = " · ".join(f"{parts}: {count}" for parts, count in sorted(each.parts.items()))
        yield {
            "template": each.template,
            "clients": each.clients,
            "longest": each.longest,
            "by_parts": parts,
        }


def flaw_sentence(found: "TextFlaw", locale: str) -> str:
    """The flaw of a text in a sentence, with the first clients that it is wrong for."""
    examples = ", ".join(found.examples)
    if found.clients > len(found.examples):
        examples += ", …"
    facts = {"template": found.template, "what": found.what, "examples": examples}
    told = i18n.shown(facts, locale)
    return i18n.say("text_flaw", found.code, locale, **told, count=found.clients)


def show_preview(found: "Preview", locale: str) -> None:
    """A text that nobody is sent, and whether it might be."""
    via = " · ".join(each for each in (found.channel, found.address, found.provider) if each)
    state = f"{state_name(found.state, locale)}: {reason_name(found.reason.value, locale)}"
    size = word("size", locale, length=found.length, count=found.text.parts)
    for told in (via, state, size, "", found.text.subject, found.text.body):
        if told or not found.text.subject:
            line(told)
