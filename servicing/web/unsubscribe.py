"""The way out of marketing mail: one click by the mail program, or two by a person.

Looking at the page changes nothing, since mail scanners follow every link.
"""

from flask import Blueprint, Response, render_template

from servicing.dispatch import unsubscribe
from servicing.messages import suppressions
from servicing.web.current import count, now, tally, today, workspace
from servicing.web.rendering import word

blueprint = Blueprint("unsubscribe", __name__)


@blueprint.get(f"{unsubscribe.PATH}<token>")
def ask(token: str) -> Response:
    """Ask the reader to confirm."""
    return _page("ask" if _client_of(token) else "not_ours")


@blueprint.post(f"{unsubscribe.PATH}<token>")
def unsubscribe_now(token: str) -> Response:
    """End all marketing to the client whose link it is."""
    client_no = _client_of(token)
    if client_no is None:
        tally("unsubscribe", "forged")
        return _page("not_ours")
    is_new = suppressions.suppress("marketing", client_no, "opted_out", suppressions.LINK, now())
    if is_new:
        count("unsubscribe", "applied")
    else:
        tally("unsubscribe", "repeated")
    return _page("done")


def _client_of(token: str) -> str | None:
    return unsubscribe.client_of(token, workspace().keys.link_keys(today()))


def _page(what: str) -> Response:
    company = workspace().settings.servicing.company
    text = {key: word("unsubscribe", key, company=company) for key in ("title", "button", what)}
    page = render_template("unsubscribe.html", text=text, what=what)
    return Response(page, 404 if what == "not_ours" else 200)
