"""Errors of the service, beside those of the book: nouns that carry a code and its particulars."""

import datetime
from pathlib import Path

from policies.errors import AgentNotFound as AgentNotFound
from policies.errors import BadCaseKind as BadCaseKind
from policies.errors import BadCommissions as BadCommissions
from policies.errors import BadCovers as BadCovers
from policies.errors import BadLines as BadLines
from policies.errors import BadPlan as BadPlan
from policies.errors import BadSetting as BadSetting
from policies.errors import BranchNotFound as BranchNotFound
from policies.errors import ClientNotFound as ClientNotFound
from policies.errors import DropsTooMany as DropsTooMany
from policies.errors import MissingColumns as MissingColumns
from policies.errors import NotMeasurable as NotMeasurable
from policies.errors import PolicyNotFound as PolicyNotFound
from policies.errors import ServicingError as ServicingError
from policies.errors import TeamNotFound as TeamNotFound
from policies.errors import UnreadableFile as UnreadableFile
from policies.errors import UnusableDatabase as UnusableDatabase
from policies.errors import UnwritableFile as UnwritableFile
from policies.notices import Notice, notice


class NoWorkspace(ServicingError):
    """There is no servicing.toml where one is needed."""

    def __init__(self, home: Path) -> None:
        super().__init__("no_workspace", home=str(home))


class OpenToOthers(ServicingError):
    """The book can be read or written by everybody on the machine."""

    def __init__(self, told: str, mend: str) -> None:
        super().__init__("open_to_others", told=told, mend=mend)


class BadTemplate(ServicingError):
    """A message template cannot be parsed, or asks for a fact that does not exist."""

    def __init__(self, name: str, why: Notice) -> None:
        super().__init__("bad_template", name=name, why=why)


class BadArgument(ServicingError):
    """An argument is invalid or unknown."""


class Unproven(ServicingError):
    """A client's refusal is to be undone, and nothing shows that the client wants that."""


class EvidenceNeeded(Unproven):
    """No evidence is named."""

    def __init__(self, since: datetime.date | None) -> None:
        super().__init__("evidence_needed_since" if since else "evidence_needed", since=since)


class EvidenceToCome(Unproven):
    """The evidence is of a day that is still to come."""

    def __init__(self, on: datetime.date, today: datetime.date) -> None:
        super().__init__("evidence_to_come", on=on, today=today)


class EvidenceTooOld(Unproven):
    """The evidence is older than the refusal."""

    def __init__(self, on: datetime.date, since: datetime.date) -> None:
        super().__init__("evidence_too_old", on=on, since=since)


class ImportedMeanwhile(ServicingError):
    """The book is no longer the one that the dry run of a file saw."""

    def __init__(self) -> None:
        super().__init__("imported_meanwhile")


class NoLongerKept(ServicingError):
    """An uploaded file has been taken in, or has waited for too long."""

    def __init__(self) -> None:
        super().__init__("upload_not_kept")


class MessageNotFound(ServicingError):
    """No message has that number."""

    def __init__(self, message_id: int) -> None:
        super().__init__("message_not_found", message_id=message_id)


class MessageNotUnknown(ServicingError):
    """Only an unknown message can be settled by a person."""

    def __init__(self, message_id: int, state: str) -> None:
        super().__init__("message_not_unknown", message_id=message_id, state=state)


class TaskNotFound(ServicingError):
    """No task has that number."""

    def __init__(self, task_id: int) -> None:
        super().__init__("task_not_found", task_id=task_id)


class TaskNotOpen(ServicingError):
    """A task that has ended cannot be done, postponed or skipped again."""

    def __init__(self, task_id: int, state: str) -> None:
        super().__init__("task_not_open", task_id=task_id, state=state)
        self.state = state


class CannotUndo(ServicingError):
    """What was recorded of a task cannot be taken back: too late, by somebody else, or nothing was."""


_MAIL_STOPPED = {
    "STARTTLS": notice("mail_without_starttls"),
    "certificate": notice("mail_certificate_not_trusted"),
    "password in clear": notice("mail_password_in_clear"),
}
"""What a person can put right, in a sentence; other answers are codes of the provider."""


class ChannelStopped(ServicingError):
    """A provider cannot send at all: its configuration is wrong, or the disk is full."""

    def __init__(self, provider: str, code: str) -> None:
        answer = _MAIL_STOPPED.get(code, code)
        super().__init__("channel_stopped", provider=provider, answer=answer)


class CheckNotFound(ServicingError):
    """No spot check has that number."""

    def __init__(self, check_id: int) -> None:
        super().__init__("check_not_found", check=check_id)


class DrawNotFound(ServicingError):
    """No draw of spot checks has that number."""

    def __init__(self, draw_id: int) -> None:
        super().__init__("draw_not_found", draw=draw_id)


class NotHalted(ServicingError):
    """Nothing of that name is halted."""

    def __init__(self, subject: str, halted: list[str]) -> None:
        code = "not_halted" if halted else "nothing_halted"
        super().__init__(code, subject=subject, halted=halted)


class HaltedAlready(ServicingError):
    """A person has halted it before."""

    def __init__(self, subject: str, by: str) -> None:
        super().__init__("halted_already", subject=subject, by=by)


class NotAgreed(ServicingError):
    """Nobody has agreed to a change of many touchpoints."""

    def __init__(self, changes: int, most: int) -> None:
        super().__init__("not_agreed", count=changes, most=most)


class BadReassignment(ServicingError):
    """Policies cannot be reassigned like this."""


class CaseRefused(ServicingError):
    """A case cannot be opened or moved like this."""


class CaseNotFound(ServicingError):
    """No case has that number."""

    def __init__(self, case_id: int) -> None:
        super().__init__("case_not_found", case_id=case_id)


class EventRefused(ServicingError):
    """An event, or a party of it, cannot be made or moved like this."""


class EventNotFound(ServicingError):
    """No event has that number."""

    def __init__(self, event_id: int) -> None:
        super().__init__("event_not_found", event=event_id)


class CaseKindNotFound(ServicingError):
    """There is no kind of case of that name."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__("case_kind_not_found", name=name, known=known)


class CaseMovedMeanwhile(ServicingError):
    """Somebody else has done something with the case in the meantime."""

    def __init__(self, case_id: int) -> None:
        super().__init__("case_moved_meanwhile", case_id=case_id)


class LeadRefused(ServicingError):
    """A client may not be asked, or a lead not be kept or moved, like this."""


class LeadNotFound(ServicingError):
    """No lead has that number, as far as somebody may see."""

    def __init__(self, lead_id: int) -> None:
        super().__init__("lead_not_found", lead_id=lead_id)


class UserNotFound(ServicingError):
    """Nobody has that login."""

    def __init__(self, login: str) -> None:
        super().__init__("user_not_found", login=login)


class BadKeys(ServicingError):
    """The keys of this workspace cannot be used, or are not those of its book."""


class BadUser(ServicingError):
    """An account cannot be made like this."""


class BadSignIn(ServicingError):
    """Somebody does not come in by the provider: of what it said, or since it said nothing."""


class TooManyGuesses(ServicingError):
    """Too many wrong passwords or codes: of an account, from one source or one device."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_many_guesses", minutes=-(-seconds // 60))
        self.retry_after = seconds


class Busy(ServicingError):
    """More passwords are being checked than this server has room for, or somebody else is writing."""

    retry_after = 2

    def __init__(self, *, is_writer: bool = False) -> None:
        super().__init__("book_busy" if is_writer else "logins_busy")


class UnreadableFactor(ServicingError):
    """The secret of an authenticator app was sealed with keys that are not those of this workspace."""

    def __init__(self) -> None:
        super().__init__("factor_unreadable")


class BadFactor(ServicingError):
    """A second factor cannot be set up, used or removed like this."""
