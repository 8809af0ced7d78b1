"""Another plan, or other texts: what they would do to the coming days, and put in their place."""

import dataclasses
import datetime
import shutil
from pathlib import Path

from policies import errors
from servicing.channels import directory
from servicing.messages import templates
from servicing.messages.templates import Composer
from servicing.operations.workspace import Workspace
from servicing.projections import compare, simulate
from servicing.projections.compare import Difference
from servicing.schedule.materialize import Walker


def with_plan(space: Workspace, file: Path, now: datetime.datetime) -> Difference:
    """What the plan in `file` would do; raises `BadPlan` where it, or a text it sends, is wrong."""
    return _against(space, dataclasses.replace(space.walker(), plan=space.checked(file)), now)


def with_templates(space: Workspace, folder: Path, now: datetime.datetime) -> Difference:
    """What the texts in `folder` would do.

    Raises `BadPlan` where one is wrong, or its provider would not carry it.
    """
    approved = directory.approved(space.settings)
    composer = Composer(space.home, space.settings.servicing, approved, folder)
    space.check(space.plan, composer, folder)
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
    text = file.read_bytes()
    try:
        if own.exists():
            _kept(own, own.parent / "past" / f"{name}@{space.plan.digest}.toml")
        _written(own, text)
    except OSError as error:
        raise errors.UnwritableFile(own, error.strerror or str(error)) from None
    return own


def use_templates(space: Workspace, folder: Path) -> int:
    """Put the texts of a folder into the workspace; those they replace are kept, by their edition.

    Answers with how many. Raises `UnwritableFile`.
    """
    own = space.home / "templates" / "messages"
    texts = sorted(each for each in folder.glob("*/*.txt") if each.is_file())
    for text in texts:
        target = own / text.relative_to(folder)
        try:
            if target.exists() and target.read_bytes() != text.read_bytes():
                past = own.parent / "past" / text.parent.name
                _kept(target, past / f"{text.name}@{templates.edition(target.read_text('utf-8'))}")
            _written(target, text.read_bytes())
        except OSError as error:
            raise errors.UnwritableFile(target, error.strerror or str(error)) from None
    return len(texts)


def _kept(path: Path, past: Path) -> None:
    past.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, past)


def _written(path: Path, content: bytes) -> None:
    """Whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(content)
    draft.replace(path)
