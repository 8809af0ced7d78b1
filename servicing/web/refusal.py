"""A refusal on a page: its sentence in the reader's language, and its status."""

from servicing.core import errors
from servicing.web.rendering import noticed

_NOT_FOUND = (
    errors.PolicyNotFound,
    errors.ClientNotFound,
    errors.AgentNotFound,
    errors.TeamNotFound,
    errors.BranchNotFound,
    errors.UserNotFound,
    errors.MessageNotFound,
    errors.TaskNotFound,
    errors.CaseNotFound,
    errors.CheckNotFound,
    errors.DrawNotFound,
    errors.LeadNotFound,
    errors.EventNotFound,
)
_STATUSES = {
    404: _NOT_FOUND,
    409: (
        errors.TaskNotOpen,
        errors.CaseMovedMeanwhile,
        errors.CannotUndo,
        errors.MessageNotUnknown,
        errors.NotHalted,
        errors.HaltedAlready,
        errors.DropsTooMany,
        errors.ImportedMeanwhile,
        errors.NoLongerKept,
    ),
    429: (errors.TooManyGuesses,),
    503: (errors.UnusableDatabase, errors.ChannelStopped, errors.Busy),
}


def status(error: errors.ServicingError) -> int:
    """The HTTP status that an error is answered with: 400 unless it says more than that."""
    found = (code for code, kinds in _STATUSES.items() if isinstance(error, kinds))
    return next(found, 400)


def sentence(error: errors.ServicingError) -> str:
    """The sentence of an error, in the reader's language."""
    return noticed(error.notice)
