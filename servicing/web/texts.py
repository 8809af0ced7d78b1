"""The texts of the plan side by side, for one client: a typical one, or the longest name, or any."""

from typing import Any

from flask import abort, render_template, request

from policies.models import Client
from servicing.core import card_views, errors, i18n, visibility
from servicing.messages.text_files import CHANNELS
from servicing.projections import preview
from servicing.projections.preview import WrittenText
from servicing.web.access import allow
from servicing.web.current import me, now, today, workspace
from servicing.web.plan import blueprint
from servicing.web.rendering import word

WHO = ("typical", "longest")
LONGEST_NUMBER = 100


@blueprint.get("/texts")
@allow("operations", "administrator")
def texts() -> Any:
    """All texts of a channel in one language, as one client would read them today."""
    space, given = workspace(), request.args
    channel = given.get("channel", "") or CHANNELS[0]
    locale = given.get("locale", "") or space.composer.home_locale
    if channel not in CHANNELS or locale not in space.composer.locales():
        abort(400)
    number, who = given.get("client_no", "").strip()[:LONGEST_NUMBER], given.get("who", WHO[0])
    client, written, problem, status = None, list[WrittenText](), "", 200
    try:
        client = _client(number, who)
        if client:
            written = preview.side_by_side(space.walker(), client, channel, locale, today())
        if not written:
            problem = word("operations", "nothing_to_preview")
    except errors.ClientNotFound:
        problem, status = word("operations", "no_such_client"), 404
    return render_template(
        "texts.html",
        client=client,
        written=written,
        problem=problem,
        channel=channel,
        chosen_locale=locale,
        who=who,
        number=number,
        most_parts=space.settings.texts.most_parts,
        who_choices=[(each, word("cockpit", f"who_{each}")) for each in WHO],
        channel_choices=[(each, word("channel", each)) for each in CHANNELS],
        language_choices=[
            (each, i18n.say("pages", "language", each)) for each in space.composer.locales()
        ],
    ), status


def _client(number: str, who: str) -> Client | None:
    """The client whose facts the texts have; the look at them is noted."""
    known = preview.longest_named_client if who == "longest" else preview.typical_client
    found = number or known()
    if not found:
        return None
    client = visibility.client(me(), found, today())
    card_views.looked_at(me(), client.id, now(), today())
    return client
