"""Errors that are nouns and speak their own sentence.

Everything a person can put right is a `ServicingError`; the front door turns it into one
sentence on standard error and exit code 1. Anything else that escapes is our bug.
"""

from collections.abc import Sequence
from pathlib import Path


class ServicingError(Exception):
    """Something a person can put right; its text is the sentence they read."""

    http_status = 400


class UnreadableFile(ServicingError):
    """A file cannot be taken in at all: missing, a folder, binary, badly encoded, malformed."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class UnwritableFile(ServicingError):
    """A file cannot be written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be written: {why}")
        self.path = path


class MissingColumns(ServicingError):
    """A book file lacks columns without which no row can be understood."""

    def __init__(self, path: Path, missing: list[str], found: list[str]) -> None:
        super().__init__(
            f"{path}: the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} "
            f"{'are' if len(missing) > 1 else 'is'} needed; the header has "
            f"{shorten(', '.join(found)) or 'nothing'}"
        )


class BadSetting(ServicingError):
    """A setting, plan or mapping file says something that cannot be meant."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


class BadPlan(ServicingError):
    """A service plan has a mistake: which file, which touchpoint, what is wrong."""

    def __init__(self, path: Path, touchpoint: str | None, why: str) -> None:
        super().__init__(
            f"{path}: touchpoint {touchpoint!r}: {why}" if touchpoint else f"{path}: {why}"
        )
        self.touchpoint = touchpoint


class BadTemplate(ServicingError):
    """A message template cannot be parsed, or asks for a fact that does not exist."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"template {name}: {why}")


class PolicyNotFound(ServicingError):
    """No policy of that number is in the book."""

    http_status = 404

    def __init__(self, policy_no: str) -> None:
        super().__init__(f"no policy {policy_no!r} in this book")


class ClientNotFound(ServicingError):
    """No client of that number is in the book."""

    http_status = 404

    def __init__(self, client_no: str) -> None:
        super().__init__(f"no client {client_no!r} in this book")


class AgentNotFound(ServicingError):
    """No agent of that number is in the book."""

    http_status = 404

    def __init__(self, agent_no: str) -> None:
        super().__init__(f"no agent {agent_no!r} in this book")


class BadHandover(ServicingError):
    """Policies cannot be handed over like this."""


class BadLines(ServicingError):
    """A file of instructions has lines that cannot be meant, so none of it is done."""

    SHOWN = 5

    def __init__(self, path: Path, refused: Sequence[object]) -> None:
        told = "; ".join(map(str, refused[: self.SHOWN]))
        more = f"; and {len(refused) - self.SHOWN} more" if len(refused) > self.SHOWN else ""
        super().__init__(f"{path}: nothing of it is done: {told}{more}")


class UnitNotFound(ServicingError):
    """No team or branch of that name is in the book."""

    http_status = 404

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"no {kind} {name!r} in this book")


class NotMeasurable(ServicingError):
    """A figure that was asked for cannot be made from this book."""


class MessageNotFound(ServicingError):
    """No message of that number."""

    http_status = 404

    def __init__(self, message_id: int) -> None:
        super().__init__(f"there is no message {message_id}")


class NotAgreed(ServicingError):
    """A change of more than a few touchpoints that nobody has agreed to."""

    def __init__(self, changes: int, most: int) -> None:
        super().__init__(
            f"this would change {changes:,} touchpoints of the next 30 days, more than {most:,}:"
            " nothing was changed; say --yes if that is meant"
        )


class MessageNotUnknown(ServicingError):
    """Only what is unknown is left to a person."""

    http_status = 409

    def __init__(self, message_id: int, state: str) -> None:
        super().__init__(
            f"message {message_id} is {state}: only a message that is unknown can be settled"
        )


class TaskNotFound(ServicingError):
    """No task of that id."""

    http_status = 404

    def __init__(self, task_id: int) -> None:
        super().__init__(f"no task {task_id}")


class TaskNotOpen(ServicingError):
    """A task that has ended cannot be done, postponed or skipped again."""

    http_status = 409

    def __init__(self, task_id: int, state: str) -> None:
        super().__init__(f"task {task_id} is not open: it is {state}")
        self.state = state


class ChannelStopped(ServicingError):
    """A channel cannot send at all: its configuration is wrong, or its disk is full."""

    http_status = 503

    def __init__(self, channel: str, why: str) -> None:
        super().__init__(
            f"the channel {channel!r} has stopped ({why}): its messages stay queued; put it right and "
            "dispatch again"
        )


class NotHalted(ServicingError):
    """Nothing of that name is halted."""

    http_status = 409

    def __init__(self, subject: str, halted: list[str]) -> None:
        known = f"halted is: {', '.join(halted)}" if halted else "nothing is"
        super().__init__(f"{subject!r} is not halted; {known}")


class HaltedAlready(ServicingError):
    """A person has halted it before."""

    http_status = 409

    def __init__(self, subject: str, by: str) -> None:
        super().__init__(f"{subject!r} is halted already, by {by}")


class BadDate(ServicingError):
    """A date that makes no sense where it stands."""


class UnusableDatabase(ServicingError):
    """The database cannot be opened, or is not one of ours."""

    http_status = 503


class NewerDatabase(UnusableDatabase):
    """The database was migrated by a newer version than this one."""

    def __init__(self, unknown: list[str]) -> None:
        super().__init__(
            "the database was made by a newer version of servicing "
            f"(it knows the migration {unknown[-1]!r}, this version does not): "
            "upgrade servicing, or use another database"
        )


class NoWorkspace(ServicingError):
    """There is no servicing.toml where one is needed."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"{home} is not a workspace (no servicing.toml): run `servicing init` there first"
        )


def shorten(value: str, limit: int = 60) -> str:
    """A value as a sentence can carry it: one line, no longer than `limit` characters."""
    line = " ".join(value.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


class UserNotFound(ServicingError):
    """Nobody has that login."""

    http_status = 404

    def __init__(self, login: str) -> None:
        super().__init__(f"nobody has the login {login!r}")


class BadUser(ServicingError):
    """An account cannot be made like this."""
