"""A call-back desk at work: new contracts of Lin Wei and of the outsider, and who calls."""

import datetime

from policies.models import Client, Policy
from servicing.callbacks import opening
from servicing.cases import desks
from servicing.core.case_models import Case
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web.visits import NOW, account, give_account

ASKED = ("applicant", "bought", "documents", "cover", "surrender", "free_look", "payment")
YES = dict.fromkeys(ASKED, "yes")
"""A form that is filled in with yes."""

ISSUED = datetime.date(2026, 5, 20)
DELIVERED = datetime.date(2026, 5, 22)
"""The free look of 15 days ends on 6 June, five days after the morning of the pages."""


def new(client_no: str, policy_no: str, delivered_on: datetime.date | None = DELIVERED) -> Policy:
    """A new contract."""
    client = Client.get(Client.client_no == client_no)
    return cast.give_policy(client, policy_no, ISSUED, delivered_on=delivered_on)


def live(space: Workspace) -> None:
    """Lin Wei has two contracts to be called about and one without a receipt, Zhou Ming has one."""
    for policy_no in ("N1", "N2"):
        new("C001", policy_no)
    new("C001", "N3", None)
    new("C900", "N9", DELIVERED - datetime.timedelta(days=1))
    follow(space)


def follow(space: Workspace) -> None:
    """What the job of every hour does."""
    opening.bring_up_to_date(space.ground, space.settings.callbacks, NOW.date(), NOW)


def of_the_desk() -> None:
    """Mei is of the call-back desk, and so are Chen Yan and He Jing's team manager."""
    give_account("mei", "operations")
    for login in ("mei", "chenyan", "team"):
        desks.put(account(login), ["callback"], NOW)


def case(policy_no: str) -> Case:
    """The call-back of a contract."""
    found: Case = Case.select().join(Policy).where(Policy.policy_no == policy_no).get()
    return found
