"""What is not said to clients 服务忌语 is told where staff has written it (domain.md §14.7)."""

from flask import flash

from policies import not_said
from policies.notices import notice
from servicing.core import errors
from servicing.web import refusal
from servicing.web.current import workspace
from servicing.web.rendering import noticed


def warn_of_words(text: str) -> None:
    """Say with the next page what of a text is not said to clients; it is kept all the same."""
    if not text:
        return
    try:
        found = list(not_said.said(text, not_said.read(workspace().home)))
    except errors.ServicingError as error:  # a list that cannot be read stops nothing
        flash(refusal.sentence(error), "warning")
        return
    for each in found:
        facts = {"phrase": each.phrase, "manners": each.kind}
        flash(noticed(notice("not_said_in_note", **facts)), "warning")
