"""The fields of a form in which a person says that a client wants messages again, and what shows it."""

from flask import request

from servicing.messages import allowing
from servicing.messages.allowing import Evidence, Word
from servicing.web import paging
from servicing.web.current import me, now, workspace


def word(source: str = "") -> Word:
    """What the form says, in the name of who has sent it; `source`: as it is kept."""
    return Word(me().login, now().astimezone(workspace().zone), evidence(), source)


def evidence() -> Evidence | None:
    """The evidence that the form names; None where a part of it is missing."""
    form, dated = request.form, paging.day_or_none(request.form.get("dated"))
    return allowing.evidence_of(form.get("evidence", ""), form.get("reference", ""), dated)
