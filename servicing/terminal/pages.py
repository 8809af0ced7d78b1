"""The longer things people read in a terminal: the day's account, the manual, the card."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from policies.plan import Plan, text
from servicing.breaker.halts import HaltLine
from servicing.core import i18n, output, reasons
from servicing.core.seals import Finding
from servicing.desk import wording
from servicing.desk.card import Card, PolicyCard, TimelineLine, TrailLine
from servicing.desk.manual import ManualEntry
from servicing.desk.tasks import title
from servicing.desk.wording import reason_name, state_name
from servicing.explain.why import Why
from servicing.messages import history
from servicing.messages.history import Account, Life, MessageLine
from servicing.operations.health import Status
from servicing.projections.preview import Preview
from servicing.projections.template_check import Complaint, Preflight
from servicing.reassignment.orphans import OrphanLine
from servicing.reassignment.succession import Share
from servicing.schedule.materialize import DayWalked
from servicing.schedule.walk import Walked

RECENT = 20
"""Lines of the trail that the terminal shows; --format json has them all."""

SHOWN_ORPHANS = 20
"""Agents and clients that the terminal names; --format csv has them all."""

COMING = 8
"""Touchpoints of a policy that the terminal shows ahead."""


def word(key: str, locale: str, **values: Any) -> str:
    """A word of the terminal in a language."""
    return i18n.say("terminal", key, locale, **values)


# --------------------------------------------------------------------------- handovers and orphans


def share_row(share: Share) -> dict[str, Any]:
    """What an agent takes over, as the table shows it."""
    several = " + ".join(f"{value:,.2f} {name}" for name, value in share.by_currency.items())
    return {**vars(share), "annual_premium": share.annual_premium or several or Decimal()}


def show_orphans(lines: Iterable[OrphanLine], locale: str) -> None:
    """Who was left behind by an agent, and who does not know the new one; a table each."""
    found = list(lines)
    agent = ("agent_no", "agent_name")
    tables: dict[str, tuple[str, ...]] = {
        "no_agent": (*agent, "since", "days", "clients", "policies", "annual_premium"),
        "not_told": ("client_no", *agent, "since", "days", "overdue"),
    }
    for what, columns in tables.items():
        rows = [
            {**vars(line), "overdue": word("not_told_long", locale) if line.is_overdue else ""}
            for line in found
            if line.what == what
        ]
        print(word(what if rows else f"{what}_nobody", locale))
        if rows:
            output.emit_table(rows[:SHOWN_ORPHANS], columns, locale)
        if more := len(rows[SHOWN_ORPHANS:]):
            print(word("more_orphans", locale, count=more))


# --------------------------------------------------------------------------------------- messages


def message_rows(lines: Iterable[MessageLine], plan: Plan, locale: str) -> Iterator[dict[str, Any]]:
    """Messages as their table shows them."""
    for line in lines:
        yield {
            **vars(line),
            "title": title(plan, line.touchpoint, locale),
            "state": state_name(line.state, locale),
            "reason": reason_name(line.reason, locale),
        }


def show_account(account: Account, locale: str) -> None:
    """A day's messages: what was due, what became of them, and why."""
    parts = {name: getattr(account, name) for name in ("due", *history.PARTS)}
    shown = {name: value for name, value in parts.items() if value or name in ("due", "sent")}
    output.emit_counts(shown, "table", locale)
    if account.by_reason:
        rows = [
            {"reason": reason_name(code, locale), "count": count}
            for code, count in sorted(account.by_reason.items(), key=lambda each: -each[1])
        ]
        Console().print()
        output.emit_table(rows, ["reason", "count"], locale)


def show_status(found: Status, locale: str, zone: datetime.tzinfo) -> None:
    """How the house is doing, a line each, what is halted first; what needs a person is told after it."""
    for each in found.halts:
        Console().print(Text(wording.halted(each, each.name, locale, zone), style="bold red"))
    rows = [{"what": what, "value": value} for what, value in _status_lines(found, locale, zone)]
    output.emit_table(rows, ["what", "value"], locale)


def _status_lines(
    found: Status, locale: str, zone: datetime.tzinfo
) -> Iterator[tuple[str, str | int]]:
    def at(moment: datetime.datetime | None) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "–"

    yield word("clock", locale), found.clock or word("nobody", locale)
    if found.workers:
        yield word("workers", locale), found.workers
    walked = f"{found.last_walked} ({at(found.walked_at)})" if found.last_walked else "–"
    yield word("last_walked", locale), walked
    for state, count in found.waiting.items():
        yield state_name(state, locale), count
    yield word("ready", locale), found.ready
    if found.oldest_ready:
        yield word("oldest_ready", locale), at(found.oldest_ready)
    yield word("overdue_tasks", locale), found.overdue_tasks
    for each in found.providers:
        told = [f"{word('last_success', locale)} {at(each.last_success)}"]
        if each.last_error:
            why = " ".join([reason_name(each.error_reason, locale), each.error_code]).strip()
            told.append(f"{word('last_error', locale)} {at(each.last_error)} {why}")
        yield each.provider, " · ".join(told)


def halt_rows(
    lines: Iterable[HaltLine], locale: str, zone: datetime.tzinfo
) -> Iterator[dict[str, Any]]:
    """Halts as their table shows them."""
    for line in lines:
        until = [_moment(line.resumed_at, zone)] if line.resumed_at else []
        ended = ": ".join([*until, *filter(None, [line.resumed_by, line.resumed_why])])
        yield {
            "what": line.name,
            "why": line.sentence(locale),
            "since": _moment(line.halted_at, zone),
            "waiting": line.waiting,
            "resumed": ended,
        }


def show_message(life: Life, plan: Plan, locale: str, zone: datetime.tzinfo) -> None:
    """One message: whose it is, its words, and its life."""
    head = f"#{life.id}  {title(plan, life.touchpoint, locale)}  {life.due_on}"
    to = " · ".join(each for each in (life.client_name, life.client_no, life.policy_no) if each)
    via = " · ".join(each for each in (life.channel, life.address, life.provider) if each)
    told = [Text(head, style="bold"), Text(to), Text(via, style="dim")]
    if life.body:
        told.append(Text(f"\n{life.subject}\n\n{life.body}" if life.subject else f"\n{life.body}"))
    table = Table.grid(padding=(0, 2))
    for line in life.life:
        facts = [value for name, value in line.facts.items() if name != "channel"]
        why = " · ".join([reason_name(line.reason, locale), *map(str, facts)])
        table.add_row(_moment(line.at, zone), state_name(line.state, locale), Text(why))
    Console().print(Group(*told, Text(""), table))


def show_preflight(found: Preflight, locale: str) -> None:
    """Whom each text would reach, and how long it is."""
    output.emit_table(preflight_rows(found), ["template", "clients", "longest", "by_parts"], locale)


def preflight_rows(found: Preflight) -> Iterator[dict[str, str | int]]:
    """A row a text: how many clients, how many characters at most, how many texts of so many parts."""
    for each in found.reached:
        parts = " · ".join(f"{parts}: {count}" for parts, count in sorted(each.parts.items()))
        yield {
            **{"template": each.template, "clients": each.clients},
            **{"longest": each.longest, "by_parts": parts},
        }


def complaint(found: Complaint, locale: str) -> str:
    """What is wrong with a text, as a sentence with the first clients it is wrong for."""
    examples = ", ".join(found.examples)
    if found.clients > len(found.examples):
        examples += ", …"
    told = {"template": found.template, "what": found.what, "clients": f"{found.clients:,}"}
    return i18n.say("complaint", found.code, locale, **told, examples=examples)


def show_preview(found: Preview, locale: str) -> None:
    """A text that nobody is sent, and whether it might be."""
    via = " · ".join(each for each in (found.channel, found.address, found.provider) if each)
    state = f"{state_name(found.state, locale)}: {reason_name(found.reason.value, locale)}"
    size = word("size", locale, length=found.length, parts=found.text.parts)
    for line in (via, state, size, "", found.text.subject, found.text.body):
        if line or not found.text.subject:
            Console().print(Text(line))


def fault(found: Finding, locale: str) -> str:
    """What is not as it was sealed, as a sentence."""
    told = {"entry": found.entry, "client_no": found.client_no, "kind": found.kind, "at": found.at}
    return i18n.say("fault", found.fault, locale, **told)


def show_why(found: Why, plan: Plan, locale: str, zone: datetime.tzinfo) -> None:
    """The chain, a sentence a line; where it ends is marked."""
    name = title(plan, found.touchpoint, locale)
    Console().print(Text(f"{found.policy_no}  {name}  {found.on}", style="bold"))
    for link in found.chain:
        mark = "✓" if link.holds else "…" if link.code == "to_come" else "✗"
        Console().print(f"{mark} {link.told(zone).sentence(locale)}", highlight=False, markup=False)


# ------------------------------------------------------------------------------- the day's account


def timeline_rows(lines: Iterable[TimelineLine], plan: Plan, locale: str) -> list[dict[str, Any]]:
    """A timeline as its table shows it."""
    return [
        {
            "due_on": line.due_on,
            "title": title(plan, line.touchpoint, locale),
            "state": state_name(line.state, locale),
            "reason": reason_name(line.reason, locale) if line.state != "planned" else "",
            "carried_by": line.carried_by,
        }
        for line in lines
    ]


def show_walk(walked: Walked, plan: Plan, locale: str) -> None:
    """What a walk did: the total, by touchpoint, and why what was not made was not."""
    console = Console()
    if walked.caught_up:
        first, last = walked.caught_up[0].on, walked.caught_up[-1].on
        console.print(
            word("caught_up", locale, count=len(walked.caught_up), first=first, last=last)
        )
    console.print(Text(word("walked", locale, on=walked.on), style="bold"))
    console.print(Padding(_account([*walked.caught_up, walked], locale), (0, 0, 1, 0)))
    by_touchpoint = sum(
        (day.by_touchpoint for day in walked.caught_up), walked.by_touchpoint.copy()
    )
    rows: list[Mapping[str, Any]] = [
        {"touchpoint": each.id, "title": text(each.title, locale), "count": by_touchpoint[each.id]}
        for each in plan.touchpoints
        if by_touchpoint[each.id]
    ]
    if rows:
        output.emit_table(rows, ["touchpoint", "title", "count"], locale)
    by_reason = sum((day.by_reason for day in walked.caught_up), walked.by_reason.copy())
    if by_reason:
        console.print()
        output.emit_table(
            [
                {"reason": reasons.sentence(code, locale), "count": count}
                for code, count in by_reason.most_common()
            ],
            ["reason", "count"],
            locale,
        )


def _account(days: list[DayWalked], locale: str) -> Text:
    parts = [
        f"{word(name, locale)} {sum(getattr(day, name) for day in days):,}"
        for name in ("touchpoints", "messages", "tasks", "skipped")
    ]
    return Text("   ".join(parts))


# -------------------------------------------------------------------------------------- the manual


def show_manual(entries: Iterable[ManualEntry], locale: str) -> None:
    """The service manual, a panel a touchpoint."""
    console = Console()
    for each in entries:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")  # Chinese has no spaces to break at
        for name in ("purpose", "action", "tool", "script"):
            if value := getattr(each, name):
                grid.add_row(word(name, locale), Text(value))
        facts = " · ".join([each.when, each.kind, each.owner, each.message_class, each.scope])
        heading = f"[bold]{each.title}[/] [dim]{each.touchpoint}[/]"
        body = Group(Text(facts, style="cyan"), grid)
        console.print(Panel(body, title=heading, title_align="left", border_style="dim"))


# ---------------------------------------------------------------------------------------- the card


def show_card(card: Card, plan: Plan, locale: str, zone: datetime.tzinfo) -> None:
    """The 360° card as a terminal can show it, moments in the book's time zone."""
    console = Console()
    heading = Text.assemble((card.name, "bold"), f"  {card.client_no}")
    console.print(
        Panel(_profile(card, locale), title=heading, title_align="left", border_style="cyan")
    )
    for policy in card.policies:
        console.print(_policy(policy, plan, locale))
    for name, lines in (("todo", card.open_tasks), ("waiting", card.waiting_messages)):
        if lines:
            console.print(Text(word(name, locale), style="bold"))
            console.print(Padding(_open_items(lines, plan, locale, zone), (0, 0, 1, 2)))
    if card.trail:
        recent = card.trail[-RECENT:]
        console.print(Text(word("trail", locale, count=len(recent)), style="bold"))
        console.print(Padding(_trail(recent, plan, locale, zone), (0, 0, 1, 2)))


def _profile(card: Card, locale: str) -> RenderableType:
    consent = {True: "yes", False: "no", None: "never"}[card.marketing_consent]
    phone = card.phone or (
        f"{card.phone_given}（{word('unusable', locale)}）" if card.phone_given else ""
    )
    referrer = " ".join([card.referred_by, card.referred_by_name]).strip()
    facts = {
        "birthday": card.birthday.isoformat() if card.birthday else "",
        "phone": phone,
        "email": card.email,
        "channel": card.channel and i18n.say("channel", card.channel, locale),
        "consent": " ".join([word(consent, locale), str(card.consent_on or "")]).strip(),
        "referred_by": referrer,
        "referrals": "、".join(f"{each['name']} {each['client_no']}" for each in card.referrals),
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            grid.add_row(word(name, locale), Text(value))
    return grid


def _policy(policy: PolicyCard, plan: Plan, locale: str) -> RenderableType:
    ended = f" {policy.ended_on}" if policy.ended_on else ""
    status = i18n.say("status", policy.status, locale) + ended
    facts = [
        status,
        f"{policy.issue_date} →"
        if not policy.paid_to
        else f"{policy.issue_date} → {policy.paid_to}",
        f"{policy.annual_premium} {policy.currency}".strip(),
        i18n.say("mode", policy.payment_mode, locale),
        f"{word('agent', locale)} {policy.agent_name} {policy.agent_no}",
    ]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column()
    for line in _around_now(policy.timeline):
        table.add_row(*_timeline_row(line, policy, plan, locale))
    heading = Text.assemble((policy.product or policy.policy_no, "bold"), f"  {policy.policy_no}")
    body = Group(Text(" · ".join(facts), style="cyan"), table)
    return Panel(body, title=heading, title_align="left", border_style="dim")


def _around_now(timeline: list[TimelineLine]) -> list[TimelineLine]:
    """What was, and the next few to come."""
    past = [line for line in timeline if line.state != "planned"]
    coming = [line for line in timeline if line.state == "planned"]
    return past[-COMING:] + coming[:COMING]


def _timeline_row(line: TimelineLine, policy: PolicyCard, plan: Plan, locale: str) -> list[Text]:
    style = "dim" if line.state == "planned" else ""
    state = state_name(line.state, locale)
    if line.carried_by != policy.policy_no:
        state += f" ({word('covered', locale, policy=line.carried_by)})"
    return [
        Text(line.due_on.isoformat(), style=style),
        Text(title(plan, line.touchpoint, locale), style=style),
        Text(state, style=style),
    ]


def _open_items(
    lines: list[dict[str, Any]], plan: Plan, locale: str, zone: datetime.tzinfo
) -> Table:
    table = Table.grid(padding=(0, 2))
    for line in lines:
        day = line.get("show_on") or line["send_from"] or "–"
        shown = _moment(day, zone) if isinstance(day, datetime.datetime) else str(day)
        name = title(plan, line["touchpoint"], locale)
        table.add_row(f"#{line['id']}", shown, Text(name), line["policy_no"])
    return table


def _moment(at: datetime.datetime, zone: datetime.tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _trail(lines: list[TrailLine], plan: Plan, locale: str, zone: datetime.tzinfo) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in reversed(lines):
        name = title(plan, line.touchpoint, locale) if line.touchpoint else line.policy_no
        told = Text("; ".join(wording.details(line, locale)))
        table.add_row(_moment(line.at, zone), wording.headline(line, locale), Text(name), told)
    return table
