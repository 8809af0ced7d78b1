"""Another plan, or other texts, set against the present ones before anybody uses them."""

import base64
import binascii
import contextlib
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from flask import abort, render_template, request, url_for

from policies import notices, whole
from policies.notices import Invalid, notice
from servicing.core import errors, i18n
from servicing.messages import sandbox, text_files
from servicing.operations import rollout, uploads
from servicing.operations.rollout import TouchpointCount
from servicing.projections.compare import Example
from servicing.web import deeds, listing, paging, refusal
from servicing.web.access import allow, takes
from servicing.web.current import now, today, workspace
from servicing.web.listing import Column, Listing
from servicing.web.plan import blueprint
from servicing.web.rendering import title_of, word

LARGEST = 512 * 1024
"""Bytes of a plan with its texts."""

MOST_TEXTS = 200


@dataclass(frozen=True)
class Brought:
    """What a form brings to be compared: a plan, and texts of one language."""

    called: str = ""
    """The plan's name, as its owner has it."""
    plan: bytes = b""
    """Empty: there is none."""
    locale: str = ""
    texts: dict[str, bytes] = field(default_factory=dict)
    """By the name of the file."""

    def packed(self) -> str:
        """As the page carries it along, to compare it once more for a file: nothing is kept."""
        return base64.b64encode(zlib.compress(msgspec.msgpack.encode(self))).decode()


def _unpacked(text: str) -> Brought:
    """What a page has carried along; whatever else is there is refused."""
    try:
        packed = base64.b64decode(text, validate=True)
        plain = zlib.decompressobj().decompress(packed, LARGEST)
        return msgspec.msgpack.decode(plain, type=Brought)
    except (binascii.Error, zlib.error, msgspec.MsgspecError, ValueError):
        abort(400)


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
    try:
        brought = _brought()
        if not brought.plan and not brought.texts:
            return _page(word("operations", "no_file")), 400
        return _compared(brought)
    except errors.ServicingError as error:
        return _page(refusal.sentence(error)), refusal.status(error)


def _compared(brought: Brought) -> Any:
    space, counts, difference = workspace(), None, None
    with _placed(brought) as (file, folder):
        after = rollout.proposed(space, file, folder)
        texts = rollout.changed_texts(space, after) if folder else []
        if rollout.is_large():
            counts = rollout.counted(space, after, now())
        else:
            difference = rollout.against(space, after, now())
    lines = difference.examples if difference else []
    found: Listing[Any] = _counted(counts.rows) if counts else _examples(lines)
    if paging.file_asked_for():
        return listing.sent(found)
    if difference:
        deeds.seen((each.client_no for each in difference.examples), "dispatch")
    return _page(
        counts=counts,
        ahead=uploads.ahead(difference) if difference else None,
        listing=found,
        texts=texts,
        again=brought.packed(),
    )


# ----------------------------------------------------------------------------------------- the lists


def _examples(lines: Iterable[Example]) -> Listing[Example]:
    """Touchpoints that the change would move, add or take away."""

    def card(line: Example) -> str:
        return url_for("cards.card", client_no=line.client_no)

    columns = [
        Column[Example](word("heading", "change_kind"), lambda it: word("terminal", it.kind)),
        Column(word("heading", "title"), lambda it: title_of(it.touchpoint)),
        Column(word("heading", "client_no"), lambda it: it.client_no, to=card),
        Column(word("heading", "policy_no"), lambda it: it.policy_no),
        Column(word("heading", "before"), lambda it: it.before_on, "day"),
        Column(word("heading", "after"), lambda it: it.after_on, "day"),
    ]
    return Listing("compare", columns, lines, about=f"{word('cockpit', 'compare')} {today()}")


def _counted(lines: Iterable[TouchpointCount]) -> Listing[TouchpointCount]:
    """How many of each touchpoint fall due on the days that were counted."""
    columns = [
        Column[TouchpointCount](word("heading", "title"), lambda it: title_of(it.touchpoint)),
        Column(word("heading", "before"), lambda it: it.before, "number"),
        Column(word("heading", "after"), lambda it: it.after, "number"),
        Column(word("heading", "change"), lambda it: it.after - it.before, "number"),
    ]
    return Listing("compare", columns, lines, about=f"{word('cockpit', 'compare')} {today()}")


# -------------------------------------------------------------------------------- what a form brings


def _brought() -> Brought:
    """The plan that was uploaded, or the workspace's own one of that name, and the texts."""
    if again := request.form.get("again"):
        return _unpacked(again)
    called, plan = _plan()
    files = [each for each in request.files.getlist("texts") if each.filename][:MOST_TEXTS]
    texts = {uploads.plain_name(each.filename or ""): each.read() for each in files}
    return Brought(called, plan, request.form.get("locale", ""), texts)


def _plan() -> tuple[str, bytes]:
    uploaded, own = request.files.get("plan"), request.form.get("own", "")
    if uploaded is not None and uploaded.filename:
        return uploads.plain_name(uploaded.filename), uploaded.read()
    if own in _own_plans():
        return f"{own}.toml", (workspace().home / "plans" / f"{own}.toml").read_bytes()
    return "", b""


@contextlib.contextmanager
def _placed(brought: Brought) -> Iterator[tuple[Path | None, Path | None]]:
    """The plan and the folder of texts as files; an error names them as their owner does."""
    with tempfile.TemporaryDirectory(prefix="servicing-") as room:
        plan, folder = Path(room) / "plan.toml", Path(room) / "texts"
        has_texts = bool(brought.texts) and brought.locale in workspace().composer.locales()
        try:
            if brought.plan:
                _write(plan, brought.plan)
            if has_texts:
                _keep(brought.texts, folder / brought.locale)
            yield plan if brought.plan else None, folder if has_texts else None
        except errors.ServicingError as error:
            names = {str(plan): brought.called, str(folder): word("cockpit", "new_texts")}
            error.notice = notices.renamed(error.notice, names)
            raise


def _keep(texts: dict[str, bytes], folder: Path) -> None:
    """Keep texts under their names, if these are ours and they do no more than name placeholders."""
    known = _names()
    whole.folder(folder)
    for name, content in texts.items():
        if name not in known:
            raise errors.BadArgument("no_name_of_a_text", name=name, known=known)
        path = folder / name
        _write(path, content)
        try:
            is_plain = sandbox.is_plain(path.read_text("utf-8"))
        except (Invalid, UnicodeDecodeError) as error:
            why = error.notice if isinstance(error, Invalid) else notice("not_utf8")
            raise errors.BadTemplate(name, why) from None
        if not is_plain:
            raise errors.BadArgument("text_not_plain", name=name)


def _write(path: Path, content: bytes) -> None:
    with whole.written(path) as draft:
        draft.write_bytes(content)


def _names() -> list[str]:
    """What a text may be called: a template of the plan, and a channel."""
    templates = sorted(workspace().plan.templates())
    return [f"{each}.{channel}.txt" for each in templates for channel in text_files.CHANNELS]
