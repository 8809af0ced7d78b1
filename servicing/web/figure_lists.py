"""The lists behind a manager's figures: what stands in the columns of their pages and files."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, get_args

from flask import url_for

from policies.persistency.early_warning import Deciding, Outlook
from policies.persistency.figure import UnitLine
from policies.persistency.policy_lines import PolicyLine
from policies.referrals import Centre, Total
from servicing.core import output
from servicing.core.settings import Targets
from servicing.reports.questions import Question
from servicing.reports.scorecard import ScoreCard
from servicing.web import figures, listing
from servicing.web.figures import ManagedPart
from servicing.web.listing import Column, Listing
from servicing.web.rendering import word

HASTE = 15
"""Fewer days of grace than these are marked."""

Fate = Literal["lost", "kept", "open", "not_counted"]
FATES: tuple[Fate, ...] = get_args(Fate)
"""The filters of the list of policies."""

TONES: Mapping[str, str] = {"lost": "bad", "kept": "good", "open": "wait"}
UNDECIDED = frozenset(("in_grace", "not_due", "in_arrears"))


def fate_of(line: PolicyLine) -> Fate:
    """The fate of a policy in the figure, in a word."""
    if not line.counted:
        return "not_counted"
    if not line.persisting:
        return "lost"
    return "open" if line.reason in UNDECIDED else "kept"


def told(question: Question) -> str:
    """The question in a sentence."""
    return word(
        "manager",
        "told",
        month=question.measure.month,
        definition=word("terminal", question.measure.definition),
        basis=word("terminal", f"by_{question.basis}"),
        as_of=question.measure.as_of,
    )


def policies(
    lines: Iterable[PolicyLine], held: Mapping[str, str], part: ManagedPart, question: Question
) -> Listing[PolicyLine]:
    """Every policy behind a figure; `held`: by policy, the client whose card the reader may see."""

    def card(line: PolicyLine) -> str:
        client_no = held.get(line.policy_no)
        return url_for("cards.card", client_no=client_no) if client_no else ""

    def agent(line: PolicyLine) -> str:
        team = line.team.removeprefix(f"{line.branch} / ")
        unit = f"{line.branch} · {team}" if "branch" in part.kinds() and line.branch else team
        return f"{line.agent_no} {unit}".strip()

    def status(line: PolicyLine) -> str:
        return f"{word('status', line.status)} {line.ended_on or ''}".strip()

    def annual_premium(line: PolicyLine) -> Any:
        return listing.amount(line.annual_premium, line.currency)

    def surplus(line: PolicyLine) -> Any:
        return listing.amount(line.surplus or None, line.currency)

    is_paid = question.measure.definition == "paid"
    columns = [
        Column[PolicyLine](_heading("policy_no"), lambda line: line.policy_no, to=card),
        Column(
            _heading("verdict"),
            lambda line: word("verdict", line.reason),
            tone=lambda line: TONES.get(fate_of(line), ""),
        ),
        Column(_heading("issue_date"), lambda line: line.issue_date, "day"),
        Column(
            word("manager", f"decides_{question.measure.definition}"),
            lambda line: line.due_on,
            "day",
        ),
    ]
    if is_paid:
        columns += [
            Column(_heading("grace_until"), lambda line: line.grace_until, "day"),
            Column(_heading("paid_on"), lambda line: line.paid_on, "day"),
        ]
    columns += [
        Column(_heading("status"), status),
        Column(_heading("annual_premium"), annual_premium, "money"),
        Column(word("app", "payment_mode"), lambda line: word("mode", line.payment_mode)),
    ]
    if is_paid:
        columns.append(Column(_heading("surplus"), surplus, "money"))
    columns += [
        Column(_heading("product"), lambda line: line.product),
        Column(_heading("agent_name"), agent),
    ]
    return Listing("policies", columns, lines, about=told(question))


def collecting(
    lines: Iterable[Outlook], part: ManagedPart, question: Question, currency: str
) -> Listing[Outlook]:
    """The open cohorts of each unit, and the premium that is missing, which is in one currency."""
    is_premium = question.basis == "premium"

    def needed(line: Outlook) -> Any:
        return listing.amount(line.to_collect, currency) if is_premium else line.to_keep

    def undecided(line: Outlook) -> Any:
        premium = listing.amount(line.premium_undecided, currency)
        return premium if is_premium else line.undecided

    def reach(line: Outlook) -> str:
        if not (line.to_collect if is_premium else line.to_keep):
            return "reached"
        return "within_reach" if line.within_reach else "out_of_reach"

    tones = {"reached": "good", "within_reach": "wait", "out_of_reach": "bad"}
    kind: Any = "money" if is_premium else "number"
    columns = [
        Column[Outlook](
            word("manager", f"unit_{part.by}"),
            lambda line: _unit(part, line.key),
            to=lambda line: _unit_to("persistency.collect", part, line.key),
        ),
        Column(_heading("cohort"), lambda line: line.cohort),
        Column(_heading("judged_on"), lambda line: line.judged_on, "day"),
        Column(word("manager", "as_it_stands"), lambda line: line.ratio, "percent"),
        Column(word("manager", "if_nothing"), lambda line: line.ratio_if_nothing, "percent"),
        Column(word("manager", "undecided"), undecided, kind),
        Column(_heading("to_collect" if is_premium else "to_keep"), needed, kind),
        Column(
            word("manager", "reach"),
            lambda line: word("manager", reach(line)),
            tone=lambda line: tones[reach(line)],
        ),
    ]
    return Listing("collect", columns, lines, about=told(question))


def units(
    lines: Iterable[UnitLine], part: ManagedPart, question: Question, currency: str
) -> Listing[UnitLine]:
    """The figure of each unit in numbers: what the heat map draws; premiums are in one currency."""

    def counted(line: UnitLine) -> Any:
        return listing.amount(line.total.premium_counted, currency)

    def persisting(line: UnitLine) -> Any:
        return listing.amount(line.total.premium_persisting, currency)

    def behind(line: UnitLine) -> str:
        place = part.place_of(line.key)
        return url_for("persistency.policies", **figures.moved(place)) if place else ""

    columns = [
        Column[UnitLine](
            word("manager", f"unit_{part.by}"),
            lambda line: _unit(part, line.key),
            to=lambda line: _unit_to("persistency.figure", part, line.key),
        ),
        Column(_heading("ratio"), lambda line: line.total.ratio, "percent", to=behind),
        Column(_heading("counted"), lambda line: line.total.counted, "number"),
        Column(_heading("persisting"), lambda line: line.total.persisting, "number"),
    ]
    if question.basis == "premium":
        columns += [
            Column(_heading("premium_counted"), counted, "money"),
            Column(_heading("premium_persisting"), persisting, "money"),
        ]
    return Listing("units", columns, lines, about=told(question))


def deciding(
    lines: Iterable[Deciding], known: Collection[str], question: Question
) -> Listing[Deciding]:
    """The policies that decide; `known`: the clients whom the reader may see."""

    def name(line: Deciding) -> str:
        is_known = line.client_no in known
        return line.client_name if is_known else word("manager", "of_another_unit")

    def card(line: Deciding) -> str:
        is_known = line.client_no in known
        return url_for("cards.card", client_no=line.client_no) if is_known else ""

    def haste(line: Deciding) -> str:
        return "bad" if line.days_left is not None and line.days_left < HASTE else ""

    def premium_of(line: Deciding) -> Any:
        return listing.amount(line.premium, line.currency)

    def outstanding(line: Deciding) -> Any:
        return listing.amount(line.outstanding, line.currency)

    columns = [
        Column[Deciding](_heading("policy_no"), lambda line: line.policy_no),
        Column(_heading("client_name"), name, to=card),
        Column(_heading("agent_name"), lambda line: f"{line.agent_no} {line.agent_name}"),
        Column(
            _heading("verdict"), lambda line: word("verdict", line.reason), tone=lambda _: "wait"
        ),
        Column(_heading("annual_premium"), premium_of, "money"),
    ]
    if question.measure.definition == "paid":
        columns += [
            Column(_heading("outstanding"), outstanding, "money"),
            Column(_heading("paid_to"), lambda line: line.due_on, "day"),
            Column(_heading("grace_until"), lambda line: line.grace_until, "day"),
            Column(_heading("days_left"), lambda line: line.days_left, "number", tone=haste),
        ]
    columns.append(Column(_heading("cohort"), lambda line: line.cohort))
    return Listing("deciding", columns, lines, about=told(question))


def scores(lines: Iterable[ScoreCard], part: ManagedPart, targets: Targets) -> Listing[ScoreCard]:
    """The scorecards in numbers, a unit a line; what misses its target is marked."""

    def missed(value: float | None, target: float) -> str:
        return "bad" if value is not None and value < target else ""

    columns = [
        Column[ScoreCard](
            word("manager", f"unit_{part.by}"),
            lambda line: _unit(part, line.key),
            to=lambda line: _unit_to("scorecard.board", part, line.key),
        ),
        Column(word("app", "agents"), lambda line: line.agents, "number"),
        Column(
            word("manager", "score_persistency"),
            lambda line: line.now.persistency,
            "percent",
            tone=lambda line: missed(line.now.persistency, targets.persistency),
        ),
        Column(
            word("manager", "score_referrals"),
            lambda line: line.now.referrals,
            "number",
            tone=lambda line: missed(line.now.referrals, line.now.referrals_target),
        ),
        Column(
            word("manager", "score_add_on"),
            lambda line: line.now.add_on,
            "percent",
            tone=lambda line: missed(line.now.add_on, targets.add_on),
        ),
        Column(word("manager", "score_coverage"), lambda line: line.now.coverage, "percent"),
        Column(
            word("manager", "score_in_time_share"), lambda line: line.now.in_time_share, "percent"
        ),
        Column(
            word("manager", "score_overdue"),
            lambda line: line.overdue,
            "number",
            tone=lambda line: "bad" if line.overdue else "",
        ),
    ]
    return Listing("scorecard", columns, lines)


def centres(lines: Iterable[tuple[int, Centre]]) -> Listing[tuple[int, Centre]]:
    """Who brought whom: the largest trees first, each with its rank."""
    columns = [
        Column[tuple[int, Centre]](
            _heading("client_name"),
            lambda line: line[1].name,
            to=lambda line: url_for("influence.tree", client_no=line[1].client_no),
        ),
        Column(_heading("client_no"), lambda line: line[1].client_no),
        Column(word("manager", "rank"), lambda line: line[0], "number"),
        Column(_heading("people"), lambda line: line[1].whole.people, "number"),
        Column(_heading("policies"), lambda line: line[1].whole.policies, "number"),
        Column(_heading("premium"), lambda line: premium(line[1].whole)),
    ]
    return Listing("centres", columns, lines)


def premium(total: Total) -> str:
    """An annual premium; where there are several currencies, each of them."""
    return output.amounts(total.by_currency) or "0"


def _heading(name: str) -> str:
    return word("heading", name)


def _unit(part: ManagedPart, key: str) -> str:
    return part.name_of(key) or word("manager", "no_unit")


def _unit_to(endpoint: str, part: ManagedPart, key: str) -> str:
    """The same page of a smaller unit; empty for one that is shown already, or has no page."""
    place = part.place_of(key)
    return url_for(endpoint, **figures.moved(place)) if place and place != part.place else ""
