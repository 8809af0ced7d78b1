"""What follows when somebody has come in: a password of their own, a form that was not sent, a page."""

from typing import Any

from flask import redirect, render_template, url_for

from servicing.core import accounts
from servicing.core.account_models import User
from servicing.web import access, unsent

_LABELS = {
    "text": "unsent_text",
    "note": "unsent_text",
    "word": "unsent_text",
    "why": "unsent_why",
    "on": "unsent_day",
    "to": "unsent_day",
    "name": "unsent_name",
    "do": "unsent_do",
    "kind": "unsent_do",
}
"""What people know the fields of our forms by, where they type into them; others have their own name."""


def arrived(user: User, kept: str, onward: str) -> Any:
    """The first answer after a login: `kept` is what was not sent, `onward` where they wanted to be."""
    found = unsent.opened(kept, user.id)
    if user.is_temporary and found:
        return own_password(kept, onward)
    if found:
        page = "unsent_first.html" if access.must_set_up(user) else "unsent.html"
        return render_template(page, unsent=found, labels=_LABELS, onward=onward)
    return redirect(onward or url_for("login.home"), 303)


def own_password(kept: str = "", onward: str = "") -> str:
    """The page of a password of one's own, with the form that could not be sent, if there is one."""
    shortest = accounts.SHORTEST_PASSWORD
    return render_template("password.html", shortest=shortest, kept=kept, onward=onward)
