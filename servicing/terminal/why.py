"""Why, link by link; what is not as it was sealed."""

import datetime

from policies.plan import Plan
from servicing.core import i18n
from servicing.core.seals import Finding
from servicing.desk.tasks import title
from servicing.explain import why as whys
from servicing.explain.why import Why
from servicing.terminal.lines import line


def fault(found: Finding, locale: str) -> str:
    """The sentence of a finding of the audit."""
    told = {"entry": found.entry, "client_no": found.client_no, "kind": found.kind, "at": found.at}
    return i18n.say("fault" if found.of == "card" else "log_fault", found.fault, locale, **told)


def show_why(found: Why, plan: Plan, locale: str, zone: datetime.tzinfo) -> None:
    """The answer, then the chain, a sentence a line; where it ends is marked."""
    name = title(plan, found.touchpoint, locale)
    line(f"{found.policy_no}  {name}  {found.on}", "bold")
    for sentence in whys.answer(found, locale, zone):
        line(sentence, "bold")
    for link in found.chain:
        mark = "✓" if link.holds else "…" if link.code == "to_come" else "✗"
        line(f"{mark} {link.in_zone(zone).sentence(locale)}")
