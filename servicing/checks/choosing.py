"""Which checks a person asks for: what names nobody and nothing is refused."""

from policies.models import Agent
from servicing.checks.queries import Wanted
from servicing.core import errors
from servicing.core.check_models import CheckDraw


def known(wanted: Wanted) -> Wanted:
    """The same; raises `AgentNotFound`, or `DrawNotFound` for a draw that nobody has made."""
    number = wanted.draw_id
    if number is not None and not _is_there(number):
        raise errors.DrawNotFound(number)
    agent_no = wanted.agent_no
    if agent_no is not None and not Agent.select().where(Agent.agent_no == agent_no).exists():
        raise errors.AgentNotFound(agent_no)
    return wanted


def _is_there(draw_id: int) -> bool:
    return draw_id < 1 << 63 and CheckDraw.get_or_none(id=draw_id) is not None
