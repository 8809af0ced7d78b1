"""The service plan as the manual it is, and what a client would be sent."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, abort, render_template, request

from policies.plan import Touchpoint
from servicing.core import card_views, errors, i18n, visibility
from servicing.desk import manual
from servicing.messages import placeholders
from servicing.messages.text_files import CHANNELS
from servicing.projections import preview
from servicing.projections.preview import TextChoice
from servicing.web import refusal
from servicing.web.access import allow
from servicing.web.current import me, now, today, workspace
from servicing.web.rendering import locale, title_of, word

blueprint = Blueprint("plan", __name__, url_prefix="/plan")


@blueprint.get("")
@allow("operations", "administrator")
def plan() -> Any:
    """Every touchpoint with its standard action, tool and words."""
    found = workspace().plan
    entries = list(manual.entries(found, locale()))
    return render_template("plan.html", plan=found, entries=entries)


@blueprint.get("/preview")
@allow("operations", "administrator")
def text() -> Any:
    """The form, and the text that a client would be sent for a touchpoint today."""
    space = workspace()
    chosen, number = request.args.get("touchpoint", ""), request.args.get("client_no", "").strip()
    channel, language = request.args.get("channel", ""), request.args.get("locale", "")
    if channel not in ["", *CHANNELS] or language not in ["", *space.composer.locales()]:
        abort(400)
    found, problem, status = None, "", 200
    if chosen and number:
        try:
            found = _preview(chosen, number, channel, language)
            problem = "" if found else word("operations", "nothing_to_preview")
        except errors.ClientNotFound:
            problem, status = word("operations", "no_such_client"), 404
        except errors.BadTemplate as error:
            problem, status = refusal.sentence(error), refusal.status(error)
    return render_template(
        "preview.html",
        found=found,
        problem=problem,
        choices=list(_choices()),
        channel_choices=[
            ("", word("operations", "as_preferred")),
            *((each, word("channel", each)) for each in CHANNELS),
        ],
        language_choices=[
            ("", word("operations", "as_spoken")),
            *((each, i18n.say("pages", "language", each)) for each in space.composer.locales()),
        ],
        currency=placeholders.currency_of(space.country),
    ), status


def _preview(chosen: str, number: str, channel: str, language: str) -> preview.Preview | None:
    """The text that the client would be sent; the look at it is noted."""
    touchpoint, template = _template(chosen)
    client, space = visibility.client(me(), number, today()), workspace()
    card_views.looked_at(me(), client.id, now(), today())
    return preview.preview(
        space.walker(),
        client,
        touchpoint,
        TextChoice(template, channel, language),
        today(),
        space.settings.channels.sms.price_per_part,
    )


def _template(chosen: str) -> tuple[Touchpoint, str]:
    """A touchpoint that sends a message, and which: `renewal`, or `renewal:renewal_grace`."""
    key, _, template = chosen.partition(":")
    touchpoint = workspace().plan.touchpoint(key)
    known = preview.templates(touchpoint) if touchpoint else []
    if touchpoint is None or not known or template not in ["", *known]:
        abort(404)
    return touchpoint, template or known[0]


def _choices() -> Iterator[tuple[str, str]]:
    """The texts that can be previewed: the value of each choice, and its words."""
    for touchpoint in workspace().plan.touchpoints:
        known, title = preview.templates(touchpoint), title_of(touchpoint.id)
        if len(known) == 1:
            yield touchpoint.id, title
        else:
            for each in known:
                offsets = manual.offsets(touchpoint, each, locale())
                yield f"{touchpoint.id}:{each}", f"{title} · {offsets}"
