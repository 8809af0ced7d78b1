"""The client's 360° card as a terminal shows it."""

import datetime
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from policies.plan import Plan
from servicing.card import wording
from servicing.card.card import Card, PolicyCard, TrailLine, WaitingMessage
from servicing.card.policy_timeline import TimelineLine
from servicing.card.queries import OpenTask
from servicing.card.wording import state_name
from servicing.core import consoles, i18n
from servicing.desk.tasks import title
from servicing.terminal.words import moment, word

RECENT = 20
"""Lines of the trail that the terminal shows; --format json has them all."""


COMING = 8
"""Touchpoints of a policy that the terminal shows ahead."""


def show_card(card: Card, plan: Plan, locale: str, zone: datetime.tzinfo) -> None:
    """The 360° card as a terminal can show it, moments in the book's time zone."""
    console = consoles.console()
    heading = Text.assemble((card.name, "bold"), f"  {card.client_no}")
    console.print(
        Panel(_profile(card, locale), title=heading, title_align="left", border_style="cyan")
    )
    for policy in card.policies:
        console.print(_policy(policy, plan, locale))
    tasks = [(str(each.show_on), each) for each in card.open_tasks]
    messages = [
        (moment(each.send_from, zone) if each.send_from else "–", each)
        for each in card.waiting_messages
    ]
    for name, lines in (("todo", tasks), ("waiting", messages)):
        if lines:
            console.print(Text(word(name, locale), style="bold"))
            console.print(Padding(_open_items(lines, plan, locale), (0, 0, 1, 2)))
    if card.trail:
        recent = card.trail[-RECENT:]
        console.print(Text(word("trail", locale, count=len(recent)), style="bold"))
        console.print(Padding(_trail(recent, plan, locale, zone), (0, 0, 1, 2)))


def _profile(card: Card, locale: str) -> RenderableType:
    consent = {True: "yes", False: "no", None: "never"}[card.consent.is_given]
    phone = card.phone or (
        f"{card.phone_given}（{word('unusable', locale)}）" if card.phone_given else ""
    )
    referrer = " ".join([card.referred_by, card.referred_by_name]).strip()
    facts = {
        "birthday": card.birthday.isoformat() if card.birthday else "",
        "deceased_on": str(card.deceased_on or ""),
        "death_asked_on": str(card.death_asked_on or ""),
        "bereaved_until": str(card.bereaved_until or ""),
        "phone": phone,
        "email": card.email,
        "channel": card.channel and i18n.say("channel", card.channel, locale),
        "consent": " ".join([word(consent, locale), str(card.consent.on or "")]).strip(),
        "referred_by": referrer,
        "referrals": "、".join(f"{each.name} {each.client_no}" for each in card.referrals),
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            grid.add_row(word(name, locale), Text(value))
    return grid


def _policy(policy: PolicyCard, plan: Plan, locale: str) -> RenderableType:
    since = policy.suspended_on or policy.ended_on
    status = f"{i18n.say('status', policy.status, locale)} {since or ''}".rstrip()
    if policy.is_left_out:
        status += f" ({i18n.say('state', 'left_out', locale)})"
    if policy.rescindable_from:
        status += f" ({word('rescindable', locale, on=policy.rescindable_from)})"
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
    """The past touchpoints, and the next few to come."""
    past = [line for line in timeline if line.state != "planned"]
    coming = [line for line in timeline if line.state == "planned"]
    return past[-COMING:] + coming[:COMING]


def _timeline_row(line: TimelineLine, policy: PolicyCard, plan: Plan, locale: str) -> list[Text]:
    style = "dim" if line.state == "planned" else ""
    state = state_name(line.state, locale)
    if line.carried_by != policy.policy_no:
        state += f" ({word('covered', locale, policy=line.carried_by)})"
    name = title(plan, line.touchpoint, locale)
    if line.grace_until and line.state == "planned":
        name += f" ({word('in_grace', locale, until=line.grace_until)})"
    return [
        Text(line.due_on.isoformat(), style=style),
        Text(name, style=style),
        Text(state, style=style),
    ]


def _open_items(
    items: Sequence[tuple[str, OpenTask | WaitingMessage]], plan: Plan, locale: str
) -> Table:
    """Tasks or messages, each behind the day or the moment that is shown of it."""
    table = Table.grid(padding=(0, 2))
    for shown, each in items:
        name = title(plan, each.touchpoint, locale)
        if isinstance(each, OpenTask) and each.desk:
            desk = i18n.say("desk", each.desk, locale)
            name = i18n.say("desk_task", "titled", locale, title=name, desk=desk)
        table.add_row(f"#{each.id}", shown, Text(name), each.policy_no)
        if isinstance(each, WaitingMessage) and each.repeats:
            table.add_row("", "", Text(each.repeats.sentence(locale), style="bold red"), "")
    return table


def _trail(lines: list[TrailLine], plan: Plan, locale: str, zone: datetime.tzinfo) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    between = i18n.say(i18n.NOTICES, "semicolon", locale)
    for line in reversed(lines):
        name = title(plan, line.touchpoint, locale) if line.touchpoint else line.policy_no
        told = Text(between.join(wording.details(line, locale)))
        table.add_row(moment(line.at, zone), wording.headline(line, locale), Text(name), told)
    return table
