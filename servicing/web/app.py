"""The application that waitress serves: one connection to the database a request, no secrets in a log."""

import logging
from datetime import timedelta
from typing import Any

from flask import Flask, Response, abort, current_app, g, render_template, request
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from policies import database
from servicing.core import errors, hashing
from servicing.core.attempts import Guesses
from servicing.core.i18n import shipped_templates
from servicing.dispatch.provider_pool import Clock
from servicing.month.kept import Kept
from servicing.operations.workspace import Workspace
from servicing.web import (
    access,
    accounts,
    audit,
    book,
    cards,
    compression,
    counted,
    deciding,
    deeds,
    desk_tasks,
    dispatch,
    earnings,
    handing,
    health,
    influence,
    keeping,
    leads,
    login,
    month,
    months,
    my_day,
    opt_outs,
    persistency,
    phone,
    plan,
    plan_compare,
    reassignment,
    refusal,
    rendering,
    reviewing,
    scorecard,
    second_factor,
    second_step,
    single_sign_on,
    static_files,
    texts,
    throttle,
    tiers,
    unsubscribe,
    webhooks,
    workdays,
)
from servicing.web.access import NOT_BY_A_PERSON, csrf
from servicing.web.assessment import pages as assessment
from servicing.web.callbacks import by_link
from servicing.web.callbacks import desk as callback_desk
from servicing.web.case_reports import pages as case_reports
from servicing.web.cases import begun
from servicing.web.cases import pages as case_pages
from servicing.web.checks import pages as check_pages
from servicing.web.current import ENDINGS, REFUSALS, SETTINGS, TALLIES, Served, workspace
from servicing.web.endings import Endings
from servicing.web.events import door as events_door
from servicing.web.events import pages as events
from servicing.web.fortnight import Fortnight
from servicing.web.refused import Refusals
from servicing.web.remembered import Remembered
from servicing.web.rendering import say
from servicing.web.surveys import by_link as survey_link
from servicing.web.surveys import pages as survey_pages
from servicing.web.tallies import Tallies

ADDED = (begun, deciding, events_door, opt_outs, plan_compare, texts)
"""Modules that add their pages to those of another one: they only have to be there."""

FORMS_KEPT = timedelta(days=7)
"""So long after a session what is typed into a page of it is not lost."""

CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",  # the signs that Bootstrap's sheet carries in itself
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
"""No script at all, nothing from elsewhere."""

SCRIPT_POLICY = f"{CONTENT_POLICY}; script-src 'self'; connect-src 'self'; worker-src 'self'"
"""Of the pages that name a script: it is ours, and asks nobody but us (`rendering.script`)."""

log = logging.getLogger("servicing.web")


def create(space: Workspace, clock: Clock) -> Flask:
    """The application of a workspace whose database is connected; `clock` tells the moment."""
    words = shipped_templates()
    app = Flask("servicing", template_folder=words / "pages", static_folder=words / "static")
    app.config.update(
        SECRET_KEY=space.keys.session_key,
        SESSION_COOKIE_NAME="__Host-servicing",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # longer than a session, which ends by its row: whose form comes too late is known by it
        PERMANENT_SESSION_LIFETIME=timedelta(hours=space.settings.web.session_hours) + FORMS_KEPT,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # a page is left open all morning: as long as the session
        MAX_CONTENT_LENGTH=access.LARGEST_FORM,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.extensions[SETTINGS] = Served(space, clock)
    app.extensions[TALLIES] = Tallies()
    app.extensions[ENDINGS] = Endings()
    app.extensions[REFUSALS] = Refusals()
    app.extensions[deeds.SHOWN] = deeds.Shown()
    app.extensions[months.MONTHS] = Kept()
    app.extensions[counted.COUNTED] = Kept()
    app.extensions[dispatch.FORTNIGHT] = Fortnight()
    app.extensions[dispatch.REMEMBERED] = Remembered()
    app.extensions[throttle.GUESSES] = Guesses(space.home, space.keys.guess_key)
    hashing.share(space.settings.web.threads)
    app.before_request(throttle.spare_database)
    app.before_request(_connect)
    app.before_request(deeds.begin)
    app.teardown_request(_close)
    app.teardown_request(deeds.end)
    app.before_request(_bound)
    access.keep(app)
    app.before_request(_readable)
    Bootstrap5(app)
    rendering.draw_with(app)
    phone.draw_with(app)
    single_sign_on.offer_at(app)
    static_files.address_by_digest(app)
    app.after_request(compression.compressed)
    app.after_request(phone.marked)
    app.after_request(_sealed)
    app.after_request(deeds.note)
    app.register_error_handler(Exception, _went_wrong)
    for outward in (webhooks, unsubscribe, by_link, survey_link):
        csrf.exempt(outward.blueprint)  # a link, or a signature, is all their authority
        app.register_blueprint(outward.blueprint)
    for pages in (login, single_sign_on, second_step, second_factor):
        app.register_blueprint(pages.blueprint)
    for pages in (
        my_day,
        workdays,
        cards,
        month,
        handing,
        persistency,
        scorecard,
        influence,
        tiers,
    ):
        app.register_blueprint(pages.blueprint)
    for pages in (
        earnings,
        reviewing,
        dispatch,
        book,
        plan,
        reassignment,
        accounts,
        audit,
        health,
        phone,
    ):
        app.register_blueprint(pages.blueprint)
    for pages in (case_pages, case_reports, callback_desk, check_pages, desk_tasks, keeping, leads):
        app.register_blueprint(pages.blueprint)
    app.register_blueprint(assessment.blueprint)
    app.register_blueprint(events.blueprint)
    app.register_blueprint(survey_pages.blueprint)
    deeds.watch(app)
    return app


def _connect() -> None:
    if request.endpoint not in static_files.FILES:
        with database.explained():
            is_new = database.database.connect(reuse_if_open=True)
            if is_new and request.method == "GET":
                database.read_little()
        # keys that were renewed meanwhile sign this request's answer
        ring = workspace().keys
        current_app.config["SECRET_KEY"] = ring.session_key
        throttle.count_under(ring.guess_key)


def _close(error: BaseException | None) -> None:
    if not database.database.is_closed():
        database.database.close()


def _bound() -> None:
    """A page that takes a file says so; every other one, and everybody else, takes and sends little."""
    request.max_content_length = access.largest_body()


def _readable() -> None:
    """A character that no text has, and that PostgreSQL refuses, is not looked for anywhere."""
    told = [request.path, *request.args.values()]
    if request.blueprint not in NOT_BY_A_PERSON:  # a provider's body is read as what it is, once
        told += request.form.values()
    if any("\0" in each for each in told):
        abort(400)


def _sealed(response: Response) -> Response:
    """Add the headers that every answer has."""
    headers = response.headers
    policy = SCRIPT_POLICY if g.get("has_script") else CONTENT_POLICY
    headers.setdefault("Content-Security-Policy", policy)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Frame-Options"] = "DENY"
    if request.is_secure or workspace().settings.web.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={static_files.YEAR}"
    if not static_files.is_sent(response):
        headers["Cache-Control"] = "no-store"
    return response


def _went_wrong(error: Exception) -> Any:
    """Log a failed request by its kind only: its address and content may hold secrets."""
    if isinstance(error, HTTPException):
        status, name = error.code or 500, error.name
    else:
        if not isinstance(error, errors.Busy):  # or strangers would fill the log, a line a guess
            log.error("%s failed: %s", request.endpoint, type(error).__name__)
        status = refusal.status(error) if isinstance(error, errors.ServicingError) else 500
        name = "That did not work"
    if status == 404 and request.endpoint not in static_files.FILES:
        deeds.page_refused()
    if request.blueprint in NOT_BY_A_PERSON:
        return Response(f"{name}\n", status, content_type="text/plain; charset=utf-8")
    if status >= 500:
        # who asks is in the database, and that may be what is wrong
        g.locale = workspace().settings.servicing.locale
    answer = Response(render_template("problem.html", what=say(_told(error, status))), status)
    if isinstance(error, errors.Busy | errors.TooManyGuesses):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _told(error: Exception, status: int) -> str:
    """The key of the sentence on the page of a failed request."""
    if isinstance(error, CSRFError):
        return "expired"
    if isinstance(error, errors.Busy):
        return error.notice.code
    told = {400: "bad_request", 404: "not_found", 413: "too_large", 409: "conflict"}
    return told.get(status, "went_wrong")
