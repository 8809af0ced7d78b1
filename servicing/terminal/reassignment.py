"""The shares of a reassignment, and the clients without an agent or not yet introduced to theirs."""

from collections.abc import Iterable
from typing import Any

from policies import records
from servicing.core import output
from servicing.reassignment.orphans import OrphanLine
from servicing.reassignment.succession import Share
from servicing.terminal.words import word

SHOWN_ORPHANS = 20
"""Agents and clients that the terminal names; --format csv has them all."""


def share_row(share: Share) -> dict[str, Any]:
    """The share that an agent takes over, as the table shows it."""
    return {**records.named(share), "annual_premium": output.amounts(share.by_currency) or "0"}


def show_orphans(lines: Iterable[OrphanLine], locale: str) -> None:
    """Show the clients without an agent, and those not yet introduced to theirs; a table each."""
    found = list(lines)
    tables = {
        "no_agent": [
            "agent_no",
            "agent_name",
            "since",
            "days",
            "clients",
            "policies",
            "annual_premium",
        ],
        "not_told": ["client_no", "agent_no", "agent_name", "since", "days", "overdue"],
    }
    for what, columns in tables.items():
        rows = [
            {
                **records.named(line),
                "annual_premium": output.amounts(line.by_currency),
                "overdue": word("not_told_long", locale) if line.is_overdue else "",
            }
            for line in found
            if line.what == what
        ]
        print(word(what if rows else f"{what}_nobody", locale))
        if rows:
            output.emit_table(rows[:SHOWN_ORPHANS], columns, locale)
        if more := len(rows[SHOWN_ORPHANS:]):
            print(word("more_orphans", locale, count=more))
