"""The manager's figures as a terminal shows them: tables of 80 columns, shares as per cent."""

from collections.abc import Iterable, Iterator
from typing import Any

from policies import records
from policies.persistency.early_warning import Deciding, EarlyWarning
from policies.persistency.figure import Audit, FigureRow
from policies.persistency.periods import Period
from policies.persistency.policy_lines import PolicyLine
from servicing.core import i18n, output
from servicing.core.output import percent
from servicing.core.settings import Targets
from servicing.reports.losses import Losses
from servicing.reports.scorecard import ScorecardLine
from servicing.terminal.lines import line
from servicing.terminal.words import word


def show_audit(audit: Audit, locale: str) -> None:
    """A figure: its rows, and the total of those that are complete."""
    _headline("persistency", audit, locale)
    rows = [_figure_row(row, locale) for row in audit.rows]
    rows.append({**_figure_row(audit.total, locale), "key": word("total", locale)})
    premiums = ["premium_counted", "premium_persisting"] if audit.basis == "premium" else []
    output.emit_table(
        rows, ["key", "issued", "counted", "persisting", *premiums, "ratio", "complete"], locale
    )


def _headline(key: str, figure: Audit | EarlyWarning, locale: str, **more: str) -> None:
    """Print the question above the answer."""
    definition, basis = word(figure.definition, locale), word(f"by_{figure.basis}", locale)
    known = {"month": figure.month, "as_of": figure.as_of, **more}
    head = word(key, locale, definition=definition, basis=basis, **known)
    line(head, "bold")


def policy_rows(lines: Iterable[PolicyLine], locale: str) -> Iterator[dict[str, Any]]:
    """The policies behind a figure as their table shows them."""
    for each in lines:
        yield {**records.named(each), "verdict": i18n.say("verdict", each.reason, locale)}


def show_early_warning(early: EarlyWarning, locale: str) -> None:
    """The open cohorts: as they stand, if nothing more is paid, and what is still to collect."""
    _headline("atrisk", early, locale, target=percent(early.target))
    is_premium = early.basis == "premium"
    rows = [
        {
            **records.named(row),
            "key": row.key or "—",
            "ratio": percent(row.ratio),
            "ratio_if_nothing": percent(row.ratio_if_nothing),
            "of_premium": row.premium_counted,
            "to_collect": f"{row.to_collect:,.2f}{'' if row.within_reach else ' ▼'}",
            "to_keep": f"{row.to_keep}{'' if row.within_reach else ' ▼'}",
        }
        for row in early.rows
    ]
    names = ["key"] if any(row.key for row in early.rows) else ["judged_on"]
    needs = "to_collect" if is_premium else "to_keep"
    counted = "of_premium" if is_premium else "counted"
    columns = [counted, "ratio", "ratio_if_nothing", needs]
    output.emit_table(rows, ["cohort", *names, *columns], locale)


def show_deciding(policies: Iterable[Deciding], early: EarlyWarning, locale: str) -> None:
    """The policies that decide open cohorts; where they are not all shown, how many there are."""
    shown = list(policies)
    if not shown:
        return
    line()
    columns = ["policy_no", "client_name", "agent_no", "premium"]
    dated = ["outstanding", "days_left"] if early.definition == "paid" else ["cohort"]
    output.emit_table(shown, [*columns, *dated], locale)
    undecided = sum(row.undecided for row in early.rows)
    if len(shown) < undecided:
        line(word("more_policies", locale, count=undecided - len(shown)))


def show_losses(found: list[Losses], locale: str) -> None:
    """Policies kept and lost side by side, by what was done for them in their first year."""
    line(word("losses", locale), "bold")
    kinds = ("served", "unserved", "no_record")
    rows = [
        {
            "key": word("total", locale) if each is found[-1] else each.key,
            "lost": each.lost,
            "lost_no_contact": each.lost_no_contact,
            **{f"lost_{kind}": getattr(each, f"lost_{kind}") for kind in kinds},
            **{f"share_{kind}": percent(each.share_lost(kind)) for kind in kinds},
        }
        for each in found
    ]
    sides = [f"{side}_{kind}" for kind in kinds[:2] for side in ("lost", "share")]
    columns = ["key", "lost", *sides, "lost_no_record", "lost_no_contact"]
    output.emit_table(rows, columns, locale)


def show_scorecard(
    lines: Iterable[ScorecardLine], period: Period, targets: Targets, locale: str
) -> None:
    """A row a unit, or a row for each of its periods; what misses its target is marked."""
    head = word(
        "scorecard",
        locale,
        period=period,
        persistency=percent(targets.persistency),
        referrals=targets.referrals,
        add_on=percent(targets.add_on),
    )
    line(head, "bold")
    rows = [_score_row(each, targets, locale) for each in lines]
    has_trend = len({row["period"] for row in rows}) > 1
    columns = ["key", *(["period"] if has_trend else []), "persistency", "referrals", "add_on"]
    output.emit_table(rows, [*columns, "coverage", "in_time_share", "overdue"], locale)


def _score_row(of: ScorecardLine, targets: Targets, locale: str) -> dict[str, Any]:
    kept = _marked(percent(of.persistency), of.persistency, targets.persistency)
    referrals = f"{of.referrals}/{of.referrals_target}"
    name = word("total", locale) if of.key == "total" else f"{of.key} {of.name}".strip()
    return {
        **records.named(of),
        "key": name,
        "persistency": kept,
        "referrals": _marked(referrals, of.referrals, of.referrals_target),
        "add_on": _marked(percent(of.add_on), of.add_on, targets.add_on),
        "coverage": percent(of.coverage),
        "in_time_share": percent(of.in_time_share),
    }


def _marked(shown: str, value: float | None, target: float) -> str:
    return f"{shown} ▼" if value is not None and value < target else shown


def _figure_row(row: FigureRow, locale: str) -> dict[str, Any]:
    return {
        **records.named(row),
        "ratio": percent(row.ratio),
        "complete": "" if row.complete else word("open", locale),
    }
