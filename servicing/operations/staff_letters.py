"""A letter to somebody of the house, as a provider of email is handed it."""

import datetime
from dataclasses import dataclass

from servicing.channels import Outgoing
from servicing.operations.workspace import Workspace


@dataclass(frozen=True)
class StaffLetter:
    """Whom a letter goes to, and what it says."""

    name: str
    """What it is, such as `morning_mail`."""
    reference: str
    """Stands where the book's token would: no client's message has it."""
    number: int
    """Of the row that says that it was begun."""
    of: datetime.date
    """The day or the week that it is about: with the number it makes the reference."""
    address: str
    who: str
    locale: str
    subject: str
    body: str


def outgoing(
    space: Workspace, letter: StaffLetter, now: datetime.datetime, lasts: datetime.timedelta
) -> Outgoing:
    """The letter on its way; `lasts`: after so long it is not to arrive any more."""
    return Outgoing(
        id=letter.number,
        channel="email",
        address=letter.address,
        touchpoint=letter.name,
        template=letter.name,
        locale=letter.locale,
        params={},
        subject=f"{letter.subject} · {space.settings.servicing.company}",
        body=letter.body,
        parts=1,
        encoding="",
        message_class="service",
        planned_on=letter.of,
        client_no="",
        policy_tail="",
        agent_name=letter.who,
        handed_over_at=now,
        not_after=now + lasts,
        token=letter.reference,
        mark=f"{letter.of:%Y%m%d}",
    )
