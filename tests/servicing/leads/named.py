"""Asks and leads, put into the book."""

from typing import Any

from policies import lead as leads
from policies.models import Agent, Client
from servicing.core.lead_models import Lead, ReferralAsk
from tests import cast

NOW = cast.at("2026-03-02")


def ask(client: Client, on: cast.Day = "2026-03-02", agent: Agent | None = None) -> ReferralAsk:
    return ReferralAsk.create(
        client=client,
        agent=agent,
        asked_on=cast.day(on),
        answer="yes",
        asked_by="root",
        recorded_at=NOW,
    )


def named(client: Client, state: str = "new", **facts: Any) -> Lead:
    """A lead in a state; one that has ended keeps nothing of the friend."""
    is_open = state in leads.OPEN
    has_agreed = state in leads.AGREED
    given = {
        "name": "Ada Example" if is_open else "",
        "reach": "+12025550142" if is_open else "",
        "given_on": cast.day("2026-03-02"),
        "consented_on": cast.day("2026-03-03") if has_agreed else None,
        "until": cast.day("2026-04-01" if state == "new" else "2026-06-01") if is_open else None,
        "recorded_by": "root",
        "recorded_at": NOW,
    }
    return Lead.create(client=client, state=state, is_open=is_open, **{**given, **facts})
