"""What a client is told who asks what is known of them (PIPL 45, GDPR 15), and nothing of others.

People of the company stand in it by their roles; whoever else stands on the card is left out. What a
person has written freely has the others' names taken out as far as the book knows them.
"""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from policies import persons
from policies.clock import NO_RULES, Rules
from policies.models import Client
from servicing.card import card as cards
from servicing.core import i18n, output, seals
from servicing.core.seals import SealAudit
from servicing.explain import evidence
from servicing.explain.evidence import Contents, Pack
from servicing.rights import others, queries
from servicing.rights.traces import Traces
from servicing.schedule.materialize import Walker


@dataclass(frozen=True)
class Request:
    """Somebody asks, at a moment of the book's time zone."""

    company: str
    """Who answers."""
    locale: str
    """The language of the sentences that JSON has."""
    zone: datetime.tzinfo
    now: datetime.datetime
    rules: Rules = NO_RULES
    """By which clocks run, such as that of a suspension."""

    @property
    def today(self) -> datetime.date:
        """The day of the answer."""
        return self.now.astimezone(self.zone).date()


def pack(walker: Walker, client_no: str, request: Request) -> Pack:
    """The files of the answer; raises `ClientNotFound`."""
    client = cards.client_of(client_no)
    audit = _of(client, seals.verify())
    held = evidence.contents(walker, client, request.locale, request.today, request.rules)
    told = _told(held, others.of(client), queries.roles())
    told["looks.json"] = looks = _looks(client, request.zone)
    told["cover.json"] = output.plain(queries.covers_of(client.id))
    told |= _abouts(client, sum(each["times"] for each in looks), audit, request)
    return evidence.packed(client, told, walker, audit, request.now)


def other_numbers(client_no: str) -> list[str]:
    """The other numbers of the same person: each is asked for by itself."""
    return [each for each in persons.client_nos(client_no) if each != client_no]


def _of(client: Client, audit: SealAudit) -> SealAudit:
    """What was found of other clients' cards is told to those who look after the trail."""
    mine = [each for each in audit.findings if each.client_no in ("", client.client_no)]
    return replace(audit, findings=mine)


def _looks(client: Client, zone: datetime.tzinfo) -> list[dict[str, Any]]:
    """Who saw the client: on which day, in which role, where, how often.

    A list counts once a day for each person. A file that was taken out stands in the audit log, by
    the unit and the months that were asked for, and not by client.
    """
    seen = queries.looks(client.id)
    found = Counter((at.astimezone(zone).date(), role, place) for at, role, place in seen)
    return [
        {"on": on.isoformat(), "role": role, "place": place, "times": times}
        for (on, role, place), times in sorted(found.items())
    ]


_SAID = ["title", "made", "files", "why", "source", "recipients"]
_SAID += ["looked", "kept", "rights", "others", "proof"]
"""The sentences, in their order."""


def _abouts(client: Client, looks: int, audit: SealAudit, request: Request) -> Contents:
    """What the files are, and what the client may ask for, in each language."""
    facts = {
        "client_no": client.client_no,
        "on": request.today,
        "company": request.company,
        "providers": ", ".join(queries.providers_of(client.id)) or "–",
        "looks": looks,
        "digest": audit.digest,
    }
    return {
        f"about.{locale}.txt": "\n\n".join(
            i18n.say("access", key, locale, **facts) for key in _SAID
        )
        + "\n"
        for locale in i18n.locales()
    }


# ----------------------------------------------------------------------------- without the others


def _told(held: Contents, strangers: Traces, roles: Mapping[str, str]) -> Contents:
    told = {name: _without(output.plain(each), strangers, roles) for name, each in held.items()}
    card = told["card.json"]
    card["family"] = [{"kin": each["kin"]} for each in card["family"]]
    card["referrals"] = len(card["referrals"])
    card["referred_by"] = bool(card["referred_by"])
    del card["referred_by_name"], card["writers"], card["refusals"]  # said elsewhere, or of others
    return told


_OF_THE_STAFF = ("by", "source")


def _without(value: Any, strangers: Traces, roles: Mapping[str, str], name: str = "") -> Any:
    """A value without other people's words; whoever did something, by their role."""
    if isinstance(value, dict):
        return {
            key: _without(each, strangers, roles, key)
            for key, each in value.items()
            if not _is_of_an_agent(key, value)
        }
    if isinstance(value, list):
        return [_without(each, strangers, roles, name) for each in value]
    if not isinstance(value, str) or not value:
        return value
    if name == "by":
        return roles.get(value, queries.STAFF)
    is_login = name in _OF_THE_STAFF and value in roles
    return roles[value] if is_login else strangers.without(value)


def _is_of_an_agent(key: str, facts: Mapping[str, Any]) -> bool:
    """Why a policy was reassigned is a matter between the company and its agents."""
    return key == "why" and {"agent_no", "by"} <= facts.keys()
