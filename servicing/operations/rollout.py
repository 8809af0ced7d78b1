"""Another plan, or other texts: their effect on the coming days, and how they are put in place."""

import dataclasses
import datetime
from pathlib import Path

from policies import whole
from policies.notices import of_system
from servicing.channels import directory
from servicing.core import errors
from servicing.messages import templates
from servicing.messages.templates import Composer
from servicing.operations.workspace import Workspace
from servicing.projections import compare, simulate
from servicing.projections.compare import Difference
from servicing.schedule.materialize import Walker


def with_plan(space: Workspace, file: Path, now: datetime.datetime) -> Difference:
    """The effect of the plan in `file`; raises `BadPlan` where it, or a text it sends, is wrong."""
    checked = space.checked(file)
    space.check_ways_out(checked, space.composer, file)
    return _against(space, dataclasses.replace(space.walker(), plan=checked), now)


def with_templates(space: Workspace, folder: Path, now: datetime.datetime) -> Difference:
    """The effect of the texts in `folder`.

    Raises `BadPlan` where one is wrong, or its provider would not carry it.
    """
    approved = directory.approved(space.settings)
    composer = Composer(space.home, space.settings.servicing, approved, folder)
    space.check(space.plan, composer, folder)
    space.check_ways_out(space.plan, composer, folder)
    return _against(space, dataclasses.replace(space.walker(), composer=composer), now)


def _against(space: Workspace, after: Walker, now: datetime.datetime) -> Difference:
    first, last = simulate.span(space.today(now))
    price = space.settings.channels.sms.price_per_part
    return compare.of_walkers(space.walker(), after, first, last, price)


def use_plan(space: Workspace, file: Path) -> Path:
    """Put the plan in the place of the workspace's; the old one is kept, by its digest.

    Answers with where it is. Raises `UnwritableFile`.
    """
    name = space.settings.servicing.plan
    own = space.home / "plans" / f"{name}.toml"
    _put(own, file.read_bytes(), own.parent / "past" / f"{name}@{space.plan.digest}.toml")
    return own


def use_templates(space: Workspace, folder: Path) -> int:
    """Put the texts of a folder into the workspace; those they replace are kept, by their edition.

    Answers with how many. Raises `UnwritableFile`.
    """
    own = space.home / "templates" / "messages"
    texts = sorted(each for each in folder.glob("*/*.txt") if each.is_file())
    for text in texts:
        target, content = own / text.relative_to(folder), text.read_bytes()
        if not target.exists() or target.read_bytes() != content:
            _put(target, content, own.parent / "past" / text.parent.name / _past_name(target))
    return len(texts)


def _past_name(path: Path) -> str:
    """The name that the text which stands there gets once it is replaced."""
    edition = templates.edition(path.read_text("utf-8")) if path.exists() else ""
    return f"{path.name}@{edition}"


def _put(path: Path, content: bytes, past: Path) -> None:
    """Write a file whole or not at all; what stood there is kept at `past`. Raises `UnwritableFile`."""
    try:
        if path.exists():
            whole.folder(past.parent)
            with whole.drafted(past) as draft:
                draft.write_bytes(path.read_bytes())
        whole.folder(path.parent)
    except OSError as error:
        raise errors.UnwritableFile(path, of_system(error)) from None
    with whole.written(path) as draft:
        draft.write_bytes(content)
