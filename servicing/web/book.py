"""The book by upload: a file taken in, what became of it, and its refused rows to be mended."""

import io
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for

from policies.importing import importer as imports
from policies.importing.kinds import CELLS, Kind, Said
from servicing.core import errors
from servicing.operations import rejects_files, uploads
from servicing.operations.rejects_files import WORKBOOK
from servicing.operations.uploads import Result, Upload
from servicing.web import paging, refusal
from servicing.web.access import allow
from servicing.web.current import me, now, today, workspace
from servicing.web.rendering import word

blueprint = Blueprint("book", __name__, url_prefix="/book")


@blueprint.get("")
@allow("operations", "administrator")
def book() -> Any:
    """The form, and the imports of before."""
    return _page()


_KINDS: dict[str, Kind] = {each: each for each in CELLS}

_COMPLETE: dict[str, Said] = {"": False, "named": True, "book": "book"}
"""As the form has it."""


def _page(problem: str = "", *, is_much: bool = False) -> str:
    page = paging.page(imports.past)
    home = workspace().home
    return render_template(
        "book.html",
        page=page,
        kept={each.id for each in page.lines if uploads.is_kept(home, each.id)},
        today=today(),
        problem=problem,
        is_much=is_much,
        largest=workspace().settings.web.largest_upload_mb,
        given=request.form,
    )


@blueprint.post("")
@allow("operations", "administrator")
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
        result = uploads.take_in(workspace(), upload, now())
    except errors.ServicingError as error:
        is_much = isinstance(error, errors.DropsTooMany)
        return _page(refusal.sentence(error), is_much=is_much), refusal.status(error)
    return redirect(url_for("book.imported", name=result.name), 303)


take_in.takes_files = True  # type: ignore[attr-defined]


@blueprint.get("/imports/<name>")
@allow("operations", "administrator")
def imported(name: str) -> Any:
    """The result of an upload."""
    return render_template(
        "import.html",
        result=_result(name),
        has_rejects=uploads.rejects(workspace().home, name) is not None,
    )


@blueprint.get("/imports/<name>/rejects.csv")
@allow("operations", "administrator")
def rejects(name: str) -> Any:
    """The refused rows, each with its line, column and reason."""
    path = uploads.rejects(workspace().home, name)
    if path is None:
        abort(404)
    return send_file(
        path, mimetype="text/csv", as_attachment=True, download_name=f"rejects-{name}.csv"
    )


@blueprint.get("/imports/<name>/rejects.xlsx")
@allow("operations", "administrator")
def rejects_workbook(name: str) -> Any:
    """The same as a workbook, each cell a text as it was."""
    path = uploads.rejects(workspace().home, name)
    held = rejects_files.workbook(path) if path else None
    if held is None:
        abort(404)
    return send_file(
        io.BytesIO(held), as_attachment=True, download_name=f"rejects-{name}{WORKBOOK}"
    )


def _result(name: str) -> Result:
    found = uploads.result(workspace().home, name)
    if found is None:
        abort(404)
    return found
