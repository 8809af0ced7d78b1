"""Who of a desk records what of its tasks: whoever of it comes first, and nobody of their own clients."""

import datetime

from policies.desks import Desk
from servicing.core import errors, open_accounts, visibility
from servicing.core.account_models import User
from servicing.core.case_models import DeskMember
from servicing.core.models import Task
from servicing.desk.of_desks import queries
from servicing.desk.of_desks.queries import DeskTask, Reader


def reader(user: User, desk: Desk) -> Reader | None:
    """What somebody sees of the tasks of a desk; None: nothing.

    Whoever is of the desk sees them, but for those of clients whom they serve or have served; an
    administrator sees all, a manager those for policies of the unit.
    """
    if is_member(user, desk):
        return Reader(user.agent_id)
    if user.role == "administrator":
        return Reader()
    if user.role == "manager":
        return Reader(None, sorted(visibility.agent_ids(user) or ()))
    return None


def is_member(user: User, desk: str) -> bool:
    """Whether somebody is of a desk."""
    of = (DeskMember.user == user) & (DeskMember.desk == desk)
    return bool(DeskMember.select().where(of).exists())


def seen(user: User, task_id: int) -> DeskTask | None:
    """A desk's task as somebody may see it; None: there is none for them."""
    task = queries.of_number(task_id, Reader()) if 0 < task_id < 1 << 63 else None
    of = reader(user, task.desk) if task else None
    return queries.of_number(task_id, of) if of else None


def may_record(user: User, task_id: int) -> bool:
    """Whether somebody may record what became of a desk's task: they are of the desk, and see it."""
    task = seen(user, task_id)
    return task is not None and is_member(user, task.desk)


def login_for(task_id: int, by: str, on: datetime.date) -> str:
    """The login, as the account has it, of who is said to have recorded a desk's task.

    Empty where nobody is named: whoever works at the machine itself. Raises `UserNotFound`, and
    `BadArgument` for the task of an agent, for an account that may not come in on the day, for somebody
    who is not of the desk, and for one who serves the client or has served them.
    """
    if not by:
        return ""
    task = Task.get_or_none(Task.id == task_id) if 0 < task_id < 1 << 63 else None
    if task is None:
        raise errors.TaskNotFound(task_id)
    user = User.get_or_none(User.login == by.strip().lower())
    if user is None:
        raise errors.UserNotFound(by)
    if not task.desk:
        raise errors.BadArgument("task_of_agent", task_id=task_id)
    if not open_accounts.may_come_in(user, on):
        raise errors.BadArgument("may_not_come_in", login=user.login)
    if not is_member(user, task.desk):
        raise errors.BadArgument("not_of_desk", login=user.login, desk=task.desk)
    if not may_record(user, task_id):
        raise errors.BadArgument("serves_client", login=user.login, task_id=task_id)
    return str(user.login)
