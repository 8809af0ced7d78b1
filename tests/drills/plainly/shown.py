"""What the plain reading shows of itself after a day."""

from collections.abc import Sequence

from tests.drills.plainly import world
from tests.drills.plainly.rows import Day, Owed
from tests.drills.plainly.seen import Seen, Sent, Stood, Told
from tests.drills.plainly.shelf import Shelf


def after(today: Day, found: Sequence[Owed], shelf: Shelf, sent: Sequence[Sent]) -> Seen:
    """All that is compared."""
    touchpoints: dict[Told, list[Stood]] = {}
    for each in found:
        touchpoints.setdefault(each.told, []).append(Stood(each.message, each.task))
    lists = {each: list_of(each, today, found, shelf) for each in world.AGENTS}
    asked = ((_agent_of(each.policy, shelf), each.client_no, each.what) for each in shelf.asked)
    return Seen(
        {told: sorted(stood) for told, stood in touchpoints.items()},
        sorted(sent),
        {agent_no: [each.told for each in listed] for agent_no, listed in lists.items()},
        sorted(asked),
    )


def list_of(agent_no: str, today: Day, found: Sequence[Owed], shelf: Shelf) -> list[Owed]:
    """The open tasks on the list of whoever serves the policy today."""
    mine = [
        each
        for each in found
        if each.task == "open"
        and each.task_due <= today
        and _agent_of(each.carrier, shelf) == agent_no
    ]
    return sorted(mine, key=lambda each: each.told)


def _agent_of(policy_no: str, shelf: Shelf) -> str:
    return shelf.policies[policy_no].row["agent_no"]
