"""Opt-outs and wrong addresses: who may not be written to, and how that is lifted, after a question."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from servicing.core import errors, keyed_digests
from servicing.messages import allowing, suppressions
from servicing.messages.queries import Owner
from servicing.messages.suppressions import Kind, SuppressionLine
from servicing.web import deeds, evidenced, listing, paging, refusal
from servicing.web.access import allow
from servicing.web.current import me, now, workspace
from servicing.web.dispatch import LONGEST_NOTE, blueprint
from servicing.web.listing import Column, Listing
from servicing.web.rendering import word

KINDS = ("sms", "email", "marketing")
CAUSES = ("opted_out", "wrong")
SOURCES = {suppressions.REPLY: "source_reply", suppressions.LINK: "source_link"}
"""The sources that have words of ours; any other is said as it is kept."""

MOST_NAMED = 3
"""Of the clients who share an address."""

LONGEST = 200

Owners = Mapping[tuple[str, str], list[Owner]]


@blueprint.get("/barred")
@allow("operations", "administrator")
def opted_out() -> Any:
    """The list of suppressions: whose, since when, and where we know it from."""
    text = request.args.get("q", "").strip()[:LONGEST]
    of, why = _one_of("of", KINDS), _one_of("why", CAUSES)
    subjects = suppressions.subjects(text, workspace().country) if text else None
    if paging.file_asked_for():
        lines = list(suppressions.listed(subjects, of=of, why=why))
        return listing.sent(_listed(lines, suppressions.owners(lines)), channel=of, reason=why)
    page = paging.page(
        lambda limit, offset: suppressions.listed(subjects, limit, offset, of=of, why=why)
    )
    owners = suppressions.owners(page.lines)
    known = (each.client_no for some in owners.values() for each in some)
    deeds.seen(known, "dispatch", lines=len(page.lines))
    return render_template(
        "suppressions.html",
        page=page,
        listing=_listed(page.lines, owners),
        q=text,
        of=of,
        why=why,
        kinds=KINDS,
        causes=CAUSES,
    )


def _one_of(name: str, known: tuple[str, ...]) -> str:
    said = request.args.get(name, "")
    return said if said in known else ""


def _listed(lines: list[SuppressionLine], owners: Owners) -> Listing[SuppressionLine]:
    def names(line: SuppressionLine) -> str:
        theirs = owners.get((line.of, line.subject), [])
        named = word("operations", "comma").join(each.name for each in theirs[:MOST_NAMED])
        more = len(theirs) - MOST_NAMED
        return word("cockpit", "and_others", names=named, count=more) if more > 0 else named

    def card(line: SuppressionLine) -> str:
        theirs = owners.get((line.of, line.subject), [])
        one = theirs[0].client_no if len(theirs) == 1 else ""
        return url_for("cards.card", client_no=one) if one else ""

    def lift(line: SuppressionLine) -> str:
        is_kept = not line.subject.startswith(keyed_digests.PREFIX)
        return url_for("dispatch.ask_to_lift", whom=line.subject) if is_kept else ""

    columns = [
        Column[SuppressionLine](word("heading", "subject"), lambda line: line.subject, to=lift),
        Column(word("heading", "client_name"), names, to=card),
        Column(word("heading", "of"), lambda line: kind_of(line.of)),
        Column(
            word("heading", "why"),
            lambda line: word("operations", f"why_{line.why}"),
            tone=lambda line: "wait" if line.why == "opted_out" else "",
        ),
        Column(word("heading", "since"), lambda line: line.since, "moment"),
        Column(word("heading", "source"), lambda line: source_of(line.source)),
    ]
    return Listing("barred", columns, lines)


def kind_of(of: str) -> str:
    """What is suppressed, in words."""
    return word("class", of) if of == "marketing" else word("channel", of)


def source_of(source: str) -> str:
    """Where we know it from, in words where there are any."""
    key = SOURCES.get(source)
    return word("cockpit", key) if key else source


@blueprint.post("/barred")
@allow("operations", "administrator")
def suppress() -> Any:
    """Stop writing to an address or client, or write again; the latter from the page that asks."""
    given, note = request.form.get("whom", "").strip(), request.form.get("note", "").strip()
    source = f"{me().login}: {note[:LONGEST_NOTE]}" if note else me().login
    try:
        kind, subject = suppressions.whom(given, workspace().country)
    except errors.ClientNotFound:
        flash(word("operations", "nobody_meant"), "danger")
        return redirect(url_for("dispatch.opted_out"), 303)
    if request.form.get("do") == "lift":
        return _lifted(kind, subject, source)
    is_new = suppressions.suppress(kind, subject, "opted_out", source, now())
    told = "suppressed" if suppressions.concerned(kind, subject) else "suppressed_nobody"
    flash(word("operations", told if is_new else "was_suppressed"), "success")
    return redirect(url_for("dispatch.opted_out"), 303)


def _lifted(kind: Kind, subject: str, source: str) -> Any:
    """Write again, if that is what the client wants; else the question once more, as it was answered."""
    try:
        is_new = allowing.allow(kind, subject, evidenced.word(source))
    except errors.Unproven as error:
        return _question(kind, subject, refusal.sentence(error)), refusal.status(error)
    flash(word("operations", "lifted" if is_new else "was_lifted"), "success")
    return redirect(url_for("dispatch.opted_out"), 303)


@blueprint.get("/barred/lift")
@allow("operations", "administrator")
def ask_to_lift() -> Any:
    """The question before a suppression is lifted: whose it is, what follows, and what shows it."""
    given = request.args.get("whom", "").strip()[:LONGEST]
    try:
        kind, subject = suppressions.whom(given, workspace().country)
    except errors.ClientNotFound:
        flash(word("operations", "nobody_meant"), "danger")
        return redirect(url_for("dispatch.opted_out"), 303)
    return _question(kind, subject)


def _question(kind: Kind, subject: str, problem: str = "") -> str:
    lines = [each for each in suppressions.listed([subject]) if each.of == kind]
    owners = suppressions.owners(lines).get((kind, subject), [])
    deeds.seen((each.client_no for each in owners), "dispatch", lines=len(lines))
    return render_template(
        "lift.html",
        kind=kind,
        subject=subject,
        lines=lines,
        owners=owners,
        needs_evidence=_needs_evidence(kind, subject),
        evidence=allowing.EVIDENCE,
        kind_of=kind_of,
        source_of=source_of,
        problem=problem,
        given=request.form,
    )


def _needs_evidence(kind: Kind, subject: str) -> bool:
    """Whether a word alone would not lift it."""
    said = allowing.Word(me().login, now().astimezone(workspace().zone))
    try:
        allowing.prove(allowing.refusals(kind, subject, said), said)
    except errors.Unproven:
        return True
    return False
