"""Another plan, or other texts, set against the present ones before anybody uses them."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import render_template, request
from werkzeug.datastructures import FileStorage

from policies import notices, whole
from policies.notices import Invalid, notice
from servicing.core import errors, i18n
from servicing.messages import sandbox, text_files
from servicing.operations import rollout, uploads
from servicing.web import deeds, refusal
from servicing.web.access import allow, takes
from servicing.web.current import now, workspace
from servicing.web.plan import blueprint
from servicing.web.rendering import word

LARGEST = 512 * 1024
"""Bytes of a plan with its texts."""

MOST_TEXTS = 200


@blueprint.get("/compare")
@allow("operations", "administrator")
def compare() -> Any:
    """The form: which plan, which texts."""
    return _page()


def _page(problem: str = "", **found: Any) -> str:
    space = workspace()
    return render_template(
        "plan_compare.html",
        problem=problem,
        own=[("", "–"), *((each, each) for each in _own_plans())],
        language_choices=[
            (each, i18n.say("pages", "language", each)) for each in space.composer.locales()
        ],
        home_locale=space.composer.home_locale,
        given=request.form,
        **found,
    )


def _own_plans() -> list[str]:
    """The plans in the workspace's own folder, by name."""
    return sorted(each.stem for each in (workspace().home / "plans").glob("*.toml"))


@blueprint.post("/compare")
@allow("operations", "administrator")
@takes(lambda: LARGEST)
def compared() -> Any:
    """What would change in the coming days; nothing of it is kept, and nothing is put in place."""
    space = workspace()
    try:
        with _brought() as (file, folder):
            if file is None and folder is None:
                return _page(word("operations", "no_file")), 400
            after = rollout.proposed(space, file, folder)
            texts = rollout.changed_texts(space, after) if folder else []
            if rollout.is_large():
                return _page(counts=rollout.counted(space, after, now()), texts=texts)
            difference = rollout.against(space, after, now())
    except errors.ServicingError as error:
        return _page(refusal.sentence(error)), refusal.status(error)
    deeds.seen((each.client_no for each in difference.examples), "dispatch")
    return _page(ahead=uploads.ahead(difference), examples=difference.examples, texts=texts)


@contextlib.contextmanager
def _brought() -> Iterator[tuple[Path | None, Path | None]]:
    """The plan and the folder of texts that the form brings; an error names them as their owner does."""
    with tempfile.TemporaryDirectory(prefix="servicing-") as room:
        plan, called = _plan(Path(room))
        folder = _texts(Path(room) / "texts")
        try:
            yield plan, folder
        except errors.ServicingError as error:
            names = {str(plan): called, str(folder): word("cockpit", "new_texts")}
            error.notice = notices.renamed(error.notice, names)
            raise


def _plan(room: Path) -> tuple[Path | None, str]:
    """The plan that was uploaded, or the workspace's own one of that name, and what it is called."""
    uploaded, own = request.files.get("plan"), request.form.get("own", "")
    if uploaded is not None and uploaded.filename:
        path = room / "plan.toml"
        uploaded.save(path)
        return path, uploads.plain_name(uploaded.filename)
    if own in _own_plans():
        return workspace().home / "plans" / f"{own}.toml", f"{own}.toml"
    return None, ""


def _texts(folder: Path) -> Path | None:
    """The folder with the texts that were uploaded, of one language; None: there are none."""
    files = [each for each in request.files.getlist("texts") if each.filename][:MOST_TEXTS]
    locale = request.form.get("locale", "")
    if not files or locale not in workspace().composer.locales():
        return None
    whole.folder(folder / locale)
    for each in files:
        _keep(each, folder / locale)
    return folder


def _keep(file: FileStorage, folder: Path) -> None:
    """Keep a text under its name, if it is one of ours and does no more than name placeholders."""
    name, known = uploads.plain_name(file.filename or ""), _names()
    if name not in known:
        raise errors.BadArgument("no_name_of_a_text", name=name, known=known)
    path = folder / name
    file.save(path)
    try:
        is_plain = sandbox.is_plain(path.read_text("utf-8"))
    except (Invalid, UnicodeDecodeError) as error:
        why = error.notice if isinstance(error, Invalid) else notice("not_utf8")
        raise errors.BadTemplate(name, why) from None
    if not is_plain:
        raise errors.BadArgument("text_not_plain", name=name)


def _names() -> list[str]:
    """What a text may be called: a template of the plan, and a channel."""
    templates = sorted(workspace().plan.templates())
    return [f"{each}.{channel}.txt" for each in templates for channel in text_files.CHANNELS]
