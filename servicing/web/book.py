"""The book by upload: a file tried and taken in, its columns matched, its refused rows to be mended."""

import io
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for

from policies.drafting import choices
from policies.importing import importer as imports
from policies.importing.kinds import CELLS, Kind, Said
from policies.models import BookImport
from servicing.core import errors, i18n
from servicing.operations import pending, rejects_files, upload_results, uploads
from servicing.operations.pending import Waiting
from servicing.operations.rejects_files import WORKBOOK
from servicing.operations.upload_results import Result
from servicing.operations.uploads import Upload
from servicing.web import deeds, matching, paging, refusal
from servicing.web.access import allow, takes
from servicing.web.current import me, now, today, workspace
from servicing.web.listing import Column, Listing, sent
from servicing.web.rendering import locale, word

blueprint = Blueprint("book", __name__, url_prefix="/book")
blueprint.add_app_template_filter(matching.meant)

MEBIBYTE = 1 << 20


@blueprint.get("")
@allow("operations", "administrator")
def book() -> Any:
    """The form, and the imports of before."""
    if paging.file_asked_for():
        return sent(_past(imports.past()))
    return _page()


_KINDS: dict[str, Kind] = {each: each for each in CELLS}

_COMPLETE: dict[str, Said] = {"": False, "named": True, "book": "book"}
"""As the form has it."""


def _asked(waiting: Waiting) -> dict[str, Any]:
    """The entries of the form by which a file came, to be brought back to it."""
    complete = next(name for name, said in _COMPLETE.items() if said == waiting.complete)
    return {"kind": waiting.kind, "joined": waiting.joined, "complete": complete or None}


def _ways(name: str, waiting: Waiting | None, *, may_match: bool) -> dict[str, str]:
    """By step where it is gone back to, as long as the file waits."""
    if waiting is None:
        return {}
    ways = {"choose": url_for("book.book", **_asked(waiting))}
    return ways | ({"match": url_for("book.columns", name=name)} if may_match else {})


def _page(problem: str = "", *, is_much: bool = False) -> str:
    page = paging.page(imports.past)
    return render_template(
        "book.html",
        page=page,
        listing=_past(page.lines),
        today=today(),
        problem=problem,
        is_much=is_much,
        largest=workspace().settings.web.largest_upload_mb,
        given=request.form or request.args,
    )


def _past(lines: Iterable[BookImport]) -> Listing[BookImport]:
    """The imports of before; one whose result is kept leads to it."""
    home = workspace().home

    def result(line: BookImport) -> str:
        is_kept = upload_results.is_kept(home, line.id)
        return url_for("book.imported", name=line.id) if is_kept else ""

    def counted(name: str) -> Column[BookImport]:
        return Column(word("state", name), lambda line: getattr(line, name), "number")

    counts = ("rows", "added", "changed", "unchanged", "rejected")
    columns = [
        Column[BookImport](word("operations", "file"), lambda line: line.file, to=result),
        Column(word("heading", "at"), lambda line: line.imported_at, "moment"),
        Column(word("heading", "kind"), lambda line: word("operations", f"kind_{line.kind}")),
        *map(counted, counts),
    ]
    return Listing("imports", columns, lines)


def _largest_upload() -> int:
    return workspace().settings.web.largest_upload_mb * MEBIBYTE


@blueprint.post("")
@allow("operations", "administrator")
@takes(_largest_upload)
def take_in() -> Any:
    """Take a file in; what became of it has an address of its own."""
    file, mapping = request.files.get("file"), request.files.get("mapping")
    if file is None or not file.filename:
        return _page(word("operations", "no_file")), 400
    kind = _KINDS.get(request.form.get("kind", ""))
    if kind is None:
        abort(400)
    try:
        upload = Upload(
            save=file.save,
            called=file.filename,
            by=me().login,
            kind=kind,
            joined=paging.day(request.form.get("joined")),
            dry_run="dry_run" in request.form,
            save_mapping=mapping.save if mapping and mapping.filename else None,
            complete=_COMPLETE.get(request.form.get("complete", ""), False),
            drops_much="drops_much" in request.form,
        )
        where = _taken_in(upload)
    except errors.ServicingError as error:
        is_much = isinstance(error, errors.DropsTooMany)
        return _page(refusal.sentence(error), is_much=is_much), refusal.status(error)
    return redirect(where, 303)


def _taken_in(upload: Upload) -> str:
    """Where it goes on: at the result, or at the columns where they are another system's."""
    space = workspace()
    with uploads.received(space, upload, now()) as token:
        if uploads.has_to_be_matched(space, token):
            uploads.matched(space, token, now())
            return url_for("book.columns", name=token)
        result = uploads.taken(space, token, upload, now())
    return url_for("book.imported", name=result.name)


@blueprint.get("/imports/<name>")
@allow("operations", "administrator")
def imported(name: str) -> Any:
    """The result of an upload."""
    return _shown(_result(name))


def _shown(result: Result, problem: str = "") -> str:
    home = workspace().home
    waiting = pending.of(home, result.name)
    may_match = waiting is not None and bool(waiting.look or not pending.mapping(home, result.name))
    deeds.seen((), "figures")  # whom the rows name, nobody knows before they are in the book
    return render_template(
        "import.html",
        result=result,
        names=i18n.listed(uploads.names_in(workspace(), result.name), locale()),
        has_rejects=upload_results.rejects(home, result.name) is not None,
        waiting=waiting,
        has_mapping=uploads.mapping(home, result.name) is not None,
        may_match=may_match,
        back_to=_ways(result.name, waiting, may_match=may_match),
        is_much=any(each.code.startswith("would_drop") for each in result.warnings),
        problem=problem,
    )


@blueprint.post("/imports/<name>")
@allow("operations", "administrator")
def go_on(name: str) -> Any:
    """Take the file of a dry run in, or try it once more."""
    tried, space, is_again = _result(name), workspace(), "again" in request.form
    if not tried.dry_run:
        abort(404)
    try:
        if tried.became:
            done = tried
        elif is_again:
            done = uploads.try_out(space, name, me().login, now())
        else:
            drops_much = "drops_much" in request.form
            done = uploads.carry_out(space, name, me().login, now(), drops_much=drops_much)
    except errors.ServicingError as error:
        done = _result(name)
        if not done.became:  # not pressed twice
            return _shown(done, refusal.sentence(error)), refusal.status(error)
    return redirect(url_for("book.imported", name=done.became or done.name), 303)


@blueprint.get("/imports/<name>/columns")
@allow("operations", "administrator")
def columns(name: str) -> Any:
    """Match the columns of a file that waits."""
    return _columns(name, _waiting(name))


def _waiting(name: str) -> Waiting:
    """A file that waits, looked at; whoever brings a mapping has matched the columns already."""
    space, waiting = workspace(), pending.of(workspace().home, name)
    if waiting is None or not (waiting.look or not pending.mapping(space.home, name)):
        abort(404)
    return uploads.matched(space, name, now())


def _columns(name: str, waiting: Waiting, problem: str = "") -> str:
    assert waiting.look  # `_waiting` has looked
    tables = uploads.tables_of(workspace(), name)
    shown, unreadable = None, ""
    try:
        shown = uploads.previewed(workspace(), name, waiting, now())
    except errors.ServicingError as error:
        unreadable = refusal.sentence(error)
        if codes := choices.unsaid_codes(waiting.look, choices.told(tables, waiting.asked)):
            unreadable = matching.to_be_said(codes)
    deeds.seen((), "figures")
    return render_template(
        "columns.html",
        name=name,
        waiting=waiting,
        back_to=_ways(name, waiting, may_match=False),
        asked=matching.asked(waiting.look, tables, waiting.asked),
        preview=shown,
        unreadable=unreadable,
        problem=problem,
    )


@blueprint.post("/imports/<name>/columns")
@allow("operations", "administrator")
@takes(lambda: MEBIBYTE)  # a field for each code of each column
def match(name: str) -> Any:
    """Keep what was chosen; then show the first rows so, or try the whole file."""
    space, waiting = workspace(), _waiting(name)
    assert waiting.look
    said = matching.chosen(request.form, waiting.kind)
    before = uploads.tables_of(space, name)
    uploads.save_mapping(space, name, choices.chosen(before, waiting.look, said), now())
    if "try" not in request.form:
        return redirect(url_for("book.columns", name=name, _anchor="preview"), 303)
    if unsaid := choices.unsaid(waiting.look, said):
        return _columns(name, waiting, matching.to_be_said(unsaid)), 400
    try:
        result = uploads.try_out(space, name, me().login, now())
    except errors.ServicingError as error:
        return _columns(name, waiting, refusal.sentence(error)), refusal.status(error)
    return redirect(url_for("book.imported", name=result.name), 303)


@blueprint.get("/imports/<name>/mapping.toml")
@allow("operations", "administrator")
def mapping_file(name: str) -> Any:
    """The mapping made on the pages for a file, to be used again."""
    path = uploads.mapping(workspace().home, name)
    if path is None:
        abort(404)
    return send_file(
        path, "application/toml", as_attachment=True, download_name=f"mapping-{name}.toml"
    )


@blueprint.get("/imports/<name>/rejects.csv")
@allow("operations", "administrator")
def rejects(name: str) -> Any:
    """The refused rows, each with its line, column and reason."""
    path = upload_results.rejects(workspace().home, name)
    if path is None:
        abort(404)
    return send_file(
        path, mimetype="text/csv", as_attachment=True, download_name=f"rejects-{name}.csv"
    )


@blueprint.get("/imports/<name>/rejects.xlsx")
@allow("operations", "administrator")
def rejects_workbook(name: str) -> Any:
    """The same as a workbook, each cell a text as it was."""
    path = upload_results.rejects(workspace().home, name)
    held = rejects_files.workbook(path) if path else None
    if held is None:
        abort(404)
    return send_file(
        io.BytesIO(held), as_attachment=True, download_name=f"rejects-{name}{WORKBOOK}"
    )


def _result(name: str) -> Result:
    found = upload_results.result(workspace().home, name)
    if found is None:
        abort(404)
    return found
