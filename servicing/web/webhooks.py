"""Providers' webhooks: receipts of our messages, and replies to them.

A request that does not prove to be the provider's changes nothing and is counted; so does a repeated
one.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Response, abort, request

from policies.importing.cells import phones
from servicing.channels import aliyun_sms, twilio_sms
from servicing.core import references
from servicing.dispatch import receipts, replies
from servicing.dispatch.receipts import Outcome, Receipt
from servicing.dispatch.replies import Incoming
from servicing.web.access import takes
from servicing.web.current import count, now, tally, workspace

blueprint = Blueprint("webhooks", __name__, url_prefix="/hooks")

TWILIO_OUTCOMES: dict[str, Outcome] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), "accepted"),
    **dict.fromkeys(("delivered", "read", "partially_delivered"), "delivered"),
    **dict.fromkeys(("failed", "undelivered", "canceled"), "undelivered"),
}
LARGEST_PUSH = 1 << 20
"""Bytes; Aliyun pushes some hundred receipts at a time."""

NO_ANSWER_TO_THE_CLIENT = "<?xml version='1.0' encoding='UTF-8'?><Response/>"


@blueprint.post("/twilio/status/<reference>")
def twilio_status(reference: str) -> Response:
    """Take the receipt of one of our messages."""
    form = _signed_by_twilio("twilio status")
    outcome = TWILIO_OUTCOMES.get(form.get("MessageStatus", ""))
    ours = references.parse(reference)
    if ours is None or outcome is None or not form.get("MessageSid"):
        count("twilio status", "not_understood")
        return Response(status=204)
    code = form.get("ErrorCode", "")
    means = twilio_sms.meaning_of(code)
    sid = form["MessageSid"]
    receipt = Receipt(ours.message_id, "twilio", sid, outcome, code, means, ours.token)
    count("twilio status", receipts.apply(receipt, now()))
    return Response(status=204)


@blueprint.post("/twilio/inbound")
def twilio_inbound() -> Response:
    """A client has written to us."""
    form = _signed_by_twilio("twilio inbound")
    if not form.get("MessageSid") or not form.get("From"):
        count("twilio inbound", "not_understood")
        return Response(status=204)
    incoming = Incoming(
        "twilio",
        form["MessageSid"],
        form["From"],
        form.get("Body", ""),
        form.get("OptOutType", ""),
    )
    _take("twilio inbound", incoming)
    return Response(NO_ANSWER_TO_THE_CLIENT, content_type="text/xml")


def _is_aliyuns() -> bool:
    """Whether the address is the one that only Aliyun knows."""
    ours = workspace().settings.channels.aliyun.hook_secret
    secret = (request.view_args or {}).get("secret", "")
    return bool(ours) and hmac.compare_digest(ours.encode(), secret.encode())


@blueprint.post("/aliyun/<secret>/receipts")
@takes(lambda: LARGEST_PUSH, _is_aliyuns)
def aliyun_receipts(secret: str) -> dict[str, Any]:
    """Take the receipts of some of our messages."""
    return _each_by_itself(_pushed_by_aliyun("aliyun receipts"), _aliyun_receipt)


def _aliyun_receipt(each: dict[str, Any]) -> None:
    reference = str(each.get("out_id", ""))
    ours = references.parse(reference)
    if ours is None:
        count("aliyun receipts", "not_understood")
        return
    outcome: Outcome = "delivered" if each.get("success") is True else "undelivered"
    code = "" if outcome == "delivered" else str(each.get("err_code", ""))
    # one that names no attempt would be news each time; the channel writes our reference, too
    means, ref = aliyun_sms.meaning_of(code), str(each.get("biz_id") or reference)
    receipt = Receipt(ours.message_id, "aliyun", ref, outcome, code, means, ours.token)
    count("aliyun receipts", receipts.apply(receipt, now()))


@blueprint.post("/aliyun/<secret>/replies")
@takes(lambda: LARGEST_PUSH, _is_aliyuns)
def aliyun_replies(secret: str) -> dict[str, Any]:
    """Clients have written to us."""
    return _each_by_itself(_pushed_by_aliyun("aliyun replies"), _aliyun_reply)


def _aliyun_reply(each: dict[str, Any]) -> None:
    sender = phones.to_e164(str(each.get("phone_number", "")), "CN")
    body, when = str(each.get("content", "")), each.get("send_time")
    if not sender or not when:
        count("aliyun replies", "not_understood")
        return
    # a reply need not have an id: sender, moment and text are the same however often it is pushed
    told = json.dumps([each.get("sequence_id"), when, sender, body])
    ref = hashlib.sha256(told.encode()).hexdigest()
    _take("aliyun replies", Incoming("aliyun", ref, sender, body))


def _take(hook: str, incoming: Incoming) -> None:
    space = workspace()
    is_new = replies.take(incoming, space.today(now()), now(), space.surveys)
    count(hook, "applied" if is_new else "repeated")


def _signed_by_twilio(hook: str) -> dict[str, str]:
    """The form of a request that Twilio has signed for us; anything else ends here."""
    from twilio.request_validator import RequestValidator

    settings = workspace().settings
    token, public_url = settings.channels.twilio.auth_token, settings.web.public_url
    form = request.form.to_dict()
    # behind a proxy our own idea of the address is not the one that was signed
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    address = f"{(public_url or request.host_url).rstrip('/')}{request.path}{query}"
    signature = request.headers.get("X-Twilio-Signature", "")
    if not token or not RequestValidator(token).validate(address, request.form, signature):
        tally(hook, "forged")
        abort(403)
    return form


def _pushed_by_aliyun(hook: str) -> list[dict[str, Any]]:
    """The entries of a push to the address that only Aliyun knows."""
    if not _is_aliyuns():
        tally(hook, "forged")
        abort(403)
    pushed = _parsed(request.get_data())
    entries = [each for each in pushed if isinstance(each, dict)]
    if pushed and not entries:
        count(hook, "not_understood")
        abort(400)
    if len(pushed) > len(entries):
        count(hook, "not_understood", len(pushed) - len(entries))
    return entries


def _parsed(body: bytes) -> list[Any]:
    """The list that was pushed; what is none is a list of nothing that we understand.

    A letter that is none in UTF-8, or a control character, is that of one entry: the others count.
    """
    try:
        pushed = json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):  # no JSON, or lists within lists without end
        return [None]
    return pushed if isinstance(pushed, list) else [None]


def _each_by_itself(
    entries: Iterable[dict[str, Any]], take: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Take each entry in transactions of its own: one that fails does not cost the others theirs.

    Its failure is told at the end, so that all are pushed again; what was taken is not taken twice.
    """
    failure: Exception | None = None
    for each in entries:
        try:
            take(each)
        except Exception as error:  # of whatever kind: somebody's opt-out may stand behind it
            failure = error
    if failure:
        raise failure
    return {"code": 0, "msg": "ok"}
